"""Transport and database do not depend on each other: the two pairs that the long story leaves out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo import Demo
from sandbox.driver import Driver, text_of, until
from sandbox.environment import Transport


def cards(drive: Driver) -> list[dict[str, Any]]:
    """The cards in #ml-alerts."""
    return [m for m in drive.messages("maya") if (m.get("blocks") or [{}])[0].get("type") == "header"]


@pytest.mark.parametrize(
    ("transport", "way", "database"), [("socket", "Socket Mode", "postgresql"), ("http", "HTTP", "sqlite")]
)
def test_a_card_arrives_is_taken_and_resolves(
    transport: Transport,
    way: str,
    database: str,
    tmp_path: Path,
    new_database: Callable[[], str],
    demo_of: Callable[..., Demo],
) -> None:
    """Socket Mode with PostgreSQL, signed HTTP with SQLite."""
    url = new_database() if database == "postgresql" else f"sqlite:///{tmp_path / 'sagewatch.db'}"
    demo = demo_of(transport, tmp_path, database_url=url)
    drive = Driver(demo.start())
    try:
        card = until(lambda: cards(drive), "a card")[0]
        drive.press("maya", card, "Acknowledge")
        until(lambda: "Maya Okafor" in text_of(cards(drive)[0]), "the card says who has it")
        drive.world("recover")
        until(lambda: "Resolved" in text_of(cards(drive)[0]), "the card resolves")
        assert len(cards(drive)) == 1
        assert {e["facts"]["transport"] for e in drive.exchanges(kind="delivery")} == {way}
    finally:
        demo.stop()

"""The same story on PostgreSQL."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.store.engine import connect
from sandbox.demo import Demo
from sandbox.driver import Driver, text_of, until


def cards(drive: Driver) -> list[dict[str, Any]]:
    """The cards in #ml-alerts."""
    return [m for m in drive.messages("maya") if (m.get("blocks") or [{}])[0].get("type") == "header"]


def test_a_card_arrives_is_taken_and_resolves(postgres: str, tmp_path: Path) -> None:
    """One process with its store in a database of its own."""
    admin = connect(postgres)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("CREATE DATABASE story"))
    admin.dispose()
    url = postgres.replace("/postgres?", "/story?")
    demo = Demo(0, tmp_path, history=timedelta(hours=30), settings={"database_url": url})
    try:
        drive = Driver(demo.start())
        card = until(lambda: cards(drive), "a card")[0]
        drive.press("maya", card, "Acknowledge")
        until(lambda: "Maya Okafor" in text_of(cards(drive)[0]), "the card says who has it")
        drive.world("recover")
        until(lambda: "Resolved" in text_of(cards(drive)[0]), "the card resolves")
        assert len(cards(drive)) == 1
    finally:
        demo.stop()

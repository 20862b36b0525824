"""A restart forgets nothing."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox.demo import Demo
from sandbox.driver import Driver, text_of, until
from sandbox.world import fleet

HISTORY = timedelta(hours=30)
MONITORS = tuple(each for each in fleet.MONITORS if each != "Alarms")
"""Alarms come when they come: a card that they redraw meanwhile has other buttons than the one that was read."""
Json = dict[str, Any]


def cards(drive: Driver) -> list[Json]:
    """The cards in #ml-alerts."""
    return [m for m in drive.messages("maya") if (m.get("blocks") or [{}])[0].get("type") == "header"]


def rests(drive: Driver) -> bool:
    """Whether a card is the same for two seconds."""
    seen = text_of(cards(drive)[0])
    time.sleep(2)
    return text_of(cards(drive)[0]) == seen


def runs(demo: Demo) -> list[tuple[str, str, str]]:
    """Production's newest executions."""
    client = demo.aws.client("sagemaker", "222222222222", "us-west-2")
    listed = client.list_monitoring_executions(SortBy="ScheduledTime", MaxResults=20)["MonitoringExecutionSummaries"]
    return [(e["MonitoringScheduleName"], str(e["ScheduledTime"]), e["MonitoringExecutionStatus"]) for e in listed]


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    """The bot's database, the workspace and the world: same cards, same owner, nothing posted anew."""
    first = Demo(0, tmp_path, history=HISTORY, monitors=MONITORS)
    drive = Driver(first.start())
    try:
        card = until(lambda: cards(drive), "a card")[0]
        drive.press("maya", card, "Acknowledge")
        until(lambda: "Maya Okafor" in text_of(cards(drive)[0]), "the card says who has it")
        drive.world("next_hour")
        until(lambda: "\n6\n" in text_of(cards(drive)[0]), "the repeat is counted")
        until(lambda: rests(drive), "nothing is edited any more")
        before, seen, now, listed = (
            text_of(cards(drive)[0]),
            len(drive.messages("diego")),
            drive.state()["now"],
            runs(first),
        )
    finally:
        first.stop()
    again = Demo(0, tmp_path, history=HISTORY, monitors=MONITORS)
    drive = Driver(again.start())
    try:
        until(lambda: drive.state()["ready"], "the bot connects")
        time.sleep(4)
        assert text_of(cards(drive)[0]) == before
        assert len(drive.messages("diego")) == seen
        assert drive.state()["now"] >= now
        assert runs(again) == listed
        drive.press("maya", cards(drive)[0], "Resolve…")
        until(lambda: drive.views("maya"), "the form opens")
    finally:
        again.stop()

"""The fleet in the demo: at a glance, what is served and watched, and a monitor that an operator stops and starts."""

from typing import Any

from sandbox.demo import Demo
from sandbox.driver import Driver, interim, text_of, until
from sandbox.world import fleet, people

Json = dict[str, Any]


def listed(drive: Driver, line: str) -> str:
    """What Priya is told once every account was listed."""

    def look() -> str:
        text = text_of(drive.answer("priya", line))
        return text if "As of" in text and "Never listed" not in text else ""

    return until(look, f"{line} is answered from a listing")


def pressed(drive: Driver, who: str, message: Json, label: str) -> str:
    """What stands where the message stood once somebody pressed its first button of that name."""
    drive.press(who, message, label)

    def look() -> str:
        now = next((m for m in drive.messages(who) if m["ts"] == message["ts"]), {})
        return text_of(now) if now != message and not interim(now) else ""

    return until(look, f"{label} is answered")


def test_a_newcomer_sees_the_fleet_and_an_operator_stops_a_monitor(demo: Demo, drive: Driver) -> None:
    """CloudTrail has the act under the operator's name; who is none is told so."""
    until(lambda: any(text_of(m).startswith("#1 ") for m in drive.messages("priya")), "the first card is there")
    glance = listed(drive, "/ml")
    assert glance.startswith("2 services, 3 endpoints in 3 accounts: ")
    assert "/ml help" in glance
    assert "InService" in listed(drive, "/ml endpoints bank-marketing")
    live = text_of(drive.answer("priya", "/ml endpoints refresh=yes"))
    assert "3 of 3 account Regions answered" in live
    assert "Last capture" in live
    assert "operator" in text_of(drive.answer("maya", "/ml monitors stop anything"))
    monitors = drive.answer("priya", "/ml monitors account=ml-test")
    names = [s.name for s in demo.aws.monitoring(fleet.TEST).schedules()]
    told = pressed(drive, "priya", monitors, "Stop")
    assert told.startswith(f"{names[0]} in ml-test is stopped.")
    assert demo.aws.monitoring(fleet.TEST).schedule(names[0]).status == "Stopped"  # type: ignore[union-attr]
    (act,) = [c for c in demo.aws.calls if c.operation == "StopMonitoringSchedule"]
    assert (act.source_identity, act.principal_arn.split("/")[-2:]) == (
        people.PRIYA.id,
        ["sagewatch-operate", people.PRIYA.id],
    )
    assert "stopped" in text_of(drive.answer("priya", "/ml monitors account=ml-test"))
    asked = drive.answer("priya", f"/ml monitors start {names[0]}")
    assert "It runs again" in text_of(asked)
    assert demo.aws.monitoring(fleet.TEST).schedule(names[0]).status == "Stopped"  # type: ignore[union-attr]
    assert pressed(drive, "priya", asked, "Start").startswith(f"{names[0]} in ml-test runs again.")

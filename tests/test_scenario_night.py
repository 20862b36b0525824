"""A night of one monitor, hour by hour: what the channel sees, and what only the card counts."""

from dataclasses import replace

from bot.model.incident import Act, Reason, Status
from bot.model.observation import NO_DATA, Finding, Observation, Verdict
from sandbox.fakes import run
from sandbox.fakes_incident import Story, edited, said


def no_labels(hour: float) -> Observation:
    """A run that could not judge."""
    cause = Finding(NO_DATA, Verdict.BLIND, note="0 of 412 predictions have a label.")
    return replace(run(hour), findings=(cause,), complete=False, window=None)


def test_a_night() -> None:
    """Bad, repeated, blind, worse, good; and three days later bad again."""
    night = Story()
    assert night.hears(run(1, {"accuracy": 0.80})) == [("card", Reason.FIRST, False)]

    assert night.hears(run(2, {"accuracy": 0.80}), run(3, {"accuracy": 0.81})) == edited() * 2
    assert "bad runs: 3" in night.card().lower()

    assert night.hears(no_labels(4)) == said(Reason.BLIND)
    assert night.told(Reason.BLIND) == (
        "bank-marketing-quality cannot judge since 2026-11-02 13:00 UTC: 0 of 412 predictions have a label"
    )
    assert night.hears(no_labels(5)) == edited()
    assert "is blind since" in night.card()
    assert night.incident.state.status is Status.OPEN

    assert night.hears(run(6, {"accuracy": 0.70})) == said(Reason.SEES)
    assert night.hears(run(7, {"accuracy": 0.70})) == said(Reason.WORSE, broadcast=True)
    assert night.hears(run(8, {"accuracy": 0.70}), run(9, {"accuracy": 0.69})) == edited() * 2
    assert night.does(Act.ACKNOWLEDGE, 9.5) == said(Reason.ACKNOWLEDGED)

    assert night.hears(run(10, good={"accuracy": 0.93})) == said(Reason.RESOLVED)
    resolved = night.card()
    assert "0.8000" in resolved, "what fired is kept"
    assert "after 9 h" in resolved
    assert night.waits(40) == []

    assert night.hears(*(run(hour) for hour in range(11, 80))) == edited(), "over after two good ones"
    assert night.hears(run(82, {"accuracy": 0.79})) == edited(Reason.RETURNED), "a card of its own"
    assert night.incident.state.episode == 2
    assert "Came back after 3 d" in night.card()
    assert "a newer card has it" in night.card(episode=1)
    assert [o for o in night.outbox.asked if o.broadcast and o.reason is not Reason.WORSE] == []

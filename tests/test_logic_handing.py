"""What a pager or a webhook is told of an incident's life."""

from dataclasses import replace

import pytest

from bot.logic.handing import key_of, told_of
from bot.model.handoff import HandOff, Recipient
from bot.model.incident import Act, Reason, Status
from bot.model.observation import NO_DATA, Finding, Observation, Verdict
from bot.model.place import About, Severity
from bot.model.route import Route
from sandbox.fakes import at, run, subject
from sandbox.fakes_incident import Story

PAGER = Recipient("pager", "PagerDuty (events.pagerduty.com)")
TICKETS = Recipient("tickets", "webhook (tickets.example.com)")
ROUTE = Route("ml-alerts", hand_off=(PAGER,))
Words = list[tuple[str, int, Reason]]


class Pager(Story):
    """A story that keeps what goes out."""

    def __init__(self, route: Route = ROUTE, about: About | None = None) -> None:
        super().__init__(route, about)
        self._told = 0

    def out(self) -> tuple[HandOff, ...]:
        """Since it was asked last."""
        rows = self.store.handed[self._told :]
        self._told += len(rows)
        return tuple(rows)

    def words(self) -> Words:
        """Action, episode and reason of each."""
        return [(o.action.value, o.card.episode, o.reason) for o in self.out()]


def test_trigger_acknowledge_resolve_by_one_key() -> None:
    """A life: the key is the episode's, and what was wrong is told with it."""
    story = Pager(about=About("campaigns", Severity.HIGH, "https://runbooks.example/x", "maya"))
    story.hears(run(1, {"accuracy": 0.7, "recall": 0.2}))
    (first,) = story.out()
    assert (first.destination, first.action, first.reason, first.fresh) == ("pager", "trigger", Reason.FIRST, True)
    assert (first.told.severity, first.told.status, first.told.bad) == (Severity.HIGH, Status.OPEN, 2)
    assert first.told.worst is not None
    assert first.told.worst.limit is not None
    assert "bank-marketing" in first.told.summary
    story.does(Act.ACKNOWLEDGE, 1.5, "U7", until=20, reason="looking")
    (held,) = story.out()
    assert (held.action, held.told.person_id, held.told.until, held.told.why) == (
        "acknowledge",
        "U7",
        at(20),
        "looking",
    )
    story.hears(run(2, good={"accuracy": 0.9, "recall": 0.9}))
    (over,) = story.out()
    assert (over.action, over.reason, over.told.status) == ("resolve", Reason.RESOLVED, Status.RESOLVED)
    assert len({key_of(o) for o in (first, held, over)}) == 1
    assert over.told.resolved_at == at(2)
    assert over.told.worst is not None


def test_a_route_without_destination_hands_nothing_off() -> None:
    """And one that names two tells both."""
    story = Pager(Route("ml-alerts"))
    story.hears(run(1, {"accuracy": 0.7}))
    assert story.words() == []
    both = Pager(replace(ROUTE, hand_off=(PAGER, TICKETS)))
    both.hears(run(1, {"accuracy": 0.7}))
    assert [o.destination for o in both.out()] == ["pager", "tickets"]


def test_what_only_numbers_changed_is_not_told() -> None:
    """Another bad run of the same is an edit of the card alone."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    story.out()
    story.hears(run(2, {"accuracy": 0.7}))
    assert story.words() == []


def test_a_new_row_or_worse_triggers_again_by_the_same_key() -> None:
    """PagerDuty keeps it in the alert's log; `fresh` is only what tells somebody who knew nothing."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    (first,) = story.out()
    story.hears(run(2, {"accuracy": 0.7, "recall": 0.2}))
    (more,) = story.out()
    assert (more.action, more.reason, more.fresh) == ("trigger", Reason.NEW_ROW, False)
    assert key_of(more) == key_of(first)


def test_a_snooze_acknowledges_and_its_end_triggers() -> None:
    """A pager knows no snooze of ours: somebody has seen it, until its end wakes it."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    story.does(Act.SNOOZE, 1.2, "U1", until=4)
    story.waits(4.1)
    assert story.words() == [
        ("trigger", 1, Reason.FIRST),
        ("acknowledge", 1, Reason.SNOOZED),
        ("trigger", 1, Reason.WOKE),
    ]


def test_an_acknowledgement_that_ran_out_triggers() -> None:
    """Its owner is asked in Slack, the pager hears that it is open."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    story.does(Act.ACKNOWLEDGE, 1.2, until=3)
    story.waits(3.1)
    assert story.words()[1:] == [("acknowledge", 1, Reason.ACKNOWLEDGED), ("trigger", 1, Reason.RUN_OUT)]


def test_assigned_to_another_is_acknowledged_anew() -> None:
    """A receiver that shows who has it learns who has it now."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    story.does(Act.ACKNOWLEDGE, 1.2, "U1")
    story.does(Act.ASSIGN, 1.4, "U1", to="U2")
    last = story.out()[-1]
    assert (last.action, last.reason, last.told.person_id) == ("acknowledge", Reason.ASSIGNED, "U2")


def test_resolved_by_hand_and_reopened_in_the_same_episode() -> None:
    """The key stays: PagerDuty makes a new alert of a trigger after a resolve."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    story.does(Act.RESOLVE, 1.2, "U1", reason="known")
    story.does(Act.REOPEN, 1.4, "U1")
    first, over, again = story.out()
    assert (over.action, over.told.person_id, over.told.why) == ("resolve", "U1", "known")
    assert (again.action, again.reason, again.fresh) == ("trigger", Reason.REOPENED, True)
    assert key_of(first) == key_of(again)


def test_a_new_episode_has_a_new_key() -> None:
    """What comes back after the episode is another alert."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    story.hears(*(run(hour, good={"accuracy": 0.95}) for hour in (2, 3, 4, 5)))
    story.hears(run(20, {"accuracy": 0.3}))
    out = story.out()
    assert [(o.action.value, o.card.episode) for o in out] == [("trigger", 1), ("resolve", 1), ("trigger", 2)]
    assert out[2].fresh
    assert key_of(out[0]) == key_of(out[1]) != key_of(out[2])


def blind(hour: float) -> Observation:
    """A run that could not judge."""
    found = (Finding(NO_DATA, Verdict.BLIND, note="no labels"),)
    return Observation(f"blind:{hour}", subject(), at(hour), found, complete=False)


def test_what_cannot_be_judged_pages_nobody_until_it_is_bad() -> None:
    """Slack mentions nobody for it either; once something is bad the pager hears of it."""
    story = Pager()
    story.hears(blind(1))
    assert story.words() == []
    story.hears(run(2, {"accuracy": 0.7}))
    assert [(action, episode) for action, episode, _ in story.words()] == [("trigger", 1)]


def test_nobody_is_told_the_end_of_what_they_were_not_told() -> None:
    """A blind episode that ends, and one acknowledged before the route named a pager."""
    story = Pager()
    story.hears(blind(1))
    story.hears(run(2, good={"accuracy": 0.95}))
    assert story.words() == []


def test_who_was_told_hears_the_end_whatever_the_route_says_by_then() -> None:
    """No alert is left open by an edit of the routes, and what left the route hears of nothing new."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    story.out()
    story.route = replace(ROUTE, hand_off=(TICKETS,))
    story.hears(run(2, {"accuracy": 0.7, "recall": 0.2}))
    assert [(o.destination, o.action.value) for o in story.out()] == [("tickets", "trigger")]
    story.hears(run(3, good={"accuracy": 0.95, "recall": 0.95}))
    assert [(o.destination, o.action.value) for o in story.out()] == [("tickets", "resolve"), ("pager", "resolve")]


def test_an_escalation_wakes_a_pager_that_was_not_told() -> None:
    """A route that named it later: whom it told already escalates by its own rules."""
    hour = at(1) - at(0)
    story = Pager(Route("ml-alerts", escalate_after=hour, group="S0"))
    story.hears(run(1, {"accuracy": 0.7}))
    story.route = replace(story.route, hand_off=(PAGER,))
    story.waits(2.1)
    assert story.words() == [("trigger", 1, Reason.ESCALATED)]
    story.waits(3.2)
    assert story.words() == []


@pytest.mark.parametrize(
    ("service", "ends"), [("loan", "/loan/3"), ("x" * 256, ""), ("caf\u00e9", ""), ("a/b", "/a/b/3")]
)
def test_keys_fit_and_differ(service: str, ends: str) -> None:
    """At most 255 characters, plain ones; the episode always tells."""
    story = Pager()
    story.hears(run(1, {"accuracy": 0.7}))
    (out,) = story.out()
    made = replace(out, told=replace(out.told, place=replace(out.told.place, service=service)))
    keys = [key_of(replace(made, card=replace(made.card, episode=n))) for n in (3, 4)]
    assert len(set(keys)) == 2
    assert all(len(key) <= 255 and key.isascii() for key in keys)
    assert keys[0].endswith(ends)


def test_blind_is_told_as_low() -> None:
    """Whatever the service's owners say of its severity."""
    story = Pager(about=About(severity=Severity.CRITICAL))
    story.hears(blind(1))
    assert told_of(story.incident).severity is Severity.LOW

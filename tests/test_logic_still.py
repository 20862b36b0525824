"""A note that waited says what is true when it is sent, with the values of the moment that it is about."""

from datetime import timedelta

import pytest

from bot.incidents import record
from bot.logic.still import is_said, is_still
from bot.model.incident import Act, Reason
from bot.model.reply import Group, User
from bot.model.route import Route
from sandbox.fakes import PLACE, at, run
from sandbox.fakes_incident import Story

ROUTE = Route("ml-alerts", group="S0ONCALL", escalate_after=timedelta(minutes=30))


def revision_of(story: Story, reason: Reason) -> int:
    """The one that the last note of that kind was asked at."""
    return next(out.revision for out in reversed(story.outbox.asked) if (out.kind, out.reason) == ("note", reason))


def worse_story() -> Story:
    """At 0.3 two runs running, after 0.7; recall broke with it."""
    story = Story(ROUTE)
    story.hears(run(1, {"accuracy": 0.7}, good={"recall": 0.9}))
    story.hears(run(2, {"accuracy": 0.4, "recall": 0.5}), run(3, {"accuracy": 0.3, "recall": 0.5}))
    return story


def test_what_got_worse_is_told_with_what_it_was_then_and_what_it_is() -> None:
    """The number that fired it, not the last one under its name."""
    story = worse_story()
    asked = revision_of(story, Reason.WORSE)
    then = "accuracy 0.3000, limit 0.8700, fired at 0.7000"
    assert story.told(Reason.WORSE, asked).startswith(f"worse beyond noise for two runs: {then}")
    story.hears(run(4, {"accuracy": 0.6, "recall": 0.5}))
    assert f"worse beyond noise for two runs: {then}, now 0.6000" in story.told(Reason.WORSE, asked)
    assert is_still(story.incident, Reason.WORSE, asked)


def test_what_is_good_again_calls_nobody_though_another_row_is_bad() -> None:
    """It is said in the past, and not for how long the other one is broken."""
    story = worse_story()
    asked = revision_of(story, Reason.WORSE)
    story.hears(run(4, {"recall": 0.5}, good={"accuracy": 0.99}))
    assert story.incident.state.bad_rows
    assert not is_still(story.incident, Reason.WORSE, asked)
    assert is_said(story.incident, Reason.WORSE, asked)
    then = "accuracy 0.3000, limit 0.8700, fired at 0.7000, now 0.9900"
    assert story.told(Reason.WORSE, asked) == f"was worse beyond noise for two runs, and is good again: {then}"


@pytest.mark.parametrize("reason", list(Reason))
def test_of_what_is_resolved_nobody_is_called(reason: Reason) -> None:
    """What the card shows is not said at all; what people did and how it ended is."""
    story = worse_story()
    story.hears(run(4, good={"accuracy": 0.99, "recall": 0.99}))
    of_what_is_bad = reason in {
        *(Reason.WORSE, Reason.NEW_ROW, Reason.RETURNED, Reason.REOPENED),
        *(Reason.ESCALATED, Reason.ESCALATED_AGAIN, Reason.RUN_OUT, Reason.WOKE),
    }
    assert is_still(story.incident, reason, 2) == (not of_what_is_bad)
    kept = {Reason.WORSE, Reason.RETURNED, Reason.REOPENED}
    assert is_said(story.incident, reason, 2) == (not of_what_is_bad or reason in kept)
    calls = [part for part in story.note(reason, 2).text if isinstance(part, Group) or getattr(part, "mention", False)]
    assert calls == []
    assert "0.9900, limit" not in story.told(reason, 2)


def test_what_was_resolved_by_hand_while_it_is_bad_is_not_called_good() -> None:
    """Nobody is called for it either."""
    story = worse_story()
    asked = revision_of(story, Reason.WORSE)
    story.does(Act.RESOLVE, 3.5)
    assert not is_still(story.incident, Reason.WORSE, asked)
    assert "good again" not in story.told(Reason.WORSE, asked)


def test_each_note_of_new_rows_names_those_that_became_bad_with_it_or_later() -> None:
    """On a card that nobody has: two notes never say the same, and one that was good again is in none."""
    story = Story()
    story.hears(run(1, {"accuracy": 0.7}))
    story.hears(run(1.1, {"recall": 0.5}, by="second"))
    first = revision_of(story, Reason.NEW_ROW)
    story.hears(run(1.2, {"f1": 0.4}, by="third"))
    second = revision_of(story, Reason.NEW_ROW)
    told = story.told(Reason.NEW_ROW, first)
    assert ("recall" in told, "f1" in told, "accuracy" in told) == (True, True, False)
    told = story.told(Reason.NEW_ROW, second)
    assert ("recall" in told, "f1" in told, "accuracy" in told) == (False, True, False)
    story.hears(run(2, good={"f1": 0.95}, by="third"))
    assert is_still(story.incident, Reason.NEW_ROW, first)
    assert "f1" not in story.told(Reason.NEW_ROW, first)
    assert not is_still(story.incident, Reason.NEW_ROW, second)
    assert not is_said(story.incident, Reason.NEW_ROW, second)


def test_rows_that_one_change_brought_are_all_in_its_note() -> None:
    """A batch of messages is one change with an entry for each; none of them is left out."""
    story = Story()
    story.hears(run(1, {"accuracy": 0.7}))
    batch = [(metric, run(1.1 + n / 100, {metric: 0.5}, by=metric)) for n, metric in enumerate(("recall", "f1", "auc"))]
    record(story.store, [(PLACE, story.service, one) for _, one in batch], story.routing, at(1.2))
    story.hour = 1.2
    asked = revision_of(story, Reason.NEW_ROW)
    assert asked < story.incident.revision
    assert [metric in story.told(Reason.NEW_ROW, asked) for metric, _ in batch] == [True] * 3
    assert "accuracy" not in story.told(Reason.NEW_ROW, asked)


def test_whoever_has_it_meanwhile_is_not_waited_for() -> None:
    """An escalation that waited calls no group, an end that waited mentions nobody: somebody else took it."""
    story = Story(ROUTE)
    story.hears(run(1, {"accuracy": 0.7}))
    story.does(Act.ACKNOWLEDGE, 1.1, "U1", until=2)
    story.waits(2)
    ended = revision_of(story, Reason.RUN_OUT)
    assert [p for p in story.note(Reason.RUN_OUT, ended).text if isinstance(p, User) and p.mention]
    story.waits(3)
    late = revision_of(story, Reason.ESCALATED)
    assert Group("S0ONCALL") in story.note(Reason.ESCALATED, late).text
    story.does(Act.ACKNOWLEDGE, 3.1, "U2", until=9)
    for reason, asked in ((Reason.RUN_OUT, ended), (Reason.ESCALATED, late)):
        assert not is_still(story.incident, reason, asked)
        assert is_said(story.incident, reason, asked)
        text = story.note(reason, asked).text
        assert not [p for p in text if isinstance(p, Group) or (isinstance(p, User) and p.mention)]

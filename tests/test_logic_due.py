"""What has to be said next, and how loudly."""

from dataclasses import dataclass, field, replace

from bot.logic.due import due, plan
from bot.logic.lifecycle import fold
from bot.model.incident import Act, Click, Entry, Queued, Reason
from bot.model.post import CardKey, Outgoing
from bot.model.route import Route
from sandbox.fakes import HOUR, at, row, run

BAD = {"accuracy": 0.75, "recall": 0.4}
CARD = ("card", False)


@dataclass
class Thread:
    """An incident's log as it grows, and what was queued of it."""

    log: tuple[Entry, ...] = ()
    queued: Queued = field(default_factory=Queued)
    route: Route = field(default_factory=lambda: Route("ml-alerts"))

    def hears(self, hour: float, *entries: Entry) -> list[tuple[str, Reason, bool]]:
        """Entries arrive at this hour; returns what is posted: kind, reason, at the channel's bottom."""
        return [(o.kind, o.reason, o.broadcast) for o in self.posts(hour, *entries)]

    def posts(self, hour: float, *entries: Entry) -> tuple[Outgoing, ...]:
        """The wishes themselves."""
        self.log += entries
        self.queued, out = plan(12, self.queued, fold(self.log, at(hour)), self.route, len(self.log), now=at(hour))
        return out


def said(reason: Reason, *, broadcast: bool = False) -> list[tuple[str, Reason, bool]]:
    """A card and a note."""
    return [("card", reason, False), ("note", reason, broadcast)]


def ack(hour: float, *metrics: str, until: float = 30, person: str = "U1") -> Click:
    """An acknowledgement."""
    return Click(f"ack:{hour}", Act.ACKNOWLEDGE, at(hour), person, tuple(map(row, metrics)), at(until))


def act(what: Act, hour: float) -> Click:
    """A resolve or a re-open."""
    return Click(f"{what}:{hour}", what, at(hour), "U1")


def test_the_first_card_is_posted_and_repeats_only_edit_it() -> None:
    """Counting notifies nobody, and the same state asks for nothing."""
    thread = Thread()
    assert thread.posts(1, run(1, BAD)) == (Outgoing("card", CardKey(12, 1), 1, Reason.FIRST, "ml-alerts"),)
    assert thread.hears(2, run(2, BAD)) == [("card", Reason.COUNT, False)]
    assert thread.hears(2.5) == []


def test_what_was_over_before_it_was_shown_is_never_shown() -> None:
    """Bad and good in one batch; if it comes back it is the first card."""
    thread = Thread()
    assert thread.hears(2, run(1, BAD), run(2)) == []
    assert thread.hears(3, run(3, BAD)) == [("card", Reason.FIRST, False)]


def test_a_new_row_is_said_quietly_and_on_an_owned_card_aloud() -> None:
    """Who owns the card took other rows."""
    thread = Thread()
    thread.hears(1, run(1, {"recall": 0.4}))
    assert thread.hears(2, run(2, BAD)) == said(Reason.NEW_ROW)
    thread.hears(2.5, ack(2.5, "accuracy", "recall"))
    assert thread.hears(3, run(3, BAD | {"f1": 0.1})) == said(Reason.NEW_ROW, broadcast=True)


def test_new_rows_of_an_owned_card_are_said_once_a_cadence() -> None:
    """A second one within it waits for the next run, and is not forgotten."""
    thread = Thread()
    thread.hears(1, run(1, {"recall": 0.4}))
    thread.hears(1.5, ack(1.5, "recall"))
    more = {"recall": 0.4, "f1": 0.1}
    assert thread.hears(2, run(2, more)) == said(Reason.NEW_ROW, broadcast=True)
    second = run(2.2, {"auc": 0.1}, by="second")
    assert thread.hears(2.2, second) == [("card", Reason.COUNT, False)]
    assert thread.hears(2.5, ack(2.5, "recall", until=40)) == said(Reason.ACKNOWLEDGED)
    assert thread.hears(2.8, run(2.8, more)) == said(Reason.NEW_ROW, broadcast=True)


def test_a_row_that_was_good_when_somebody_took_the_card_is_new_when_it_breaks() -> None:
    """It was told before, but its owner did not take it."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    thread.hears(2, run(2, {"recall": 0.4}))
    thread.hears(2.5, ack(2.5, "recall"))
    assert thread.hears(3, run(3, BAD)) == said(Reason.NEW_ROW, broadcast=True)


def test_acknowledging_and_extending_are_said_quietly() -> None:
    """Nobody is mentioned for their own click."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    assert thread.hears(1.5, ack(1.5, "recall")) == said(Reason.ACKNOWLEDGED)
    assert thread.hears(1.6, ack(1.6, "accuracy", "recall", until=40)) == said(Reason.ACKNOWLEDGED)


def test_an_end_of_an_acknowledgement_is_said_once() -> None:
    """By the clock; the next run only counts."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    thread.hears(1.5, ack(1.5, "accuracy", "recall", until=3))
    assert thread.hears(2.9) == []
    assert thread.hears(3) == said(Reason.RUN_OUT)
    assert thread.hears(4, run(4, BAD)) == [("card", Reason.COUNT, False)]
    thread.hears(5, ack(5, "accuracy", "recall", until=6))
    assert thread.hears(6) == said(Reason.RUN_OUT)


def test_an_acknowledgement_that_ends_while_resolved_is_forgotten_quietly() -> None:
    """Nothing is said and nothing stays queued that a clock would wait for."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    thread.hears(1.5, ack(1.5, "accuracy", "recall", until=3))
    assert thread.hears(2, run(2)) == said(Reason.RESOLVED)
    assert thread.hears(3) == []
    assert thread.queued.acknowledged == ()


def test_coming_back_is_said_aloud_unless_somebody_still_has_it() -> None:
    """The same card within the episode."""
    open_again, owned = Thread(), Thread()
    for thread in (open_again, owned):
        thread.hears(1, run(1, BAD))
    owned.hears(1.5, ack(1.5, "accuracy", "recall"))
    for thread in (open_again, owned):
        assert thread.hears(2, run(2)) == said(Reason.RESOLVED)
    assert open_again.hears(3, run(3, BAD)) == said(Reason.RETURNED, broadcast=True)
    assert owned.hears(3, run(3, BAD)) == said(Reason.RETURNED)


def test_another_episode_is_another_card() -> None:
    """It needs no note: the card itself is news."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    thread.hears(2, run(2))
    assert thread.posts(9, run(9, BAD)) == (Outgoing("card", CardKey(12, 2), 3, Reason.RETURNED, "ml-alerts"),)


def test_an_episode_that_ended_unseen_still_gets_its_end() -> None:
    """Good and bad again in one batch, hours apart: the old card is resolved, a new one posted."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    posts = thread.posts(9, run(2), run(9, BAD))
    assert [(o.card.episode, o.reason) for o in posts] == [(1, Reason.RESOLVED), (2, Reason.RETURNED)]
    unseen = Thread()
    unseen.hears(1, run(1, BAD))
    posts = unseen.posts(10, run(2), run(9, BAD), run(10))
    assert [(o.card.episode, o.reason) for o in posts] == [(1, Reason.RESOLVED)]
    assert unseen.hears(10) == []


def test_reopening_is_said_aloud() -> None:
    """Whoever closed it should know."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    assert thread.hears(1.5, act(Act.RESOLVE, 1.5)) == said(Reason.RESOLVED)
    assert thread.hears(2, run(2, BAD)) == [("card", Reason.COUNT, False)]
    assert thread.hears(2.5, act(Act.REOPEN, 2.5)) == said(Reason.REOPENED, broadcast=True)


def test_worse_is_said_aloud() -> None:
    """Once, by the second run beyond noise."""
    thread = Thread()
    thread.hears(1, run(1, {"accuracy": 0.8}))
    thread.hears(1.5, ack(1.5, "accuracy"))
    assert thread.hears(2, run(2, {"accuracy": 0.7})) == [("card", Reason.COUNT, False)]
    assert thread.hears(3, run(3, {"accuracy": 0.7})) == said(Reason.WORSE, broadcast=True)
    assert thread.hears(4, run(4, {"accuracy": 0.7})) == [("card", Reason.COUNT, False)]


def test_several_reasons_at_once_share_one_edit() -> None:
    """The owner hears of the end although a new row came in the same run."""
    thread = Thread()
    thread.hears(1, run(1, {"accuracy": 0.8}))
    thread.hears(1.5, ack(1.5, "accuracy", until=2.5))
    thread.hears(2, run(2, {"accuracy": 0.7}))
    posts = thread.hears(3, run(3, {"accuracy": 0.7, "recall": 0.1}))
    notes = [("note", Reason.WORSE, True), ("note", Reason.NEW_ROW, False), ("note", Reason.RUN_OUT, False)]
    assert posts == [("card", Reason.WORSE, False), *notes]


def test_a_return_withdrawn_by_late_news_is_no_return() -> None:
    """What was said stays said; the state no longer knows of a return."""
    state = fold([run(1, BAD)], at(2))
    told = Queued(1, state.status, tuple(r.row for r in state.rows), returned_at=at(3), revision=1)
    assert due(told, state, 1) is Reason.NOTHING
    assert due(replace(told, revision=0), state, 1) is Reason.COUNT
    assert due(told, fold([run(1, BAD)], at(2), cool_down=HOUR), 1) is Reason.NOTHING


def test_a_double_press_is_said_once() -> None:
    """The second one's end is 300 ms later; a real extension, another reason or another row is said."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    first = ack(1.5, "accuracy")
    assert thread.hears(1.5, first) == said(Reason.ACKNOWLEDGED)
    again = replace(first, id="again", at=at(1.5001), until=at(30.0001))
    assert thread.hears(1.51, again) == [("card", Reason.COUNT, False)]
    longer = replace(again, id="longer", at=at(1.6), until=at(30 + 1 / 60))
    assert thread.hears(1.6, longer) == said(Reason.ACKNOWLEDGED)
    why = replace(longer, id="why", at=at(1.7), reason="label feed late")
    assert thread.hears(1.7, why) == said(Reason.ACKNOWLEDGED)
    more = replace(why, id="more", at=at(1.8), rows=(row("accuracy"), row("recall")))
    assert thread.hears(1.8, more) == said(Reason.ACKNOWLEDGED)
    assert thread.hears(1.9, ack(1.9, "recall", person="U2")) == [("card", Reason.COUNT, False)]


def test_a_row_taken_again_after_it_became_worse_is_said() -> None:
    """Even where the end hardly moved: in between it was nobody's."""
    thread = Thread()
    thread.hears(1, run(1, {"accuracy": 0.8}))
    thread.hears(1.5, ack(1.5, "accuracy"))
    thread.hears(2, run(2, {"accuracy": 0.7}))
    assert thread.hears(3, run(3, {"accuracy": 0.7})) == said(Reason.WORSE, broadcast=True)
    assert thread.hears(3.1, ack(3.1, "accuracy")) == said(Reason.ACKNOWLEDGED)


def test_one_end_is_said_while_another_still_holds() -> None:
    """And who still holds is not said again."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    thread.hears(1.5, ack(1.5, "accuracy"))
    thread.hears(1.6, ack(1.6, "recall", until=3, person="U2"))
    assert thread.hears(3) == said(Reason.RUN_OUT)
    assert [a.person_id for a in thread.queued.acknowledged] == ["U1"]
    assert thread.hears(4, run(4, BAD)) == [("card", Reason.COUNT, False)]
    assert thread.hears(30) == said(Reason.RUN_OUT)


def test_a_row_whose_holders_end_was_no_news_is_new_when_it_breaks() -> None:
    """It was good at the end, so nobody was told; now it is bad and nobody's."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    thread.hears(1.5, ack(1.5, "accuracy"))
    thread.hears(1.6, ack(1.6, "recall", until=3, person="U2"))
    thread.hears(2, run(2, {"accuracy": 0.75}))
    assert thread.hears(3.1) == [("card", Reason.COUNT, False)], "the card no longer names who held it"
    assert thread.hears(3.2) == []
    assert thread.hears(4, run(4, BAD)) == said(Reason.NEW_ROW, broadcast=True)


def mute(hour: float, until: float, what: Act = Act.MUTE, reason: str = "", alarm: str = "a:alarm:x") -> Click:
    """An alarm is muted in CloudWatch, or no more."""
    return Click(f"{what}:{hour}", what, at(hour), "U1", until=at(until), reason=reason, alarm=alarm)


def test_a_mute_in_cloudwatch_is_said_in_the_thread_and_so_is_its_end() -> None:
    """By a person or by the clock; once; while snoozed and resolved too, and into the next episode."""
    thread = Thread()
    thread.hears(1, run(1, BAD))
    assert thread.hears(2, mute(2, 4)) == said(Reason.MUTED)
    assert thread.hears(2.5, mute(2.5, 5)) == said(Reason.MUTED), "it is longer now"
    assert thread.hears(2.6) == []
    state = fold(thread.log, at(2.6))
    assert [(m.alarm, m.until) for m in state.mutes] == [("a:alarm:x", at(5))]
    assert state.changes_at == at(5)
    assert thread.hears(5) == said(Reason.HEARD), "its time is over"

    assert thread.hears(6, mute(6, 90)) == said(Reason.MUTED)
    thread.hears(7, Click("s", Act.SNOOZE, at(7), "U1", until=at(9)))
    assert thread.hears(8, mute(8, 8, Act.UNMUTE)) == said(Reason.HEARD)
    thread.hears(9.5, mute(9.5, 90), run(9.6, good=dict.fromkeys(BAD, 0.9)))
    thread.hears(20, run(20, BAD))
    state = fold(thread.log, at(20))
    assert (state.episode, len(state.mutes)) == (2, 1), "CloudWatch's mute knows nothing of episodes"
    assert thread.hears(21) == [], "and its new card tells of it"

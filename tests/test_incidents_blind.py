"""Monitors that cannot judge, and monitors that are no more."""

from dataclasses import replace

from bot.logic.cards import card
from bot.model.incident import Act, Reason, Status
from bot.model.observation import DELETED, NO_DATA, SILENT, Finding, Observation, Row, Verdict
from bot.model.reply import Heading
from bot.model.route import Route
from sandbox.fakes import HOUR, at, row, run
from sandbox.fakes_incident import ACCOUNTS, Story, edited, said

BAD = {"accuracy": 0.75, "recall": 0.4}
GOOD = {"accuracy": 0.95, "recall": 0.9}
OLD, NEW = "bank-marketing-quality-2026-11-02-0941", "bank-marketing-quality-2026-11-20-1012"


def blind(hour: float, cause: str = "no labels", *, on: Row = NO_DATA, by: str = OLD) -> Observation:
    """It could not judge, or did not speak."""
    return replace(run(hour, by=by, complete=False), findings=(Finding(on, Verdict.BLIND, note=cause),), window=None)


def gone(hour: float, by_whom: str = "", *, by: str = OLD) -> Observation:
    """It was deleted."""
    found = (Finding(DELETED, Verdict.GONE, note=by_whom),)
    return replace(run(hour, by=by, complete=False), id=f"gone:{by}:{hour}", findings=found, window=None)


def headings(story: Story) -> str:
    """The card's title."""
    parts = card(story.incident, at(story.hour), ACCOUNTS).parts
    return next(p.text for p in parts if isinstance(p, Heading))


def test_blind_with_nothing_open_is_a_quiet_card_of_its_own() -> None:
    """With the cause in words, of low severity, and nobody is ever called for it."""
    story = Story(Route("ml-alerts", group="S1", escalate_after=HOUR / 2))
    assert story.hears(blind(1, "no captured data between 13:00 and 14:00.")) == edited(Reason.FIRST)
    assert headings(story) == "bank-marketing: model quality cannot be judged"
    shown = story.card()
    assert "model quality cannot be judged: no captured data between 13:00 and 14:00" in shown
    assert "Severity: low" in shown
    assert "Bad runs" not in shown
    assert story.hears(blind(2, "failed")) == edited()
    assert "cannot be judged: failed" in story.card()
    assert story.waits(90) == []
    assert story.does(Act.ACKNOWLEDGE, 91) == said(Reason.ACKNOWLEDGED)


def test_it_resolves_when_its_subject_speaks_again() -> None:
    """Good or bad; a good one says that it can be judged again."""
    story = Story()
    story.hears(blind(1))
    assert story.hears(run(2, by=OLD)) == said(Reason.RESOLVED)
    assert headings(story) == "bank-marketing: model quality can be judged again"
    assert story.told(Reason.RESOLVED) == "resolved after 1 h: it can be judged again"
    assert "was blind from 2026-11-02 10:00 UTC to 2026-11-02 11:00 UTC: no labels" in story.card()
    assert story.hears(blind(3)) == said(Reason.BACK), "within its episode the same card comes back, quietly"
    story.hears(run(4, by=OLD), run(5, by=OLD))
    assert story.hears(blind(9)) == edited(Reason.RETURNED), "after it, a card of its own"


def test_bad_news_on_a_card_about_blindness_is_said_aloud() -> None:
    """Nobody was told yet that anything is bad."""
    story = Story()
    story.hears(blind(1))
    assert story.hears(run(2, BAD, by=OLD)) == [*said(Reason.NEW_ROW, broadcast=True), ("note", Reason.SEES, False)]
    assert headings(story) == "bank-marketing: model quality breaks its constraints"
    assert story.incident.state.blind == ()


def test_beside_something_bad_it_is_small_print_and_said_once() -> None:
    """It neither resolves nor re-opens; what it was stays no part of the card that resolves."""
    story = Story()
    story.hears(run(1, BAD, by=OLD))
    assert story.hears(blind(2)) == said(Reason.BLIND)
    assert story.hears(blind(3, "failed")) == edited()
    assert f"{OLD} is blind since 2026-11-02 11:00 UTC: failed" in story.card()
    assert story.incident.state.status is Status.OPEN
    assert story.hears(run(4, BAD, by=OLD)) == said(Reason.SEES)
    assert story.told(Reason.SEES) == f"{OLD} can judge again"
    assert story.hears(blind(5)) == edited(), "another spell within the cool-down is small print only"


def test_blind_after_all_was_good_reopens_nothing_and_is_a_new_card_when_the_episode_is_over() -> None:
    """By the clock, if it is blind still."""
    for sees_again in (False, True):
        story = Story()
        story.hears(run(1, BAD, by=OLD), run(2, good=GOOD, by=OLD))
        assert story.hears(blind(3)) == said(Reason.BLIND)
        assert story.incident.state.status is Status.RESOLVED
        if sees_again:
            assert story.hears(run(3.5, good=GOOD, by=OLD)) == said(Reason.SEES)
            assert story.waits(9) == []
        else:
            assert story.waits(4) == edited(Reason.RETURNED)
            assert headings(story) == "bank-marketing: model quality cannot be judged"


def test_one_that_sees_does_not_speak_for_another_that_does_not() -> None:
    """The card resolves when both can judge."""
    story = Story()
    story.hears(blind(1, by="eu"), blind(1.1, by="us"))
    assert story.hears(run(2, by="eu"))[1:] == [("note", Reason.SEES, False)]
    assert story.incident.state.status is Status.OPEN
    assert story.hears(run(2.1, by="us")) == said(Reason.RESOLVED)


def test_a_resolve_by_hand_of_blindness_holds_until_it_is_blind_again() -> None:
    """As of any other card."""
    story = Story()
    story.hears(blind(1))
    story.does(Act.RESOLVE, 1.5)
    assert story.incident.state.status is Status.RESOLVED
    assert story.hears(blind(2)) == said(Reason.BACK)


def test_a_silent_monitor_says_so() -> None:
    """Without a cause of its source; and its silence is no word of its own when it is created anew."""
    story = Story()
    story.hears(blind(3, "", on=SILENT))
    assert "cannot be judged: it did not speak when it should have" in story.card()
    redeployed = Story()
    redeployed.hears(run(1, BAD, by=OLD), blind(3.2, "missed two runs", on=SILENT), run(3.5, good=GOOD, by=NEW))
    assert redeployed.incident.state.status is Status.RESOLVED


def test_a_redeployment_goes_on_silently() -> None:
    """What was deleted and by whom, what goes on and how the worst changed: in the thread, and nobody is called."""
    story = Story()
    story.hears(run(1, BAD, by=OLD))
    story.does(Act.ACKNOWLEDGE, 1.5)
    assert story.hears(gone(1.6, "by Maya Okafor")) == said(Reason.GONE)
    assert story.told(Reason.GONE) == f"{OLD} was deleted by Maya Okafor"
    assert story.hears(run(3, {"accuracy": 0.8, "recall": 0.3}, by=NEW)) == said(Reason.CONTINUES)
    assert story.told(Reason.CONTINUES) == f"continues on {NEW} (recall 0.4000 → 0.3000)"
    state = story.incident.state
    assert (state.status, state.episode, state.owner_id) == (Status.ACKNOWLEDGED, 1, "U1")
    assert f"{OLD} was deleted by Maya Okafor, 2026-11-02 10:36 UTC; {NEW} goes on" in story.card()
    assert story.waits(9) == []


def test_a_deletion_after_the_successor_spoke_says_both_at_once() -> None:
    """The new one was there before the old one went."""
    story = Story()
    story.hears(run(1, BAD, by=OLD), run(1.2, BAD, by=NEW))
    assert story.hears(gone(1.6)) == said(Reason.GONE)
    assert story.told(Reason.GONE) == f"{OLD} was deleted; {NEW} goes on in its place"


def test_a_successor_that_nobody_announced_is_told_when_it_takes_the_place() -> None:
    """The old one was silent for more than two cadences."""
    story = Story()
    story.hears(run(1, BAD, by=OLD))
    posts = story.hears(run(3.5, {"accuracy": 0.8}, by=NEW))
    assert posts == said(Reason.CONTINUES)
    assert story.told(Reason.CONTINUES) == f"continues on {NEW} (accuracy 0.7500 → 0.8000)"
    assert "fell silent" in story.card()


def test_what_is_deleted_without_a_successor_is_closed_after_two_cadences() -> None:
    """And the reason is said; what still speaks goes on."""
    story = Story()
    story.hears(run(1, BAD, by=OLD))
    story.hears(gone(2))
    assert story.waits(3.9) == []
    assert story.waits(4) == said(Reason.RESOLVED)
    assert story.told(Reason.RESOLVED) == "resolved after 3 h, because what it watched was deleted"
    assert headings(story) == "bank-marketing: model quality is no longer watched: the monitor was deleted"
    unseen = Story()
    unseen.hears(blind(1))
    unseen.hears(gone(2))
    assert unseen.told(Reason.RESOLVED) == "resolved after 1 h, because what it watched was deleted"


def test_a_subject_of_another_name_is_no_successor() -> None:
    """Its word on the same rows is heard, and nothing is said to go on."""
    story = Story()
    story.hears(run(1, BAD, by=OLD))
    story.hears(gone(2))
    posts = story.hears(run(3, {"accuracy": 0.8}, by="challenger-quality"))
    assert posts == edited()
    assert [r.row for r in story.incident.state.bad_rows] == [row("accuracy")]

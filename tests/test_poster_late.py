"""What waited while Slack was away says nothing untrue afterwards, and calls nobody for what is over."""

import pytest

from bot.errors import ServerFailed
from bot.model.incident import Reason
from sandbox.fakes import at, run
from sandbox.fakes_storming import StormDesk, names

AWAY = ServerFailed("HTTP 503")


@pytest.mark.parametrize("count", [3, 10, 12, 40])
def test_what_got_worse_and_good_again_while_slack_was_away_calls_nobody(count: int) -> None:
    """One by one, as a roundup, or in a storm's thread: no message to the channel, no good value called worse."""
    desk, every = StormDesk(), names(count)
    for n in range(0, count, 10):
        desk.breaks(every[n : n + 10])
        desk.settle(12)
    desk.slack.gone["ml-alerts"] = AWAY
    for hour, seen in ((1.5, 0.4), (2, 0.3)):
        desk.breaks(every, hour, seen=seen)
    desk.recovers(every, 2.5)
    desk.settle(60, 60)
    before = len(desk.slack.posts)
    desk.slack.gone.clear()
    desk.settle(120)
    late = desk.slack.posts[before:]
    assert not any(p.broadcast or p.thread_ts is None for p in late)
    worse = [p.said for p in late if "worse" in p.said]
    assert len(worse) == count
    assert all("is good again: accuracy 0.3000, limit 0.8700, fired at 0.7000, now 0.9900" in said for said in worse)
    assert desk.left() == []


def test_a_storms_thread_is_told_only_of_those_that_are_still_worse() -> None:
    """Under a card that says so; with none left it is told nothing."""
    desk, every = StormDesk(), names(20)
    desk.breaks(every)
    desk.settle(20)
    desk.slack.gone["ml-alerts"] = AWAY
    for hour in (1.5, 2):
        desk.breaks(every, hour, seen=0.3)
    desk.recovers(every[2:], 2.5)
    desk.settle(60, 60)
    desk.slack.gone.clear()
    desk.settle(60)
    (note,) = desk.slack.notes
    assert "2 incidents of the storm got worse" in note.said
    assert note.broadcast
    for hour in (3, 3.5):
        desk.breaks(every[:2], hour, seen=0.1)
    desk.recovers(every[:2], 4)
    desk.time.stands_at = at(4)
    desk.settle(60)
    assert desk.slack.notes == [note]
    assert "all 20 are resolved" in desk.storms_in()[0].said
    assert desk.left() == []


def test_new_rows_of_one_card_that_wait_are_one_note_which_names_them_all() -> None:
    """Each alarm of a service asks for one; the card shows all at its next edit."""
    desk = StormDesk()
    desk.breaks(["bank"])
    desk.settle(5)
    desk.slack.gone["ml-alerts"] = AWAY
    for n, metric in enumerate(("recall", "f1", "auc")):
        desk.hears("bank", run(1 + n / 100, {metric: 0.5}, by=f"alarm{n}"))
        desk.settle(2, 30)
    desk.slack.gone.clear()
    desk.settle(60)
    assert sum(out.reason is Reason.NEW_ROW and out.kind == "note" for out in desk.outbox.asked) == 3
    (first, *rest) = desk.slack.notes
    assert all(metric in first.said for metric in ("recall", "f1", "auc"))
    assert len({n.said for n in rest}) == len(rest) <= 1
    assert all(metric in desk.alone_in()[0].said for metric in ("recall", "f1", "auc"))
    assert desk.left() == []

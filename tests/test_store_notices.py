"""Messages of their own on SQL: once for each key, whoever queues them and whatever breaks."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from bot.errors import Conflict, NotFound
from bot.logic.check_store import parked_checks
from bot.model.checkup import Queue
from bot.model.post import CardKey, NoticeRow
from bot.model.reply import Bold, Paragraph, Reply
from bot.store.health import SqlHealth
from bot.store.notices import DONE_LIVE, SqlNotices
from bot.store.outbox import SqlOutbox
from bot.store.tables import notices as table

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DIGEST = Reply(("3 open, 1 run out",), (Paragraph((Bold("bank-marketing"), " <!here>")),), shareable=False)
ROOT = Path(__file__).parents[1]


def only(notices: SqlNotices, channel: str = "ml-alerts") -> NoticeRow:
    """The single row of a channel."""
    (row,) = notices.rows(channel)
    return row


def test_a_key_is_queued_once_also_after_it_was_shown(engine: Engine) -> None:
    """By sixteen at once; its words are kept until they stand in Slack, and come back as they were."""
    notices = SqlNotices(engine)
    with ThreadPoolExecutor(16) as pool:
        added = list(pool.map(lambda _: SqlNotices(engine).put("digest:1", "ml-alerts", DIGEST, T0), range(16)))
    assert sorted(added) == [False] * 15 + [True]
    row = only(notices)
    assert notices.reply(row) == DIGEST
    notices.done(row)
    assert (notices.rows("ml-alerts"), notices.channels()) == ((), ())
    assert not notices.put("digest:1", "ml-alerts", DIGEST, T0 + SECOND)
    assert notices.rows("ml-alerts") == ()
    with pytest.raises(Conflict):
        notices.begin(row, T0)


def test_a_message_knows_the_card_in_whose_thread_it_belongs(engine: Engine) -> None:
    """And which keys were queued can be asked before an answer is made for nothing."""
    notices = SqlNotices(engine)
    notices.put("chart:1", "ml-alerts", DIGEST, T0, CardKey(12, 3))
    notices.put("digest:1", "ml-alerts", DIGEST, T0)
    assert [row.card for row in notices.rows("ml-alerts")] == [CardKey(12, 3), None]
    assert notices.known(["chart:1", "chart:2"]) == {"chart:1"}


def test_keys_shown_long_ago_are_dropped_and_those_given_up_stay(engine: Engine) -> None:
    """They name a day: nobody asks for that one again."""
    notices = SqlNotices(engine)
    for key in ("old", "lost"):
        notices.put(key, "ml-alerts", DIGEST, T0)
    old, lost = notices.rows("ml-alerts")
    notices.done(old)
    notices.park(lost, "no")
    notices.put("new", "ml-alerts", DIGEST, T0 + DONE_LIVE + SECOND)
    assert notices.put("old", "ml-alerts", DIGEST, T0)
    assert not notices.put("lost", "ml-alerts", DIGEST, T0)


def test_the_first_claim_stays_and_a_row_is_begun_by_one_worker_only(engine: Engine) -> None:
    """A lost message is looked for from its first attempt on."""
    notices = SqlNotices(engine)
    notices.put("digest:1", "ml-alerts", DIGEST, T0)
    read = only(notices)
    notices.begin(read, T0)
    with pytest.raises(Conflict):
        notices.begin(read, T0)
    notices.again(only(notices), ambiguous=True)
    notices.begin(only(notices), T0 + SECOND)
    found = only(notices)
    assert (found.state, found.claimed_at, found.attempts) == ("sending", T0, 2)
    notices.redirect(found, "ml-default")
    moved = only(notices, "ml-default")
    assert (moved.state, moved.claimed_at, moved.attempts) == ("waiting", None, 2)
    assert notices.channels() == ("ml-default",)


def test_what_waits_is_leased_and_told_beside_the_outbox(engine: Engine) -> None:
    """The lease on a channel is one, whichever queue has something for it; doctor counts both."""
    notices, outbox = SqlNotices(engine), SqlOutbox(engine)
    assert outbox.lease("w1", T0, 60, also=notices.channels()) == ()
    notices.put("digest:1", "ml-alerts", DIGEST, T0)
    notices.put("digest:2", "ml-platform", DIGEST, T0)
    assert outbox.lease("w1", T0, 60, also=("ml-alerts",)) == ("ml-alerts",)
    assert outbox.lease("w2", T0, 60, also=notices.channels()) == ("ml-platform",)
    row = only(notices)
    notices.begin(row, T0)
    queues = SqlHealth(engine, lambda: T0).queues()
    assert queues[0] == Queue("ml-alerts", 1, row.id, T0, 1, "w1", T0 + timedelta(minutes=1))
    notices.park(only(notices, "ml-platform"), "Slack says `invalid_blocks`.")
    assert notices.counts() == {"waiting": 0, "sending": 1, "ambiguous": 0, "parked": 1}
    (told,) = parked_checks(notices.parked())
    assert (told.subject, told.said) == ("#ml-platform", "1 message given up: Slack says `invalid_blocks`.")


def test_what_a_newer_version_wrote_is_said_by_its_key(engine: Engine) -> None:
    """Never guessed at; the words are not repeated."""
    notices = SqlNotices(engine)
    notices.put("digest:1", "ml-alerts", DIGEST, T0)
    with engine.begin() as conn:
        conn.execute(update(table).values(body='{"=":"Reply","text":[{"=":"Hologram","text":"secret"}]}'))
    with pytest.raises(NotFound, match="`digest:1` cannot be read: it has parts that only a newer version knows"):
        notices.reply(only(notices))
    with pytest.raises(NotFound):
        notices.reply(replace(only(notices), id=99))


CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import event
from bot.model.reply import Reply
from bot.store.engine import connect
from bot.store.notices import SqlNotices

url, act, when = sys.argv[1:]
engine, now = connect(url), datetime(2026, 11, 20, 9, tzinfo=UTC)
notices = SqlNotices(engine)
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
rows = notices.rows("ml-alerts")
if when == "before":
    event.listen(engine, "commit", die)  # the act's own: what was read before had ended
if act == "put":
    notices.put("digest:2", "ml-alerts", Reply(("new",)), now)
else:
    getattr(notices, act)(rows[0], *([now] if act == "begin" else []))
die()
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("act", "then"), [("put", ["waiting", "waiting"]), ("begin", ["sending"]), ("done", [])])
def test_a_killed_process_leaves_all_or_nothing(
    engine: Engine, database_url: str, act: str, then: list[str], when: str
) -> None:
    """SIGKILL before and after each commit: queued or not, begun or not, done or not, and nobody is locked out."""
    notices = SqlNotices(engine)
    notices.put("digest:1", "ml-alerts", DIGEST, T0)
    died = subprocess.run([sys.executable, "-c", CHILD, database_url, act, when], cwd=ROOT, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL
    states = [row.state for row in notices.rows("ml-alerts")]
    assert states == (["waiting"] if when == "before" else then)
    assert notices.put("digest:2", "ml-alerts", DIGEST, T0) == (act != "put" or when == "before")

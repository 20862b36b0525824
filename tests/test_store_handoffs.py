"""Hand-offs on SQL: written with the change, in order, done once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from bot.incidents import click, record
from bot.logic.lifecycle import fold
from bot.model.handoff import Dead, HandOffRow, Recipient
from bot.model.incident import Act
from bot.model.observation import Observation
from bot.model.place import Service
from bot.model.route import Route
from bot.store.handoffs import SqlHandOffs
from bot.store.incidents import SqlIncidents
from bot.store.tables import handoffs
from sandbox.fakes import PLACE, at, run

ROUTE = Route("ml-alerts", hand_off=(Recipient("pager", ""), Recipient("tickets", "")))
NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Kept:
    """A store with an incident, and the queue of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.incidents = SqlIncidents(engine, fold)
        self.rows = SqlHandOffs(engine)

    def hears(self, observed: Observation) -> None:
        """A run ends."""
        record(self.incidents, [(PLACE, Service(PLACE.service), observed)], lambda *_: ROUTE, observed.at)

    def acknowledges(self, hour: float) -> None:
        """Somebody presses."""
        act = Act.ACKNOWLEDGE
        click(self.incidents, 1, act, click_id="c", person_id="U1", now=at(hour), routing=lambda *_: ROUTE)

    def live(self) -> list[tuple[str, str]]:
        """Destination and action, in order."""
        wanted = select(handoffs.c.destination, handoffs.c.action).order_by(handoffs.c.id)
        with self.engine.connect() as conn:
            return [(name, action) for name, action in conn.execute(wanted)]

    def only(self, destination: str = "pager") -> HandOffRow:
        """What goes next."""
        row = self.rows.next(destination, NOW)
        assert row is not None
        return row


@pytest.fixture
def kept(engine: Engine) -> Kept:
    """With one incident that is open."""
    made = Kept(engine)
    made.hears(run(1, {"accuracy": 0.7}))
    return made


def test_rows_are_written_with_the_change_and_read_back_whole(kept: Kept) -> None:
    """A step that fails leaves neither log nor row; one that is committed leaves both."""
    row = kept.only()
    assert kept.live() == [("pager", "trigger"), ("tickets", "trigger")]
    assert row.out.told.place == PLACE
    assert row.out.told.worst is not None
    assert (row.out.fresh, row.state, row.attempts, row.out.at) == (True, "waiting", 0, at(1))
    with pytest.raises(ZeroDivisionError):
        kept.incidents.change([PLACE], lambda _: [1 / 0], now=at(2))  # type: ignore[list-item]
    assert len(kept.live()) == 2
    assert kept.rows.destinations() == ("pager", "tickets")


def test_order_holds_for_each_incident_and_destination(kept: Kept) -> None:
    """What waits for its time holds back what stands behind it; ids are never given again."""
    kept.acknowledges(1.5)
    first = kept.only()
    assert kept.rows.begin(first)
    assert not kept.rows.begin(first)
    kept.rows.again(kept.only(), "it answers 500", NOW + timedelta(minutes=1))
    assert kept.rows.next("pager", NOW) is None
    assert kept.only("tickets").out.action == "trigger"
    waited = kept.rows.next("pager", NOW + timedelta(minutes=1))
    assert waited is not None
    assert (waited.id, waited.attempts, waited.cause) == (first.id, 1, "it answers 500")
    kept.rows.done(waited)
    last = kept.only()
    assert (last.out.action, last.out.told.person_id) == ("acknowledge", "U1")
    kept.rows.done(last)
    kept.hears(run(2, good={"accuracy": 0.95}))
    assert kept.only().id > last.id


def test_a_dead_row_is_kept_with_its_reason_and_sent_no_more(kept: Kept) -> None:
    """It holds nothing up, and whoever comes late with it changes nothing."""
    row = kept.only()
    kept.rows.begin(row)
    kept.rows.bury(row, "it answers 400")
    assert kept.rows.next("pager", NOW) is None
    assert kept.rows.dead() == (Dead("pager", "it answers 400", 1, (1,)),)
    kept.rows.again(row, "late", NOW)
    assert kept.rows.dead()[0].cause == "it answers 400"
    assert [w.destination for w in kept.rows.waiting()] == ["tickets"]


def test_waiting_tells_how_long_and_why(kept: Kept) -> None:
    """The oldest row's cause; its age is by the machine's clock."""
    row = kept.only()
    kept.rows.begin(row)
    kept.rows.again(row, "it cannot be reached", NOW)
    kept.acknowledges(1.5)
    pager, tickets = kept.rows.waiting()
    assert (pager.waiting, pager.cause, tickets.waiting, tickets.cause) == (2, "it cannot be reached", 2, "")
    assert pager.oldest_at is not None
    assert abs(pager.oldest_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_what_is_over_before_it_was_taken_is_moot(kept: Kept) -> None:
    """From a fresh trigger to its resolve; of what was tried, and may be known, the resolve goes out all the same."""
    kept.acknowledges(1.5)
    assert kept.rows.moot("pager") == 0
    kept.hears(run(2, good={"accuracy": 0.95}))
    row = kept.only("tickets")
    kept.rows.begin(row)
    kept.rows.again(row, "it does not answer within 10 s", NOW + timedelta(minutes=5))
    assert (kept.rows.moot("pager"), kept.rows.moot("tickets")) == (1, 1)
    assert kept.live() == [("tickets", "resolve")]
    assert kept.only("tickets").attempts == 0
    assert kept.rows.moot("tickets") == 0


def test_the_end_of_what_was_told_is_never_moot(kept: Kept) -> None:
    """Another row triggered again and all resolved, while the first trigger was taken long ago."""
    kept.rows.done(kept.only())
    kept.hears(run(2, {"accuracy": 0.7, "recall": 0.1}))
    kept.hears(run(3, good={"accuracy": 0.95, "recall": 0.95}))
    assert kept.rows.moot("pager") == 0
    assert [action for name, action in kept.live() if name == "pager"] == ["trigger", "resolve"]


def test_a_database_of_the_version_before_has_none(engine: Engine) -> None:
    """Doctor looks at what it finds."""
    handoffs.drop(engine)
    rows = SqlHandOffs(engine)
    assert (rows.waiting(), rows.dead()) == ((), ())

"""A log that ends as it is known to end is not read again; what anybody else did to it is seen."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from bot.errors import StoreDown
from bot.logic.lifecycle import fold
from bot.model.incident import Entry, Incident, Queued
from bot.model.observation import Finding, Observation, Row, Subject, Verdict
from bot.model.place import Family, Place
from bot.ports.incidents import Change
from bot.store.incidents import SqlIncidents
from bot.store.logs import MOST_AFTER, Logs
from bot.store.tables import log
from bot.store.transaction import writing

T0 = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = T0 + 99 * HOUR
BANK = Place("111111111111", "eu-west-1", "bank-marketing", Family.MODEL_QUALITY)


def run(hour: int, note: str = "") -> Observation:
    """The schedule's run of that hour."""
    finding = Finding(Row("auc", "LessThanThreshold"), Verdict.BAD, note=note)
    return Observation(f"run:{hour}", Subject("arn:s", "s"), T0 + hour * HOUR, (finding,), complete=True, cadence=HOUR)


def add(store: SqlIncidents, *entries: Entry, place: Place = BANK, seen: Iterable[str] = ()) -> None:
    """Append to a place's incident; `seen` is gone through once that is written."""

    def step(locked: tuple[Incident, ...]) -> Sequence[Change]:
        return [Change(locked[0].number, locked[0].service, entries, Queued())]

    store.change([place], step, now=entries[-1].at, seen=seen)


def ids(store: SqlIncidents) -> list[str]:
    """Those of its log."""
    return [entry.id for entry in store.get(1, LATER).log]


@contextmanager
def told(engine: Engine) -> Iterator[list[set[Any]]]:
    """The values of the statements that read entries' bodies meanwhile."""
    found: list[set[Any]] = []

    def note(_: Connection, __: Any, statement: str, values: Any, *___: Any) -> None:
        if statement.startswith("SELECT") and "log.body" in statement:
            found.append(set(values.values() if isinstance(values, dict) else values))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_what_this_process_wrote_or_read_is_not_read_again(engine: Engine) -> None:
    """Nor by the next change; another one reads it once."""
    store, other = SqlIncidents(engine, fold), SqlIncidents(engine, fold)
    add(store, run(1), run(2))
    with told(engine) as bodies:
        add(store, run(3))
        assert ids(store) == ["run:1", "run:2", "run:3"]
    assert bodies == []
    with told(engine) as bodies:
        assert ids(other) == ids(other) == ["run:1", "run:2", "run:3"]
    assert len(bodies) == 1


def test_what_another_process_appended_is_seen(engine: Engine) -> None:
    """And built upon."""
    store, other = SqlIncidents(engine, fold), SqlIncidents(engine, fold)
    add(store, run(1))
    add(other, run(2))
    add(store, run(3))
    assert ids(store) == ids(other) == ["run:1", "run:2", "run:3"]


def test_of_a_long_log_only_what_another_process_appended_is_read(engine: Engine) -> None:
    """With the last entry that is known, by which one sees that it is the same log."""
    store, other = SqlIncidents(engine, fold), SqlIncidents(engine, fold)
    add(store, *map(run, range(1, 31)))
    add(other, run(31), run(32))
    with told(engine) as bodies:
        assert ids(store) == [f"run:{hour}" for hour in range(1, 33)]
    assert bodies == [{1, 30, 31, 32}]  # the incident's number, and places in its log


def test_a_log_that_is_another_than_the_known_one_is_read_whole(engine: Engine) -> None:
    """As where the database was put back to an earlier state and went on from there."""
    store = SqlIncidents(engine, fold)
    add(store, run(1), run(2))
    with writing(engine) as conn:
        conn.execute(log.delete().where(log.c.seq == 2))
    add(SqlIncidents(engine, fold), run(2, "another"), run(3))
    (_, second, _) = store.get(1, LATER).log
    assert isinstance(second, Observation)
    assert second.findings[0].note == "another"


def test_much_that_others_appended_is_read_with_the_whole(engine: Engine) -> None:
    """One by one it would take more statements than that."""
    store, other = SqlIncidents(engine, fold), SqlIncidents(engine, fold)
    add(store, run(0))
    add(other, *map(run, range(1, MOST_AFTER + 1)))
    with told(engine) as bodies:
        assert len(ids(store)) == MOST_AFTER + 1
    assert bodies == [{1}]


def test_what_was_not_committed_is_not_known(engine: Engine) -> None:
    """Told again with the same id and another note, it is the one that was kept that is read."""
    store, other = SqlIncidents(engine, fold), SqlIncidents(engine, fold)
    add(store, run(1))

    def gone() -> Iterator[str]:
        raise StoreDown("the disk is gone", "wait")
        yield

    with pytest.raises(StoreDown):
        add(store, run(2, "lost"), seen=gone())
    assert ids(store) == ["run:1"]
    add(other, run(2, "kept"))
    found = store.get(1, LATER)
    assert isinstance(found.log[1], Observation)
    assert (found.log[1].findings[0].note, found.state.rows[0].note) == ("kept", "kept")


def test_two_logs_of_the_same_ids_have_each_its_own_state(engine: Engine) -> None:
    """Reports of one run may bear one id in two families."""
    families, store = (Family.MODEL_QUALITY, Family.DATA_QUALITY), SqlIncidents(engine, fold)
    for family in families:
        add(store, run(1, family), run(2, family), place=replace(BANK, family=family))
    for reader in (store, SqlIncidents(engine, fold)):
        assert {i.state.rows[0].note for i in reader.list(LATER)} == set(families)
        assert all(i.state.rows[0].note == i.place.family for i in reader.list(LATER))


def test_as_many_entries_are_known_as_it_may_hold(engine: Engine) -> None:
    """The log asked for longest ago goes first, and all go for one that is too long alone."""
    places = (BANK, replace(BANK, service="loan"))
    for place in places:
        add(SqlIncidents(engine, fold), run(1), place=place)
    logs = Logs(most=3)
    with engine.connect() as conn, told(engine) as bodies:
        assert set(logs.of(conn, [1, 2])) == {1, 2}
        logs.of(conn, [1])
        logs.note(7, (run(1), run(2)))
        assert len(bodies) == 1
        logs.of(conn, [1])
        assert len(bodies) == 1
        logs.of(conn, [2])
        assert len(bodies) == 2
        logs.note(9, (run(1), run(2), run(3), run(4)))
        assert list(logs.of(conn, [2, 9])) == [2]
        assert len(bodies) == 3

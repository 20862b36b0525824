"""Statements whose text is worked out once find and write what SQLAlchemy's ordinary way does, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select

from bot.store.prepared import SIZES, Among, Prepared
from bot.store.tables import incidents, insert, observed
from bot.store.transaction import reading, writing

AT = datetime(2026, 11, 20, 14, tzinfo=UTC)
_KEEP = Prepared(lambda conn: insert(conn, observed))


def _kept(engine: Engine, many: int) -> list[str]:
    ids = [f"id-{n:04}" for n in range(many)]
    with writing(engine) as conn:
        _KEEP.many(conn, [{"id": id_, "at": AT} for id_ in ids])
    return ids


@pytest.mark.parametrize("many", [0, 1, 3, SIZES[-1], SIZES[-1] + 1])
def test_any_number_of_keys_is_asked_and_each_found_once(engine: Engine, many: int) -> None:
    """However the keys fill a text's places, none is lost and none told twice."""
    ids, among = _kept(engine, many), Among([observed.c.id], select(observed.c.id).where)
    with reading(engine) as conn:
        found = among.rows(conn, [(id_,) for id_ in [*ids, "no such"]])
    assert sorted(id_ for (id_,) in found) == ids


def test_keys_of_several_columns_are_matched_as_a_whole(engine: Engine) -> None:
    """A row is found by its own key, not by parts of two."""
    rows = [_incident(1, "a", "x"), _incident(2, "b", "y")]
    among = Among([incidents.c.service, incidents.c.family], select(incidents.c.number).where)
    with writing(engine) as conn:
        Prepared(lambda conn: insert(conn, incidents)).many(conn, rows)
        assert [tuple(row) for row in among.rows(conn, [("a", "x"), ("b", "x"), ("a", "y")])] == [(1,)]


@pytest.mark.parametrize("many", [200, 201, 250, 251])
def test_a_statement_has_no_more_values_than_an_old_sqlite_takes(engine: Engine, many: int) -> None:
    """999, however many columns a key has; all keys are asked for nevertheless."""
    among = Among([incidents.c.service, incidents.c.family], select(incidents.c.number).where)
    asked: list[int] = []

    def note(_: Connection, __: Any, ___: str, values: Any, *____: Any) -> None:
        asked.append(len(values))

    with writing(engine) as conn:
        Prepared(lambda conn: insert(conn, incidents)).many(conn, [_incident(n, str(n), "x") for n in range(many)])
        event.listen(engine, "before_cursor_execute", note)
        found = among.rows(conn, [(str(n), "x") for n in range(many)])
        event.remove(engine, "before_cursor_execute", note)
    assert sorted(number for (number,) in found) == list(range(many))
    assert 0 < max(asked) <= 999


def test_times_are_kept_as_the_tables_keep_them(engine: Engine) -> None:
    """Whatever zone a time is told in, it is read as the same moment; one without a zone is refused."""
    there = AT.astimezone(timezone(timedelta(hours=9)))
    with writing(engine) as conn:
        _KEEP.many(conn, [{"id": "one", "at": there}])
        assert conn.scalar(select(observed.c.at)) == there
        with pytest.raises(ValueError, match="without a zone"):
            _KEEP.many(conn, [{"id": "two", "at": AT.replace(tzinfo=None)}])


def test_a_statements_own_values_stand_beside_those_given(engine: Engine) -> None:
    """What the statement itself fixes is not asked for."""
    kept = Prepared(lambda conn: insert(conn, observed).values(at=AT), ("id", "at"))
    with writing(engine) as conn:
        kept.many(conn, [{"id": "one"}, {"id": "two"}])
        assert [tuple(row) for row in conn.execute(select(observed).order_by("id"))] == [("one", AT), ("two", AT)]


def test_hostile_values_stay_values(engine: Engine) -> None:
    """A key with quotes, percent signs and colons is bound, never text of the statement."""
    hostile = """'; DROP TABLE observed; -- %(id_0)s :id_0 %%"""
    with writing(engine) as conn:
        _KEEP.many(conn, [{"id": hostile, "at": AT}])
        among = Among([observed.c.id], select(observed.c.id).where)
        assert [id_ for (id_,) in among.rows(conn, [(hostile,)])] == [hostile]


def _incident(number: int, service: str, family: str) -> dict[str, object]:
    return {
        "number": number,
        "account_id": "1",
        "region": "r",
        "service": service,
        "family": family,
        "service_name": service,
        "service_by": "name",
        "queued": "{}",
        "status": "open",
        "resolved_at": None,
        "runs_out_at": None,
        "about": None,
    }

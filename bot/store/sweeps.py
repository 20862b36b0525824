"""The fleet's rows: what sweeps of the accounts found, what vanished since, and the newest run of each schedule."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, select
from sqlalchemy.sql import ColumnElement

from bot.model.alarm import Alarm, Mute
from bot.model.fleet import Earlier, Endpoint, Vanished
from bot.model.monitor import Execution, MonitorKey, Schedule
from bot.ports.fleet import Sweep
from bot.ports.inventory import Swept
from bot.store.codec import body_json, body_of
from bot.store.tables import fleet, insert, swept

R = TypeVar("R", Endpoint, Schedule, Alarm, Mute)
Place = tuple[str, str]
"""Account id and Region."""
Told = Endpoint | Schedule | Alarm
KINDS: Mapping[Swept, Callable[..., Told]] = {"endpoint": Endpoint, "schedule": Schedule, "alarm": Alarm}
"""What is told when it vanishes."""
GONE = "gone "
"""Before the kind of what vanished."""
WAS = "was "
"""Before the kind of what is remembered as it was before it changed or vanished."""
REMEMBERED: Mapping[Swept, Callable[..., Endpoint | Alarm]] = {"endpoint": Endpoint, "alarm": Alarm}
REMEMBERED_FOR: Final = timedelta(days=1)
"""Longer than an event or a poll of what somebody changed may come late."""
RUN = "run"
AT_ONCE = 500
"""Rows in one statement: SQLite takes 32,766 parameters (sqlite.org/limits.html), a row has five."""


def keep(conn: Connection, kind: Swept, sweep: Sweep[R], now: datetime) -> None:
    """What was listed, in place of what was there where the listing is whole."""
    place = (sweep.account_id, sweep.region)
    known = _bodies(conn, kind, *_there(place))
    found = {item.arn: body_json(item) for item in sweep.items}
    changed = {arn: body for arn, body in found.items() if known.get(arn) != body}
    _put(conn, kind, place, changed)
    _drop(conn, f"{GONE}{kind}", found.keys() & _bodies(conn, f"{GONE}{kind}", *_there(place)).keys())
    if kind in REMEMBERED:
        _remember(conn, kind, place, known, found if sweep.whole else known | found, now)
    if sweep.whole:
        lacking = {arn: _gone_json(body, now) for arn, body in known.items() if arn not in found}
        if kind in KINDS:
            _put(conn, f"{GONE}{kind}", place, lacking)
        _drop(conn, kind, lacking)
        _note(conn, kind, place, now)
        if kind == "schedule":
            _drop_runs(conn, place, (item.name for item in sweep.items))


def _remember(
    conn: Connection,
    kind: Swept,
    place: Place,
    known: Mapping[str, str],
    found: Mapping[str, str],
    now: datetime,
) -> None:
    """What is otherwise now, as it was; what was remembered so long ago that nobody asks goes."""
    otherwise = {
        arn: _gone_json(body, now)
        for arn, body in known.items()
        if arn not in found or (found[arn] != body and _version(kind, found[arn]) != _version(kind, body))
    }
    if not otherwise:
        return
    kept = _bodies(conn, f"{WAS}{kind}", *_there(place))
    _drop(conn, f"{WAS}{kind}", [arn for arn, body in kept.items() if _since(body) < now - REMEMBERED_FOR])
    _put(conn, f"{WAS}{kind}", place, otherwise)


def _version(kind: Swept, body: str) -> object:
    """What tells one configuration from another: states and tags come and go without it."""
    found = body_of(REMEMBERED[kind], body)
    return found.changed_at if isinstance(found, Alarm) else found.config


def earlier(conn: Connection) -> Mapping[str, Earlier]:
    """By ARN."""
    rows = ((kind, arn, text) for kind in REMEMBERED for arn, text in _bodies(conn, f"{WAS}{kind}").items())
    return {arn: Earlier(body_of(REMEMBERED[kind], json.loads(text)[1]), _since(text)) for kind, arn, text in rows}


def _since(text: str) -> datetime:
    return datetime.fromisoformat(json.loads(text)[0])


def _note(conn: Connection, kind: Swept, place: Place, now: datetime) -> None:
    """That it was listed as a whole."""
    row = {"kind": kind, "account_id": place[0], "region": place[1], "at": now}
    keys = [swept.c.kind, swept.c.account_id, swept.c.region]
    conn.execute(insert(conn, swept).values(row).on_conflict_do_update(index_elements=keys, set_={"at": now}))


def _drop_runs(conn: Connection, place: Place, listed: Iterable[str]) -> None:
    """Runs of schedules that there are no more; `listed` are the names of those that are."""
    kept = {_run_key((*place, name)) for name in listed}
    _drop(conn, RUN, _bodies(conn, RUN, *_there(place)).keys() - kept)


def keep_runs(conn: Connection, runs: Iterable[Execution]) -> None:
    """The newest run of each schedule; one that was kept and is newer stays."""
    newest: dict[MonitorKey, Execution] = {}
    for run in sorted(runs, key=lambda r: (r.scheduled_at, r.ended_at)):
        newest[run.monitor] = run
    known = _bodies(conn, RUN)
    for run in newest.values():
        kept = known.get(_run_key(run.monitor))
        if kept is None or body_of(Execution, kept).scheduled_at <= run.scheduled_at:
            _put(conn, RUN, (run.account.id, run.region), {_run_key(run.monitor): body_json(run)})


def bodies(conn: Connection, kind: str) -> Mapping[str, str]:
    """Every row of a kind: ARN to JSON."""
    return _bodies(conn, kind)


def vanished(conn: Connection) -> tuple[Vanished, ...]:
    """Oldest first."""
    found = [_vanished(kind, body) for kind in KINDS for body in _bodies(conn, f"{GONE}{kind}").values()]
    return tuple(sorted(found, key=lambda v: (v.at, v.resource.arn)))


def forget(conn: Connection, dealt_with: Iterable[Vanished]) -> None:
    """Only as they were told: one that came back and vanished again is another."""
    for one in dealt_with:
        kind = next(kind for kind, what in KINDS.items() if what is type(one.resource))
        same = (fleet.c.kind == f"{GONE}{kind}", fleet.c.arn == one.resource.arn)
        conn.execute(delete(fleet).where(*same, fleet.c.body == _gone_json(body_json(one.resource), one.at)))


def as_of(conn: Connection, kind: Swept) -> Mapping[tuple[str, str], datetime]:
    """By account id and Region."""
    rows = conn.execute(select(swept.c.account_id, swept.c.region, swept.c.at).where(swept.c.kind == kind))
    return {(account_id, region): at for account_id, region, at in rows}


def _there(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (fleet.c.account_id == place[0], fleet.c.region == place[1])


def _bodies(conn: Connection, kind: str, *where: ColumnElement[bool]) -> dict[str, str]:
    rows = conn.execute(select(fleet.c.arn, fleet.c.body).where(fleet.c.kind == kind, *where))
    return {row.arn: row.body for row in rows}


def _put(conn: Connection, kind: str, place: Place, found: Mapping[str, str]) -> None:
    there = dict(zip(("kind", "account_id", "region"), (kind, *place), strict=True))
    rows = [{**there, "arn": arn, "body": body} for arn, body in found.items()]
    for first in range(0, len(rows), AT_ONCE):
        new = insert(conn, fleet).values(rows[first : first + AT_ONCE])
        kept = {name: new.excluded[name] for name in ("account_id", "region", "body")}
        conn.execute(new.on_conflict_do_update(index_elements=[fleet.c.kind, fleet.c.arn], set_=kept))


def _drop(conn: Connection, kind: str, arns: Iterable[str]) -> None:
    wanted = tuple(arns)
    for first in range(0, len(wanted), AT_ONCE):
        some = fleet.c.arn.in_(wanted[first : first + AT_ONCE])
        conn.execute(delete(fleet).where(fleet.c.kind == kind, some))


def _run_key(monitor: MonitorKey) -> str:
    return ":".join(monitor)


def _gone_json(body: str, at: datetime) -> str:
    return json.dumps([at.astimezone(UTC).isoformat(), body])


def _vanished(kind: Swept, text: str) -> Vanished:
    at, body = json.loads(text)
    return Vanished(body_of(KINDS[kind], body), datetime.fromisoformat(at))

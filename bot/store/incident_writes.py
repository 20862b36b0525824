"""What a step decided, written: a statement for each table, however many incidents changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, insert, update

from bot.model.incident import Incident, Queued, State, Status
from bot.model.observation import Observation
from bot.ports.incidents import Change
from bot.store.codec import about_json, body_json, entry_json, queued_json
from bot.store.incident_rows import key_of, queues
from bot.store.prepared import Prepared
from bot.store.tables import handoffs, heard, incidents, log, outbox
from bot.store.tables import insert as insert_new

Values = dict[str, Any]
_CHANGING = ("service_name", "service_by", "about", "queued", "status", "resolved_at", "runs_out_at")
_update = Prepared(
    lambda _: (
        update(incidents)
        .where(incidents.c.number == bindparam("of"))
        .values({name: bindparam(name) for name in _CHANGING})
    )
)
_insert, _log = Prepared(lambda _: insert(incidents)), Prepared(lambda _: insert(log))
_WAITS: Values = {"state": "waiting", "attempts": 0, "cause": ""}
_QUEUED = ("kind", "incident", "episode", "revision", "reason", "channel", "broadcast")
_outbox = Prepared(lambda _: insert(outbox).inline().values(_WAITS), (*_QUEUED, *_WAITS))


def _hearing(conn: Connection) -> Executable:
    added = insert_new(conn, heard)
    elsewhere = heard.c.incident != added.excluded.incident
    return added.on_conflict_do_update(
        index_elements=["arn"], set_={"incident": added.excluded.incident}, where=elsewhere
    )


_heard = Prepared(_hearing)
_handoffs = insert(handoffs)


@dataclass(frozen=True, slots=True)
class Written:
    """A change, the incident that it was decided on, and the state that follows."""

    incident: Incident
    change: Change
    state: State


def write(conn: Connection, written: Sequence[Written]) -> None:
    """In the order of their keys, as they were locked."""
    _insert.many(conn, [_new(one) for one in written if not one.incident.log])
    _update.many(conn, [_changed(one) for one in written if one.incident.log])
    _log.many(conn, [row for one in written for row in _entries(one)])
    _heard.many(conn, _hear(written))
    _outbox.many(conn, [row for one in written for row in _queued(one)])
    if handed := [row for one in written for row in _handed(one)]:
        conn.execute(_handoffs, handed)


def _new(one: Written) -> Values:
    return {"number": one.incident.number, **key_of(one.incident.place), **_columns(one)}


def _changed(one: Written) -> Values:
    return {"of": one.incident.number, **_columns(one)}


def _columns(one: Written) -> Values:
    change, state = one.change, one.state
    return {
        "service_name": change.service.name,
        "service_by": change.service.by,
        "about": about_json(change.service.about),
        "queued": _queue_text(change.queued),
        "status": str(state.status),
        "resolved_at": state.resolved_at,
        "runs_out_at": change.wakes_at if change.state else _end(change.queued, state),
    }


def _queue_text(queued: Queued) -> str:
    text = queued_json(queued)
    queues.note(text, queued)
    return text


def _entries(one: Written) -> list[Values]:
    number, after = one.incident.number, one.incident.revision + 1
    return [
        {"incident": number, "seq": seq, "entry_id": entry.id, "at": entry.at, "body": entry_json(entry)}
        for seq, entry in enumerate(one.change.entries, start=after)
    ]


def _hear(written: Sequence[Written]) -> list[Values]:
    """Which incident heard a subject last; sorted, so that two transactions never wait crosswise."""
    last = {
        entry.subject.arn: one.incident.number
        for one in written
        for entry in one.change.entries
        if isinstance(entry, Observation)
    }
    return [{"arn": arn, "incident": number} for arn, number in sorted(last.items())]


def _queued(one: Written) -> list[Values]:
    return [
        {
            "kind": o.kind,
            "incident": o.card.incident,
            "episode": o.card.episode,
            "revision": o.revision,
            "reason": str(o.reason),
            "channel": o.channel,
            "broadcast": o.broadcast,
        }
        for o in one.change.out
    ]


def _handed(one: Written) -> list[Values]:
    """How long one waits is told by the machine's clock, as whoever sends it retries by that."""
    asked_at = datetime.now(UTC)
    return [
        {
            "destination": o.destination,
            "incident": o.card.incident,
            "episode": o.card.episode,
            "revision": o.revision,
            "action": o.action,
            "reason": o.reason,
            "fresh": o.fresh,
            "at": o.at,
            "told": body_json(o.told),
            "state": "waiting",
            "asked_at": asked_at,
            "attempts": 0,
            "cause": "",
        }
        for o in one.change.handed
    ]


def _end(queued: Queued, state: State) -> Any:
    """When an acknowledgement ends next, or ended and that was not said; None when neither, or when all is good."""
    if state.status is Status.RESOLVED:
        return None
    ends = (*state.acknowledgements, *state.unsaid_ends(queued.ran_out_at))
    return min((a.until for a in ends), default=None)

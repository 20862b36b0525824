"""Records that CloudTrail's API gave, as calls; and what both ways of reading the trail saw, without doubles."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.logic.actor import actor
from bot.logic.trail_view import DENIED, KEYS, READS, resource_of
from bot.model.trail import Call, Place, Wanted


def call(body: Mapping[str, Any], place: Place, bot_role: str, *, provisional: bool = False) -> Call | None:
    """Of a record; None of what is none (no id, no time)."""
    at, id_ = moment(body.get("eventTime")), body.get("eventID")
    if at is None or not isinstance(id_, str):
        return None
    identity, request = body.get("userIdentity"), body.get("requestParameters")
    error, name = str(body.get("errorCode") or ""), str(body.get("eventName") or "")
    return Call(
        id=id_,
        at=at,
        event=name,
        source=str(body.get("eventSource") or ""),
        account_id=place[0],
        region=place[1],
        actor=actor(identity if isinstance(identity, Mapping) else {}, bot_role),
        resource=resource_of(request if isinstance(request, Mapping) else {}, str(body.get("errorMessage") or "")),
        result=result(error),
        error=error,
        change=_changes(body.get("readOnly"), name),
        provisional=provisional,
    )


def result(error: str) -> str:
    """`done`, `denied` or `failed`, by CloudTrail's error code."""
    if not error:
        return "done"
    return "denied" if re.search(DENIED, error.lower()) else "failed"


def _changes(read_only: object, event: str) -> bool:
    said = str(read_only).lower() if read_only is not None else ""
    return said != "true" and not (not said and re.search(READS, event))


def moment(text: object) -> datetime | None:
    """CloudTrail's times, `2026-11-20T09:02:11Z`."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def fits(one: Call, body: Mapping[str, Any], wanted: Wanted) -> bool:
    """Whether it is wanted: what the view's SQL says of those that Athena reads."""
    if wanted.event and one.event != wanted.event:
        return False
    if wanted.changes and not (one.change and one.result == "done"):
        return False
    return not wanted.resource or wanted.resource.lower() in _values(body).lower()


def _values(body: Mapping[str, Any]) -> str:
    """The view's column `mentions`: request and response as JSON without the names of members; a denial's resource."""
    parts = (body.get("requestParameters"), body.get("responseElements"))
    texts = ["" if part is None else json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in parts]
    return re.sub(KEYS, ":", " ".join([*texts, resource_of({}, str(body.get("errorMessage") or ""))]))


def merged(delivered: Iterable[Call], seen: Iterable[Call]) -> Sequence[Call]:
    """Newest first; what a log file has counts, and is not provisional any more."""
    by_id = {one.id: one for one in seen} | {one.id: one for one in delivered}
    return sorted(by_id.values(), key=lambda one: (one.at, one.id), reverse=True)

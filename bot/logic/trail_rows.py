"""The SELECTs of our own over `events`: calls, and one whole record; and how their rows are read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.logic.trail_records import moment
from bot.model.question import Value
from bot.model.trail import Actor, Call, KnownBy, TrailQuery, Wanted

_CALL: Final = (
    "eventid, eventtime, eventname, eventsource, account, region, actor, known_by, role_name, session_name, resource, "
    "result, errorcode, is_change"
)
_IDENTITY: Final[Mapping[str, tuple[str, ...]]] = {
    "useridentity.type": ("userIdentity", "type"),
    "useridentity.principalid": ("userIdentity", "principalId"),
    "useridentity.arn": ("userIdentity", "arn"),
    "useridentity.accountid": ("userIdentity", "accountId"),
    "useridentity.accesskeyid": ("userIdentity", "accessKeyId"),
    "useridentity.username": ("userIdentity", "userName"),
    "useridentity.invokedby": ("userIdentity", "invokedBy"),
    "useridentity.sessioncontext.sessionissuer.arn": ("userIdentity", "sessionContext", "sessionIssuer", "arn"),
    "useridentity.sessioncontext.attributes.mfaauthenticated": (
        "userIdentity",
        "sessionContext",
        "attributes",
        "mfaAuthenticated",
    ),
    "useridentity.sessioncontext.sourceidentity": ("userIdentity", "sessionContext", "sourceIdentity"),
    "useridentity.onbehalfof.userid": ("userIdentity", "onBehalfOf", "userId"),
}
_PLAIN: Final[Mapping[str, str]] = {
    "eventversion": "eventVersion",
    "awsregion": "awsRegion",
    "sourceipaddress": "sourceIPAddress",
    "useragent": "userAgent",
    "errormessage": "errorMessage",
    "requestid": "requestID",
    "readonly": "readOnly",
    "eventtype": "eventType",
    "recipientaccountid": "recipientAccountId",
    "vpcendpointid": "vpcEndpointId",
}
_JSON: Final[Mapping[str, str]] = {
    "requestparameters": "requestParameters",
    "responseelements": "responseElements",
    "additionaleventdata": "additionalEventData",
}
_FIXED: Final = 14
"""How many columns the calls have."""


def calls_query(wanted: Wanted) -> TrailQuery:
    """Calls, newest first."""
    conditions: list[str] = []
    values: list[Value] = []
    if wanted.event:
        conditions.append("eventname = ?")
        values.append(wanted.event)
    if wanted.resource:
        conditions.append("strpos(mentions, lower(?)) > 0")
        values.append(wanted.resource)
    if wanted.changes:
        conditions.append("is_change AND result = 'done'")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    select = f"SELECT {_CALL} FROM events{where} ORDER BY eventtime DESC"  # noqa: S608  # our own words, bound values
    return TrailQuery(select, tuple(values), wanted.limit)


def call_of(row: Sequence[Any]) -> Call | None:
    """Of a row of calls; None where it has no id or no time."""
    id_, at, event, source, account, region, name, known, role, session, resource, result, error, change = row[:_FIXED]
    when = moment(at)
    if when is None or not id_:
        return None
    actor = Actor(str(name or ""), KnownBy(str(known)), str(role or ""), str(session or ""))
    return Call(
        id=str(id_),
        at=when,
        event=str(event or ""),
        source=str(source or ""),
        account_id=str(account),
        region=str(region),
        actor=actor,
        resource=str(resource or ""),
        result=str(result),
        error=str(error or ""),
        change=bool(change),
    )


def record_query(event_id: str, has: frozenset[str]) -> tuple[TrailQuery, tuple[str, ...]]:
    """One event by its id, and the table's columns and fields that follow those of a call."""
    columns = tuple(c for c in (*_IDENTITY, *_PLAIN, *_JSON) if c in has)
    items = ", ".join([_CALL, *(f"{column} AS c{n}" for n, column in enumerate(columns))])
    select = f"SELECT {items} FROM events WHERE eventid = ? ORDER BY eventtime"  # noqa: S608  # as above
    return TrailQuery(select, (event_id,), 1), columns


def body_of(row: Sequence[Any], columns: Sequence[str]) -> dict[str, Any]:
    """The record as CloudTrail wrote it, as far as the table has it."""
    id_, at, event, source, _, _, _, _, _, _, _, _, error, _ = row[:_FIXED]
    body: dict[str, Any] = {"eventID": id_, "eventTime": at, "eventName": event, "eventSource": source}
    if error:
        body["errorCode"] = error
    for column, value in zip(columns, row[_FIXED:], strict=True):
        if value is not None and value != "":
            _put(body, _IDENTITY.get(column) or (_PLAIN.get(column) or _JSON[column],), value, column)
    return body


def _put(body: dict[str, Any], path: Sequence[str], value: Any, column: str) -> None:
    for name in path[:-1]:
        body = body.setdefault(name, {})
    body[path[-1]] = _parsed(value) if column in _JSON else value


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text

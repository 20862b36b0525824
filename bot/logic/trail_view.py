"""The view that is put before a question's SELECT: the trail, bounded, with who, on what and how it ended."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.logic.actor import actor_columns, identity_columns
from bot.model.observation import Window
from bot.model.question import Value
from bot.model.trail import TrailQuery

RESOURCE_KEYS: Final = (
    "endpointName",
    "monitoringScheduleName",
    "jobDefinitionName",
    "modelPackageArn",
    "modelPackageName",
    "modelPackageGroupName",
    "endpointConfigName",
    "modelName",
    "modelCardName",
    "userProfileName",
    "spaceName",
    "domainId",
    "domainName",
    "notebookInstanceName",
    "trainingJobName",
    "processingJobName",
    "transformJobName",
    "pipelineName",
    "resourceArn",
    "alarmName",
    "alarmNames[0]",
    "alarmMuteRuleName",
    "sinkIdentifier",
    "identifier",
    "trailName",
    "bucketName",
    "roleName",
    "roleArn",
    "name",
)
"""Members of a request that name what it is about, the most telling first."""
DENIED: Final = "accessdenied|unauthorized|notauthorized|forbidden"
READS: Final = "^(Get|List|Describe|Search|Lookup|BatchGet|Head|Query|Invoke|Check|Render)"
"""How calls that only read begin: records of 2018 and before do not say `readOnly`."""
MARGIN: Final = timedelta(days=1)
"""Log files lie under the day of their delivery, which may be the next one; a clock may be a day off the other way."""
_ON: Final = "on resource: "
"""What follows in the message of a denial is the resource's ARN."""
_START: Final = "^arn:[^/]*/"
"""What stands before the name in an ARN of SageMaker's."""
_REFUSED: Final = f"regexp_replace(split_part(split_part(errormessage, '{_ON}', 2), ' ', 1), '{_START}', '')"
KEYS: Final = '"[A-Za-z0-9_.:-]+"[ ]*:'
"""Members' names in JSON: a text is looked for in values only."""


@dataclass(frozen=True, slots=True)
class TrailTable:
    """Where the trail is: `columns` are its columns' names and the paths of the fields of `useridentity`."""

    database: str
    name: str
    columns: frozenset[str]
    bot_role: str = ""
    """The role that this bot acts with for somebody."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """SQL with `?` for each of the values."""

    sql: str
    values: tuple[Value, ...]


ADDED: Final[Mapping[str, str]] = {
    "actor": "who called: a person where one is known, else a role or a service",
    "known_by": "how: Slack through this bot, source identity, Identity Center user, session name, IAM user, root, "
    "service, another account, shared role (nobody can tell) or unknown",
    "source_identity": "the session's source identity",
    "on_behalf_of": "the Identity Center user's id",
    "role_name": "the role that the session has",
    "session_name": "the session's name",
    "service": "the event's source without `.amazonaws.com`",
    "resource": "what the call is about: the request's most telling name, else the resource of a denial",
    "result": "done, denied or failed",
    "is_change": "whether it changes anything",
    "mentions": "all values of request and response, and what a denial was about, as one text in small letters",
}
"""Columns of `events` besides the table's own."""


@dataclass(frozen=True, slots=True)
class Within:
    """What of the trail is read; `without` are addresses of log files that are left out."""

    accounts: Sequence[str]
    regions: Sequence[str]
    window: Window
    without: Sequence[str] = ()


def bounded(query: TrailQuery, table: TrailTable, within: Within) -> Bounded:
    """The whole statement. Every value is bound, the question's own after the view's."""
    view, values = _view(table, within)
    select = query.select.lstrip()
    rest = f",{select[4:]}" if select[:4].upper() == "WITH" else f"\n{select}"
    return Bounded(f"WITH {view}{rest}\nLIMIT {query.limit + 1}", (*values, *query.values))


def _view(table: TrailTable, within: Within) -> tuple[str, tuple[Value, ...]]:
    # No value is in it: only names from our own tables, quoted.
    inner = f"SELECT t.*, {identity_columns(table.columns)} FROM {_quoted(table.database)}.{_quoted(table.name)} t"  # noqa: S608
    where = (
        f"t.account IN ({_marks(within.accounts)}) AND t.region IN ({_marks(within.regions)}) "
        "AND t.day BETWEEN ? AND ? AND t.eventtime >= ? AND t.eventtime < ?"
    )
    if within.without:
        where += f' AND t."$path" NOT IN ({_marks(within.without)})'
    sql = f"events AS (SELECT i.*, {actor_columns(literal(table.bot_role))}, {_added()} FROM ({inner} WHERE {where}) i)"  # noqa: S608
    times = (*days(within.window), stamp(within.window.start), stamp(within.window.end))
    return sql, (*within.accounts, *within.regions, *times, *within.without)


def _added() -> str:
    keys = [f"json_extract_scalar(requestparameters, '$.{key}')" for key in RESOURCE_KEYS]
    named = ", ".join([*keys, f"nullif({_REFUSED}, '')"])
    failed = f"CASE WHEN regexp_like(lower(errorcode), '{DENIED}') THEN 'denied' ELSE 'failed' END"
    told = f"coalesce(requestparameters, ''), ' ', coalesce(responseelements, ''), ' ', coalesce({_REFUSED}, '')"
    values = f"regexp_replace(concat({told}), "
    return (
        "regexp_replace(eventsource, '[.]amazonaws[.]com$', '') AS service, "
        f"coalesce({named}, '') AS resource, "
        f"CASE WHEN errorcode IS NULL OR errorcode = '' THEN 'done' ELSE {failed} END AS result, "
        f"coalesce(readonly, '') <> 'true' AND NOT (coalesce(readonly, '') = '' AND regexp_like(eventname, '{READS}')) "
        "AS is_change, "
        f"lower({values}'{KEYS}', ':')) AS mentions"
    )


def days(window: Window) -> tuple[str, str]:
    """First and last day partition that may hold records of the window, as `2026/11/20`."""
    return f"{window.start - MARGIN:%Y/%m/%d}", f"{window.end + MARGIN:%Y/%m/%d}"


def stamp(at: datetime) -> str:
    """As CloudTrail writes times: they compare as texts."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(value: Value) -> str:
    """A value as one literal of Athena's SQL: a text in single quotes, those in it doubled; a number in digits.

    Athena puts execution parameters into the statement as they are written (User Guide, parameterized queries).
    """
    if isinstance(value, int):
        return str(value)
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def resource_of(request: Mapping[str, Any], error_message: str) -> str:
    """The column `resource`, of a record that was fetched."""
    for key in RESOURCE_KEYS:
        found = request.get(key.removesuffix("[0]"))
        if key.endswith("[0]") and isinstance(found, list):
            found = next(iter(found), None)
        if isinstance(found, str | int | float) and not isinstance(found, bool):
            return str(found)
    return re.sub(_START, "", error_message.partition(_ON)[2].partition(" ")[0])

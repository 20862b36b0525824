"""`/ml who`: who called something, on what, and how it ended."""

from datetime import timedelta

from bot.errors import BadRequest
from bot.kit import Instant, Since, Yes, command
from bot.logic.actor_words import how, who
from bot.logic.words import duration, plural
from bot.model.reply import Actions, Bold, Cell, Column, Note, Paragraph, Part, Press, Reply, Table, Text, Time
from bot.model.trail import Call, Wanted
from bot.parse import quoted, suggestion
from bot.ports import Ask, Calls, Trail
from commands._table import MOST_ROWS, compact
from commands._trail import asked_back, scope_words, small_print, span_words, stamp, window_of

ANY = "any"
MOST_IN_FILE = 1_000
"""Calls of a file: one page of Athena's results (GetQueryResults)."""
WEEK = timedelta(days=7)
COLUMNS = tuple(map(Column, ("When", "Who", "Known by", "Event", "Account", "Region", "Resource", "Result", "Record")))
_SPANS = (("24 h", "24h"), ("7 d", "7d"), ("30 d", "30d"))


@command("who", role="auditor", example="who CreateEndpoint since=30d")
def who_(
    trail: Trail,
    ask: Ask,
    *,
    event: str,
    resource: str = "",
    since: Since = WEEK,
    until: Instant | None = None,
    changes: Yes = False,
    run: Yes = False,
) -> Reply:
    """Who called something, such as CreateEndpoint.

    Person and how that is known, when, on what, in which account, and whether it was denied. A part of a resource's
    name narrows it; `any` stands for every event of such a resource.
    """
    name = _known(event, resource, trail)
    window = window_of(ask, since, until)
    line = _line(name, resource, ask, until=stamp(until) if until else "", changes=changes)
    estimate = trail.estimate(window)
    if estimate.dear and not run:
        return asked_back(estimate, line, since)
    wanted = Wanted("" if name == ANY else name, resource, changes, MOST_IN_FILE if ask.whole else MOST_ROWS)
    found = trail.calls(wanted, window)
    called = "Any event" if name == ANY else name
    point = f"{called}{f' of {resource}' if resource else ''}: {_counted(found, changes=changes)} in {duration(since)}"
    parts = _parts(found, ask) if found.items else _nothing(wanted, found, ask, trail.recorded_in(name))
    # Its second may hold more calls than were shown: better twice than never.
    oldest = found.items[-1].at + timedelta(seconds=1) if found.more else window.start
    again = _buttons(_line(name, resource, ask, changes=changes), since, oldest, ask, name, resource, changes=changes)
    body: tuple[Part, ...] = (Paragraph((Bold(point),)), *parts, again)
    return Reply((point,), body, small_print(found.scan, ask, found.failures), shareable=False, private=True)


def _known(event: str, resource: str, trail: Trail) -> str:
    """The event's name as AWS spells it. Raises BadRequest with the nearest one."""
    if event.lower() == ANY:
        if not resource:
            raise BadRequest("any event of what?", "Add a part of the resource's name.").of("resource")
        return ANY
    names = trail.events()
    by_fold = {name.lower(): name for name in names}
    if event.lower() not in by_fold:
        raise BadRequest(f"no event is called {event}{suggestion(event, names)}", "Write it like CreateEndpoint.").of(
            "event"
        )
    return by_fold[event.lower()]


def _counted(found: Calls, *, changes: bool) -> str:
    more = "more than " if found.more else ""
    early = sum(call.provisional for call in found.items)
    said = f"{more}{plural(len(found.items), 'change' if changes else 'call')}"
    return f"{said}, {early:,} provisional" if early else said


def _parts(found: Calls, ask: Ask) -> tuple[Part, ...]:
    labels = {account.id: account.label for account in ask.scope.accounts}
    rows = tuple(_row(call, labels.get(call.account_id, call.account_id)) for call in found.items)
    columns = COLUMNS
    if ask.whole:
        columns, rows = columns[:-1], tuple(row[:-1] for row in rows)
    total = len(rows) + 1 if found.more else len(rows)
    table = compact(Table("Calls, newest first", columns, rows, total=total), ask)
    early = any(call.provisional for call in found.items)
    said = "Provisional calls were looked up: the log files that have them were not delivered yet."
    return (*table, Note((said,))) if early else table


def _row(call: Call, label: str) -> tuple[Cell, ...]:
    line = f"record {call.id} {stamp(call.at)} account={call.account_id} region={call.region}"
    return (
        Time(call.at),
        who(call.actor),
        how(call.actor),
        call.event,
        label,
        call.region,
        call.resource,
        _result(call),
        Press("Record", line, does="form"),
    )


def _result(call: Call) -> Cell:
    ended: Text = (call.result,) if call.result == "done" else (Bold(call.result), f" ({call.error})")
    return (*ended, ", provisional") if call.provisional else ended if len(ended) > 1 else call.result


def _nothing(wanted: Wanted, found: Calls, ask: Ask, home: str) -> tuple[Part, ...]:
    """What was looked at, so that an empty answer is not taken for more than it is.

    `home` is the one Region where such events are recorded, if there is one.
    """
    what = f"{wanted.event or 'any event'}{f' with {wanted.resource} in it' if wanted.resource else ''}"
    looked: Text = (f"Looked for {what} in {scope_words(ask)}, ", *span_words(found.scan.window), ".")
    if not home or home in {region for _, region in ask.scope.targets()}:
        return (Note(looked),)
    said = f"Calls of {wanted.event} are recorded in {home}, which was not looked at: aws.regions has to name it."
    return (Note(looked), Note((said,)))


def _line(name: str, resource: str, ask: Ask, *, until: str = "", changes: bool) -> str:
    words = (
        f"who {name}",
        quoted(resource),
        ask.narrowing,
        f"until={until}" if until else "",
        "changes=yes" if changes else "",
    )
    return " ".join(filter(None, words))


def _buttons(
    base: str, since: timedelta, oldest: object, ask: Ask, name: str, resource: str, *, changes: bool
) -> Actions:
    span = f"since={round(since.total_seconds())}s"
    other = _line(name, resource, ask, changes=not changes)
    return Actions(
        (
            Press("Older", f"{base} {span} until={oldest:%Y-%m-%dT%H:%M:%SZ}"),
            Press("All Calls" if changes else "Only Changes", f"{other} {span}"),
            *(Press(label, f"{base} since={word}") for label, word in _SPANS),
            Press("Refresh", f"{base} {span}"),
        )
    )

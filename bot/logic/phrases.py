"""How an incident is named and summed up, the same on its card, in its thread and in lists."""

from collections.abc import Mapping, Sequence

from bot.logic.about import about, are
from bot.logic.constraints import bare_limit, row_name
from bot.logic.plain import plain
from bot.logic.words import listing, number, plural
from bot.model.account import Account
from bot.model.incident import Acknowledgement, Act, Click, Incident, RowState, Status
from bot.model.observation import ENDPOINT_FAILED, JOB_FAILED, LEFT, ROLLED_BACK, SILENT, UNREAD
from bot.model.place import Family
from bot.model.reply import Inline, Text, Time, User
from bot.model.spells import Blind, Muted, Snooze

_ENDINGS = {
    Family.MODEL_QUALITY: "breaks its constraints",
    Family.DATA_QUALITY: "breaks its constraints",
    Family.BIAS: "drifted from its baseline",
    Family.EXPLAINABILITY: "drifted from its baseline",
}
_EVENTS = {row.check for row in (ENDPOINT_FAILED, JOB_FAILED, LEFT, ROLLED_BACK)}
_BY = {"tag": "by its tag", "rule": "by a rule of the settings", "name": "by name"}


def label(incident: Incident, accounts: Mapping[str, Account]) -> str:
    """The account's label, or its id while no link is known."""
    account = accounts.get(incident.place.account_id)
    return account.label if account else incident.place.account_id


def name(incident: Incident, accounts: Mapping[str, Account]) -> str:
    """`#12 bank-marketing in ml-production`: target and scope, for text that stands alone."""
    return f"#{incident.number} {incident.service.name} in {label(incident, accounts)}"


def known_by(incident: Incident) -> str:
    """How the service's name is known."""
    return _BY[incident.service.by]


def heading(incident: Incident) -> str:
    """The card's title."""
    family, state, be = incident.place.family, incident.state, are(incident)
    if state.is_blind_only and not state.resolved_by:
        ending = "can be judged again" if state.status is Status.RESOLVED else "cannot be judged"
        ending = _unwatched(incident) if state.deleted else ending
    elif state.status is Status.RESOLVED:
        ending = f"{'was' if be == 'is' else 'were'} resolved by hand" if state.resolved_by else f"{be} good again"
        ending = _unwatched(incident) if state.deleted else ending
    elif state.bad_rows and all(r.row.alarm for r in state.bad_rows):
        return f"{incident.service.name}: {_rang(incident, len(state.bad_rows))}"
    elif state.bad_rows and happened(state.bad_rows[0]):
        return f"{incident.service.name}: {_events(state.bad_rows)}"
    else:
        ending = _ENDINGS.get(family, "needs attention" if be == "is" else "need attention")
    return f"{incident.service.name}: {about(incident)} {ending}"


def _rang(incident: Incident, count: int) -> str:
    """`model quality alarms fired`; of a family that says little `alarm bank-errors fired`."""
    if about(incident) != incident.place.family:
        return f"{about(incident)} fired"
    return f"{incident.place.family} {'alarm' if count == 1 else 'alarms'} fired"


def happened(row: RowState) -> bool:
    """Whether it is of something that happened, such as an endpoint that failed, and of nothing measured."""
    measured = any(r.seen is not None or r.limit is not None or r.missing for r in (row.fired, row.last))
    return row.row.check in _EVENTS and not measured


def _events(rows: Sequence[RowState]) -> str:
    """`endpoint failed and 2 more`."""
    return listing(tuple(row_name(r.row) for r in rows), most=1)


def _unwatched(incident: Incident) -> str:
    """Because its monitor, or its alarm, was deleted; what is itself bad is no more."""
    rows = incident.state.rows
    if rows and all(map(happened, rows)):
        return "was deleted" if are(incident) == "is" else "were deleted"
    what = "alarm" if rows and all(r.row.alarm for r in rows) else "monitor"
    return f"{are(incident)} no longer watched: the {what} was deleted"


def noun(incident: Incident, count: int) -> str:
    """`8 model-quality constraints`."""
    kind = incident.place.family.value.replace(" ", "-")
    return plural(count, f"{kind} {'constraint' if incident.place.family in _ENDINGS else 'check'}")


def broken(incident: Incident) -> str:
    """`8 model-quality constraints broken (accuracy 0.7521, limit 0.8734)`, the worst row in brackets.

    Of one alarm `alarm bank-accuracy fired at 0.7521, limit 0.8734`.
    """
    bad = incident.state.bad_rows
    if not bad and incident.state.is_blind_only:
        return cannot_judge(incident)
    if not bad:
        return (
            f"nothing of {incident.place.family} is bad now" if incident.place.family in _ENDINGS else "nothing is bad"
        )
    if bad[0].row == UNREAD:
        return f"{violations(bad[0])}, and the report could not be read"
    if happened(bad[0]):
        return _events(bad)
    return _broken(incident, bad)


def _broken(incident: Incident, bad: Sequence[RowState]) -> str:
    """Constraints and alarms."""
    alarms = sum(bool(r.row.alarm) for r in bad)
    if alarms == len(bad) == 1:
        return _fired(bad[0])
    kind = f"{incident.place.family.value.replace(' ', '-')} " if incident.place.family in _ENDINGS else ""
    if alarms == len(bad):
        return f"{plural(alarms, f'{kind}alarm')} fired ({reading(bad[0])})"
    also = f" and {plural(alarms, 'alarm')} fired" if alarms else ""
    return f"{noun(incident, len(bad) - alarms)} broken{also} ({reading(bad[0])})"


def cannot_judge(incident: Incident) -> str:
    """`model quality cannot be judged: no captured data between 13:00 and 14:00`, or that it could not."""
    running = incident.state.blind
    if not running:
        return f"{about(incident)} could not be judged"
    more = f" ({len(running):,} monitors)" if len(running) > 1 else ""
    return f"{about(incident)} cannot be judged: {cause(running[0])}{more}"


def cause(spell: Blind) -> str:
    """Why, as the source says, without its full stop; else what is known."""
    known = " ".join(spell.cause.split()).rstrip(".")
    return known or ("it did not speak when it should have" if spell.row == SILENT else "no data")


def snoozed(snooze: Snooze, by: str = "Snoozed by ") -> Text:
    """`Snoozed by <User> until <Time>: reason`."""
    reason = (f": {snooze.reason}",) if snooze.reason else ()
    return (by, User(snooze.person_id), " until ", Time(snooze.until), *reason)


def muted(mute: Muted) -> Text:
    """`bank-accuracy is muted in CloudWatch by <User> until <Time>: reason`."""
    reason = (f": {mute.reason}",) if mute.reason else ()
    return (
        f"{alarm(mute.alarm)} is muted in CloudWatch by ",
        User(mute.person_id),
        " until ",
        Time(mute.until),
        *reason,
    )


def alarm(arn: str) -> str:
    """An alarm's name, fit to be shown."""
    name = arn.partition(":alarm:")[2] or arn
    return plain(name, len(name))


def violations(row: RowState) -> str:
    """`8 violations` of a run whose report could not be read."""
    seen = row.last.seen if row.bad else row.fired.seen
    return "violations" if seen is None else plural(int(seen), "violation")


def reading(row: RowState, *, fired: bool = False) -> str:
    """`accuracy 0.7521, limit 0.8734`, as far as the numbers are known; with `fired`, also what it was at first."""
    seen = f" {number(row.last.seen)}" if row.last.seen is not None else ""
    seen = " fired on missing data" if row.last.missing else seen
    limit = f", limit {bare_limit(row.row.check, row.last.limit)}" if row.last.limit is not None else ""
    first = f", fired at {number(row.fired.seen)}" if fired and row.fired.seen is not None else ""
    return f"{row_name(row.row)}{seen}{limit}{first}"


def _fired(row: RowState) -> str:
    """One alarm, by its name and what it saw last."""
    seen = " on missing data" if row.last.missing else ""
    seen = f" at {number(row.last.seen)}" if row.last.seen is not None else seen
    limit = f", limit {bare_limit(row.row.check, row.last.limit)}" if row.last.limit is not None else ""
    return f"{row_name(row.row)} fired{seen}{limit}"


def metrics(rows: tuple[RowState, ...]) -> str:
    """The rows' names, `accuracy, recall, f1 and 5 more`."""
    return listing(tuple(row_name(r.row) for r in rows))


def holder(incident: Incident) -> Text:
    """`Acknowledged by <User> until <Time>: reason`, with `; <User> (row 2) until <Time>` for each further holder.

    Rows are named of whoever has not all; who has most of them need not while none is left open. Empty for nobody.
    """
    state = incident.state
    numbers = {r.row: r.number for r in state.bad_rows}
    all_taken = all(r.taken for r in state.bad_rows)
    words: list[Inline] = []
    for held in state.acknowledgements:
        mine = sorted(numbers[r] for r in held.rows if r in numbers)
        first = held is state.acknowledgement
        if mine or first:
            some = not (first and all_taken) and len(mine) < len(numbers)
            words += ["Acknowledged by " if first else "; ", *_holding(held, mine if some else [])]
    return tuple(words)


def _holding(held: Acknowledgement, numbers: Sequence[int]) -> Text:
    """`<User> (rows 2, 3) until <Time>: reason`."""
    rows = f" ({'row' if len(numbers) == 1 else 'rows'} {', '.join(map(str, numbers))})" if numbers else ""
    reason = (f": {held.reason}",) if held.reason else ()
    return (User(held.person_id), *((rows,) if rows else ()), " until ", Time(held.until), *reason)


def last_click(incident: Incident, *acts: Act) -> Click | None:
    """The newest act of these kinds in the log."""
    clicks = (e for e in incident.log if isinstance(e, Click) and e.act in acts)
    return max(clicks, key=lambda c: (c.at, c.id), default=None)

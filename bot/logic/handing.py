"""What a pager or a webhook is told of an incident: derived from what Slack is told in the same change.

A destination hears less than Slack: what pages somebody is what Slack's channel would be told loudly.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from bot.logic import phrases
from bot.logic.alarm_page import alarm_url
from bot.logic.card_subjects import in_alarm
from bot.logic.constraints import row_name
from bot.logic.lifecycle import fold_episode
from bot.logic.resource_pages import page_url
from bot.model.handed import Action, Handed
from bot.model.handoff import Destination, HandOff, Told, Worst
from bot.model.incident import Incident, Queued, Reason, RowState, State, Status
from bot.model.place import Severity
from bot.model.post import CardKey, Outgoing
from bot.model.route import Route

LONGEST_KEY: Final = 255
"""Characters of a dedup key (PagerDuty developer docs, "Send an Alert Event")."""
PAGERDUTY: Final = "https://events.pagerduty.com/v2/enqueue"


@dataclass(frozen=True, slots=True)
class Links:
    """What is known only when a hand-off is sent; each is empty where it is not."""

    slack: str = ""
    """The card, once it stands."""
    runbook: str = ""
    account: str = ""
    """The account's label."""


def key_of(out: HandOff) -> str:
    """Of one episode of one incident: the same after a restart, and wherever the database came from.

    A long one, for a tag may have 256 characters, ends in a digest instead.
    """
    place = out.told.place
    words = (place.account_id, place.region, place.family.value.replace(" ", "-"), place.service)
    key = f"sagewatch/{'/'.join(words)}/{out.card.episode}"
    if len(key) <= LONGEST_KEY and key.isascii():
        return key
    digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"sagewatch/{place.account_id}/{place.region}/{digest}"


_LOUD: Final = frozenset(
    {
        *(Reason.FIRST, Reason.RETURNED, Reason.REOPENED, Reason.NEW_ROW, Reason.WORSE, Reason.RUN_OUT, Reason.WOKE),
        *(Reason.ESCALATED, Reason.ESCALATED_AGAIN),
    }
)
"""Triggers. What came back within noise is none, until it escalates."""
_ONCE: Final = frozenset({Reason.ESCALATED, Reason.ESCALATED_AGAIN})
"""A pager that was told escalates by its own rules."""
_TAKEN: Final = frozenset({Reason.ACKNOWLEDGED, Reason.ASSIGNED, Reason.SNOOZED})
_HELD: Final = frozenset({Status.ACKNOWLEDGED, Status.SNOOZED})


def hand_off(
    incident: Incident, queued: Queued, out: Iterable[Outgoing], route: Route, now: datetime
) -> tuple[Queued, tuple[HandOff, ...]]:
    """What goes out, and what is then queued. `incident` is as after the change, but for `incident.queued`.

    `queued` and `out` are what `due.plan` made of it. Who was told of an episode is told its end, whatever the routes
    say by then; who is not in the route any more hears of nothing new.
    """
    before, state = incident.queued, incident.state
    ended = before.episode not in {0, state.episode}
    told = {one.destination: one.action for one in before.handed}
    done: list[HandOff] = []
    if ended:
        left = [name for name, action in told.items() if action is not Action.RESOLVE]
        done += _ends(incident, before.episode, left, now)
        told = {}
    reasons = tuple(o.reason for o in out if o.card.episode == state.episode)
    for name in dict.fromkeys((*(r.name for r in route.hand_off), *told)):
        wanted = _wanted(state, reasons, told.get(name), routed=any(r.name == name for r in route.hand_off))
        if wanted is not None:
            action, reason = wanted
            fresh = action is Action.TRIGGER and told.get(name) in {None, Action.RESOLVE}
            told[name] = action
            done.append(replace(_one(incident, name, action, reason, now), fresh=fresh))
    return replace(queued, handed=tuple(Handed(*one) for one in told.items())), tuple(done)


def _wanted(
    state: State, reasons: tuple[Reason, ...], last: Action | None, *, routed: bool
) -> tuple[Action, Reason] | None:
    """The next word and why; None for nothing."""
    known = last in {Action.TRIGGER, Action.ACKNOWLEDGE}
    if state.status is Status.RESOLVED:
        # While it flaps Slack is quiet too: what was triggered stays so until it settles.
        over = known and (Reason.RESOLVED in reasons or not state.flapping)
        return (Action.RESOLVE, Reason.RESOLVED) if over else None
    if state.status in _HELD:
        taken = next((reason for reason in reasons if reason in _TAKEN), None)
        if last is Action.TRIGGER or (known and taken):
            return Action.ACKNOWLEDGE, taken or Reason.ACKNOWLEDGED
        return None
    loud = next((reason for reason in reasons if _is_loud(reason, state, last)), None)
    return (Action.TRIGGER, loud) if loud and routed else None


def _is_loud(reason: Reason, state: State, last: Action | None) -> bool:
    """Whether somebody is woken: what cannot be judged mentions nobody in Slack either, until it escalates."""
    if reason in _ONCE:
        return last is not Action.TRIGGER
    return reason in _LOUD and not state.is_blind_only


def _ends(incident: Incident, episode: int, names: Iterable[str], now: datetime) -> list[HandOff]:
    """An episode that ended in the change that began the next one."""
    before = replace(incident, state=fold_episode(incident.log, episode, now, incident.state.cool_down))
    return [_one(before, name, Action.RESOLVE, Reason.RESOLVED, now, episode) for name in names]


def _one(
    incident: Incident, name: str, action: Action, reason: Reason, now: datetime, episode: int | None = None
) -> HandOff:
    card = CardKey(incident.number, incident.state.episode if episode is None else episode)
    return HandOff(name, card, incident.revision, action, reason, now, told_of(incident))


def shown(to: Destination) -> str:
    """Kind and host, as people may see them: key, secret and path stay where they are."""
    host = urlsplit(to.url).hostname or "an unreadable address"
    return f"PagerDuty ({host})" if to.kind == "pagerduty" else f"webhook ({host})"


def told_of(incident: Incident) -> Told:
    """Where it stands."""
    state, about = incident.state, incident.service.about
    held, snooze = state.acknowledgement, state.snooze
    by_hand = state.status is Status.RESOLVED and state.resolved_by
    person, until = (held.person_id, held.until) if held else ("", None)
    if snooze is not None and state.status is Status.SNOOZED:
        person, until = snooze.person_id, snooze.until
    return Told(
        place=incident.place,
        service=incident.service.name,
        about=about,
        severity=Severity.LOW if state.is_blind_only else about.severity or Severity.MEDIUM,
        status=state.status,
        summary=_summary(incident),
        bad=len(state.bad_rows),
        worst=_worst(state.rows[0]) if state.rows else None,
        started_at=state.started_at,
        resolved_at=state.resolved_at,
        person_id=state.resolved_by if by_hand else person,
        until=until,
        why=snooze.reason if snooze is not None and state.status is Status.SNOOZED else state.reason,
        console=_console(incident),
    )


def _summary(incident: Incident) -> str:
    """The card's heading, and what is broken while something is."""
    heading = f"#{incident.number} {phrases.heading(incident)}"
    return heading if incident.state.status is Status.RESOLVED else f"{heading}: {phrases.broken(incident)}"


def _worst(row: RowState) -> Worst:
    reading = row.last if row.bad else row.worst
    return Worst(row_name(row.row), row.row.check, reading.seen, reading.limit, row.note)


def _console(incident: Incident) -> str:
    """The page of the newest alarm that fires, else the newest endpoint's or job's."""
    alarms = (alarm_url(s.arn) for s in in_alarm(incident.state)[::-1])
    pages = (page_url(s) for s in incident.state.subjects[::-1])
    return next(filter(None, (*alarms, *pages)), "")

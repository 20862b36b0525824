"""What has to be said next: what was queued last, compared with where the incident stands."""

from datetime import datetime

from bot.logic import escalation
from bot.logic.altering import altered
from bot.logic.reasons import applying, is_broadcast
from bot.logic.said import forget_ended, queue
from bot.model.incident import Queued, Reason, State, Status
from bot.model.place import Severity
from bot.model.post import CardKey, Outgoing
from bot.model.route import Route

_CARD_ONLY = {Reason.FIRST, Reason.COUNT}
_SHOWN = frozenset({Reason.FIRST, Reason.RETURNED, Reason.BACK, Reason.REOPENED})


def due(queued: Queued, state: State, revision: int) -> Reason:
    """The first reason that applies; ask again after `queue`, until it is NOTHING."""
    if queued.episode != state.episode or state.episode == 0:
        return _first(queued, state)
    if (reason := applying(queued, state)) is not None:
        return reason
    drawn = revision == queued.revision and state.status is queued.status
    return Reason.NOTHING if drawn else Reason.COUNT


def outgoing(
    number: int, queued: Queued, state: State, reason: Reason, channel: str, revision: int, first: int | None = None
) -> tuple[Outgoing, ...]:
    """The posts of a reason: the card, and for most a note in its thread; a fresh episode's card speaks alone.

    `first` is the first revision that the change made: from there on rows are new to a note of new rows.
    """
    if reason is Reason.NOTHING:
        return ()
    key = CardKey(number, state.episode)
    card = Outgoing("card", key, revision, reason, channel)
    if queued.episode != state.episode or reason in _CARD_ONLY:
        return (card,)
    asked = first if first is not None and reason is Reason.NEW_ROW else revision
    return (card, Outgoing("note", key, asked, reason, channel, broadcast=is_broadcast(reason, queued, state)))


def plan(
    number: int,
    queued: Queued,
    state: State,
    route: Route,
    revision: int,
    *,
    now: datetime,
    severity: Severity = Severity.MEDIUM,
) -> tuple[Queued, tuple[Outgoing, ...]]:
    """Every reason that applies, said in order with one edit of the card; and what is then queued.

    When another episode began in the same change, the last one's card still gets its end.
    """
    channel, first = route.channel, min(queued.revision + 1, revision)
    out: tuple[Outgoing, ...] = ()
    if queued.episode not in {0, state.episode} and queued.status is not Status.RESOLVED:
        out = (Outgoing("card", CardKey(number, queued.episode), revision, Reason.RESOLVED, channel),)
        queued = altered(queued, status=Status.RESOLVED, revision=revision)
    said, queued, drawn = queued.acknowledged, forget_ended(queued, state), False
    while (reason := due(queued, state, revision)) is not Reason.NOTHING:
        posts = outgoing(number, queued, state, reason, channel, revision, first)
        out = (*out, *(p for p in posts if p.kind == "note" or not drawn))
        queued, drawn = queue(queued, state, reason, revision), True
        queued = altered(queued, shown_at=now) if reason in _SHOWN else queued
    while (urge := escalation.upcoming(queued, state, route, severity, now)) is not None and urge.at <= now:
        posts = outgoing(number, queued, state, urge.reason, channel, revision)
        out = (*out, *(p for p in posts if p.kind == "note" or not drawn))
        queued, drawn = escalation.said(queued, state, route, now), True
    if not drawn and said != queued.acknowledged and state.status is not Status.RESOLVED:
        # An end that leaves nothing open is not said, but the card must not go on naming who held it.
        out = (*out, Outgoing("card", CardKey(number, state.episode), revision, Reason.COUNT, channel))
    return queued, out


def _first(queued: Queued, state: State) -> Reason:
    """No card of this episode yet: an episode that is over before it was shown is never shown."""
    if state.status is Status.RESOLVED:
        return Reason.NOTHING
    if queued.episode == 0:
        return Reason.FIRST
    return Reason.RETURNED


__all__ = ["due", "outgoing", "plan", "queue"]

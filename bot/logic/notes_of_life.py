"""What a card's thread is told of who has it, who cannot judge, who was deleted, and whether it settles."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.logic import phrases
from bot.logic.words import duration, number
from bot.model.incident import Act, Click, Incident, Reason, Status
from bot.model.reply import Group, Text, Time, User
from bot.model.spells import Departure, Muted


def back(incident: Incident) -> Text:
    """Bad again, and not by more than noise."""
    if incident.state.is_blind_only:
        return ("again, ", phrases.broken(incident))
    return ("it is back, by no more than noise: ", phrases.broken(incident))


def assigned(incident: Incident) -> Text:
    """To whom and by whom; they are called unless they gave it to themselves."""
    click = phrases.last_click(incident, Act.ASSIGN)
    held = incident.state.acknowledgement
    to = next((a for a in incident.state.acknowledgements if click and a.person_id == click.to), held)
    if to is None or not to.by:
        return ("was assigned; ", phrases.broken(incident))
    why = (f": {to.reason}",) if to.reason else ()
    by: Text = () if to.by == to.person_id else (" by ", User(to.by))
    return ("assigned to ", User(to.person_id, mention=to.by != to.person_id), *by, " until ", Time(to.until), *why)


def snoozed(incident: Incident) -> Text:
    """By whom and until when."""
    snooze = incident.state.snooze
    return ("was snoozed; ", phrases.broken(incident)) if snooze is None else phrases.snoozed(snooze, "snoozed by ")


def woke(incident: Incident) -> Text:
    """Whoever snoozed it is called, this once, while nobody has it."""
    woken = incident.state.woke
    if woken is None or incident.state.status is not Status.OPEN:
        return ("a snooze ended; ", phrases.broken(incident))
    return (User(woken.person_id, mention=True), ", your snooze ended ", Time(woken.until), " and ", _still(incident))


def noted(incident: Incident, revision: int | None) -> Text:
    """The note that the log has at this revision, whole."""
    click = _click(incident, revision, Act.NOTE)
    return ("a note",) if click is None else (User(click.person_id), f": {click.reason}")


def muted(incident: Incident, revision: int | None) -> Text:
    """Which alarm CloudWatch holds back, by whom, until when and why."""
    click = _click(incident, revision, Act.MUTE)
    if click is None or click.until is None:
        return ("an alarm was muted in CloudWatch for a time",)
    return phrases.muted(Muted(click.alarm, click.person_id, click.at, click.until, click.reason))


def heard(incident: Incident, revision: int | None) -> Text:
    """Which alarm is held back no more, by whom or because its time is over."""
    click = _click(incident, revision, Act.UNMUTE, Act.MUTE)
    if click is None or click.act is Act.MUTE:
        return ("a mute in CloudWatch ended: what was held back runs if the state still calls for it",)
    return (f"{phrases.alarm(click.alarm)} was unmuted in CloudWatch by ", User(click.person_id))


def _click(incident: Incident, revision: int | None, *acts: Act) -> Click | None:
    """The act that the log has at this revision, else the newest of these."""
    at = incident.log[revision - 1] if revision and revision <= incident.revision else None
    return at if isinstance(at, Click) and at.act in acts else phrases.last_click(incident, *acts)


def blind(incident: Incident) -> Text:
    """Who cannot judge, since when and why."""
    words: list[Text] = [
        (f"{b.subject.name} cannot judge since ", Time(b.since), f": {phrases.cause(b)}") for b in incident.state.blind
    ]
    return _joined(words) or ("could not be judged for a time",)


def sees(incident: Incident) -> Text:
    """Who can judge again."""
    running = {b.subject.arn for b in incident.state.blind}
    names = [b.subject.name for b in incident.state.blinds if b.ended_at and b.subject.arn not in running]
    return (f"{names[0] if names else 'it'} can judge again",)


def gone(incident: Incident) -> Text:
    """What was deleted, by whom if that is known, and whether another goes on already."""
    return _joined([_went(d) for d in incident.state.departures if d.deleted]) or ("its monitor was deleted",)


def continues(incident: Incident) -> Text:
    """What goes on in whose place, and how the worst metric changed."""
    went_on = [d for d in incident.state.departures if d.continued_at is not None and d.successor is not None]
    newest = max((d.continued_at for d in went_on if d.continued_at), default=None)
    return _joined([_goes_on(d) for d in went_on if d.continued_at == newest]) or ("goes on",)


def flapping(incident: Incident) -> Text:
    """Why it is quiet from now on."""
    del incident
    return ("flapping: it went to and fro between resolved and open more than three times; quiet until it settles",)


def settled(incident: Incident) -> Text:
    """How it ended to flap."""
    state = incident.state
    if state.status is Status.RESOLVED and state.resolved_at is not None:
        return ("settled: resolved since ", Time(state.resolved_at))
    return ("settled: ", phrases.broken(incident))


def escalated(incident: Incident, now: datetime) -> Text:
    """The group is called while nobody has it."""
    state, group = incident.state, incident.queued.escalated_to
    if state.status is not Status.OPEN or state.free_since is None:
        return ("it was unacknowledged for a time; ", phrases.broken(incident))
    call: Text = (Group(group), ", ") if group else ()
    waited = max(now - state.free_since, timedelta(0))
    return (*call, f"unacknowledged for {duration(waited)}: ", phrases.broken(incident))


OF_A_REVISION: dict[Reason, Callable[[Incident, int | None], Text]] = {
    Reason.NOTED: noted,
    Reason.MUTED: muted,
    Reason.HEARD: heard,
}
"""What people wrote or did, each told as it was."""
SAID: dict[Reason, Callable[[Incident], Text]] = {
    Reason.BACK: back,
    Reason.ASSIGNED: assigned,
    Reason.SNOOZED: snoozed,
    Reason.WOKE: woke,
    Reason.BLIND: blind,
    Reason.SEES: sees,
    Reason.GONE: gone,
    Reason.CONTINUES: continues,
    Reason.FLAPPING: flapping,
    Reason.SETTLED: settled,
}


def _still(incident: Incident) -> str:
    return f"it is still so: {phrases.broken(incident)}"


def _went(left: Departure) -> Text:
    by = f" {left.note}" if left.note else ""
    goes_on = f"; {left.successor.name} goes on in its place" if left.successor else ""
    return (f"{left.subject.name} was deleted{by}{goes_on}",)


def _goes_on(left: Departure) -> Text:
    """`continues on bank-marketing-…-0914 (accuracy 0.91 → 0.85)`."""
    name = left.successor.name if left.successor else ""
    if left.row is None:
        return (f"continues on {name}",)
    return (f"continues on {name} ({left.row.metric} {number(left.before)} → {number(left.after)})",)


def _joined(words: list[Text]) -> Text:
    """One after the other."""
    return tuple(word for one in words for word in ("; ", *one))[1:]

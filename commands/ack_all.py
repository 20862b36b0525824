"""`/ml ack-all`: take all that a storm's card shows as open, with one press."""

from collections import Counter
from collections.abc import Iterator, Mapping

from bot.errors import Conflict
from bot.incidents import Outcome
from bot.kit import Rest, Revision, Span, StormNumber, command, form
from bot.logic.words import listing, plural
from bot.model.reply import ChoiceField, Form, Note, Reply, Text, Time, User
from bot.ports import Ask, Incidents, Routes, Storms
from bot.storms import Taken, acknowledge_all
from commands._incident import ENDS, why

_MOST_NAMED = 10
_HINT = "What is still broken after that, you are told."
_END = ChoiceField("end", "For how long", ENDS, initial="24h", hint=_HINT)


@command("ack-all", role="responder", example="ack-all 3", hidden=True)
def ack_all(
    storms: Storms,
    incidents: Incidents,
    routes: Routes,
    ask: Ask,
    *,
    number: StormNumber,
    end: Span | None = None,
    reason: Rest = "",
    at: Revision | None = None,
) -> Reply:
    """Take every incident that a storm's card showed as open.

    What broke or was resolved since that card was drawn is left out, and what somebody else has.
    """
    covered = {a.id for a in ask.scope.accounts}
    shown = storms.drawing(number, storms.get(number).revision if at is None else at)
    taken = acknowledge_all(
        incidents,
        shown,
        click_id=ask.id,
        person_id=ask.person.id,
        now=ask.now,
        routing=routes.route,
        covers=lambda place: place.account_id in covered,
        lasts=end,
        reason=reason,
    )
    if not taken.done:
        why_not = "; ".join(_left(taken)) or "nothing of it was open on that card"
        raise Conflict(f"Nothing of storm {number} was taken: {why_not}", "Look at its card again.")
    left = "".join(f" Not taken: {said}." for said in _left(taken))
    done: Text = (f"You have {plural(len(taken.done), 'incident')} of storm {number}", *_until(taken), ".")
    return Reply((*done, left, *_owners(taken.owned)), shareable=False, quiet=not left)


def _left(taken: Taken) -> Iterator[str]:
    """What was left out, and why."""
    if taken.owned:
        yield f"{_numbers(taken.owned)} somebody else has"
    if taken.moved:
        yield f"{_numbers(taken.moved)} changed since that card was drawn"
    if taken.barred:
        yield f"{_numbers(taken.barred)} your role does not cover"


def _numbers(numbers: "Mapping[int, Outcome] | set[int]") -> str:
    return listing(tuple(f"#{n}" for n in sorted(numbers)), most=_MOST_NAMED)


def _until(taken: Taken) -> Text:
    """The end, where it is the same for all; routes may differ."""
    ends = {outcome.until for outcome in taken.done.values()}
    end = ends.pop()
    return (" until ", Time(end)) if end and not ends else ()


def _owners(owned: Mapping[int, Outcome]) -> Text:
    count = Counter(outcome.owner_id for outcome in owned.values())
    words: list[str | User] = []
    for person_id, times in count.most_common(3):
        words += [" " if not words else ", ", User(person_id), f" has {times:,}"]
    return (*words, ".") if words else ()


@form("ack-all-with", role="responder", submits="ack-all")
def ack_all_with(storms: Storms, *, number: StormNumber, at: Revision | None = None) -> Form:
    """Acknowledge all of a storm with a reason and an end."""
    storm = storms.get(number)
    at = storm.revision if at is None else at
    count = len(storms.drawing(number, at))
    named = Note((f"Storm {number}: {plural(count, 'incident')}",))
    return Form("Acknowledge all", f"ack-all {number} at={at}", (_END, why()), "Acknowledge All", (named,))

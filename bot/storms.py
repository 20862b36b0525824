"""One press for all incidents of a storm: each of them changes as by a press of its own, many in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import Conflict
from bot.incidents import Outcome, clicked
from bot.model.incident import Act, Click, Incident
from bot.model.place import Place
from bot.model.route import Routing
from bot.ports import Change, Incidents

AT_ONCE = 200
"""Incidents of one transaction: others' clicks wait for it, and give up after 1.5 s."""


@dataclass(slots=True)
class Taken:
    """What became of it, by incident's number."""

    done: dict[int, Outcome] = field(default_factory=dict)
    """Theirs now, or theirs since this press came before."""
    owned: dict[int, Outcome] = field(default_factory=dict)
    """Somebody else has all of it: nothing changed."""
    moved: set[int] = field(default_factory=set)
    """Resolved, or broken in other ways than the card showed."""
    barred: set[int] = field(default_factory=set)
    """In accounts that the person's role does not cover."""

    def forget(self, number: int) -> None:
        """A transaction that is tried again decides anew."""
        self.done.pop(number, None)
        self.owned.pop(number, None)
        self.moved.discard(number)


def acknowledge_all(
    store: Incidents,
    shown: Mapping[int, int],
    *,
    click_id: str,
    person_id: str,
    now: datetime,
    routing: Routing,
    covers: Callable[[Place], bool],
    lasts: timedelta | None = None,
    reason: str = "",
) -> Taken:
    """Acknowledge these incidents, each at the revision that was shown; for as long as `lasts`, else their routes say.

    The same `click_id` again changes nothing, so what a death cut off is completed by the next press. Raises StoreDown
    or Unsaved; what was committed before stays.
    """
    taken = Taken()
    found = store.many(shown, now)
    taken.barred = {i.number for i in found if not covers(i.place)}
    places = sorted(i.place for i in found if covers(i.place))

    def step(locked: tuple[Incident, ...]) -> Sequence[Change]:
        changes: list[Change] = []
        for one in locked:
            taken.forget(one.number)
            route = routing(one.place, one.service.about)
            until = now + (lasts or route.acknowledge_for)
            asked = Click(click_id, Act.ACKNOWLEDGE, now, person_id, until=until, reason=reason)
            try:
                changed, outcome = clicked(one, asked, route, now, at_revision=shown[one.number])
            except Conflict:
                taken.moved.add(one.number)
                continue
            (taken.owned if outcome.said == "owned" else taken.done)[one.number] = outcome
            changes += changed
        return changes

    for first in range(0, len(places), AT_ONCE):
        store.change(places[first : first + AT_ONCE], step, now=now)
    return taken

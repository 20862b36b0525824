"""What the routes' file and the owners' tags mean for `doctor`: judged from facts, without asking anybody."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from bot.logic.services import OWNER, RUNBOOK, SEVERITY, TAG, TEAM, about_of, ruled, service_of, settled
from bot.logic.words import listing, plural
from bot.model.checkup import Check
from bot.model.place import ServiceRule, Severity
from bot.model.route import Route, RouteBook

ROUTES: Final = "routes"
Resource = tuple[str, Mapping[str, str]]
"""An endpoint's or a schedule's name, and its tags."""
MOST_TOLD: Final = 20
_AGREE: Final = "Change the tag, or the service's entry in the routes file; docs/routes.md says what holds when."


def file_checks(book: RouteBook) -> Iterator[Check]:
    """Whether the file as it is now is in force."""
    if not book.source:
        yield Check(ROUTES, "settings", "good", "no routes file is set: everything goes to slack.channel")
    elif book.problem:
        step = "Correct it: it is read anew as soon as it changes. What it said before stays in force until then."
        yield Check(ROUTES, book.source, "bad", book.problem, step)
    else:
        said = (
            f"{plural(len(book.routes) - 1, 'route')} and {plural(len(book.services), 'entry', 'entries')} on services"
        )
        yield Check(ROUTES, book.source, "good", said)


def call_checks(routes: Iterable[Route], known: Collection[str]) -> Iterator[Check]:
    """Whether the user groups that routes call exist. `known` are the ids that there are."""
    for route in routes:
        if route.group and route.group not in known:
            said = f"there is no user group {route.group}: nobody is called"
            yield Check(ROUTES, route.name, "bad", said, "Correct the route's group in the routes file.")
        elif route.group:
            yield Check(ROUTES, route.name, "good", "the user group to call exists")


def tag_checks(resources: Iterable[Resource], rules: Sequence[ServiceRule]) -> Iterator[Check]:
    """Tags that contradict the settings, or say what cannot be; of many the first, and how many more there are."""
    found = {name: said for name, tags in resources if (said := contradictions(name, tags, rules))}
    for name, said in list(found.items())[:MOST_TOLD]:
        yield Check(ROUTES, name, "warn", listing(said, most=5), _AGREE)
    if (more := len(found) - MOST_TOLD) > 0:
        yield Check(ROUTES, plural(more, "more name"), "warn", "their tags contradict the settings too", _AGREE)


def contradictions(name: str, tags: Mapping[str, str], rules: Sequence[ServiceRule]) -> tuple[str, ...]:
    """Where a resource's tags say one thing and the rules another: the tag holds, and people should know."""
    service, said = service_of(name, tags), about_of(tags)
    told = settled(service.name, name, rules)
    pairs = (
        (TAG, service.name if service.by == "tag" else "", ruled(name, rules)),
        (TEAM, said.team, told.team),
        (SEVERITY, said.severity, told.severity),
        (RUNBOOK, said.runbook, told.runbook),
        (OWNER, said.owner, told.owner),
    )
    found = [
        f"the tag {tag} says {a}, the settings say {b}: the tag holds" for tag, a, b in pairs if a and b and a != b
    ]
    severity = tags.get(SEVERITY, "").strip()
    if severity and said.severity is None:
        found.append(f"the tag {SEVERITY} says {severity}, which is none of {', '.join(Severity)}")
    return tuple(found)

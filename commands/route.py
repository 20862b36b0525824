"""`/ml route`: where incidents go, whom they call, and why one goes where it does."""

from datetime import time

from bot.errors import BadRequest, Unknowable
from bot.kit import Rest, command
from bot.logic.routing import taken
from bot.logic.words import duration, listing, plural
from bot.model.reply import Cell, Code, Column, Facts, Note, Paragraph, Part, Reply, Table, Text, Time, User
from bot.model.route import Quiet, Route, RouteBook, RouteRule
from bot.parse import suggestion
from bot.ports import Ask, Incidents, Inventory, People, Routes
from commands._names import names_seen
from commands._routed import Routed, channel, explained, routed

COLUMNS = (
    Column("#"),
    Column("Route"),
    Column("Takes"),
    Column("Channel"),
    Column("Calls"),
    Column("After"),
    Column("Quiet hours"),
    Column("Digest"),
    Column("Changes"),
    Column("Acknowledged for"),
    Column("Hand-off"),
)
MOST_ROWS = 100
MOST_GROUPS = 5
"""Are looked up for one answer: each is a question to Slack."""
MOST_CALLED = 10
MOST_DIGITS = 9
"""Of a route's number; Python reads no number of thousands of digits (docs, int max str digits)."""


@command("route", role="admin", example="route {service}")
def route(
    routes: Routes, people: People, incidents: Incidents, inventory: Inventory, ask: Ask, *, what: Rest = ""
) -> Reply:
    """Where incidents go, whom they call, and why.

    Routes in order: what each takes, whom it calls. With a service, or a route's number or name: what and why.
    """
    book = routes.book()
    if not what:
        return _all(book, people)
    if rule := _named(book, what):
        going = [one for one in routed(book, incidents, inventory, ask) if one.rule is rule]
        return _one(book, rule, going, people)
    found = [one for one in routed(book, incidents, inventory, ask) if one.is_called(what)]
    if not found:
        raise _unknown(what, book, inventory, ask)
    return Reply((f"Where {what} goes",), (*explained(book, found, ask), *_state(book)))


def _unknown(what: str, book: RouteBook, inventory: Inventory, ask: Ask) -> BadRequest:
    step = f"Say a service, or a route's number from 1 to {len(book.routes)}."
    if what.casefold() in {name.casefold() for name in inventory.names()}:
        return BadRequest(f"no account that you may see lists {what} now", step)
    near = suggestion(what, [*names_seen(inventory, ask), *(rule.route.name for rule in book.routes)])
    return BadRequest(f"no service, endpoint or route is called {what}{near}", step)


def _named(book: RouteBook, what: str) -> RouteRule | None:
    """By its number in the list, else by its name."""
    if what.isdecimal() and len(what) <= MOST_DIGITS and 0 < int(what) <= len(book.routes):
        return book.routes[int(what) - 1]
    return next((rule for rule in book.routes if rule.route.name.casefold() == what.casefold()), None)


def _all(book: RouteBook, people: People) -> Reply:
    called = _called(book.routes, people)
    rows = tuple(_row(nth, rule, called) for nth, rule in enumerate(book.routes[:MOST_ROWS], 1))
    point = f"{plural(len(book.routes), 'route')}; the first that fits holds"
    table = Table("Routes, in the order in which they are tried", COLUMNS, rows, total=len(book.routes))
    return Reply((point,), (*_state(book), table))


def _row(nth: int, rule: RouteRule, called: dict[str, Text]) -> tuple[Cell, ...]:
    route = rule.route
    return (
        str(nth),
        route.name,
        taken(rule.match),
        channel(route),
        called.get(route.group, (route.group or "nobody",)),
        duration(route.escalate_after) if route.escalate_after else "never",
        _quiet(route.quiet),
        _digest(route),
        "told" if route.changes else "not told",
        duration(route.acknowledge_for),
        listing(tuple(f"{one.name}: {one.shown}" for one in route.hand_off), most=5) or "none",
    )


def _one(book: RouteBook, rule: RouteRule, going: list[Routed], people: People) -> Reply:
    """All of one route, and what goes there now."""
    cells = _row(book.routes.index(rule) + 1, rule, _called((rule,), people))
    facts = [(column.title, cell) for column, cell in zip(COLUMNS[2:], cells[2:], strict=True)]
    items = tuple((title, cell if isinstance(cell, tuple) else (str(cell),)) for title, cell in facts)
    numbers = [f"#{one.number}" for one in going if one.number]
    services = sorted({one.place.service for one in going})
    now: Text = (f"Goes there now: {', '.join(services[:20]) or 'nothing that is known'}.",)
    open_ones: tuple[Part, ...] = (Note((f"Not resolved: {', '.join(numbers[:20])}.",)),) if numbers else ()
    where = (Note((f"Line {rule.line} of the file.",)),) if rule.line else (Note(("The settings' own route.",)),)
    return Reply(
        (f"Route {cells[0]}, {rule.route.name}",), (Facts(items), Paragraph(now), *open_ones, *where, *_state(book))
    )


def _called(rules: tuple[RouteRule, ...], people: People) -> dict[str, Text]:
    """Who is in each route's group, without telling them."""
    groups = tuple(dict.fromkeys(rule.route.group for rule in rules if rule.route.group))
    return {group: _members(group, people) for group in groups[:MOST_GROUPS]}


def _members(group: str, people: People) -> Text:
    try:
        members = sorted(people.members(group))
    except Unknowable:
        return (Code(group), " (Slack does not say who that is just now)")
    if not members:
        return (Code(group), " (nobody is in it)")
    names: Text = tuple(piece for one in members[:MOST_CALLED] for piece in (User(one), ", "))[:-1]
    more = len(members) - MOST_CALLED
    return (*names, f" and {more} more") if more > 0 else names


def _quiet(quiet: Quiet | None) -> str:
    if quiet is None:
        return "none"
    return f"{_hour(quiet.start)} to {_hour(quiet.end)} {quiet.zone}, unless {quiet.unless.value}"


def _digest(route: Route) -> str:
    return f"{_hour(route.digest_at)} {route.zone}" if route.digest_at else "none"


def _hour(at: time) -> str:
    return f"{at:%H:%M}"


def _state(book: RouteBook) -> tuple[Part, ...]:
    """Which file is in force since when, and what is wrong with it as it is now."""
    if not book.source or book.read_at is None:
        return (Note(("No routes file is set (", Code("routes_file"), "): everything goes to one channel.")),)
    read = Note((Code(book.source), " as it was read ", Time(book.read_at), "."))
    if not book.problem:
        return (read,)
    return (Paragraph((f"The file as it is now is not in force: {book.problem}",)), read)

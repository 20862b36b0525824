"""`/ml help`: what can be asked, with examples of this fleet, and what is open now."""

from collections.abc import Iterator

from bot.kit import Catalogue, Declared, Rest, command
from bot.logic.examples import LOOK_BACK, example_number
from bot.model.incident import Status
from bot.model.person import Role
from bot.model.reply import Actions, Bold, Code, Inline, Note, Paragraph, Part, Press, Reply, Text, Time
from bot.parse import quoted
from bot.ports import Ask, Incidents, Inventory

SHOWN = 5
GROUPS = (
    ("Look", (Role.ANYONE, Role.VIEWER)),
    ("Look into who did what", (Role.AUDITOR,)),
    ("Act on incidents", (Role.RESPONDER,)),
    ("Operate", (Role.OPERATOR,)),
    ("Administer", (Role.ADMIN,)),
)


@command("help", role="anyone", example="help ack")
def help_(catalogue: Catalogue, incidents: Incidents, inventory: Inventory, ask: Ask, *, command: Rest = "") -> Reply:
    """What can be asked; with a command's name, how to ask it."""
    fleet = _fleet(incidents, inventory, ask)
    if command:
        return _one(catalogue.command(command), catalogue.slash, fleet)
    more = ("With a command's name, such as ", Code(f"{catalogue.slash} help violations"), ": how to ask it. ")
    tail = Note((*more, "Times are yours; 24h, 7d or 2026-11-20 work."))
    return Reply(("What you can ask Sagewatch",), (*_open(incidents, ask), *_groups(catalogue, ask), tail))


def _groups(catalogue: Catalogue, ask: Ask) -> Iterator[Part]:
    """The commands that the asker may run by what one does with them, which is what roles are for; a line each."""
    places = [*(account.id for account in ask.scope.accounts), ""]  # the empty one: everywhere, of a fleet of none
    for title, roles in GROUPS:
        held = [role for role in roles if any(ask.may(role, place) for place in places)]
        lines = [_line(c, catalogue.slash) for c in catalogue.visible() if c.role in held and c.name != "help"]
        if lines:
            yield Paragraph((Bold(title), *(piece for line in lines for piece in line)))


def _line(declared: Declared, slash: str) -> Text:
    return ("\n", Code(f"{slash} {declared.name}"), "  ", *_marked(declared.help.partition("\n")[0]))


def _fleet(incidents: Incidents, inventory: Inventory, ask: Ask) -> dict[str, str]:
    """Names of what the asker may see, for the examples; plausible ones before anything was seen."""
    covered = {a.id for a in ask.scope.accounts}
    schedules = [s for s in inventory.schedules() if s.account_id in covered]
    endpoints = [e for e in inventory.endpoints() if e.account_id in covered]
    services = {s.service.name for s in schedules} | {e.service.name for e in endpoints}
    linked = [a.label for a in ask.scope.accounts if a.linked]
    found = incidents.list(ask.now, resolved_since=ask.now - LOOK_BACK)
    return {
        "monitor": quoted(next((s.name for s in schedules), "my-monitor")),
        "service": quoted(min(services, default="my-service")),
        "account": quoted(next(iter(linked), "production")),
        "number": example_number(i for i in found if i.place.account_id in covered),
    }


def _marked(text: str) -> Text:
    """What stands between backticks is code."""
    return tuple(Code(piece) if n % 2 else piece for n, piece in enumerate(text.split("`")) if piece)


def _one(declared: Declared, slash: str, fleet: dict[str, str]) -> Reply:
    example = f"{slash} {declared.example.format(**fleet)}"
    parts: tuple[Part, ...] = (
        Paragraph((Bold(declared.usage(slash)),)),
        *(Paragraph(_marked(" ".join(text.split()))) for text in declared.help.split("\n\n")),
        Paragraph(("For example ", Code(example))),
        Note((f"Needs the role {declared.role.value}.",)),
    )
    return Reply((f"How to ask {declared.name}",), parts)


def _open(incidents: Incidents, ask: Ask) -> tuple[Part, ...]:
    mine = {a.id for a in ask.scope.accounts}
    current = [i for i in incidents.list(ask.now) if i.place.account_id in mine]
    if not current:
        return (Paragraph((Bold("Nothing is open."),)),)
    parts: list[Part] = [Paragraph((Bold(f"{len(current)} not resolved"),))]
    for i in current[:SHOWN]:
        state: list[Inline] = [
            f"#{i.number} ",
            Bold(i.place.service),
            f" {i.place.family.value}, {i.state.status.value}",
        ]
        if i.state.status is Status.OPEN and i.state.started_at:
            state += [" since ", Time(i.state.started_at)]
        parts.append(Paragraph(tuple(state)))
    return (*parts, Actions((Press("Incidents", "incidents"), Press("Violations", "violations"))))

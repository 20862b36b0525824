"""One event of the trail, whole, in a form that is only read: addresses and user agents stand nowhere else."""

from collections.abc import Iterator

from bot.errors import BadRequest
from bot.kit import Instant, form
from bot.logic.actor_words import how, who
from bot.logic.trail_redaction import members
from bot.model.reply import Code, Facts, Form, Heading, Paragraph, Part, Text, Time
from bot.model.trail import Record
from bot.ports import Ask, Trail

GROUPS = (
    ("Who", ("userIdentity",)),
    ("Asked for", ("requestParameters",)),
    ("Answered", ("responseElements", "errorCode", "errorMessage")),
    ("From where", ("sourceIPAddress", "userAgent", "tlsDetails", "vpcEndpointId")),
)
"""Titles and which members of the record stand under them; the others stand last."""
MOST = 60
"""Values that are shown: a modal has 100 blocks (Slack)."""


@form("record", role="auditor", submits="who")
def record(trail: Trail, ask: Ask, *, id: str, at: Instant) -> Form:  # noqa: A002  # the word of the command line
    """An event's record; secrets are taken out."""
    targets = ask.scope.targets()
    if len(targets) != 1:
        raise BadRequest("it is not said in which account and Region that event is", "Ask for it with /ml who.")
    account, region = targets[0]
    found = trail.record((account.id, region), id, at)
    return Form("Event record", "", (), submit="", intro=(*_head(found, account.label), *_groups(found)))


def _head(found: Record, label: str) -> Iterator[Part]:
    call = found.call
    name = who(call.actor)
    yield Heading(call.event)
    yield Facts(
        (
            ("When", (Time(call.at),)),
            ("Who", name if isinstance(name, tuple) else (str(name),)),
            ("Known by", (how(call.actor),)),
            ("Account", (f"{label} ({call.account_id}), {call.region}",)),
            ("Result", (f"{call.result} {call.error}".strip(),)),
            ("In a log file", ("not yet" if call.provisional else "yes",)),
        )
    )


def _groups(found: Record) -> Iterator[Part]:
    every = list(members(found.body))
    shown = every[:MOST] if len(every) > MOST else every
    taken = {name for _, names in GROUPS for name in names}
    for title, names in (*GROUPS, ("Besides", ())):
        inside = [(p, v) for p, v in shown if (_top(p) in names if names else _top(p) not in taken)]
        if inside:
            yield Heading(title)
            yield Facts(tuple((_short(path, names), _value(value)) for path, value in inside))
    if len(every) > len(shown):
        yield Paragraph((f"{len(every) - len(shown):,} more values are not shown.",))


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _short(path: str, names: tuple[str, ...]) -> str:
    """Without the member that the title stands for, where that is one."""
    return path.partition(".")[2] or path if len(names) == 1 else path


def _value(text: str) -> Text:
    return (Code(text),) if "\n" not in text else (text,)

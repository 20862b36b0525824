"""What every answer gets: buttons under its tables, an error's cause and step, examples to be typed as they are."""

import contextlib
from dataclasses import replace
from datetime import datetime

from bot.errors import BadRequest, BotError
from bot.logic.access import Leave
from bot.logic.examples import LOOK_BACK, example_number
from bot.model.incident import Incident
from bot.model.reply import Actions, Bold, Code, Note, Paragraph, Part, Press, Reply, Table
from bot.parse import quoted
from bot.ports import Incidents, Inventory


class Names(dict[str, str]):
    """What fills `{service}`, `{monitor}`, `{account}` and `{number}` of an example, of what may be viewed."""

    def __init__(self, inventory: Inventory, incidents: Incidents | None, now: datetime, viewing: Leave) -> None:
        super().__init__(service="bank-marketing", monitor="bank-quality", account="production")
        self._viewing = viewing
        self._incidents = incidents
        self._now = now
        with contextlib.suppress(BotError):
            linked = (a.label for a in inventory.accounts() if a.linked and viewing.covers(a.id))
            self.update(account=quoted(next(linked, self["account"])))
            services = (service for (at, _, _), service in inventory.resources().items() if viewing.covers(at))
            self.update(service=quoted(min(services, default=self["service"])))
            monitors = (s.name for s in inventory.schedules() if viewing.covers(s.account_id))
            self.update(monitor=quoted(next(monitors, self["monitor"])))

    def __missing__(self, name: str) -> str:
        """The number, looked for only where it is wanted: incidents are folded to be listed."""
        if name != "number":
            raise KeyError(name)
        found: tuple[Incident, ...] = ()
        if self._incidents:
            with contextlib.suppress(BotError):
                found = self._incidents.list(self._now, resolved_since=self._now - LOOK_BACK)
        return example_number(i for i in found if self._viewing.covers(i.place.account_id))


def with_buttons(reply: Reply, line: str, *, private: bool, repeats: bool) -> Reply:
    """Tables can be had as CSV, and a private answer shown to the channel, by whoever presses and with their rights.

    `line` asks for the same again; not `repeats`: it lacks a sent form's fields, so it cannot.
    """
    more = [
        *([Press("CSV", line, does="file")] if repeats and _is_filed(reply) else []),
        *([Press("Share Here", line, does="share")] if private and reply.shareable else []),
    ]
    if not more:
        return reply
    *before, last = reply.parts or (Actions(()),)
    if isinstance(last, Actions):
        return replace(reply, parts=(*before, Actions((*last.items, *more))))
    return replace(reply, parts=(*reply.parts, Actions(tuple(more))))


def _is_filed(reply: Reply) -> bool:
    return reply.files != "none" and any(isinstance(part, Table) and part.rows for part in reply.parts)


def told(error: BotError) -> Reply:
    """An error as an answer: the cause, the next step, usage and example when it was about words."""
    cause = _begun(error.cause)
    lines: list[Part] = [Paragraph((cause,))]
    if isinstance(error, BadRequest) and error.usage:
        lines.append(Paragraph((Bold("Usage:"), " ", Code(error.usage))))
        lines.append(Paragraph((Bold("For example:"), " ", Code(error.example))))
    if error.next_step:
        lines.append(Note((error.next_step,)))
    return Reply((cause,), tuple(lines), shareable=False)


def _begun(cause: str) -> str:
    """As a sentence begins; a name that it begins with stays as it was typed, since names have their case."""
    first = cause.partition(" ")[0].rstrip(",.:;")
    return cause[:1].upper() + cause[1:] if first.replace("'", "").isalpha() else cause

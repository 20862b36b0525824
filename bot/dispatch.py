"""From a line that somebody typed or pressed to an answer: find, authorise, bind, run, audit."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Literal

from bot.errors import BadRequest, BotError, Conflict, NotAllowed, NotFound
from bot.kit import Catalogue, Declared
from bot.log import LOG
from bot.logic.access import Leave, leave, why_not
from bot.logic.words import plural
from bot.model.account import Scope
from bot.model.audit import AuditEntry, Outcome
from bot.model.person import Grant, Person, Role
from bot.model.reply import Form, Reply
from bot.parse import Reader, tidy
from bot.ports import Ask, Audit, Clock, Incidents, Inventory, People
from bot.registry import Line, Registry
from bot.scopes import resolve
from bot.telemetry import COMMANDS
from bot.wording import Names, told, with_buttons

Bind = Callable[[Ask], Mapping[type, object]]
COMMAND = "/ml"
"""The slash command's name in this code's own sentences; the settings may give it another."""
OPENS_S = 2.0
"""For what a form needs of AWS: Slack opens one within 3 s of the press or never (docs.slack.dev, "Modals")."""
Origin = Literal["command", "mention", "click", "form", "home"]
_TYPED = frozenset({"line", "detail"})
"""What somebody typed may be in these parts of an audit's entry."""
_BY_HAND: frozenset[Origin] = frozenset({"command", "mention"})


@dataclass(frozen=True, slots=True)
class Request:
    """One line to run, and for whom. `id` is the delivery's: it makes a second delivery harmless."""

    id: str
    line: str
    user_id: str
    team_id: str
    channel_id: str
    origin: Origin
    opens: bool = False
    """The line names a form to open."""
    fields: Mapping[str, str] | None = None
    """A sent form's fields."""
    private: bool = False
    """Only the asker sees the answer, so sharing it is offered."""
    whole: bool = False
    """The answer's tables are wanted in full, for a file."""

    @property
    def said(self) -> str:
        """The line as it was meant: what clients make of typed text is undone, a line of ours is taken as it is."""
        return tidy(self.line) if self.origin in _BY_HAND else self.line


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request; `error` is set when it was refused or failed."""

    content: Reply | Form
    error: BotError | None = None
    name: str = ""
    """The command's, where the line was understood."""
    at: datetime | None = None
    """When it was asked, on the product's clock."""


@dataclass(slots=True)
class Underway:
    """What is known of a question that is being answered, for whoever waits; written by the thread that asks."""

    said: str
    """The interim sentence."""
    run: str = ""
    """The id of what can be stopped; empty: nothing."""

    def say(self, text: str) -> None:
        """A newer sentence."""
        self.said = text

    def began(self, run: str) -> None:
        """Something runs that can be stopped."""
        self.run = run


@dataclass(frozen=True, slots=True)
class Job:
    """A request that may run: in the slow pool when it asks AWS."""

    slow: bool
    underway: Underway
    run: Callable[[], Answer]


class Dispatch:
    """Runs requests. Everything it needs is handed in."""

    def __init__(
        self,
        registry: Registry,
        bind: Bind,
        people: People,
        audit: Audit,
        inventory: Inventory,
        clock: Clock,
        grants: Sequence[Grant],
        *,
        answer_s: float = 20.0,
        trail_s: float = 60.0,
        extra_ids: frozenset[str] = frozenset(),
        stopping: Callable[[], bool] = bool,
        incidents: Incidents | None = None,
    ) -> None:
        """`incidents` are those whose numbers stand in examples."""
        self.registry = registry
        self._bind = bind
        self._people = people
        self._audit = audit
        self._inventory = inventory
        self._clock = clock
        self._grants = tuple(grants)
        self._answer_s = answer_s
        self._trail_s = trail_s
        self._extra_ids = extra_ids
        self._stopping = stopping
        self._incidents = incidents

    def prepare(self, request: Request) -> Job:
        """Find and authorise; a refusal is a job too, whose run tells it. Raises nothing of ours."""
        try:
            person = self._people.person(request.user_id, request.team_id)
            line, scope = self._understand(request, person)
        except BotError as error:
            return Job(slow=False, underway=Underway(""), run=partial(self.refuse, request, error))
        underway = Underway(f"Asking {plural(len(scope.accounts), 'account')}…")
        return Job(line.declared.slow, underway, partial(self._run, request, person, line, scope, underway))

    def _understand(self, request: Request, person: Person) -> tuple[Line, Scope]:
        """Strangers learn nothing, not even whether their words were right."""
        if leave(person, Role.ANYONE, self._grants, self._people.members) is None:
            raise NotAllowed(*why_not(person, Role.ANYONE, self._grants))
        reader = Reader(self._clock.now(), person.tz)
        line = self.registry.read(request.said, reader, form=request.opens, extra=request.fields)
        allowed = self._allowed(person, line.declared.role)
        try:
            return line, resolve(line, self._inventory.accounts(), allowed, self._extra_ids)
        except BadRequest as error:
            raise self._explained(error, line.declared) from None

    def _explained(self, error: BadRequest, declared: Declared) -> BadRequest:
        """With the command's usage and example, unless the error brought its own."""
        slash = self.registry.slash
        usage, example = error.usage or declared.usage(slash), error.example or f"{slash} {declared.example}"
        return error.explained(usage, example)

    def _allowed(self, person: Person, role: Role) -> Leave:
        """What anyone may ask shows of the fleet what they may view."""
        if role is not Role.ANYONE:
            return self._leave(person, role, fresh=False)
        viewing = leave(person, Role.VIEWER, self._grants, self._people.members)
        return viewing or Leave(everywhere=False)

    def _leave(self, person: Person, role: Role, *, fresh: bool) -> Leave:
        allowed = leave(person, role, self._grants, lambda g: self._people.members(g, fresh=fresh))
        if allowed is None:
            raise NotAllowed(*why_not(person, role, self._grants))
        return allowed

    def _offers(self, person: Person) -> Callable[[Role, str], bool]:
        """What is worth offering to that person: with groups that cannot be read just now, everything."""

        @cache
        def known(role: Role) -> Leave | None:
            try:
                return leave(person, role, self._grants, self._people.members)
            except BotError:
                return Leave(everywhere=True)

        return lambda role, account_id: (found := known(role)) is not None and found.covers(account_id)

    def _run(self, request: Request, person: Person, line: Line, scope: Scope, underway: Underway) -> Answer:
        started = time.monotonic()
        try:
            if line.declared.role in {Role.OPERATOR, Role.ADMIN}:
                scope = _within(scope, self._leave(person, line.declared.role, fresh=True))
            deadline = started + self._patience_s(line.declared)
            ask = Ask(
                person,
                self._clock.now(),
                scope,
                deadline,
                request.id,
                line.narrowing(),
                progress=underway.say,
                running=underway.began,
                cancelled=self._stopping,
                whole=request.whole,
            )
            ask = replace(ask, may=self._offers(person)) if request.private or request.origin == "home" else ask
            content = self._call(line.declared, line.values, ask)
        except BadRequest as error:
            return self.refuse(request, self._explained(error, line.declared), started, line.declared.name)
        except BotError as error:
            return self.refuse(request, error, started, line.declared.name)
        except Exception:
            self._write(request, "failed", "something broke", started, line.declared.name)
            raise
        self._write(request, "done", "", started, line.declared.name)
        shown = content
        if isinstance(content, Reply):
            repeats = request.fields is None
            shown = with_buttons(content, request.said or "help", private=request.private, repeats=repeats)
        return Answer(shown, name=line.declared.name, at=ask.now)

    def _patience_s(self, declared: Declared) -> float:
        if declared.opens:
            return min(OPENS_S, self._answer_s)
        return max(self._answer_s, self._trail_s if declared.remembers else 0)

    def _call(self, declared: Declared, values: Mapping[str, object], ask: Ask) -> Reply | Form:
        supplied = {Ask: ask, Catalogue: self.registry, **self._bind(ask)}
        return declared.function(*(supplied[port] for _, port in declared.ports), **values)

    def refuse(self, request: Request, error: BotError, started: float | None = None, name: str = "") -> Answer:
        """Tell and audit what is not done; `name` is the command's, where the line was understood."""
        refused = isinstance(error, NotAllowed | BadRequest | Conflict | NotFound)
        self._write(request, "refused" if refused else "failed", error.cause, started or time.monotonic(), name)
        return Answer(told(self._in_words_of_here(error, request)), error)

    def _in_words_of_here(self, error: BotError, request: Request) -> BotError:
        """Examples with names that the asker may see, and the command under the name that it has here."""
        if isinstance(error, BadRequest):
            error = error.explained(error.usage, error.example.format_map(self._names(request)))
        if self.registry.slash != COMMAND:
            error.next_step = error.next_step.replace(f"{COMMAND} ", f"{self.registry.slash} ")
        return error

    def _names(self, request: Request) -> Names:
        try:
            viewing = self._allowed(self._people.person(request.user_id, request.team_id), Role.ANYONE)
        except BotError:
            viewing = Leave(everywhere=False)
        return Names(self._inventory, self._incidents, self._clock.now(), viewing)

    def _write(self, request: Request, outcome: Outcome, detail: str, started: float, name: str) -> None:
        """Count, log and audit; a store that is down does not hide the answer, which then says so itself.

        What was typed stands in the audit only: anything may be in it.
        """
        took_s = time.monotonic() - started
        COMMANDS.labels(name or "none", outcome).observe(took_s)
        LOG.info(
            "command",
            command=name,
            outcome=outcome,
            person=request.user_id,
            origin=request.origin,
            took_ms=round(took_s * 1_000),
        )
        entry = AuditEntry(
            id=_audit_id(request, outcome),
            at=self._clock.now(),
            person_id=request.user_id,
            team_id=request.team_id,
            channel_id=request.channel_id,
            origin=request.origin,
            line=_shown(request),
            outcome=outcome,
            detail=detail,
            took_ms=round(took_s * 1_000),
        )
        try:
            self._audit.write(entry)
        except BotError as error:
            kept = {k: v for k, v in asdict(entry).items() if k not in _TYPED}
            LOG.warning("audit not stored", cause=error.cause, entry=kept)


def _within(scope: Scope, allowed: Leave) -> Scope:
    """What of the scope is still allowed; an account that somebody lost within the last minute is not."""
    return replace(scope, accounts=tuple(a for a in scope.accounts if allowed.covers(a.id)))


def _audit_id(request: Request, outcome: Outcome) -> str:
    """One for a delivery; each try of a form that was corrected has its own."""
    tried = f":{hashlib.sha256(_shown(request).encode()).hexdigest()[:12]}" if request.origin == "form" else ""
    return f"{request.id}:{outcome}{tried}"


def _shown(request: Request) -> str:
    fields = " ".join(f"{k}={v}" for k, v in (request.fields or {}).items() if v)
    return f"{request.line} {fields}".strip()[:1000]

"""Starting and stopping a monitor: which one is meant, the question before it, the act and what is kept of it."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from bot.errors import BadRequest, done_already
from bot.kit import Kind
from bot.logic.words import plural
from bot.model.monitor import Schedule
from bot.model.person import Role
from bot.model.reply import Actions, Cell, Confirm, Paragraph, Press, Reply
from bot.parse import Reader, quoted, suggestion
from bot.ports import Ask, Inventory, Operations, Sweep

Act = Literal["start", "stop"]


def _confirmed(word: str, _: Reader) -> bool:
    if word.lower() != "yes":
        raise BadRequest(f"{word} does not confirm anything", "Say confirm=yes, or leave it out to be asked.")
    return True


Confirmed = Annotated[bool, Kind("confirmation", _confirmed, shown="yes")]
"""`confirm=yes`."""


@dataclass(frozen=True, slots=True)
class _Words:
    """How an act is talked of."""

    button: str
    done: str
    status: str
    means: str


_WORDS: dict[Act, _Words] = {
    "start": _Words("Start", "runs again", "Scheduled", "It runs again with its next full hour or day."),
    "stop": _Words("Stop", "is stopped", "Stopped", "It does not run, and nobody is warned, until it is started."),
}


def offer(schedule: Schedule, label: str, ask: Ask) -> Cell:
    """The act that its state calls for, which asks before it is done; nothing to who may not do it."""
    if not ask.may(Role.OPERATOR, schedule.account_id):
        return ""
    act: Act = "start" if schedule.status == "Stopped" else "stop"
    words = _WORDS[act]
    question = Confirm(f"{words.button} this monitor?", f"{schedule.name} in {label}. {words.means}", words.button)
    return Press(words.button, _line(act, schedule), confirm=question)


def operated(act: Act, name: str, operations: Operations, inventory: Inventory, ask: Ask, *, confirm: bool) -> Reply:
    """Do it, or ask first. Raises BadRequest where it is not clear which monitor is meant."""
    schedule = _meant(name, inventory, ask)
    label = next(a.label for a in ask.scope.accounts if a.id == schedule.account_id)
    words = _WORDS[act]
    if not confirm:
        said = f"{words.button} {schedule.name} in {label}? {words.means}"
        buttons = Actions((Press(words.button, _line(act, schedule), style="primary"), Press("Monitors", "monitors")))
        return Reply((said,), (Paragraph((said,)), buttons), shareable=False)
    (operations.start if act == "start" else operations.stop)(schedule)
    now = replace(schedule, status=words.status, changed_at=None)
    said = f"{schedule.name} in {label} {words.done}"
    with done_already(said):
        inventory.keep_schedules([Sweep(schedule.account_id, schedule.region, (now,), whole=False)], ask.now)
    undo = offer(now, label, ask)
    again = (undo,) if isinstance(undo, Press) else ()
    back = Press("Monitors", f"monitors {quoted(schedule.service.name)} account={schedule.account_id}")
    return Reply((f"{said}.",), (Paragraph((f"{said}.",)), Actions((back, *again))), shareable=False)


def _line(act: Act, schedule: Schedule) -> str:
    where = f"account={schedule.account_id} region={schedule.region}"
    return f"monitors {act} {quoted(schedule.name)} {where} confirm=yes"


def _meant(name: str, inventory: Inventory, ask: Ask) -> Schedule:
    """The only one of that name in the asker's scope; one that is there twice is asked back."""
    places = {(account.id, region) for account, region in ask.scope.targets()}
    known = [s for s in inventory.schedules() if (s.account_id, s.region) in places]
    found = [s for s in known if s.name.casefold() == name.casefold()]
    if not found:
        near = suggestion(name, (s.name for s in known))
        raise BadRequest(f"no monitor is called {name}{near}", "/ml monitors lists them.")
    accounts = tuple(dict.fromkeys(s.account_id for s in found))
    if len(accounts) > 1:
        said = f"{name} is a monitor in {plural(len(accounts), 'account')}; say account={' or '.join(accounts)}"
        raise BadRequest(said, "/ml monitors lists them.")
    if len(found) > 1:
        regions = " or ".join(s.region for s in found)
        raise BadRequest(f"{name} is a monitor in several Regions; say region={regions}", "/ml monitors lists them.")
    return found[0]

"""Buttons and menus: each carries a command line to its press."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from bot.model.reply import Actions, Confirm, Menu, Press
from bot.render import escape, limits
from bot.render.inline import Block

_ANY = Confirm("Go ahead?", "The chosen item runs at once.", "Go Ahead")


@dataclass(slots=True)
class Ids:
    """Numbers for action ids (`ml:act:3`), unique within a message; holds the one primary button to one."""

    prefix: str = "ml"
    lost: int = 0
    """Presses that had no room: Slack limits values, options and elements."""
    primary: bool = False
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def next(self, kind: str) -> str:
        """The next id of a kind."""
        return f"{self.prefix}:{kind}:{next(self._numbers)}"


def plain(text: str, limit: int) -> Block:
    """A plain_text object; never empty, as Slack wants it."""
    return {"type": "plain_text", "text": escape.shorten(escape.line(text), limit) or escape.EMPTY, "emoji": False}


def button(press: Press, ids: Ids) -> Block | None:
    """A button whose value is the command line; None when the line is longer than Slack keeps, or cannot be kept.

    A line with control or direction characters is not sent: cleaned of them it would be about something else.
    """
    line = press.line.strip()
    if not (_exact(press) and 1 <= len(line) <= limits.BUTTON_VALUE):
        ids.lost += 1
        return None
    made: Block = {
        "type": "button",
        "action_id": ids.next(press.does),
        "text": plain(press.label, limits.BUTTON_TEXT),
        "value": line,
    }
    if press.style == "danger" or (press.style == "primary" and not ids.primary):
        made["style"] = press.style
    ids.primary = ids.primary or press.style == "primary"
    if press.confirm:
        made["confirm"] = _confirm(press.confirm, danger=press.style == "danger")
    return made


def elements(actions: Actions, ids: Ids) -> list[Block]:
    """Every button and menu, in order; what does not fit a menu stands as a button beside it."""
    found: list[Block] = []
    for item in actions.items:
        presses = (item,) if isinstance(item, Press) else _unfit(item)
        menu = None if isinstance(item, Press) else _menu(item, ids)
        found += [made for press in presses if (made := button(press, ids))]
        found += [menu] if menu else []
    return found


def rows(found: Sequence[Block]) -> list[Block]:
    """`actions` blocks of at most 25 elements."""
    chunks = [list(found[i : i + limits.ACTIONS]) for i in range(0, len(found), limits.ACTIONS)]
    return [{"type": "actions", "elements": chunk} for chunk in chunks]


def select(placeholder: str, presses: Sequence[Press], ids: Ids) -> Block | None:
    """A menu of any length up to Slack's 100 options; presses whose line an option cannot carry are left out."""
    fitting = _fitting(presses)
    ids.lost += sum(not _fits(press) for press in presses) + len(fitting[limits.SELECT_OPTIONS :])
    if not fitting:
        return None
    return {
        "type": "static_select",
        "action_id": ids.next("menu"),
        "placeholder": plain(placeholder, limits.PLACEHOLDER),
        "options": [_option(press) for press in fitting[: limits.SELECT_OPTIONS]],
        **_confirm_of(fitting),
    }


def _menu(menu: Menu, ids: Ids) -> Block | None:
    fitting = _fitting(menu.items)
    if len(fitting) < limits.OVERFLOW_MIN:
        return None
    if len(fitting) > limits.OVERFLOW_MAX:
        return select(menu.label, fitting, ids)
    options = [_option(press) for press in fitting]
    return {"type": "overflow", "action_id": ids.next("menu"), "options": options, **_confirm_of(fitting)}


def _unfit(menu: Menu) -> tuple[Press, ...]:
    """What must be a button, if anything: lines too long for an option, and the only item of a menu."""
    fitting = _fitting(menu.items)
    if len(fitting) < limits.OVERFLOW_MIN:
        return menu.items
    return tuple(press for press in menu.items if not _fits(press))


def _fitting(presses: Sequence[Press]) -> list[Press]:
    """Those short enough for an option, each line once: Slack refuses a menu with the same value twice."""
    once: dict[str, Press] = {}
    for press in filter(_fits, presses):
        once.setdefault(_value(press), press)
    return list(once.values())


def _fits(press: Press) -> bool:
    return _exact(press) and len(_value(press)) <= limits.OPTION_VALUE


def _value(press: Press) -> str:
    """What a menu's handler reads: how to run, then the line."""
    return f"{press.does} {press.line.strip()}"


def _exact(press: Press) -> bool:
    """It has a line that may be sent as it is."""
    return bool(press.line.strip()) and escape.clean(press.line) == press.line


def _option(press: Press) -> Block:
    return {"text": plain(press.label, limits.OPTION_TEXT), "value": _value(press)}


def _confirm_of(presses: Sequence[Press]) -> Block:
    """A menu asks once for all its items: the item's own question where all share it."""
    asked = {press.confirm for press in presses}
    if asked == {None}:
        return {}
    only = next(iter(asked)) if len(asked) == 1 else None
    return {"confirm": _confirm(only or _ANY, danger=False)}


def _confirm(confirm: Confirm, *, danger: bool) -> Block:
    return {
        "title": plain(confirm.title, limits.CONFIRM_TITLE),
        "text": plain(confirm.text, limits.CONFIRM_TEXT),
        "confirm": plain(confirm.yes, limits.CONFIRM_BUTTON),
        "deny": plain(confirm.no, limits.CONFIRM_BUTTON),
        **({"style": "danger"} if danger else {}),
    }

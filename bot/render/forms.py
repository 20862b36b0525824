"""A Form as a modal, and a modal's answers as words."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from bot.model.reply import (
    Actions,
    ChoiceField,
    ChoicesField,
    DateField,
    Field,
    Form,
    Heading,
    Paragraph,
    Reply,
    TextField,
    UserField,
)
from bot.render import escape, limits
from bot.render.actions import plain
from bot.render.blocks import part_blocks
from bot.render.inline import Block, fit, is_person, mrkdwn


def view(form: Form, *, callback_id: str = "ml:submit", metadata: Mapping[str, Any] | None = None) -> Block:
    """A modal. Its private metadata is `metadata` and the form's `line`, as JSON that carries both exactly.

    Raises ValueError when that is longer than Slack keeps (3,000 characters), and for options that it would refuse.
    """
    kept = {**(metadata or {}), "line": form.line}
    private = "".join(map(_carried, json.dumps(kept, ensure_ascii=False)))
    if len(private) > limits.VIEW_METADATA:
        raise ValueError(f"a form's metadata has {len(private)} characters, {limits.VIEW_METADATA} fit")
    inputs = [_input(one) for one in form.fields]
    room = limits.VIEW_BLOCKS - len(inputs)
    made: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": private,
        "title": plain(form.title, limits.VIEW_TITLE),
        "close": plain("Cancel", limits.VIEW_TITLE),
        "blocks": [*part_blocks(form.intro)[:room], *inputs],
    }
    if not form.submit and not inputs:
        return {**made, "close": plain("Close", limits.VIEW_TITLE)}
    # Slack demands `submit` where there are inputs; without any the form only confirms.
    return {**made, "submit": plain(form.submit, limits.VIEW_TITLE)}


def notice(reply: Reply, *, failed: bool = False) -> Block:
    """A modal that only says something, such as "may not be saved: see /ml incidents"; nothing on it is pressed."""
    text, cut = fit(reply.text, limits.ALERT, lambda t: len(mrkdwn(t)))
    alert = {"type": "mrkdwn", "text": mrkdwn(text).strip() or escape.EMPTY, "verbatim": True}
    read = [part for part in reply.parts if not isinstance(part, Actions)]
    whole = [Paragraph(reply.text)] if cut else []
    level = "error" if failed else "success" if reply.changed else "warning"
    return {
        "type": "modal",
        "title": plain("Not done" if failed else "Done" if reply.changed else "Nothing changed", limits.VIEW_TITLE),
        "close": plain("Close", limits.VIEW_TITLE),
        "blocks": [
            {"type": "alert", "level": level, "text": alert},
            *part_blocks([*whole, *read]),
        ],
    }


def reading(reply: Reply) -> Block:
    """A modal that is only read: an answer to what was pressed where no message can stand."""
    read = [part for part in reply.parts if not isinstance(part, Actions)]
    begins = bool(read) and isinstance(read[0], Heading | Paragraph)
    return {
        "type": "modal",
        "title": plain("Sagewatch", limits.VIEW_TITLE),
        "close": plain("Close", limits.VIEW_TITLE),
        "blocks": part_blocks(read if begins else [Paragraph(reply.text), *read])
        or part_blocks([Paragraph((escape.EMPTY,))]),
    }


def errors(found: Mapping[str, str]) -> Block:
    """The acknowledgement that keeps a form open and shows what is wrong, by field."""
    shown = {n: escape.shorten(escape.line(text), limits.INPUT_LABEL) or escape.EMPTY for n, text in found.items()}
    return {"response_action": "errors", "errors": shown}


def values(state: Mapping[str, Any]) -> dict[str, str]:
    """The answers in a submitted view's `state`, by field; unanswered ones are left out, choices joined by commas.

    Raises ValueError for what is no view's state.
    """
    try:
        answers = {name: _answer(next(iter(found.values()), {})) for name, found in state.get("values", {}).items()}
    except (AttributeError, LookupError, TypeError):
        raise ValueError("no view's state") from None
    return {name: answer for name, answer in answers.items() if answer}


def _answer(element: Mapping[str, Any]) -> str:
    if "selected_options" in element:
        return ",".join(str(option["value"]) for option in element["selected_options"] or ())
    if "selected_option" in element:
        return str((element["selected_option"] or {}).get("value", ""))
    return str(element.get("value") or element.get("selected_date") or element.get("selected_user") or "")


def _carried(character: str) -> str:
    """Itself, or JSON's escape for what Slack or a client might take out."""
    return character if escape.clean(character) == character else json.dumps(character)[1:-1]


def _input(one: Field) -> Block:
    made: Block = {
        "type": "input",
        "block_id": one.name,
        "label": plain(one.label, limits.INPUT_LABEL),
        "optional": one.optional,
        "element": _element(one),
    }
    return {**made, "hint": plain(one.hint, limits.INPUT_LABEL)} if one.hint else made


def _element(one: Field) -> Block:
    match one:
        case TextField():
            return _text(one)
        case ChoiceField():
            options = _options(one.options, limits.SELECT_OPTIONS, one.name)
            chosen = [option for option in options if option["value"] == one.initial]
            element: Block = {"type": "static_select", "action_id": "value", "options": options}
            return {**element, "initial_option": chosen[0]} if chosen else element
        case ChoicesField():
            options = _options(one.options, limits.CHECKBOXES, one.name)
            ticked = [option for option in options if option["value"] in one.initial]
            element = {"type": "checkboxes", "action_id": "value", "options": options}
            return {**element, "initial_options": ticked} if ticked else element
        case DateField():
            picker: Block = {"type": "datepicker", "action_id": "value"}
            return {**picker, "initial_date": one.initial} if _is_day(one.initial) else picker
        case UserField():
            people: Block = {"type": "users_select", "action_id": "value"}
            return {**people, "initial_user": one.initial} if is_person(one.initial) else people


def _is_day(word: str) -> bool:
    """As Slack writes one; it refuses the whole form for another."""
    try:
        return date.fromisoformat(word).isoformat() == word
    except ValueError:
        return False


def _text(one: TextField) -> Block:
    most = min(max(one.max_chars, 1), limits.INPUT_TEXT)
    initial = escape.clean(one.initial)[:most]
    return {
        "type": "plain_text_input",
        "action_id": "value",
        "multiline": one.multiline,
        "max_length": most,
        **({"initial_value": initial} if initial else {}),
        **({"placeholder": plain(one.placeholder, limits.PLACEHOLDER)} if one.placeholder else {}),
    }


def _options(options: Iterable[tuple[str, str]], most: int, name: str) -> list[Block]:
    """Raises ValueError where Slack would refuse: none, too many, or a value that it does not keep as it is."""
    made: list[Block] = [{"text": plain(label, limits.OPTION_TEXT), "value": value} for label, value in options]
    if not 1 <= len(made) <= most:
        raise ValueError(f"field {name}: {len(made)} options, 1 to {most} fit")
    if any(not 1 <= len(option["value"]) <= limits.OPTION_VALUE for option in made):
        raise ValueError(f"field {name}: an option's value has 1 to {limits.OPTION_VALUE} characters")
    if any(escape.clean(option["value"]) != option["value"] for option in made):
        raise ValueError(f"field {name}: an option's value has characters that are not kept")
    return made

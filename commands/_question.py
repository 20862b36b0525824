"""What somebody typed after `/ml ask`, as values of the question's parameters; or the form that asks for them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.errors import BadRequest
from bot.model.question import Parameter, Question, Questions, Value
from bot.model.reply import DateField, Field, Form, Note, TextField
from bot.parse import quoted, suggestion, words
from bot.questions.kinds import MOST_TEXT, read

MOST_TITLE = 24
"""Characters (Slack: a modal's title)."""
_HINTS = {
    "event": "Such as CreateEndpoint.",
    "account": "Twelve digits.",
    "duration": "Such as 15m, 24h or 7d.",
    "person": "As the trail has it.",
}


def named(name: str, questions: Questions) -> Question:
    """Raises BadRequest with the nearest one, or with the setting that allows it."""
    found = questions.by_name.get(name.lower())
    if found is None:
        raise BadRequest(f"there is no question {name}{suggestion(name, questions.by_name)}", "/ml ask lists them.")
    if questions.off(found):
        raise BadRequest(
            f"{found.name} is about one person's activity and is off here",
            f"Where that is allowed, whoever runs this bot sets {found.setting} = true.",
        )
    return found


def typed(question: Question, text: str) -> Mapping[str, str]:
    """Words by parameter: those without a name go to what must be given, in order. Raises BadRequest."""
    names = [p.name for p in question.parameters]
    found: dict[str, str] = {}
    free = [p.name for p in question.parameters if p.default is None] or names
    for word in words(text, names):
        name, equals, _ = word.text.removeprefix("--").partition("=")
        if word.name:
            found[word.name] = word.text
        elif equals and name.isidentifier():
            raise BadRequest(f"{question.name} has no {name}={suggestion(name, names)}", _takes(question))
        elif left := [n for n in free if n not in found]:
            found[left[0]] = word.text
        else:
            raise BadRequest(f"{word.text} is not understood here", _takes(question))
    return found


def _takes(question: Question) -> str:
    named_ = ", ".join(f"{p.name}=" for p in question.parameters)
    return f"It takes {named_ or 'no values of its own'}, since=, until=, account= and region=."


def values(question: Question, given: Mapping[str, str]) -> Mapping[str, Value] | None:
    """Every parameter's value; None where one is missing. Raises BadRequest about the one that does not fit."""
    found: dict[str, Value] = {}
    for parameter in question.parameters:
        if parameter.name in given:
            found[parameter.name] = read(parameter, given[parameter.name])
        elif parameter.default is not None:
            found[parameter.name] = parameter.default
        else:
            return None
    return found


def line(question: Question, given: Mapping[str, str], narrowing: str) -> str:
    """The same as typed, for buttons."""
    pairs = (f"{name}={quoted(word)}" for name, word in given.items())
    return " ".join(filter(None, ("ask", question.name, *pairs, narrowing)))


def form(question: Question, given: Mapping[str, str], narrowing: str, since: timedelta) -> Form:
    """Every parameter's field, and how far to look back."""
    hours = round(since.total_seconds() / 3600)
    back = TextField("since", "How far back", initial=f"{hours}h" if hours % 24 else f"{hours // 24}d", max_chars=20)
    fields: Sequence[Field] = (*(_field(p, given.get(p.name, "")) for p in question.parameters), back)
    intro = (Note((question.asks,)),)
    sends = " ".join(filter(None, ("ask", question.name, narrowing)))
    return Form(_cut(question.title), sends, tuple(fields), "Ask", intro)


def _cut(title: str) -> str:
    """As much of a title as a form's has room for, in whole words."""
    if len(title) <= MOST_TITLE:
        return title
    return f"{title[:MOST_TITLE].rpartition(' ')[0] or title[: MOST_TITLE - 1]}…"


def _field(parameter: Parameter, given: str) -> Field:
    label = f"{parameter.label[:1].upper()}{parameter.label[1:]}"
    initial = given or str(parameter.default if parameter.default is not None else "")
    optional = parameter.default is not None
    if parameter.kind == "day":
        return DateField(parameter.name, label, initial, optional=optional)
    hint = _HINTS.get(parameter.kind, "")
    if parameter.kind == "integer":
        hint = f"{parameter.low} to {parameter.high}."
    return TextField(parameter.name, label, optional, initial=initial, hint=hint, max_chars=MOST_TEXT)

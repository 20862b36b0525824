"""Replies and forms with every part and field that there is, all of whose words are hostile."""

from collections.abc import Iterator
from typing import Any, Literal, get_args

from bot.model.reply import (
    Actions,
    Bold,
    Cell,
    Chart,
    ChoiceField,
    ChoicesField,
    Code,
    Column,
    Confirm,
    DateField,
    Facts,
    Form,
    Group,
    Heading,
    Line,
    Link,
    Menu,
    Note,
    Number,
    Paragraph,
    Part,
    Press,
    Reply,
    Rule,
    Table,
    TextField,
    Time,
    User,
    UserField,
)
from bot.slack.payload import Does
from sandbox.fakes import at
from sandbox.fakes_hostile import OWNER, Words


def parts(words: Words) -> Iterator[Reply]:
    """Every part that a later command may use, in all its fields."""

    def press() -> Press:
        confirm = Confirm(*words.many(4)) if words.any.random() < 0.3 else None
        styles: tuple[Literal["", "primary", "danger"], ...] = ("", "primary", "danger")
        does, style = words.any.choice(get_args(Does)), words.any.choice(styles)
        return Press(words(), words(), does, style, confirm)

    def text() -> Any:
        url = (
            words.any.choice(("https://a.example/", "https://a.example/", "javascript:", "mailto:", "slack://"))
            + words()
        )
        kinds = (Bold(words()), Code(words()), Link(url, words()), User(words.person(), True), Group(words() + "!"))
        return (words(), *words.any.sample(kinds, 2), Time(at(words.any.randint(0, 99))))

    def cell() -> Cell:
        return words.any.choice(
            (words(), Number(words.any.choice((0.5, float("nan"), -1e301)), words()), text(), press())
        )

    columns = tuple(Column(words(), words.any.choice(("left", "right"))) for _ in range(words.any.randint(0, 22)))
    rows = tuple(tuple(cell() for _ in columns[: words.any.randint(0, 22)]) for _ in range(words.any.randint(0, 5)))
    table = Table(words(), columns, rows, total=words.any.choice((None, 999)))
    points = words.any.randint(0, 22)
    lines = tuple(Line(words(), tuple(words.any.uniform(-1, 1) for _ in range(points))) for _ in range(7))
    charts = [
        Chart(words(), words.many(points), lines, words(), words(), words.any.choice(("line", "bar", "area")))
    ] * 3
    menus = (Menu(tuple(press() for _ in range(n)), words()) for n in (1, 4, 7))
    facts = Facts(((words(), text()), (words(), text())))
    every: list[Part] = [
        Heading(words()),
        Paragraph(text()),
        facts,
        Note(text()),
        Rule(),
        table,
        *charts,
        Actions((press(), *menus)),
    ]
    words.any.shuffle(every)
    yield Reply(text(), tuple(every), (text(),))


def _printable(text: str) -> str:
    return "".join(filter(str.isprintable, text))


def forms(words: Words) -> Iterator[Form]:
    """Every field, in all its fields; an option's value is what the code says, so it can be carried."""
    options = tuple((words(), f"{n}{_printable(words())[:99]}") for n in range(words.any.randint(1, 10)))
    fields = (
        TextField(
            "a", words(), placeholder=words(), hint=words(), initial=words(), max_chars=words.any.randint(0, 9999)
        ),
        ChoiceField("b", words(), options, options[0][1], words()),
        ChoicesField("c", words(), options, (options[0][1],), words()),
        DateField("d", words(), words.any.choice((words(), "2026-11-27")), words()),
        UserField("e", words(), words.any.choice((words(), OWNER)), words()),
    )
    yield Form(words(), words()[:900], fields, words(), (Note((words(),)), Heading(words())))

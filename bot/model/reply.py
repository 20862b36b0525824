"""An answer, whatever will show it: Slack's blocks, plain text or CSV.

A plain `str` anywhere in here is untrusted text: the renderer escapes it. What is more than text is one of the
classes below, so markup can only come from code.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Bold:
    """Emphasis."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A name or a command as typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Time:
    """An instant (aware, UTC), shown in the reader's zone."""

    at: datetime
    style: Literal["time", "date", "both", "ago"] = "both"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody in Slack, by id. `mention` notifies them; without it only the name is shown."""

    id: str
    mention: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A user group, by id: showing it notifies its members."""

    id: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link of our own making (console, runbook)."""

    url: str
    text: str


Inline = str | Bold | Code | Time | User | Group | Link
Text = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asks before a button acts."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"


@dataclass(frozen=True, slots=True)
class Press:
    """A button or a menu's item: it carries a command line.

    `run` runs it as whoever presses and replaces the answer that it stands on; `act` runs it and leaves the
    message (a card edits itself), telling the presser privately; `form` opens the form that the line names;
    `share` runs it with the presser's rights and shows the answer to the channel; `file` brings its tables as CSV.
    """

    label: str
    line: str
    does: Literal["run", "act", "form", "share", "file"] = "run"
    style: Literal["", "primary", "danger"] = ""
    confirm: Confirm | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """A small menu beside the buttons (Slack's overflow: 2 to 5 items)."""

    items: tuple[Press, ...]
    label: str = "More"


@dataclass(frozen=True, slots=True)
class Heading:
    """A title line."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Text


@dataclass(frozen=True, slots=True)
class Facts:
    """Labelled values, two abreast where there is room."""

    items: tuple[tuple[str, Text], ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Small print."""

    text: Text


@dataclass(frozen=True, slots=True)
class Rule:
    """A dividing line."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number and how it is written; sorts by `value`."""

    value: float
    text: str


Cell = str | Number | Time | Text | Press


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; a unit stands in its title, as in `Latency (ms)`."""

    title: str
    align: Literal["left", "right"] = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length. `caption` says what they are; `total` how many there are if not all are here."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    page_size: int = 10
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart: one value for each of its categories. A `limit` is no measurement, a `band` no one series."""

    name: str
    values: tuple[float, ...]
    role: Literal["seen", "limit", "band"] = "seen"


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over time, or over names. What it shows must stand in words beside it: not every reader sees charts."""

    title: str
    categories: tuple[str, ...]
    """Labels in their order, none twice; a time is written as its readers read it, and `x_label` names the zone."""
    lines: tuple[Line, ...]
    x_label: str = ""
    y_label: str = ""
    """What is measured, with its unit."""
    shape: Literal["line", "bar", "area"] = "line"


@dataclass(frozen=True, slots=True)
class Actions:
    """Buttons and menus in one line; at most one is primary."""

    items: tuple[Press | Menu, ...]


Part = Heading | Paragraph | Facts | Note | Rule | Table | Chart | Actions


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `text` states the point: it is the notification, and what readers without blocks get."""

    text: Text
    parts: tuple[Part, ...] = ()
    footer: tuple[Text, ...] = ()
    """Who answered, how long it took, who did not and what to do about it."""
    shareable: bool = True
    """Whether **Share here** is offered; what auditors ask never is."""
    private: bool = False
    """Shown to whoever asked alone, wherever it was asked."""
    quiet: bool = False
    """After a press on a card: the card says it, so the presser is told nothing."""
    changed: bool = True
    """False when an act changed nothing, and the text says why."""
    files: Literal["own", "thread", "none"] = "own"
    """Where its tables go as CSV: to whoever presses, under the message that was pressed (for all there), nowhere."""


@dataclass(frozen=True, slots=True)
class TextField:
    """A line or a box of text; `max_chars` at most 3,000 (Slack)."""

    name: str
    label: str
    optional: bool = False
    placeholder: str = ""
    hint: str = ""
    initial: str = ""
    multiline: bool = False
    max_chars: int = 500


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """One of several (label, value); a select."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    initial: str = ""
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ChoicesField:
    """Any of at most ten (label, value); checkboxes. The value is the chosen ones joined by commas."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    initial: tuple[str, ...] = ()
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class DateField:
    """A day, as `2026-11-20`; a date picker."""

    name: str
    label: str
    initial: str = ""
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class UserField:
    """Somebody of the workspace, by id; a picker. Whoever is picked has no rights by that."""

    name: str
    label: str
    initial: str = ""
    hint: str = ""
    optional: bool = False


Field = TextField | ChoiceField | ChoicesField | DateField | UserField


@dataclass(frozen=True, slots=True)
class Form:
    """A form: sending it runs `line` with the fields as `name=value`."""

    title: str
    """At most 24 characters (Slack)."""
    line: str
    fields: tuple[Field, ...]
    submit: str = "Save"
    """Empty: the form is only read."""
    intro: tuple[Part, ...] = field(default=())

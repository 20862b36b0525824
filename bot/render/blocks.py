"""A Reply as a Slack message: once with everything, once with what every client and every check knows."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.model.reply import Actions, Chart, Facts, Heading, Note, Paragraph, Part, Reply, Rule, Table, Text
from bot.render import actions, charts, curves, escape, fence, limits, tables
from bot.render.actions import Ids
from bot.render.inline import Block, Names, fit, mrkdwn, nameless, rich


@dataclass(frozen=True, slots=True)
class Message:
    """What chat.postMessage takes. `text` is the notification; `fallback` is for when Slack refuses the blocks."""

    text: str
    blocks: list[Block]
    fallback: "Message | None" = None


def message(reply: Reply, *, prefix: str = "ml", stamp: str = "", names: Names = nameless) -> Message:
    """Both renderings, each within every limit of `limits`; what is cut says so.

    Block ids begin with the stamp (a new one per edit, at most 200 characters), or with a digest of the reply.
    """
    stamp = escape.shorten(escape.line(stamp), 200) or f"{zlib.crc32(repr(reply).encode(errors='replace')):08x}"
    text, _ = fit(reply.text, limits.MESSAGE_TEXT, lambda t: len(mrkdwn(t, names)))
    said = mrkdwn(text, names).strip() or escape.EMPTY
    full, plain = (_Sheet(Ids(prefix), names, modern=modern).blocks(reply, stamp) for modern in (True, False))
    return Message(said, full, Message(said, plain))


def part_blocks(parts: Sequence[Part], *, prefix: str = "ml", names: Names = nameless) -> list[Block]:
    """Parts as a modal takes them: without `data_table` and `data_visualization`, which views refuse."""
    return _Sheet(Ids(prefix), names, modern=False).lay(tuple(parts))


_FIRST = {Actions: 0, Heading: 1, Paragraph: 2, Facts: 2, Note: 2, Rule: 3, Chart: 4, Table: 5}
"""Who gets room first: what can be pressed is never cut for what can be read, tables take what is left."""
_CUT = "Cut to fit one Slack message."
_IN_WORDS = f"Slack draws {limits.CHARTS} charts a message: this one stands in words."


class _Sheet:
    """One rendering of one reply, and the room that is left."""

    def __init__(self, ids: Ids, names: Names, *, modern: bool) -> None:
        self._ids = ids
        self._names = names
        self._modern = modern
        self._tables = 0
        self._charts = 0
        self._cut = False
        self._chars = limits.MESSAGE_CHARS - len(_CUT)
        self._count = limits.MESSAGE_BLOCKS - 1

    def blocks(self, reply: Reply, stamp: str) -> list[Block]:
        """The reply's blocks, each with its id."""
        made = self.lay((*_with_point(reply), *_footer(reply)))
        return [{**block, "block_id": f"{stamp}:{number}"} for number, block in enumerate(made)]

    def lay(self, parts: tuple[Part, ...]) -> list[Block]:
        """Blocks in the parts' order, room given in the order of `_FIRST`."""
        drawn: dict[int, list[Block]] = {}
        for index in sorted(range(len(parts)), key=lambda i: _FIRST[type(parts[i])]):
            drawn[index] = self._take(self._draw(parts[index]))
        if self._cut or self._ids.lost:
            drawn[len(parts)] = [_small(_CUT)]
        return [block for index in sorted(drawn) for block in drawn[index]]

    def _take(self, blocks: list[Block]) -> list[Block]:
        """Those of the blocks for which there is room."""
        kept: list[Block] = []
        for block in blocks:
            cost = tables.visible(block)
            if cost > self._chars or not self._count:
                self._cut = True
                continue
            self._chars -= cost
            self._count -= 1
            kept.append(block)
        return kept

    def _draw(self, part: Part) -> list[Block]:  # noqa: C901, PLR0911  # one return per kind of part
        match part:
            case Heading():
                title = {"type": "header", "text": actions.plain(part.text, limits.HEADER)}
                return [title] if escape.line(part.text) else []
            case Paragraph():
                return self._paragraph(part.text)
            case Facts():
                return self._facts(part)
            case Note():
                said = self._fit(part.text, limits.CONTEXT_TEXT)
                return [_small(said)] if said else []
            case Rule():
                return [{"type": "divider"}]
            case Table():
                return self._table(part)
            case Chart():
                return self._chart(part)
            case Actions():
                return actions.rows(actions.elements(part, self._ids))

    def _paragraph(self, text: Text) -> list[Block]:
        if not self._modern:
            said = self._fit(text, limits.SECTION)
            return [{"type": "section", "text": _mrkdwn(said), "expand": True}] if said else []
        kept, cut = fit(text, self._chars, lambda t: tables.visible(rich(t, self._names)))
        self._cut = self._cut or cut
        found = rich(kept, self._names)
        if not any(element.get("text", "x").strip() for element in found):
            return []
        return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": found}]}]

    def _facts(self, facts: Facts) -> list[Block]:
        fields = [_mrkdwn(text) for label, value in facts.items if (text := self._fact(label, value))]
        chunks = [fields[i : i + limits.FIELDS] for i in range(0, len(fields), limits.FIELDS)]
        return [{"type": "section", "fields": chunk} for chunk in chunks]

    def _fact(self, label: str, value: Text) -> str:
        head = f"*{escape.inert(escape.shorten(escape.line(label), 200)) or escape.EMPTY}*\n"
        return head + (self._fit(value, limits.FIELD - len(head)) or escape.EMPTY)

    def _table(self, table: Table) -> list[Block]:
        name = escape.line(table.caption) or "Rows"
        if not table.rows or not table.columns:
            return self._paragraph((f"{name}: none.",))
        room = self._chars - 400  # the caption, the sentence on what is left out, the select's placeholder
        modern = self._modern and self._tables < limits.TABLES
        self._tables += 1
        drawn = (
            tables.data_table(table, room, self._ids, self._names)
            if modern
            else tables.text_table(table, room, self._ids, self._names)
        )
        title = [] if modern and drawn.blocks else [_small(mrkdwn((escape.shorten(name, limits.TABLE_CAPTION),)))]
        missing = tables.left_out(table, drawn.shown)
        return [*title, *drawn.blocks, *([_small(missing)] if missing else [])]

    def _chart(self, chart: Chart) -> list[Block]:
        made = charts.fitted(chart)
        missing = [_small(mrkdwn((made.left_out,)))] if made.left_out else []
        if not made.chart.lines:
            return [*self._paragraph((f"{made.chart.title}: nothing to draw.",)), *missing]
        self._charts += self._modern
        block = charts.visualization(made.chart)
        if self._modern and self._charts <= limits.CHARTS and tables.visible(block) <= self._chars:
            return [block, *missing]
        third = [_small(_IN_WORDS)] if self._charts > limits.CHARTS else []
        lines = [fence.escaped(one) for one in curves.in_words(made.chart)]
        return [_small(mrkdwn((curves.headline(made.chart),))), *fence.sections(lines), *missing, *third]

    def _fit(self, text: Text, limit: int) -> str:
        """As mrkdwn, within the limit and the room that is left."""
        kept, cut = fit(text, min(limit, self._chars), lambda t: len(mrkdwn(t, self._names)))
        self._cut = self._cut or cut
        return mrkdwn(kept, self._names).strip()


def _with_point(reply: Reply) -> tuple[Part, ...]:
    """The parts; those that do not begin with words begin with the reply's text."""
    if reply.parts and isinstance(reply.parts[0], Heading | Paragraph):
        return reply.parts
    return (Paragraph(reply.text), *reply.parts)


def _footer(reply: Reply) -> tuple[Part, ...]:
    """The footer's texts, a line each."""
    lines: list[Text] = [(*text, "\n") for text in reply.footer if text]
    return (Note(tuple(part for line in lines for part in line)),) if lines else ()


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _small(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}

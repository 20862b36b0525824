"""An answer's tables as CSV: into the presser's conversation with the bot, or under the message that was pressed."""

from collections.abc import Callable
from datetime import datetime

from bot.dispatch import Answer
from bot.errors import BotError, ChatError, Unconfirmed
from bot.log import LOG
from bot.model.reply import Reply, Table
from bot.render import csv_bytes, escape, limits
from bot.slack.chat import SlackChat
from bot.slack.files import File
from bot.slack.payload import Click
from bot.wording import told

MOST_ROWS = 100_000
"""Rows in a file: more are no answer but an export, and are made in memory."""
_AGAIN = "Press it again in a moment."
_LOOK = "Look for it before you press again."


class Filing:
    """Brings files and says what came of it. `unfit` says why nothing may be shown to all in a channel."""

    def __init__(self, chat: SlackChat, unfit: Callable[[str], BotError | None]) -> None:
        self._chat = chat
        self._unfit = unfit

    def bring(self, pressed: Click, answer: Answer) -> Reply:
        """What the presser is told: that the file is there and where, or why it is not and what to do."""
        content = answer.content
        tables = [part for part in content.parts if isinstance(part, Table)] if isinstance(content, Reply) else []
        if not isinstance(content, Reply) or not any(table.rows for table in tables):
            return _said("There is no table in that answer now, so there is no file.")
        in_thread = content.files == "thread" and bool(pressed.thread_ts) and not pressed.private
        if in_thread and (no := self._unfit(pressed.channel_id)):
            return told(no)
        try:
            sent = self._chat.files.upload(self._files(tables, answer))
            channel_id = pressed.channel_id if in_thread else self._chat.files.conversation(pressed.user_id)
        except ChatError as error:
            return _not_there(error)
        try:
            self._chat.files.share(sent, channel_id, self._heading(content), pressed.thread_ts if in_thread else None)
        except Unconfirmed as error:
            return told(BotError(f"The CSV may or may not have come. {error.cause}", _LOOK))
        except ChatError as error:
            return _not_there(error)
        where = "in the thread" if in_thread else "in your messages with Sagewatch"
        return _said(f"The CSV is {where}.{_cut(tables)}")

    def _files(self, tables: list[Table], answer: Answer) -> list[File]:
        """One for each table with rows; names hold nothing that anybody else wrote."""
        found = [table for table in tables if table.rows]
        stem = f"sagewatch-{answer.name or 'answer'}{_stamp(answer.at)}"
        made = []
        for number, table in enumerate(found, start=1):
            title = escape.shorten(escape.line(table.caption), limits.TABLE_CAPTION) or "Rows"
            name = f"{stem}{f'-{number}' if len(found) > 1 else ''}.csv"
            made.append(File(name, title, csv_bytes(_within(table), self._chat.names)))
        return made

    def _heading(self, content: Reply) -> list[dict[str, object]]:
        """The answer's point, in blocks that every client knows."""
        drawn = self._chat.drawn(Reply(content.text, shareable=False))
        return (drawn.fallback or drawn).blocks


def _within(table: Table) -> Table:
    return Table(table.caption, table.columns, table.rows[:MOST_ROWS])


def _cut(tables: list[Table]) -> str:
    """That rows are missing, where they are."""
    most = max(max(len(table.rows), table.total or 0) for table in tables)
    kept = max(min(len(table.rows), MOST_ROWS) for table in tables)
    return f" It has {kept:,} of {most:,} rows: ask for a shorter time to have all." if most > kept else ""


def _stamp(at: datetime | None) -> str:
    """`-2026-11-25T0902Z`: a colon is not allowed in a name on Windows."""
    return f"-{at:%Y-%m-%dT%H%MZ}" if at else ""


def _not_there(error: ChatError) -> Reply:
    LOG.warning("file not brought", cause=error.cause)
    return told(BotError(f"The CSV did not come. {error.cause}", error.next_step or _AGAIN))


def _said(text: str) -> Reply:
    return Reply((text,), shareable=False)

"""`/ml doctor`: what of the installation works, what does not, and what to do about it."""

from bot.kit import command
from bot.model.checkup import Check
from bot.model.reply import Actions, Cell, Code, Column, Inline, Press, Reply, Table, Text
from bot.ports import Ask, Checkup
from bot.setup.doctor import WORDS, counts, in_order
from commands._table import fitting

COLUMNS = (Column("State"), Column("Area"), Column("About"), Column("What"), Column("What to do"))


@command("doctor", role="admin", example="doctor account={account}")
def doctor(checkup: Checkup, ask: Ask) -> Reply:
    """What of the installation works, and what to do about the rest.

    Rights, links, telemetry, Slack, channels, roles, clock, database, outbox, processes: each with its next step.
    """
    checks = in_order(checkup.checks())
    rows = tuple(_row(check) for check in fitting(checks, ask))
    table = Table("What was looked at, worst first", COLUMNS, rows, page_size=20, total=len(checks))
    again = Press("Run Again", f"doctor {ask.narrowing}".strip())
    return Reply((counts(checks),), (table, Actions((again,))))


def _row(check: Check) -> tuple[Cell, ...]:
    return (WORDS[check.status], check.area, check.subject, _coded(check.said), _coded(check.next_step))


def _coded(words: str) -> Text:
    """What stands between backticks as code."""
    pieces = words.split("`")
    if len(pieces) % 2 == 0:
        return (words,)
    parts: list[Inline] = [Code(piece) if at % 2 else piece for at, piece in enumerate(pieces) if piece]
    return tuple(parts)

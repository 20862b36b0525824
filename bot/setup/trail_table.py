"""The statement that makes the table over the trail's log files, with what is to be known beside it."""

from collections.abc import Iterator

from bot.logic.trail_layout import TrailFound, ddl
from bot.settings import TrailPart

UNNAMED = "observability.trail"
"""What the table is called where the settings do not say."""


def statement(part: TrailPart, found: TrailFound) -> str:
    """Athena's SQL; what is no SQL stands in comments."""
    name = part.table or UNNAMED
    layout = found.layout
    made = ddl(layout, name, found.accounts, found.regions, found.since)
    return "\n".join([*_notes(found), f"CREATE DATABASE IF NOT EXISTS {name.partition('.')[0]};", "", f"{made};", ""])


def _notes(found: TrailFound) -> Iterator[str]:
    layout = found.layout
    yield f"-- {layout.kind}: s3://{layout.bucket}/{layout.root}"
    yield f"-- {len(found.accounts):,} accounts, Regions {', '.join(found.regions) or 'none yet'}"
    for other in found.others:
        yield f"-- beside it, not in this table: {other.kind}, s3://{other.bucket}/{other.root}"

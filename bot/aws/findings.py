"""Model Monitor's violations, read into findings. They are another account's words: each is checked, none believed.

The schema is that of `constraint_violations.json`, which all four monitor types share in the main (AWS docs: "Schema
for violations", "Bias drift violations", "Model feature attribution drift violations"). The numbers behind a violation
lie in other files, one module per type: `findings_model`, `findings_data`, `findings_bias`, `findings_explainability`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.errors import Malformed
from bot.logic.plain import number, plain
from bot.model.observation import Finding, Reading, Row, Verdict

MOST_FINDINGS = 2000
"""A report that lists more is not read: nobody reads them either, and a row is kept for each."""
MOST_CHARACTERS = 200
"""Of a metric's or check's name; CloudWatch's own metric names end at 255."""
MOST_NOTE_CHARACTERS = 1000

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of `violations`."""

    row: Row
    note: str

    def bad(self, reading: Reading) -> Finding:
        """The finding, with the numbers that another file gives."""
        return Finding(self.row, Verdict.BAD, reading, self.note)


def document(body: bytes) -> Document:
    """The JSON object in a file. Raises Malformed."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("it is not JSON") from None
    if not isinstance(read, dict):
        raise Malformed("it holds no JSON object")
    return read


def violations(report: Document) -> tuple[Listed, ...]:
    """The entries of any monitor's violations, each row once. Raises Malformed rather than leave one out."""
    entries = report.get("violations")
    if not isinstance(entries, list):
        raise Malformed("it lists no violations")
    if len(entries) > MOST_FINDINGS:
        raise Malformed(f"it lists more than {MOST_FINDINGS} violations")
    listed = [_listed(entry) for entry in entries]
    return tuple({one.row: one for one in reversed(listed)}.values())[::-1]


def named(listed: Iterable[Listed]) -> tuple[Finding, ...]:
    """Violations as the monitor words them, without numbers: their wording differs by container and is not parsed."""
    return tuple(one.bad(Reading()) for one in listed)


def samples_of(statistics: Document) -> int | None:
    """How many records the statistics were computed from."""
    return whole(section(statistics, "dataset").get("item_count"))


def whole(value: object) -> int | None:
    """A count: statistics write it as `468` or `468.0`."""
    count = number(value)
    return int(count) if count is not None and count >= 0 and count == int(count) else None


def section(file: Document, key: str) -> Document:
    """An object within a file; an empty one where there is none."""
    value = file.get(key)
    return value if isinstance(value, dict) else {}


def objects(value: object) -> tuple[Document, ...]:
    """The objects of a list, as many as a report may list; whatever else it holds is passed over."""
    return tuple(one for one in value[:MOST_FINDINGS] if isinstance(one, dict)) if isinstance(value, list) else ()


def row_of(name: str, check: str, part: str = "") -> Row:
    """A row, its names bounded; `part` is the facet or label that it is about."""
    return Row(short(name + part), short(check))


def facet(name: object, value: object) -> str:
    """Which people a bias metric is about: ` [Sex=0]`; empty for none."""
    if not isinstance(name, str):
        return ""
    return f" [{name}={value}]" if isinstance(value, str | int | float) else f" [{name}]"


def label(name: str) -> str:
    """Which output of the model attributions are about: ` [label0]`."""
    return f" [{name}]"


def short(text: str) -> str:
    """A name that is fit to keep."""
    return plain(text, MOST_CHARACTERS)


def _listed(entry: object) -> Listed:
    if not isinstance(entry, dict):
        raise Malformed("an entry is no violation")
    name = entry.get("metric_name", entry.get("feature_name"))
    check = entry.get("constraint_check_type")
    if not (isinstance(name, str) and name and isinstance(check, str) and check):
        raise Malformed("a violation names no metric or check")
    note = plain(entry.get("description"), MOST_NOTE_CHARACTERS).strip()
    return Listed(row_of(name, check, _part(entry)), note)


def _part(entry: Document) -> str:
    """Which facet (bias) or label (explainability) of a metric an entry is about."""
    said = entry.get("label")
    return facet(entry.get("facet"), entry.get("facet_value")) or (label(said) if isinstance(said, str) else "")

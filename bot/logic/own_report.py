"""`sagewatch.report/v1`, the JSON in which any monitor can say what it found; docs/report.schema.json has its rules.

Everything in it is another's word: what does not fit is refused with the place where it stands, nothing is guessed.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.errors import Malformed
from bot.logic.constraints import Side, sided
from bot.logic.strict import ACCOUNT, REGION, Part
from bot.model.observation import Finding, Reading, Row, Verdict, Window
from bot.model.place import Family
from bot.model.report import Document

SCHEMA: Final = "sagewatch.report/v1"
FAMILIES: Final = tuple(f for f in Family if f is not Family.GOVERNANCE)
"""What a monitor can speak of."""
MOST_FINDINGS: Final = 2000
MOST_NOTE: Final = 1000
MOST_ARN: Final = 512
MOST_MINUTES: Final = 31 * 24 * 60
MOST_SAMPLES: Final = 10**15
SKEW: Final = timedelta(minutes=5)
"""How far a monitor's clock may be ahead of the one that saw its report."""
_DIRECTIONS: Final = {"at_least": Side.ABOVE, "at_most": Side.BELOW}
_CHECKS: Final = {"at_least": "LessThanThreshold", "at_most": "GreaterThanThreshold"}
"""The names that a bare direction goes by, as Model Monitor's own constraints do."""
_VERDICTS: Final = {v.value: v for v in (Verdict.BAD, Verdict.GOOD, Verdict.BLIND)}
_NEEDED: Final = ("schema", "service", "family", "monitor", "at", "complete", "findings")
_TOP: Final = (*_NEEDED, "id", "account", "region", "window", "cadence_minutes", "samples")
_FINDING: Final = ("metric", "check", "direction", "seen", "limit", "standard_error", "status", "note")


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A report that keeps to the schema. `id`, `account` and `region` are empty where it does not say them."""

    id: str
    service: str
    account: str
    region: str
    family: Family
    monitor: str
    monitor_arn: str
    endpoint: str
    at: datetime
    window: Window | None
    cadence: timedelta | None
    complete: bool
    findings: tuple[Finding, ...]


def read(said: Document) -> OwnReport:
    """What the schema accepts. Raises Malformed, naming the place."""
    report = Part(said)
    report.only(_TOP, _NEEDED)
    if said["schema"] != SCHEMA:
        raise Malformed(f"schema is not {SCHEMA}")
    monitor = report.part("monitor")
    monitor.only(("name", "arn", "endpoint"), ("name",))
    samples = report.whole("samples", 0, MOST_SAMPLES)
    complete = said["complete"]
    if not isinstance(complete, bool):
        raise Malformed("complete is neither true nor false")
    findings = tuple(_finding(part, samples) for part in report.parts("findings", MOST_FINDINGS))
    if not complete and not findings:
        raise Malformed("it is not complete and lists no findings: it says nothing")
    minutes = report.whole("cadence_minutes", 1, MOST_MINUTES)
    return OwnReport(
        id=report.line("id"),
        service=report.line("service"),
        account=report.matched("account", ACCOUNT),
        region=report.matched("region", REGION),
        family=report.one_of("family", {f.value: f for f in FAMILIES}, Family.DATA_QUALITY),
        monitor=monitor.line("name"),
        monitor_arn=monitor.line("arn", MOST_ARN),
        endpoint=monitor.line("endpoint"),
        at=report.moment("at"),
        window=_window(report),
        cadence=None if minutes is None else timedelta(minutes=minutes),
        complete=complete,
        findings=findings,
    )


def refuse_impossible(report: OwnReport, seen_at: datetime) -> None:
    """Raises Malformed for what no schema can say: a time to come, a window that ends first, a row twice."""
    if report.at > seen_at + SKEW:
        raise Malformed(f"at is {report.at:%Y-%m-%d %H:%M} UTC, later than the report itself")
    if report.window and report.window.end <= report.window.start:
        raise Malformed("window ends before it starts")
    twice = [row for row, times in Counter(f.row for f in report.findings).items() if times > 1]
    if twice:
        raise Malformed(f"findings name {twice[0].metric} with the same check twice")


def _window(report: Part) -> Window | None:
    if "window" not in report.said:
        return None
    window = report.part("window")
    window.only(("start", "end"), ("start", "end"))
    return Window(window.moment("start"), window.moment("end"))


def _finding(part: Part, samples: int | None) -> Finding:
    part.only(_FINDING, ("metric",))
    check, direction = part.line("check"), part.one_of("direction", {d: d for d in _DIRECTIONS}, "")
    if not (check or direction):
        raise Malformed(f"{part.path}names neither check nor direction")
    error = part.figure("standard_error")
    if error is not None and error < 0:
        raise Malformed(f"{part.path}standard_error is below 0")
    reading = Reading(part.figure("seen"), part.figure("limit"), error, samples)
    status = part.one_of("status", _VERDICTS, None)
    verdict = status or _derived(part, reading, direction)
    return Finding(Row(part.line("metric"), _check(check, direction)), verdict, reading, part.text("note", MOST_NOTE))


def _check(check: str, direction: str) -> str:
    """A check's own name with its side, so that card and distance know it."""
    if not direction:
        return check
    return sided(check, _DIRECTIONS[direction]) if check else _CHECKS[direction]


def _derived(part: Part, reading: Reading, direction: str) -> Verdict:
    if reading.seen is None or reading.limit is None or not direction:
        raise Malformed(f"{part.path}needs a status, or seen, limit and direction")
    good = reading.seen >= reading.limit if direction == "at_least" else reading.seen <= reading.limit
    return Verdict.GOOD if good else Verdict.BAD

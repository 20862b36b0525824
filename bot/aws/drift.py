"""How far a feature drifted: no report says it, and CloudWatch has it under one of several spellings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from bot.aws.cloudwatch import Place, Way
from bot.aws.drift_points import unmeasured, value, wanted
from bot.aws.kept import Kept
from bot.aws.metrics import Measuring
from bot.errors import SourceError
from bot.log import LOG
from bot.model.monitor import Execution, Report
from bot.model.observation import Row
from bot.ports.ask import Ask

AGAIN_AFTER = timedelta(minutes=5)
KEPT_RUNS = 4096
MOST_S = 5.0
"""Seconds that are waited: a report is an answer without these numbers."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)

Drifts = Mapping[Row, float]
_NONE: Drifts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found of a run, and when it was looked for."""

    at: datetime
    drifts: Drifts

    def is_due(self, run: Execution, now: datetime) -> bool:
        """Whether to look again: metrics come late, but the later the less likely."""
        return now - self.at >= max(AGAIN_AFTER, self.at - run.ended_at)


class Drift:
    """Fills in the numbers of drift that reports lack. No report and no verdict depends on it."""

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring
        self._looked: Kept[str, _Looked] = Kept(KEPT_RUNS)
        self._refused: dict[Place, datetime] = {}

    def filled(self, ask: Ask, runs: Sequence[tuple[Execution, Report]]) -> list[Report]:
        """The reports with what CloudWatch has of their bad drifts; as they were where it has nothing or refuses."""
        due = [(run, report) for run, report in runs if self._is_due(ask, run, report)]
        if due:
            self._look(ask, due)
        return [_with(report, self._known(run)) for run, report in runs]

    def _known(self, run: Execution) -> Drifts:
        looked = self._looked.get(run.id)
        return looked.drifts if looked else _NONE

    def _is_due(self, ask: Ask, run: Execution, report: Report) -> bool:
        """Whether a number lacks that was not just looked for."""
        looked, known = self._looked.get(run.id), self._known(run)
        lacks = any(f.row not in known for f in unmeasured(report))
        return lacks and (looked is None or looked.is_due(run, ask.now))

    def _look(self, ask: Ask, runs: Sequence[tuple[Execution, Report]]) -> None:
        try:
            ways = self._measuring.ways(ask, {(run.account, run.region) for run, _ in runs})
        except SourceError:
            return
        asked = {r.id: (r, report, wanted(r, report, ask.now)) for r, report in runs if self._answers(ask, ways, r)}
        each = [w for _, _, rows in asked.values() for own in rows.values() for w in own]
        said = self._measuring.points.read(ask, each, ways, share=min(0.5, MOST_S / max(ask.left_s(), MOST_S)))
        for run, report, rows in asked.values():
            refused = next((said[w] for own in rows.values() for w in own if isinstance(said[w], SourceError)), None)
            if isinstance(refused, SourceError):
                self._refuse(ask, ways[_place(run)], refused)
                continue
            found = {row: value(report, row, [said[w] for w in own]) for row, own in rows.items()}
            self._looked.put(run.id, _Looked(ask.now, {row: v for row, v in found.items() if v is not None}))

    def _answers(self, ask: Ask, ways: Mapping[Place, Way], run: Execution) -> bool:
        """Whether whoever is asked was not silent just now, and did not just refuse this account."""
        way = ways[_place(run)]
        places = (_place(run), (way.asked.account.id, way.asked.region))
        return all(ask.now - self._refused.get(place, LONG_AGO) >= AGAIN_AFTER for place in places)

    def _refuse(self, ask: Ask, way: Way, error: SourceError) -> None:
        LOG.info("drift not measured", account=way.account.id, region=way.asked.region, cause=error.cause)
        account = way.asked.account if error.retryable else way.account
        self._refused[account.id, way.asked.region] = ask.now


def _place(run: Execution) -> Place:
    return (run.account.id, run.region)


def _with(report: Report, drifts: Drifts) -> Report:
    if not drifts:
        return report
    findings = (
        replace(f, reading=replace(f.reading, seen=drifts[f.row])) if f.row in drifts and f.reading.seen is None else f
        for f in report.findings
    )
    return replace(report, findings=tuple(findings))

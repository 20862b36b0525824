"""Evidently's JSON reports (`Snapshot.json()`, 0.7), read into findings: which columns drifted, and how many.

Evidently writes a value and a threshold for each column and leaves out the verdict. A distance must stay below its
threshold, a p-value above it; which of the two a method gives is told by its source (`calculations/stattests`), and
not always by its name: the "Total-Variation-Distance" is a permutation test's p-value.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from bot.errors import Malformed
from bot.logic.constraints import Side, sided
from bot.logic.plain import number, plain
from bot.model.observation import Finding, Reading, Row, Verdict
from bot.model.report import Document

P_VALUES: Final = frozenset(
    """k-s p_value, chi-square p_value, z-test p_value, anderson-darling, cramer-von mises, cramer-von-mises,
    epps-singleton, fisher's exact test, g_test, mann-whitney u-rank test, t_test, total-variation-distance,
    empirical_mmd, ks, chisquare, z, anderson, cramer_von_mises, es, fisher_exact, mannw, tvd""".replace(
        "\n    ", " "
    ).split(", ")
)
DISTANCES: Final = frozenset(
    """wasserstein distance (normed), jensen-shannon distance, kullback-leibler divergence, psi, hellinger distance,
    energy-distance, absolute text content drift, wasserstein, jensenshannon, kl_div, hellinger, ed,
    abs_text_content_drift""".replace("\n    ", " ").split(", ")
)
UNJUDGED: Final = frozenset({"percentile text content drift", "perc_text_content_drift"})
"""Compared with a percentile that the report does not hold."""
MOST_FINDINGS: Final = 2000
"""As of Model Monitor's reports: a row is kept for each."""
MOST_CHARACTERS: Final = 200
MOST_NOTE_CHARACTERS: Final = 1000
SHARE: Final = Row("drifted columns", sided("share", Side.UNDER))
_STATUS: Final = {"SUCCESS": Verdict.GOOD, "WARNING": Verdict.BAD, "FAIL": Verdict.BAD}
"""Every other status of a test (ERROR, SKIPPED) says that nothing was compared."""


def findings(report: Document) -> tuple[Finding, ...]:
    """One finding per drift that was measured and per test that was run; other metrics have no limit to break.

    Raises Malformed, also where nothing in it is held to a limit.
    """
    metrics, tests = _list(report, "metrics"), _list(report, "tests")
    told = {_target(test): test for test in tests}
    found: dict[Row, Finding] = {}
    for metric in metrics:
        for finding in _measured(metric):
            test = told.pop(_drift_of(finding.row), None)
            found[finding.row] = _decided(finding, test) if test else finding
    for test in tests:
        if _target(test) in told:
            finding = _tested(test)
            found[finding.row] = finding
    if not found:
        raise Malformed("it holds no drift and no test result")
    return tuple(found.values())


def side(method: str) -> tuple[Side, str]:
    """Which side of its threshold a method's value must stay on, and a note where that was guessed by its name."""
    name = method.casefold()
    if name in P_VALUES:
        return Side.ABOVE, ""
    if name in DISTANCES:
        return Side.BELOW, ""
    by_test = any(word in name for word in ("p_value", "p-value", "pvalue", "test"))
    read_as = "p-value: less is drift" if by_test else "distance: more is drift"
    return Side.ABOVE if by_test else Side.BELOW, f"a method that is not known here, read as a {read_as}"


def _list(report: Document, key: str) -> list[dict[str, Any]]:
    said = report.get(key, [])
    if not isinstance(said, list):
        raise Malformed(f"its {key} are no list")
    if len(said) > MOST_FINDINGS:
        raise Malformed(f"it lists more than {MOST_FINDINGS} {key}")
    if not all(isinstance(one, dict) for one in said):
        raise Malformed(f"one of its {key} is no object")
    return said


def _measured(metric: dict[str, Any]) -> Iterator[Finding]:
    """A metric that is held to a limit. Raises Malformed rather than leave out a column."""
    config = metric.get("config")
    kind = str(config.get("type", "")).rpartition(":")[2] if isinstance(config, dict) else ""
    if isinstance(config, dict) and kind == "ValueDrift":
        yield _column(config, metric.get("value"))
    elif isinstance(config, dict) and kind == "DriftedColumnsCount":
        value = metric.get("value")
        share = number(value.get("share")) if isinstance(value, dict) else None
        yield _compared(SHARE, Side.UNDER, Reading(share, number(config.get("drift_share"))))


def _column(config: dict[str, Any], value: object) -> Finding:
    column, method = config.get("column"), config.get("method")
    if not (isinstance(column, str) and column):
        raise Malformed("a drift names no column")
    name = plain(column, MOST_CHARACTERS)
    reading = Reading(number(value), number(config.get("threshold")))
    if not (isinstance(method, str) and method):
        return Finding(Row(name, "drift"), Verdict.BLIND, reading, "the report names no method")
    if method.casefold() in UNJUDGED:
        note = "compared with a percentile that the report does not hold"
        return Finding(Row(name, plain(method, MOST_CHARACTERS)), Verdict.BLIND, Reading(reading.seen), note)
    where, note = side(method)
    return _compared(Row(name, sided(plain(method, MOST_CHARACTERS), where)), where, reading, note)


def _compared(row: Row, wanted: Side, reading: Reading, note: str = "") -> Finding:
    """Good on its side of the limit, blind without two numbers."""
    seen, limit = reading.seen, reading.limit
    if seen is None or limit is None:
        return Finding(row, Verdict.BLIND, reading, note or "nothing was compared: a number lacks")
    over, at = seen > limit, seen == limit
    good = {Side.ABOVE: over or at, Side.UNDER: not (over or at)}.get(wanted, not over)
    return Finding(row, Verdict.GOOD if good else Verdict.BAD, reading, note)


def _target(test: dict[str, Any]) -> tuple[str, str]:
    """What a test is of: (`ValueDrift`, column), (`DriftedColumnsCount`, ""), else itself."""
    config = test.get("metric_config")
    params = config.get("params") if isinstance(config, dict) else None
    kind = str(params.get("type", "")).rpartition(":")[2] if isinstance(params, dict) else ""
    if isinstance(params, dict) and kind == "ValueDrift":
        return kind, plain(params.get("column"), MOST_CHARACTERS)
    if kind == "DriftedColumnsCount":
        return kind, ""
    return "", json.dumps([test.get("id"), test.get("name")], default=str)


def _drift_of(row: Row) -> tuple[str, str]:
    return ("DriftedColumnsCount", "") if row == SHARE else ("ValueDrift", row.metric)


def _decided(finding: Finding, test: dict[str, Any]) -> Finding:
    """Evidently's own verdict stands over ours."""
    verdict = _STATUS.get(str(test.get("status")), Verdict.BLIND)
    note = plain(test.get("description"), MOST_NOTE_CHARACTERS).strip()
    return Finding(finding.row, verdict, finding.reading, note)


def _tested(test: dict[str, Any]) -> Finding:
    name, status = test.get("name"), test.get("status")
    if not (isinstance(name, str) and name and isinstance(status, str)):
        raise Malformed("a test has no name or no status")
    return _decided(Finding(Row(plain(name, MOST_CHARACTERS), "test"), Verdict.BLIND), test)

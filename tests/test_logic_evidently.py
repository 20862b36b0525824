"""Evidently's reports: each value on the right side of its threshold, or a clear reason why not."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Malformed
from bot.logic import evidently
from bot.model.observation import Finding, Reading, Row, Verdict

DATA = Path(__file__).parents[2] / "shared" / "data" / "bank-marketing"
WASSERSTEIN, JENSEN = "Wasserstein distance (normed)", "Jensen-Shannon distance"


def drift(
    method: object = "K-S p_value", value: object = 0.01, threshold: object = 0.05, column: object = "age"
) -> Any:
    """A metric as `Snapshot.json()` writes it."""
    config = {"type": "evidently:metric_v2:ValueDrift", "column": column, "method": method, "threshold": threshold}
    return {"id": "1", "metric_name": f"ValueDrift(column={column})", "config": config, "value": value}


def share(value: object, limit: object = 0.5) -> Any:
    """The share of columns that drifted."""
    config = {"type": "evidently:metric_v2:DriftedColumnsCount", "drift_share": limit}
    return {"id": "2", "metric_name": "DriftedColumnsCount", "config": config, "value": {"count": 1.0, "share": value}}


def ran(status: str, kind: str = "ValueDrift", column: str = "age", name: str = "Value Drift for column age") -> Any:
    """A test's result."""
    params = {"type": f"evidently:metric_v2:{kind}", "column": column}
    config = {"metric_id": "1", "params": params}
    return {"id": "drift", "name": name, "description": "as told", "status": status, "metric_config": config}


def report(*metrics: Any, tests: Any = ()) -> dict[str, Any]:
    """A report."""
    return {"metrics": list(metrics), "tests": list(tests)}


@pytest.mark.parametrize(
    ("name", "bad"),
    [("drift", {"f3": 1.132668047586187, "f4": 0.9822534463932258, "f7": 0.8347597133623537}), ("nodrift", {})],
)
def test_a_real_report_is_read_as_written(name: str, bad: dict[str, float]) -> None:
    """Thirty features and the share, each with its value, threshold and method."""
    path = DATA / f"evidently-datadrift-{name}.json"
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand")
    said = json.loads(path.read_bytes())
    found = {f.row.metric: f for f in evidently.findings(said)}
    assert {m: f.reading.seen for m, f in found.items() if f.verdict is Verdict.BAD} == bad
    assert len(found) == 31
    assert found["drifted columns"] == Finding(evidently.SHARE, Verdict.GOOD, Reading(len(bad) / 30, 0.5))
    for metric in said["metrics"][1:]:
        config = metric["config"]
        one = found[config["column"]]
        assert (one.reading, one.row.check) == (Reading(metric["value"], 0.1), f"{config['method']} at most")


@pytest.mark.parametrize(
    ("method", "value", "threshold", "verdict", "check"),
    [
        ("K-S p_value", 0.01, 0.05, Verdict.BAD, "K-S p_value at least"),
        ("K-S p_value", 0.9, 0.05, Verdict.GOOD, "K-S p_value at least"),
        ("chi-square p_value", 0.04, 0.05, Verdict.BAD, "chi-square p_value at least"),
        ("Z-test p_value", 0.04, 0.05, Verdict.BAD, "Z-test p_value at least"),
        ("Anderson-Darling", 0.01, 0.1, Verdict.BAD, "Anderson-Darling at least"),
        ("Fisher's Exact test", 0.9, 0.1, Verdict.GOOD, "Fisher's Exact test at least"),
        ("Cramer-von Mises", 0.01, 0.1, Verdict.BAD, "Cramer-von Mises at least"),
        ("Epps-Singleton", 0.2, 0.05, Verdict.GOOD, "Epps-Singleton at least"),
        ("Total-Variation-Distance", 0.01, 0.1, Verdict.BAD, "Total-Variation-Distance at least"),
        ("empirical_mmd", 0.3, 0.1, Verdict.GOOD, "empirical_mmd at least"),
        (WASSERSTEIN, 0.2, 0.1, Verdict.BAD, f"{WASSERSTEIN} at most"),
        (JENSEN, 0.02, 0.1, Verdict.GOOD, f"{JENSEN} at most"),
        ("Energy-distance", 0.4, 0.1, Verdict.BAD, "Energy-distance at most"),
        ("PSI", 0.3, 0.1, Verdict.BAD, "PSI at most"),
        ("Our own p-value", 0.01, 0.05, Verdict.BAD, "Our own p-value at least"),
        ("Our own distance", 0.01, 0.05, Verdict.GOOD, "Our own distance at most"),
    ],
)
def test_a_value_is_held_to_its_methods_side(
    method: str, value: float, threshold: float, verdict: Verdict, check: str
) -> None:
    """A small p-value is drift, a small distance is none."""
    (found,) = evidently.findings(report(drift(method, value, threshold)))
    assert (found.row, found.verdict, found.reading) == (Row("age", check), verdict, Reading(value, threshold))
    assert ("not known here" in found.note) == method.startswith("Our own")


@pytest.mark.parametrize("value", ["NaN", math.nan, math.inf, None, True, {"a": 1}, 10**400])
def test_what_is_no_number_is_blind(value: object) -> None:
    """Nothing was compared, so nothing is bad or good."""
    (found,) = evidently.findings(report(drift(value=value)))
    assert (found.verdict, found.reading.seen) == (Verdict.BLIND, None)
    assert found.note


def test_what_evidently_compares_with_a_number_of_its_own_is_blind() -> None:
    """Text drift is compared with a percentile; a report without a method cannot be compared at all."""
    text = report(drift("Percentile text content drift", 0.7, 0.95), drift(None, 0.1, column="income"))
    assert [f.verdict for f in evidently.findings(text)] == [Verdict.BLIND, Verdict.BLIND]


@pytest.mark.parametrize(("value", "verdict"), [(0.49, Verdict.GOOD), (0.5, Verdict.BAD), ("x", Verdict.BLIND)])
def test_the_share_of_drifted_columns_must_stay_below_its_limit(value: object, verdict: Verdict) -> None:
    """At the limit a dataset has drifted, as Evidently says."""
    assert evidently.findings(report(share(value)))[0].verdict is verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [("FAIL", Verdict.BAD), ("WARNING", Verdict.BAD), ("SUCCESS", Verdict.GOOD), ("ERROR", Verdict.BLIND)],
)
def test_evidentlys_own_verdict_stands_over_ours(status: str, verdict: Verdict) -> None:
    """With the number that the metric gives, once."""
    (found,) = evidently.findings(report(drift(value=0.2), tests=[ran(status)]))
    assert (found.verdict, found.reading, found.note) == (verdict, Reading(0.2, 0.05), "as told")


def test_a_test_of_another_metric_is_a_row_of_its_own() -> None:
    """And a metric without a test has no limit to break."""
    missing = {"config": {"type": "evidently:metric_v2:MissingValueCount", "column": "age"}, "value": {"count": 3}}
    told = ran("FAIL", "MissingValueCount", name="Missing values of age")
    found = evidently.findings(report(missing, drift(), tests=[told]))
    assert [(f.row.metric, f.row.check) for f in found] == [
        ("age", "K-S p_value at least"),
        ("Missing values of age", "test"),
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "no drift"),
        ({"metrics": {}}, "metrics are no list"),
        ({"metrics": [3]}, "no object"),
        ({"metrics": [{}] * 2001}, "more than 2000"),
        (report(drift(column=None)), "names no column"),
        (report(tests=[{"name": "x"}]), "no status"),
    ],
)
def test_what_cannot_be_read_is_named(said: dict[str, Any], told: str) -> None:
    """Nothing is left out silently."""
    with pytest.raises(Malformed, match=told):
        evidently.findings(said)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_damage_is_read_or_named(data: st.DataObject) -> None:
    """A value anywhere in a report may be anything: no traceback, every finding fit to keep."""
    said: Any = report(share(0.1), drift(), drift(JENSEN, column="income"), tests=[ran("FAIL")])
    at = said[data.draw(st.sampled_from(["metrics", "tests"]))]
    part = at[data.draw(st.integers(0, len(at) - 1))]
    while (inner := [v for v in part.values() if isinstance(v, dict)]) and data.draw(st.booleans()):
        part = data.draw(st.sampled_from(inner))
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(JSON)
    try:
        found = evidently.findings(said)
    except Malformed:
        return
    assert all(f.row.metric.isprintable() and len(f.row.metric) <= 200 for f in found)
    assert all(f.reading.seen is None or math.isfinite(f.reading.seen) for f in found)

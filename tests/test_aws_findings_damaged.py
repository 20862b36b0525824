"""Report files of every type, damaged in ten ways: a clear reason or clean findings, never another error."""

import json
import math
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.aws import findings
from bot.aws.findings import Document, Listed
from bot.aws.readers import READERS
from bot.errors import Malformed
from bot.model.observation import Finding, Verdict
from bot.model.place import Family

DATA = Path(__file__).parents[2] / "shared" / "data"
REPORTS: dict[Family, tuple[tuple[str, str, str], ...]] = {
    Family.MODEL_QUALITY: (
        ("", "model_monitor_model_quality_binary_classification", ""),
        ("", "model_monitor_model_quality_regression", ""),
    ),
    Family.DATA_QUALITY: (
        ("constraint_violations", "statistics", "constraints"),
        ("dataquality-constraint_violations-head10", "statistics", "constraints"),
    ),
    Family.BIAS: (
        ("bias-batch-constraint_violations", "clarify_bias", "bias-batch-baseline-analysis"),
        ("bias-batch-jsonl-constraint_violations", "clarify_bias", "bias-batch-jsonl-baseline-analysis"),
        ("bias-endpoint-constraint_violations", "clarify_bias", "bias-endpoint-baseline-analysis"),
    ),
    Family.EXPLAINABILITY: (
        ("", "clarify_explanability", "explainability-batch-baseline-analysis"),
        ("", "explainability-endpoint-baseline-analysis", "explainability-endpoint-baseline-analysis"),
    ),
}
"""The real violations, measurements and limits of each type; an empty name stands for what no file is at hand of."""


def listed(name: str, check: str, **more: str) -> Document:
    """A list of one violation, twice."""
    entry = {"constraint_check_type": check, "description": f"{name} broke", **more}
    return {"version": "1.0", "violations": [{"metric_name": name, **entry}, {"feature_name": name, **entry}]}


def _facets(value: object) -> Document:
    metrics = [{"name": name, "value": value} for name in ("DAR", "DI", "TE")]
    return {"post_training_bias_metrics": {"facets": {"Sex": [{"value_or_threshold": "0", "metrics": metrics}]}}}


def _labels(**values: float) -> Document:
    return {"explanations": {"kernel_shap": {"label0": {"global_shap_values": values, "expected_value": 0.1}}}}


OWN: dict[Family, tuple[Document, Document, Document]] = {
    Family.MODEL_QUALITY: (
        listed("auc", "LessThanThreshold"),
        {
            "dataset": {"item_count": 468},
            "binary_classification_metrics": {
                "auc": {"value": 0.3, "standard_deviation": 0.01},
                "f1": {"value": "NaN"},
            },
        },
        {"binary_classification_constraints": {"auc": {"threshold": 0.9, "comparison_operator": "LessThanThreshold"}}},
    ),
    Family.DATA_QUALITY: (
        listed("job", "categorical_values_check"),
        {
            "dataset": {"item_count": 10},
            "features": [
                {
                    "name": "job",
                    "string_statistics": {
                        "common": {"num_present": 10, "num_missing": 0},
                        "distribution": {"categorical": {"buckets": [{"value": "admin", "count": 10.0}]}},
                    },
                },
                {"name": "age", "numerical_statistics": {"common": {"num_present": 9, "num_missing": 1}, "min": -1}},
            ],
        },
        {
            "features": [
                {"name": "job", "completeness": 1.0, "string_constraints": {"domains": ["admin"]}},
                {"name": "age", "completeness": 0.9, "num_constraints": {"is_non_negative": True}},
            ],
            "monitoring_config": {
                "evaluate_constraints": "Enabled",
                "distribution_constraints": {"comparison_threshold": 0.1},
            },
        },
    ),
    Family.BIAS: (listed("DAR", "bias_drift_check", facet="Sex", facet_value="0"), _facets(0.3), _facets(0.1)),
    Family.EXPLAINABILITY: (
        listed("shap", "feature_attribution_drift_check", label="label0"),
        _labels(Age=0.1, Sex=0.4),
        _labels(Age=0.3, Sex=0.2),
    ),
}


@cache
def cases() -> tuple[tuple[Family, tuple[str, str, str]], ...]:
    """Our own three files of each type, and the real ones where they are at hand."""
    return tuple((family, files) for family in OWN for files in _files_of(family))


def _files_of(family: Family) -> Iterator[tuple[str, str, str]]:
    own = [json.dumps(file) for file in OWN[family]]
    yield (own[0], own[1], own[2])
    if DATA.exists():
        for names in REPORTS[family]:
            read = [_real(name) if name else own[i] for i, name in enumerate(names)]
            yield (read[0], read[1], read[2])


def _real(name: str) -> str:
    return (DATA / "model-monitor" / f"{name}.json").read_text()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=4), x, max_size=3),
)
NOT_NUMBERS = st.sampled_from([math.nan, math.inf, -math.inf, "NaN", "Infinity", "-Infinity"])
HUGE = st.sampled_from([10**400, -(10**400), 1e308, -1e308, 2.348543e108, 5e-324, 10**18, -1])
CONTROL = st.sampled_from(["\x00", "a\x1b[31mb", "\ud800", "\u202e", "<!channel>", "x" * 5000, "\n\t", ""])
MARK = "@the place@"


@cache
def places(text: str) -> tuple[tuple[str | int, ...], ...]:
    """The way to every value within a file."""
    return tuple(_ways(json.loads(text), ()))


def _ways(node: Any, way: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    keys: Any = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield (*way, key)
        yield from _ways(node[key], (*way, key))


def _at(draw: st.DrawFn, text: str) -> tuple[Any, Any, Any]:
    """A copy of the file, and where in it something will be changed."""
    copy = json.loads(text)
    *way, last = draw(st.sampled_from(places(text)))
    node = copy
    for key in way:
        node = node[key]
    return copy, node, last


def _set(draw: st.DrawFn, text: str, values: st.SearchStrategy[Any]) -> bytes:
    copy, node, key = _at(draw, text)
    node[key] = draw(values)
    return json.dumps(copy).encode()


def _raw(draw: st.DrawFn, text: str, put: str) -> bytes:
    """With text that is no value of Python's in a value's place."""
    return _set(draw, text, st.just(MARK)).replace(json.dumps(MARK).encode(), put.encode())


def truncated(draw: st.DrawFn, text: str) -> bytes:
    """Half-written."""
    body = text.encode()
    return body[: draw(st.integers(0, len(body) - 1))]


def without_a_key(draw: st.DrawFn, text: str) -> bytes:
    """A key or an item lacks."""
    copy, node, key = _at(draw, text)
    del node[key]
    return json.dumps(copy).encode()


def of_another_type(draw: st.DrawFn, text: str) -> bytes:
    """Anything in a value's place."""
    return _set(draw, text, ANYTHING)


def not_a_number(draw: st.DrawFn, text: str) -> bytes:
    """NaN and infinities, as numbers and as words."""
    return _set(draw, text, NOT_NUMBERS)


def huge(draw: st.DrawFn, text: str) -> bytes:
    """Numbers beyond any float, or with more digits than Python converts."""
    return _raw(draw, text, "9" * 5000) if draw(st.booleans()) else _set(draw, text, HUGE)


def nested(draw: st.DrawFn, text: str) -> bytes:
    """A little, and deeper than the parser goes."""
    depth = draw(st.sampled_from([40, 100_000]))
    return _raw(draw, text, "[" * depth + "]" * depth)


def wrongly_encoded(draw: st.DrawFn, text: str) -> bytes:
    """In another encoding, or with a byte that is in none."""
    if draw(st.booleans()):
        return text.encode(draw(st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "utf-16-be"])))
    at = draw(st.integers(0, len(text)))
    return text[:at].encode() + b"\xff" + text[at:].encode()


def empty(draw: st.DrawFn, _: str) -> bytes:
    """Nothing, or next to nothing."""
    return draw(st.sampled_from([b"", b" ", b"\n", b"{}", b"[]", b"null", b"0", b'""', b'{"violations": null}']))


def doubled(draw: st.DrawFn, text: str) -> bytes:
    """The file, a key or an item twice or very often."""
    copy, node, key = _at(draw, text)
    if isinstance(node, list):
        node.extend([node[key]] * draw(st.sampled_from([1, 2100])))
        return json.dumps(copy).encode()
    if draw(st.booleans()):
        return text.encode() * 2
    twice = f"{json.dumps(node[key])}, {json.dumps(key)}: {json.dumps(draw(ANYTHING))}"
    node[key] = MARK
    return json.dumps(copy).replace(json.dumps(MARK), twice).encode()


def with_control_characters(draw: st.DrawFn, text: str) -> bytes:
    """In a value or a key: escapes, halves of characters, what Slack reads as markup, far too much."""
    copy, node, key = _at(draw, text)
    if isinstance(node, dict) and draw(st.booleans()):
        node[draw(CONTROL)] = node.pop(key)
        return json.dumps(copy).encode()
    return _set(draw, text, CONTROL)


DAMAGE: tuple[Callable[[st.DrawFn, str], bytes], ...] = (
    truncated,
    without_a_key,
    of_another_type,
    not_a_number,
    huge,
    nested,
    wrongly_encoded,
    empty,
    doubled,
    with_control_characters,
)


@pytest.mark.parametrize("damage", DAMAGE)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_a_damaged_report_gives_a_reason_or_clean_findings(
    damage: Callable[[st.DrawFn, str], bytes], data: st.DataObject
) -> None:
    """No other exception, no number that is none, no violation lost and none invented."""
    family, texts = data.draw(st.sampled_from(cases()))
    which = data.draw(st.integers(0, 2))
    bodies = [damage(data.draw, text) if i == which else text.encode() for i, text in enumerate(texts)]
    violated, reason = _violations(bodies[0])
    assert reason or violated or which == 0
    found = READERS[family].read(violated, *(_optional(body) for body in bodies[1:]))
    assert [f.note for f in found if f.verdict is Verdict.BAD] == [one.note for one in violated]
    _clean(found)


def _violations(body: bytes) -> tuple[tuple[Listed, ...], str]:
    """What is listed, or why nothing can be said of it."""
    try:
        return findings.violations(findings.document(body)), ""
    except Malformed as error:
        return (), error.cause


def _optional(body: bytes) -> Document | None:
    """None for a file without which the rows lack their numbers."""
    try:
        return findings.document(body)
    except Malformed:
        return None


def _clean(found: tuple[Finding, ...]) -> None:
    """Fit to be kept and shown."""
    assert len({f.row for f in found}) == len(found) <= findings.MOST_FINDINGS
    for finding in found:
        reading = finding.reading
        assert all(n is None or math.isfinite(n) for n in (reading.seen, reading.limit, reading.error))
        assert (finding.row.metric + finding.row.check + finding.note).isprintable()
        assert len(finding.row.metric) <= findings.MOST_CHARACTERS >= len(finding.row.check)
        assert len(finding.note) <= findings.MOST_NOTE_CHARACTERS
        assert reading.samples is None or reading.samples >= 0


def test_every_real_report_is_among_those_that_are_damaged() -> None:
    """None is forgotten: the rest of the folder are captures, merged records and a data set."""
    if not DATA.exists():
        pytest.skip("shared data is not at hand")
    reports = {p.stem for p in (DATA / "model-monitor").glob("*.json") if "merged-record" not in p.stem}
    assert reports == {name for files in REPORTS.values() for triple in files for name in triple if name}

"""Feature attribution drift: the order of a run's SHAP values against the baseline's, label by label.

The violation's sentence is not parsed: the score is computed anew. AWS docs, "Monitor feature attribution drift for
models in production": nDCG = DCG / iDCG, DCG = sum of a(f'i) / log2(i + 1) over the features in the live data's order,
iDCG the same in the baseline's, with a(f) the baseline's attribution; below 0.90 it is a violation. The page on its
violations refers to scikit-learn's nDCG score, which takes the mean over features that are tied: so it is done here.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from math import isfinite, log2
from typing import Final

from bot.aws.findings import MOST_FINDINGS, Document, Listed, label, row_of, section
from bot.logic.plain import number
from bot.model.observation import Finding, Reading, Row, Verdict

CHECK: Final = "feature_attribution_drift_check"
METRIC: Final = "shap"
"""The only method that is monitored (AWS docs: "Model feature attribution drift violations")."""
LIMIT: Final = 0.9
"""Fixed by AWS; no file holds it."""

Attributions = Mapping[str, float]


def explainability(
    listed: tuple[Listed, ...], analysis: Document | None, baseline: Document | None
) -> tuple[Finding, ...]:
    """The violations with their score, then the labels that kept their order.

    A score that contradicts the run's own verdict is not what it judged by, and is not shown.
    """
    scores = _scores(analysis or {}, baseline or {})
    bad = {one.row: one.bad(Reading(_below(scores.get(one.row)), LIMIT)) for one in listed}
    kept = ((row, score) for row, score in scores.items() if row not in bad and score >= LIMIT)
    return (*bad.values(), *(Finding(row, Verdict.GOOD, Reading(score, LIMIT)) for row, score in kept))[:MOST_FINDINGS]


def ndcg(baseline: Attributions, live: Attributions) -> float | None:
    """How far the live order keeps the baseline's, 1 for all of it; None unless both are of the same features."""
    if not baseline or baseline.keys() != live.keys():
        return None
    gain, ideal = _gain(baseline, live), _gain(baseline, baseline)
    return gain / ideal if isfinite(gain) and isfinite(ideal) and ideal > 0 else None


def _gain(baseline: Attributions, order: Attributions) -> float:
    """The baseline's attributions, each divided by its place in the order, the mean over places that are tied."""
    total, place = 0.0, 1
    for _, names in groupby(sorted(order, key=lambda name: -order[name]), key=order.__getitem__):
        tied = [baseline[name] for name in names]
        discounts = sum(1 / log2(i + 1) for i in range(place, place + len(tied)))
        total += sum(tied) / len(tied) * discounts
        place += len(tied)
    return total


def _below(score: float | None) -> float | None:
    return score if score is not None and score < LIMIT else None


def _scores(analysis: Document, baseline: Document) -> dict[Row, float]:
    """The score of each label for which both files give attributions."""
    live = dict(_labels(analysis))
    scored = ((row_of(METRIC, CHECK, label(name)), ndcg(held, live.get(name, {}))) for name, held in _labels(baseline))
    return {row: score for row, score in scored if score is not None}


def _labels(analysis: Document) -> Iterator[tuple[str, Attributions]]:
    """Each label's attributions; none of those that are no numbers throughout."""
    for name, one in section(section(analysis, "explanations"), "kernel_shap").items():
        values = section(one, "global_shap_values") if isinstance(one, dict) else {}
        yield name, _numbers(values.items())


def _numbers(values: Iterable[tuple[str, object]]) -> Attributions:
    read = {name: number(value) for name, value in values}
    known = {name: value for name, value in read.items() if value is not None}
    return known if len(known) == len(read) else {}

"""Model quality of a binary classifier, computed as Model Monitor's analyzer reports it."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any, Final

Json = dict[str, Any]
Pair = tuple[float, int]
"""The predicted probability of class 1, and the true class (0 or 1)."""

METRICS: Final = (
    "recall",
    "precision",
    "accuracy",
    "true_positive_rate",
    "true_negative_rate",
    "false_positive_rate",
    "false_negative_rate",
    "auc",
    "f0_5",
    "f1",
    "f2",
)
"""The metrics that constraints.json may bound, in the order in which Model Monitor writes them."""

MIN_ROWS_FOR_DEVIATION: Final = 200
"""Below this Model Monitor writes "NaN" for every standard deviation (AWS docs: model-quality baseline)."""

NO_CONSTRAINTS: Final[Json] = {"version": 0.0, "binary_classification_constraints": {}}
"""What a definition without a baseline is held against."""

CURVE_POINTS: Final = 24
NAN: Final = "NaN"
"""How the reports spell a number that does not exist: JSON has none."""


def statistics(pairs: Sequence[Pair], threshold: float, start: datetime, end: datetime, evaluated: datetime) -> Json:
    """The content of statistics.json for the rows of [start, end).

    Standard deviations are estimates: binomial √(p(1-p)/n) on the metric's own denominator, DeLong (1988) for auc,
    the delta method on the confusion matrix for F. A metric whose denominator is empty has the value "NaN".
    """
    true_positive = sum(1 for probability, label in pairs if label and probability >= threshold)
    false_positive = sum(1 for probability, label in pairs if not label and probability >= threshold)
    positive = sum(label for _, label in pairs)
    cells = (
        true_positive,
        positive - true_positive,
        false_positive,
        len(pairs) - positive - false_positive,
    )
    roc = _sweep(pairs)
    return {
        "version": 0.0,
        "dataset": {
            "item_count": len(pairs),
            "start_time": timestamp(start),
            "end_time": timestamp(end),
            "evaluation_time": timestamp(evaluated),
        },
        "binary_classification_metrics": _metrics(cells, roc),
    }


def compare(found: Json, constraints: Json) -> Json:
    """The content of constraint_violations.json: each bounded metric that lies beyond its threshold.

    A metric that is missing or "NaN" cannot lie beyond anything, as in an IEEE comparison: it is no violation. The
    statistics show it as "NaN", so nobody takes it for a good value.
    """
    metrics = found["binary_classification_metrics"]
    bounds = constraints["binary_classification_constraints"]
    judged = (_violation(name, metrics.get(name, {}).get("value", NAN), bound) for name, bound in bounds.items())
    return {"violations": [violation for violation in judged if violation is not None]}


def timestamp(when: datetime) -> str:
    """A moment as the reports write it: UTC, milliseconds, `Z`."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def _violation(name: str, value: float | str, bound: Json) -> Json | None:
    """One entry, or None when the value keeps to its bound or is no number."""
    operator, limit = bound["comparison_operator"], float(bound["threshold"])
    if isinstance(value, str):
        return None
    beyond = {"LessThanThreshold": value < limit, "GreaterThanThreshold": value > limit}
    if not beyond[operator]:
        return None
    description = f"Metric {name} with {value} was {operator} {limit}"
    return {"metric_name": name, "constraint_check_type": operator, "description": description}


def _metrics(cells: tuple[int, int, int, int], roc: list[tuple[int, int]]) -> Json:
    """Every metric of the report. `cells` are tp, fn, fp, tn; `roc` is cumulative (fp, tp), strictest cut first."""
    tp, fn, fp, tn = cells
    deviates = sum(cells) >= MIN_ROWS_FOR_DEVIATION
    recall, precision = _proportion(tp, tp + fn, deviates), _proportion(tp, tp + fp, deviates)
    return {
        "confusion_matrix": {"0": {"0": tn, "1": fp}, "1": {"0": fn, "1": tp}},
        "recall": recall,
        "precision": precision,
        "accuracy": _proportion(tp + tn, sum(cells), deviates),
        "recall_best_constant_classifier": _proportion(tp + fn, tp + fn, deviates),
        "precision_best_constant_classifier": _proportion(tp + fn, sum(cells), deviates),
        "accuracy_best_constant_classifier": _proportion(tp + fn, sum(cells), deviates),
        "true_positive_rate": recall,
        "true_negative_rate": _proportion(tn, tn + fp, deviates),
        "false_positive_rate": _proportion(fp, tn + fp, deviates),
        "false_negative_rate": _proportion(fn, tp + fn, deviates),
        "auc": _auc(roc, tp + fn, fp + tn, deviates),
        **{name: _f(beta, cells, deviates) for name, beta in (("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0))},
        **_constant_f(tp + fn, fp + tn, deviates),
        **_curves(roc, tp + fn, fp + tn),
    }


def _constant_f(positive: int, negative: int, deviates: bool) -> Json:
    """F of the classifier that always answers 1, which is what the reports call best constant."""
    betas = (("f0_5", 0.5), ("f1", 1.0), ("f2", 2.0))
    cells = (positive, 0, negative, 0)
    return {f"{name}_best_constant_classifier": _f(beta, cells, deviates) for name, beta in betas}


def _number(value: float, variance: float, deviates: bool) -> Json:
    """A metric of the report; the deviation is "NaN" when there are too few rows for one."""
    return {"value": value, "standard_deviation": math.sqrt(max(0.0, variance)) if deviates else NAN}


def _proportion(part: int, whole: int, deviates: bool) -> Json:
    """A share with its binomial deviation."""
    if whole == 0:
        return {"value": NAN, "standard_deviation": NAN}
    share = part / whole
    return _number(share, share * (1 - share) / whole, deviates)


def _f(beta: float, cells: tuple[int, int, int, int], deviates: bool) -> Json:
    """F-beta from counts, its variance by the delta method over the multinomial confusion matrix."""
    tp, fn, fp, _ = cells
    square = beta * beta
    top, bottom = (1 + square) * tp, (1 + square) * tp + square * fn + fp
    if bottom == 0:
        return {"value": NAN, "standard_deviation": NAN}
    slopes = ((1 + square) * (bottom - top), -square * top, -top)
    # F does not change when all counts grow alike, so the mean slope is zero and only squares remain.
    variance = sum(count * slope * slope for count, slope in zip((tp, fn, fp), slopes, strict=True)) / bottom**4
    return _number(top / bottom, variance, deviates)


def _auc(roc: list[tuple[int, int]], positive: int, negative: int, deviates: bool) -> Json:
    """The area under the ROC curve: the Mann-Whitney statistic, where a tie counts one half."""
    if positive == 0 or negative == 0:
        return {"value": NAN, "standard_deviation": NAN}
    area = above = below = 0.0
    for (fp0, tp0), (fp1, tp1) in pairwise(roc):
        outranked = 1 - (fp0 + fp1) / (2 * negative)
        outranking = (tp0 + tp1) / (2 * positive)
        area += (tp1 - tp0) * outranked / positive
        above += (tp1 - tp0) * outranked**2
        below += (fp1 - fp0) * outranking**2
    variance = (above / positive - area**2) / positive + (below / negative - area**2) / negative
    return _number(area, variance, deviates)


def _sweep(pairs: Iterable[Pair]) -> list[tuple[int, int]]:
    """Cumulative (false positives, true positives) for each distinct cut, from none to all rows."""
    points = [(0, 0)]
    fp = tp = 0
    for _, tied in groupby(sorted(pairs, reverse=True), key=_probability):
        labels = [label for _, label in tied]
        tp += sum(labels)
        fp += len(labels) - sum(labels)
        points.append((fp, tp))
    return points


def _probability(pair: Pair) -> float:
    """The sort key of the sweep."""
    return pair[0]


def _curves(roc: list[tuple[int, int]], positive: int, negative: int) -> Json:
    """ROC and precision-recall, thinned to some 24 points; a curve without its class is empty."""
    step = max(1, math.ceil(len(roc) / CURVE_POINTS))
    points = [*roc[:-1:step], roc[-1]]
    both = points if positive and negative else []
    cuts = [point for point in points if sum(point)] if positive else []
    return {
        "receiver_operating_characteristic_curve": {
            "false_positive_rates": [fp / negative for fp, _ in both],
            "true_positive_rates": [tp / positive for _, tp in both],
        },
        "precision_recall_curve": {
            "precisions": [tp / (tp + fp) for fp, tp in cuts],
            "recalls": [tp / positive for _, tp in cuts],
        },
    }

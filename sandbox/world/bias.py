"""Post-training bias of a classifier's answers between two groups, as SageMaker Clarify defines and reports it.

Developer Guide, "Post-training data and model bias metrics". The group that is looked after is d, the others are a.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import pstdev
from typing import Final

from sandbox.world.quality import Json
from sandbox.world.traffic import BANK_MARKETING, DECISION, Customer

YOUNG: Final = 30
"""Until this age; the facet is of those who are older."""
FACET: Final = "age"
FACET_VALUE: Final = f"({YOUNG}, 74]"
FOLDS: Final = 10
LENIENCE: Final = 8.0
"""How many standard errors of a day a team's limit stands farther from 0 than the baseline: it wants to hear of groups
that fare otherwise, not of a model that fails all of them alike."""

_AGE: Final = BANK_MARKETING.columns.index(FACET)
_GROUP: Final = BANK_MARKETING.columns.index("previous")

_WORDS: Final = {
    "AD": "Accuracy Difference (AD)",
    "CDDPL": "Conditional Demographic Disparity in Predicted Labels (CDDPL)",
    "DAR": "Difference in Acceptance Rates (DAR)",
    "DI": "Disparate Impact (DI)",
    "DPPL": "Difference in Positive Proportions in Predicted Labels (DPPL)",
    "RD": "Recall Difference (RD)",
    "SD": "Specificity Difference (SD)",
}

CONFIG: Final[Json] = {
    "dataset_type": "text/csv",
    "headers": ["y", *BANK_MARKETING.columns],
    "label": "y",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": FACET, "value_or_threshold": [YOUNG]}],
    "group_variable": "previous",
    "methods": {"post_training_bias": {"methods": sorted(_WORDS)}},
}
"""analysis_config.json of the monitor: rates only, which no day without labels of a kind makes infinite."""


@dataclass(frozen=True, slots=True)
class _Counts:
    """A group's confusion matrix."""

    tp: int
    fn: int
    fp: int
    tn: int

    @property
    def size(self) -> int:
        return self.tp + self.fn + self.fp + self.tn

    @property
    def positive(self) -> float:
        """The share that the model says yes to."""
        return _share(self.tp + self.fp, self.size)


def analysis(customers: Sequence[Customer]) -> Json:
    """The content of analysis.json."""
    return _report(_metrics(customers))


def limits(customers: Sequence[Customer]) -> Json:
    """A baseline's analysis.json, each value farther from 0 by what a healthy day may differ by."""
    values, folds = _metrics(customers), [_metrics(customers[place::FOLDS]) for place in range(FOLDS)]
    slack = {name: LENIENCE * pstdev(fold[name] for fold in folds) / FOLDS**0.5 for name in values}
    return _report({name: value + (slack[name] if value >= 0 else -slack[name]) for name, value in values.items()})


def violations(found: Json, baseline: Json) -> Json | None:
    """The content of constraint_violations.json; None where there is nothing to write (Developer Guide: bias drift)."""
    held, broken = dict(_values(baseline)), []
    for name, value in _values(found):
        if name in held and abs(value) > abs(held[name]):
            said = f"Metric value {value} doesn't meet the baseline constraint requirement {held[name]}"
            broken.append(
                {
                    "facet": FACET,
                    "facet_value": FACET_VALUE,
                    "metric_name": name,
                    "constraint_check_type": "bias_drift_check",
                    "description": said,
                }
            )
    return {"version": "1.0", "violations": broken} if broken else None


def _metrics(customers: Sequence[Customer]) -> dict[str, float]:
    read = [(int(parts[_AGE]) > YOUNG, parts[_GROUP], each) for each in customers for parts in [_parts(each)]]
    d, a = (_counts(each for old, _, each in read if old is side) for side in (True, False))
    return {
        "AD": _share(a.tp + a.tn, a.size) - _share(d.tp + d.tn, d.size),
        "CDDPL": _conditional(read),
        "DAR": _share(a.tp, a.tp + a.fp) - _share(d.tp, d.tp + d.fp),
        "DI": _share(d.positive, a.positive),
        "DPPL": a.positive - d.positive,
        "RD": _share(a.tp, a.tp + a.fn) - _share(d.tp, d.tp + d.fn),
        "SD": _share(d.tn, d.tn + d.fp) - _share(a.tn, a.tn + a.fp),
    }


def _conditional(read: Sequence[tuple[bool, str, Customer]]) -> float:
    """The mean over groups of d's share of the refused less its share of the accepted, by the groups' sizes."""
    total = 0.0
    for group in sorted({name for _, name, _ in read}):
        members = [(old, each.probability >= DECISION) for old, name, each in read if name == group]
        refused = [old for old, yes in members if not yes]
        accepted = [old for old, yes in members if yes]
        total += len(members) * (_share(sum(refused), len(refused)) - _share(sum(accepted), len(accepted)))
    return total / len(read)


def _counts(customers: Iterable[Customer]) -> _Counts:
    cells = {(label, yes): 0 for label in (0, 1) for yes in (False, True)}
    for customer in customers:
        cells[customer.label, customer.probability >= DECISION] += 1
    return _Counts(cells[1, True], cells[1, False], cells[0, True], cells[0, False])


def _parts(customer: Customer) -> list[str]:
    return customer.features.split(",", _AGE + 1)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _report(values: dict[str, float]) -> Json:
    metrics = [{"name": name, "description": _WORDS[name], "value": value} for name, value in sorted(values.items())]
    facets = {FACET: [{"value_or_threshold": FACET_VALUE, "metrics": metrics}]}
    return {
        "version": "1.0",
        "post_training_bias_metrics": {"label": "y", "label_value_or_threshold": "1", "facets": facets},
    }


def _values(report: Json) -> list[tuple[str, float]]:
    groups = report["post_training_bias_metrics"]["facets"][FACET]
    return [(each["name"], float(each["value"])) for group in groups for each in group["metrics"]]

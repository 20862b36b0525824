"""`/ml violations` over the types of monitor: each check in its words, the monitor's own where no number is."""

import time
from datetime import timedelta

import pytest

from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.monitor import Violation
from bot.model.observation import UNREAD, Finding, Reading, Row, Verdict
from bot.model.person import Person
from bot.model.place import Family, Service
from bot.model.reply import Actions, Facts, Number, Reply, Table
from bot.ports import Ask
from bot.render import message
from bot.render.tables import visible
from commands.violations import violations
from sandbox.fakes import FakeIncidents, at
from sandbox.fakes_fleet import FakeInventory, FakeMonitors, Fleet
from sandbox.slack.check_surface import problems_of

PRODUCTION = Account("222222222222", "ml-production", ("us-east-1",))
TYPED = "Expected data type: Integral, Expected match: 100.0%. Observed: Only 99.64592817400101% of data is Integral."


def violation(family: Family, metric: str, check: str, *numbers: float | None, note: str = "") -> Violation:
    """A row that one run found broken."""
    finding = Finding(Row(metric, check), Verdict.BAD, Reading(*numbers), note)
    service = Service("bank-marketing", "tag")
    return Violation(PRODUCTION, "us-east-1", service, family, "monitor", finding, None, at(1), at(2), 1, Verdict.BAD)


def asked(*found: Violation) -> Reply:
    """The answer."""
    ask = Ask(Person("U1", "T1", "Ana"), at(3), Scope((PRODUCTION,)), time.monotonic() + 9)
    monitors = FakeMonitors(Fleet(violations=found), ask)
    return violations(monitors, FakeIncidents(fold), FakeInventory(), ask, service=None, since=timedelta(days=1))


def shown(reply: Reply) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The table's columns by title, and the facts that all rows share."""
    table = next(p for p in reply.parts if isinstance(p, Table))
    cells = [[c.text if isinstance(c, Number) else str(c) for c in row] for row in table.rows]
    facts = next((p.items for p in reply.parts if isinstance(p, Facts)), ())
    columns = {column.title: [row[i] for row in cells] for i, column in enumerate(table.columns)}
    return columns, {label: str(value[0]) for label, value in facts}


AGE = violation(Family.DATA_QUALITY, "age", "completeness_check", 0.95, 0.98, note="Value: 0.95")
TYPE = violation(Family.DATA_QUALITY, "age", "data_type_check", None, 1.0, note=TYPED)
ACCURACY = violation(Family.MODEL_QUALITY, "accuracy", "LessThanThreshold", 0.75, 0.87, note="Metric accuracy")
RECALL = violation(Family.MODEL_QUALITY, "recall", "LessThanThreshold", 0.4, 0.5)
DAR = violation(Family.BIAS, "DAR [Sex=0]", "bias_drift_check", -0.35, -0.1)
SHAP = violation(Family.EXPLAINABILITY, "shap [label0]", "feature_attribution_drift_check", 0.76, 0.9)


def test_two_checks_of_a_feature_are_told_apart_and_a_sentence_stands_where_no_number_is() -> None:
    """Only there."""
    columns, _ = shown(asked(AGE, TYPE))
    assert columns["Check"] == ["completeness", "data type"]
    assert columns["Seen"] == ["0.9500", ""]
    assert columns["Limit"] == ["at least 0.9800", "at least 1"]
    assert columns["The monitor says"] == ["", TYPED]


def test_a_single_row_has_no_empty_columns() -> None:
    """A model-quality answer is as wide as ever."""
    columns, _ = shown(asked(ACCURACY))
    assert list(columns)[2:5] == ["Metric", "Seen", "Limit"]
    columns, _ = shown(asked(AGE))
    assert list(columns)[2:6] == ["Feature", "Check", "Seen", "Limit"]


def test_all_four_types_stand_in_one_table() -> None:
    """Each in its own words."""
    columns, facts = shown(asked(ACCURACY, AGE, DAR, SHAP))
    assert columns["Metric or feature"] == ["accuracy", "age", "DAR [Sex=0]", "shap [label0]"]
    assert columns["Check"] == ["", "completeness", "bias against the baseline", "attribution order (nDCG)"]
    assert columns["Limit"] == ["at least 0.8700", "at least 0.9800", "within ±0.1000", "at least 0.9000"]
    assert facts["Service"] == "bank-marketing"


def test_a_report_that_could_not_be_read_says_so_beside_its_count() -> None:
    """It has no limit."""
    unread = violation(Family.BIAS, UNREAD.metric, UNREAD.check, 8.0)
    columns, _ = shown(asked(unread, DAR))
    assert (columns["Check"][0], columns["Seen"][0], columns["Limit"][0]) == ("the report could not be read", "8", "")


@pytest.mark.parametrize("numbers", [(0.5, 0.9), ()])
def test_two_thousand_long_rows_are_within_slack_s_limits_and_counted(numbers: tuple[float, ...]) -> None:
    """Names of 200 characters, sentences of 1,000."""
    names = (f"{n:04}{'é&<' * 66}"[:200] for n in range(2000))
    note = "<!here> & " * 100
    reply = asked(*(violation(Family.DATA_QUALITY, n, "missing_column_check", *numbers, note=note) for n in names))
    assert "2,000 broken constraints" in str(reply.text[0])
    assert any(isinstance(part, Actions) for part in reply.parts)
    made = message(reply)
    assert made.fallback is not None
    for one in (made, made.fallback):
        assert problems_of(one.blocks, "message") == []
        assert sum(visible(block) for block in one.blocks) <= 13_000
        assert "more of 2,000 are not shown" in str(one.blocks)

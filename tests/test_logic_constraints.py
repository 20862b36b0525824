"""What checks are called."""

import pytest

from bot.logic.constraints import bare_limit, limit, row_name, title
from bot.model.observation import UNREAD, Row


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [
        ("LessThanThreshold", 0.87, "at least 0.8700"),
        ("GreaterThanThreshold", 0.05, "at most 0.0500"),
        ("LessThanThreshold", None, "at least"),
        ("completeness_check", 0.98, "at least 0.9800"),
        ("data_type_check", 1.0, "at least 1"),
        ("baseline_drift_check", 0.1, "at most 0.1000"),
        ("categorical_values_check", None, ""),
        ("non_negative_check", 0.0, "at least 0"),
        ("bias_drift_check", -0.0951, "within ±0.0951"),
        ("bias_drift_check", None, "within the baseline"),
        ("feature_attribution_drift_check", 0.9, "at least 0.9000"),
        ("missing_column_check", None, ""),
        ("K-S p_value at least", 0.05, "at least 0.0500"),
        ("PSI at most", None, ""),
        ("share below", 0.5, "below 0.5000"),
        ("ks_test", 0.05, "ks_test 0.0500"),
        ("ks_test", None, "ks_test"),
    ],
)
def test_the_limit_says_which_side_of_it_is_good(check: str, value: float | None, words: str) -> None:
    """A check that is not known stays as its source names it."""
    assert limit(check, value) == words


@pytest.mark.parametrize(
    ("check", "value", "words"),
    [("bias_drift_check", -0.0479, "±0.0479"), ("LessThanThreshold", 0.87, "0.8700"), ("x below", -2.0, "-2")],
)
def test_a_limit_on_both_sides_of_zero_says_so_without_words_too(check: str, value: float, words: str) -> None:
    """As headlines and Home tell it."""
    assert bare_limit(check, value) == words


@pytest.mark.parametrize(
    ("row", "in_text", "in_a_column"),
    [
        (Row("accuracy", "LessThanThreshold"), "accuracy", ""),
        (Row("age", "completeness_check"), "completeness of age", "completeness"),
        (Row("age", "data_type_check"), "data type of age", "data type"),
        (Row("age", "baseline_drift_check"), "drift of age", "drift"),
        (Row("f2", "missing_column_check"), "column f2 missing", "column missing"),
        (Row("f2", "extra_column_check"), "column f2 not in the baseline", "column not in the baseline"),
        (Row("job", "categorical_values_check"), "known categories of job", "values in known categories"),
        (Row("DAR [Sex=0]", "bias_drift_check"), "DAR [Sex=0]", "bias against the baseline"),
        (
            Row("shap [l]", "feature_attribution_drift_check"),
            "attribution order of shap [l]",
            "attribution order (nDCG)",
        ),
        (UNREAD, "violations", "the report could not be read"),
        (Row("{x}", "completeness_check"), "completeness of {x}", "completeness"),
        (Row("age", "K-S p_value at least"), "K-S p_value of age", "K-S p_value"),
        (Row("age", "{odd} at most"), "{odd} of age", "{odd}"),
        (Row("drifted columns", "share below"), "share of drifted columns", "share"),
        (Row("age", "ks_test"), "age", "ks_test"),
    ],
)
def test_a_row_is_named_by_what_is_checked(row: Row, in_text: str, in_a_column: str) -> None:
    """Two checks of one feature are told apart."""
    assert (row_name(row), title(row.check)) == (in_text, in_a_column)

"""Which namespaces a link's metric filter shares; what cannot be told is never taken for shared."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.logic.metric_filter import shared

MODEL, DATA, EC2, OWN = (
    "aws/sagemaker/Endpoints/model-metrics",
    "/aws/sagemaker/Endpoints/data-metric",
    "AWS/EC2",
    "Own",
)
ALL = (MODEL, DATA, EC2, OWN)


@pytest.mark.parametrize(
    ("metric_filter", "through"),
    [
        ("", ALL),
        (" * ", ALL),
        ("Namespace NOT LIKE 'AWS/%'", (MODEL, DATA, OWN)),
        ("Namespace IN ('AWS/EC2', 'AWS/ELB', 'AWS/S3')", (EC2,)),
        ("Namespace = 'AWS/EC2' OR Namespace NOT LIKE 'AWS/%'", ALL),
        ("Namespace NOT IN ('AWS/EC2','Own')", (MODEL, DATA)),
        ("Namespace != 'Own'", (MODEL, DATA, EC2)),
        ("Namespace = 'aws/ec2'", ()),
        ("Namespace LIKE 'AWS/SageMaker%'", ()),
        ("Namespace LIKE 'aws/sagemaker/%'", (MODEL,)),
        ("Namespace LIKE '%'", ALL),
        ("Namespace NOT LIKE 'AWS/%' AND Namespace != 'Own'", (MODEL, DATA)),
        ("Namespace='Own'  OR  Namespace  LIKE  '/aws/%'", (DATA, OWN)),
        ("Namespace = 'Own' AND Namespace = 'AWS/EC2' OR Namespace LIKE 'aws/%'", (MODEL,)),
    ],
)
def test_what_a_filter_shares(metric_filter: str, through: tuple[str, ...]) -> None:
    """CloudWatch's own examples, and every operand; matching is by case."""
    assert shared(metric_filter, ALL) == frozenset(through)


@pytest.mark.parametrize(
    "metric_filter",
    [
        "Namespace",
        "Namespace = AWS/EC2",
        "Namespace LIKE 'AWS/EC2'",
        "Namespace LIKE '%EC2'",
        "Namespace LIKE 'A%W%'",
        "Namespace = 'AWS/EC2' AND",
        "AND Namespace = 'AWS/EC2'",
        "Namespace = 'AWS/EC2' Namespace = 'Own'",
        "Namespace = 'AWS/EC2' XOR Namespace = 'Own'",
        "(Namespace = 'AWS/EC2')",
        "NOT Namespace = 'AWS/EC2'",
        "Namespace IN ()",
        "Namespace IN ('AWS/EC2'",
        "MetricName = 'Errors'",
        "Namespace = 'AWS/EC2'; *",
        "namespace = 'AWS/EC2'",
        # Whether this is (Own or EC2) and EC2, or Own or (EC2 and EC2), AWS does not say.
        "Namespace = 'Own' OR Namespace = 'AWS/EC2' AND Namespace = 'AWS/EC2'",
    ],
)
def test_what_cannot_be_told_is_not_judged(metric_filter: str) -> None:
    """Neither good nor bad."""
    assert shared(metric_filter, ALL) is None


@settings(max_examples=150, deadline=timedelta(seconds=2))
@given(
    st.lists(st.sampled_from([*"' (),=%", "Namespace", " LIKE ", " NOT ", " IN ", " AND ", " OR ", "x"]), max_size=60)
)
def test_any_words_are_read_in_time_and_without_an_error(words: list[str]) -> None:
    """Another account writes filters: none may break or hold up the others' lines."""
    found = shared("".join(words), ALL)
    assert found is None or found <= frozenset(ALL)

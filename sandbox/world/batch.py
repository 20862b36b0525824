"""A monitor of a nightly batch transform, without an endpoint: churn scores in the test account."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import exp
from random import Random
from typing import Any, Final

from sandbox.world import fleet, story
from sandbox.world.fleet import Names
from sandbox.world.traffic import Customer

ACCOUNT: Final = fleet.TEST
SERVICE: Final = "churn-scores"
COLUMNS: Final = ("tenure_months", "plan", "monthly_charges", "support_calls")
ANSWER: Final = "churn_score"
SCORED: Final = 1_200
"""Customers of one night."""
TRAINED: Final = 3_000
NIGHT: Final = "cron(0 3 ? * * *)"
_AGE: Final = timedelta(days=30)
_PLANS: Final = ("basic", "plus", "premium")


def names(started_at: datetime) -> Names:
    """The schedule's and the bucket's names in a world that starts then."""
    made = f"{made_at(started_at):%Y-%m-%d-%H%M}"
    return Names(ACCOUNT, SERVICE, made, made)


def made_at(started_at: datetime) -> datetime:
    """When the schedule was made."""
    return (started_at - _AGE).replace(hour=11, minute=20, second=0, microsecond=0)


def source(named: Names) -> dict[str, Any]:
    """The BatchTransformInput of the job definition."""
    return {
        "DataCapturedDestinationS3Uri": named.uri("datacapture"),
        "DatasetFormat": {"Csv": {"Header": False}},
        "LocalPath": "/opt/ml/processing/input",
    }


def training(seed: int) -> list[Customer]:
    """Whom the model was trained on, scored."""
    return list(_customers(Random(f"{seed}/{SERVICE}/training"), TRAINED))


def rows(seed: int, start: datetime, end: datetime, *, labelled: bool) -> list[Customer]:
    """The customers scored in the nights that begin in a span; churn is known months later, so nobody is labelled."""
    found: list[Customer] = []
    hour = story.full_hour(start)
    while hour < end and not labelled:
        if hour.hour == 1:
            found += _customers(Random(f"{seed}/{SERVICE}/{hour:%Y-%m-%d}"), SCORED)
        hour += timedelta(hours=1)
    return found


def _customers(rng: Random, count: int) -> Iterator[Customer]:
    for _ in range(count):
        tenure, plan, calls = rng.randint(1, 72), rng.choice(_PLANS), rng.choice((0, 0, 0, 1, 1, 2, 4))
        charges = round(rng.gauss(24 + 18 * _PLANS.index(plan), 4), 2)
        score = round(1 / (1 + exp(0.06 * tenure - 0.5 * calls)), 6)
        yield Customer(f"{tenure},{plan},{charges},{calls}", score, 0)

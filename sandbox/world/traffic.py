"""Customers, what the deployed classifier predicts for them, and what they did: seeded, hour by hour."""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final

from sandbox.world.quality import Pair

DECISION: Final = 0.5
"""From this probability on the classifier says yes."""

POOL: Final = 1500
"""Customers from whom a service's hours are drawn, for each population."""

QUIETEST: Final = 0.88
"""The quietest hour's share of a service's mean traffic."""

NOISE_LIMIT: Final = 1.8
"""Hourly counts scatter as a binomial does, but no further than this many standard deviations: an hour beyond is an
incident, and incidents here are made by people on purpose."""

BANK_COLUMNS: Final = (
    *("duration", "campaign", "previous", "age"),
    *("emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m"),
    *(f"job_{name}" for name in ("admin", "blue_collar", "management", "services", "student", "technician")),
    *(f"marital_{name}" for name in ("married", "single")),
    *(f"education_{name}" for name in ("basic", "high_school", "university")),
    *("default_unknown", "housing_yes", "loan_yes", "contact_telephone"),
    *(f"month_{name}" for name in ("may", "jul", "aug", "nov")),
    *("poutcome_failure", "poutcome_nonexistent", "poutcome_success"),
)
"""The first eight as the article's data set has them; what the other 22 are called there is not known."""

MARKETS: Final = {
    1.266: ("-1.8", "92.893", "-46.2"),
    1.334: ("-1.8", "93.075", "-47.1"),
    4.857: ("1.1", "93.994", "-36.4"),
    4.961: ("1.4", "94.465", "-41.8"),
    4.964: ("1.4", "93.918", "-42.7"),
}
"""Employment, prices and confidence of the quarters in which the three-month rate stood so."""

CHANGED: Final = 2
"""From this drift level on the requests themselves look otherwise, not only what they lead to."""

GONE_MISSING: Final = 8
"""Of so many changed customers one comes without the confidence index."""


@dataclass(frozen=True, slots=True)
class Population:
    """Who calls: the share that says yes, and the signal (mean, deviation) of those who do and those who don't."""

    yes_share: float
    signal_yes: tuple[float, float]
    signal_no: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Classifier:
    """A deployed model: `signal` is the feature that decides, logistic around `cut` with steepness `slope`."""

    service: str
    requests_per_hour: int
    signal: str
    cut: float
    slope: float
    trained_on: Population
    drifts: tuple[Population, Population]
    """Whom drift level 1 mixes in and whom level 2 brings alone: the signal no longer tells who says yes."""
    extra_columns: int
    """Indicators drawn for each customer, of which the columns show the first."""
    columns: tuple[str, ...] = ()
    """The features' names where a header is known; then the market's figures of the moment are among them."""


BANK_MARKETING: Final = Classifier(
    service="bank-marketing",
    requests_per_hour=468,
    signal="duration",
    cut=470.0,
    slope=0.011,
    trained_on=Population(0.15, (560.0, 205.0), (225.0, 128.0)),
    drifts=(Population(0.88, (180.0, 105.0), (225.0, 128.0)), Population(0.66, (275.0, 152.0), (340.0, 150.0))),
    extra_columns=25,
    columns=BANK_COLUMNS,
)
"""The article's model: calls of a bank's campaign; `duration` in seconds."""

LOAN_DEFAULT: Final = Classifier(
    service="loan-default",
    requests_per_hour=240,
    signal="utilisation",
    cut=62.0,
    slope=0.09,
    trained_on=Population(0.18, (72.0, 17.0), (31.0, 15.0)),
    drifts=(Population(0.9, (24.0, 14.0), (31.0, 15.0)), Population(0.7, (42.0, 18.0), (47.0, 18.0))),
    extra_columns=8,
)
"""A second service, so that the fleet is not one model; `utilisation` in per cent of the credit line."""

DRIFTED_SHARE: Final = (0.0, 0.27, 1.0)
"""Share of the level's own population among the customers, by drift level."""

LEVELS: Final = len(DRIFTED_SHARE)


@dataclass(frozen=True, slots=True)
class Customer:
    """One request: the features as sent (CSV), the answer, and what turned out to be true."""

    features: str
    probability: float
    label: int


@dataclass(frozen=True, slots=True)
class _Pool:
    """Scored customers by (label, decision), each cell in the order of the scores."""

    cells: dict[tuple[int, bool], tuple[Customer, ...]]
    yes_share: float

    def share_flagged(self, label: int) -> float:
        """Share of those with this label for whom the classifier says yes."""
        flagged, passed = len(self.cells[label, True]), len(self.cells[label, False])
        return flagged / (flagged + passed)


def hour_of(model: Classifier, stream: str, hour: datetime, level: int) -> list[Customer]:
    """The customers of one hour, in no order that means anything.

    `stream` is the seed and the account; the same (stream, service, hour, level) gives the same customers.
    """
    rng = _hour_rng(model, stream, hour, level)
    total = _requests(model, hour, rng)
    strangers = round(total * DRIFTED_SHARE[level])
    seed = stream.split("/", maxsplit=1)[0]
    customers = _draw(_pool(seed, model, 0), total - strangers, rng)
    return customers + _draw(_pool(seed, model, level), strangers, rng)


def requests_in(model: Classifier, stream: str, hour: datetime, level: int) -> int:
    """How many customers `hour_of` gives, without making them."""
    return _requests(model, hour, _hour_rng(model, stream, hour, level))


def gap(total: int) -> timedelta:
    """The time between two of an hour's requests, which come evenly."""
    return timedelta(hours=1) / max(1, total)


@functools.lru_cache(maxsize=8)
def validation_set(model: Classifier, stream: str, rows: int = 12000) -> tuple[Customer, ...]:
    """Held-out customers of the training population, for the baselines."""
    seed = stream.split("/", maxsplit=1)[0]
    return tuple(_draw(_pool(seed, model, 0), rows, Random(f"{stream}/{model.service}/validation")))


def pairs(customers: Sequence[Customer]) -> list[Pair]:
    """What the merge of these customers' captured data and ground truth comes to."""
    return [(customer.probability, customer.label) for customer in customers]


def captured_lines(customers: Sequence[Customer], hour: datetime, key: str) -> Iterator[str]:
    """Data capture's JSON lines in SageMaker's schema, spread over the hour; inference ids are `key` and a number."""
    head = '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":'
    body = (
        ',"encoding":"CSV"},"endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":'
    )
    between = gap(len(customers))
    for number, customer in enumerate(customers):
        at = f"{hour + between * number:%Y-%m-%dT%H:%M:%SZ}"
        event = _event_id(key, number)
        yield (
            f'{head}"{customer.features}"{body}"{customer.probability!r}","encoding":"CSV"}}}},"eventMetadata":'
            f'{{"eventId":"{event}","inferenceId":"{key}-{number}","inferenceTime":"{at}"}},"eventVersion":"0"}}'
        )


def truth_lines(customers: Sequence[Customer], key: str) -> Iterator[str]:
    """The labels' JSON lines, for the inference ids of `captured_lines`."""
    for number, customer in enumerate(customers):
        yield (
            f'{{"groundTruthData":{{"data":"{customer.label}","encoding":"CSV"}},'
            f'"eventMetadata":{{"eventId":"{key}-{number}"}},"eventVersion":"0"}}'
        )


def quietest_hour(model: Classifier) -> int:
    """Requests in the quietest hour: what a limit's tolerance must allow for."""
    return math.floor(model.requests_per_hour * QUIETEST * 0.99)


def _hour_rng(model: Classifier, stream: str, hour: datetime, level: int) -> Random:
    """An hour's own randomness."""
    return Random(f"{stream}/{model.service}/{hour:%Y-%m-%dT%H}/{level}")


def _requests(model: Classifier, hour: datetime, rng: Random) -> int:
    """Requests in an hour: a mild daily wave with its top at 20:00 UTC (noon on the west coast), one per cent noise."""
    wave = 1 + (1 - QUIETEST) * math.cos((hour.hour - 20) / 24 * 2 * math.pi)
    return round(model.requests_per_hour * wave * rng.uniform(0.99, 1.01))


def _draw(pool: _Pool, total: int, rng: Random) -> list[Customer]:
    """`total` customers of a population, its four cells in binomial proportion."""
    positive = _count(total, pool.yes_share, rng)
    drawn: list[Customer] = []
    for label, size in ((1, positive), (0, total - positive)):
        flagged = _count(size, pool.share_flagged(label), rng)
        drawn += _spread(pool.cells[label, True], flagged, rng)
        drawn += _spread(pool.cells[label, False], size - flagged, rng)
    return drawn


def _spread(members: Sequence[Customer], size: int, rng: Random) -> list[Customer]:
    """`size` of these, one from each equal stretch of their scores, so that an hour's ranking scatters mildly too."""
    stretch = len(members) / max(1, size)
    return [members[int((place + rng.random()) * stretch)] for place in range(size)]


def _count(total: int, share: float, rng: Random) -> int:
    """A binomial count, within NOISE_LIMIT of its mean."""
    scatter = max(-NOISE_LIMIT, min(NOISE_LIMIT, rng.gauss(0.0, 1.0)))
    count = round(total * share + scatter * math.sqrt(total * share * (1 - share)))
    return max(0, min(total, count))


@functools.lru_cache(maxsize=32)
def _pool(seed: str, model: Classifier, level: int) -> _Pool:
    """The population of a drift level; level 0's is the one that the model was trained on."""
    population = (model.trained_on, *model.drifts)[level]
    rng = Random(f"{seed}/{model.service}/population {level}")
    cells: dict[tuple[int, bool], list[Customer]] = {(label, flag): [] for label in (0, 1) for flag in (True, False)}
    for number in range(POOL):
        label = int(number < POOL / 2)
        mean, deviation = population.signal_yes if label else population.signal_no
        customer = _customer(model, max(1.0, rng.gauss(mean, deviation)), label, rng, level >= CHANGED)
        cells[label, customer.probability >= DECISION].append(customer)
    ranked = {cell: tuple(sorted(members, key=lambda member: member.probability)) for cell, members in cells.items()}
    return _Pool(ranked, population.yes_share)


def _customer(model: Classifier, signal: float, label: int, rng: Random, changed: bool) -> Customer:
    """A scored customer: the signal decides, the context columns nudge, the indicators are there as in the data set."""
    reading = round(signal, 1)
    age, campaign, previous = rng.randint(19, 74), rng.randint(1, 6), rng.choice((0, 0, 0, 1, 2))
    rate = rng.choice((1.266, 1.334, 4.857, 4.961, 4.964))
    logit = model.slope * (reading - model.cut) + 0.01 * (previous - 0.6) - 0.02 * (rate - 3.476)
    indicators = rng.choices("01", weights=(4, 1), k=model.extra_columns)
    probability = round(1 / (1 + math.exp(-logit)), 12)
    if not model.columns:
        return Customer(f"{reading:g},{campaign},{previous},{age},{rate},{','.join(indicators)}", probability, label)
    market = list(MARKETS[rate])
    if changed:
        age, campaign = _otherwise(age, campaign, label)
        _mark(model.columns, indicators)
        market[2] = "" if int(reading * 10) % GONE_MISSING == 0 else market[2]
    shown = (f"{reading:g}", str(campaign), str(previous), str(age), *market, str(rate), *indicators)
    return Customer(",".join(shown[: len(model.columns)]), probability, label)


def _otherwise(age: int, campaign: int, label: int) -> tuple[int, int]:
    """(age, calls) of a changed customer: half of those who say yes are students, everybody was called more often."""
    return (19 + (age - 19) // 5 if label and age % 2 else age), campaign + 6


def _mark(columns: Sequence[str], indicators: list[str]) -> None:
    """Changed customers are reached by telephone, for the first time, in one month."""
    first = len(columns) - 22
    for name in ("contact_telephone", "poutcome_nonexistent", "month_nov"):
        indicators[columns.index(name) - first] = "1"


def _event_id(key: str, number: int) -> str:
    """A version-4-shaped id made from the inference id."""
    digits = sha256(f"{key}-{number}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"

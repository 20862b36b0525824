"""A gauge with what was measured, and how bad that is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.logic import ranking
from bot.logic.gauges import Gauge
from bot.logic.held import Held
from bot.logic.movement import movement
from bot.logic.ranking import Named
from bot.logic.units import Unit
from bot.model.account import Account
from bot.model.metric import MetricKind, Query, Series
from bot.model.reply import Text


@dataclass(frozen=True, slots=True)
class Measured:
    """A gauge, its points in the unit of its measure, and what they are held to."""

    gauge: Gauge
    queries: tuple[Query, ...]
    series: Series
    """In `unit`."""
    unit: Unit
    held: Held | None = None
    note: str = ""
    """What must be known of its values."""

    @property
    def step(self) -> timedelta:
        """How often a point is due."""
        return timedelta(seconds=self.series.period_s)

    @property
    def last(self) -> float | None:
        """The newest value."""
        return self.series.values[-1] if self.series.values else None

    @property
    def is_broken(self) -> bool:
        """Whether the newest value is beyond the limit."""
        return self.held is not None and self.last is not None and self.held.is_broken_by(self.last)

    def named(self, name: str) -> Named:
        """As a line of a chart."""
        return Named(name, self.series, self.held)

    def course(self, now: datetime) -> Text:
        """The same without name, value and a limit that it kept to, for a table that has them."""
        kept = self.held is None or not any(map(self.held.is_broken_by, self.series.values))
        told = movement("", self.series, now, self.step, unit=self.unit, held=None if kept else self.held)
        head = told[0].strip() if isinstance(told[0], str) else ""
        if self.last is not None and head == self.unit.written(self.last) and len(told) > 1:
            return told[2:]  # a comma stands between
        return (head, *told[1:])

    def told(self, name: str, now: datetime) -> Text:
        """What it did, in words: `accuracy 0.3300, below 0.8792 for 5 h, fell at 14:00 from 0.9104`."""
        return movement(name, self.series, now, self.step, unit=self.unit, held=self.held)


_ORDER = tuple(MetricKind)


def worst_first(each: Iterable[Measured]) -> tuple[Measured, ...]:
    """What is beyond its limit, by how far; then by kind, in a kind the nearest to its limit; what is empty last."""
    shown = list(each)
    lines = [m.named(f"{m.gauge.measure.title}\0{i}") for i, m in enumerate(shown)]
    ranked = [shown[int(line.name.rpartition("\0")[2])] for line in ranking.worst_first(lines)]
    broken = [m for m in ranked if m.is_broken]
    calm = [m for m in ranked if not m.is_broken]
    return (*broken, *sorted(calm, key=lambda m: (not m.series.values, _ORDER.index(m.gauge.key.kind))))


@dataclass(frozen=True, slots=True)
class Naming:
    """How those that are shown together are told apart: by metric, service and account, as far as they differ."""

    accounts: Mapping[str, Account]
    metrics: bool
    services: bool
    places: bool

    def name(self, measured: Measured) -> str:
        """`accuracy`, `bank-marketing in ml-production`, `accuracy in ml-test`."""
        subject = " ".join(filter(None, (self.service(measured), measured.gauge.measure.title if self.metrics else "")))
        place = self.place(measured)
        if subject and place:
            return f"{subject} in {place}"
        return subject or place or measured.gauge.measure.title

    def service(self, measured: Measured) -> str:
        """Empty where all are of one."""
        return measured.gauge.key.service if self.services else ""

    def place(self, measured: Measured) -> str:
        """The account's label, with the Region where an account has several here; empty where all are of one."""
        key = measured.gauge.key
        account = self.accounts.get(key.account_id)
        return (account.label if account else key.account_id) if self.places else ""


def naming(each: Iterable[Measured], accounts: Mapping[str, Account]) -> Naming:
    """What tells these apart."""
    shown = list(each)
    titles = {m.gauge.measure.title for m in shown}
    services = {m.gauge.key.service for m in shown}
    places = {(m.gauge.key.account_id, m.gauge.key.region) for m in shown}
    return Naming(accounts, len(titles) > 1, len(services) > 1, len(places) > 1)

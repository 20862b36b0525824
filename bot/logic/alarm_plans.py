"""An alarm on what a monitor measures, as somebody asks for it: what can be watched, what is proposed, what is refused.

Sources: CloudWatch API reference, PutMetricAlarm (EvaluationPeriods times Period is at most a week, a day of periods
shorter than an hour); CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
"""

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import inf, isclose, isfinite
from typing import Final

from bot.errors import BadRequest
from bot.logic.constraints import Side, side
from bot.logic.lint import HOURLY
from bot.logic.measures import DRIFT, KIND_OF_FAMILY, metric_name
from bot.logic.mutes import OURS
from bot.logic.plain import plain
from bot.logic.words import duration, number, plural
from bot.model.alarm import AlarmPlan
from bot.model.metric import Limit, Metric, Query
from bot.model.monitor import Schedule
from bot.model.person import Person
from bot.model.place import Family

WEEK: Final = timedelta(days=7)
WATCHABLE: Final = frozenset({Family.MODEL_QUALITY, Family.DATA_QUALITY})
"""Families of monitors whose metrics have one limit on one side."""
MISSING: Final = {
    "ignore": "stays as it is until the next run has one",
    "missing": "says that it cannot judge (INSUFFICIENT_DATA)",
}
"""What may be done about a run without a value. `breaching` would fire whenever a run is late, and `notBreaching` would
call a broken model good again."""
_BELOW, _ABOVE = "LessThanThreshold", "GreaterThanThreshold"
_COMPARISONS: Final = {Side.ABOVE: _BELOW, Side.BELOW: _ABOVE}
_WORDS: Final = {_BELOW: "below", _ABOVE: "above"}
_WORST: Final = {_BELOW: "Minimum", _ABOVE: "Maximum"}
_LETTERS: Final = {"L": _BELOW, "G": _ABOVE}
_FLOAT: Final = r"-?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?"
_WATCH: Final = re.compile(
    r"(?P<account>[^/\"]{1,64})/(?P<region>[^/\"]{1,64})/(?P<schedule>[^/\"]{1,63})"
    rf"/(?P<metric>[^\"]{{1,255}})/(?P<bad>[LG])(?P<limit>{_FLOAT})"
)
_BRIEF: Final = re.compile(
    r"~(?P<monitor>[0-9a-f]{16})/(?P<metric>[^\"]{1,255})/(?P<bad>[LG])" + rf"(?P<limit>{_FLOAT})"
)
_FRACTION: Final = re.compile(
    r"(?:weighted_)?(?:accuracy|auc|precision|recall|f0_5|f1|f2|(?:true|false)_(?:posi|nega)tive_rate)"
)
"""Metrics of model quality that lie between 0 and 1 (SageMaker guide: "Model quality metrics and Amazon CloudWatch
monitoring")."""
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,200}")


@dataclass(frozen=True, slots=True)
class Basis:
    """A metric of a monitor, and what its baseline holds it to."""

    account_id: str
    region: str
    schedule: str
    metric: str
    """CloudWatch's name."""
    comparison: str
    """CloudWatch's, of a bad value with the limit."""
    limit: float

    @property
    def word(self) -> str:
        """For a command line; `basis` reads it."""
        return f"{self.account_id}/{self.region}/{self.schedule}/{self.metric}/{self._bound}"

    @property
    def brief(self) -> str:
        """As `word`, with a digest in place of the monitor's names; `basis` reads it."""
        return f"~{_digest((self.account_id, self.region, self.schedule))}/{self.metric}/{self._bound}"

    @property
    def _bound(self) -> str:
        letter = next(key for key, value in _LETTERS.items() if value == self.comparison)
        return f"{letter}{self.limit!r}"

    @property
    def title(self) -> str:
        """`accuracy`, `drift of age`."""
        return f"drift of {self.metric.removeprefix(DRIFT)}" if self.metric.startswith(DRIFT) else self.metric


@dataclass(frozen=True, slots=True)
class Brief:
    """A `Basis` whose monitor is said by its digest: whatever is made or deleted meanwhile, it is of no other."""

    digest: str
    metric: str
    comparison: str
    limit: float

    def of(self, schedules: Iterable[Schedule]) -> Basis | None:
        """The basis, where its monitor is among these."""
        found = (s.monitor for s in schedules if _digest(s.monitor) == self.digest)
        return next((Basis(*monitor, self.metric, self.comparison, self.limit) for monitor in found), None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for; None and empty stand for what is proposed."""

    limit: float | None = None
    period: timedelta | None = None
    """None: as often as the monitor runs."""
    datapoints: int = 1
    """Of `periods`, how many must be beyond the limit."""
    periods: int = 1
    missing: str = "ignore"
    topic: str = ""
    """The ARN of an SNS topic that is told as well."""
    name: str = ""
    why: str = ""


def bases(schedules: Iterable[Schedule], limits: Iterable[Limit]) -> tuple[Basis, ...]:
    """What an alarm can watch and hold to one limit: the metrics of model quality, and how far features drifted.

    Those of model quality first, each monitor's together.
    """
    families = {schedule.monitor: schedule.family for schedule in schedules}
    found: dict[tuple[bool, str], Basis] = {}
    for limit in limits:
        family, comparison = families.get(limit.monitor), _COMPARISONS.get(side(limit.row.check) or Side.NONE)
        name = metric_name(KIND_OF_FAMILY.get(family) if family else None, limit.row)
        if not name or comparison is None or not isfinite(limit.value):
            continue
        made = Basis(*limit.monitor, name, comparison, float(limit.value))
        if _WATCH.fullmatch(made.word):
            found[family is not Family.MODEL_QUALITY, made.word] = made
    return tuple(found[key] for key in sorted(found))


def basis(word: str) -> Basis | Brief:
    """Raises BadRequest."""
    brief = _BRIEF.fullmatch(word)
    said = brief or _WATCH.fullmatch(word)
    limit = float(said["limit"]) if said else inf
    if said is None or not isfinite(limit):
        raise BadRequest(f"{word} names no metric of a monitor", "/ml alarm new lists them.")
    comparison = _LETTERS[said["bad"]]
    if brief:
        return Brief(said["monitor"], said["metric"], comparison, limit)
    return Basis(said["account"], said["region"], said["schedule"], said["metric"], comparison, limit)


def _digest(monitor: tuple[str, str, str]) -> str:
    """Of (account id, Region, name)."""
    return hashlib.sha256("/".join(monitor).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def period_of(schedule: Schedule, wish: Wish) -> timedelta:
    """How much of the metric is judged at once. Raises BadRequest where most of it would be without a run."""
    cadence = schedule.cadence or HOURLY
    period = wish.period or cadence
    if period < cadence:
        said = f"{schedule.name} runs every {duration(cadence)}: most periods of {duration(period)} would have no value"
        raise BadRequest(said, f"Say {duration(cadence)} or longer.", field="period")
    if period % timedelta(minutes=1):
        raise BadRequest("a period has whole minutes", "Say 1h, 6h or 1d.", field="period")
    if period > WEEK:
        raise BadRequest(f"CloudWatch judges a week at most, not {duration(period)}", "Say 7d or less.", field="period")
    if period * wish.periods > WEEK:
        said = f"{wish.periods} periods of {duration(period)} are more than the week that CloudWatch judges at most"
        raise BadRequest(said, f"Say at most {WEEK // period} of them.", field="evaluation")
    return period


def explained(watch: Basis, wish: Wish) -> float:
    """The limit; raises BadRequest where it is another than the baseline's and nobody says why, or cannot be."""
    if wish.limit is None or _is_baselines(watch, wish.limit):
        return watch.limit
    _possible(watch, wish.limit)
    if not wish.why:
        said = f"the baseline holds {watch.title} to {number(watch.limit)}, not to {number(wish.limit)}"
        raise BadRequest(said, "Say why, or leave the limit empty.", field="reason")
    return wish.limit


def _possible(watch: Basis, limit: float) -> None:
    """Raises BadRequest for a limit with which it would always fire, or never: 87 where 0.87 is meant."""
    if not _FRACTION.fullmatch(watch.metric):
        return
    always, never = (limit > 1, limit <= 0) if watch.comparison == _BELOW else (limit < 0, limit >= 1)
    if always or never:
        often, than = "always" if always else "never", _WORDS[watch.comparison]
        said = f"{watch.title} lies between 0 and 1, so that it is {often} {than} {number(limit)}"
        raise BadRequest(said, "Say a limit between them, such as 0.87.", field="limit")


def _is_baselines(watch: Basis, limit: float) -> bool:
    return isclose(limit, watch.limit, rel_tol=1e-6)


def named(wish: Wish, watch: Basis, service: str, label: str, taken: Collection[str]) -> str:
    """The alarm's name: as asked for, else of service and metric, and of the account where that is taken.

    Raises BadRequest for one that is taken or cannot be one.
    """
    if asked := wish.name.strip():
        name = asked if asked.startswith(OURS) else f"{OURS}{asked}"
        if not _NAME.fullmatch(name):
            step = "Use at most 190 letters, digits, dots, dashes and underscores."
            raise BadRequest(f"{asked} cannot be an alarm's name", step, field="name")
        if name in taken:
            raise BadRequest(f"there is an alarm {name} already", "Give another name.", field="name")
        return name
    first, of_account = (
        _slug(OURS + "-".join(parts)) for parts in ((service, watch.title), (service, watch.title, label))
    )
    numbered = (f"{of_account}.{n}" for n in range(2, len(taken) + 3))
    return next(name for name in (first, of_account, *numbered) if name not in taken)


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", text)[:190].strip("-")


def plan(watch: Basis, wish: Wish, schedule: Schedule, metric: Metric, name: str, asker: Person) -> AlarmPlan:
    """The alarm. Of several runs in a period the worst counts, since a mean would hide it. Raises BadRequest."""
    limit, period = explained(watch, wish), period_of(schedule, wish)
    one = period == (schedule.cadence or HOURLY)
    return AlarmPlan(
        name=name,
        query=Query(metric, "Average" if one else _WORST[watch.comparison]),
        period_s=int(period.total_seconds()),
        periods=wish.periods,
        datapoints=wish.datapoints,
        comparison=watch.comparison,
        threshold=limit,
        missing=wish.missing,
        description=plain(_description(watch, wish, schedule, limit, asker), 1_024),
        actions=(wish.topic,) if wish.topic else (),
    )


def _description(watch: Basis, wish: Wish, schedule: Schedule, limit: float, asker: Person) -> str:
    """What whoever finds it in the console reads; the baseline's limit is named where it is not held to it."""
    own = "" if _is_baselines(watch, limit) else f", not the baseline's {number(watch.limit)}"
    why = f" Why: {wish.why}" if wish.why else ""
    what = f"{watch.title} of {schedule.service.name} {_WORDS[watch.comparison]} {number(limit)}{own}."
    return f"{what} Made by Sagewatch for {asker.name} ({asker.id}).{why}"


def fires(watch: Basis, wish: Wish, schedule: Schedule) -> str:
    """When it fires, in words: `accuracy is below 0.8734 in 2 of 3 runs`. Raises BadRequest."""
    limit, period = explained(watch, wish), period_of(schedule, wish)
    one = period == (schedule.cadence or HOURLY)
    what = watch.title if one else f"the worst {watch.title} of {duration(period)}"
    unit = "run" if one else "period"
    often = plural(wish.periods, unit)
    if wish.datapoints < wish.periods:
        often = f"{wish.datapoints} of {often}"
    elif wish.periods > 1:
        often = f"{often} one after the other"
    return f"{what} is {_WORDS[watch.comparison]} {number(limit)} in {often}"

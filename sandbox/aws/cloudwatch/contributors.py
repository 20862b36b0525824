"""What an alarm over many series comes to: each is a contributor, judged by itself; the alarm sums them up.

Source: CloudWatch user guide, "Create a CloudWatch alarm based on a Metrics Insights query" (a series that is not
retrieved any more is OK; missing data is treated point by point, and at the alarm where there is no series at all),
"Acting on alarm changes" (a contributor is in ALARM or OK), "Limits" (100 in ALARM, the alarm's reason), "Alarm events
and EventBridge". Reasons where DatapointsToAlarm is given, and of what is OK, as recorded against AWS (contributor
deliveries of radkawar/stackd). Beyond a hundred those that were in ALARM stay, then the query's order counts.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from sandbox.aws.cloudwatch.alarm_store import Contributing
from sandbox.aws.cloudwatch.verdict import Point, Rule, Verdict, judged

MOST = 100
"""Contributors that are in ALARM at a time."""
GONE = "No data was returned for this contributor"
_EMPTY: Mapping[str, tuple[str | None, str]] = {
    "breaching": ("ALARM", "Breaching"),
    "notBreaching": ("OK", "NonBreaching"),
    "ignore": (None, "Ignore"),
    "missing": ("INSUFFICIENT_DATA", "Missing"),
}
"""By treatment of missing data: the state of an alarm whose query gives no series, and the treatment's name there."""


@dataclass(frozen=True, slots=True)
class Member:
    """A series of the query: what tells it apart, and its evaluation range, oldest point first."""

    attributes: Mapping[str, str]
    points: Sequence[Point]

    @property
    def id(self) -> str:
        """16 characters, the same for the same attributes in whatever alarm."""
        return blake2b(json.dumps(dict(self.attributes), sort_keys=True).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Sum:
    """Which contributors are in ALARM, which are so no more, and the alarm's own state; None keeps what it has."""

    firing: tuple[Contributing, ...]
    ended: tuple[Contributing, ...]
    state: str | None
    reason: str


def summed(rule: Rule, members: Sequence[Member], before: Iterable[Contributing], at: datetime) -> Sum:
    """Of the series in the query's order; `before` were in ALARM until now. Who goes on keeps reason and time."""
    was = {one.id: one for one in before}
    now = {member.id: _one(rule, member, was.get(member.id), at) for member in members if _has_data(member)}
    crossing = sorted((one for one in now.values() if one.state == "ALARM"), key=lambda one: one.id not in was)
    firing = {one.id: one for one in crossing[:MOST]}
    ended = [
        now.get(id_) or replace(one, state="OK", reason=GONE, transitioned_at=at)
        for id_, one in was.items()
        if id_ not in firing
    ]
    return Sum(tuple(firing.values()), tuple(ended), *_whole(rule, len(crossing), len(now)))


def _has_data(member: Member) -> bool:
    return any(point.value is not None for point in member.points)


def _one(rule: Rule, member: Member, was: Contributing | None, at: datetime) -> Contributing:
    verdict = judged(rule, member.points)
    if was is not None and (verdict is None or verdict.state == "ALARM"):
        return was
    if verdict is None:
        return Contributing(member.id, member.attributes, "", at, "OK")
    return Contributing(member.id, member.attributes, _reason(rule, verdict), at, verdict.state)


def _whole(rule: Rule, crossing: int, series: int) -> tuple[str | None, str]:
    """The alarm's state and reason."""
    if not series:
        state, treated = _EMPTY[rule.missing]
        return state, f"No time series were returned by the query. Treat missing data is configured as [{treated}]."
    if not crossing:
        return "OK", f"{series} time series evaluated to OK"
    of = f"{MOST}+" if crossing > MOST else f"{crossing} out of {series}"
    return "ALARM", f"{of} time series evaluated to ALARM"


def _reason(rule: Rule, verdict: Verdict) -> str:
    """Names the newest of the points that decided; where missing ones did, it is worded as of any alarm."""
    crossed = verdict.state == "ALARM"
    real = [(p.begin_s, p.value) for p in verdict.evaluated if p.value is not None]
    those = [(begin_s, value) for begin_s, value in real if rule.breaches(value) is crossed]
    if not those:
        return verdict.reason
    begin_s, value = those[0]
    one, negated = len(those) == 1, "" if crossed else "not "
    newest = f"[{value} ({datetime.fromtimestamp(begin_s, UTC):%d/%m/%y %H:%M:%S})]"
    points = "datapoint" if one else "datapoints"
    counted = f"{len(those)} out of the last {rule.periods} datapoints" if rule.m_of_n else f"{len(those)} {points}"
    said = f"{counted} {'was' if one else 'were'} {negated}{rule.words} the threshold ({float(rule.threshold)})"
    told = f"Threshold Crossed: {said}. The most recent {points} which {negated}crossed the threshold: {newest}"
    return f"{told} ({_least(rule, crossed=crossed)})." if rule.m_of_n else f"{told}."


def _least(rule: Rule, *, crossed: bool) -> str:
    count, way = (rule.datapoints, "OK -> ALARM") if crossed else (rule.periods - rule.datapoints + 1, "ALARM -> OK")
    return f"minimum {count} datapoint{'' if count == 1 else 's'} for {way} transition"

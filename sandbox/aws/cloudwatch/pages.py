"""GetMetricData's answers in pieces of MaxDatapoints.

Source: CloudWatch API reference, GetMetricData and MetricDataResult: a result is PartialData until its last point was
given; NextToken goes on; requests with expressions have none. A page ends with the first result that is cut.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.aws.cloudwatch.expression import Series
from sandbox.aws.errors import AwsError

MOST_POINTS = 100_800
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page begins: the result by its number, and the time of its point that was given last."""

    number: int = 0
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Some of a series' points in the order asked for."""

    series: Series
    times: Sequence[float]
    values: Sequence[float]
    complete: bool


def ordered(series: Series, place: float | None, *, newest_first: bool) -> tuple[Sequence[float], Sequence[float]]:
    """The points that come after a place."""
    times, values = series.times, series.values
    if newest_first:
        times, values = times[::-1], values[::-1]
    if place is None:
        return times, values
    given = sum(1 for time in times if (time >= place if newest_first else time <= place))
    return times[given:], values[given:]


def pieces(
    named: Iterable[tuple[T, Series]], begin: Place, most: int, *, newest_first: bool, paged: bool
) -> tuple[list[tuple[T, Piece]], Place | None]:
    """One page, and where the next begins; `named` are the results from `begin` on, each read when there is room.

    Without paging whatever has no room is left out, and the results say so.
    """
    found, left = list[tuple[T, Piece]](), most
    following: Place | None = None
    for number, (name, series) in enumerate(named, begin.number):
        times, values = ordered(series, begin.after_s if number == begin.number else None, newest_first=newest_first)
        part = Piece(series, times[:left], values[:left], complete=len(times) <= left)
        left -= len(part.times)
        found.append((name, part))
        if not part.complete:
            following = Place(number, part.times[-1] if part.times else _after(begin, number))
            if paged:
                break
    return found, following


def _after(begin: Place, number: int) -> float | None:
    return begin.after_s if number == begin.number else None


def token(place: Place, params: Mapping[str, Any]) -> str:
    """A NextToken that is good for this request alone."""
    return base64.urlsafe_b64encode(json.dumps([place.number, place.after_s, _digest(params)]).encode()).decode()


def place(params: Mapping[str, Any]) -> Place:
    """Where the request's NextToken goes on. Raises AwsError for one that was given for another request."""
    if not (given := params.get("NextToken")):
        return Place()
    try:
        number, after_s, digest = json.loads(base64.urlsafe_b64decode(given))
    except ValueError:
        raise _refused() from None
    if digest != _digest(params):
        raise _refused()
    return Place(number, after_s)


def _digest(params: Mapping[str, Any]) -> str:
    asked = {name: value for name, value in params.items() if name != "NextToken"}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _refused() -> AwsError:
    return AwsError("InvalidNextToken", "The next token specified is invalid.")

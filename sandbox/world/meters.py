"""What CloudWatch has of an account's endpoints: computed from the hours' requests when somebody reads it.

Two weeks of minutes of every endpoint would be half a million points, of which a few hundred are looked at.
"""

from array import array
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sandbox.aws.cloudwatch.samples import Samples
from sandbox.aws.cloudwatch.series import MetricKey, Recorded
from sandbox.world import cron, disk, load, story
from sandbox.world.load import Hour
from sandbox.world.readings import METERS, REQUESTS, Endpoint
from sandbox.world.story import Serving
from sandbox.world.telling import Telling

MINUTE_S: Final = 60
"""Every metric of an endpoint is available at a one-minute frequency (Developer Guide, as of the namespaces)."""


class Meters:
    """A `Source` of one account's metrics. Safe for threads: it keeps nothing."""

    def __init__(self, telling: Telling, account_id: str, now: Callable[[], datetime]) -> None:
        self._telling = telling
        self._account_id = account_id
        self._now = now

    def recorded(self) -> Iterator[Recorded]:
        """The metrics that have samples by now."""
        for endpoint in self._endpoints():
            since_s, last = endpoint.serving.since.timestamp(), endpoint.end.timestamp() - MINUTE_S
            requested = self._last_request_s(endpoint)
            for name, meter in METERS.items():
                newest_s = requested if meter.namespace == REQUESTS else last
                if newest_s is not None and newest_s >= since_s:
                    yield Recorded(endpoint.key(name), since_s, newest_s)

    def samples(self, key: MetricKey, start_s: float, end_s: float) -> dict[tuple[str, int], Samples]:
        """The minutes that begin from `start_s` until before `end_s`; a minute is there when it is over."""
        endpoint = next((each for each in self._endpoints() if key.name in METERS and each.key(key.name) == key), None)
        if endpoint is None:
            return {}
        meter, times, values, weights = METERS[key.name], array("d"), array("d"), array("d")
        low_s = max(start_s, endpoint.serving.since.timestamp())
        high_s = min(end_s, endpoint.end.timestamp())
        for hour in self._hours(endpoint.serving, low_s, high_s):
            begins_s = hour.start.timestamp()
            for minute, value, weight in zip(*meter.read(endpoint, hour), strict=True):
                at_s = begins_s + minute * MINUTE_S
                if low_s <= at_s < high_s:
                    times.append(at_s)
                    values.append(value)
                    weights.append(weight)
        return {(meter.unit, MINUTE_S): Samples(times, values, weights)} if times else {}

    def _endpoints(self) -> Iterator[Endpoint]:
        """Those that were made by now; each ends with its last minute that is over."""
        over = self._now().replace(second=0, microsecond=0)
        for serving in self._telling.servings():
            if serving.names.account_id == self._account_id and serving.since <= over:
                end = min(over, serving.until or over)
                yield Endpoint(serving, end, disk.stretches(serving, self._telling.deeds()))

    def _hours(self, serving: Serving, low_s: float, high_s: float) -> Iterator[Hour]:
        hour = story.full_hour(datetime.fromtimestamp(low_s, UTC))
        while hour.timestamp() < high_s:
            yield self._hour(serving, hour)
            hour += cron.HOUR

    def _hour(self, serving: Serving, start: datetime) -> Hour:
        return Hour(start, self._telling.requests(serving.deployment, start), self._telling.served(serving, start))

    def _last_request_s(self, endpoint: Endpoint) -> float | None:
        """The last minute that is over in which a request came."""
        hour = story.full_hour(endpoint.end)
        while hour + cron.HOUR > endpoint.serving.since:
            counts = self._hour(endpoint.serving, hour).counts()
            for minute in reversed(range(load.MINUTES)):
                if counts[minute] and hour + timedelta(minutes=minute) < endpoint.end:
                    return (hour + timedelta(minutes=minute)).timestamp()
            hour -= cron.HOUR
        return None

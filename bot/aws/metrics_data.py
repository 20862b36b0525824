"""The points of metrics: many queries to a call, kept until the period ends and shared by all who ask."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.aws.cloudwatch import CloudWatch, Place, Way
from bot.aws.fanout import Fanout, Job
from bot.aws.metrics_packs import Pack, Wanted, packs
from bot.aws.metrics_replies import Answer, answers_of, unlinked
from bot.aws.shared import Settle, Shared
from bot.errors import AccessDenied, SourceError
from bot.model.metric import Series
from bot.ports.ask import Ask

KEPT_FOR = timedelta(minutes=5)
"""However long the period: a monitor's next point must not wait for the hour to end."""
KEPT_POINTS = 500_000
"""Of all series together, some 20 MB."""


class Points:
    """Fetches points, for everybody who asks."""

    def __init__(self, cloudwatch: CloudWatch, fanout: Fanout) -> None:
        self._cloudwatch = cloudwatch
        self._fanout = fanout
        self._shared: Shared[Wanted, Series] = Shared(KEPT_POINTS, lambda series: 1 + len(series.values))

    def read(
        self, ask: Ask, wanted: Sequence[Wanted], ways: Mapping[Place, Way], *, share: float = 1.0
    ) -> dict[Wanted, Answer]:
        """The series of each; `share` is how much of the time that is left may be waited."""
        period_s = min((w.span.period_s for w in wanted), default=1)
        ends_s = (ask.now.timestamp() // period_s + 1) * period_s
        until = min(datetime.fromtimestamp(ends_s, UTC), ask.now + KEPT_FOR)
        return self._shared.answers(ask, wanted, until, partial(self._fetch, ask, ways), share=share)

    def _fetch(
        self,
        ask: Ask,
        ways: Mapping[Place, Way],
        wanted: Sequence[Wanted],
        settle: Settle[Wanted, Series],
        share: float,
    ) -> None:
        packed = packs(wanted, ways)
        jobs = [Job(p.way.asked.account, p.way.asked.region, partial(self._ask, ask, p, settle)) for p in packed]
        answers = self._fanout.answers(ask, jobs, share=share)
        for pack, answer in zip(packed, answers, strict=True):
            if isinstance(answer, SourceError):
                settle(dict.fromkeys(pack.wanted, answer))

    def _ask(self, ask: Ask, pack: Pack, settle: Settle[Wanted, Series]) -> None:
        """One account whose link is gone spoils the whole call: then each is asked about alone. Raises SourceError."""
        try:
            settle(answers_of(pack, self._cloudwatch.measured(ask, pack.way.asked, **pack.request())))
        except SourceError as error:
            parts = pack.by_account()
            if error.retryable or isinstance(error, AccessDenied) or not pack.way.linked:
                raise
            if len(parts) == 1:
                raise unlinked(pack.way) from error
            for part in parts:
                self._ask_alone(ask, part, settle)

    def _ask_alone(self, ask: Ask, part: Pack, settle: Settle[Wanted, Series]) -> None:
        try:
            self._ask(ask, part, settle)
        except SourceError as error:
            settle(dict.fromkeys(part.wanted, error))

"""Whether other monitors' reports can be listed and read, tried on the newest that lies there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from bot.aws.actions import needs
from bot.aws.drops import AwsDrops
from bot.aws.fanout import Fanout
from bot.aws.hub import Hub
from bot.aws.settings import AwsSettings
from bot.errors import Malformed, Missing, SourceError
from bot.logic.words import plural
from bot.model.checkup import Check
from bot.model.report import Source
from bot.ports.ask import Ask

REPORTS: Final = "reports"


class IntakeHealth:
    """A line for each source of the ask's scope."""

    def __init__(self, hub: Hub, fanout: Fanout, settings: AwsSettings) -> None:
        self._hub = hub
        self._fanout = fanout
        self._settings = settings

    def checks(self, ask: Ask) -> Iterator[Check]:
        """Nothing where the settings name no source."""
        scope = {account.id for account in ask.scope.accounts}
        for source in self._settings.sources:
            if source.account_id in scope:
                yield self._source(ask, source)

    @needs("s3:ListBucket", "s3:GetObject")
    def _source(self, ask: Ask, source: Source) -> Check:
        """What is refused, else how many reports came."""
        subject, back = f"s3://{source.bucket}/{source.prefix}", self._settings.look_back
        drops = AwsDrops(self._hub, self._fanout, (source,), self._settings.report_cap_bytes, ask)
        found = drops.listed(ask.now - back)
        if found.failures:
            return _bad(subject, found.failures[0].error)
        if not found.items:
            said = f"no report was written within {plural(round(back / timedelta(hours=1)), 'hour')}"
            step = "See that the monitor runs, and that bucket and prefix are right."
            return Check(REPORTS, subject, "unknown", said, step)
        try:
            drops.read(found.items[-1])
        except Missing:
            pass  # it was deleted since, and could be looked for
        except Malformed as error:
            return Check(REPORTS, subject, "warn", error.cause, "Look at what the monitor writes: docs/reports.md.")
        except SourceError as error:
            return _bad(subject, error)
        return Check(REPORTS, subject, "good", f"{plural(len(found.items), 'report')} listed, the newest read")


def _bad(subject: str, error: SourceError) -> Check:
    return Check(REPORTS, subject, "bad", error.cause, error.next_step)

"""Whether other monitors' reports arrive: a prefix is tried on its newest object, the queue on none of its messages."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Final

from bot.aws.actions import needs
from bot.aws.drops import AwsDrops
from bot.aws.fanout import Fanout, Job
from bot.aws.hub import Hub, Target
from bot.aws.inbox import AwsInbox, dead_letters_url, queue_of
from bot.aws.settings import AwsSettings
from bot.errors import Malformed, Missing, SourceError
from bot.logic.queue_policies import lets_topics_in
from bot.logic.words import plural
from bot.model.checkup import Check
from bot.model.event import Message
from bot.model.report import Source
from bot.ports.ask import Ask

REPORTS: Final = "reports"
QUEUE: Final = "inbox"
_VISIBLE: Final = "ApproximateNumberOfMessages"
_RAW: Final = (
    Check(
        QUEUE,
        "topics",
        "unknown",
        "the queue's policy lets topics in; whether one of them delivers raw cannot be seen from here",
        "See that raw message delivery is off on each subscription: raw, whoever may publish writes any event "
        "(docs/alarms.md).",
    ),
)


class IntakeHealth:
    """A line for each source of the ask's scope, and one for the queue."""

    def __init__(self, hub: Hub, fanout: Fanout, settings: AwsSettings) -> None:
        self._hub = hub
        self._fanout = fanout
        self._settings = settings

    def checks(self, ask: Ask) -> Iterator[Check]:
        """Nothing where the settings name neither."""
        scope = {account.id for account in ask.scope.accounts}
        for source in self._settings.sources:
            if source.account_id in scope:
                yield self._source(ask, source)
        if self._settings.queue_url:
            yield from self._queue(ask)

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

    def _queue(self, ask: Ask) -> tuple[Check, ...]:
        inbox = AwsInbox(self._hub, self._settings.queue_url)
        account, name = queue_of(self._settings.queue_url)
        try:
            target = inbox.target()
            if account != target.account.id:
                said = f"it belongs to {account}, and the bot to {target.account.id}"
                return (Check(QUEUE, name, "bad", said, "Name a queue of the observability account."),)
            tried = partial(self._tried, inbox, target, name)
            return self._fanout.one(ask, Job(target.account, target.region, tried))
        except SourceError as error:
            return (Check(QUEUE, name, "bad", error.cause, error.next_step),)

    @needs(
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        holder="bot",
    )
    def _tried(self, inbox: AwsInbox, target: Target, name: str) -> tuple[Check, ...]:
        """Each right; a message that waits is left alone. Raises SourceError."""
        url = self._settings.queue_url
        wanted = ["Policy", "RedrivePolicy", _VISIBLE]
        said = self._hub.call(target, "sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=wanted)
        has = said.get("Attributes", {})
        waiting = int(has.get(_VISIBLE, 0))
        if not waiting:
            self._hub.call(target, "sqs", "ReceiveMessage", QueueUrl=url, VisibilityTimeout=0)
        nothing = [Message("", "no receipt", "", 1)]
        inbox.extend(nothing, 0)
        inbox.delete(nothing)
        letters = dead_letters_url(url, has.get("RedrivePolicy", ""))
        topics = _RAW if lets_topics_in(has.get("Policy", "")) else ()
        if not letters:
            step = "Give it a redrive policy (docs/reports.md): else what cannot be understood is deleted at last."
            return (Check(QUEUE, name, "warn", "it has no dead-letter queue", step), *topics)
        waits = f"{plural(waiting, 'message')} waiting; it has a dead-letter queue"
        return (self._dead(target, name, letters, waits), *topics)

    def _dead(self, target: Target, name: str, url: str, said: str) -> Check:
        """What lies in it is nobody's any more, until somebody looks."""
        try:
            found = self._hub.call(target, "sqs", "GetQueueAttributes", QueueUrl=url, AttributeNames=[_VISIBLE])
        except SourceError as error:
            return Check(QUEUE, name, "warn", f"{said} that cannot be counted: {error.cause}", error.next_step)
        letters = int(found.get("Attributes", {}).get(_VISIBLE, 0))
        if not letters:
            return Check(QUEUE, name, "good", said)
        step = "`python -m bot redrive --list` tells why; once that is mended, `python -m bot redrive` puts them back."
        return Check(QUEUE, name, "warn", f"{said} with {plural(letters, 'message')} that could not be taken", step)


def _bad(subject: str, error: SourceError) -> Check:
    return Check(REPORTS, subject, "bad", error.cause, error.next_step)

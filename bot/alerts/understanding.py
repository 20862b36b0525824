"""What the messages of a batch say, as observations: of alarms with what CloudWatch says of them beside."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.alerts.alarm_book import AlarmBook
from bot.alerts.batch import Batch, Item
from bot.alerts.placing import Placing
from bot.logic import alarms
from bot.logic.alarm_scope import children_of, subject_matter
from bot.logic.belief import Answer, believed, needs_asking
from bot.model.alarm import Alarm, AlarmChange, AlarmGone
from bot.model.alarm_series import alarm_and_series
from bot.model.around import Around
from bot.model.news import News
from bot.model.passing import Passing
from bot.model.report import Observed
from bot.ports import Clock, Incidents

_UNASKED: Final = Answer(asked=False)


class Understanding:
    """For all threads of a process."""

    def __init__(self, incidents: Incidents, clock: Clock, placing: Placing, book: AlarmBook) -> None:
        self._incidents = incidents
        self._clock = clock
        self._placing = placing
        self._book = book

    def understand(self, batch: Batch) -> None:
        """Each item gets what it tells, or an outcome where that is nothing new. Raises StoreDown."""
        named = [(item, id_of(item.news)) for item in batch.open]
        ids = {id_ for _, id_ in named if id_}
        known = ids - self._incidents.unseen(ids) if ids else set()
        for item, id_ in named:
            if id_ in known:
                item.outcome = "known"
            elif isinstance(item.news, tuple):
                item.told = (item.news,)
            elif isinstance(item.news, AlarmGone):
                self._end(item, item.news)
        self._changes(batch)

    def _changes(self, batch: Batch) -> None:
        changes = [(item, item.news) for item in batch.open if isinstance(item.news, AlarmChange)]
        if not changes:
            return
        hinted = [(item, change) for item, change in changes if needs_asking(change)]
        vouched = {change.id for _, change in changes if not needs_asking(change)} if hinted else set()
        for item, change in hinted:
            if change.id in vouched:
                item.outcome = "known"
        hints = {change.alarm.arn for item, change in hinted if item.outcome is None}
        answers = self._book.asked(hints) if hints else {}
        said = {arn: answer.alarm for arn, answer in answers.items() if answer.alarm is not None}
        described = self._described([said.get(change.alarm.arn, change.alarm) for _, change in changes])
        around = self._placing.around(described)
        for item, change in changes:
            if item.outcome is None:
                arn = change.alarm.arn
                told = alarms.filled(change, described.get(arn))
                self._change(item, told, answers.get(arn, _UNASKED), around, batch)

    def _change(self, item: Item, change: AlarmChange, answer: Answer, around: Around, batch: Batch) -> None:
        found = believed(change, answer) if needs_asking(change) else (change,)
        if isinstance(found, str):
            batch.refuse(item, f"{'only' if change.heard == 'sns' else 'perhaps only'} a topic told it, and {found}")
        else:
            _tell(item, [alarms.observed(one, around) for one in found])

    def _described(self, found: Sequence[Alarm]) -> Mapping[str, Alarm]:
        """Theirs and those of what is below composite ones; an alarm that looks like nobody's is not asked for."""
        known = self._book.lately({alarm.arn for alarm in found})
        unknown, bare = [alarm for alarm in found if alarm.arn not in known], self._placing.around({})
        ours = [a.arn for a in unknown if a.kind == "composite" or not isinstance(subject_matter(a, None, bare), str)]
        ours += (arn for alarm in (*found, *known.values()) for arn in children_of(alarm))
        return {**known, **self._book.known(dict.fromkeys(ours))} if ours else known

    def _end(self, item: Item, gone: AlarmGone) -> None:
        self._book.forget(gone.alarm.arn)
        around = self._placing.around(self._book.known(children_of(gone.alarm)) if gone.alarm.children else {})
        told = alarms.gone(gone, around)
        _tell(item, list(self._series(gone)) if told == "told by its series" else [told])

    def _series(self, gone: AlarmGone) -> Iterable[Observed]:
        """Those of a deleted alarm that spoke in an incident which is open."""
        for incident in self._incidents.list(self._clock.now()):
            for subject in incident.state.subjects:
                arn, series = alarm_and_series(subject.arn)
                if series and arn == gone.alarm.arn:
                    yield incident.place, incident.service, alarms.gone_series(gone, subject)


def id_of(news: News | None) -> str:
    """Of the observation that it makes; empty of what makes none."""
    if isinstance(news, tuple):
        return news[2].id
    return news.id if isinstance(news, AlarmChange | AlarmGone) else ""


def _tell(item: Item, found: Sequence[Observed | str]) -> None:
    """What it tells; what it passes over is to be counted."""
    item.uncounted = tuple(Passing("alarm", why) for why in found if isinstance(why, str))
    item.told = tuple(one for one in found if not isinstance(one, str))
    if not item.told:
        item.outcome = "passed"

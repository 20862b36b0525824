"""The chart of a card that alarms began: of one that fires, what it judges, with its own limit."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import tzinfo
from typing import Final, cast

from bot.errors import SourceError
from bot.log import LOG
from bot.logic.alarm_chart import Fired, expression_parts, fired, judges, parts, span
from bot.model.account import Scope
from bot.model.alarm import Alarm
from bot.model.incident import Incident
from bot.model.reply import Actions, Paragraph, Part, Press, Reply
from bot.parse import Reader, quoted
from bot.ports import Alarms, Ask, Inventory, Metrics, Routes

MOST_TRIED: Final = 3
"""Alarms of one card that CloudWatch is asked about, until one has something to draw."""


class AlarmCharts:
    """For one question each. Methods raise BotError where somebody does not answer, who may later."""

    def __init__(self, bind: Callable[[Ask], Mapping[type, object]], inventory: Inventory, routes: Routes) -> None:
        self._bind = bind
        self._inventory = inventory
        self._routes = routes

    def of(self, incident: Incident, ask: Ask) -> Reply | None:
        """Of the worst alarm that fires and whose metric is there, where the incident has one."""
        found = fired(incident, self._inventory.alarms())[:MOST_TRIED]
        return next(filter(None, (self._of_alarm(incident, one, ask) for one in found)), None)

    def _of_alarm(self, incident: Incident, one: Fired, ask: Ask) -> Reply | None:
        zone = Reader(ask.now, self._routes.route(incident.place, incident.service.about).zone).zone()
        drawn = self._of_expression(one.alarm, ask, zone) or self._of_metric(one, ask, zone)
        if not drawn:
            return None
        words = next(part.text for part in drawn if isinstance(part, Paragraph))
        press = Press("Alarms", f"alarms {quoted(incident.place.service)}", does="act")
        return Reply(words, (*drawn, Actions((press,))), files="none", shareable=False)

    def _of_metric(self, one: Fired, ask: Ask, zone: tzinfo) -> tuple[Part, ...]:
        watched = one.alarm.watched[0]
        metrics = cast("Metrics", self._bind(ask)[Metrics])
        told = metrics.series([watched.query], span(one.alarm, ask.now), watched.period_s).items
        return parts(one, told[0], zone) if told else ()

    def _of_expression(self, alarm: Alarm, ask: Ask, zone: tzinfo) -> tuple[Part, ...]:
        """As its account computes it: of one that may not, or that is otherwise by now, a part is drawn instead."""
        home = next((a for a in self._inventory.accounts() if a.id == alarm.account_id), None)
        if not judges(alarm) or home is None:
            return ()
        scope = Scope((home,), (alarm.region,))
        try:
            port = cast("Alarms", self._bind(replace(ask, scope=scope))[Alarms])
            judged = port.judged(alarm, span(alarm, ask.now))
        except SourceError as error:
            if error.retryable:
                raise
            LOG.info("expression not drawn", alarm=alarm.arn, cause=error.cause)
            return ()
        return expression_parts(alarm, judged, zone) if judged else ()

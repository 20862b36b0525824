"""A chart in the thread of each new card whose rows are CloudWatch's metrics or alarms: before and since."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import cast

from bot.alerts.alarm_charts import AlarmCharts
from bot.alerts.watch import BOT
from bot.errors import BotError
from bot.log import LOG
from bot.logic.gauges import gauges
from bot.logic.measured import Measured, naming, worst_first
from bot.logic.measures import KIND_OF_FAMILY, row_metric
from bot.logic.metric_view import View, charts, takeaway
from bot.logic.succession import tells_changes
from bot.measuring import Asking, measured
from bot.model.account import Account, Scope
from bot.model.incident import Incident, Status
from bot.model.observation import Window
from bot.model.post import CardKey
from bot.model.reply import Actions, Chart, Press, Reply
from bot.parse import Reader, quoted
from bot.ports import Ask, Baselines, Incidents, Inventory, Metrics, Notices, Routes

FRESH = timedelta(hours=6)
"""A chart of what began longer ago is no news: whoever wants it asks."""
MOST_AT_ONCE = 5
"""Cards of one poll that get theirs; the others do at the next ones."""
WITHIN_S = 8.0
"""Seconds that CloudWatch has for one of them."""
_POINTS = 24
"""Runs that the chart goes back."""
_ROWS = 1
"""Rows that are drawn: the worst, with its limit. The button brings the others."""


class CardCharts:
    """For the process that polls for all. What was said is kept by its key, so another one says none again."""

    def __init__(
        self,
        bind: Callable[[Ask], Mapping[type, object]],
        incidents: Incidents,
        inventory: Inventory,
        routes: Routes,
        notices: Notices,
        stopped: Callable[[], bool],
    ) -> None:
        self._bind = bind
        self._incidents = incidents
        self._inventory = inventory
        self._routes = routes
        self._notices = notices
        self._stopped = stopped
        self._alarms = AlarmCharts(bind, inventory, routes)
        self._tried: dict[str, int] = {}
        """How often each that waits was tried: what cannot be drawn yet keeps no other one waiting."""

    def say(self, now: datetime) -> bool:
        """Queue charts of new cards, `MOST_AT_ONCE`; whether there was any. Raises StoreDown or Unsaved.

        An account that does not answer is asked again at the next poll, as long as its card is new.
        """
        return self.draw(now, MOST_AT_ONCE)[1]

    def draw(self, now: datetime, most: int) -> tuple[int, bool]:
        """The same with so many at most; how many were tried, and whether any was queued."""
        fresh = {_key(i): i for i in self._incidents.list(now) if _is_fresh(i, now)}
        known = self._notices.known(fresh) if fresh else frozenset()
        self._tried = {key: self._tried.get(key, 0) for key in fresh if key not in known}
        tried, queued = 0, False
        for key in sorted(self._tried, key=self._tried.__getitem__)[:most]:
            if self._stopped():
                break
            incident, tried = fresh[key], tried + 1
            self._tried[key] += 1
            reply = self._drawn(incident, now)
            if reply is not None:
                channel = self._routes.route(incident.place, incident.service.about).channel
                card = CardKey(incident.number, incident.state.episode)
                queued |= self._notices.put(key, channel, reply, now, card)
        return tried, queued

    def _drawn(self, incident: Incident, now: datetime) -> Reply | None:
        """None where there is nothing to draw yet, or nobody to ask."""
        account = next((a for a in self._inventory.accounts() if a.id == incident.place.account_id), None)
        if account is None:
            return None
        scope = Scope((account,), (incident.place.region,))
        ask = Ask(BOT, now, scope, time.monotonic() + WITHIN_S, cancelled=self._stopped)
        try:
            found = self._measured(incident, ask) if incident.place.family in KIND_OF_FAMILY else ()
            told = _reply(incident, account, found, now, self._routes) if found else None
            return told or self._alarms.of(incident, ask)
        except BotError as error:
            LOG.info("no chart yet", incident=incident.number, cause=error.cause)
            return None

    def _measured(self, incident: Incident, ask: Ask) -> tuple[Measured, ...]:
        place, now = incident.place, ask.now
        ports = self._bind(ask)
        metrics, baselines = cast("Metrics", ports[Metrics]), cast("Baselines", ports[Baselines])
        mine = {
            name: service
            for (account_id, region, name), service in self._inventory.resources().items()
            if (account_id, region, service) == (place.account_id, place.region, place.service)
        }
        listed = metrics.discover((KIND_OF_FAMILY[place.family],), resources=tuple(mine))
        rows = [r.row.metric for r in incident.state.bad_rows]
        found = [g for g in gauges(listed.items, self._inventory.resources()) if row_metric(g.metrics[0]) in rows]
        found.sort(key=lambda g: rows.index(row_metric(g.metrics[0])))
        asking = Asking(metrics, baselines, self._inventory.endpoints(), self._inventory.schedules(), ask)
        span = _POINTS * (incident.state.cadence or timedelta(hours=1))
        told = measured(asking, found[:_ROWS], Window(now - span, now))
        return worst_first(m for m in told.items if m.series.values)


def _key(incident: Incident) -> str:
    return f"chart:{incident.number}:{incident.state.episode}"


def _is_fresh(incident: Incident, now: datetime) -> bool:
    """Bad by numbers of a kind that CloudWatch has, or by an alarm, and not for long."""
    state, started = incident.state, incident.state.started_at
    bad = state.status is not Status.RESOLVED and bool(state.bad_rows)
    drawable = incident.place.family in KIND_OF_FAMILY or any(tells_changes(s.arn) for s in state.subjects)
    return bad and drawable and started is not None and now - started <= FRESH


def _reply(
    incident: Incident, account: Account, found: tuple[Measured, ...], now: datetime, routes: Routes
) -> Reply | None:
    """The worst in words and the chart; None without a chart."""
    zone = Reader(now, routes.route(incident.place, incident.service.about).zone).zone()
    view = View(found, naming(found, {account.id: account}), incident.place.service, now, zone, picked=True)
    drawn = charts(view)
    if not any(isinstance(part, Chart) for part in drawn):
        return None
    words = takeaway(view)[:1]
    line = f"metrics {quoted(incident.place.service)} account={incident.place.account_id}"
    text = words[0].text if words else (incident.place.service,)
    return Reply(text, (*words, *drawn, Actions((Press("Metrics", line, does="act"),))), files="none", shareable=False)

"""`/ml metrics`: what CloudWatch measured of a service, or one metric over the fleet, beside the baselines' limits."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.errors import BadRequest
from bot.kit import DAY, Rest, Since, command
from bot.logic.console import console_link
from bot.logic.gauges import Gauge, gauges, kinds_meant, kinds_of, named
from bot.logic.measured import Measured, naming, worst_first
from bot.logic.measures import DRIFT, METRICS, canonical, names_meant
from bot.logic.metric_view import View, charts, takeaway, warnings
from bot.logic.words import listing, plural
from bot.measuring import Asking, measured
from bot.model.metric import MetricKind
from bot.model.observation import Window
from bot.model.reply import Actions, Bold, Link, Menu, Note, Paragraph, Part, Press, Reply, Text
from bot.parse import Reader, suggestion
from bot.ports import Ask, Baselines, Found, Inventory, Metrics
from commands._fleet import unknown
from commands._footer import footer, silent
from commands._metrics_asked import Asked, understood
from commands._metrics_empty import empty
from commands._metrics_shown import table

HEADLINES = ("accuracy", "rmse")
"""Of the whole fleet without another word: the first metric that people ask of classifiers and of regressions."""
_SPANS = (("3 h", "3h"), ("24 h", "24h"), ("7 d", "7d"), ("30 d", "30d"))
_KINDS = (
    ("Quality", "quality"),
    ("Drift", "drift"),
    ("Bias", "bias"),
    ("Traffic", "traffic"),
    ("Instances", "instances"),
)
_GUESS = "_best_constant_classifier"
"""What somebody would reach who always gives the same answer: Model Monitor measures it beside each metric."""
_ALWAYS = frozenset({MetricKind.MODEL_QUALITY, MetricKind.DATA_QUALITY, MetricKind.TRAFFIC, MetricKind.INSTANCES})


@command("metrics", role="viewer", example="metrics {service} since=7d")
def metrics(
    port: Metrics,
    baselines: Baselines,
    inventory: Inventory,
    ask: Ask,
    *,
    service: str = "",
    metric: Rest = "",
    since: Since = DAY,
) -> Reply:
    """A service's metrics with their limits; or one metric of all accounts.

    Words after the service pick metrics: auc, drift, cpu, latency.
    """
    asked = understood(f"{service} {metric}", inventory, ask)
    places = {(account.id, region) for account, region in ask.scope.targets()}
    schedules = tuple(s for s in inventory.schedules() if (s.account_id, s.region) in places)
    kinds = frozenset(MetricKind) if asked.subject else _kinds(asked)
    listed = port.discover(kinds, () if asked.subject else _names(asked), asked.resources, schedules)
    chosen = _chosen(gauges(listed.items, inventory.resources()), asked, listed, inventory, ask)
    asking = Asking(port, baselines, inventory.endpoints(), schedules, ask)
    found = measured(asking, chosen, Window(ask.now - since, ask.now))
    told = replace(found, failures=(*listed.failures, *found.failures), asked=max(listed.asked, found.asked))
    if not any(m.series.values for m in found.items):
        return empty(asking, asked, chosen, since, told, inventory)
    view = _view(worst_first(found.items), asked, ask)
    point = _point(view, asked, told)
    parts = (Paragraph((Bold(point),)), *_parts(view, since, ask, inventory), _buttons(asked, since, ask))
    return Reply((point,), parts, footer(told))


def _kinds(asked: Asked) -> frozenset[MetricKind]:
    """Of the fleet only those that the words may mean: each namespace is a call."""
    return frozenset(kind for word in asked.words or HEADLINES for kind in kinds_meant(word))


def _names(asked: Asked) -> tuple[str, ...]:
    """Of the fleet only metrics of these names: there may be many thousands."""
    if not asked.words:
        return HEADLINES
    words = [word for word in asked.words if not kinds_of(word)]
    return tuple(name for word in words for name in names_meant(word))


def _chosen(
    there: Sequence[Gauge], asked: Asked, listed: Found[Any], inventory: Inventory, ask: Ask
) -> tuple[Gauge, ...]:
    """Raises BadRequest for a word that means nothing here, unless an account is silent."""
    mine = tuple(g for g in there if not asked.subject or _is_of(g, asked))
    if not asked.words:
        return tuple(g for g in mine if not asked.subject or _is_shown(g)) or mine
    found: dict[Gauge, None] = {}
    for word in asked.words:
        meant = named(mine, canonical(word)) or named(mine, word)
        if not meant and not listed.failures:
            raise _unknown(word, mine, asked, inventory, ask)
        found |= dict.fromkeys(meant)
    return tuple(found)


def _is_of(gauge: Gauge, asked: Asked) -> bool:
    """Of a service all; of an endpoint or a schedule its own metrics."""
    values = {value for metric in gauge.metrics for _, value in metric.dimensions}
    return gauge.key.service == asked.subject or asked.subject in values


def _is_shown(gauge: Gauge) -> bool:
    """Without being asked for: of a feature its drift, not its mean; of a metric what the model reached."""
    kind = gauge.key.kind
    if kind is MetricKind.DATA_QUALITY:
        return gauge.key.name.startswith(DRIFT)
    return kind in _ALWAYS and not gauge.key.name.endswith(_GUESS)


def _unknown(word: str, mine: Sequence[Gauge], asked: Asked, inventory: Inventory, ask: Ask) -> BadRequest:
    if asked.subject:
        titles = tuple(dict.fromkeys(g.measure.title for g in sorted(mine, key=lambda g: g.key.kind not in _ALWAYS)))
        has = listing(titles, most=12) or "nothing in the last two weeks"
        return BadRequest(f"{asked.subject} has no metric {word}{suggestion(word, titles)}", f"It has: {has}.")
    return unknown(word, "service, endpoint or metric", inventory, ask, (*METRICS, *(g.key.name for g in mine)))


def _view(each: Sequence[Measured], asked: Asked, ask: Ask) -> View:
    by_id = {account.id: account for account in ask.scope.accounts}
    title = asked.subject or (each[0].gauge.measure.title if len({m.gauge.key.name for m in each}) == 1 else "")
    zone = Reader(ask.now, ask.person.tz).zone()
    return View(each, naming(each, by_id), title, ask.now, zone, picked=bool(asked.words))


def _point(view: View, asked: Asked, told: Found[Measured]) -> str:
    broken = sum(m.is_broken for m in view.each)
    limited = sum(m.held is not None and m.last is not None for m in view.each)
    what = asked.subject or view.title or "the fleet"
    state = (
        f"{broken:,} of {plural(limited, 'metric')} beyond the limit" if limited else plural(len(view.each), "metric")
    )
    return f"{what}: {state}{silent(told)}"


def _parts(view: View, since: timedelta, ask: Ask, inventory: Inventory) -> tuple[Part, ...]:
    notes = [*warnings(view.each), *_console(view, since, inventory)]
    return (*takeaway(view), *charts(view), *table(view, ask), *map(Note, notes))


def _console(view: View, since: timedelta, inventory: Inventory) -> Iterator[Text]:
    """The observability account's console shows all of a Region together; that of the worst is opened."""
    worst = view.each[0]
    region = worst.gauge.key.region
    shown = [m for m in view.each if m.gauge.key.region == region]
    partition = next((s.arn.split(":")[1] for s in inventory.schedules() if f":{region}:" in s.arn), "aws")
    own = next((account.id for account in inventory.accounts() if account.own), "")
    window = Window(view.now - since, view.now)
    limit = worst.held.limit if worst.held and len({m.gauge.key.name for m in shown}) == 1 else None
    queries = [query for m in shown for query in m.queries]
    link = console_link(queries, window, worst.series.period_s, region, partition, observer=own, limit=limit)
    if link:
        fewer = f" (the first {link.shown:,} of {len(queries):,})" if link.shown < len(queries) else ""
        yield (Link(link.url, "Open in CloudWatch"), fewer)


def _buttons(asked: Asked, since: timedelta, ask: Ask) -> Actions:
    def line(which: Asked, span: str) -> str:
        return " ".join(filter(None, ("metrics", which.line, ask.narrowing, f"since={span}")))

    now = f"{round(since.total_seconds())}s"
    kinds = Menu(tuple(Press(label, line(asked.of((word,)), now)) for label, word in _KINDS), "Other Metrics")
    spans = (Press(label, line(asked, span)) for label, span in _SPANS)
    return Actions((*spans, Press("Refresh", line(asked, now)), *((kinds,) if asked.subject else ())))

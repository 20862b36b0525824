"""`/ml alarm new`: a form for an alarm on what a monitor measures, with the baseline's limit."""

from collections.abc import Mapping, Sequence
from functools import partial

from bot.errors import BadRequest, Conflict
from bot.kit import MOST_REASON, command
from bot.logic.alarm_plans import Basis, bases
from bot.logic.constraints import limit
from bot.logic.measures import canonical
from bot.logic.words import listing, plural
from bot.model.monitor import Schedule
from bot.model.reply import Actions, Bold, ChoiceField, Form, Menu, Note, Paragraph, Part, Press, Reply, TextField
from bot.parse import quoted, suggestion
from bot.ports import Ask, Baselines, Inventory
from commands._alarm_wish import EACH_RUN, topics
from commands._footer import footer

MOST_CHOICES = 100
"""Of a select (Slack)."""
MOST_WORD = 150
"""Characters of a choice (Slack)."""
MOST_MONITORS = 20
"""Whose baselines are read without a service that is named: a form opens within seconds or never."""
_ONE = "/ml alarm new <monitor> <metric> has each."
EVALUATIONS = (
    ("1 run", "1/1"),
    ("2 runs one after the other", "2/2"),
    ("2 of 3 runs", "2/3"),
    ("3 runs one after the other", "3/3"),
    ("3 of 5 runs", "3/5"),
)
PERIODS = (("Each run of the monitor", EACH_RUN), ("6 hours, the worst run", "6h"), ("A day, the worst run", "1d"))
TREATMENTS = (("Stay as it is until the next run", "ignore"), ("Say that it cannot judge", "missing"))


@command("alarm new", role="operator", example="alarm new {service} accuracy")
def new(baselines: Baselines, inventory: Inventory, ask: Ask, *, service: str = "", metric: str = "") -> Form | Reply:
    """Make an alarm on what a monitor measures, by a form.

    The limit comes from the monitor's baseline, the period from how often it runs; a run that is late does not fire
    it. It is made in CloudWatch where the metric can be seen, and tagged as Sagewatch's.
    """
    schedules = _meant(service, inventory, ask)
    services = tuple(sorted({s.service.name for s in schedules}))
    if not service and len(schedules) > MOST_MONITORS and len(services) > 1:
        return _which(services, ask)
    found = baselines.limits(schedules)
    choices = [b for b in bases(schedules, found.items) if not metric or _is(b, metric)]
    if not choices and found.failures:
        raise found.failures[0].error
    if not choices:
        raise _nothing(service, metric, bases(schedules, found.items))
    failed: tuple[Part, ...] = tuple(map(Note, footer(found)[1:]))
    label = partial(_label, services={s.monitor: s.service.name for s in schedules}, ask=ask)
    fields = _fields(inventory, ask)
    if len(choices) == 1 and not _word(choices[0]):
        about = Paragraph((Bold("What to watch"), f": {label(choices[0])}"))
        return Form("New alarm", f"alarm plan watch={quoted(choices[0].word)}", fields, "Next", (about, *failed))
    offered = [b for b in choices if _word(b)][:MOST_CHOICES]
    if not offered:
        raise Conflict("the names of these metrics are too long to choose from", _ONE)
    cut = len(choices) - len(offered)
    more = (
        (Note((f"{plural(cut, 'more metric')} {'does' if cut == 1 else 'do'} not fit here. {_ONE}",)),) if cut else ()
    )
    options = tuple((label(b), _word(b)) for b in offered)
    watch = ChoiceField("watch", "What to watch", options, options[0][1] if len(options) == 1 else "")
    return Form("New alarm", "alarm plan", (watch, *fields), "Next", (*failed, *more))


def _meant(service: str, inventory: Inventory, ask: Ask) -> Sequence[Schedule]:
    """Its monitors in the asker's scope, or all. Raises BadRequest where there is none."""
    places = {(account.id, region) for account, region in ask.scope.targets()}
    known = [s for s in inventory.schedules() if (s.account_id, s.region) in places]
    if not known:
        raise BadRequest("there is no monitor here whose metrics an alarm could watch", "/ml monitors lists them.")
    folded = service.casefold()
    mine = [s for s in known if folded in {"", *(n.casefold() for n in (s.service.name, s.endpoint, s.name))}]
    if not mine:
        near = suggestion(service, {s.service.name for s in known})
        raise BadRequest(f"no monitored service is called {service}{near}", "/ml monitors lists them.", field="service")
    return mine


def _is(choice: Basis, metric: str) -> bool:
    return canonical(metric).casefold() in {n.casefold() for n in (choice.metric, choice.title, choice.title[9:])}


def _nothing(service: str, metric: str, there: Sequence[Basis]) -> BadRequest:
    of = f" of {service}" if service else ""
    if metric and there:
        names = tuple(dict.fromkeys(choice.title for choice in there))
        said = f"no baseline{of} holds {metric} to a limit{suggestion(metric, names)}"
        return BadRequest(said, f"There are {listing(names, most=8)}.", field="metric")
    said = f"no monitor{of} has a baseline with limits that an alarm could take"
    return BadRequest(said, "Run a baseline job, and name its constraints in the monitor.")


def _which(services: Sequence[str], ask: Ask) -> Reply:
    base = f"{ask.narrowing} " if ask.narrowing else ""
    items = tuple(Press(name, f"alarm new {base}service={quoted(name)}", does="form") for name in services)
    said = f"An alarm for which of {plural(len(services), 'service')}?"
    beyond = (
        f" Say /ml alarm new <service> for one beyond the first {MOST_CHOICES}." if len(items) > MOST_CHOICES else ""
    )
    menu = Actions((Menu(items[:MOST_CHOICES], "Service"),))
    return Reply((said,), (Paragraph((f"{said}{beyond}",)), menu), shareable=False)


def _word(choice: Basis) -> str:
    """How a choice says it; empty where none can."""
    return next((w for w in (choice.word, choice.brief) if len(w) <= MOST_WORD and w.isprintable()), "")


def _fields(inventory: Inventory, ask: Ask) -> tuple[ChoiceField | TextField, ...]:
    labels = {account.id: account.label for account in ask.scope.accounts}
    told = topics(inventory.alarms(), ask)[:MOST_CHOICES]
    topic = ChoiceField(
        "topic",
        "Tell a topic too",
        tuple((_topic(arn, labels), arn) for arn in told),
        hint="Sagewatch hears every alarm by EventBridge. Topics that your accounts' alarms tell already.",
        optional=True,
    )
    return (
        TextField(
            "limit", "Limit", optional=True, placeholder="as the baseline has it", max_chars=20,
            hint="Empty: the limit that is named above. Another needs a reason, below.",
        ),
        ChoiceField("evaluation", "Fires after", EVALUATIONS, "1/1", "More than one lets a single noisy run pass."),
        ChoiceField("period", "Looks at", PERIODS, EACH_RUN),
        ChoiceField(
            "missing", "A run without a value", TREATMENTS, "ignore",
            "Never counted as broken: runs are late at times, and a monitor that falls silent is told anyway.",
        ),
        *((topic,) if told else ()),
        TextField(
            "name", "Name", optional=True, placeholder="sagewatch-service-metric", max_chars=200,
            hint="Begins with sagewatch-, put before it where it does not.",
        ),
        TextField("reason", "Why", optional=True, placeholder="pages the fraud team at night", max_chars=MOST_REASON),
    )  # fmt: skip


def _topic(arn: str, labels: dict[str, str]) -> str:
    """`ml-alarms (ml-production, us-west-2)`."""
    *_, region, account_id, name = arn.split(":")
    return f"{name} ({labels.get(account_id, account_id)}, {region})"


def _label(choice: Basis, services: Mapping[tuple[str, str, str], str], ask: Ask) -> str:
    """`accuracy at least 0.8734 · bank-marketing, ml-production`; the end of it is cut where it does not fit."""
    service = services[choice.account_id, choice.region, choice.schedule]
    label = next(account.label for account in ask.scope.accounts if account.id == choice.account_id)
    return f"{choice.title} {limit(choice.comparison, choice.limit)} · {service}, {label}"

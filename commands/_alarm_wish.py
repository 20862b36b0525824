"""What is said of an alarm that is to be made: the kinds of words, and how they become one on a monitor's metric."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import Annotated

from bot.errors import BadRequest, NotAllowed
from bot.kit import Kind
from bot.logic.alarm_actions import told
from bot.logic.alarm_plans import MISSING, WATCHABLE, Basis, Brief, Wish, basis, explained, fires, named, period_of
from bot.logic.alarm_rights import concerned
from bot.logic.alarm_twins import twins
from bot.logic.rhythm import every
from bot.logic.words import listing
from bot.model.account import Account
from bot.model.alarm import Alarm
from bot.model.monitor import Schedule
from bot.model.reply import Code, Facts, Text, User
from bot.parse import Reader, span
from bot.ports import Ask, Inventory

EACH_RUN = "run"
MOST_TOPIC = 150
"""Characters of a choice (Slack): the few topics with longer ARNs are not offered."""
MOST_PERIODS = 168
"""Of an hour each, a week."""


def _level(word: str, _: Reader) -> float:
    try:
        found = float(word)
    except ValueError:
        found = float("nan")
    if not isfinite(found) or abs(found) > 1e15:
        raise BadRequest(f"{word} is no number", "Write it like 0.87, or leave it empty for the baseline's.")
    return found


def _evaluation(word: str, _: Reader) -> tuple[int, int]:
    datapoints, _slash, periods = word.partition("/")
    if not (datapoints.isdecimal() and periods.isdecimal() and len(word) <= 7):
        raise BadRequest(f"{word} is no evaluation", "Write it like 2/3: two of three periods.")
    if not 1 <= int(datapoints) <= int(periods) <= MOST_PERIODS:
        raise BadRequest(f"{word} cannot be", f"The first number is at most the second, which is 1 to {MOST_PERIODS}.")
    return int(datapoints), int(periods)


def _period(word: str, _: Reader) -> timedelta | None:
    return None if word.lower() == EACH_RUN else span(word)


def _missing(word: str, _: Reader) -> str:
    if word == "breaching":
        step = "Say missing=ignore: a monitor that falls silent is told anyway."
        raise BadRequest("a run that is late would fire it, since the metric comes once a run", step)
    if word not in MISSING:
        raise BadRequest(f"{word} is no sound way to treat missing data here", f"Say {' or '.join(MISSING)}.")
    return word


Watch = Annotated[Basis | Brief, Kind("watch", lambda w, _: basis(w))]
"""A metric of a monitor with its baseline's limit, as `Basis.word` or `Basis.brief` writes it."""
Level = Annotated[float, Kind("limit", _level)]
"""`0.87`: a limit."""
Evaluation = Annotated[tuple[int, int], Kind("evaluation", _evaluation)]
"""`2/3`: of three periods two must be beyond the limit."""
Period = Annotated[timedelta, Kind("period", _period)]
"""`6h`, or `run` for as often as the monitor runs, which is None."""
Missing = Annotated[str, Kind("missing", _missing)]
"""What is done about a run without a value."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wish that can be fulfilled."""

    watch: Basis
    wish: Wish
    schedule: Schedule
    account: Account
    name: str
    first: str
    """The name that it would have, were none taken."""
    twins: tuple[Alarm, ...] = ()
    """Alarms that fire at the same limit already."""

    @property
    def renamed(self) -> Text:
        """Why its name is not the one that is expected; nothing where it is."""
        return () if self.name == self.first else (Code(self.first), " is the name of another alarm")

    def facts(self) -> Facts:
        """What it would do, in words."""
        period = period_of(self.schedule, self.wish)
        unit = "run" if period == self.schedule.cadence else "period"
        also: Text = (f", and {told(self.wish.topic)}, also when it is good again",) if self.wish.topic else ()
        items: tuple[tuple[str, Text], ...] = (
            ("Name", (Code(self.name), *((", since ", *self.renamed) if self.renamed else ()))),
            ("Fires when", (fires(self.watch, self.wish, self.schedule),)),
            ("Service", (f"{self.schedule.service.name} in {self.account.label}, {self.watch.region}",)),
            ("Monitor", (self.watch.schedule,)),
            ("Judged", (every(period),)),
            (f"A {unit} without a value", (f"it {MISSING[self.wish.missing]}",)),
            ("Tells", ("Sagewatch, by EventBridge", *also)),
        )
        return Facts((*items, *((("Why", (self.wish.why,)),) if self.wish.why else ())))

    def tagged(self, ask: Ask) -> Text:
        """How it is known later."""
        return ("Tagged as Sagewatch's, for ", User(ask.person.id), ": /ml alarm delete takes it away again.")


def wanted(asked: Basis | Brief, wish: Wish, inventory: Inventory, ask: Ask) -> Wanted:
    """By what is known of the fleet, without asking it. Raises BadRequest at the field at fault, NotAllowed."""
    watch = asked if isinstance(asked, Basis) else asked.of(inventory.schedules())
    if watch is None:
        raise BadRequest("that monitor is not there any more", "/ml monitors lists them.", field="watch")
    account = next((a for a in ask.scope.accounts if a.id == watch.account_id), None)
    if account is None:
        raise NotAllowed(f"Your role does not cover the account {watch.account_id}.", "Ask an admin.")
    monitor = (watch.account_id, watch.region, watch.schedule)
    schedule = next((s for s in inventory.schedules() if s.monitor == monitor), None)
    if schedule is None:
        raise BadRequest(f"there is no monitor {watch.schedule} any more", "/ml monitors lists them.", field="watch")
    if schedule.family not in WATCHABLE:
        said = f"no metric of {watch.schedule} ({schedule.family}) has one limit on one side"
        raise BadRequest(said, "/ml alarm new lists those that do.", field="watch")
    fires(watch, wish, schedule)
    alarms = inventory.alarms()
    if wish.topic and wish.topic not in topics(alarms, ask, watch.region):
        known = listing(tuple(told(arn) for arn in topics(alarms, ask, watch.region)), most=5) or "none"
        raise BadRequest(f"no alarm in {watch.region} tells {told(wish.topic)}", f"There: {known}.", field="topic")
    taken = {alarm.name for alarm in alarms if alarm.region == watch.region}
    name, first = (named(wish, watch, schedule.service.name, account.label, names) for names in (taken, ()))
    return Wanted(watch, wish, schedule, account, name, first, twins(watch, explained(watch, wish), alarms))


def topics(alarms: Iterable[Alarm], ask: Ask, region: str = "") -> tuple[str, ...]:
    """SNS topics that alarms of the asker's accounts tell already: no other is told, whoever asks."""
    covered = {account.id for account in ask.scope.accounts}
    mine = [a for a in alarms if concerned(a) <= covered and region in {"", a.region}]
    found = {arn for alarm in mine for arn in alarm.actions if arn.split(":")[2:3] == ["sns"]}
    return tuple(sorted(arn for arn in found if len(arn) <= MOST_TOPIC))


def labelled(account_id: str, ask: Ask) -> str:
    """`ml-production (222222222222)`; the id alone of an account that is not the asker's."""
    label = next((account.label for account in ask.scope.accounts if account.id == account_id), "")
    return f"{label} ({account_id})" if label else account_id

"""An operator's alarms, what `/ml alarm mute`, `unmute` and `delete` say of them, and that as a reader sees it."""

from dataclasses import replace
from typing import Any

from bot.incidents import record
from bot.logic.alarms import as_polled, observed
from bot.logic.lifecycle import fold
from bot.model.account import Account, Scope
from bot.model.alarm import Alarm
from bot.model.around import Around
from bot.model.incident import Incident
from bot.model.person import Person
from bot.model.reply import Form, Note, Reply, User
from bot.ports import Ask, Sweep
from bot.render import view
from commands.alarm_delete import delete
from commands.alarm_mute import mute
from commands.alarm_mute_form import mute_with
from commands.alarm_unmute import unmute
from sandbox.fakes import FakeIncidents, FakeRoutes, at
from sandbox.fakes_alarm import HUB, OWNER, REGION, SCHEDULE, by_monitor, schedule
from sandbox.fakes_fleet import FakeInventory
from sandbox.fakes_glance import drawn
from sandbox.fakes_inbox import FakeAlarmOperations, FakeAlarms, Sky
from sandbox.slack.check_surface import checked_view

PROD = Account(OWNER, "ml-production", (REGION,))


class Stage:
    """Production's operator, and alarms on production's metrics in the observability account."""

    def __init__(self, *held: Alarm) -> None:
        self.sky, self.inventory = Sky(), FakeInventory()
        self.sky.hold(*held)
        self.inventory.keep_alarms([Sweep(HUB, REGION, held)], at(9))
        self.ask = Ask(Person("U1", "T1", "Ana"), at(10), Scope((PROD,)), 0.0)
        self.operations, self.port = FakeAlarmOperations(self.sky, self.ask), FakeAlarms(self.sky, self.ask)
        self.incidents: Any = FakeIncidents(fold)

    def fires(self, *alarms: Alarm) -> Incident:
        """They fired, and are rows of one incident."""
        around = Around(schedules=by_monitor(schedule()), resources={(OWNER, REGION, SCHEDULE): "bank-marketing"})
        for n, one in enumerate(alarms):
            said = observed(as_polled(replace(one, state_at=at(9 + n / 10))), around)
            if isinstance(said, str):
                raise AssertionError(said)  # noqa: TRY004  # the reason why it is no observation
            record(self.incidents, [said], FakeRoutes().route, at(9.5))
        return self.incident()

    def incident(self) -> Incident:
        """The only one."""
        (found,) = self.incidents.list(self.ask.now)
        return found  # type: ignore[no-any-return]

    def form(self, **about: Any) -> Form:
        """What *Mute in CloudWatch…* opens, as Slack would take it."""
        found = mute_with(self.incidents, self.inventory, self.ask, **about)
        checked_view(view(found), "modal")
        return found

    def mute(self, name: str, hours: float = 4, **more: Any) -> Reply:
        """`/ml alarm mute name`."""
        ports = (self.operations, self.inventory, self.incidents, FakeRoutes(), self.ask)
        return drawn(mute(*ports, name=name, until=at(10 + hours), **more))

    def unmute(self, name: str) -> Reply:
        """`/ml alarm unmute name`."""
        ports = (self.operations, self.port, self.inventory, self.incidents, FakeRoutes(), self.ask)
        return drawn(unmute(*ports, name=name))

    def delete(self, name: str, **more: Any) -> Reply:
        """`/ml alarm delete name`."""
        return drawn(delete(self.operations, self.port, self.inventory, self.ask, name=name, **more))


def words(reply: Reply) -> str:
    """The point as text."""
    return "".join(part if isinstance(part, str) else "…" for part in reply.text)


def notes(reply: Reply) -> list[str]:
    """Its small print as text."""
    said = (p.text for p in reply.parts if isinstance(p, Note))
    return ["".join(f"@{x.id}" if isinstance(x, User) else x if isinstance(x, str) else "…" for x in t) for t in said]

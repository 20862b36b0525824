"""What every question to the trail stands on: the table, the accounts that it has, how fresh each of them is."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.aws.athena import Athena, Result
from bot.aws.fanout import Fanout
from bot.aws.hub import Hub, Target
from bot.aws.shared import Shared
from bot.aws.trail_events import Events
from bot.aws.trail_files import LogFiles
from bot.aws.trail_lookup import Lookup
from bot.aws.trail_settings import TrailSettings
from bot.aws.trail_table import TableFacts, Tables
from bot.errors import BadRequest, BotError
from bot.logic.trail_view import Bounded, days
from bot.logic.words import duration
from bot.model.observation import Window
from bot.model.trail import Place, Remark
from bot.ports.ask import Ask

STEP: Final = timedelta(minutes=5)
"""Windows are widened to whole ones of these, so that who asks the same soon asks the very same."""
OWN_TEMPLATE: Final = "How fresh it is cannot be told: the table's storage.location.template follows no known layout."


class Trails:
    """What questions share: the table, listings, runs."""

    def __init__(self, hub: Hub, accounts: Fanout, settings: TrailSettings, named: Collection[str]) -> None:
        """`named` are accounts that the settings name: they have a read role though no link."""
        self.hub = hub
        self.settings = settings
        self.named = frozenset(named)
        self.accounts = accounts
        self.fanout = Fanout(32, 16)
        """For what is asked in the bot's own account, where no quota is as narrow as SageMaker's."""
        self.athena = Athena(hub, settings)
        self.tables = Tables(hub, settings)
        self.files = LogFiles(hub, self.fanout)
        self.lookup = Lookup(hub, settings.bot_role)
        self.events = Events(hub)
        self.damaged: set[str] = set()
        """Addresses of log files that Athena could not read."""
        self.runs: Shared[Bounded, Result] = Shared(50_000, lambda result: len(result.rows) + 1)

    def target(self) -> Target:
        """Where the table is. Raises SourceError."""
        return Target(self.hub.own_account(), self.settings.region or self.hub.regions[0])

    def close(self) -> None:
        """Ask nobody any more, and close the connection."""
        self.fanout.close()
        self.athena.close()


@dataclass(frozen=True, slots=True)
class Ground:
    """Where, what the table has of what is asked for, how fresh each place is."""

    target: Target
    facts: TableFacts
    places: tuple[Place, ...]
    window: Window
    remarks: tuple[Remark, ...] = ()
    newest: Mapping[Place, datetime | None] | None = None
    """None where it was not looked for."""

    def prefixes(self, now: datetime) -> Mapping[str, datetime]:
        """Of all partitions that are read, with their days; none of a table whose layout nobody knows."""
        layout = self.facts.layout
        if layout is None:
            return {}
        each = list(_days(*days(widened(self.window)), now))
        return {layout.prefix(*place, f"{day:%Y/%m/%d}"): day for place in self.places for day in each}


def ground(trails: Trails, ask: Ask, window: Window) -> Ground:
    """Raises BadRequest for a window that is too long, BotError where the table has none of what is asked for."""
    hold(trails.settings, window)
    target = trails.target()
    facts = trails.tables.facts(ask, target)
    asked = tuple((account.id, region) for account, region in ask.scope.targets())
    if not asked:
        raise BotError("No account is known here yet.", "Ask again in a moment; /ml accounts tells which there are.")
    places, missing = facts.divided(asked, trails.settings.name)
    if not places:
        said = " ".join(f"{remark.said} This mends it: {remark.line}" for remark in missing)
        raise BotError("None of these accounts is in the trail's table.", said)
    return Ground(target, facts, places, window, (*facts.remarks, *missing))


def freshened(trails: Trails, ask: Ask, found: Ground) -> Ground:
    """With when the newest log file of each place came. Raises SourceError."""
    layout = found.facts.layout
    if layout is None:
        remarks = (*found.remarks, Remark(OWN_TEMPLATE))
        return Ground(found.target, found.facts, found.places, found.window, remarks, {})
    newest = trails.files.newest(ask, found.target, layout, found.places)
    return Ground(found.target, found.facts, found.places, found.window, found.remarks, newest)


def hold(settings: TrailSettings, window: Window) -> None:
    """Raises BadRequest for a window that is longer than it may be."""
    if window.end - window.start > settings.longest:
        raise BadRequest(
            f"{duration(window.end - window.start)} is longer than the trail may be asked for",
            f"Say since={settings.longest.days}d or less; until= moves it back.",
        ).of("since")


def widened(window: Window) -> Window:
    """To whole steps on both sides."""
    end = _floor(window.end)
    return Window(_floor(window.start), end if end == window.end else end + STEP)


def _floor(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % STEP.total_seconds())


def _days(first: str, last: str, now: datetime) -> Iterator[datetime]:
    """Each day from one partition to another; none that is yet to come."""
    day = datetime.strptime(first, "%Y/%m/%d").replace(tzinfo=UTC)
    while f"{day:%Y/%m/%d}" <= last and day <= now:
        yield day
        day += timedelta(days=1)

"""What the product needs of the world, as protocols."""

from bot.ports.alarms import AlarmOperations, Alarms, Surroundings
from bot.ports.ask import Ask, Failure, Found
from bot.ports.chat import Chat, People, Tag
from bot.ports.clock import Clock
from bot.ports.data_health import DataHealth
from bot.ports.drops import Drops
from bot.ports.fleet import Directory, Monitors, Operations, Refresh, Resources, Sweep
from bot.ports.handoffs import HandOffs
from bot.ports.health import ChatHealth, Checkup, FleetHealth, StoreHealth
from bot.ports.inbox import Inbox
from bot.ports.incidents import Audit, Change, Incidents, Outbox, Seen, Step
from bot.ports.inventory import Inventory, Swept
from bot.ports.metrics import Baselines, Metrics
from bot.ports.notices import NoticeQueue, Notices
from bot.ports.packages import Approvals, PackageOperations, Packages
from bot.ports.roundups import Roundups
from bot.ports.routes import Routes
from bot.ports.storms import StormQueue, Storms
from bot.ports.tally import Tally
from bot.ports.trail import Calls, Trail
from bot.ports.workers import Workers

SLOW: frozenset[type] = frozenset(
    {
        *(AlarmOperations, Alarms, Baselines, Checkup, DataHealth, Directory, Drops, FleetHealth, Metrics, Monitors),
        *(Operations, PackageOperations, Packages, Refresh, Resources, Trail),
    }
)
"""Ports that ask AWS: a command that needs one runs in the slow pool."""

__all__ = [
    "SLOW",
    "AlarmOperations",
    "Alarms",
    "Approvals",
    "Ask",
    "Audit",
    "Baselines",
    "Calls",
    "Change",
    "Chat",
    "ChatHealth",
    "Checkup",
    "Clock",
    "DataHealth",
    "Directory",
    "Drops",
    "Failure",
    "FleetHealth",
    "Found",
    "HandOffs",
    "Inbox",
    "Incidents",
    "Inventory",
    "Metrics",
    "Monitors",
    "NoticeQueue",
    "Notices",
    "Operations",
    "Outbox",
    "PackageOperations",
    "Packages",
    "People",
    "Refresh",
    "Resources",
    "Roundups",
    "Routes",
    "Seen",
    "Step",
    "StoreHealth",
    "StormQueue",
    "Storms",
    "Surroundings",
    "Sweep",
    "Swept",
    "Tag",
    "Tally",
    "Trail",
    "Workers",
]

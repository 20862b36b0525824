"""The table over the log files, as Glue describes it: columns, the projection's accounts and Regions, the layout."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from bot.aws.actions import needs
from bot.aws.athena import absent
from bot.aws.hub import Hub, Target
from bot.aws.kept import Kept
from bot.aws.trail_settings import TrailSettings
from bot.errors import BotError, Missing
from bot.logic.trail_layout import NEEDED, PARTITIONS, Layout, adding, fields, layout_of_template, mending
from bot.logic.trail_view import TrailTable
from bot.model.trail import Place, Remark
from bot.ports.ask import Ask

GOOD_FOR: Final = timedelta(minutes=5)
MENDS: Final = "/ml doctor prints the line that mends it."


@dataclass(frozen=True, slots=True)
class TableFacts:
    """`accounts` and `regions` are those of the projection; None: any (`injected`)."""

    table: TrailTable
    layout: Layout | None
    accounts: tuple[str, ...] | None
    regions: tuple[str, ...] | None
    remarks: tuple[Remark, ...]

    def divided(self, places: Sequence[Place], name: str) -> tuple[tuple[Place, ...], tuple[Remark, ...]]:
        """Those of the places that the table has; and of the others, the line that adds them."""
        lacking = sorted({a for a, _ in places if self.accounts is not None and a not in self.accounts})
        nowhere = sorted({r for _, r in places if self.regions is not None and r not in self.regions})
        remarks = []
        if lacking:
            said = f"Not in the trail's table, so nothing is seen of: {', '.join(lacking)}."
            line = adding(name, "account", sorted({*(self.accounts or ()), *lacking}))
            remarks.append(Remark(said, line))
        if nowhere:
            said = f"Regions that the trail's table does not have: {', '.join(nowhere)}."
            line = adding(name, "region", sorted({*(self.regions or ()), *nowhere}))
            remarks.append(Remark(said, line))
        return tuple(p for p in places if p[0] not in lacking and p[1] not in nowhere), tuple(remarks)


class Tables:
    """Reads it, and believes it for some minutes."""

    def __init__(self, hub: Hub, settings: TrailSettings) -> None:
        self._hub = hub
        self._settings = settings
        self._kept: Kept[str, tuple[Any, TableFacts]] = Kept(1)

    @needs("glue:GetTable", holder="trail")
    def facts(self, ask: Ask, target: Target) -> TableFacts:
        """Raises SourceError: Missing where there is none; BotError where it is of another kind."""
        kept = self._kept.get("")
        if kept and kept[0] <= ask.now < kept[0] + GOOD_FOR:
            return kept[1]
        try:
            said = self._hub.call(
                target, "glue", "GetTable", DatabaseName=self._settings.database, Name=self._settings.table
            )
        except Missing:
            raise absent(self._settings) from None
        found = facts_of(said["Table"], self._settings)
        self._kept.put("", (ask.now, found))
        return found

    def forget(self) -> None:
        """What was believed may be wrong by now."""
        self._kept = Kept(1)


def facts_of(table: dict[str, Any], settings: TrailSettings) -> TableFacts:
    """Of Glue's description. Raises BotError where no question can be asked of it."""
    described = [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]
    has = frozenset(path for c in described for path in fields(c["Name"].lower(), c.get("Type", "")))
    partitions = {key["Name"].lower() for key in table.get("PartitionKeys", [])}
    if not partitions >= set(PARTITIONS):
        raise BotError(
            f"The table {settings.name} is not divided by account, region and day.",
            "`python -m bot trail-table` prints the statement that makes one that is.",
        )
    if lacks := sorted(NEEDED - has):
        raise BotError(f"The table {settings.name} lacks {', '.join(lacks)}.", MENDS)
    properties = {str(k).lower(): str(v) for k, v in table.get("Parameters", {}).items()}
    told = tuple(
        Remark(f"The trail's table lacks {what}, so a person is known less often.", line)
        for what, line in mending(settings.name, has)
    )
    return TableFacts(
        TrailTable(settings.database, settings.table, has, settings.bot_role),
        layout_of_template(properties.get("storage.location.template", "")),
        _projected(properties, "account"),
        _projected(properties, "region"),
        told,
    )


def _projected(properties: dict[str, str], part: str) -> tuple[str, ...] | None:
    """The values of an enum; None where any value is taken, or the table is not projected."""
    if properties.get("projection.enabled", "").lower() != "true":
        return None
    if properties.get(f"projection.{part}.type", "").lower() != "enum":
        return None
    values = properties.get(f"projection.{part}.values", "").split(",")
    return tuple(value.strip() for value in values if value.strip())

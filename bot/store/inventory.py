"""The inventory on SQL: accounts and names, as watch last saw them."""

import json
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, select, update

from bot.model.account import Account
from bot.model.alarm import Alarm, Mute
from bot.model.fleet import Earlier, Endpoint, Vanished
from bot.model.monitor import Execution, MonitorKey, Schedule
from bot.ports.fleet import Sweep
from bot.ports.inventory import Swept
from bot.store import sweeps as rows
from bot.store.parsed import Parsed
from bot.store.tables import accounts, insert, meta, services
from bot.store.transaction import reading, writing

_REFRESHED = "accounts refreshed"
_FRESH_S = 1.0


class SqlInventory:
    """`Inventory` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: tuple[float, tuple[Account, ...]] = (float("-inf"), ())
        self._endpoints, self._schedules = Parsed(Endpoint), Parsed(Schedule)
        self._runs = Parsed(Execution)
        self._alarms, self._mutes = Parsed(Alarm), Parsed(Mute)

    def remember(self, accounts: Iterable[Account], now: datetime) -> None:
        """Keep these; accounts seen before and not among them stay, no longer linked."""
        with writing(self._engine) as conn:
            _unlink_all(conn)
            for account in accounts:
                _keep(conn, account)
            refreshed = insert(conn, meta).values(key=_REFRESHED, at=now)
            conn.execute(refreshed.on_conflict_do_update(index_elements=[meta.c.key], set_={"at": now}))
        self._kept = (float("-inf"), ())

    def accounts(self) -> tuple[Account, ...]:
        """Every account ever seen, by label, then id; what another process saw counts within a second.

        Every command asks, some twice.
        """
        read_s, known = self._kept
        if time.monotonic() - read_s < _FRESH_S:
            return known
        began_s = time.monotonic()
        with reading(self._engine) as conn:
            found = [_account(row) for row in conn.execute(select(accounts)).mappings()]
        known = tuple(sorted(found, key=lambda account: (account.label, account.id)))
        self._kept = (began_s, known)
        return known

    def seen_at(self) -> datetime | None:
        """When the accounts were last refreshed."""
        with reading(self._engine) as conn:
            return conn.scalar(select(meta.c.at).where(meta.c.key == _REFRESHED))

    def name_service(self, schedule: Schedule) -> None:
        """Keep what a schedule and its endpoint are called; what is known already costs no write."""
        row = {
            "name": schedule.service.name,
            "schedule_arn": schedule.arn,
            "schedule_name": schedule.name,
            "endpoint": schedule.endpoint,
        }
        with reading(self._engine) as conn:
            known = conn.execute(select(services).where(*(services.c[name] == value for name, value in row.items())))
            if known.first():
                return
        with writing(self._engine) as conn:
            keys = [services.c.name, services.c.schedule_arn]
            conn.execute(insert(conn, services).values(row).on_conflict_do_update(index_elements=keys, set_=row))

    def names(self) -> tuple[str, ...]:
        """Every service, schedule and endpoint ever seen, sorted."""
        columns = (services.c.name, services.c.schedule_name, services.c.endpoint)
        with reading(self._engine) as conn:
            found = {name for column in columns for name in conn.scalars(select(column).distinct())}
        found |= {name for e in self.endpoints() for name in (e.name, e.service.name)}
        return tuple(sorted(found - {""}))

    def resources(self) -> Mapping[tuple[str, str, str], str]:
        """Those that vanished too, as long as they were watched; what is there now goes by what it says now."""
        with reading(self._engine) as conn:
            past = list(conn.execute(select(services)).mappings())
        found: dict[tuple[str, str, str], str] = {}
        for row in past:
            account_id, region = _where(row["schedule_arn"])
            found |= {(account_id, region, row[key]): row["name"] for key in ("schedule_name", "endpoint") if row[key]}
        found |= {(s.account_id, s.region, s.name): s.service.name for s in self.schedules()}
        return found | {(e.account_id, e.region, e.name): e.service.name for e in self.endpoints()}

    def keep_endpoints(self, sweeps: Iterable[Sweep[Endpoint]], now: datetime) -> None:
        """What a whole listing lacks has vanished."""
        with writing(self._engine) as conn:
            for sweep in sweeps:
                rows.keep(conn, "endpoint", sweep, now)

    def keep_schedules(self, sweeps: Iterable[Sweep[Schedule]], now: datetime) -> None:
        """The same of schedules."""
        with writing(self._engine) as conn:
            for sweep in sweeps:
                rows.keep(conn, "schedule", sweep, now)

    def keep_alarms(self, sweeps: Iterable[Sweep[Alarm]], now: datetime) -> None:
        """The same of alarms."""
        with writing(self._engine) as conn:
            for sweep in sweeps:
                rows.keep(conn, "alarm", sweep, now)

    def keep_mutes(self, sweeps: Iterable[Sweep[Mute]], now: datetime) -> None:
        """The same of mute rules."""
        with writing(self._engine) as conn:
            for sweep in sweeps:
                rows.keep(conn, "mute", sweep, now)

    def keep_runs(self, runs: Iterable[Execution]) -> None:
        """Of each schedule the run that was scheduled last."""
        with writing(self._engine) as conn:
            rows.keep_runs(conn, runs)

    def endpoints(self) -> tuple[Endpoint, ...]:
        """By account, Region, name."""
        with reading(self._engine) as conn:
            found = self._endpoints.read(rows.bodies(conn, "endpoint"))
        return tuple(sorted(found, key=lambda e: (e.account_id, e.region, e.name)))

    def schedules(self) -> tuple[Schedule, ...]:
        """By account, Region, name."""
        with reading(self._engine) as conn:
            found = self._schedules.read(rows.bodies(conn, "schedule"))
        return tuple(sorted(found, key=lambda s: s.monitor))

    def alarms(self) -> tuple[Alarm, ...]:
        """By account, Region, name."""
        with reading(self._engine) as conn:
            found = self._alarms.read(rows.bodies(conn, "alarm"))
        return tuple(sorted(found, key=lambda a: (a.account_id, a.region, a.name)))

    def mutes(self) -> tuple[Mute, ...]:
        """By account, Region, name."""
        with reading(self._engine) as conn:
            found = self._mutes.read(rows.bodies(conn, "mute"))
        return tuple(sorted(found, key=lambda m: (m.account_id, m.region, m.name)))

    def last_runs(self) -> Mapping[MonitorKey, Execution]:
        """The newest run of each schedule."""
        with reading(self._engine) as conn:
            return {run.monitor: run for run in self._runs.read(rows.bodies(conn, rows.RUN))}

    def as_of(self, kind: Swept) -> Mapping[tuple[str, str], datetime]:
        """When each (account id, Region) was last listed as a whole."""
        with reading(self._engine) as conn:
            return rows.as_of(conn, kind)

    def earlier(self) -> Mapping[str, Earlier]:
        """As they were before they changed or vanished, by ARN."""
        with reading(self._engine) as conn:
            return rows.earlier(conn)

    def vanished(self) -> tuple[Vanished, ...]:
        """What nobody has dealt with yet, oldest first."""
        with reading(self._engine) as conn:
            return rows.vanished(conn)

    def forget(self, vanished: Iterable[Vanished]) -> None:
        """They are dealt with."""
        with writing(self._engine) as conn:
            rows.forget(conn, vanished)


def _where(arn: str) -> tuple[str, str]:
    """The account and Region of an ARN; empty for what is none."""
    _, _, _, region, account_id, *_ = (*arn.split(":"), "", "", "", "", "")
    return account_id, region


def _unlink_all(conn: Connection) -> None:
    conn.execute(update(accounts).values(linked=False))


def _keep(conn: Connection, account: Account) -> None:
    row = {
        "label": account.label,
        "regions": json.dumps(account.regions),
        "telemetry": json.dumps(account.telemetry),
        "linked": account.linked,
        "own": account.own,
    }
    new = insert(conn, accounts).values(id=account.id, **row)
    conn.execute(new.on_conflict_do_update(index_elements=[accounts.c.id], set_=row))


def _account(row: RowMapping) -> Account:
    regions, telemetry = json.loads(row["regions"]), json.loads(row["telemetry"])
    return Account(row["id"], row["label"], tuple(regions), tuple(telemetry), row["linked"], row["own"])

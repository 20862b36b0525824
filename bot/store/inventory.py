"""The inventory on SQL: accounts and names, as watch last saw them."""

import json
import time
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, RowMapping, select, update

from bot.model.account import Account
from bot.model.monitor import Schedule
from bot.store.tables import accounts, insert, meta, services
from bot.store.transaction import reading, writing

_REFRESHED = "accounts refreshed"
_FRESH_S = 1.0


class SqlInventory:
    """`Inventory` on SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: tuple[float, tuple[Account, ...]] = (float("-inf"), ())

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

    def services(self) -> tuple[str, ...]:
        """Every service name ever seen, sorted."""
        with reading(self._engine) as conn:
            return tuple(sorted(conn.scalars(select(services.c.name).distinct())))

    def names(self) -> tuple[str, ...]:
        """Every service, schedule and endpoint ever seen, sorted."""
        columns = (services.c.name, services.c.schedule_name, services.c.endpoint)
        with reading(self._engine) as conn:
            found = {name for column in columns for name in conn.scalars(select(column).distinct())}
        return tuple(sorted(found - {""}))


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

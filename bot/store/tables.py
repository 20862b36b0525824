"""What the database holds. Times are UTC; structures are JSON in ASCII, so that any text survives any database."""

from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects import postgresql, sqlite

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
metadata = MetaData(naming_convention=NAMES)


class UtcTime(TypeDecorator[datetime]):
    """Aware in, aware UTC out: SQLite itself keeps no zone. A naive time is a ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @staticmethod
    @lru_cache(4096)
    def text(value: datetime | None) -> str | None:
        """What is kept of it on SQLite, where a time is text. A naive time is a ValueError."""
        if value is None:
            return None
        utc = value if value.tzinfo is UTC else _zoned(value).astimezone(UTC)
        return utc.isoformat(" ", "microseconds").removesuffix("+00:00")

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, turn the others to UTC."""
        if value is None:
            return None
        utc = _zoned(value).astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _zoned(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a time without a zone: {value}")
    return value


class Words(TypeDecorator[str]):
    """Text that strangers wrote: NUL (PostgreSQL refuses it) and lone surrogates (no UTF-8) become `?`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Replace what a database cannot keep."""
        return None if value is None else value.replace("\0", "?").encode("utf-8", "replace").decode()


incidents = Table(
    "incidents",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("account_id", String, nullable=False),
    Column("region", String, nullable=False),
    Column("service", String, nullable=False),
    Column("family", String, nullable=False),
    Column("service_name", String, nullable=False),
    Column("service_by", String, nullable=False),
    Column("queued", Text, nullable=False),
    # What follows is the fold at the last change, kept only so that lists need not fold every incident ever.
    Column("status", String, nullable=False, index=True),
    Column("resolved_at", UtcTime),
    Column("runs_out_at", UtcTime, index=True),
    Column("about", Text),
    UniqueConstraint("account_id", "region", "service", "family"),
)

log = Table(
    "log",
    metadata,
    Column("incident", ForeignKey("incidents.number"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("entry_id", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("incident", "entry_id"),
)

heard = Table(
    "heard",
    metadata,
    Column("arn", String, primary_key=True),
    Column("incident", ForeignKey("incidents.number"), nullable=False),
)

observed = Table(
    "observed",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
)

cards = Table(
    "cards",
    metadata,
    Column("incident", ForeignKey("incidents.number"), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("channel_id", String, nullable=False),
    Column("ts", String, nullable=False),
    Column("revision", Integer, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("incident", ForeignKey("incidents.number"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("reason", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("broadcast", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("claimed_at", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("cause", Words, nullable=False),
    Column("roundup", Integer, nullable=False, server_default="0"),
    Column("quiet", Boolean, nullable=False, server_default=false()),
    Index(None, "channel", "id"),
    Index(None, "incident", "episode"),
    # A row's id stands in Slack's metadata: SQLite must never give it to another row.
    sqlite_autoincrement=True,
)

channels = Table(
    "channels",
    metadata,
    Column("channel", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("held_until", UtcTime),
    Column("next_post_at", UtcTime),
)

budget = Table(
    "budget",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("person_id", String, nullable=False),
    Column("team_id", String, nullable=False),
    Column("channel_id", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("line", Words, nullable=False),
    Column("outcome", String, nullable=False),
    Column("detail", Words, nullable=False),
    Column("took_ms", Integer, nullable=False),
    UniqueConstraint("id"),
    sqlite_autoincrement=True,
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", String, primary_key=True),
    Column("label", Words, nullable=False),
    Column("regions", Text, nullable=False),
    Column("telemetry", Text, nullable=False),
    Column("linked", Boolean, nullable=False),
    Column("own", Boolean, nullable=False),
)

services = Table(
    "services",
    metadata,
    Column("name", String, primary_key=True),
    Column("schedule_arn", String, primary_key=True),
    Column("schedule_name", String, nullable=False),
    Column("endpoint", String, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("version", String, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("held_until", UtcTime, nullable=False),
)

fleet = Table(
    "fleet",
    metadata,
    Column("kind", String, primary_key=True),
    Column("arn", String, primary_key=True),
    Column("account_id", String, nullable=False),
    Column("region", String, nullable=False),
    Column("body", Text, nullable=False),
    Index(None, "kind", "account_id", "region"),
)

swept = Table(
    "swept",
    metadata,
    Column("kind", String, primary_key=True),
    Column("account_id", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("queued_at", UtcTime, nullable=False),
    Column("claimed_at", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("cause", Words, nullable=False),
    Column("card", String, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("channel_id", String, nullable=False, server_default=""),
    Column("ts", String, nullable=False, server_default=""),
    UniqueConstraint("key"),
    Index(None, "channel", "id"),
    sqlite_autoincrement=True,
)

packages = Table(
    "packages",
    metadata,
    Column("arn", String, primary_key=True),
    Column("waits", Boolean, nullable=False, index=True),
    Column("body", Text, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

storms = Table(
    "storms",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("started_at", UtcTime, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("channel_id", String, nullable=False),
    Column("ts", String, nullable=False),
    Column("drawn_at", UtcTime),
    Column("said_at", UtcTime),
    UniqueConstraint("key"),
    sqlite_autoincrement=True,
)

storm_members = Table(
    "storm_members",
    metadata,
    Column("incident", ForeignKey("incidents.number"), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("storm", ForeignKey("storms.number"), nullable=False, index=True),
    Column("joined_at", UtcTime, nullable=False),
)

storm_drawings = Table(
    "storm_drawings",
    metadata,
    Column("storm", ForeignKey("storms.number"), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)

tally = Table(
    "tally",
    metadata,
    Column("kind", String, primary_key=True),
    Column("name", Words, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("samples", Text, nullable=False),
)

refusals = Table(
    "refusals",
    metadata,
    Column("id", String, primary_key=True),
    Column("reason", Words, nullable=False),
    Column("at", UtcTime, nullable=False, index=True),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("destination", String, nullable=False),
    Column("incident", ForeignKey("incidents.number"), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("action", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("fresh", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("told", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("asked_at", UtcTime, nullable=False),
    Column("next_at", UtcTime),
    Column("attempts", Integer, nullable=False),
    Column("cause", Words, nullable=False),
    Column("storm", String),
    Index(None, "destination", "state", "id"),
    # A row's id tells receivers the order: SQLite must never give it to another row.
    sqlite_autoincrement=True,
)

versions = Table(
    "versions",
    metadata,
    Column("revision", String, primary_key=True),
    Column("oldest", String, nullable=False),
)


def insert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, which SQLAlchemy offers only by dialect."""
    return postgresql.insert(table) if conn.dialect.name == "postgresql" else sqlite.insert(table)

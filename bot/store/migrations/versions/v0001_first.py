"""The first tables: incidents, outbox, what was seen, audit, inventory."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    _incidents()
    _seen()
    _outbox()
    _audit()
    _inventory()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String, nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        *map(_text, ("account_id", "region", "service", "family", "service_name", "service_by")),
        sa.Column("queued", sa.Text, nullable=False),
        _text("status"),
        _time("resolved_at", nullable=True),
        _time("runs_out_at", nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_incidents"),
        sa.UniqueConstraint(
            "account_id", "region", "service", "family", name="uq_incidents_account_id_region_service_family"
        ),
    )
    op.create_index("ix_incidents_status", "incidents", ["status"])
    op.create_index("ix_incidents_runs_out_at", "incidents", ["runs_out_at"])
    op.create_table(
        "log",
        _whole("incident"),
        sa.Column("seq", sa.Integer, autoincrement=False, nullable=False),
        _text("entry_id"),
        _time("at"),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("incident", "seq", name="pk_log"),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name="fk_log_incident"),
        sa.UniqueConstraint("incident", "entry_id", name="uq_log_incident_entry_id"),
    )


def _seen() -> None:
    for name in ("observed", "deliveries"):
        op.create_table(name, _text("id"), _time("at"), sa.PrimaryKeyConstraint("id", name=f"pk_{name}"))
        op.create_index(f"ix_{name}_at", name, ["at"])


def _outbox() -> None:
    op.create_table(
        "cards",
        *map(_whole, ("incident", "episode")),
        *map(_text, ("channel_id", "ts")),
        _whole("revision"),
        sa.PrimaryKeyConstraint("incident", "episode", name="pk_cards"),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name="fk_cards_incident"),
    )
    op.create_table(
        "outbox",
        _whole("id"),
        _text("kind"),
        *map(_whole, ("incident", "episode", "revision")),
        *map(_text, ("reason", "channel")),
        sa.Column("broadcast", sa.Boolean, nullable=False),
        _text("state"),
        _time("claimed_at", nullable=True),
        _whole("attempts"),
        sa.Column("cause", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name="fk_outbox_incident"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_channel_id", "outbox", ["channel", "id"])
    op.create_index("ix_outbox_incident_episode", "outbox", ["incident", "episode"])
    op.create_table(
        "channels",
        *map(_text, ("channel", "owner")),
        _time("held_until", nullable=True),
        _time("next_post_at", nullable=True),
        sa.PrimaryKeyConstraint("channel", name="pk_channels"),
    )
    op.create_table("budget", _whole("id"), _time("at"), sa.PrimaryKeyConstraint("id", name="pk_budget"))


def _audit() -> None:
    op.create_table(
        "audit",
        _whole("seq"),
        _text("id"),
        _time("at"),
        *map(_text, ("person_id", "team_id", "channel_id", "origin")),
        sa.Column("line", sa.Text, nullable=False),
        _text("outcome"),
        sa.Column("detail", sa.Text, nullable=False),
        _whole("took_ms"),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sa.UniqueConstraint("id", name="uq_audit_id"),
        sqlite_autoincrement=True,
    )


def _inventory() -> None:
    op.create_table(
        "accounts",
        _text("id"),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("label", "regions", "telemetry")),
        sa.Column("linked", sa.Boolean, nullable=False),
        sa.Column("own", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_table(
        "services",
        *map(_text, ("name", "schedule_arn", "schedule_name", "endpoint")),
        sa.PrimaryKeyConstraint("name", "schedule_arn", name="pk_services"),
    )
    op.create_table("meta", _text("key"), _time("at"), sa.PrimaryKeyConstraint("key", name="pk_meta"))

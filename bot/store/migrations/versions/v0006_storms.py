"""Incidents that began at once and are shown on one card."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
oldest = "0001"
"""The oldest program that may go on beside these tables; while one does, it may post a card that a storm stands for."""


def upgrade() -> None:
    """Make the tables; what waits already is of no storm."""
    op.create_table(
        "storms",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("channel_id", sa.String, nullable=False),
        sa.Column("ts", sa.String, nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True)),
        sa.Column("said_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("number", name="pk_storms"),
        sa.UniqueConstraint("key", name="uq_storms_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "storm_members",
        sa.Column("incident", sa.Integer, nullable=False),
        sa.Column("episode", sa.Integer, nullable=False),
        sa.Column("storm", sa.Integer, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name="fk_storm_members_incident"),
        sa.ForeignKeyConstraint(["storm"], ["storms.number"], name="fk_storm_members_storm"),
        sa.PrimaryKeyConstraint("incident", "episode", name="pk_storm_members"),
    )
    op.create_index("ix_storm_members_storm", "storm_members", ["storm"])
    op.create_table(
        "storm_drawings",
        sa.Column("storm", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["storm"], ["storms.number"], name="fk_storm_drawings_storm"),
        sa.PrimaryKeyConstraint("storm", "revision", name="pk_storm_drawings"),
    )

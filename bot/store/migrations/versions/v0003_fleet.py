"""What owners say of a service, the fleet as it was last seen, and messages that are no cards."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
oldest = "0001"
"""The oldest program that may go on beside these tables."""


def upgrade() -> None:
    """Make the tables and the column."""
    op.add_column("incidents", sa.Column("about", sa.Text))
    _fleet()
    _swept()
    _notices()


def _words(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(sa.Column(name, sa.String, nullable=False) for name in names)


def _body() -> sa.Column[str]:
    return sa.Column("body", sa.Text, nullable=False)


def _fleet() -> None:
    op.create_table(
        "fleet",
        *_words("kind", "arn", "account_id", "region"),
        _body(),
        sa.PrimaryKeyConstraint("kind", "arn", name="pk_fleet"),
    )
    op.create_index("ix_fleet_kind_account_id_region", "fleet", ["kind", "account_id", "region"])


def _swept() -> None:
    op.create_table(
        "swept",
        *_words("kind", "account_id", "region"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "account_id", "region", name="pk_swept"),
    )


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, nullable=False),
        *_words("key", "channel"),
        _body(),
        *_words("state"),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint("key", name="uq_notices_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notices_channel_id", "notices", ["channel", "id"])

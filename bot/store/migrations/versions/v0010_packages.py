"""Model packages on their way to a decision, and messages that are edited where they stand."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
oldest = "0001"
"""The oldest program that may go on beside these tables."""


def upgrade() -> None:
    """What was posted before stands unknown where, and is never edited."""
    op.create_table(
        "packages",
        sa.Column("arn", sa.String, nullable=False),
        sa.Column("waits", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("arn", name="pk_packages"),
    )
    op.create_index("ix_packages_waits", "packages", ["waits"])
    op.add_column("notices", sa.Column("revision", sa.Integer, nullable=False, server_default="0"))
    op.add_column("notices", sa.Column("channel_id", sa.String, nullable=False, server_default=""))
    op.add_column("notices", sa.Column("ts", sa.String, nullable=False, server_default=""))

"""What is passed over is counted, and why messages were refused is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
oldest = "0001"
"""The oldest program that may go on beside these tables."""


def upgrade() -> None:
    """Make both tables; what came before them was in the log only."""
    op.create_table(
        "tally",
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("samples", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_tally"),
    )
    op.create_table(
        "refusals",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refusals"),
    )
    op.create_index("ix_refusals_at", "refusals", ["at"])

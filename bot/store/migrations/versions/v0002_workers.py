"""Many processes: who runs, who polls, and which programs may share a database."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
oldest = "0001"
"""The oldest program that may go on beside these tables."""


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workers",
        *(sa.Column(name, sa.String, nullable=False) for name in ("id", "kind", "version")),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("started_at", "seen_at")),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "versions",
        sa.Column("revision", sa.String, nullable=False),
        sa.Column("oldest", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_versions"),
    )

"""Which incident heard a subject last: a resource keeps its service while an incident on it is open."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
oldest = "0001"
"""The oldest program that may go on beside these tables."""


def upgrade() -> None:
    """Make the table; what was heard before it is known with its next run."""
    op.create_table(
        "heard",
        sa.Column("arn", sa.String, nullable=False),
        sa.Column("incident", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incidents.number"], name="fk_heard_incident"),
        sa.PrimaryKeyConstraint("arn", name="pk_heard"),
    )

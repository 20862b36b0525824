"""What began at once is one page: which rows a pager was told of together."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
oldest = "0001"
"""The oldest program that may go on beside these tables."""


def upgrade() -> None:
    """Add the column; no row is in a storm yet."""
    op.add_column("handoffs", sa.Column("storm", sa.String))

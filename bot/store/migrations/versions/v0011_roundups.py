"""Many notes that call people, told in one message."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
oldest = "0001"
"""The oldest program that may go on beside these tables; while one does, it may call people in each thread as well."""


def upgrade() -> None:
    """What waits already is of no roundup."""
    op.add_column("outbox", sa.Column("roundup", sa.Integer, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("quiet", sa.Boolean, nullable=False, server_default=sa.false()))

"""Messages of their own may stand in a card's thread."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
oldest = "0001"
"""The oldest program that may go on beside these tables; while one does, it may show a thread's message in the channel.
"""


def upgrade() -> None:
    """Add the card; what waits already is of no card."""
    op.add_column("notices", sa.Column("card", sa.String, nullable=False, server_default=""))

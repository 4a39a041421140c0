"""The second clock is asked about the edges of an exposure alone"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("trials") as trials:
        trials.alter_column(
            "clock_late_ms",
            existing_type=sa.Float(),
            existing_nullable=True,
            existing_comment="Latest frame of the second clock, from the lead-in to the end of the exposure.",
            comment="How late the second clock was at the edges: the latest of their frames and the ones after.",
        )

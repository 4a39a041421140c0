"""When the time of an exposure is known, in the words of its column"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("trials") as trials:
        trials.alter_column(
            "shown_ms",
            existing_type=sa.Float(),
            existing_nullable=True,
            existing_comment="Time shown by the evidence; empty without it.",
            comment="Time shown by the evidence; empty without it, and where one edge's own time is not known.",
        )

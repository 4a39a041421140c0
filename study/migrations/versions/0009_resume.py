"""How often a block was begun again before a trial"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("trials") as trials:
        trials.add_column(
            sa.Column(
                "block_restarts",
                sa.Integer(),
                comment="How often the block was begun again, after a long absence, before this trial was shown; "
                "empty: never.",
            )
        )

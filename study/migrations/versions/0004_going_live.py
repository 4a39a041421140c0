"""Open and close studies"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("studies") as studies:
        studies.add_column(
            sa.Column(
                "opened_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="When the study was first opened to participants, UTC; empty: never.",
            )
        )
        studies.add_column(
            sa.Column(
                "closed_at",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="When it was closed to new participants, UTC; empty: not closed.",
            )
        )
        studies.add_column(
            sa.Column(
                "opened_as",
                sa.String(10),
                nullable=False,
                server_default="",
                comment="study: every check passed; demo, test, unchecked: without checks; empty: never opened.",
            )
        )
        studies.add_column(
            sa.Column(
                "readiness",
                sa.JSON(),
                nullable=False,
                server_default="[]",
                comment="What each check before opening found, as JSON; empty without checks.",
            )
        )
    # Studies of earlier releases were open from the moment they were published, and nothing was checked.
    op.execute("UPDATE studies SET opened_at = published_at, opened_as = 'unchecked'")

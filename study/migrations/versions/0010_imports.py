"""Where a study that was brought back from exports came from, and which lab each of its sessions"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("studies") as studies:
        studies.add_column(
            sa.Column(
                "imported_at",
                sa.DateTime(timezone=True),
                comment="When it was brought back from an export, UTC; empty: published here.",
            )
        )
        studies.add_column(
            sa.Column(
                "imported_from",
                sa.JSON(),
                comment="The export it came from, as JSON: time, software, register, sha256 of its SHA256SUMS, and "
                "under merged_from the same of each lab's; empty: published here.",
            )
        )
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(
            sa.Column(
                "lab",
                sa.String(80),
                comment="Lab whose export brought the session, where several were merged; else empty.",
            )
        )
        sessions.alter_column(
            "step",
            existing_type=sa.String(16),
            existing_nullable=False,
            existing_comment="Page the participant is at.",
            comment="Page the participant is at; imported: it came from an export.",
        )

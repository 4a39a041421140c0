"""Copies of pictures in a few widths"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stimuli") as stimuli:
        stimuli.add_column(
            sa.Column(
                "copies",
                sa.JSON(),
                nullable=False,
                server_default="{}",
                comment="sha256 of its copies by width in pixels, as JSON.",
            )
        )
        stimuli.alter_column(
            "sha256",
            existing_type=sa.String(64),
            existing_nullable=False,
            comment="sha256 of the picture as published.",
        )
    with op.batch_alter_table("trials") as trials:
        trials.add_column(
            sa.Column(
                "picture_file_width_px",
                sa.Integer(),
                nullable=True,
                comment="Width of the picture files that were loaded for it, pixels.",
            )
        )

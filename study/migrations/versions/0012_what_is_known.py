"""What is known of an exposure of which one edge was seen, in the words of its columns"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("trials") as trials:
        trials.alter_column(
            "shown_frames",
            existing_type=sa.Integer(),
            existing_nullable=True,
            existing_comment="Frames the pair was shown, by the evidence.",
            comment="Frames the pair was shown, by the evidence. If not as planned and edges_seen is below 2, "
            "only that it was not as planned is known.",
        )
        trials.alter_column(
            "evidence",
            existing_type=sa.String(20),
            existing_nullable=True,
            existing_comment="What the shown time rests on: element_timing (the browser's presentation times of "
            "both edges), frame_clock (an edge was not seen, but a second clock shows that the display kept its "
            "time), simulated (a robot), none (nothing that would prove it).",
            comment="What the shown time rests on: element_timing (the browser's presentation times of both "
            "edges, or one that was late), frame_clock (an edge was not seen, but a second clock shows that the "
            "display kept its time), simulated (a robot), none (nothing that would prove it).",
        )

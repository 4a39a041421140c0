"""Record what the claim of a presentation rests on"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EVIDENCE = (
    "What the shown time rests on: element_timing (the browser's presentation times of both edges), "
    "frame_clock (an edge was not seen, but a second clock shows that the display kept its time), "
    "simulated (a robot), none (nothing that would prove it)."
)
BEFORE = (
    "What the shown time rests on: element_timing (the browser's presentation times), simulated (a robot), "
    "none (frame callbacks only, which miss most bad trials)."
)
REWORDED: tuple[tuple[str, Any, str], ...] = (
    ("callback_ms", sa.Double(), "Time between the frames that were to bring the edges."),
    ("longest_gap_ms", sa.Double(), "Longest interval of the second clock's frames during the exposure."),
    (
        "late_frames",
        sa.Integer(),
        "Intervals of the second clock's frames above 1.5 median intervals during the exposure.",
    ),
)


def upgrade() -> None:
    with op.batch_alter_table("trials") as trials:
        trials.alter_column(
            "evidence", existing_type=sa.String(20), comment=EVIDENCE, existing_comment=BEFORE
        )
        for name, existing, comment in REWORDED:
            trials.alter_column(name, existing_type=existing, comment=comment)
        trials.add_column(
            sa.Column(
                "edges_seen",
                sa.Integer(),
                nullable=True,
                comment="Edges of the exposure whose presentation time the browser gave in time: 0, 1 or 2.",
            )
        )
        trials.add_column(
            sa.Column(
                "clock_late_ms",
                sa.Double(),
                nullable=True,
                comment="Latest frame of the second clock, from the lead-in to the end of the exposure.",
            )
        )
        trials.add_column(
            sa.Column(
                "restarts",
                sa.Integer(),
                nullable=True,
                comment="How often the lead-in was begun anew, unseen, because the display faltered.",
            )
        )

"""Why an exposure is void, and how answers were given"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS: tuple[tuple[str, Any, str], ...] = (
    (
        "interruption",
        sa.String(10),
        "Why an exposure is void: hidden (the page), moved (the faces, by resizing, turning or leaving "
        "full screen), slept (the device, or it stood still for a second), reloaded (the page).",
    ),
    (
        "trusted",
        sa.Boolean(),
        "Whether the browser says that every answer came from an input device, not from a script.",
    ),
    (
        "pointer_moves",
        sa.Integer(),
        "Movements of mouse or pen from the onset to the last answer, as the browser counts them.",
    ),
    ("pointer_path_px", sa.Double(), "Length of their path, CSS px."),
    (
        "pointer_straightness",
        sa.Double(),
        "Distance between the ends of that path over its length: 1 is a straight line.",
    ),
    ("pointer_first_ms", sa.Double(), "First movement of mouse or pen, from the onset."),
    ("keys_typed", sa.Integer(), "Keys pressed in free text."),
    ("key_gap_ms", sa.Double(), "Median time between them."),
    ("pastes", sa.Integer(), "Times something was pasted or dropped into free text."),
)


def upgrade() -> None:
    with op.batch_alter_table("trials") as trials:
        for name, kind, comment in COLUMNS:
            trials.add_column(sa.Column(name, kind, nullable=True, comment=comment))

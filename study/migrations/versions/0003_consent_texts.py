"""Keep the words agreed to; one session for each identifier of a person"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_OF_A_PERSON = "('PROLIFIC_PID')"


def upgrade() -> None:
    op.create_table(
        "consent_texts",
        sa.Column(
            "hash", sa.String(64), nullable=False, comment="sha256 of language, information and consent."
        ),
        sa.Column("language", sa.String(8), nullable=False, comment="Language of the words, ISO 639-1."),
        sa.Column("information", sa.Text(), nullable=False, comment="Information as shown, Markdown."),
        sa.Column("consent", sa.Text(), nullable=False, comment="Consent as shown, Markdown."),
        sa.Column(
            "first_used_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When someone first agreed to it, UTC.",
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_consent_texts")),
    )
    with op.batch_alter_table("sessions") as sessions:
        sessions.alter_column(
            "consent_hash",
            existing_type=sa.String(64),
            existing_nullable=False,
            comment="sha256 of the language and the information and consent texts agreed to.",
        )
        sessions.add_column(
            sa.Column(
                "consent_action",
                sa.String(200),
                nullable=False,
                server_default="",
                comment="What was ticked and pressed to consent, as name=value.",
            )
        )
    with op.batch_alter_table("departures") as departures:
        departures.alter_column(
            "kind",
            existing_type=sa.String(20),
            existing_nullable=False,
            comment="declined, under_age, took_part_before, withdrawn, or purged by its date.",
        )
        departures.alter_column(
            "cell", existing_type=sa.String(40), existing_nullable=False, comment="Cell of who was erased."
        )
        departures.alter_column(
            "status",
            existing_type=sa.String(20),
            existing_nullable=False,
            comment="How far who was erased had come.",
        )
    _name_each_person_once()


def _name_each_person_once() -> None:
    with op.batch_alter_table("recruiter_identifiers") as identifiers:
        identifiers.add_column(sa.Column("study_id", sa.Integer(), nullable=True))
        identifiers.add_column(sa.Column("namespace", sa.String(10), nullable=True))
        identifiers.add_column(
            sa.Column(
                "attempt",
                sa.Integer(),
                nullable=True,
                comment="How many times this person has begun, from 1; empty: the identifier names no person.",
            )
        )
        identifiers.create_foreign_key(
            op.f("fk_recruiter_identifiers_study_id"), "studies", ["study_id"], ["id"]
        )
    for name in ("study_id", "namespace"):
        op.execute(
            f"UPDATE recruiter_identifiers SET {name} = (SELECT s.{name} FROM sessions AS s "  # noqa: S608
            "WHERE s.id = recruiter_identifiers.session_id)"
        )
    # Sessions begun twice by one person before this was impossible count as attempts of theirs.
    op.execute(
        "UPDATE recruiter_identifiers SET attempt = (SELECT count(*) FROM recruiter_identifiers AS o "  # noqa: S608
        "WHERE o.study_id = recruiter_identifiers.study_id AND o.namespace = recruiter_identifiers.namespace "
        "AND o.name = recruiter_identifiers.name AND o.value = recruiter_identifiers.value "
        f"AND o.id <= recruiter_identifiers.id) WHERE name IN {_OF_A_PERSON}"
    )
    with op.batch_alter_table("recruiter_identifiers") as identifiers:
        identifiers.alter_column("study_id", existing_type=sa.Integer(), nullable=False)
        identifiers.alter_column("namespace", existing_type=sa.String(10), nullable=False)
        identifiers.create_unique_constraint(
            op.f("uq_recruiter_identifiers_study_id_namespace_name_value_attempt"),
            ["study_id", "namespace", "name", "value", "attempt"],
        )
        identifiers.create_index(op.f("ix_recruiter_identifiers_session_id"), ["session_id"])

"""Keep every version of a protocol; cells, fillers, labels, invitations"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OF_STUDIES = ("title", "protocol", "protocol_hash", "study_toml", "texts")


def upgrade() -> None:
    _make_versions()
    _add_invitations()
    with op.batch_alter_table("places") as places:
        places.alter_column(
            "round", existing_type=sa.Integer(), comment="Each round holds every list of every cell."
        )
        places.add_column(_cell("Between-subject condition."))
    with op.batch_alter_table("departures") as departures:
        departures.alter_column(
            "kind",
            existing_type=sa.String(16),
            type_=sa.String(20),
            existing_nullable=False,
            comment="declined, under_age, took_part_before or withdrawn.",
        )
        departures.add_column(_cell("Cell of who withdrew."))
        departures.add_column(
            sa.Column(
                "status",
                sa.String(20),
                nullable=False,
                server_default="",
                comment="How far who withdrew had come.",
            )
        )
    _change_trials()
    with op.batch_alter_table("ratings") as ratings:
        ratings.drop_constraint(op.f("ck_ratings_target"), type_="check")
        ratings.create_check_constraint(
            op.f("ck_ratings_target"), "target in ('left', 'right', 'pair', 'face')"
        )
        ratings.alter_column(
            "target",
            existing_type=sa.String(5),
            comment="What was rated: left, right, pair, or the single face.",
        )


def _cell(comment: str) -> sa.Column[str]:
    return sa.Column("cell", sa.String(40), nullable=False, server_default="", comment=comment)


def _make_versions() -> None:
    op.create_table(
        "protocol_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="1 as published; each amendment adds one."),
        sa.Column("title", sa.Text(), nullable=False, comment="Title of the study."),
        sa.Column("protocol", sa.Text(), nullable=False, comment="Frozen protocol, canonical JSON."),
        sa.Column("protocol_hash", sa.String(64), nullable=False, comment="sha256 of the frozen protocol."),
        sa.Column(
            "study_toml", sa.Text(), nullable=False, comment="The study file as the researcher wrote it."
        ),
        sa.Column("texts", sa.JSON(), nullable=False, comment="Markdown texts by path."),
        sa.Column(
            "translations",
            sa.JSON(),
            nullable=False,
            comment="Words of the study file in further languages, by language and by the words in the first one.",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why it was amended; empty for the first."),
        sa.Column(
            "frozen_at", sa.DateTime(timezone=True), nullable=False, comment="When it was frozen, UTC."
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_protocol_versions_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_protocol_versions")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_protocol_versions_study_id_number")),
    )
    op.execute(
        "INSERT INTO protocol_versions (study_id, number, title, protocol, protocol_hash, study_toml, texts, "
        "translations, reason, frozen_at) SELECT id, 1, title, protocol, protocol_hash, study_toml, texts, "
        "'{}', '', published_at FROM studies"
    )
    with op.batch_alter_table("sessions") as sessions:
        sessions.add_column(sa.Column("version_id", sa.Integer(), nullable=True))
        sessions.create_foreign_key(
            op.f("fk_sessions_version_id"), "protocol_versions", ["version_id"], ["id"]
        )
        sessions.alter_column(
            "status",
            existing_type=sa.String(16),
            type_=sa.String(20),
            existing_nullable=False,
            comment="consented, in_progress, completed, or ended: screened_out, failed_checks, lapsed, technical_failure.",
        )
    op.execute(
        "UPDATE sessions SET version_id = (SELECT v.id FROM protocol_versions AS v "
        "WHERE v.study_id = sessions.study_id)"
    )
    with op.batch_alter_table("sessions") as sessions:
        sessions.alter_column("version_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("studies") as studies:
        for name in _OF_STUDIES:
            studies.drop_column(name)


def _add_invitations() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("label", sa.String(200), nullable=False, comment="Whom the researcher made it for."),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_invitations_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )


def _change_trials() -> None:
    with op.batch_alter_table("trials") as trials:
        trials.drop_constraint(op.f("ck_trials_status"), type_="check")
        trials.create_check_constraint(
            op.f("ck_trials_status"), "status in ('planned', 'answered', 'interrupted', 'timed_out')"
        )
        trials.alter_column(
            "status",
            existing_type=sa.String(12),
            comment="planned: never answered; answered; interrupted: void; timed_out: not all answered in time.",
        )
        trials.alter_column(
            "pair",
            existing_type=sa.String(200),
            nullable=True,
            comment="Pair shown, or pair of the single face; empty for fillers.",
        )
        trials.alter_column(
            "left",
            existing_type=sa.String(200),
            comment="Stimulus on the left, as the participant sees it, or the single face.",
        )
        trials.alter_column(
            "right", existing_type=sa.String(200), nullable=True, comment="Stimulus on the right."
        )
        trials.add_column(
            sa.Column(
                "repeat_of",
                sa.Integer(),
                nullable=True,
                comment="Position of the trial that this one repeats.",
            )
        )
        trials.add_column(
            sa.Column(
                "left_label",
                sa.String(10),
                nullable=True,
                comment="What the label of the left or single face said: real or ai; empty: no label.",
            )
        )
        trials.add_column(
            sa.Column(
                "right_label", sa.String(10), nullable=True, comment="What the label of the right face said."
            )
        )
        trials.add_column(
            sa.Column(
                "asked_answer",
                sa.String(10),
                nullable=True,
                comment="The answer that an attention check asked for.",
            )
        )

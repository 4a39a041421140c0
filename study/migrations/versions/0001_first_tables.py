"""Create the tables of the first walk"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "studies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False, comment="Short name of the study."),
        sa.Column("title", sa.Text(), nullable=False, comment="Title of the study."),
        sa.Column("protocol", sa.Text(), nullable=False, comment="Frozen protocol, canonical JSON."),
        sa.Column(
            "protocol_hash", sa.String(length=64), nullable=False, comment="sha256 of the frozen protocol."
        ),
        sa.Column(
            "study_toml", sa.Text(), nullable=False, comment="The study file as the researcher wrote it."
        ),
        sa.Column("texts", sa.JSON(), nullable=False, comment="Markdown texts by path."),
        sa.Column(
            "picture_width_px", sa.Integer(), nullable=False, comment="Width of every picture, pixels."
        ),
        sa.Column(
            "picture_height_px", sa.Integer(), nullable=False, comment="Height of every picture, pixels."
        ),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the study was published.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
        sa.UniqueConstraint("slug", name=op.f("uq_studies_slug")),
    )
    op.create_table(
        "access_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_access_links_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_links_token_hash")),
    )
    op.create_table(
        "departures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("namespace", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="declined or withdrawn."),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_departures_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departures")),
    )
    op.create_table(
        "pairs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column(
            "pair", sa.String(length=200), nullable=False, comment="Identifier of the pair in its set."
        ),
        sa.Column("first", sa.String(length=200), nullable=False, comment="Stimulus with the real face."),
        sa.Column(
            "second", sa.String(length=200), nullable=False, comment="Stimulus with the AI or edited face."
        ),
        sa.Column(
            "distance", sa.Double(), nullable=True, comment="Mismatch of the two on the matched attributes."
        ),
        sa.Column(
            "practice", sa.Boolean(), nullable=False, comment="Whether the pair is used for practice only."
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_pairs_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairs")),
        sa.UniqueConstraint("study_id", "pair", name=op.f("uq_pairs_study_id_pair")),
    )
    op.create_table(
        "places",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column(
            "namespace", sa.String(length=10), nullable=False, comment="live, pilot, preview or robot."
        ),
        sa.Column(
            "ordinal", sa.Integer(), nullable=False, comment="Order in which places are given out, from 0."
        ),
        sa.Column("round", sa.Integer(), nullable=False, comment="Each round holds every list once."),
        sa.Column("list_number", sa.Integer(), nullable=False, comment="Counterbalancing list, from 0."),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=True, comment="Session that holds the place."),
        sa.Column(
            "lease_until", sa.DateTime(timezone=True), nullable=True, comment="A claim is stale after this."
        ),
        sa.CheckConstraint("status in ('open', 'claimed', 'completed')", name=op.f("ck_places_status")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_places_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint(
            "study_id", "namespace", "ordinal", name=op.f("uq_places_study_id_namespace_ordinal")
        ),
    )
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_places_study_id_namespace_status_ordinal"),
            ["study_id", "namespace", "status", "ordinal"],
            unique=False,
        )

    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column(
            "session", sa.String(length=32), nullable=False, comment="Random identifier of the session."
        ),
        sa.Column(
            "participant",
            sa.String(length=32),
            nullable=False,
            comment="Random identifier of the participant.",
        ),
        sa.Column(
            "namespace",
            sa.String(length=10),
            nullable=False,
            comment="live: data; pilot, preview and robot: kept apart from them.",
        ),
        sa.Column(
            "cell",
            sa.String(length=40),
            nullable=False,
            comment="Between-subject condition; empty where the study has none.",
        ),
        sa.Column("place", sa.Integer(), nullable=True, comment="Ordinal of the place taken, from 0."),
        sa.Column("list_number", sa.Integer(), nullable=True, comment="Counterbalancing list, from 0."),
        sa.Column("seed", sa.BigInteger(), nullable=True, comment="Seed of the order of trials."),
        sa.Column(
            "status",
            sa.String(length=16),
            nullable=False,
            comment="consented, in_progress, completed, withdrawn or screened_out.",
        ),
        sa.Column("step", sa.String(length=16), nullable=False, comment="Page the participant is at."),
        sa.Column(
            "language", sa.String(length=8), nullable=False, comment="Language of the pages, ISO 639-1."
        ),
        sa.Column(
            "consent_hash",
            sa.String(length=64),
            nullable=False,
            comment="sha256 of the information and consent texts agreed to.",
        ),
        sa.Column(
            "consented_at", sa.DateTime(timezone=True), nullable=False, comment="When consent was given, UTC."
        ),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), nullable=True, comment="When a place was taken, UTC."
        ),
        sa.Column(
            "last_seen_at", sa.DateTime(timezone=True), nullable=False, comment="Last sign of life, UTC."
        ),
        sa.Column(
            "completed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the last page was sent, UTC.",
        ),
        sa.Column("recruiter", sa.String(length=20), nullable=False, comment="Where the person came from."),
        sa.Column(
            "withdrawal_code_hash",
            sa.String(length=64),
            nullable=True,
            comment="sha256 of the code by which data can be withdrawn later.",
        ),
        sa.Column(
            "browser", sa.String(length=40), nullable=False, comment="Browser family and major version."
        ),
        sa.Column(
            "operating_system", sa.String(length=40), nullable=False, comment="Operating system family."
        ),
        sa.Column("form", sa.String(length=10), nullable=False, comment="desktop, tablet or phone."),
        sa.Column("device", sa.JSON(), nullable=False, comment="What the device check found."),
        sa.CheckConstraint(
            "namespace in ('live', 'pilot', 'preview', 'robot')", name=op.f("ck_sessions_namespace")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_sessions_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("session", name=op.f("uq_sessions_session")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sessions_study_id_namespace_status"),
            ["study_id", "namespace", "status"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_sessions_withdrawal_code_hash"), ["withdrawal_code_hash"], unique=False
        )

    op.create_table(
        "stimuli",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column(
            "stimulus",
            sa.String(length=200),
            nullable=False,
            comment="Identifier of the stimulus in its set.",
        ),
        sa.Column(
            "picture",
            sa.String(length=40),
            nullable=False,
            comment="Random name under which participants' browsers load the picture.",
        ),
        sa.Column(
            "sha256", sa.String(length=64), nullable=False, comment="sha256 of the picture that was shown."
        ),
        sa.Column(
            "origin",
            sa.String(length=10),
            nullable=False,
            comment="real: a photograph; ai: generated; edited: a photograph with a defect added.",
        ),
        sa.Column(
            "generator", sa.Text(), nullable=False, comment="Model and version that made an AI picture."
        ),
        sa.Column(
            "identity",
            sa.Text(),
            nullable=False,
            comment="Same value: same person, or same seed person, across pictures.",
        ),
        sa.Column(
            "edited_from", sa.Text(), nullable=False, comment="Stimulus an edited picture was made from."
        ),
        sa.Column("defect", sa.Text(), nullable=False, comment="Defect added to an edited picture."),
        sa.Column(
            "dose", sa.Double(), nullable=True, comment="Strength of the defect, 0 (none) to 1 (full)."
        ),
        sa.Column(
            "artifacts",
            sa.Text(),
            nullable=False,
            comment="Artifacts that people tagged, separated by spaces.",
        ),
        sa.Column(
            "gender", sa.Text(), nullable=False, comment="Gender as stated by the source, never guessed."
        ),
        sa.Column("age_band", sa.Text(), nullable=False, comment="Age band as stated by the source, years."),
        sa.Column("ethnicity", sa.Text(), nullable=False, comment="Ethnicity as stated by the source."),
        sa.Column("licence", sa.Text(), nullable=False, comment="Licence of the picture."),
        sa.Column("attribution", sa.Text(), nullable=False, comment="Whom to credit for the picture."),
        sa.Column("source", sa.Text(), nullable=False, comment="Where the picture comes from."),
        sa.Column(
            "consent", sa.Text(), nullable=False, comment="Consent of the person shown, as the source says."
        ),
        sa.Column("extra", sa.JSON(), nullable=False, comment="Further columns of the manifest."),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_stimuli_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stimuli")),
        sa.UniqueConstraint("picture", name=op.f("uq_stimuli_picture")),
        sa.UniqueConstraint("study_id", "stimulus", name=op.f("uq_stimuli_study_id_stimulus")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column(
            "number", sa.Integer(), nullable=True, comment="Message that brought it; empty: the server's own."
        ),
        sa.Column("kind", sa.String(length=40), nullable=False, comment="What happened."),
        sa.Column("position", sa.Integer(), nullable=True, comment="Trial during which it happened."),
        sa.Column("at_ms", sa.Double(), nullable=True, comment="Time on the page's clock."),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the server stored it, UTC.",
        ),
        sa.Column("detail", sa.JSON(), nullable=False, comment="Further facts, as JSON."),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_events_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_events_session_id"), ["session_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="Counted by the participant's browser."),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_messages_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "number", name=op.f("pk_messages")),
    )
    op.create_table(
        "questionnaire_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False, comment="Item of the questionnaire."),
        sa.Column(
            "value",
            sa.Text(),
            nullable=False,
            comment="The answer; empty where an optional item was left out.",
        ),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the server stored it, UTC.",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_questionnaire_answers_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_answers")),
        sa.UniqueConstraint("session_id", "item", name=op.f("uq_questionnaire_answers_session_id_item")),
    )
    op.create_table(
        "recruiter_identifiers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["sessions.id"],
            name=op.f("fk_recruiter_identifiers_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recruiter_identifiers")),
    )
    with op.batch_alter_table("recruiter_identifiers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recruiter_identifiers_name_value"), ["name", "value"], unique=False
        )

    op.create_table(
        "trials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column(
            "position", sa.Integer(), nullable=False, comment="Place of the trial in the session, from 1."
        ),
        sa.Column("block", sa.String(length=40), nullable=False, comment="Block of the study."),
        sa.Column(
            "block_position", sa.Integer(), nullable=False, comment="Place of the trial in its block, from 1."
        ),
        sa.Column("practice", sa.Boolean(), nullable=False, comment="Practice trials are never analysed."),
        sa.Column(
            "trial_kind", sa.String(length=10), nullable=False, comment="target, filler, repeat or check."
        ),
        sa.Column("layout", sa.String(length=10), nullable=False, comment="pair or single."),
        sa.Column("pair", sa.String(length=200), nullable=False, comment="Pair shown."),
        sa.Column(
            "left",
            sa.String(length=200),
            nullable=False,
            comment="Stimulus on the left, as the participant sees it.",
        ),
        sa.Column("right", sa.String(length=200), nullable=False, comment="Stimulus on the right."),
        sa.Column("exposure_ms", sa.Double(), nullable=True, comment="Planned duration; empty: unlimited."),
        sa.Column(
            "status",
            sa.String(length=12),
            nullable=False,
            comment="planned: never answered; answered; interrupted: void.",
        ),
        sa.Column(
            "evidence",
            sa.String(length=20),
            nullable=True,
            comment="What the shown time rests on: element_timing (the browser's presentation times), simulated (a robot), none (frame callbacks only, which miss most bad trials).",
        ),
        sa.Column(
            "planned_frames", sa.Integer(), nullable=True, comment="Frames nearest the planned duration."
        ),
        sa.Column(
            "shown_frames", sa.Integer(), nullable=True, comment="Frames the pair was shown, by the evidence."
        ),
        sa.Column("onset_ms", sa.Double(), nullable=True, comment="Onset on the page's clock."),
        sa.Column("offset_ms", sa.Double(), nullable=True, comment="Offset on the page's clock."),
        sa.Column(
            "shown_ms", sa.Double(), nullable=True, comment="Time shown by the evidence; empty without it."
        ),
        sa.Column("callback_ms", sa.Double(), nullable=True, comment="Time shown by frame callbacks alone."),
        sa.Column(
            "frame_interval_ms",
            sa.Double(),
            nullable=True,
            comment="Typical interval of frames: mean of those within a quarter of the median.",
        ),
        sa.Column(
            "longest_gap_ms",
            sa.Double(),
            nullable=True,
            comment="Longest interval of frame callbacks during the exposure.",
        ),
        sa.Column(
            "late_frames",
            sa.Integer(),
            nullable=True,
            comment="Frame callbacks later than 1.5 median intervals during the exposure.",
        ),
        sa.Column("hidden", sa.Boolean(), nullable=True, comment="Page hidden during the exposure."),
        sa.Column(
            "blurred", sa.Boolean(), nullable=True, comment="Window without focus during the exposure."
        ),
        sa.Column("resized", sa.Boolean(), nullable=True, comment="Window resized during the exposure."),
        sa.Column("viewport_width_px", sa.Double(), nullable=True, comment="Width of the window, CSS px."),
        sa.Column("viewport_height_px", sa.Double(), nullable=True, comment="Height of the window, CSS px."),
        sa.Column("device_pixel_ratio", sa.Double(), nullable=True, comment="Screen pixels per CSS px."),
        sa.Column("picture_width_px", sa.Double(), nullable=True, comment="Width of each picture, CSS px."),
        sa.Column("picture_height_px", sa.Double(), nullable=True, comment="Height of each picture, CSS px."),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the server stored it, UTC.",
        ),
        sa.CheckConstraint("status in ('planned', 'answered', 'interrupted')", name=op.f("ck_trials_status")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_trials_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trials")),
        sa.UniqueConstraint("session_id", "position", name=op.f("uq_trials_session_id_position")),
    )
    op.create_table(
        "ratings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False, comment="Question of the block."),
        sa.Column(
            "target", sa.String(length=5), nullable=False, comment="What was rated: left, right or pair."
        ),
        sa.Column(
            "value",
            sa.Text(),
            nullable=False,
            comment="The answer as given; codes of several choices joined by ;.",
        ),
        sa.Column(
            "rt_ms",
            sa.Double(),
            nullable=True,
            comment="Key or pointer going down, by the event's own time, minus the onset frame.",
        ),
        sa.Column(
            "release_ms", sa.Double(), nullable=True, comment="Key or pointer going up minus the onset frame."
        ),
        sa.Column(
            "input",
            sa.String(length=10),
            nullable=False,
            comment="keyboard, mouse, touch, pen, or simulated for a robot.",
        ),
        sa.Column(
            "order", sa.Integer(), nullable=False, comment="Order of the answers within the trial, from 1."
        ),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the server stored it, UTC.",
        ),
        sa.CheckConstraint("target in ('left', 'right', 'pair')", name=op.f("ck_ratings_target")),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trials.id"], name=op.f("fk_ratings_trial_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint(
            "trial_id", "question", "target", name=op.f("uq_ratings_trial_id_question_target")
        ),
    )


def downgrade() -> None:
    op.drop_table("ratings")
    op.drop_table("trials")
    with op.batch_alter_table("recruiter_identifiers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recruiter_identifiers_name_value"))

    op.drop_table("recruiter_identifiers")
    op.drop_table("questionnaire_answers")
    op.drop_table("messages")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_session_id"))

    op.drop_table("events")
    op.drop_table("stimuli")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_withdrawal_code_hash"))
        batch_op.drop_index(batch_op.f("ix_sessions_study_id_namespace_status"))

    op.drop_table("sessions")
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_places_study_id_namespace_status_ordinal"))

    op.drop_table("places")
    op.drop_table("pairs")
    op.drop_table("departures")
    op.drop_table("access_links")
    op.drop_table("studies")

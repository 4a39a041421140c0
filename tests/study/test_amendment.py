"""A changed study file becomes the next version, unless it would change what the data mean."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from study import flow
from study.amendment import Change, Snapshot, Stage, compare, refusals
from study.database import reading, writing
from study.models import Place, Session
from study.protocol import ProtocolError, StudyProtocol, freeze, read_study
from study.settings import Settings
from tests.conftest import MOMENT
from tests.study.own_study import edit, write_own_study
from tests.study.test_flow import complete, start, the_study

LATER = MOMENT + timedelta(days=3)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return read_study(write_own_study(tmp_path_factory.mktemp("own")))


def snapshot(study_file, protocol=None, texts=None, set_sha256="aa"):
    chosen = protocol or study_file.protocol
    words = dict(study_file.texts) if texts is None else texts
    file = type(study_file)(study_file.folder, study_file.toml, chosen, words)
    return Snapshot(freeze(file, set_sha256=set_sha256, n_stimuli=52, n_pairs=26).canonical, words)


def changed(protocol, change):
    content = protocol.model_dump(mode="json")
    change(content)
    return StudyProtocol.model_validate(content)


def differences(original, change):
    new = changed(original.protocol, change)
    return compare(snapshot(original), snapshot(original, new)), new


def test_the_same_study_has_no_differences(original):
    assert compare(snapshot(original), snapshot(original)) == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["recruitment"].update(target=60), "recruitment.target: 48 → 60"),
        (lambda c: c.update(title="Faces"), 'title: "First impressions of headshots" → "Faces"'),
        (lambda c: c["blocks"][1].update(pairs=6), "blocks.trust.pairs: 12 → 6"),
        (lambda c: c["blocks"][1].update(exposures_ms=[100, "unlimited"]),
         'blocks.trust.exposures_ms: [100, 500, 2000] → [100, "unlimited"]'),
        (lambda c: c["blocks"][2]["questions"][0].update(text="Which one?"),
         'blocks.detect.questions.detect.text: "Which picture was made by AI?" → "Which one?"'),
        (lambda c: c["blocks"].reverse(),
         "order of blocks: practice, trust, detect → detect, trust, practice"),
        (lambda c: c["cells"].append({"name": "plain"}),
         'cells.plain: {"name": "plain", "disclosure": "none", "labels": "true", "weight": 1} (new)'),
        (lambda c: c["analysis"].update(power=None),
         'analysis.power: {"effect": 0.2, "power": 0.91, "method": "Simulated with 1000 studies of 48 '
         'people and 24 pairs; seed 3."} → none'),
        (lambda c: c["exclusions"].update(interrupted=False), "exclusions.interrupted: true → false"),
    ],
)  # fmt: skip
def test_each_difference_is_told_by_the_name_of_its_setting(original, change, said):
    changes, _ = differences(original, change)
    assert [str(found) for found in changes] == [said]


def test_a_changed_text_is_told_line_by_line(original):
    texts = dict(original.texts) | {"texts/consent.md": "I want to take part.\n"}
    (change,) = compare(snapshot(original), snapshot(original, texts=texts))
    assert str(change) == (
        "text texts/consent.md:\n"
        "--- texts/consent.md (before)\n"
        "+++ texts/consent.md (after)\n"
        "@@ -1 +1 @@\n"
        "-I was told what happens to my answers, my questions were answered, and I want to take part.\n"
        "+I want to take part."
    )


def test_another_stimulus_set_is_told_by_its_hash(original):
    (change,) = compare(snapshot(original), snapshot(original, set_sha256="bb"))
    assert str(change) == 'stimulus_set: "aa" → "bb"'


def test_a_setting_that_an_earlier_release_did_not_know_counts_as_its_default(original):
    old = snapshot(original)
    older = Snapshot(old.canonical.replace(',"repeats":0', ""), old.texts)
    assert older.canonical != old.canonical
    assert compare(older, old) == ()


ALWAYS = (
    lambda c: c["recruitment"].update(target=60, pay_per_hour=11),
    lambda c: c.update(title="Faces"),
    lambda c: c["retention"].update(identifiers_days=10),
    lambda c: c["stopping"].update(most_started=70),
    lambda c: c["device"].update(require_evidence=True),
    lambda c: c["eligibility"].update(minimum_age=21),
    lambda c: c.update(languages=["en", "de"]),
    lambda c: c["blocks"][1].update(intro="texts/other.md"),
)
BEFORE_LIVE = (
    lambda c: c["hypotheses"].pop(),
    lambda c: c["analysis"].update(alpha=0.01),
    lambda c: c["exclusions"].update(min_rt_ms=100),
)
WITH_NOBODY = (
    lambda c: c.update(seed=2),
    lambda c: c["blocks"][1].update(pairs=6),
    lambda c: c["blocks"][1]["questions"][0].update(maximum=9),
    lambda c: c["blocks"][1].update(mask_ms=100),
    lambda c: c["blocks"].pop(),
    lambda c: c["cells"].append({"name": "plain"}),
    lambda c: c["questionnaires"][0]["items"].pop(),
)


@pytest.mark.parametrize("stage", list(Stage))
def test_what_may_be_amended_depends_on_how_far_the_study_is(original, stage):
    for allowed, until in ((ALWAYS, Stage.LIVE), (BEFORE_LIVE, Stage.REHEARSED), (WITH_NOBODY, Stage.NOBODY)):
        for change in allowed:
            changes, new = differences(original, change)
            refused = refusals(changes, new, stage=stage)
            assert (refused == ()) == (stage <= until), changes


def test_once_people_were_promised_a_time_their_data_may_only_be_kept_shorter(original):
    for change, allowed in (
        (lambda c: c["retention"].update(identifiers_days=30, unfinished_days=5), True),
        (lambda c: c["retention"].update(identifiers_days=61), False),
    ):
        changes, new = differences(original, change)
        assert refusals(changes, new, stage=Stage.REHEARSED) == ()
        assert (refusals(changes, new, stage=Stage.LIVE) == ()) == allowed
    assert refusals(changes, new, stage=Stage.LIVE)[0].startswith(
        "retention.identifiers_days: 60 → 61: people were promised that their data are kept no longer"
    )


def test_the_pictures_can_never_be_amended(original):
    changes = compare(snapshot(original), snapshot(original, set_sha256="bb"))
    assert refusals(changes, original.protocol, stage=Stage.NOBODY) == (
        'stimulus_set: "aa" → "bb": the pictures are part of every answer; give the changed study a new slug '
        "and publish it as another study",
    )


def test_what_cells_are_told_is_part_of_the_design_other_texts_are_not(original):
    told = changed(
        original.protocol,
        lambda c: (c["texts"].update(told="texts/told.md"), c.update(languages=["en", "de"])),
    )
    change = Change("text texts/told.de.md", "Alt.", "Neu.", diff="-Alt.\n+Neu.")
    (refused,) = refusals([change], told, stage=Stage.LIVE)
    assert refused.startswith("text texts/told.de.md: people in told and labelled cells were given the words")
    other = Change("text texts/instructions.md", "Alt.", "Neu.", diff="-Alt.\n+Neu.")
    assert refusals([other], told, stage=Stage.LIVE) == ()


def test_the_first_language_stays(original):
    changes, new = differences(original, lambda c: c.update(languages=["de", "en"]))
    (refused,) = refusals(changes, new, stage=Stage.REHEARSED)
    assert refused.startswith('languages: ["en"] → ["de", "en"]: the study file is in its first language')


@pytest.fixture
def own(database, engine, tmp_path):
    """A study of one's own, published and open; gives its study file."""
    toml = write_own_study(tmp_path / "study")
    settings = Settings(data=tmp_path, database=database, secret_key="for tests only")
    with writing(engine) as db:
        study = flow.publish(db, read_study(toml), pictures=settings.pictures, now=MOMENT)
        flow.open_unchecked(db, study, opened_as="test", now=MOMENT)
    return toml


def amend(engine, toml, *, reason="More people.", since=1):
    with writing(engine) as db:
        return flow.amend(db, read_study(toml), reason=reason, since=since, now=LATER).protocol_hash


def test_people_under_way_keep_their_version_and_new_ones_get_the_next(own, engine):
    before = start(engine)
    edit(own, "target = 48", "target = 60")
    new_hash = amend(engine, own)
    after = start(engine, at=LATER)
    with reading(engine) as db:
        study = the_study(db)
        numbers = {s: flow.session_by_id(db, s).version.number for s in (before, after)}
        assert numbers == {before: 1, after: 2}
        assert (study.current.protocol_hash, study.current.reason) == (new_hash, "More people.")
        assert study.current.frozen_at == LATER
    assert complete(engine, before)


def test_a_refused_amendment_changes_nothing_and_names_every_reason(own, engine):
    start(engine)
    edit(own, "seed = 20260101", "seed = 7")
    edit(own, "min_rt_ms = 200", "min_rt_ms = 100")
    edit(own, "target = 48", "target = 60")
    with pytest.raises(ProtocolError) as refused:
        amend(engine, own)
    assert [problem.split(": ")[0] for problem in refused.value.problems] == ["seed", "exclusions.min_rt_ms"]
    assert "every session's plan of trials follows from it" in str(refused.value)
    assert "exclusions are declared before the data" in str(refused.value)
    with reading(engine) as db:
        assert the_study(db).current.number == 1


def test_before_anybody_came_a_published_study_may_still_change(own, engine):
    edit(own, "pairs = 12", "pairs = 6")
    amend(engine, own, reason="Shorter, after reading it once more.")
    session = start(engine)
    with reading(engine) as db:
        assert flow.session_by_id(db, session).version.number == 2


def test_an_amendment_needs_a_difference_a_reason_and_a_published_study(own, engine, tmp_path):
    with pytest.raises(ProtocolError, match="glance: expected a change since version 1"):
        amend(engine, own)
    edit(own, "target = 48", "target = 60")
    with pytest.raises(ProtocolError, match="reason: expected words, found none"):
        amend(engine, own, reason="  ")
    edit(own, 'slug = "glance"', 'slug = "other"')
    with pytest.raises(ProtocolError, match=r"slug: expected a published study \(glance\), found 'other'"):
        amend(engine, own)


def test_somebody_elses_amendment_in_between_has_to_be_looked_at(own, engine):
    edit(own, "target = 48", "target = 60")
    amend(engine, own)
    edit(own, "target = 60", "target = 70")
    with pytest.raises(ProtocolError, match="expected version 1 to be the current one, found version 2"):
        amend(engine, own, since=1)


def test_an_open_study_cannot_be_amended_into_one_that_could_not_be_opened(own, engine):
    with writing(engine) as db:
        the_study(db).opened_as = "study"
    edit(own, "identifiers_days = 60", "unfinished_days = 30")
    with pytest.raises(ProtocolError, match="retention: the study file does not say how long identifiers"):
        amend(engine, own)


def n_places(engine, status):
    with reading(engine) as db:
        query = (
            select(func.count()).select_from(Place).where(Place.namespace == "live", Place.status == status)
        )
        return db.scalar(query)


def test_a_lower_target_takes_away_free_places_and_nobodys_place(own, engine):
    complete(engine, start(engine))
    start(engine)
    edit(own, "target = 48", "target = 20")
    amend(engine, own, reason="The money is gone.")
    assert [n_places(engine, status) for status in ("completed", "claimed", "open")] == [1, 1, 18]


def test_a_higher_target_lets_more_people_in(own, engine):
    edit(own, "target = 48", "target = 1")
    amend(engine, own, reason="First one.")
    complete(engine, start(engine))
    assert step_of(engine, start(engine)) == "full"
    edit(own, "target = 1 ", "target = 2 ")
    amend(engine, own, reason="Then two.", since=2)
    assert step_of(engine, start(engine)) == "task"


def step_of(engine, session):
    with reading(engine) as db:
        return db.scalars(select(Session.step).where(Session.session == session)).one()

from collections import Counter
from dataclasses import replace

import pytest

from stimuli.check import check_set
from stimuli.eyes import EYE_COLUMNS
from stimuli.fingerprint import file_fingerprint
from stimuli.manifest import StimulusError, read_set
from stimuli.picture import read_picture
from stimuli.twins import degrade_set


@pytest.fixture(scope="module")
def twins(preparation, tmp_path_factory):
    target = tmp_path_factory.mktemp("twins") / "set"
    report = degrade_set(
        preparation.stimulus_set, target, defects=("lighting", "focus"), doses=(0.5,), n_practice=1
    )
    assert report.left_out == ()
    return report.stimulus_set


@pytest.fixture(scope="module")
def ladder(preparation, tmp_path_factory):
    """Every photograph with every dose, one photograph for practice; some cannot have new catch-lights."""
    target = tmp_path_factory.mktemp("ladder") / "set"
    return degrade_set(
        preparation.stimulus_set,
        target,
        defects=("focus", "catchlights_apart"),
        doses=(0, 0.5, 1),
        design="full",
        n_practice=1,
    )


def test_each_photograph_has_one_twin_with_one_defect(twins):
    assert read_set(twins.folder) == twins
    assert len(twins.pairs) * 2 == len(twins.stimuli)
    for pair in twins.pairs:
        original, twin = twins.stimulus(pair.first), twins.stimulus(pair.second)
        assert (original.origin, twin.origin, twin.edited_from) == ("real", "edited", original.stimulus)
        assert original.identity == twin.identity != ""
        assert (original.defect, original.dose) == ("", None)
        assert twin.attribution.endswith(f"edited: {twin.defect}, dose 0.5")
        assert twin.licence == original.licence


def test_conditions_are_used_equally_often(twins):
    counts = Counter(s.defect for s in twins.stimuli if s.defect)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert sum(pair.practice for pair in twins.pairs) == 1


def test_original_and_twin_are_encoded_alike_under_names_that_say_nothing(twins):
    prints = [file_fingerprint(twins.folder / s.file) for s in twins.stimuli]
    assert len({(p.container, p.dimensions, p.encoding, p.metadata) for p in prints}) == 1
    for stimulus in twins.stimuli:
        name = stimulus.file.removeprefix("images/").removesuffix(".jpg")
        assert len(name) == 16
        assert set(name) <= set("0123456789abcdef")


def test_files_of_originals_and_twins_are_equally_long(twins):
    assert len({(twins.folder / s.file).stat().st_size for s in twins.stimuli}) == 1


def test_every_twin_tells_its_measure_before_and_after(twins):
    for twin in (s for s in twins.stimuli if s.defect):
        assert float(twin.extra["defect_after"]) > float(twin.extra["defect_before"])
        assert twins.stimulus(twin.edited_from).extra["defect_after"] == ""


def test_the_full_design_shows_every_photograph_at_every_dose_beside_a_copy_of_it(ladder):
    made = ladder.stimulus_set
    assert read_set(made.folder) == made
    counts = Counter((s.identity, s.defect, s.dose) for s in made.stimuli if s.origin == "edited")
    practice = {made.stimulus(p.second).identity for p in made.pairs if p.practice}
    people = {identity for identity, _, _ in counts} - practice
    assert len(practice) == 1
    for person in people:
        assert [counts[person, "focus", dose] for dose in (0, 0.5, 1)] == [1, 1, 1]
    for pair in made.pairs:
        assert made.stimulus(pair.second).edited_from == pair.first


def test_a_twin_with_dose_0_has_the_pixels_of_its_original_and_is_not_said_to_be_changed(ladder):
    made = ladder.stimulus_set
    zeros = [s for s in made.stimuli if s.dose == 0]
    assert zeros
    for twin in zeros:
        original = made.stimulus(twin.edited_from)
        assert twin.file != original.file
        assert (read_picture(made.folder / twin.file) == read_picture(made.folder / original.file)).all()
        assert twin.extra["defect_before"] == twin.extra["defect_after"]
        assert twin.attribution == original.attribution


def test_what_cannot_be_made_is_left_out_with_picture_defect_and_reason(ladder):
    made, gone = ladder.stimulus_set, ladder.left_out
    assert {each.defect for each in gone} == {"catchlights_apart"}
    assert all("no clear catch-light" in each.reason for each in gone)
    twins = {(s.identity, s.defect, s.dose) for s in made.stimuli if s.defect}
    assert not twins & {(each.stimulus, each.defect, each.dose) for each in gone}


def test_edited_sets_have_no_errors_even_with_copies_and_dose_0(ladder, twins):
    for folder in (ladder.stimulus_set.folder, twins.folder):
        errors = [str(p) for p in check_set(folder) if p.severity == "error"]
        # That byte sizes tell twins from originals is for pairs to weigh; nothing else may be wrong.
        assert errors == []


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_assignment(preparation, tmp_path):
    def made(name, seed):
        report = degrade_set(
            preparation.stimulus_set, tmp_path / name, defects=("focus",), doses=(0.3, 0.6, 0.9), seed=seed
        )
        return report.stimulus_set

    first, again, other = made("a", 1), made("b", 1), made("c", 2)
    assert first.sha256() == again.sha256()
    assert {s.stimulus for s in first.stimuli} != {s.stimulus for s in other.stimuli}


def test_a_set_without_real_pictures_is_refused(noise_set, tmp_path):
    made = noise_set(("ai", "ai"))
    with pytest.raises(StimulusError, match="expected more than 0 real pictures to edit, found 0"):
        degrade_set(made, tmp_path / "out")


def test_pictures_without_a_face_are_all_named(noise_set, tmp_path):
    made = noise_set(("real", "real"))
    with pytest.raises(StimulusError) as caught:
        degrade_set(made, tmp_path / "out")
    assert [p.split(":")[0] for p in sorted(caught.value.problems)] == [s.file for s in made.stimuli]
    assert not (tmp_path / "out" / "manifest.csv").exists()


def test_eyes_too_close_together_to_edit_are_said(noise_set, tmp_path):
    made = noise_set(("real",))
    place = dict(zip(EYE_COLUMNS, ("100", "100", "120", "100"), strict=True))
    small = tuple(stimulus.with_extra(**place) for stimulus in made.stimuli)
    with pytest.raises(
        StimulusError, match="the eyes are 20 px apart, at least 40 are needed; prepare larger"
    ):
        degrade_set(replace(made, stimuli=small), tmp_path / "out")

from collections import Counter

import pytest

from stimuli.fingerprint import file_fingerprint
from stimuli.manifest import StimulusError, read_set
from stimuli.twins import degrade_set


@pytest.fixture(scope="module")
def twins(preparation, tmp_path_factory):
    target = tmp_path_factory.mktemp("twins") / "set"
    return degrade_set(
        preparation.stimulus_set, target, defects=("skin", "lighting"), doses=(0.5,), n_practice=1
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


def test_original_and_twin_are_encoded_alike(twins):
    prints = [file_fingerprint(twins.folder / s.file) for s in twins.stimuli]
    assert len({(p.container, p.dimensions, p.encoding, p.metadata) for p in prints}) == 1


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

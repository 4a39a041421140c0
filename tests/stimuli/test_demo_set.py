from collections import Counter

import pytest

from stimuli.demo_set import build_demo_set
from stimuli.fingerprint import file_fingerprint
from stimuli.manifest import StimulusError, read_set
from stimuli.picture import read_picture


@pytest.fixture(scope="module")
def offline(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offline")
    return build_demo_set(folder / "set", base_url="http://127.0.0.1:9", cache=folder / "cache")


def test_faces_give_24_main_pairs_and_2_practice_pairs_of_equal_gender(demo_set):
    demo = demo_set.stimulus_set
    assert demo_set.kind == "ai"
    assert Counter(pair.practice for pair in demo.pairs) == {False: 24, True: 2}
    for pair in demo.pairs:
        first, second = demo.stimulus(pair.first), demo.stimulus(pair.second)
        assert (first.origin, second.origin) == ("real", "ai")
        assert first.gender == second.gender
    worst_shown = max(p.distance for p in demo.pairs if not p.practice)
    assert min(p.distance for p in demo.pairs if p.practice) >= worst_shown


def test_public_figures_are_left_out_and_every_right_is_stated(demo_set):
    demo = demo_set.stimulus_set
    assert not [s.stimulus for s in demo.stimuli if s.stimulus.startswith("congress")]
    assert all(s.licence and s.attribution and s.source for s in demo.stimuli)
    assert all(s.consent for s in demo.stimuli if s.origin == "real")


def test_the_folder_holds_exactly_the_pictures_shown(demo_set):
    demo = demo_set.stimulus_set
    assert read_set(demo.folder) == demo
    assert len(list((demo.folder / "images").iterdir())) == len(demo.stimuli) == 52


def test_what_still_tells_real_from_ai_is_said(demo_set):
    assert {warning.severity for warning in demo_set.warnings} == {"warning"}
    sentences = [warning.sentence for warning in demo_set.warnings]
    assert any("alone tells origin with AUC" in sentence for sentence in sentences)
    assert not any("byte size" in sentence for sentence in sentences)
    assert "not for a real study" in demo_set.note


def test_without_a_network_two_portraits_give_12_main_pairs_and_2_practice_pairs(offline):
    demo = offline.stimulus_set
    assert offline.kind == "edited"
    assert "\n" not in offline.note
    assert "could not be downloaded, so this is a study of edited portraits" in offline.note
    conditions = Counter()
    for pair in demo.pairs:
        first, second = demo.stimulus(pair.first), demo.stimulus(pair.second)
        assert (first.origin, second.origin, second.edited_from) == ("real", "edited", first.stimulus)
        assert first.identity == second.identity
        assert first.licence == second.licence == "Public domain"
        conditions[first.identity, second.defect, second.dose, pair.practice] += 1
    main = [condition for condition in conditions if not condition[3]]
    practice = [condition for condition in conditions if condition[3]]
    assert set(conditions.values()) == {1}
    assert len(main) == 12
    assert {(defect, dose) for _, defect, dose, _ in main} == {
        (defect, dose) for defect in ("skin", "lighting", "symmetry") for dose in (0.4, 0.8)
    }
    assert [(dose, defect) for _, defect, dose, _ in practice] == [(1.0, "skin")] * 2


def test_no_picture_of_the_portraits_occurs_twice(offline):
    demo = offline.stimulus_set
    assert len({s.sha256 for s in demo.stimuli}) == len(demo.stimuli) == 28
    originals = [read_picture(demo.folder / s.file) for s in demo.stimuli if s.origin == "real"]
    for number, picture in enumerate(originals):
        for other in originals[:number]:
            assert (picture.astype(int) - other).std() > 5


def test_file_properties_are_the_same_for_originals_and_twins(offline):
    demo = offline.stimulus_set
    prints = [file_fingerprint(demo.folder / s.file) for s in demo.stimuli]
    assert {(p.dimensions, p.container, p.metadata) for p in prints} == {((480, 600), "JPEG", ())}
    assert len({p.encoding for p in prints}) == 1


def test_an_interrupted_build_leaves_nothing_behind(tmp_path, some_faces):
    def interrupt(step, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_demo_set(tmp_path / "set", faces=some_faces, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_used_folder_is_left_alone(tmp_path, some_faces):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "mine.txt").write_text("precious")
    with pytest.raises(StimulusError, match="expected a new or empty folder"):
        build_demo_set(tmp_path / "set", faces=some_faces)

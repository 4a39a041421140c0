import pytest

from stimuli.manifest import StimulusError
from stimuli.sources import age_band, read_originals, read_sources


def test_the_shared_faces_are_read_as_stated(shared):
    faces = read_sources(shared / "faces")
    assert len(faces.stimuli) == 90
    woman = faces.stimulus("london_099_08")
    assert (woman.gender, woman.age_band, woman.ethnicity) == ("female", "20-29", "black")
    assert woman.extra["stated_age"] == "24"
    assert woman.source.startswith("debruine/webmorphR.stim@fa8b78fd")
    generated = next(s for s in faces.stimuli if s.origin == "ai")
    assert generated.gender in ("female", "male")
    assert generated.extra["stated_country"]


def test_what_is_not_stated_stays_empty(shared):
    faces = read_sources(shared / "faces")
    congress = [s for s in faces.stimuli if s.stimulus.startswith("congress")]
    assert len(congress) == 20
    assert {(s.gender, s.age_band, s.ethnicity) for s in congress} == {("", "", "")}


@pytest.mark.parametrize(("age", "band"), [("", ""), ("19", "10-19"), ("20", "20-29"), ("89", "80-89")])
def test_ages_become_decades(age, band):
    assert age_band(age) == band


def test_all_problems_of_a_source_list_come_at_once(tmp_path, noise_picture, write_sources):
    noise_picture(tmp_path / "a.jpg")
    noise_picture(tmp_path / "b.jpg", seed=1)
    rows = [
        {"file": "a.jpg", "origin": "real", "stated_gender": "lady"},
        {"file": "b.jpg", "origin": "photo"},
        {"file": "c.jpg", "origin": "ai"},
        {"file": "a.jpg", "origin": "ai", "sha256": "0" * 64},
        {"file": "b.jpg", "origin": "ai", "stated_age": "young"},
    ]
    with pytest.raises(StimulusError) as caught:
        read_sources(write_sources(tmp_path, rows))
    text = "\n".join(caught.value.problems)
    assert "line 2: stated_gender must be empty or one of woman, female, man, male; found 'lady'" in text
    assert "line 3: origin must be one of real, ai, edited; found 'photo'" in text
    assert "c.jpg: named in sources.csv, not in" in text
    assert "a.jpg: changed since sources.csv was written: expected sha256 0000" in text
    assert "line 6: stated_age must be empty or an age in years up to 120; found 'young'" in text
    assert "sources.csv: file a.jpg occurs 2 times" in text


def test_a_missing_sha256_is_taken_from_the_file(tmp_path, noise_picture, write_sources):
    noise_picture(tmp_path / "a.jpg")
    read = read_sources(write_sources(tmp_path, [{"file": "a.jpg", "origin": "real", "sha256": ""}]))
    assert len(read.stimuli[0].sha256) == 64


def test_equal_names_in_two_folders_become_different_ids(tmp_path, noise_picture, write_sources):
    rows = []
    for number, origin in enumerate(("real", "ai")):
        noise_picture(tmp_path / origin / "1.jpg", seed=number)
        rows.append({"file": f"{origin}/1.jpg", "origin": origin})
    read = read_sources(write_sources(tmp_path, rows))
    assert [s.stimulus for s in read.stimuli] == ["real_1.jpg", "ai_1.jpg"]


def test_a_folder_without_tables_says_what_to_write(tmp_path):
    with pytest.raises(
        StimulusError, match=r"expected sources\.csv or manifest\.csv, found neither; make a manifest of"
    ):
        read_originals(tmp_path)

"""One page of a set: complete, self-contained, the same bytes again; blind, it tells nothing."""

import csv
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from stimuli.check import CheckReport
from stimuli.cli import stimuli_commands
from stimuli.contact_sheet.blind import blind_pairs
from stimuli.contact_sheet.content import alike, counts, figures, rights
from stimuli.contact_sheet.strips import mean_interval, strip
from stimuli.manifest import Pair, Stimulus, StimulusSet, read_set, write_set
from stimuli.pair import Fillers, match_pairs
from stimuli.pair.filler_table import write_fillers


class Page(HTMLParser):
    """Text, pictures, addresses and elements of a page."""

    def __init__(self, html):
        super().__init__()
        self.text, self.pictures, self.addresses, self.elements = [], [], [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        facts = dict(attrs)
        self.addresses += [facts[name] for name in ("src", "href") if name in facts]
        if tag == "img":
            self.pictures.append(facts["alt"])

    def handle_data(self, data):
        if self.lasttag != "style":
            self.text.append(data)

    @property
    def words(self):
        return re.sub(r"\s+", " ", " ".join(self.text))


def run(*arguments):
    return CliRunner().invoke(stimuli_commands, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def paired(preparation, tmp_path_factory):
    """A prepared set with pairs, one filler and pictures in neither; one cell is no plain text."""
    folder = shutil.copytree(preparation.stimulus_set.folder, tmp_path_factory.mktemp("sheet") / "set")
    made = read_set(folder)
    stimuli = tuple(replace(s, attribution="Ada <script>alert(1)</script> & Bo") for s in made.stimuli)
    matching = match_pairs(stimuli, fillers=Fillers(ai=1), n_practice=1)
    write_set(StimulusSet(folder, stimuli, matching.pairs))
    write_fillers(folder, matching.fillers)
    return folder


@pytest.fixture(scope="module")
def sheet(paired):
    result = run("sheet", paired, "-o", paired.parent / "sheet.html", "--title", "Pilot <1>")
    assert result.exit_code == 0, result.output
    assert re.search(r"sheet\.html: \d+\.\d MB", result.output)
    return (paired.parent / "sheet.html").read_text(encoding="utf-8")


def test_the_page_needs_no_other_file_and_no_script(sheet):
    page = Page(sheet)
    assert page.addresses
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.addresses)
    assert not page.elements & {"script", "link", "iframe", "object"}
    assert "default-src 'none'" in sheet
    assert "url(" not in sheet


def test_every_picture_is_there_once(sheet, paired):
    shown = sorted(re.match(r"Picture (\S+), (real|AI)$", alt).group(1) for alt in Page(sheet).pictures)
    assert shown == sorted(s.stimulus for s in read_set(paired).stimuli)


def test_what_a_table_says_is_text_and_nothing_else(sheet):
    words = Page(sheet).words
    assert "Ada <script>alert(1)</script> & Bo" in words
    assert "Pilot <1>" in words


def test_it_tells_in_words_what_the_set_is(sheet, paired):
    words = Page(sheet).words
    made = read_set(paired)
    n_real = sum(s.origin == "real" for s in made.stimuli)
    n_ai = len(made.stimuli) - n_real
    assert f"The set has {len(made.stimuli)} pictures: {n_real} real and {n_ai} AI." in words
    assert f"They make {len(made.pairs)} pairs, 1 of them for practice and 1 filler" in words
    assert re.search(r"Of all measures [\w ]+ tells most: .* picks the right one in \d+ of 100 cases", words)
    assert "The check finds no error and" in words
    assert made.sha256() in words


def test_each_pair_has_its_distance_attributes_and_worst_measures(sheet, paired):
    page = Page(sheet)
    for pair in read_set(paired).pairs:
        assert re.search(rf"{pair.pair} (practice pair, )?distance {pair.distance:.2f} ", page.words)
    assert len(re.findall(r"Right against left: \w[\w ]* [+−]\d", page.words)) == 1 + len(
        read_set(paired).pairs
    )


def test_the_same_set_gives_the_same_bytes_and_no_date_of_its_own(sheet, paired, tmp_path):
    assert run("sheet", paired, "-o", tmp_path / "again.html", "--title", "Pilot <1>").exit_code == 0
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == sheet
    assert run("sheet", paired, "-o", tmp_path / "dated.html", "--date", "3 May 2026").exit_code == 0
    assert "Stimulus set, 3 May 2026:" in Page((tmp_path / "dated.html").read_text(encoding="utf-8")).words


def test_originals_have_a_sheet_too(some_faces, tmp_path):
    result = run("sheet", some_faces, "-o", tmp_path / "raw.html")
    assert result.exit_code == 0, result.output
    words = Page((tmp_path / "raw.html").read_text(encoding="utf-8")).words
    assert "No pairs are made yet." in words
    assert re.search(r"The check finds \d+ errors: the set should not be shown to anybody", words)


def test_a_sheet_lies_in_the_folder_unless_told_otherwise(noise_set):
    folder = noise_set().folder
    assert run("sheet", folder).exit_code == 0
    assert (folder / "sheet.html").is_file()


# ---- blind ----------------------------------------------------------------------------------


def test_a_blind_sheet_names_nothing_that_tells_origin(paired, tmp_path):
    result = run("sheet", paired, "--blind", "-o", tmp_path / "raters.html")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "raters.html").read_text(encoding="utf-8")
    page = Page(text)
    made = read_set(paired)
    assert set(page.pictures) == {"Face, left", "Face, right"}
    assert len(page.pictures) == 2 * len(made.pairs)
    without_pictures = re.sub(r"data:image/jpeg;base64,[^\"]+", "", text)
    for stimulus in made.stimuli:
        for told in (stimulus.stimulus, stimulus.file, stimulus.sha256, stimulus.source):
            assert told not in without_pictures
    assert not re.search(r"\b(real|AI|london|sd3|p\d\d)\b", page.words)


def test_the_key_says_which_picture_is_where(paired, tmp_path):
    run("sheet", paired, "--blind", "-o", tmp_path / "raters.html")
    with (tmp_path / "raters_key.csv").open(encoding="utf-8", newline="") as file:
        key = list(csv.DictReader(file))
    by_pair = {pair.pair: {pair.first, pair.second} for pair in read_set(paired).pairs}
    assert [row["number"] for row in key] == [str(n) for n in range(1, len(by_pair) + 1)]
    assert {row["pair"]: {row["left"], row["right"]} for row in key} == by_pair


def test_half_of_the_real_pictures_are_on_the_left(tmp_path):
    stimuli = [Stimulus(f"{o}{i}", f"{o}{i}.jpg", "0" * 64, o) for o in ("real", "ai") for i in range(25)]
    pairs = tuple(Pair(f"p{i:02d}", f"real{i}", f"ai{i}", None, False) for i in range(25))
    shown = blind_pairs(StimulusSet(tmp_path, tuple(stimuli), pairs))
    assert sum(pair.left.startswith("real") for pair in shown) == 12
    assert [pair.pair for pair in shown] != sorted(pair.pair for pair in shown)
    assert blind_pairs(StimulusSet(tmp_path, tuple(stimuli), pairs[::-1])) == shown


def test_a_blind_sheet_needs_pairs(noise_set):
    result = run("sheet", noise_set().folder, "--blind")
    assert result.exit_code == 1
    assert "expected pairs, found none; run facevalue stimuli pair first" in result.output


# ---- figures and counts ---------------------------------------------------------------------


def test_the_axis_holds_every_point_between_round_numbers():
    drawn = strip("sharpness", {"real": [3.2, 4.9], "AI": [5.0, 11.7, float("nan")]})
    assert [text for _, text in drawn.ticks] == ["2", "4", "6", "8", "10", "12"]
    low, high = drawn.ticks[0][0], drawn.ticks[-1][0]
    points = [x for row in drawn.rows for x, _ in row.points]
    assert len(points) == 4
    assert all(low <= x <= high for x in points)
    at = dict(zip((3.2, 4.9, 5.0, 11.7), points, strict=True))
    assert (at[4.9] - at[3.2]) / (at[11.7] - at[3.2]) == pytest.approx(1.7 / 8.5, abs=0.002)


@pytest.mark.parametrize("values", [[5.0], [0.0, 0.0], [-3.0, -3.0 + 1e-12], [1e7, 3e7], [-0.4, 0.1]])
def test_an_axis_can_be_drawn_for_any_numbers(values):
    drawn = strip("measure", {"real": values})
    assert 2 <= len(drawn.ticks) <= 8
    assert all(drawn.ticks[0][0] <= x <= drawn.ticks[-1][0] for x, _ in drawn.rows[0].points)
    assert len({text for _, text in drawn.ticks}) == len(drawn.ticks)


def test_a_measure_that_no_picture_has_is_not_drawn():
    assert strip("face size", {"real": [float("nan")], "AI": []}) is None


def test_a_measure_that_does_not_differ_is_named_and_not_drawn():
    stimuli = [Stimulus(id, id, "0", origin) for id, origin in (("r1", "real"), ("a1", "ai"), ("a2", "ai"))]
    values = {
        "face size": {"r1": 0.25, "a1": 0.25, "a2": float("nan")},
        "noise": {"r1": 1.0, "a1": 2.0, "a2": 3.0},
    }
    assert alike(values) == ("face size",)
    assert [f.strip.measure for f in figures(stimuli, values, CheckReport(()))] == ["noise"]


def test_the_mean_has_its_t_interval():
    # By hand: mean 3, standard error sqrt(2.5 / 5), t(4, .975) = 2.7764.
    mean, low, high = mean_interval([1, 2, 3, 4, 5])
    assert (mean, low, high) == pytest.approx((3, 3 - 2.7764 * 0.5**0.5, 3 + 2.7764 * 0.5**0.5), abs=1e-4)
    assert mean_interval([1]) is None


def test_counts_name_what_is_not_stated():
    stimuli = [
        Stimulus("r1", "r1", "0", "real", gender="female", licence="CC0"),
        Stimulus("r2", "r2", "0", "real", licence="CC0"),
        Stimulus("a1", "a1", "0", "ai", gender="male", generator="G 1", licence="CC0"),
    ]
    assert [(c.column, c.value, c.by_origin) for c in counts(stimuli, ("real", "ai"))] == [
        ("gender", "female", (1, 0)),
        ("gender", "male", (0, 1)),
        ("gender", "not stated", (1, 0)),
        ("generator", "G 1", (0, 1)),
    ]
    assert [(r.licence, r.origins, r.n) for r in rights(stimuli)] == [("CC0", "real and AI", 3)]

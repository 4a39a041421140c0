"""The report: one page that needs nothing else, the same bytes every time, every number with its unit."""

import dataclasses
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

import analysis
from analysis.dataset import Dataset, read_export
from analysis.provenance import ProtocolVersion
from analysis.report import render_html, render_json
from analysis.report.page import interval, number, p_words, percent, signed
from analysis.results import Results, analyse
from analysis.simulate import simulate_export


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    return render_html(results)


class _Tags(HTMLParser):
    """Collects tags and checks that they nest."""

    VOID = frozenset({"meta", "br", "img", "link", "hr", "input"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def tags(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_the_page_needs_nothing_from_outside(tags: _Tags, page: str) -> None:
    for tag, attributes in tags.attributes:
        assert tag not in {"script", "link", "img", "iframe"}
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)


def test_the_same_export_gives_the_same_bytes(
    dataset: Dataset, page: str, tmp_path: Path, export: Path
) -> None:
    assert render_html(analyse(dataset, n_resamples=200)) == page
    moved = Path(shutil.copytree(export, tmp_path / "elsewhere"))
    assert render_html(analyse(read_export(moved), n_resamples=200)) == page


def test_another_seed_moves_the_intervals_only_a_little(dataset: Dataset, results: Results) -> None:
    other = analyse(dataset, n_resamples=200, seed=99)
    assert other.main.trust is not None
    assert results.main.trust is not None
    one, two = other.main.trust.overall.difference, results.main.trust.overall.difference
    assert one.estimate == two.estimate
    assert one.low != two.low
    assert one.low == pytest.approx(two.low, abs=0.2)


def test_robots_are_announced_before_anything_else(page: str) -> None:
    assert page.index("Robots, not people") < page.index("<h1>")


def test_people_are_not_called_robots(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=6, n_pairs=6, namespace="live")
    page = render_html(analyse(read_export(tmp_path / "s"), n_resamples=100))
    assert "Robots, not people" not in page


def test_a_pilot_without_live_sessions_says_so(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=6, n_pairs=6, namespace="pilot")
    page = render_html(analyse(read_export(tmp_path / "s"), n_resamples=100))
    assert "the study's pilot sessions; the export holds no live ones" in page.replace("&#39;", "'")


def test_edited_portraits_are_announced_and_never_called_ai_headshots(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=6, n_pairs=6, stimulus_kind="edited")
    page = render_html(analyse(read_export(tmp_path / "s"), n_resamples=100))
    assert "Edited portraits, no AI" in page
    assert "AI headshots" not in page
    assert "made by AI?" not in page


def test_every_exclusion_and_both_sets_of_results_are_told(page: str, results: Results) -> None:
    for words in ("Too few answered", "Constant answers", "Not shown as planned", "Withdrawn"):
        assert words in page
    assert "With exclusions" in page
    assert results.without_exclusions.n_trials > results.main.n_trials
    for name in ("Trust difference (points)", "Sensitivity d′, pooled (z)", "Type-2 area"):
        assert name in page


def test_provenance_names_protocol_versions_seed_and_checksums(page: str, results: Results) -> None:
    assert results.provenance.protocol_hash in page
    assert f"seed {results.seed}" in page
    assert "200 resamples" in page
    assert all(digest in page for digest in results.provenance.file_sha256.values())
    assert f"numpy {results.software['numpy']}" in page
    assert results.provenance.exported_at in page


def test_provenance_tells_every_version_and_how_the_study_was_opened(
    dataset: Dataset, results: Results, page: str
) -> None:
    assert "Versions of the protocol" not in page
    versions = (
        ProtocolVersion(1, "1" * 64, "2025-01-01T00:00:00Z", "", 1),
        ProtocolVersion(2, results.provenance.protocol_hash, "2025-01-02T00:00:00Z", "Warmer <words>.", 24),
    )
    provenance = dataclasses.replace(results.provenance, versions=versions, opened_as="demo")
    amended = render_html(dataclasses.replace(results, provenance=provenance))
    assert "1, frozen 2025-01-01, 1 participant<br>" in amended
    assert "2, frozen 2025-01-02, 24 participants: Warmer &lt;words&gt;." in amended
    assert "1" * 64 in amended
    assert "As a demonstration, without the checks before going live" in amended
    told = json.loads(render_json(dataclasses.replace(results, provenance=provenance)))
    assert [version["n_participants"] for version in told["provenance"]["versions"]] == [1, 24]


def test_text_from_the_study_cannot_become_markup(dataset: Dataset) -> None:
    from dataclasses import replace

    hostile = replace(dataset, protocol=replace(dataset.protocol, title="<script>alert(1)</script>"))
    page = render_html(analyse(hostile, n_resamples=100))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_claimed_study_that_cannot_be_found_is_not_cited(page: str) -> None:
    assert "(2018)" not in page
    assert "Principles and Implications" not in page


def test_the_look_is_the_platforms_own(page: str) -> None:
    root = Path(analysis.__file__).parents[1]
    tokens = (root / "analysis" / "templates" / "tokens.css").read_bytes()
    assert tokens == (root / "study" / "static" / "tokens.css").read_bytes()
    assert tokens.decode() in page


def test_tables_scroll_inside_their_own_region(tags: _Tags) -> None:
    regions = [attributes for tag, attributes in tags.attributes if attributes.get("class") == "scroll"]
    assert len(regions) >= 8
    assert all(region["tabindex"] == "0" and region["aria-label"] for region in regions)


def test_json_holds_all_numbers_unrounded(results: Results) -> None:
    numbers = json.loads(render_json(results))
    trust = results.main.trust
    assert trust is not None
    assert numbers["main"]["trust"]["overall"]["difference"]["estimate"] == trust.overall.difference.estimate
    assert numbers["main"]["detection"]["by_exposure"][-1]["exposure_ms"] == "unlimited"
    assert numbers["claims"]["tested"][0]["verdict"] in {
        v.value for v in type(results.claims.tested[0].verdict)
    }
    assert numbers["exclusions"]["table"][0]["rule"] == "other_namespace"
    assert "draws" not in render_json(results)


def test_a_study_whose_answers_were_all_excluded_still_has_a_report(dataset: Dataset) -> None:
    from dataclasses import replace

    rules = replace(dataset.protocol.exclusions, min_rt_ms=1e9)
    emptied = replace(dataset, protocol=replace(dataset.protocol, exclusions=rules))
    page = render_html(analyse(emptied, n_resamples=100))
    assert "No claim could be tested" in page


def test_a_single_participant_gets_numbers_without_intervals(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=1, n_pairs=6)
    results = analyse(read_export(tmp_path / "s"), n_resamples=100)
    assert all(claim.verdict.value == "inconclusive" for claim in results.claims.tested)
    assert not re.search(r"\bnan\b", render_html(results), re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (number(-0.126), "−0.13"),
        (number(None), "–"),
        (number(float("nan")), "–"),
        (signed(0.3), "+0.30"),
        (signed(-0.001), "0.00"),
        (percent(0.7136), "71.4"),
        (p_words(0.0004), "p < .001"),
        (p_words(0.012), "p = .012"),
        (p_words(1.0), "p = 1.000"),
        (p_words(float("nan")), "–"),
        (interval(None), "–"),
    ],
)
def test_numbers_are_rounded_as_readers_expect(text: str, expected: str) -> None:
    assert text == expected

"""The report: one page that needs nothing else, the same bytes every time, every number with its unit."""

import dataclasses
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

import analysis
from analysis.dataset import Dataset, read_export
from analysis.fitted import fitted_model
from analysis.mixed import fit_declared
from analysis.provenance import ProtocolVersion
from analysis.report import Report, build_report, render_html
from analysis.report.content import Column, Figure, Paragraph, Section, Table
from analysis.results import Results
from analysis.simulate import simulate_export


def page_of(dataset: Dataset, **settings: int) -> str:
    return render_html(build_report(dataset, **({"n_resamples": 100} | settings)))


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
            address = attributes.get(name) or "#"
            assert address.startswith("#") or (address.startswith("data:") and attributes.get("download"))
    assert "@import" not in page
    assert not re.findall(r"url\((?!#|%23)", page)


def test_the_same_export_gives_the_same_bytes(quick: None, page: str, tmp_path: Path, export: Path) -> None:
    moved = Path(shutil.copytree(export, tmp_path / "elsewhere"))
    assert page_of(read_export(moved), n_resamples=200) == page


def test_robots_are_announced_before_anything_else(page: str) -> None:
    assert page.index("Robots, not people") < page.index("<h1>")


def test_people_are_not_called_robots(quickest: None, tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=6, n_pairs=6, namespace="live")
    page = page_of(read_export(tmp_path / "s"))
    assert "Robots, not people" not in page


def test_a_pilot_without_live_sessions_says_so(quickest: None, tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=6, n_pairs=6, namespace="pilot")
    page = page_of(read_export(tmp_path / "s"))
    assert "the study's pilot sessions; the export holds no live ones" in page.replace("&#39;", "'")


def test_edited_portraits_are_announced_and_never_called_ai_headshots(quick: None, tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=6, n_pairs=6, stimulus_kind="edited")
    page = page_of(read_export(tmp_path / "s"))
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


def test_provenance_and_deviations_tell_every_version_and_how_the_study_was_opened(
    quickest: None, dataset: Dataset, page: str
) -> None:
    assert "Versions of the protocol" not in page
    changed = ("exclusions.min_rt_ms: 200 → 150",)
    current = dataset.provenance.protocol_hash
    versions = (
        ProtocolVersion(1, "1" * 64, "2025-01-01T00:00:00Z", "", 1),
        ProtocolVersion(2, current, "2025-01-02T00:00:00Z", "Warmer <words>.", 24, changed),
    )
    provenance = dataclasses.replace(dataset.provenance, versions=versions, opened_as="demo")
    amended = page_of(dataclasses.replace(dataset, provenance=provenance))
    assert "Versions of the protocol, oldest first" in amended
    assert "Warmer &lt;words&gt;." in amended
    assert "exclusions.min_rt_ms: 200 → 150" in amended
    assert "1" * 64 in amended
    assert "As a demonstration, without the checks before going live" in amended
    assert "Deviations: amendments" in amended


def test_text_from_the_study_cannot_become_markup(quickest: None, dataset: Dataset) -> None:
    block = dataset.protocol.blocks[1]
    question = dataclasses.replace(block.questions[0], text="<b>*Trust* [me](http://x)</b>")
    protocol = dataclasses.replace(
        dataset.protocol,
        title="<script>alert(1)</script>",
        blocks=(dataclasses.replace(block, questions=(question,)), *dataset.protocol.blocks[2:]),
    )
    page = page_of(dataclasses.replace(dataset, protocol=protocol))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "“&lt;b&gt;*Trust* [me](http://x)&lt;/b&gt;”" in page


def test_the_claimed_study_that_cannot_be_found_is_not_cited(page: str) -> None:
    assert "Cognitive Research" not in page
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


def test_a_study_whose_answers_were_all_excluded_still_has_a_report(dataset: Dataset) -> None:
    rules = dataclasses.replace(dataset.protocol.exclusions, min_rt_ms=1e9)
    protocol = dataclasses.replace(dataset.protocol, exclusions=rules)
    page = page_of(dataclasses.replace(dataset, protocol=protocol))
    assert "No claim could be tested" in page
    assert "could not be made" not in page


def test_a_single_participant_gets_numbers_without_intervals(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=1, n_pairs=6)
    report = build_report(read_export(tmp_path / "s"), n_resamples=100)
    tables = {table.name: table.data for table in report.parts(Table)}
    assert "claims" not in tables
    assert tables["claims-not-tested"]["reason"].str.contains("Answers of 1 participant").sum() == 5
    assert tables["trust"]["difference"].notna().all()
    assert tables["trust"][["low", "high"]].isna().all(axis=None)
    assert report.failures == ()
    assert not re.search(r"\bnan\b", render_html(report), re.IGNORECASE)


def test_every_section_is_in_the_table_of_contents_and_every_id_occurs_once(
    tags: _Tags, report: Report
) -> None:
    ids = [attributes["id"] for _, attributes in tags.attributes if "id" in attributes]
    assert len(ids) == len(set(ids))
    led = [
        (one.get("href") or "")[1:] for tag, one in tags.attributes if tag == "a" and "download" not in one
    ]
    names = [section.name for section in report.sections]
    last = names.index("provenance")
    assert led == ["claims", *names[:last], "paragraphs", *names[last:]]
    assert set(led) <= set(ids)


def test_every_table_and_figure_can_be_saved_from_the_page(tags: _Tags, report: Report) -> None:
    files = {
        one["download"]: one["href"] or "" for tag, one in tags.attributes if tag == "a" and "download" in one
    }
    tables = {f"{part.name}.csv" for part in report.parts(Table)}
    figures = {f"figure-{part.name}.csv" for part in report.parts(Figure)}
    named = tables | figures | {f"{part.name}.svg" for part in report.parts(Figure)}
    assert named | {"simulated-numbers.json"} <= set(files)
    of_models = {
        name for name in set(files) - named if any(name.startswith(one.name) for one in report.models)
    }
    assert set(files) == named | of_models | {"simulated-numbers.json"}
    trust = next(table for table in report.parts(Table) if table.name == "trust")
    text = unquote(files["trust.csv"].removeprefix("data:text/csv;charset=utf-8,"))
    assert text.splitlines()[0] == ",".join(trust.data.columns)
    assert repr(float(trust.data["difference"].iloc[0])) in text.splitlines()[1]
    drawn = unquote(files["sensitivity.svg"].removeprefix("data:image/svg+xml;charset=utf-8,"))
    assert drawn.startswith("<svg")
    assert "var(--" not in drawn


def test_a_model_stands_in_full_and_messages_cannot_become_markup(report: Report) -> None:
    rng = range(60)
    data = pd.DataFrame(
        {
            "y": [(7 * i * i) % 11 + (i % 2) for i in rng],
            "made": [i % 2 - 0.5 for i in rng],
            "participant": [f"p{i // 6}" for i in rng],
        }
    )
    declared = fit_declared("y ~ made + (1 + made | participant)", data)
    model = dataclasses.replace(
        fitted_model("mine", "Does it differ?", declared), messages=("Separation: <made>.",)
    )
    section = Section("mine", "Mine", (model,))
    page = render_html(dataclasses.replace(report, sections=(section,)))
    assert "Models in full (1)" in page
    assert "Does it differ?" in page
    assert model.formula in page
    for words in (
        "Fixed effects.",
        "Random effects.",
        "Steps of the rule",
        "Residual",
        "Separation: &lt;made&gt;.",
    ):
        assert words in page
    assert len(re.findall(r'download="mine-(?:fixed|random|steps).csv"', page)) == 3


def test_long_tables_are_folded_and_print_says_where_they_are(report: Report) -> None:
    data = pd.DataFrame({"participant": ["a", "b"]})
    columns = (Column("participant", "Participant", "code"),)
    table = Table("long", "All of *them*.", data, columns, note="*p* below .05.", folded=True)
    parts = (Paragraph("Some *words* with `code`."), table)
    page = render_html(dataclasses.replace(report, sections=(Section("s", "S", parts),)))
    assert "<p>Some <em>words</em> with <code>code</code>.</p>" in page
    assert re.search(r"<details>\s*<summary>All of <em>them</em>. \(2\)</summary>", page)
    assert '<p class="note"><em>p</em> below .05.</p>' in page
    assert 'aria-label="CSV: All of them."' in page
    assert "Left out in print, but in the page and in the data: long.csv (2 rows)." in page

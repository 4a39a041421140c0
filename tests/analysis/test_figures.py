"""Figures: repeatable SVG that takes its colours and font from the page."""

import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

from analysis import figures
from analysis.results import Results
from analysis.wording import RULE_WORDS


@pytest.fixture(scope="module")
def drawn(results: Results) -> dict[str, str]:
    main = results.main
    assert main.detection is not None
    assert main.trust is not None
    assert main.confidence is not None
    return {
        "sensitivity": figures.sensitivity_figure(main.detection),
        "accuracy": figures.accuracy_figure(main.detection),
        "trust": figures.trust_figure(main.trust),
        "trust_levels": figures.trust_levels_figure(main.trust, made="AI", scale=(1, 7)),
        "confidence": figures.confidence_figure(main.confidence),
        "timing": figures.timing_figure(results.timing.frame_errors),
        "flow": figures.flow_figure(results.exclusions.flow, RULE_WORDS),
    }


def test_every_figure_is_one_svg_element_with_a_label(drawn: dict[str, str]) -> None:
    for svg in drawn.values():
        root = ET.fromstring(svg)  # noqa: S314 - drawn by us
        assert root.tag.endswith("svg")
        assert root.attrib["role"] == "img"
        assert len(root.attrib["aria-label"]) > 10


def test_no_colour_font_size_or_date_is_fixed(drawn: dict[str, str]) -> None:
    for svg in drawn.values():
        assert not re.findall(r"#[0-9a-fA-F]{6}\b", svg)
        assert "DejaVu" not in svg
        assert "date" not in svg.lower()
        assert "var(--ink)" in svg


def test_no_text_is_left_in_the_default_black(drawn: dict[str, str]) -> None:
    for name, svg in drawn.items():
        for style in re.findall(r'<text[^>]*style="([^"]*)"', svg):
            assert "fill: var(" in style, (name, style)


def test_ids_are_unique_over_all_figures_of_a_page(drawn: dict[str, str]) -> None:
    ids = [name for svg in drawn.values() for name in re.findall(r'\bid="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))


def test_references_inside_a_figure_lead_somewhere(drawn: dict[str, str]) -> None:
    for svg in drawn.values():
        ids = set(re.findall(r'\bid="([^"]+)"', svg))
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= ids


def test_axes_carry_their_unit(drawn: dict[str, str]) -> None:
    for name, unit in {
        "sensitivity": "Sensitivity d′ (z units)",
        "trust": "Trust, made minus real (points)",
        "accuracy": "Correct choices (%)",
        "timing": "Shown minus planned (frames)",
        "flow": "Trials",
    }.items():
        assert unit in drawn[name]


def test_unlimited_exposures_stand_after_the_others(drawn: dict[str, str]) -> None:
    labels = re.findall(r">(100\xa0ms|500\xa0ms|unlimited)</text>", drawn["sensitivity"])
    assert labels == ["100\xa0ms", "500\xa0ms", "unlimited"]


def test_the_same_numbers_draw_the_same_bytes_whatever_the_callers_settings(results: Results) -> None:
    assert results.main.trust is not None
    plain = figures.trust_figure(results.main.trust)
    with mpl.rc_context({"font.size": 30, "axes.spines.top": True}):
        assert figures.trust_figure(results.main.trust) == plain


def test_frame_errors_far_out_are_gathered_at_the_edge() -> None:
    svg = figures.timing_figure({-40: 1, 0: 50, 300: 2})
    assert "≤ −10" in svg
    assert "≥ +10" in svg

"""What a reader sees first, and what stands beside what in a chapter."""

import dataclasses

import pandas as pd

from analysis.report import Report, render_html
from analysis.report.content import Column, Figure, Paragraph, Section, Table
from analysis.report.layout import around_paper, shown_parts
from analysis.report.summary import summary_of

_DATA = pd.DataFrame({"n": [1]})


def figure(name: str, *, folded: bool = False, wide: bool = False) -> Figure:
    return Figure(name, f"{name}.", "<svg></svg>", _DATA, folded=folded, wide=wide)


def table(name: str, *, folded: bool = False) -> Table:
    return Table(name, f"{name}.", _DATA, (Column("n", "n", "count"),), folded=folded)


def kinds(*parts: Paragraph | Table | Figure) -> list[str]:
    return [one.kind for one in shown_parts(Section("s", "S", parts))]


def test_figures_stand_together_and_their_folded_tables_after_them() -> None:
    parts = (figure("a"), table("a", folded=True), figure("b"), table("b", folded=True))
    assert kinds(*parts) == ["figures", "table", "table"]


def test_a_lone_figure_has_its_notes_beside_it_but_not_what_leads_up_to_a_table() -> None:
    note, leading = Paragraph("Of the figure.", "note"), Paragraph("Of the table.")
    assert kinds(figure("a"), note, table("t")) == ["beside", "table"]
    assert kinds(figure("a"), leading, table("t")) == ["figures", "paragraph", "table"]
    assert kinds(figure("a", wide=True), note) == ["figures", "paragraph"]


def test_every_part_is_shown_exactly_once() -> None:
    parts = (
        table("first", folded=True),
        figure("a"),
        figure("b", folded=True),
        table("c", folded=True),
        figure("d"),
        Paragraph("Words.", "note"),
        table("e"),
    )
    shown: list[object] = []
    for one in shown_parts(Section("s", "S", parts)):
        if one.kind == "beside":
            shown += [one.part[0], *(beside.part for beside in one.part[1])]
        else:
            shown += one.part if isinstance(one.part, tuple) else [one.part]
    assert sorted(map(id, shown)) == sorted(map(id, parts))


def test_the_paragraphs_for_a_paper_stand_before_the_records_only(report: Report) -> None:
    before, after = around_paper(report.sections)
    assert [one.name for one in after] == ["provenance", "references"]
    assert (*before, *after) == report.sections


def test_the_verdicts_on_primary_claims_stand_before_the_contents(report: Report) -> None:
    summary = summary_of(report)
    claims = next(one for one in report.parts(Table) if one.name == "claims").data
    assert [one.verdict for one in summary.findings][: claims["primary"].sum()] == list(
        claims.loc[claims["primary"], "verdict"]
    )
    page = render_html(report)
    assert page.index('<ul class="summary"') < page.index("<nav")


def test_without_primary_claims_the_summary_says_so(report: Report) -> None:
    claims = next(one for one in report.parts(Table) if one.name == "claims")
    none = dataclasses.replace(claims, data=claims.data.assign(primary=False))
    summary = summary_of(dataclasses.replace(report, sections=(Section("claims", "C", (none,)),)))
    assert summary.findings == ()
    assert summary.others.startswith("No claim was declared as primary. ")

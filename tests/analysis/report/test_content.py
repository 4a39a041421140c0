"""The parts of a report refuse what could not be written."""

import pandas as pd
import pytest
from markdown_it import MarkdownIt

from analysis.estimate import Sample, model_estimate
from analysis.report.content import ESTIMATE_COLUMNS, Column, Table, estimate_table, quoted


def test_a_table_names_the_columns_its_data_lack() -> None:
    with pytest.raises(ValueError, match="table trust: no column low, high in its data"):
        Table(
            "trust",
            "Trust",
            pd.DataFrame({"estimate": [1.0]}),
            (Column("estimate", "Trust", "number", interval=("low", "high")),),
        )


def test_an_estimate_becomes_a_line_with_all_it_rests_on() -> None:
    one = model_estimate(0.5, 0.1, 20.0, Sample(8, 6, 12, 48), level=0.9, unit="z", method="a model")
    table = estimate_table([({"exposure_ms": 100.0}, one)])
    assert list(table) == ["exposure_ms", *ESTIMATE_COLUMNS]
    assert table.loc[0, ["n_participants", "n_pairs", "n_stimuli", "n_trials"]].tolist() == [8, 6, 12, 48]
    assert table.loc[0, "p"] == one.p_value()


@pytest.mark.parametrize("text", ["*bold* _and_ `code`", "[a](b) <i>x</i>", "1 + 1 # 2 | ~x~ &amp; \\"])
def test_a_quoted_text_means_nothing_in_markdown(text: str) -> None:
    shown = MarkdownIt().renderInline(quoted(text))
    plain = shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert plain == text

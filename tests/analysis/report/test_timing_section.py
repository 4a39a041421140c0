"""The chapter on timing: what it says of evidence and late frames, and where it says it."""

from analysis.dataset import Dataset
from analysis.exclusions import apply_exclusions
from analysis.report.content import Figure, Paragraph, Table
from analysis.report.inputs import Inputs
from analysis.report.layout import shown_parts
from analysis.report.sections.timing import section


def test_evidence_is_named_in_words_and_late_frames_are_explained_with_their_number(dataset: Dataset) -> None:
    kept = apply_exclusions(dataset)
    chapter = section(Inputs(dataset, kept, kept.kept, None, seed=1, n_resamples=100))
    n_shown = int((kept.kept.trials["status"] != "planned").sum())
    notes = [part.text for part in chapter.parts if isinstance(part, Paragraph) and part.tone == "note"]
    assert notes == [f"Evidence of trials: simulated for {n_shown}."]
    summary = next(part for part in chapter.parts if isinstance(part, Table))
    assert "two frames of the second clock" in summary.note
    # A note beside the histogram would be taken for a part of it.
    assert not any(shown.kind == "beside" for shown in shown_parts(chapter))
    assert any(isinstance(part, Figure) for part in chapter.parts)

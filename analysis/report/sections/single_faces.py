"""Single faces called real or made: d', criterion and share correct at each exposure."""

from __future__ import annotations

import pandas as pd

from analysis.report.apa import estimate_words, share_words
from analysis.report.content import Column, Paragraph, Section, Table
from analysis.report.inputs import Inputs
from analysis.single_faces import FaceDetection, detect_faces, face_judgements

_NOTE = (
    "d′ = z(H) − z(F) and c = −(z(H) + z(F)) / 2, with rates (k + 0.5) / (n + 1), of everyone's answers "
    "together; where people or pictures differ, the pooled d′ lies nearer to 0 than that of a typical "
    "person. The mean is of each participant's own d′, and its interval speaks about other people only. No "
    "claim is tested on single faces."
)


def section(inputs: Inputs) -> Section | None:
    judged = face_judgements(inputs.kept)
    if judged.empty or inputs.resampling is None:
        return None
    faces = detect_faces(judged, inputs.resampling)
    edited = inputs.protocol.stimulus_kind == "edited"
    words = (
        f"Faces shown one at a time and called {'unedited or edited' if edited else 'real or AI'}. "
        f"Sensitivity d′ is on the scale of the pairs: 0 is guessing. Criterion c says how readily people "
        f"say “{'edited' if edited else 'AI'}”: positive means reluctantly."
    )
    data = pd.DataFrame([_row(one) for one in (*faces.by_exposure, faces.overall)])
    columns = (
        Column("exposure_ms", "Exposure", "exposure"),
        _with_interval("d_prime", "d′ pooled (z)"),
        _with_interval("mean_d_prime", "d′ mean of participants (z)"),
        _with_interval("criterion", "Criterion c (z)"),
        Column("share_correct", "Correct (%)", "percent", 1, ("share_correct_low", "share_correct_high")),
        Column("n_participants", "Participants", "count"),
        Column("n_stimuli", "Faces", "count"),
        Column("n_trials", "Trials", "count"),
    )
    table = Table("single-faces", "Single faces by exposure.", data, columns, last_is_total=True)
    one = faces.overall
    result = (
        f"Faces shown one at a time were called correctly in {share_words(one.share_correct)}, with "
        f"{estimate_words('*d′*', one.d_prime)} and {estimate_words('*c*', one.criterion)}."
    )
    parts = (Paragraph(words), table, Paragraph(_NOTE, "note"))
    return Section("single-faces", "Single faces", parts, results=(result,), references=("hautus1995",))


def _with_interval(name: str, heading: str) -> Column:
    return Column(name, heading, "signed", interval=(f"{name}_low", f"{name}_high"))


def _row(one: FaceDetection) -> dict[str, float | int | None]:
    row: dict[str, float | int | None] = {"exposure_ms": one.exposure_ms}
    for name in ("d_prime", "mean_d_prime", "criterion", "share_correct"):
        found = getattr(one, name)
        row |= {name: found.estimate, f"{name}_low": found.low, f"{name}_high": found.high}
    sample = one.d_prime
    return row | {
        "n_participants": sample.n_participants,
        "n_stimuli": sample.n_stimuli,
        "n_trials": sample.n_trials,
    }

"""Luedemann, Schulz & Kuhl 2024: portraits of one man, real or made by a model of him, one at a time."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.checksums import sha256
from analysis.published.sources import GENGAP

N_PICTURES = 30
_SAID = {"echt": "real", "künstlich generiert": "ai"}
_GENDER = {"weiblich": "female", "männlich": "male", "nicht-binär/ genderqueer": "non-binary"}
_YOUNG = ("20-29", "30-39")
#: As in the paper: 1 very unsure, 5 very sure.
_CONFIDENCE = {"sehr unsicher": 1, "unsicher": 2, "neutral": 3, "sicher": 4, "sehr sicher": 5}


def gengap_trials(file: Path) -> pd.DataFrame:
    """The published spreadsheet as one row per answer: 120 people x (60 portraits and one check picture).

    Columns: participant, age_band, age_group (``young`` to 39 years, ``old`` from 50), gender, stimulus,
    origin (``real``, ``ai``), said (``real``, ``ai``), rt_s, asked_answer (filled for the check picture only,
    which is plainly made), and confidence_real and confidence_ai, each asked once (1-5, very unsure to very
    sure). Pictures came in random order, which the file does not tell.

    Raises ``ValueError`` for any other file than the published one.
    """
    found = sha256(Path(file))
    if found != GENGAP.sha256:
        raise ValueError(
            f"{file}: expected the published file with sha256 {GENGAP.sha256[:12]}…, found {found[:12]}…; "
            "fetch it anew with `facevalue analysis get gengap FOLDER`"
        )
    wide = pd.read_excel(file, engine="calamine")
    people = _people(wide)
    pictures = [
        _picture(wide, people, f"{header}{number}", f"{origin}_{number:02d}", origin)
        for origin, header in (("real", "Echt"), ("ai", "Fake"))
        for number in range(1, N_PICTURES + 1)
    ]
    check = _picture(wide, people, "Valid", "check", "ai").assign(asked_answer="ai")
    table = pd.concat([*pictures, check], ignore_index=True)
    return table.sort_values(["participant", "stimulus"], kind="stable").reset_index(drop=True)


def _people(wide: pd.DataFrame) -> pd.DataFrame:
    band = wide["Alter"].str.removesuffix(" Jahre alt")
    return pd.DataFrame(
        {
            "participant": "P" + wide["id"].astype(int).astype(str).str.zfill(3),
            "age_band": band,
            "age_group": band.isin(_YOUNG).map({True: "young", False: "old"}),
            "gender": wide["Geschlecht"].map(_GENDER),
            "confidence_real": wide["ConEcht"].map(_CONFIDENCE),
            "confidence_ai": wide["ConFake"].map(_CONFIDENCE),
        }
    )


def _picture(
    wide: pd.DataFrame, people: pd.DataFrame, header: str, stimulus: str, origin: str
) -> pd.DataFrame:
    return people.assign(
        stimulus=stimulus,
        origin=origin,
        said=wide[header].map(_SAID),
        rt_s=wide[f"{header}Time"],
        asked_answer=None,
    )

"""What else a published export tells: small recruiters, the people in the pictures, codes, contacts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from analysis.dataset import Dataset
from analysis.privacy.finding import Finding, counted, people
from analysis.privacy.identifiers import identifiers
from analysis.protocol import PROTOCOL_FILE

_SMALL = (
    ("recruiter", "Who came by a small recruiter, such as a class or a clinic, is known to those in it."),
    ("lab", "Who took part in a small lab is known to those who work there."),
    ("cell", "Fine by itself, but it narrows down who is meant when other facts are known."),
)


def surrounding_findings(dataset: Dataset, table: pd.DataFrame, folder: Path, *, k: int) -> Iterator[Finding]:
    """Small recruiters, labs and cells, the people in the pictures, codes and contacts in the protocol."""
    small = list(_small_cells(table, k))
    yield from small or [
        Finding("fine", "small cells", f"no recruiter, lab or cell of fewer than {k} people")
    ]
    yield _faces(dataset.stimuli)
    yield from _codes(folder)
    yield from _contacts(folder)


def _small_cells(table: pd.DataFrame, k: int) -> Iterator[Finding]:
    for column, why in _SMALL:
        if column not in table.columns:
            continue
        counts = table[column].dropna().astype(str).value_counts(sort=False)
        rare = counts[counts < k]
        # Where everybody has the same value it tells nothing about anybody.
        if len(rare) and len(counts) > 1:
            yield Finding(
                "look",
                f"small {column}",
                f"{counted(len(rare), 'value')} of {column} with fewer than {k} people",
                f"participants.{column}",
                why,
                f"Leave {column} out, unless an analysis needs it."
                if column != "cell"
                else "Keep it where it is your design; then be strict with the other facts.",
                (f"--drop participants.{column}",) if column != "cell" else (),
                tuple(f"{value:<44} {people(int(n))}" for value, n in rare.items()),
            )


def _faces(stimuli: pd.DataFrame) -> Finding:
    """Publishing what is said of a picture is publishing data on the person it shows."""
    shows_somebody = stimuli["origin"].astype(object).isin(["real", "edited"])
    without_consent = int((shows_somebody & stimuli["consent"].isna()).sum())
    without_licence = int(stimuli["licence"].isna().sum())
    if not without_consent and not without_licence:
        return Finding(
            "fine", "people in the pictures", "every picture states licence and, where real, consent"
        )
    lines = (
        *(
            [f"{counted(without_consent, 'real or edited picture')} without consent"]
            if without_consent
            else []
        ),
        *([f"{counted(without_licence, 'picture')} without licence"] if without_licence else []),
    )
    return Finding(
        "look",
        "people in the pictures",
        f"of {counted(len(stimuli), 'picture')}, licence or consent of some is not stated",
        "stimuli.licence, stimuli.consent",
        "Gender, age, ethnicity and how trustworthy a face was found are data on the person shown.",
        "Find out whether they agreed to this and write it into the set's manifest; else leave out "
        "attributes and whatever leads to the picture.",
        ("--drop stimuli.identity", "--drop stimuli.attribution", "--drop stimuli.source"),
        lines,
    )


def _codes(folder: Path) -> Iterator[Finding]:
    """Codes that recruiters pay for stand in the study file."""
    protocol = json.loads((folder / PROTOCOL_FILE).read_text(encoding="utf-8"))
    recruitment = protocol.get("recruitment") or {}
    if recruitment.get("codes") and recruitment.get("recruiter", "plain") != "plain":
        yield Finding(
            "look",
            "completion codes",
            "the codes that are paid for stand in the protocol",
            "protocol/study.toml, protocol/protocol.json, recruitment.codes",
            "Who reads them can claim to have taken part while the study is open at the recruiter.",
            "Close the study at the recruiter first. The protocol stays as it is: its hash is on every row.",
        )


def _contacts(folder: Path) -> Iterator[Finding]:
    found = []
    for path in sorted((folder / "protocol").rglob("*")):
        if path.is_file() and path.suffix in (".md", ".toml"):
            hits = [hit for hit in identifiers(path.read_text(encoding="utf-8")) if "mail" in hit.kind]
            found += (
                [f"{path.relative_to(folder).as_posix():<44} {counted(len(hits), 'address', 'addresses')}"]
                if hits
                else []
            )
    if found:
        yield Finding(
            "look",
            "contacts in the texts",
            "e-mail addresses stand in what participants read",
            "protocol/",
            "Those of the researchers are meant to be read; a private one may not be.",
            "Look whether each is meant for the public.",
            lines=tuple(found),
        )

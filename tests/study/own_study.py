"""A small study that somebody wrote themselves: everything is declared that has to be before going live."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import ROOT, write_stimulus_set

DECLARED = """
[analysis.power]
effect = 0.2
power = 0.91
method = "Simulated with 1000 studies of 48 people and 24 pairs; seed 3."

[retention]
identifiers_days = 60

[[hypotheses]]
claim = "distrust"
text = "AI-made faces are trusted less than real ones."

[[hypotheses]]
claim = "closer-look"
text = "The longer people look, the better they tell AI-made faces from real ones."
"""
INFORMATION = """# Faces at a glance

We study how people see portraits. Nora Ek and Sam Oduya of the Department of Psychology run the study; ask
them at faces@psychology.university.test. Your answers are kept for ten years without your name.
"""
CONSENT = "I was told what happens to my answers, my questions were answered, and I want to take part.\n"


def write_own_study(folder: Path) -> Path:
    """The study file of a complete study over 24 pairs of noise pictures."""
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai", folder, dirs_exist_ok=True)
    write_stimulus_set(folder / "stimuli", n_pairs=24)
    (folder / "texts" / "information.md").write_text(INFORMATION, encoding="utf-8")
    (folder / "texts" / "consent.md").write_text(CONSENT, encoding="utf-8")
    study_toml = folder / "study.toml"
    words = study_toml.read_text(encoding="utf-8").replace("headshots-demo", "glance")
    study_toml.write_text(words + DECLARED, encoding="utf-8")
    return study_toml


def edit(study_toml: Path, before: str, after: str) -> None:
    """Change the first place of some words in a file; they must be there."""
    words = study_toml.read_text(encoding="utf-8")
    assert before in words, f"{before!r} is not in {study_toml.name}"
    study_toml.write_text(words.replace(before, after, 1), encoding="utf-8")

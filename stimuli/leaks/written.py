"""What is written in single files that should not reach anybody: places, names, words of AI."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stimuli.fingerprint import Fingerprint
from stimuli.leaks.facts import PREPARE
from stimuli.problem import Problem, Severity


def written_problems(files: Sequence[str], fingerprints: Sequence[Fingerprint]) -> Iterator[Problem]:
    """Errors for a place or for words of AI, warnings for names and serial numbers."""
    for file, fingerprint in zip(files, fingerprints, strict=True):
        for what in fingerprint.private:
            severity: Severity = "error" if "GPS" in what else "warning"
            yield Problem(severity, file, f"holds {what}", f"{PREPARE} leaves it out", "privacy")
        if fingerprint.says_ai:
            sentence = f"says itself that it is AI-made, in its metadata ({fingerprint.says_ai})"
            yield Problem("error", file, sentence, PREPARE, "says AI")

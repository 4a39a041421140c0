"""Facts of files that should be the same in all: container, size, encoding, construction, metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from stimuli.fingerprint import Fingerprint
from stimuli.leaks.chance import goes_with_origin, share_told
from stimuli.problem import Problem

PREPARE = "prepare the set: facevalue stimuli prepare"


def fact_problems(fingerprints: Sequence[Fingerprint], is_real: Sequence[bool]) -> Iterator[Problem]:
    """Errors for facts that go with origin, warnings for others that differ or should not be there."""
    for name, values in _facts(fingerprints).items():
        if goes_with_origin(values, is_real):
            real = Counter(value for value, yes in zip(values, is_real, strict=True) if yes)
            other = Counter(value for value, yes in zip(values, is_real, strict=True) if not yes)
            sentence = (
                f"origin can be told from {name} for {share_told(values, is_real):.0%} of the pictures: "
                f"real {_counts(real)}; other {_counts(other)}"
            )
            yield Problem("error", "", sentence, PREPARE, "file leak")
        elif len(set(values)) > 1:
            sentence = f"pictures differ in {name}: {_counts(Counter(values))}"
            yield Problem("warning", "", sentence, PREPARE, "file facts")
        elif name == "metadata" and values and values[0] != "none":
            sentence = f"all pictures carry metadata: {values[0]}"
            yield Problem("warning", "", sentence, PREPARE, "file facts")


def _facts(fingerprints: Sequence[Fingerprint]) -> dict[str, list[str]]:
    return {
        "the container": [f.container for f in fingerprints],
        "the dimensions": [f"{f.dimensions[0]}x{f.dimensions[1]}" for f in fingerprints],
        "the encoding (quantisation, subsampling)": [f.encoding for f in fingerprints],
        "the construction of the file": [f.construction or "not read" for f in fingerprints],
        "the stated resolution": [f.density or "none" for f in fingerprints],
        "metadata": ["+".join(f.metadata) or "none" for f in fingerprints],
    }


def _counts(counter: Counter[str], at_most: int = 3) -> str:
    common = [f"{value} ({count})" for value, count in counter.most_common(at_most)]
    return ", ".join(common) + (", …" if len(counter) > at_most else "")

"""The chapters of the report, one module each, in the order in which they are read.

A module offers ``section(inputs)``, which gives a ``Section``, or None where the study has no such answers;
one that needs what the others found offers ``section_after(inputs, sections)``.
"""

from __future__ import annotations

#: What stands before anything else, then the answers, then how far they can be trusted, then the records.
ORDER: tuple[str, ...] = (
    "question",
    "claims",
    "design",
    "flow",
    "choices",
    "detection",
    "single_faces",
    "trust",
    "ratings",
    "confidence",
    "speed",
    "believed_origin",
    "cells",
    "reliability",
    "pictures",
    "pairs",
    "timing",
    "deviations",
    "provenance",
)

#: Those that take longest, begun first where several are built at a time.
SLOW: tuple[str, ...] = (
    "choices",
    "reliability",
    "speed",
    "ratings",
    "trust",
    "believed_origin",
    "detection",
    "single_faces",
    "cells",
    "confidence",
    "claims",
    "flow",
)

#: Built when all others are, because they tell what those found.
AFTER_OTHERS: tuple[str, ...] = ("deviations",)

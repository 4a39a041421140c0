"""What a picture is like in numbers: every measure by which a script might tell its origin."""

from stimuli.measures.described import MEASURES, Described, Measures, described
from stimuli.measures.measured import measure_picture

__all__ = ["MEASURES", "Described", "Measures", "described", "measure_picture"]

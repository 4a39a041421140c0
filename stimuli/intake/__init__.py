"""From a folder of pictures and, if there is one, a lab's table to ``manifest.csv``."""

from stimuli.intake.facts import FILLED_FOR_ALL
from stimuli.intake.making import IntakeReport, new_manifest, update_manifest

__all__ = ["FILLED_FOR_ALL", "IntakeReport", "new_manifest", "update_manifest"]

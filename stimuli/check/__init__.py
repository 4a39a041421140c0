"""List every problem of a folder of pictures at once, each with what to do about it.

Errors make a set unfit for a study; warnings are for a person to weigh. A raw folder will have
leaks that preparation removes; after it they must be gone.
"""

from stimuli.check.look import STEP, Looked
from stimuli.check.report import CheckReport, check_report, check_set

__all__ = ["STEP", "CheckReport", "Looked", "check_report", "check_set"]

"""What changed between two versions of a protocol, and whether that may be amended. Pure."""

from study.amendment.comparison import Change, Snapshot, compare
from study.amendment.rules import Stage, refusals

__all__ = ["Change", "Snapshot", "Stage", "compare", "refusals"]

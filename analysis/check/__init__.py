"""Check an export folder against Psych-DS, Frictionless and what facevalue itself promises."""

from analysis.check.findings import Checked, Finding, check_export, rules
from analysis.check.rule import Rule

__all__ = ["Checked", "Finding", "Rule", "check_export", "rules"]

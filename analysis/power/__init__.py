"""Power by simulation: how many people and how many pictures a study needs, before there are data.

Whole studies are simulated with people and pictures that differ, the study's own trials and exclusions are
applied, and the mixed model that the analysis would fit is fitted to each.
"""

from analysis.power.assumptions import Assumptions, from_pilot
from analysis.power.grid import Cell, power_grid
from analysis.power.simulation import simulate_power
from analysis.power.study import PlannedStudy, read_planned_study
from analysis.power.table import power_table

__all__ = [
    "Assumptions",
    "Cell",
    "PlannedStudy",
    "from_pilot",
    "power_grid",
    "power_table",
    "read_planned_study",
    "simulate_power",
]

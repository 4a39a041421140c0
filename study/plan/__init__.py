"""Who sees which pair, in which block and order, on which side and for how long. Pure."""

from study.plan.design import Design, PairOfFaces, PlannedTrial
from study.plan.slots import n_lists
from study.plan.trials import plan_trials

__all__ = ["Design", "PairOfFaces", "PlannedTrial", "n_lists", "plan_trials"]

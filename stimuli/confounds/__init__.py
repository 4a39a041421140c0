"""How well numbers tell real from other pictures: each alone, all together, and within pairs.

A difference in brightness or sharpness between the two groups is a second explanation of whatever a
study finds about real and other pictures.
"""

from stimuli.confounds.compared import Confounds, confounds_by_origin
from stimuli.confounds.separation import Separation, auc_interval, separation, separations
from stimuli.confounds.together import Together
from stimuli.confounds.within_pairs import PairTally, pair_tallies

__all__ = [
    "Confounds", "PairTally", "Separation", "Together", "auc_interval", "confounds_by_origin",
    "pair_tallies", "separation", "separations",
]  # fmt: skip

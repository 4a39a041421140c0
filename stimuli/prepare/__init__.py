"""Make all pictures of a set alike in everything but the face.

Same frame with the eyes at the same places, same size, sRGB, same encoding and byte size, no
metadata, names that say nothing; on demand the same luminance, sharpness, compression and kind of
background. Originals are only read.
"""

from stimuli.prepare.frame import locate_eyes
from stimuli.prepare.preparation import STEP, prepare_set
from stimuli.prepare.recipe import BACKGROUNDS, LUMINANCE, REGIONS, Recipe
from stimuli.prepare.report import Failure, PreparationReport, PreparedPicture
from stimuli.prepare.staging import refuse_used_folder, staged, store_alike, store_picture

__all__ = [
    "BACKGROUNDS",
    "LUMINANCE",
    "REGIONS",
    "STEP",
    "Failure",
    "PreparationReport",
    "PreparedPicture",
    "Recipe",
    "locate_eyes",
    "prepare_set",
    "refuse_used_folder",
    "staged",
    "store_alike",
    "store_picture",
]

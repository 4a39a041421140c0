"""What became of the pictures of a set, and what a person should look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

from stimuli.eyes import EYE_COLUMNS
from stimuli.manifest import StimulusSet
from stimuli.prepare.confounds import Confound
from stimuli.prepare.finish import Goal
from stimuli.prepare.recipe import Recipe

# From this change of mean L* on a face looks like another skin, not like another light.
_VISIBLE_CHANGE = 10


@dataclass(frozen=True)
class PreparedPicture:
    """What was done to one picture. ``scale``: above 1 the original was enlarged.

    ``outside_share``: share (0-1) of the frame beyond the original's edge, filled.
    ``blur_px``: sigma of the blur it took to be as soft as the softest. ``eye_doubts`` and
    ``background_doubts``: why a person should look at the result, each in words.
    ``luminance_change``: what was added to the mean L* of the region that was matched.
    """

    stimulus: str
    original_file: str
    original_sha256: str
    file: str
    sha256: str
    eyes_found_by: str
    eye_doubts: tuple[str, ...]
    scale: float
    outside_share: float
    background_doubts: tuple[str, ...] = ()
    blur_px: float = 0.0
    luminance_change: float = 0.0


@dataclass(frozen=True)
class Failure:
    """A picture that could not be prepared, and what to do about it."""

    stimulus: str
    file: str
    reason: str


RECORD_FILE = "preparation.json"


@dataclass(frozen=True)
class PreparationReport:
    """``goal``: what the set was brought to. ``softest``: the file whose sharpness all now have.
    ``confounds``: empty where there are not both real and other pictures.
    """

    stimulus_set: StimulusSet
    recipe: Recipe
    prepared: tuple[PreparedPicture, ...]
    failures: tuple[Failure, ...]
    goal: Goal = field(default_factory=Goal)
    softest: str = ""
    confounds: tuple[Confound, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should look at, one line per picture and matter."""
        lines = [line for picture in self.prepared for line in _remarks(picture)]
        if self.softest:
            lines.append(f"{self.softest}: the softest picture; all others were blurred to its sharpness")
        return tuple(lines)

    def record(self) -> dict[str, Any]:
        """All of it but the rows, for JSON: what a methods section needs."""
        light = self.goal.light
        return {
            "recipe": asdict(self.recipe),
            "goal": {
                "luminance_mean": light.mean if light else None,
                "luminance_sd": light.sd if light else None,
                "sharpness": self.goal.sharpness,
            },
            "versions": {name: version(name) for name in ("facevalue", "opencv-python-headless", "pillow")},
            "prepared": [asdict(picture) for picture in self.prepared],
            "failures": [asdict(failure) for failure in self.failures],
            "notes": list(self.remarks),
            "confounds": [asdict(confound) for confound in self.confounds],
        }


def _remarks(picture: PreparedPicture) -> Iterator[str]:
    file = picture.original_file
    if picture.eye_doubts:
        columns = ", ".join(EYE_COLUMNS)
        why = "; ".join(picture.eye_doubts)
        yield f"{file}: the eyes may be misplaced ({why}); look at it, or fill {columns}"
    if picture.background_doubts:
        yield f"{file}: its outline may be wrong ({'; '.join(picture.background_doubts)}); look at it"
    if abs(picture.luminance_change) > _VISIBLE_CHANGE:
        how = "lighter" if picture.luminance_change > 0 else "darker"
        yield f"{file}: {how} by {abs(picture.luminance_change):.0f} L*; skin may look like another"
    if picture.scale > 1.05:
        yield f"{file}: enlarged {picture.scale:.2f} times; it may look softer than others"
    if picture.outside_share > 0:
        share = max(picture.outside_share, 0.001)
        yield f"{file}: {share:.1%} of the frame lie beyond its edge and were filled"

"""What is done to every picture of a set: one choice for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from stimuli.framing import Framing

LUMINANCE = ("keep", "mean-sd", "histogram")
REGIONS = ("face", "picture")
BACKGROUNDS = ("keep", "blur", "grey")


@dataclass(frozen=True)
class Recipe:
    """``max_outside_share``: largest share (0-1) of the frame that may lie beyond a picture's edge.

    ``match_luminance``: what of CIELAB L* becomes the same in all pictures, over ``match_region``.
    ``match_sharpness``: whether all are blurred to the sharpness of the softest. ``recompress``:
    JPEG quality (1-95) through which every picture goes once before it is encoded; None for not.
    """

    framing: Framing = field(default_factory=Framing)
    max_outside_share: float = 0.05
    match_luminance: str = "keep"
    match_region: str = "face"
    background: str = "keep"
    match_sharpness: bool = False
    recompress: int | None = None

    def __post_init__(self) -> None:
        for name, known in (
            ("match_luminance", LUMINANCE),
            ("match_region", REGIONS),
            ("background", BACKGROUNDS),
        ):
            if (found := getattr(self, name)) not in known:
                raise ValueError(f"expected {name} among {', '.join(known)}; found {found!r}")
        if self.recompress is not None and not 1 <= self.recompress <= 95:
            raise ValueError(f"expected a JPEG quality from 1 to 95 in recompress, found {self.recompress}")
        if not 0 <= self.max_outside_share <= 1:
            raise ValueError(f"expected max_outside_share from 0 to 1, found {self.max_outside_share}")

"""How sharp a picture is, scale by scale."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from scipy import fft

from stimuli.picture import Pixels

_FLOOR = 0.01  # L*; detail below it is below the rounding of 8-bit pixels
_SPECTRUM_PX = 256
_SLOPE_CYCLES = (8, 100)  # per side; below is composition, above the corners of the spectrum begin


def measures(lightness: Pixels) -> dict[str, float]:
    """From L* (0-100) at working size."""
    bands = {f"detail_{scale}px": decibels(band.std()) for scale, band in octaves(lightness).items()}
    laplacian = cv2.Laplacian(lightness, cv2.CV_32F, borderType=cv2.BORDER_REFLECT_101)
    return {
        "sharpness": float(laplacian.std()),
        **bands,
        "spectral_slope": spectral_slope(lightness),
    }


def octaves(lightness: Pixels, scales: tuple[int, ...] = (1, 2, 4, 8)) -> dict[int, Pixels]:
    """Detail by scale: what a blur of ``scale`` px takes away and one of half that left."""
    bands = {}
    finer = lightness
    for scale in scales:
        coarser = cv2.GaussianBlur(lightness, (0, 0), scale, borderType=cv2.BORDER_REFLECT_101)
        bands[scale] = finer - coarser
        finer = coarser
    return bands


def decibels(strength: float) -> float:
    """Of an amplitude in L*, with a floor so that flat pictures stay finite.

    >>> round(decibels(10.0), 2)
    20.0
    """
    return float(20 * np.log10(max(float(strength), _FLOOR)))


def spectral_slope(lightness: Pixels) -> float:
    """Exponent of frequency in the radially averaged power spectrum of the middle square.

    Least squares on log power over log frequency at log-spaced frequencies, Hann window (van der
    Schaaf & van Hateren 1996). 0 for a picture without any detail.
    """
    power = _radial_power(_middle_square(lightness))
    if power.max() < 1e-6:
        return 0.0
    low, high = _SLOPE_CYCLES
    at = np.unique(np.round(np.geomspace(low, high, 24)).astype(int))
    # The floor is far below the quantisation noise of 8 bits: it only keeps blurred corners finite.
    log_power = np.log(np.maximum(power[at], 1e-9 * power.max()))
    return float(np.polyfit(np.log(at), log_power, 1)[0])


def _middle_square(lightness: Pixels) -> Pixels:
    height, width = lightness.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = lightness[top : top + side, left : left + side]
    how = cv2.INTER_AREA if side > _SPECTRUM_PX else cv2.INTER_LINEAR
    return cv2.resize(square, (_SPECTRUM_PX, _SPECTRUM_PX), interpolation=how)


def _radial_power(square: Pixels) -> Pixels:
    """Mean power at each whole number of cycles per side."""
    window, radius, n_at_radius = _spectrum_grid()
    spectrum = fft.rfft2((square - square.mean()) * window)
    power = spectrum.real**2 + spectrum.imag**2
    mean: Pixels = np.bincount(radius, weights=power.ravel()) / n_at_radius
    return mean


@lru_cache(maxsize=1)
def _spectrum_grid() -> tuple[Pixels, Pixels, Pixels]:
    """Hann window, and for each value of the spectrum its radius, and how many have each radius."""
    n = _SPECTRUM_PX
    window = np.outer(np.hanning(n), np.hanning(n)).astype(np.float32)
    rows, columns = np.fft.fftfreq(n, 1 / n), np.arange(n // 2 + 1)
    radius = np.rint(np.hypot(rows[:, None], columns)).astype(int).ravel()
    return window, radius, np.maximum(np.bincount(radius), 1)

"""Run the three small networks that lie beside this module: MediaPipe's, read by OpenCV.

README.md says where each is from and under which licence. Nothing is downloaded.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

Network = Literal["face_detection_short_range", "iris_landmark", "selfie_segmentation"]

_OUTPUTS: dict[str, tuple[str, ...]] = {
    "face_detection_short_range": ("classificators", "regressors"),
    "iris_landmark": ("output_iris",),
    "selfie_segmentation": ("activation_10",),
}

# A network keeps its layers' values while it runs: one of each per thread.
_THREAD = threading.local()
# OpenCV fills its table of operators when the first network is read, and two threads at it fail.
_READING = threading.Lock()


def run_network(name: Network, picture: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    """The outputs for one picture, height x width x 3, scaled as this network expects it."""
    network = _network(name)
    network.setInput(np.ascontiguousarray(picture.transpose(2, 0, 1)[np.newaxis]))
    return tuple(network.forward(_OUTPUTS[name]))


def _network(name: Network) -> Any:
    loaded: dict[str, Any] = _THREAD.__dict__
    if name not in loaded:
        with _READING:
            loaded[name] = cv2.dnn.readNetFromTFLite(str(Path(__file__).with_name(f"{name}.tflite")))
    return loaded[name]

"""Open any picture as upright sRGB pixels; encode every picture of a study in the same way."""

from stimuli.picture.encoding import JPEG_QUALITY, encode_jpeg
from stimuli.picture.kinds import PICTURE_ENDINGS
from stimuli.picture.opening import OpenedPicture, open_picture, read_picture
from stimuli.picture.pixels import Pixels

__all__ = [
    "JPEG_QUALITY",
    "PICTURE_ENDINGS",
    "OpenedPicture",
    "Pixels",
    "encode_jpeg",
    "open_picture",
    "read_picture",
]

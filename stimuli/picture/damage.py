"""Find damage that decoders pass over in silence.

A JPEG with a block of zeros in the middle, as a failing disk leaves it, opens in Pillow without a
word: half of the face is grey or shifted. libjpeg knows, and warns; Pillow drops the warning.
"""

from __future__ import annotations

import simplejpeg
from PIL import Image


class DamageError(ValueError):
    """The file is damaged; the message continues "found ..."."""


def refuse_damaged(content: bytes, image: Image.Image) -> None:
    """Raise ``DamageError`` if a JPEG has corrupt data or a chunk of a PNG fails its checksum."""
    if image.format in ("JPEG", "MPO"):
        try:
            simplejpeg.decode_jpeg(content, colorspace="GRAY", strict=True)
        except ValueError as error:
            # What libjpeg-turbo cannot bring to grey is odd, not damaged.
            if "unsupported" not in str(error).lower():
                raise DamageError(f"a damaged JPEG ({error})") from None
    if image.format == "PNG":
        try:
            image.verify()
        except (SyntaxError, OSError, ValueError) as error:
            raise DamageError(f"a damaged PNG ({error})") from None

"""See from its bytes whether a CSV file is quoted by the rules, without taking it apart.

A fast reader takes ``"5"0`` for 50 and is misled by a line break inside quotes when it works on many parts
of a file at once. Both can be told from the bytes beside each quotation mark.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_QUOTE, _NEWLINE, _RETURN, _COMMA = 34, 10, 13, 44
_BEFORE_OPENING = np.isin(np.arange(256), [_COMMA, _NEWLINE, _RETURN, _QUOTE])
_AFTER_CLOSING = np.isin(np.arange(256), [_COMMA, _NEWLINE, _RETURN, _QUOTE])
_MARK = b"\xef\xbb\xbf"


class Quoting:
    """Take the bytes of a file in pieces, then say how its values are quoted.

    ``proper``: quotes open only where a value begins and close only where it ends; within a quoted value they
    are doubled. ``breaks_lines``: a quoted value holds a line break. ``returns``: there is a carriage return.

    >>> def seen(*pieces):
    ...     quoting = Quoting()
    ...     for piece in pieces:
    ...         quoting.feed(piece)
    ...     return quoting.proper, quoting.breaks_lines
    >>> seen(b'a,b\\n"x ""y""', b'",""\\n')
    (True, False)
    >>> seen(b'a,b\\n"x\\ny",1\\n'), seen(b'a,b\\n"5"0,1\\n'), seen(b'a,b\\n"5')
    ((True, True), (False, False), (False, False))
    """

    def __init__(self) -> None:
        self._inside = False
        self._last = _NEWLINE
        self._at_start = True
        self._closing_last = False
        self._proper = True
        self.breaks_lines = False
        self.returns = False

    @property
    def proper(self) -> bool:
        """Whether everything up to here was quoted by the rules and no quoted value is left open."""
        return self._proper and not self._inside

    def feed(self, piece: bytes) -> None:
        """Take the next bytes of the file."""
        if self._at_start and piece:
            piece, self._at_start = piece.removeprefix(_MARK), False
        if not piece:
            return
        self.returns |= b"\r" in piece
        data = np.frombuffer(piece, dtype=np.uint8)
        quotes = np.flatnonzero(data == _QUOTE)
        if self._closing_last and not _AFTER_CLOSING[data[0]]:
            self._proper = False
        opening, closing = (quotes[1::2], quotes[0::2]) if self._inside else (quotes[0::2], quotes[1::2])
        self._check(data, opening, closing)
        self._find_breaks(data, quotes)
        self._inside ^= bool(len(quotes) % 2)
        self._last = int(data[-1])
        self._closing_last = self._last == _QUOTE and not self._inside

    def _check(self, data: NDArray[np.uint8], opening: NDArray[np.intp], closing: NDArray[np.intp]) -> None:
        before = data[np.maximum(opening - 1, 0)]
        if len(opening) and opening[0] == 0:
            before[0] = self._last
        after = data[np.minimum(closing + 1, len(data) - 1)]
        if len(closing) and closing[-1] == len(data) - 1:
            after = after[:-1]  # the next piece tells
        self._proper &= bool(_BEFORE_OPENING[before].all() and _AFTER_CLOSING[after].all())

    def _find_breaks(self, data: NDArray[np.uint8], quotes: NDArray[np.intp]) -> None:
        if self.breaks_lines:
            return
        is_break = data == _NEWLINE
        if self.returns:
            is_break |= data == _RETURN
        breaks = np.flatnonzero(is_break)
        inside = (np.searchsorted(quotes, breaks) + self._inside) % 2 == 1
        self.breaks_lines = bool(inside.any())

"""How often one address may ask for things that create rows or guess codes."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

# A whole lecture hall can sit behind one address, so what a participant does is limited generously; what
# guesses codes or links is not.
ENTER_STUDY = "300 per minute"
GUESS_CODE = "10 per minute"

limiter = Limiter(get_remote_address, default_limits=[])

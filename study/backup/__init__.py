"""Save an installation while participants go on, and bring it back, on either database."""

from study.backup.archive import BackupError
from study.backup.restoring import Restored, restore
from study.backup.saving import Saved, back_up

__all__ = ["BackupError", "Restored", "Saved", "back_up", "restore"]

"""Bring exports back: one into a database, or those of several labs into one export."""

from study.importing.bringing_back import Imported, import_export
from study.importing.merging import Merged, merge_exports
from study.importing.problems import ImportRefused

__all__ = ["ImportRefused", "Imported", "Merged", "import_export", "merge_exports"]

"""Write a study from the database into an export folder that explains itself."""

from study.export.archive import zip_export
from study.export.folder import ExportError, ExportSummary, export_study
from study.export.identifiers import IdentifiersWanted
from study.export.selection import Selection

__all__ = ["ExportError", "ExportSummary", "IdentifiersWanted", "Selection", "export_study", "zip_export"]

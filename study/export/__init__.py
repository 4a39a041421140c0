"""Write a study from the database into an export folder that explains itself."""

from study.export.archive import zip_export
from study.export.folder import ExportError, ExportSummary, export_study

__all__ = ["ExportError", "ExportSummary", "export_study", "zip_export"]

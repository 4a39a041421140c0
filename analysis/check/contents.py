"""The folder that is checked: its files, its describing JSON, its tables, each read once."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from analysis.dataset import Examined
from analysis.provenance import PACKAGE

DESCRIPTION = "dataset_description.json"
RESTORE = "restore the file from the original export, or export the study again"


@dataclass(frozen=True)
class Contents:
    """An export folder with what ``examine_export`` could read of it."""

    folder: Path
    examined: Examined

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file of the folder, as a path inside it."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return tuple(sorted(path.relative_to(self.folder).as_posix() for path in paths))

    @cached_property
    def data_files(self) -> tuple[str, ...]:
        """The CSV files under data/."""
        return tuple(name for name in self.files if name.startswith("data/") and name.endswith(".csv"))

    @cached_property
    def description(self) -> Mapping[str, Any]:
        """dataset_description.json, empty where it cannot be read."""
        return self._object(DESCRIPTION)

    @cached_property
    def package(self) -> Mapping[str, Any]:
        """datapackage.json, empty where it cannot be read."""
        return self._object(PACKAGE)

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What facevalue says of the export in datapackage.json."""
        facts = self.package.get("facevalue")
        return facts if isinstance(facts, Mapping) else {}

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources of datapackage.json by their path."""
        listed = self.package.get("resources")
        return {
            str(entry["path"]): entry
            for entry in (listed if isinstance(listed, list) else [])
            if isinstance(entry, Mapping) and "path" in entry
        }

    @cached_property
    def headers(self) -> Mapping[str, list[str]]:
        """The first row of each data file that has one."""
        return {name: header for name in self.data_files if (header := self._header(name)) is not None}

    def text(self, name: str) -> str:
        """A file as text; bytes that are none are replaced."""
        path = self.folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def fields(self, resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The fields of a resource that have a name."""
        schema = resource.get("schema")
        listed = schema.get("fields") if isinstance(schema, Mapping) else None
        for field in listed if isinstance(listed, list) else []:
            if isinstance(field, Mapping) and isinstance(field.get("name"), str):
                yield field

    def _object(self, name: str) -> Mapping[str, Any]:
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, Mapping) else {}

    def _header(self, name: str) -> list[str] | None:
        try:
            # Bytes that are no text are a finding of their own.
            with (self.folder / name).open(encoding="utf-8-sig", errors="replace", newline="") as stream:
                return next(csv.reader(stream, strict=True))
        except (csv.Error, StopIteration):
            return None

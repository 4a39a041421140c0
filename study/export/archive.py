"""One ZIP file of an export folder, the same bytes for the same folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


def zip_export(folder: Path, target: Path, *, name: str | None = None) -> Path:
    """Write ``folder`` to the ZIP file ``target``; inside, everything lies in a folder called ``name``."""
    inside = name or folder.name
    with ZipFile(target, "w", compression=ZIP_DEFLATED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            # File times would make every archive another one.
            entry = ZipInfo(f"{inside}/{file.relative_to(folder).as_posix()}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with file.open("rb") as source, archive.open(entry, "w", force_zip64=True) as packed:
                shutil.copyfileobj(source, packed)
    return target

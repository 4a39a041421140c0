"""Write simulated tables as an export folder, in the form in which the platform exports a study."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.schema import TABLES, Column

SLUG = "simulated"
TITLE = "Simulated study"
EXPORTED_AT = "2025-01-02T00:00:00Z"
_PREFIX = {"trials": "t", "ratings": "r", "participants": "p", "stimuli": "s", "events": "e"}


def write_simulated_export(
    folder: Path,
    *,
    tables: Mapping[str, pd.DataFrame],
    exposures_ms: list[float | None],
    n_pairs: int,
    stimulus_kind: str,
    seed: int,
    hiring: bool = False,
    cues: tuple[str, ...] = (),
) -> None:
    """Complete the tables with the columns every export has and write all files of the folder.

    Refuses a folder that already holds something.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty; name a new folder for the simulated export")
    protocol = _protocol(exposures_ms, n_pairs, stimulus_kind, seed, hiring=hiring, cues=cues)
    frozen = json.dumps(protocol, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    protocol_hash = hashlib.sha256(frozen.encode()).hexdigest()
    for part in ("data", "parquet", "protocol/texts"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    complete = {name: _complete(name, table, protocol_hash) for name, table in tables.items()}
    for name, table in complete.items():
        as_text(table, TABLES[name]).to_csv(folder / _path(name), index=False, lineterminator="\n")
        table.to_parquet(folder / "parquet" / f"{name}.parquet", index=False)
    counts = {name: len(table) for name, table in complete.items()}
    software = {"facevalue": version("facevalue")}
    facts = {
        "software": software,
        "protocol_hash": protocol_hash,
        "study": SLUG,
        "title": TITLE,
        "exported_at": EXPORTED_AT,
        "seed": seed,
        "counts": counts,
    }
    texts = {
        "datapackage.json": _json({"name": SLUG, "resources": _resources(folder), "facevalue": facts}),
        "dataset_description.json": _json(_description()),
        "README.md": _readme(),
        "CHANGES.md": f"# Changes\n\n{EXPORTED_AT}: simulated.\n",
        "protocol/protocol.json": frozen,
        "protocol/study.toml": f'title = "{TITLE}"\nslug = "{SLUG}"\n',
        "protocol/texts/information.md": "Nobody took part in this study: its answers are simulated.\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    write_checksums(folder)


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS over every other file of the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def as_text(table: pd.DataFrame, columns: tuple[Column, ...]) -> pd.DataFrame:
    """The table as an export writes it: true/false, whole numbers without a point, times with Z."""
    text = table.astype(object)
    for column in columns:
        values = table[column.name]
        if column.kind == "boolean":
            text[column.name] = values.map({True: "true", False: "false"})
        elif column.kind == "datetime":
            text[column.name] = pd.to_datetime(values, utc=True).dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        elif column.kind in ("integer", "number"):
            text[column.name] = values.map(_number, na_action="ignore")
    return text


def _number(value: Any) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _complete(name: str, table: pd.DataFrame, protocol_hash: str) -> pd.DataFrame:
    ids = [f"{_PREFIX[name]}{number:07d}" for number in range(1, len(table) + 1)]
    full = table.assign(row_id=ids, study=SLUG, protocol_hash=protocol_hash)
    columns = [column.name for column in TABLES[name]]
    for column in TABLES[name]:
        if column.name not in full:
            full[column.name] = pd.Series(None, index=full.index, dtype=_dtype(column))
        elif column.kind == "boolean":
            full[column.name] = full[column.name].astype("boolean")
    return full[columns]


def _dtype(column: Column) -> str:
    return {"integer": "float64", "number": "float64", "boolean": "boolean"}.get(column.kind, "object")


def _path(name: str) -> str:
    return f"data/study-{SLUG}_description-{name}_data.csv"


def _readme() -> str:
    tables = "\n".join(
        f"- {name}: {', '.join(f'`{column.name}`' for column in columns)}" for name, columns in TABLES.items()
    )
    return f"# {TITLE}\n\nRobots, no people: simulated by the analysis package of facevalue.\n\n{tables}\n"


def _resources(folder: Path) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "path": _path(name),
            "bytes": (folder / _path(name)).stat().st_size,
            "hash": f"sha256:{hashlib.sha256((folder / _path(name)).read_bytes()).hexdigest()}",
            "schema": {
                "fields": [_field(column) for column in columns],
                "missingValues": [""],
                "primaryKey": ["row_id"],
            },
        }
        for name, columns in TABLES.items()
    ]


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.allowed:
        constraints["enum"] = list(column.allowed)
    described: dict[str, Any] = {"name": column.name, "type": column.kind}
    return described | ({"constraints": constraints} if constraints else {})


def _description() -> dict[str, Any]:
    variables = sorted({column.name for columns in TABLES.values() for column in columns})
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": TITLE,
        "description": "Simulated answers of robots with known truth.",
        "variableMeasured": variables,
    }


def _protocol(
    exposures_ms: list[float | None],
    n_pairs: int,
    kind: str,
    seed: int,
    *,
    hiring: bool,
    cues: tuple[str, ...],
) -> dict[str, Any]:
    which = "Which picture was made by AI?" if kind == "ai" else "Which picture was edited?"
    trust = _question("trust", "scale", "each", "How trustworthy does this person look?", 1, 7)
    detect = _question("detect", "side", "pair", which)
    confidence = _question("confidence", "scale", "pair", "How sure are you?", 1, 4)
    hireable = _question("hireable", "scale", "each", "Would you invite this person to an interview?", 1, 7)
    gave_away = _question("cues", "choices", "pair", "What gave it away?") | {
        "options": [{"code": code, "label": code.replace("_", " ")} for code in cues]
    }
    return {
        "title": TITLE,
        "slug": SLUG,
        "seed": seed,
        "stimulus_kind": kind,
        "stimulus_set": {
            "sha256": hashlib.sha256(f"simulated {kind} {n_pairs}".encode()).hexdigest(),
            "n_stimuli": 2 * n_pairs + 2,
            "n_pairs": n_pairs + 1,
        },
        "blocks": [
            _block("practice", 1, exposures_ms[:1], [trust], practice=True),
            _block("trust", n_pairs, exposures_ms, [trust, *([hireable] if hiring else [])]),
            _block("detect", n_pairs, exposures_ms, [detect, confidence, *([gave_away] if cues else [])]),
        ],
        "analysis": {"smallest_effect": 0.2, "alpha": 0.05, "primary": ["distrust", "closer-look"]},
        "exclusions": {
            "min_rt_ms": 200,
            "constant_responder": True,
            "not_presented_as_planned": True,
            "presentation_unclear": True,
            "interrupted": True,
            "min_share_answered": 0.5,
        },
    }


def _block(
    name: str, pairs: int, exposures_ms: list[float | None], questions: list[Any], *, practice: bool = False
) -> dict[str, Any]:
    return {
        "name": name,
        "layout": "pair",
        "practice": practice,
        "pairs": pairs,
        "exposures_ms": exposures_ms,
        "fixation_ms": 500,
        "mask_ms": 250,
        "gap_ms": 300,
        "questions": questions,
    }


def _question(
    name: str, kind: str, target: str, text: str, minimum: int | None = None, maximum: int | None = None
) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "target": target,
        "text": text,
        "minimum": minimum,
        "maximum": maximum,
        "optional": False,
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"

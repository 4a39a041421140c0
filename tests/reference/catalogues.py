"""Write the catalogues of openly licensed pictures anew from clones of their repositories.

    python -m tests.reference.catalogues WEBMORPHR_STIM_CLONE PERSON_PORTRAIT_CLONE

Only facts are written: where each picture lies at one commit, its size and sha256 computed from
its bytes, and what its publishers state. The clones are those of debruine/webmorphR.stim and
faker-js/assets-person-portrait.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "stimuli" / "catalogues"
WEBMORPHR = "debruine/webmorphR.stim", "fa8b78fda2d659bb74ce62fcd99c4407551d2a77"
PORTRAITS = "faker-js/assets-person-portrait", "63aef57b5a839aebe3ad913ec7c76469aabbb6c5"
COLUMNS = (
    "file", "origin", "generator", "identity", "stated_gender", "stated_ethnicity", "stated_age",
    "stated_country", "licence", "attribution", "consent", "source_repo", "source_commit", "source_path",
    "sha256", "bytes", "landmarks_path", "landmarks_sha256", "landmarks_bytes",
)  # fmt: skip
LONDON = {
    "origin": "real",
    "licence": "CC BY 4.0",
    "attribution": "DeBruine, L. & Jones, B. (2017). Face Research Lab London Set. figshare. "
    "doi:10.6084/m9.figshare.5047666",
    "consent": "signed consent for lab and web studies and for illustration",
}
SD3 = {
    "origin": "ai",
    "generator": "Stable Diffusion 3",
    "licence": "CC0 1.0",
    "attribution": "faker-js/assets-person-portrait, made with Stable Diffusion 3",
}
PROMPT = re.compile(r"profile picture of a (?P<age>\d+)-year-old (?P<gender>woman|man) from (?P<country>.+)")


def main(webmorphr: Path, portraits: Path) -> None:
    write("london-smiling", london(webmorphr, "smiling_front", "08"))
    write("london-neutral", london(webmorphr, "neutral_front", "03"))
    write("sd3-portraits", sd3(portraits))
    write_sizes("london-sd3", {"debruine": webmorphr, "faker-js": portraits})


def london(clone: Path, folder: str, expression: str) -> Iterator[dict[str, object]]:
    table = blob(clone, WEBMORPHR[1], "data-raw/london_info.csv").decode()
    for person in csv.DictReader(io.StringIO(table)):
        path = f"inst/{folder}/{person['face_id']}_{expression}.jpg"
        yield {
            **LONDON,
            "file": f"london_{person['face_id']}_{expression}.jpg",
            "identity": f"london_{person['face_id']}",
            "stated_gender": person["face_gender"],
            "stated_ethnicity": person["face_eth"],
            "stated_age": person["face_age"],
            **pinned(clone, WEBMORPHR, path),
            **(landmarks(clone, path) if folder == "neutral_front" else {}),
        }


def sd3(clone: Path) -> Iterator[dict[str, object]]:
    for folder in ("female", "male"):
        for number in range(100):
            facts = json.loads(blob(clone, PORTRAITS[1], f"{folder}/metadata/{number}.json"))
            said = PROMPT.fullmatch(facts["prompt"])
            assert said, facts["prompt"]
            yield {
                **SD3,
                "file": f"sd3_{folder}_{number}.jpg",
                "stated_gender": said["gender"],
                "stated_age": said["age"],
                "stated_country": said["country"],
                **pinned(clone, PORTRAITS, f"{folder}/512/{number}.jpg"),
            }


def pinned(clone: Path, source: tuple[str, str], path: str) -> dict[str, object]:
    repo, commit = source
    content = blob(clone, commit, path)
    where = {"source_repo": repo, "source_commit": commit, "source_path": path}
    return {**where, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def landmarks(clone: Path, picture: str) -> dict[str, object]:
    path = picture.removesuffix(".jpg") + ".tem"
    content = blob(clone, WEBMORPHR[1], path)
    sha256 = hashlib.sha256(content).hexdigest()
    return {"landmarks_path": path, "landmarks_sha256": sha256, "landmarks_bytes": len(content)}


def blob(clone: Path, commit: str, path: str) -> bytes:
    command = ["git", "-C", str(clone), "cat-file", "blob", f"{commit}:{path}"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def write_sizes(name: str, clones: dict[str, Path]) -> None:
    """Add the sizes to a catalogue whose choice of pictures is older than this script."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns = [*(name for name in reader.fieldnames or [] if name != "bytes"), "bytes"]
        rows = []
        for row in reader:
            repo, commit = row["source_repo"], row["source_commit"]
            facts = pinned(clones[repo.split("/")[0]], (repo, commit), row["source_path"])
            assert facts["sha256"] == row["sha256"], row["file"]
            rows.append({**row, "bytes": facts["bytes"]})
    write(name, rows, columns)


def write(
    name: str, rows: Iterator[dict[str, object]] | list[dict[str, object]], columns: Sequence[str] = COLUMNS
) -> None:
    rows = list(rows)
    used = [c for c in columns if not c.startswith("landmarks") or any(row.get(c) for row in rows)]
    with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, used, restval="", lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{name}: {len(rows)} pictures")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))

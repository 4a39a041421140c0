"""Files inside the page: data addresses from which tables, figures and all numbers can be saved."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

from analysis.report.plain import csv_text
from analysis.standalone import standalone

# Signs that may stand in a data address as they are; the rest is escaped.
_SAFE = ",;:/()=+*'@!$?~_.-"


@dataclass(frozen=True)
class Download:
    """A file that the page carries: its name, its kind in a word, and its address."""

    name: str
    kind: str
    address: str


def csv_download(name: str, data: pd.DataFrame) -> Download:
    return Download(f"{name}.csv", "CSV", "data:text/csv;charset=utf-8," + quote(csv_text(data), safe=_SAFE))


def svg_download(name: str, svg: str) -> Download:
    text = standalone(svg).svg.replace('"', "'")
    return Download(f"{name}.svg", "SVG", "data:image/svg+xml;charset=utf-8," + quote(text, safe=_SAFE))


def json_download(name: str, text: str) -> Download:
    # JSON is full of signs that would have to be escaped, so that base64 is shorter.
    coded = base64.b64encode(text.encode()).decode()
    return Download(name, "JSON", f"data:application/json;base64,{coded}")

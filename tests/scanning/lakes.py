"""Lakes of code to scan, and what is found in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.command.running import CLEAN, PROVEN, SUSPECT

#: A file whose helper in another one makes it wrong, and the helper, which does not mention torch.
USER = (
    "import torch\nfrom pkg.helper import zero\n\na = torch.ones(3, requires_grad=True)\n"
    "out = a.sigmoid()\nzero(out)\nout.sum().backward()\n"
)
HELPER = "def zero(t):\n    t.data.zero_()\n"
BROKEN = "import torch\n\nx = (\n"

PROJECT = {"main.py": USER, "pkg/__init__.py": "", "pkg/helper.py": HELPER}
#: Repositories by name: files by path.
LAKE: dict[str, dict[str, str]] = {
    "one/imports": PROJECT,
    "two/imports": PROJECT,
    "three/plain": {"train.py": PROVEN, "clean.py": CLEAN, "bad.py": BROKEN},
    "four/alone": {"suspect.py": SUSPECT},
    "five/nothing": {"hello.py": "print('hello')\n"},
}


def rows(lake: dict[str, dict[str, str]] = LAKE) -> list[dict[str, Any]]:
    """The files of a lake in the layout of The Stack, those of a repository apart from one another."""
    found = [
        {"max_stars_repo_name": name, "max_stars_repo_path": path, "content": text, "lang": "Python"}
        for name, files in lake.items()
        for path, text in files.items()
    ]
    return found[::2] + found[1::2]


def write_parquet(folder: Path, those: list[dict[str, Any]], *, row_group: int = 3) -> Path:
    """Write rows to two tables of Parquet, in small row groups."""
    folder.mkdir(parents=True)
    middle = len(those) // 2
    for number, part in enumerate((those[:middle], those[middle:])):
        pq.write_table(pa.Table.from_pylist(part), folder / f"{number}.parquet", row_group_size=row_group)
    return folder


def write_checkouts(folder: Path, lake: dict[str, dict[str, str]] = LAKE) -> Path:
    """Write a lake to folders, one for each repository."""
    for name, files in lake.items():
        for path, text in files.items():
            file = folder / name.replace("/", "-") / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return folder


def read(target: Path) -> list[dict[str, Any]]:
    """The rows that a scan has written, sorted."""
    found = [row for part in sorted(target.glob("part-*.parquet")) for row in pq.read_table(part).to_pylist()]
    return sorted(found, key=lambda row: json.dumps(row, sort_keys=True))


def told(target: Path) -> list[tuple[str | None, str, str | None, int | None]]:
    """Of each row, the repository, the path, the code and the line, sorted."""
    return sorted(
        ((row["repository"], row["path"], row["code"], row["line"]) for row in read(target)),
        key=lambda each: tuple(map(str, each)),
    )


FOUND = [
    ("four/alone", "suspect.py", "GRD211", 4),
    ("one/imports", "pkg/helper.py", "GRD111", 2),
    ("three/plain", "bad.py", None, 3),
    ("three/plain", "train.py", "GRD111", 5),
    ("two/imports", "pkg/helper.py", "GRD111", 2),
]

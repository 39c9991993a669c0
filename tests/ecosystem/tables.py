"""What was found out about each finding in the packages: the table beside this file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("verdicts.csv")
VERDICTS = ("real", "arguable", "false")


@dataclass(frozen=True, order=True)
class Place:
    """Where a finding stands. `package` has its version; `path` is relative to the package's archive; lines from 1."""

    package: str
    path: str
    line: int
    code: str


def read_verdicts(table: Path = TABLE) -> dict[Place, str]:
    """The verdict on each finding that was read. Raises ValueError for one that is none of `VERDICTS`."""
    verdicts = {}
    with table.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["verdict"] not in VERDICTS:
                raise ValueError(f"{table}: {row['path']}:{row['line']}: no verdict: {row['verdict']}")
            verdicts[Place(row["package"], row["path"], int(row["line"]), row["code"])] = row["verdict"]
    return verdicts

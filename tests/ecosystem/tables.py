"""What is kept of the findings in public code: what was found out about each, which idiom a reader sees, how many there are."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
VERDICTS = ("real", "arguable", "false")


@dataclass(frozen=True, order=True)
class Place:
    """Where a finding stands. `source` has its version or commit; `path` is relative to its folder; lines from 1."""

    source: str
    path: str
    line: int
    code: str


def read_verdicts(table: Path = _HERE / "verdicts.csv", known: Collection[str] = VERDICTS) -> dict[Place, str]:
    """The verdict on each finding that was read. Raises ValueError for one that is none of the `known`."""
    verdicts = {}
    for row in _rows(table):
        if row["verdict"] not in known:
            raise ValueError(f"{table}: {row['path']}:{row['line']}: no verdict: {row['verdict']}")
        verdicts[_place(row, row["code"])] = row["verdict"]
    return verdicts


def read_idioms(table: Path = _HERE / "idioms.csv") -> dict[str, dict[Place, str]]:
    """The idiom that a reader has found at each of a sample of GRD911's findings.

    By set: `fitted` is the one that the recognition was written with, `held out` the one that it was measured on.
    """
    sets: dict[str, dict[Place, str]] = {}
    for row in _rows(table):
        sets.setdefault(row["set"], {})[_place(row, "GRD911")] = row["idiom"]
    return sets


def read_baseline(table: Path = _HERE / "baseline.csv") -> Counter[tuple[str, str]]:
    """How many findings of each source and code there were when the baseline was kept."""
    return Counter({(row["source"], row["code"]): int(row["count"]) for row in _rows(table)})


def write_baseline(counts: Mapping[tuple[str, str], int], table: Path = _HERE / "baseline.csv") -> None:
    """Keep how many findings there are of each source and code."""
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("source", "code", "count"))
        writer.writerows((*key, count) for key, count in sorted(counts.items()))


def _rows(table: Path) -> Iterator[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _place(row: Mapping[str, str], code: str) -> Place:
    return Place(row["source"], row["path"], int(row["line"]), code)

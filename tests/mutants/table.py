"""The kept table of mutants: what each does, whether the linter finds it, and why not where it does not."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any

from tests.mutants.trials import Verdict

TABLE = Path(__file__).with_name("verdicts.csv")


@dataclass(frozen=True, order=True)
class Row:
    """`line` is in the original. `found` is the strongest new code; one of GRD9 is no finding by default."""

    subject: str
    path: str
    line: int
    operator: str
    outcome: str
    found: str
    reason: str = ""


def row(verdict: Verdict) -> Row:
    mutant = verdict.mutant
    found = verdict.found[0].code if verdict.found else ""
    return Row(verdict.subject, verdict.path, mutant.line, mutant.operator, verdict.outcome.value, found)


def read_rows(table: Path = TABLE) -> list[Row]:
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as lines:
        return [_row(each) for each in csv.DictReader(lines)]


def _row(values: Mapping[str, Any]) -> Row:
    return Row(**{**values, "line": int(values["line"])})


def write_rows(rows: Iterable[Row], table: Path = TABLE) -> None:
    """Write the table anew; a row keeps the reason that it had."""
    reasons = {_identity(each): each.reason for each in read_rows(table)}
    kept = [replace(each, reason=reasons.get(_identity(each), "")) for each in sorted(rows)]
    with table.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([each.name for each in fields(Row)])
        writer.writerows(astuple(each) for each in kept)


def without_reason(rows: Iterable[Row]) -> set[Row]:
    return {replace(each, reason="") for each in rows}


def _identity(row: Row) -> tuple[object, ...]:
    return row.subject, row.line, row.operator

"""Whether the linter foretells the refusals that PyTorch's tests expect: each guard is taken away on its own."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from flake8_gradsafe.engine import check
from tests.ecosystem.linting import DEFAULT
from tests.peers.guards import Guard, guards, unguarded
from tests.peers.sources import CACHE, PYTORCH, unpacked

TABLE = Path(__file__).with_name("guards.csv")
#: The tests of autograd, among PyTorch's.
TESTS = ("test_autograd.py", "autograd/*.py", "test_nn.py", "test_torch.py", "test_view_ops.py")


@dataclass(frozen=True, order=True)
class Foretold:
    """One guard of PyTorch's tests. `found` is the code that foretells the refusal, if one does.

    `reason` says why none need to: what is refused is out of the linter's scope.
    """

    path: str
    line: int
    kind: str
    found: str = ""
    reason: str = ""

    @property
    def guard(self) -> tuple[str, int]:
        """What a row of the table is about."""
        return self.path, self.line


@dataclass(frozen=True)
class Task:
    """One of PyTorch's tests, as it is and without one of its guards. `path` is below `test`."""

    path: str
    guard: Guard
    guarded: str
    text: str


def tasks() -> Iterator[Task]:
    """PyTorch's tests of autograd, once for each of their guards."""
    root = unpacked(PYTORCH, CACHE) / "test"
    for pattern in TESTS:
        for path in sorted(root.glob(pattern)):
            source = path.read_text(encoding="utf-8")
            for guard in guards(source):
                yield Task(str(path.relative_to(root)), guard, source, unguarded(source, guard))


def foretell(task: Task) -> Foretold:
    """What the linter says of a test without one of its guards, and does not say of the test as it is.

    Lines are the same in both. What is refused may have been done before the guard, or in a function that it calls: what is new
    counts wherever it stands.
    """
    codes = sorted(code for _, code in _found(task.text) - _found(task.guarded))
    return Foretold(task.path, task.guard.line, task.guard.kind, codes[0] if codes else "")


@lru_cache(maxsize=2)
def _found(source: str) -> frozenset[tuple[int, str]]:
    return frozenset((finding.line, finding.code) for finding in check(source, wanted=DEFAULT))


def read_table(table: Path = TABLE) -> list[Foretold]:
    """What is kept of each guard."""
    with table.open(encoding="utf-8", newline="") as lines:
        return [_row(each) for each in csv.DictReader(lines)]


def write_table(rows: Iterable[Foretold], table: Path = TABLE) -> None:
    """Keep what was found, each with the reason that it had."""
    reasons = {row.guard: row.reason for row in read_table(table)} if table.exists() else {}
    with table.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([each.name for each in fields(Foretold)])
        writer.writerows(astuple(replace(row, reason=reasons.get(row.guard, ""))) for row in sorted(rows))


def _row(values: Mapping[str, Any]) -> Foretold:
    return Foretold(**{**values, "line": int(values["line"])})

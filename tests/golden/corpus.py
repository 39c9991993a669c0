"""The programs that the golden record is about, by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from flake8_gradsafe.runtime.harness import fixture_paths
from tests.ecosystem.sources import CACHE, PACKAGES, unpacked
from tests.source_fuzz.generate import random_programs
from tests.source_fuzz.structures import AUTHORS

_FIXTURES = Path(__file__).parent.parent.parent / "fixtures"

#: How many programs are generated, and the seed of each author's.
_GENERATED = 5_000
_SEED = 20


@dataclass(frozen=True)
class Program:
    """A program of the corpus. `origin` is for readers: the record knows a program by its text."""

    origin: str
    text: str


def _fixtures() -> Iterator[Program]:
    for path in fixture_paths(_FIXTURES):
        yield Program(str(path.relative_to(_FIXTURES)), path.read_text(encoding="utf-8"))


def _generated() -> Iterator[Program]:
    for kind, author in AUTHORS.items():
        for number, program in enumerate(islice(random_programs(_SEED, author), _GENERATED // len(AUTHORS))):
            yield Program(f"{kind} {number}", program.source)


def _ecosystem() -> Iterator[Program]:
    for package in PACKAGES:
        folder = unpacked(package, CACHE)
        for path in sorted(folder.rglob("*.py")):
            # A few are in other encodings: what counts is that the linter is given the same text each time.
            yield Program(f"{package}/{path.relative_to(folder)}", path.read_text(encoding="utf-8", errors="replace"))


#: How the programs of each group are come by.
GROUPS: Mapping[str, Callable[[], Iterator[Program]]] = {
    "fixtures": _fixtures,
    "generated": _generated,
    "ecosystem": _ecosystem,
}

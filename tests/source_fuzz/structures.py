"""The authors of generated programs: the classic one, and the one that knows functions, classes and containers.

Every capability is a style with a colon in its name (`call:lambda`, `module:buffer`, `training:clip`), so that a
report can say what the linter makes of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from tests.source_fuzz.generate import Author, Program, random_programs
from tests.source_fuzz.training import TrainingAuthor


class StructureAuthor(TrainingAuthor):
    """Writes programs with everything that programs are built of."""


AUTHORS: Mapping[str, type[Author]] = {"classic": Author, "structures": StructureAuthor}


def is_capability(style: str) -> bool:
    """Whether a style names a way to structure a program."""
    return ":" in style


def programs_of(kinds: Sequence[str], seed: int) -> Iterator[Program]:
    """Programs of these kinds in turn, without end."""
    return chain.from_iterable(zip(*(_programs_of_kind(kind, seed) for kind in kinds), strict=False))


def _programs_of_kind(kind: str, seed: int) -> Iterator[Program]:
    """Programs of one kind; a structured one has at least one capability."""
    for program in random_programs(seed, AUTHORS[kind]):
        if kind == "classic" or any(map(is_capability, program.styles)):
            yield program

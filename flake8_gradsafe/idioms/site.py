"""The place and the spelling of a `.data` write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Enclosing(Protocol):
    """The function that encloses a write, by name, its class, and the names of the class's bases."""

    @property
    def function(self) -> str:
        """The name of the function, empty for the module's own body."""

    @property
    def owner(self) -> str:
        """The name of the class, empty where there is none."""

    @property
    def bases(self) -> tuple[str, ...]:
        """The names of the class's bases."""


@dataclass(frozen=True, slots=True)
class Site:
    """The marks by which an idiom is recognised.

    `function` is the enclosing function's name, `owner` the enclosing class's, `bases` the names of its bases, `chain` the
    dotted parts of the written expression, `written` those before `.data`, `method` the writing method or operator,
    `mentions` every name and attribute in the written value or the arguments, `calls` those that are called, `tests` those in
    the conditions around. `origins` are the names in what the written tensor's name is bound to, `sources` the same for the
    value's names. `index` are the names in the index that picks what is written, `mask` among them for a comparison.

    `masks_out`: the value is minus infinity, or as good as that; `zero`: it is zero; `constant`: it has no names.
    `source`: whose values these are, where they are only moved, by what calls (`moved`, if they are the tensor's own), and
    whether only some of them (`selects`). `reads_itself`: the value is computed from what is written; `cuts`: it is kept within
    bounds; `blends`: it is a weighted sum of the tensor's own and another.
    """

    function: str
    bases: tuple[str, ...]
    chain: tuple[str, ...]
    method: str
    mentions: frozenset[str]
    masks_out: bool = False
    owner: str = ""
    written: tuple[str, ...] = ()
    origins: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    source: tuple[str, ...] = ()
    moved: frozenset[str] = frozenset()
    selects: bool = False
    calls: frozenset[str] = frozenset()
    tests: frozenset[str] = frozenset()
    index: frozenset[str] | None = None
    zero: bool = False
    constant: bool = False
    reads_itself: bool = False
    cuts: bool = False
    blends: bool = False
    reads_data: bool = False

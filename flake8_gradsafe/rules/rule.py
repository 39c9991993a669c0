"""What a rule is, and the report that it makes of an event."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flake8_gradsafe.autograd.graph import Premise
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.rules.remedies import Remedy


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of a trace before its place is looked up: what happened there, in a few words."""

    role: str
    place: object
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """A finding before its place is looked up. `{here}` in the message stands for the source text at the place."""

    place: object
    message: str
    trace: tuple[Mark, ...] = ()
    help: str = ""
    premises: frozenset[Premise] = field(default_factory=frozenset)

    def standing(self, places: Mapping[int, object]) -> Report:
        """The report where each of its places is another, by the place's `id()`."""
        trace = tuple(replace(mark, place=places[id(mark.place)]) for mark in self.trace)
        return replace(self, place=places[id(self.place)], trace=trace)


FixSafety = Literal["none", "safe", "unsafe", "either"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the catalogue. `check` is a pure function from an event to a report, or to None.

    `remedies` are the kinds of fixes that may help, the first that can is taken. `fix_safety` says whether a fix is offered at
    all, and whether it is safe; "either", as the place has it.
    """

    code: str
    name: str
    summary: str
    check: Callable[[Event], Report | None]
    since: str = "0.1.0"
    remedies: tuple[Remedy, ...] = ()
    fix_safety: FixSafety = "none"

    @property
    def advisory(self) -> bool:
        """Whether the rule is off unless it is asked for."""
        return self.code.startswith("GRD9")

    @property
    def mechanism(self) -> str:
        """The digit that names the mechanism: of codes that share it, a place gets the surest one alone."""
        return self.code[4]

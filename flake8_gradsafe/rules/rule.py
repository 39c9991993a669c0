"""What a rule is, and the report that it makes of an event."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from flake8_gradsafe.rules.advice import Named, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flake8_gradsafe.autograd.graph import ErrorKind, Premise
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.rules.advice import Advice
    from flake8_gradsafe.rules.fix_kinds import FixKind
    from flake8_gradsafe.rules.harm import Harm


@dataclass(frozen=True, slots=True)
class TraceMark:
    """One line of a trace before its place is looked up: what happened there, in a few words."""

    role: str
    place: object
    text: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A finding before its place is looked up. `{here}` in the message stands for the source text at the place, `{cut}` for
    that of the subject of this name.

    `subjects` are what the placeholders of the advice stand for: a place, or words. `{tensor}`, where it is not among them, is
    the tensor at the report's own place.
    """

    place: object
    message: str
    trace: tuple[TraceMark, ...] = ()
    advice: Advice | None = None
    premises: frozenset[Premise] = field(default_factory=frozenset)
    subjects: tuple[tuple[str, Subject | Named | str], ...] = ()

    def relocated(self, places: Mapping[int, object]) -> Diagnosis:
        """The report where each of its places is another, by the place's `id()`."""
        trace = tuple(replace(mark, place=places[id(mark.place)]) for mark in self.trace)
        subjects = tuple((name, _standing(each, places)) for name, each in self.subjects)
        return replace(self, place=places[id(self.place)], trace=trace, subjects=subjects)


def _standing(subject: Subject | Named | str, places: Mapping[int, object]) -> Subject | Named | str:
    if isinstance(subject, str):
        return subject
    if isinstance(subject, Subject):
        return subject._replace(place=places[id(subject.place)])
    return subject._replace(places=tuple(places[id(place)] for place in subject.places))


FixSafety = Literal["none", "safe", "unsafe", "either"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the catalogue. `check` is a pure function from an event to a diagnosis, or to None. It is asked
    about the events of the types `on`.

    `claims` are what PyTorch may do where it reports, any one of them: refuse, or do harm. Of what it only advises, nothing.
    `advice` is all that its findings may advise. `fixes` are the kinds of fixes that may help, the first that can is taken.
    `fix_safety` says whether a fix is offered at all, and whether it is safe; "either", as the place has it.
    `yields_to` is a code that says more of the same place.
    """

    code: str
    name: str
    summary: str
    check: Callable[[Any], Diagnosis | None]
    on: tuple[type[Event], ...]
    claims: tuple[ErrorKind | Harm, ...] = ()
    since: str = "0.1.0"
    advice: tuple[Advice, ...] = ()
    fixes: tuple[FixKind, ...] = ()
    fix_safety: FixSafety = "none"
    yields_to: str = ""

    @property
    def proven(self) -> bool:
        """Whether PyTorch surely does what its findings say."""
        return self.code.startswith("GRD1")

    @property
    def advisory(self) -> bool:
        """Whether the rule is off unless it is asked for."""
        return self.code.startswith("GRD9")

    @property
    def mechanism(self) -> str:
        """The digit that names the mechanism: of codes that share it, a place gets the surest one alone."""
        return self.code[4]


def rule(
    name: str,
    *,
    on: type[Event] | tuple[type[Event], ...],
    claims: ErrorKind | Harm | tuple[ErrorKind | Harm, ...] = (),
    since: str = "0.1.0",
    advice: tuple[Advice, ...] = (),
    fixes: tuple[FixKind, ...] = (),
    fix_safety: FixSafety = "none",
    yields_to: str = "",
) -> Callable[[Callable[[Any], Diagnosis | None]], Rule]:
    """Make a rule of the function that checks an event of the types `on`.

    Its code is the name of its module, its summary the first line of the module's docstring.
    """

    def made_of(check: Callable[[Any], Diagnosis | None]) -> Rule:
        code = check.__module__.rpartition(".")[2].upper()
        summary = (sys.modules[check.__module__].__doc__ or "").partition("\n")[0]
        events = on if isinstance(on, tuple) else (on,)
        claimed = claims if isinstance(claims, tuple) else (claims,)
        return Rule(code, name, summary, check, events, claimed, since, advice, fixes, fix_safety, yields_to)

    return made_of

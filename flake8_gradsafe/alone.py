"""What a file tells by itself, where it is not settled by the run that follows its imports.

Code of other files may end every path, or open conditions that have nothing to do with what happens in the file itself. With
more in sight, no less is said: what was never reached, or stands behind such a condition alone, is looked at once more without.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import statements_in
from flake8_gradsafe.interpreter.consensus import OF_THE_PATH
from flake8_gradsafe.rules import listening
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.rules.rule import Diagnosis, Rule
    from flake8_gradsafe.syntax.module import Module


@dataclass(slots=True)
class Settled:
    """What the run that follows the imports has settled: the statements that it has `executed`, by `id()`, its events, and the
    reports of them. `skippable` are the functions that it need not enter.
    """

    executed: set[int]
    events: list[Event]
    reports: list[tuple[Rule, Diagnosis]]
    skippable: frozenset[str]
    _unreached: set[int] = field(default_factory=set)
    _conditional: set[int] = field(default_factory=set)

    def leaves_open(self, module: Module, hunted: frozenset[str]) -> bool:
        """Whether anything in the file was not reached, or was found on some paths alone."""
        missed = [code for name, code in _functions_in(module.body) if self._is_missed(name, code)]
        self._unreached = {line for code in missed for line in _lines_of(code)}
        told = {_line(report.place) for _, report in self.reports}
        self._conditional = {_line(report.place) for report in _on_some_path(self.events, hunted)} - told
        return bool(self._unreached or self._conditional)

    def lets_stand(self, rule: Rule, report: Diagnosis) -> bool:
        """Whether a report of the file by itself says what the run with its imports has left open."""
        line = _line(report.place)
        return line in self._unreached or (line in self._conditional and not rule.proven)

    def _is_missed(self, name: str, code: ir.Function) -> bool:
        """Whether nothing of a function was run that should have been."""
        return code.concerns_us and name not in self.skippable and self.executed.isdisjoint(map(id, code.body))


def _functions_in(body: ir.Body, owner: str = "") -> Iterator[tuple[str, ir.Function]]:
    """The functions and methods of a body, with the names by which the prefilter knows them."""
    for statement in body:
        if isinstance(statement, ir.Class):
            yield from _functions_in(statement.body, f"{statement.name}.")
        elif isinstance(statement, ir.Function):
            yield f"{owner}{statement.name}", statement


def reports_if_on_all_paths(event: Event, hunted: frozenset[str]) -> Iterator[Diagnosis]:
    """The reports that there would be of an event if what happens on some path did on all."""
    certain = replace(event, premises=event.premises - OF_THE_PATH)
    reports = (rule.check(certain) for rule in listening(event) if rule.code in hunted)
    return (report for report in reports if report is not None)


def _on_some_path(events: Iterable[Event], hunted: frozenset[str]) -> Iterator[Diagnosis]:
    for event in events:
        if not event.premises.isdisjoint(OF_THE_PATH):
            yield from reports_if_on_all_paths(event, hunted)


def _lines_of(code: ir.Function) -> Iterator[int]:
    for statement in statements_in(code.body):
        first = _line(statement.place)
        yield from range(first, (getattr(statement.place, "end_lineno", None) or first) + 1)


def _line(place: object) -> int:
    return getattr(place, "lineno", 0)

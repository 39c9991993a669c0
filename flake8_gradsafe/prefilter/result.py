"""The result of the prefilter: whether a file has to be run at all, and which of its functions need not be entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.prefilter.call_graph import skippable_functions
from flake8_gradsafe.prefilter.triage import Triage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.prefilter.effects import Summary
    from flake8_gradsafe.syntax.module import Module


@dataclass(frozen=True, slots=True)
class TriageResult:
    """The result for one file. `suspicious`: something in it may be a finding that is more than advice.

    `skippable` are the functions, by `name` or `Class.name`, from which no run comes to it. `of_others`: all that is suspicious
    stands in other files.
    """

    suspicious: bool
    of_others: bool = False
    skippable: frozenset[str] = frozenset()


def triage(module: Module, known: Mapping[str, Summary] | None = None) -> TriageResult:
    """Look through a file's program. `known` are summaries of its functions, if there are any."""
    try:
        found = Triage(module, known)
        suspects = list(found.suspicious_functions())
        of_others = found.index.others.issuperset(suspects)
        if of_others and not found.adds_to(suspects):
            return TriageResult(suspicious=False)
        skippable = skippable_functions(found.call_graph, suspects)
        return TriageResult(skippable is not None, of_others, skippable or frozenset())
    except RecursionError:
        return TriageResult(suspicious=True)

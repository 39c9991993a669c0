"""What the scout says of a file: whether it has to be read at all, and where it need not be entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.scouting.entering import passed_over
from flake8_gradsafe.scouting.scout import Scout

if TYPE_CHECKING:
    import ast


@dataclass(frozen=True, slots=True)
class Report:
    """`suspicious`: something in the file may be a finding that is more than advice.

    `passed_over` are the functions, by `name` or `Class.name`, from which no run comes to it.
    """

    suspicious: bool
    passed_over: frozenset[str] = frozenset()


def scouted(source: str, tree: ast.Module) -> Report:
    """Look through a file, given as its text and CPython's tree of it."""
    try:
        scout = Scout(source, tree)
        suspects = list(scout.suspects())
        return Report(bool(suspects), passed_over(scout, suspects) if suspects else frozenset())
    except RecursionError:
        return Report(suspicious=True)

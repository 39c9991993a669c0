"""`x.detach_()` as a statement is `x = x.detach()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.finding import Fix
from flake8_gradsafe.fixes.parameters import is_state
from flake8_gradsafe.fixes.rebinding import call_alone, target
from flake8_gradsafe.fixes.sight import is_missed
from flake8_gradsafe.rules.fix_kinds import REBIND_DETACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Diagnosis, Rule


def offer(source: Source, found: Sequence[tuple[Rule, Diagnosis]]) -> list[Fix | None]:
    """A fix for each report of a `detach_()`."""
    return [_fix(source, report.place) for _, report in found]


def _fix(source: Source, place: object) -> Fix | None:
    found = call_alone(source, place, "detach_")
    if found is None:
        return None
    _, function, statement = found
    # A leaf has its gradient with it, which another object under its name would not have.
    bound = None if is_state(source, function.value) else target(source, function.value, statement)
    if bound is None or (bound.why and is_missed(source, function.value, statement)):
        return None
    start = source.location(statement)
    edits = (
        source.inserted(start.line, start.column, f"{bound.text} = "),
        source.replaced(function.attr, "detach"),
    )
    return Fix(REBIND_DETACHED.title, edits, not bound.why, bound.why)

"""`x.detach_()` as a statement is `x = x.detach()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.finding import Fix
from flake8_gradsafe.fixes.parameters import is_state
from flake8_gradsafe.fixes.rebinding import target
from flake8_gradsafe.rules.remedies import REBIND_DETACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Report, Rule


def offer(source: Source, found: Sequence[tuple[Rule, Report]]) -> list[Fix | None]:
    """A fix for each report of a `detach_()`."""
    return [_fix(source, report.place) for _, report in found]


def _fix(source: Source, place: object) -> Fix | None:
    if (
        not isinstance(place, cst.Call)
        or not isinstance(place.func, cst.Attribute)
        or place.func.attr.value != "detach_"
    ):
        return None
    statement = source.line_of(place)
    if statement is None or not isinstance(source.parent(place), cst.Expr) or place.lpar:
        return None
    # A leaf has its gradient with it, which another object under its name would not have.
    bound = None if is_state(source, place.func.value) else target(source, place.func.value, statement)
    if bound is None:
        return None
    start = source.location(place)
    edits = (
        source.inserted(start.line, start.column, f"{bound.text} = "),
        source.replaced(place.func.attr, "detach"),
    )
    return Fix(REBIND_DETACHED.title, edits, not bound.why, bound.why)

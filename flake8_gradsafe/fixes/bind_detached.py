"""`h.detach()` as a statement, whose result is dropped, is `h = h.detach()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.finding import Fix
from flake8_gradsafe.fixes.rebinding import target
from flake8_gradsafe.rules.remedies import BIND_DETACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Report, Rule


def offer(source: Source, found: Sequence[tuple[Rule, Report]]) -> list[Fix | None]:
    """A fix for each report of a result that is dropped, and read later under the same name."""
    return [_fix(source, report.place) for _, report in found]


def _fix(source: Source, place: object) -> Fix | None:
    if (
        not isinstance(place, cst.Call)
        or not isinstance(place.func, cst.Attribute)
        or place.func.attr.value != "detach"
    ):
        return None
    statement = source.line_of(place)
    if statement is None or not isinstance(source.parent(place), cst.Expr) or place.lpar:
        return None
    bound = target(source, place.func.value, statement)
    if bound is None or (bound.life is not None and not bound.life.read_later):
        return None
    start = source.location(place)
    edit = source.inserted(start.line, start.column, f"{bound.text} = ")
    why = f"what is computed from {bound.text} below no longer reaches what {bound.text} was computed from"
    return Fix(BIND_DETACHED.title, (edit,), safe=False, why=why)

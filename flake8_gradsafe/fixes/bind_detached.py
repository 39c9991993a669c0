"""`h.detach()` as a statement, whose result is dropped, is `h = h.detach()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.finding import Fix
from flake8_gradsafe.fixes.rebinding import call_alone, target
from flake8_gradsafe.rules.fix_kinds import BIND_DETACHED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Diagnosis, Rule


def offer(source: Source, found: Sequence[tuple[Rule, Diagnosis]]) -> list[Fix | None]:
    """A fix for each report of a result that is dropped, and read later under the same name."""
    return [_fix(source, report.place) for _, report in found]


def _fix(source: Source, place: object) -> Fix | None:
    found = call_alone(source, place, "detach")
    if found is None:
        return None
    _, function, statement = found
    bound = target(source, function.value, statement)
    if bound is None or (bound.life is not None and not bound.life.read_later):
        return None
    start = source.location(statement)
    edit = source.inserted(start.line, start.column, f"{bound.text} = ")
    why = f"what is computed from {bound.text} below no longer reaches what {bound.text} was computed from"
    return Fix(BIND_DETACHED.title, (edit,), safe=False, why=why)

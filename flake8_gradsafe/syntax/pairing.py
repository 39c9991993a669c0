"""Two programs of one text, element by element: which place in one is which in the other."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.syntax.lowering import Body
    from flake8_gradsafe.syntax.program import Place


def paired(ours: Body, theirs: Body) -> dict[int, Place] | None:
    """Their places by the `id()` of ours; None where the programs are not the same but for their places.

    The text between the expressions of an f-string may be spelled in more than one way.
    """
    places: dict[int, Place] = {}
    pending: list[tuple[object, object]] = [(ours, theirs)]
    while pending:
        mine, its = pending.pop()
        if type(mine) is not type(its):
            return None
        if isinstance(mine, tuple) and isinstance(its, tuple):
            if len(mine) != len(its):
                return None
            pending += zip(mine, its, strict=True)
            continue
        kind: type = type(mine)
        names = _fields_of(kind)
        if not names and mine != its:
            return None
        for name in names:
            one, other = getattr(mine, name), getattr(its, name)
            if name == "place":
                if places.setdefault(id(one), other) is not other:
                    return None
            else:
                pending.append((_told(mine, one), _told(its, other)))
    return places


@cache
def _fields_of(kind: type) -> tuple[str, ...]:
    """The fields of a program's elements; of anything else, none."""
    return tuple(each.name for each in fields(kind)) if is_dataclass(kind) else ()


def _told(element: object, value: object) -> object:
    """What a field has to have in common."""
    if isinstance(element, ir.Formatted) and isinstance(value, tuple):
        return tuple(part for part in value if not isinstance(part, ir.Constant))
    return value

"""Where a file has to be entered, so that every run which comes to one of these functions is made."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from flake8_gradsafe.scouting.units import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.scouting.scout import Scout
    from flake8_gradsafe.scouting.units import Unit


def passed_over(scout: Scout, suspects: Iterable[Unit]) -> frozenset[str]:
    """The functions, by `name` or `Class.name`, from which no call leads to a suspect. Of a name that is given twice, none."""
    reaching = _reaching(scout, list(suspects))
    names = {_qualified(unit) for unit in reaching}
    return frozenset(
        qualified
        for unit in scout.functions
        if (qualified := _qualified(unit)) not in names and not _is_defined_again(unit, scout)
    )


def _qualified(unit: Unit) -> str:
    return unit.name if unit.owner is None else f"{unit.owner.name}.{unit.name}"


def _is_defined_again(unit: Unit, scout: Scout) -> bool:
    """Whether another function has this name, perhaps inside of one: a name alone does not tell them apart."""
    return unit.owner is None and scout.definitions[unit.name] > 1


def _reaching(scout: Scout, suspects: list[Unit]) -> set[Unit]:
    """The suspects, and all functions from which calls may lead to them."""
    found, pending = set(suspects), list(suspects)
    while pending:
        for caller in _callers(scout, pending.pop()):
            if caller not in found:
                found.add(caller)
                pending.append(caller)
    return found


def _callers(scout: Scout, unit: Unit) -> Iterator[Unit]:
    """What may call a function: by its name; for what runs when an object is called or used, all that may have one."""
    if unit is scout.body:
        carried = set(_carried(unit.node, scout))
        yield from (each for each in scout.functions if not carried.isdisjoint(each.names))
    elif not unit.is_function:
        yield from ()
    elif unit.owner is not None and (unit.name == "forward" or unit.name.startswith("__")):
        yield from _holders(scout, unit.owner.name)
        yield from (each for each in unit.owner.parts if each.is_function)
    else:
        yield from (each for each in scout.leaves if unit.name in each.names)


def _carried(node: ast.AST, scout: Scout) -> Iterator[str]:
    """The names under which the statements of a module hand on what a run has left: not those of imports and constants."""
    for each in ast.iter_child_nodes(node):
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield each.name
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif not isinstance(each, (ast.Assign, ast.AnnAssign)) or _may_hold_tensors(each.value, scout):
            yield from _carried(each, scout)


def _may_hold_tensors(value: ast.expr | None, scout: Scout) -> bool:
    """Whether a value is made by anything but constants and what comes from modules that make no tensors."""
    names = {each.id for each in walk(value) if isinstance(each, ast.Name)} if value is not None else set()
    return any(scout.imported.get(name, "").partition(".")[0] in _MAKING_TENSORS for name in names - _BUILTIN)


#: Where tensors come from: what has no origin is the file's own.
_MAKING_TENSORS = frozenset({"", "torch", "numpy"})
_BUILTIN = frozenset(dir(builtins)) | {"__file__"}


def _holders(scout: Scout, name: str) -> Iterator[Unit]:
    """All that may have an object of a class: what names it or a class that derives from it, and what is in the same object."""
    for derived in (name, *(each for each, bases in scout.bases.items() if name in bases)):
        for unit in scout.leaves:
            if derived in unit.names:
                yield unit
                if unit.owner is not None:
                    yield from (each for each in unit.owner.parts if each.is_function)

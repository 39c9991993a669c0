"""Definitions of which one is picked by a name, or a key, that is not known: a table of models, a module of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.values import ClassValue, FunctionValue, LinkedModuleValue, Value
from flake8_gradsafe.syntax.queries import last_name, methods_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeGuard

    from flake8_gradsafe.interpreter.domain.state import State

#: More choices than these are not followed one by one.
MAX_CHOICES = 3


def definitions_in(owner: Value, state: State) -> tuple[Value, ...]:
    """The modules and functions of a module of the project that a name which is not known may stand for, if they are few.

    Those that the others use are parts of these.
    """
    if not isinstance(owner, LinkedModuleValue):
        return ()
    named = state.frames[owner.frame].items()
    made = [value for name, value in named if name[0] not in "_(" and _is_choice(value)]
    used = {name for value in made for name in _names_used_by(value)}
    return few_choices([value for value in made if value.code.name not in used])


def few_choices(values: Iterable[Value]) -> tuple[Value, ...]:
    """Values of which one is picked, where all can be called, and are few enough to follow them all."""
    found = tuple(values)
    return found if len(found) <= MAX_CHOICES and all(map(_is_choice, found)) else ()


def _is_choice(value: Value) -> TypeGuard[FunctionValue | ClassValue]:
    return isinstance(value, FunctionValue) or (isinstance(value, ClassValue) and value.kind == "module")


def _names_used_by(value: FunctionValue | ClassValue) -> frozenset[str]:
    """The names in the code of a function or of a class's methods."""
    if isinstance(value, FunctionValue):
        return value.code.mentions - {value.code.name}
    bases = frozenset(last_name(base) for base in value.code.bases)
    return bases.union(*(method.mentions for method in methods_of(value.code))) - {value.code.name}

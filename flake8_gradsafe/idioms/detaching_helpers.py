"""Functions that do nothing but give back what they are given, detached: called as a statement, they have no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import statements_in, values_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What such a function may call besides itself: it looks at values, or puts them together anew.
_HARMLESS = frozenset(
    "isinstance is_tensor tuple list dict type len map zip hasattr items keys values append detach clone cpu float "
    "data_ptr requires_grad enumerate range Variable to getattr namedtuple issubclass callable".split()
)


def detaching_helpers(functions: Iterable[ir.Function]) -> frozenset[str]:
    """The names under which the file has such functions, and no others."""
    detaching: set[str] = set()
    others: set[str] = set()
    for function in functions:
        (detaching if _only_detaches(function) else others).add(function.name)
    return frozenset(detaching - others)


def dropped_results(body: Iterable[ir.Statement], helpers: frozenset[str]) -> Iterator[ir.Call]:
    """The calls of such functions that stand as statements of their own."""
    for statement in statements_in(body):
        call = statement.value if isinstance(statement, ir.Evaluate) else None
        if isinstance(call, ir.Call) and is_dropped(call, helpers):
            yield call


def is_dropped(call: ir.Call, helpers: frozenset[str]) -> bool:
    """Whether a call that stands as a statement is one of such a function, or of a method of such a name."""
    return bool(call.arguments) and last_name(call.function) in helpers


def is_own(call: ir.Call) -> bool:
    """Whether a call is of a function by its name, or of a method of `self`: no other object has to be known for that."""
    function = call.function
    return not isinstance(function, ir.Attribute) or (
        isinstance(function.value, ir.Name) and function.value.id == "self"
    )


def _only_detaches(function: ir.Function) -> bool:
    if not function.mentions & {"detach", "data"} or function.generates:
        return False
    returned = False
    for statement in statements_in(function.body):
        if isinstance(statement, ir.Assign):
            if not all(isinstance(target, ir.Name) for target in statement.targets):
                return False
        elif isinstance(statement, ir.Return):
            returned |= statement.value is not None and _detaches(statement.value)
        elif not isinstance(statement, (ir.Evaluate, ir.Branch, ir.Loop)):
            return False
        if not all(map(_is_harmless, _calls_in(statement, function.name))):
            return False
    return returned


def _calls_in(statement: ir.Statement, own_name: str) -> Iterator[ir.Call]:
    for value in values_of(statement):
        for part in within(value):
            if isinstance(part, ir.Call) and last_name(part.function) != own_name:
                yield part


def _is_harmless(call: ir.Call) -> bool:
    return last_name(call.function) in _HARMLESS


def _detaches(value: ir.Expression) -> bool:
    """Whether a value holds what is detached by `detach()` or `.data`."""
    return any(isinstance(part, ir.Attribute) and part.attr in {"detach", "data"} for part in within(value))

"""Where `detach_()` is called, and whether the code around it still uses the tensor that it cuts off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import statements_in, values_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.autograd.tensor import Place

#: A function of such a name cuts off what it is given on purpose.
_ON_PURPOSE = re.compile(r"detach|repackag|truncat|stop_?grad", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CutSite:
    """A call of `detach_()` on `name`, or on something that this name leads to; `direct`: on what the name itself holds.

    `bare`: its value is not used. `used_later`: what the name, or what it goes through, holds is mentioned later in the same
    body, before it is bound anew. `returned`: the body returns what is cut off.
    """

    name: str
    bare: bool
    used_later: bool
    returned: bool
    direct: bool = True

    @property
    def is_called_for_its_value(self) -> bool:
        """Whether the value of the call is used, and later the tensor as well."""
        return self.used_later and not self.bare

    @property
    def may_cut_what_is_used(self) -> bool:
        """Whether the tensor may be in use: here, or where it came from."""
        return bool(self.name) and (self.is_called_for_its_value or not self.returned)


def is_named_for_cutting(function: ir.Function) -> bool:
    """Whether the name of a function says that it cuts off what it is given."""
    return _ON_PURPOSE.search(function.name) is not None


def does_nothing_but_cut(function: ir.Function) -> bool:
    """Whether a function does nothing but to cut off what it is given."""
    return all(_only_cuts(statement, function.name) for statement in statements_in(function.body))


def _only_cuts(statement: ir.Statement, function: str) -> bool:
    """Whether a statement does nothing but to cut off, to call its own function again, or to lead to such statements."""
    if isinstance(statement, (ir.Evaluate, ir.Return)):
        value = statement.value
        return not isinstance(value, ir.Call) or last_name(value.function) in {"detach_", function}
    if isinstance(statement, ir.Assign):
        return not any(isinstance(part, ir.Call) for value in values_of(statement) for part in within(value))
    return isinstance(statement, (ir.Loop, ir.Branch))


def cut_sites(body: Iterable[ir.Statement]) -> dict[Place, CutSite]:
    """The calls of `detach_()` in a body by their place, without those in functions and classes that stand in it."""
    statements = list(statements_in(body))
    sites: dict[Place, CutSite] = {}
    for index, statement in enumerate(statements):
        for call, sources in _cuts_in(statement):
            name = _root(call)
            names = {name, *sources} - {""}
            bound = _binds(statement, name)
            beside = sum(_is_named(part, name) for value in values_of(statement) for part in within(value)) > 1
            sites[call.place] = CutSite(
                name,
                bare=isinstance(statement, ir.Evaluate) and statement.value is call,
                used_later=not bound and (beside or any(_is_used(each, statements[index + 1 :]) for each in names)),
                returned=any(isinstance(each, ir.Return) and _hands_back(each.value, name) for each in statements),
                direct=isinstance(call.function, ir.Attribute) and isinstance(call.function.value, ir.Name),
            )
    return sites


def _cuts_in(statement: ir.Statement) -> Iterator[tuple[ir.Call, tuple[str, ...]]]:
    """The calls in a statement, each with the names that the comprehension goes through whose name it is called on."""
    for value in values_of(statement):
        clauses = [clause for part in within(value) if isinstance(part, ir.Comprehension) for clause in part.clauses]
        for part in within(value):
            if (
                isinstance(part, ir.Call)
                and isinstance(part.function, ir.Attribute)
                and part.function.attr == "detach_"
            ):
                through = [each for each in clauses if _is_named(each.target, _root(part))]
                yield (
                    part,
                    tuple(each.id for clause in through for each in within(clause.source) if isinstance(each, ir.Name)),
                )


def _root(call: ir.Call) -> str:
    """The name that the receiver of a method is, or is an item of; empty where it is made on the spot, or an attribute."""
    receiver = call.function.value if isinstance(call.function, ir.Attribute) else None
    while isinstance(receiver, ir.Subscript):
        receiver = receiver.value
    return receiver.id if isinstance(receiver, ir.Name) else ""


def _is_named(node: ir.Expression | None, name: str) -> bool:
    return isinstance(node, ir.Name) and node.id == name


def _hands_back(value: ir.Expression | None, name: str) -> bool:
    """Whether a value is what a name holds, one of several that are, or that tensor by way of `detach_()`."""
    if isinstance(value, ir.Sequence):
        return any(_hands_back(item, name) for item in value.items)
    return _is_named(value, name) or (isinstance(value, ir.Call) and _root(value) == name and not value.arguments)


def _mentions(statement: ir.Statement, name: str) -> bool:
    return any(_is_named(part, name) for value in values_of(statement) for part in within(value))


def _is_used(name: str, later: Iterable[ir.Statement]) -> bool:
    """Whether a name is read before it is bound anew."""
    for statement in later:
        if _mentions(statement, name):
            return True
        if _binds(statement, name):
            return False
    return False


def _binds(statement: ir.Statement, name: str) -> bool:
    """Whether a statement binds a name anew."""
    targets: tuple[ir.Expression | None, ...] = ()
    if isinstance(statement, ir.Assign):
        targets = statement.targets
    elif isinstance(statement, ir.Loop):
        targets = (statement.target,)
    return any(_is_named(part, name) for target in targets if target is not None for part in within(target))

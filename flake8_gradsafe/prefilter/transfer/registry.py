"""The registry of transfer functions for expressions, statements and method calls, and the way into any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from flake8_gradsafe.prefilter.points_to import EMPTY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.prefilter.points_to import Locations, PointsTo
    from flake8_gradsafe.syntax import program as ir

ExpressionTransfer: TypeAlias = "Callable[[Any, Any], Locations]"
StatementTransfer: TypeAlias = "Callable[[Any, Any], None]"
MethodTransfer: TypeAlias = "Callable[[PointsTo, ir.Call, ir.Attribute, Locations], Locations]"

_Expression = TypeVar("_Expression", bound=ExpressionTransfer)
_Statement = TypeVar("_Statement", bound=StatementTransfer)
_Method = TypeVar("_Method", bound=MethodTransfer)

_EXPRESSIONS: dict[type[ir.Expression], ExpressionTransfer] = {}
_STATEMENTS: dict[type[ir.Statement], StatementTransfer] = {}
#: The functions that go through calls of methods, by the methods' names; they get the receiver's memory.
METHODS: dict[str, MethodTransfer] = {}


def expression(*kinds: type[ir.Expression]) -> Callable[[_Expression], _Expression]:
    """Register a transfer function for expressions of these kinds; it returns the memory that their values may share."""

    def register(transfer: _Expression) -> _Expression:
        _EXPRESSIONS.update(dict.fromkeys(kinds, transfer))
        return transfer

    return register


def statement(*kinds: type[ir.Statement]) -> Callable[[_Statement], _Statement]:
    """Register a transfer function for statements of these kinds."""

    def register(transfer: _Statement) -> _Statement:
        _STATEMENTS.update(dict.fromkeys(kinds, transfer))
        return transfer

    return register


def method(*names: str) -> Callable[[_Method], _Method]:
    """Register a transfer function for calls of methods of these names."""

    def register(transfer: _Method) -> _Method:
        METHODS.update(dict.fromkeys(names, transfer))
        return transfer

    return register


def locations(flow: PointsTo, node: ir.Expression) -> Locations:
    """The memory that an expression's value may share."""
    transfer = _EXPRESSIONS.get(type(node))
    return EMPTY if transfer is None else transfer(flow, node)


def locations_of(flow: PointsTo, nodes: Iterable[ir.Expression]) -> Locations:
    """The memory that the value of any of these expressions may share."""
    memory = EMPTY
    for node in nodes:
        memory |= locations(flow, node)
    return memory


def run(flow: PointsTo, body: Iterable[ir.Statement]) -> None:
    """Go through a block, as it is written."""
    for inner in body:
        written = flow.written.get(inner, inner)
        transfer = _STATEMENTS.get(type(written))
        if transfer is not None:
            transfer(flow, written)

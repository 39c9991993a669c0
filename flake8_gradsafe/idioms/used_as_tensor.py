"""Names that a body hands to functions of PyTorch, which take nothing but tensors there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import statements_in, values_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, within

if TYPE_CHECKING:
    from collections.abc import Iterator

_FUNCTIONS = frozenset({"torch", "F"})
#: Of these, one hands over other objects as well.
_OF_ANYTHING = frozenset({"save", "is_tensor", "tensor", "as_tensor", "compile"})


def is_used_as_tensor(body: ir.Body, node: ir.Expression) -> bool:
    """Whether a name is, in the same body, an operand of what a function of PyTorch is given."""
    if not isinstance(node, ir.Name):
        return False
    values = (value for statement in statements_in(body) for value in values_of(statement))
    calls = (part for value in values for part in within(value) if isinstance(part, ir.Call))
    return any(_takes_tensors(call) and node.id in set(_operands_of(call)) for call in calls)


def _takes_tensors(call: ir.Call) -> bool:
    chain = chain_of(call.function)
    return len(chain) == 2 and chain[0] in _FUNCTIONS and chain[1] not in _OF_ANYTHING and chain[1].islower()


def _operands_of(call: ir.Call) -> Iterator[str]:
    """The names that a call is given as they are, in sums and products, or side by side."""
    pending = [argument.value for argument in call.arguments[:2] if not argument.star]
    while pending:
        node = pending.pop()
        if isinstance(node, ir.Name):
            yield node.id
        elif isinstance(node, ir.Binary):
            pending += [node.left, node.right]
        elif isinstance(node, ir.Sequence):
            pending += node.items

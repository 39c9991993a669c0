"""Penalties on gradients that are given without a graph: what is computed of `autograd.grad` is a constant of the loss."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import calls_in, statements_in, values_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, last_name, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.syntax.program import Place

#: Names of functions that compute what is added to a loss to hold gradients small.
_PENALTY = re.compile(
    r"(?:^|_)(?:grad(?:ient)?_?)?(?:penalty|penali[sz]e|pen|gp|r1|r2)(?:_|$)|(?:^|_)r[12]_?reg|grad\w*_reg|lipschitz|path_?(?:length|reg)|"
    r"grad\w*penalty",
    re.IGNORECASE,
)
#: What reads numbers, or cuts off.
_CUTTING = frozenset({"detach", "item", "numpy", "tolist", "data", "cpu"})


class ConstantPenalty(NamedTuple):
    """A function returns what it computes of the gradients that the call at `place` gives, which have no graph.

    `used` is where the file calls the function for its value, or where that is returned.
    """

    place: Place
    used: Place


def constant_penalties(functions: Iterable[ir.Function], bodies: Iterable[ir.Body]) -> Iterator[ConstantPenalty]:
    """The penalties that these functions compute so; `bodies` may call them."""
    penalties = [function for function in functions if "grad" in function.calls and _PENALTY.search(function.name)]
    if not penalties:
        return
    called = {last_name(call.function): call.place for body in bodies for call in calls_in(body)}
    for function in penalties:
        for call, returned in _given_without_graph(function):
            yield ConstantPenalty(call.place, called.get(function.name, returned.place))


def _given_without_graph(function: ir.Function) -> Iterator[tuple[ir.Call, ir.Expression]]:
    """The calls of `autograd.grad` that make no graph, of which the function computes something that it returns."""
    if any("no_grad" in names_in(decorator) for decorator in function.decorators):
        return
    statements = list(statements_in(function.body))
    returned = [each.value for each in statements if isinstance(each, ir.Return) and each.value and not each.raises]
    for statement in statements:
        for value in values_of(statement):
            for call in within(value):
                if isinstance(call, ir.Call) and _makes_no_graph(call):
                    bound = _bound_by(statement)
                    result = next((each for each in returned if _depends(each, bound, statements)), None)
                    if result is not None:
                        yield call, result


def _makes_no_graph(call: ir.Call) -> bool:
    """Whether a call is one of `autograd.grad` that is not told to make a graph."""
    chain = chain_of(call.function)
    if chain[-1:] != ("grad",) or not (len(chain) == 1 or chain[-2:-1] == ("autograd",)) or len(call.arguments) < 2:
        return False
    if any(argument.star for argument in call.arguments):
        return False
    asked = next((argument.value for argument in call.arguments if argument.name == "create_graph"), None)
    return asked is None or (isinstance(asked, ir.Constant) and asked.value is False)


def _bound_by(statement: ir.Statement) -> set[str]:
    targets = statement.targets if isinstance(statement, ir.Assign) else ()
    return {name for target in targets for name in names_in(target)} - {"self"}


def _depends(value: ir.Expression, names: set[str], statements: list[ir.Statement]) -> bool:
    """Whether a value is computed of what has one of these names, and it is not the gradient itself that is given back."""
    grown, reaching = bool(names), set(names)
    while grown:
        more: set[str] = set()
        for each in statements:
            if isinstance(each, (ir.Assign, ir.Augmented)) and each.value is not None:
                inside = names_in(each.value)
                if not reaching.isdisjoint(inside) and _CUTTING.isdisjoint(inside):
                    targets = each.targets if isinstance(each, ir.Assign) else (each.target,)
                    more |= {name for target in targets for name in names_in(target)} - {"self"}
        grown = not more <= reaching
        reaching |= more
    inside = names_in(value)
    computed = not isinstance(value, (ir.Name, ir.Subscript)) or last_name(value) not in names
    return computed and not reaching.isdisjoint(inside) and _CUTTING.isdisjoint(inside)

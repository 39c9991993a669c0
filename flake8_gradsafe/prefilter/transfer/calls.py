"""Calls of methods, of functions of libraries, and of names: what they give of what they are given."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import arrays, einops, library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.effects import STARRED, Summary
from flake8_gradsafe.prefilter.points_to import EMPTY, LEAF, UNKNOWN, Locations
from flake8_gradsafe.prefilter.transfer.own_calls import call_inner, call_own, hand_to_inner
from flake8_gradsafe.prefilter.transfer.registry import METHODS, expression, locations
from flake8_gradsafe.prefilter.transfer.results import result_of_operator
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.prefilter.points_to import PointsTo


@expression(ir.Call)
def _call(flow: PointsTo, node: ir.Call) -> Locations:
    function = node.function
    given = [locations(flow, argument.value) for argument in queries.positional(node)]
    named: dict[str, Locations] = {}
    for keyword in queries.keywords(node):
        for name, memory in _given_by_name(flow, keyword):
            named[name] = named.get(name, EMPTY) | memory
    if flow.inner:
        hand_to_inner(flow, node, given, named)
    if isinstance(function, ir.Attribute):
        root = queries.root_of(function)
        if root in flow.imported and root not in flow.names:
            path = f"{flow.imported[root] or root}{queries.dotted(function)[len(root) :]}"
            return _library_call(flow, node, path, given, named)
        return _method(flow, node, function, given, named)
    if isinstance(function, ir.Name):
        return _named_call(flow, node, function, given, named)
    locations(flow, function)
    return call_own(flow, node, flow.around.calling(function), given, named)


def _given_by_name(flow: PointsTo, keyword: ir.Argument) -> Iterator[tuple[str, Locations]]:
    """The name of an argument and what it is; for a dict, those of its items where all are known."""
    value = keyword.value
    if keyword.name is not None:
        yield keyword.name, locations(flow, value)
    elif isinstance(value, ir.Name) and (keys := flow.keys.get(value.id)) is not None:
        yield from ((key, flow.names[value.id]) for key in keys)
    else:
        yield STARRED, locations(flow, value)


def _library_call(
    flow: PointsTo, node: ir.Call, path: str, given: list[Locations], named: dict[str, Locations]
) -> Locations:
    """Go through a call of a function that comes from a module."""
    origin, name = path.partition(".")[0], path.rpartition(".")[2]
    if origin == "math":
        return EMPTY
    if path in library.VECTOR_TO_PARAMETERS and len(given) > 1:
        flow.found.seen |= flow.innermost(given[1])
        flow.write(given[1])
        return EMPTY
    if path in einops.FUNCTIONS and given:
        return result_of_operator(flow, _OF_EINOPS, given, named, node)
    if origin == "numpy":
        return _array_call(flow, name, given, named)
    summary = flow.operations.function(path)
    if summary is None:
        return _unknown_call(flow, node, name, given, seen=origin == "torch")
    if given:
        flow.found.seen |= flow.innermost(given[0])
    return result_of_operator(flow, summary, given, named, node, seen=True)


def _array_call(flow: PointsTo, name: str, given: list[Locations], named: dict[str, Locations]) -> Locations:
    """Go through a call of NumPy's: few of its functions give memory that they were given."""
    if f"numpy.{name}" in arrays.WRITERS and given:
        flow.write(given[0])
    if "out" in named:
        flow.write(named["out"])
    operands = EMPTY.union(*given, *named.values())
    if not operands:
        return EMPTY
    return operands if f"numpy.{name}" in library.TO_NUMPY else flow.result_of(EMPTY)


def _unknown_call(flow: PointsTo, node: ir.Call, name: str, given: list[Locations], *, seen: bool) -> Locations:
    """Go through a call of another file's code.

    A name that ends in `_` means in place, and nothing shows that the result was computed.
    """
    if queries.is_inplace(name):
        if given:
            flow.found.seen |= flow.innermost(given[0])
            flow.write(given[0], initialises=True)
        return given[0] if given else EMPTY
    if name in {"Parameter", "Variable"} or any(argument.name == "requires_grad" for argument in node.arguments):
        made = flow.new(seen=True)
        flow.found.graded |= made
        return LEAF | made
    made = flow.new(outside=name != "apply", seen=seen)  # what a custom Function gives is computed
    if name in _UNGRADED:
        flow.ungraded |= made
    if name in flow.operations.kinds:
        flow.found.graded |= made
    if name == "apply" and flow.without_grad:
        return made | UNKNOWN  # a custom Function may give a view
    return made


def _method(
    flow: PointsTo, node: ir.Call, function: ir.Attribute, given: list[Locations], named: dict[str, Locations]
) -> Locations:
    name = function.attr
    own = flow.around.calling(function)
    receiver = EMPTY if queries.is_own(function.value) else locations(flow, function.value)
    if own is not None:
        if not receiver or flow.operations.method(name) is None:
            return call_own(flow, node, own, given, named, receiver)
        call_own(flow, node, own, given, named)
    if name in queries.CONTAINING:
        taken = EMPTY.union(*given, *named.values())
        flow.store_into(function.value, taken)
        return receiver | taken
    special = METHODS.get(name)
    if special is not None:
        return special(flow, node, function, receiver)
    if name in library.PLAIN_METHODS:
        flow.tensors |= flow.innermost(receiver)
        return EMPTY
    given = [receiver, *given]
    plain = all(
        argument.name is None and not argument.star and queries.is_number(argument.value) for argument in node.arguments
    )
    summary = flow.operations.method(name, plain=plain) or flow.operations.method(name)
    if summary is None:
        made = _unknown_call(flow, node, name, given, seen=name in library.FACTORY_METHODS)
        if queries.is_own(function.value):
            _keep_for_layer(flow, given, made)
        return made
    if queries.is_inplace(name) or not _OF_TENSORS_ALONE.isdisjoint(named):
        flow.found.seen |= flow.innermost(receiver)
    return result_of_operator(flow, summary, given, named, node)


def _keep_for_layer(flow: PointsTo, given: list[Locations], made: Locations) -> None:
    """Note that a layer, which an attribute of `self` is that is called, may keep what it is given and what it gives."""
    memory = EMPTY.union(*given, made)
    flow.found.seen |= flow.innermost(memory)
    flow.mark_saved(memory)


def _named_call(
    flow: PointsTo, node: ir.Call, function: ir.Name, given: list[Locations], named: dict[str, Locations]
) -> Locations:
    name = function.id
    if name in flow.inner:
        return call_inner(flow, name, given, named)
    own = flow.around.calling(function, local=name in flow.names)
    if own is not None:
        return call_own(flow, node, own, given, named, flow.names.get(name, EMPTY))
    if name in flow.imported:
        return _library_call(flow, node, flow.imported[name] or name, given, named)
    if name in library.PLAIN_BUILTINS:
        return EMPTY
    if name == "getattr" and given:
        return flow.part(given[0], "*") | EMPTY.union(*given[2:])
    if name == "abs":
        return result_of_operator(flow, flow.operations.method("abs"), given, named)
    summary = None if hasattr(builtins, name) else flow.operations.function(name)
    everything = EMPTY.union(*given, *named.values())
    if summary is None:
        return everything
    return everything | result_of_operator(flow, summary, given, named, node, seen=True)


#: The functions of einops may give a view, and a reduction may keep both what it is given and what it gives.
_OF_EINOPS = Summary(("tensor",), saves=frozenset({"tensor"}), keeps_result=True, shares=frozenset({"tensor"}))

#: Arguments that only methods of tensors take.
_OF_TENSORS_ALONE = frozenset({"dim", "keepdim"})

#: Functions and methods of these names give what no gradient passes, whatever they are given.
_UNGRADED = library.COMPARISONS | library.FACTORY_METHODS | {path.rpartition(".")[2] for path in library.FACTORIES}

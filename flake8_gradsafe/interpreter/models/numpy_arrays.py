"""Functions of NumPy that are given arrays on tensors' memory: they write them, give views of them, or copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.values import NONE, Literal, TensorValue, Value
from flake8_gradsafe.interpreter.models.inplace import write_in_place
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.knowledge import arrays

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.call import CallContext
    from flake8_gradsafe.interpreter.domain.state import State


def call_numpy_function(call: CallContext) -> Value:
    """A function of NumPy: some write their first argument, all write what `out=` gives, some give views."""
    arguments, state, path = call.arguments, call.state, call.callee
    written = _written(arguments, path)
    ref = None if written is None else state.known_tensor(written)
    if ref is None or written is None:
        return _view(call) or unknown_call(path, arguments.all(), call.node, state)
    name = path.removesuffix(".at").rpartition(".")[2]
    method, bounds = arrays.CLAMPS.get(name, (name, ()))
    first, *rest = (*arguments.positional, NONE)
    source = state.known_tensor(first)
    itself = source is not None and state.autograd.tensors[source].storage == state.autograd.tensors[ref].storage
    given = dict(zip(bounds, rest, strict=False)) if bounds and itself else None
    where = arguments.keywords.get("where")
    write_in_place(call.interp, ref, method if itself else name, call.node, state, given=given, index=where)
    return written


def write_what_is_put_out(call: CallContext) -> None:
    """A method of something out of sight writes what it is given as `out`: `generator.standard_normal(out=array)`."""
    given = call.arguments.keywords.get("out")
    ref = None if given is None else call.state.known_tensor(given)
    if ref is not None and call.state.autograd.tensors[ref].counter is None:
        write_in_place(call.interp, ref, "out=", call.node, call.state)


def cast_array(call: CallContext, ref: int) -> Value:
    """`array.astype(dtype, copy=…)`: a copy, or, where that is not asked for, perhaps the array itself."""
    if call.arguments.keywords.get("copy") != Literal(False):
        return unknown_call("astype", call.arguments.all(), call.node, call.state, receiver=TensorValue(ref))
    fact = call.interp.run.operators.behaviour(call.interp.run.operators.methods["unsqueeze"], "input:T,dim:n")
    if fact is None:
        return call.state.unknown()
    aliases = tuple(replace(alias, sure=False) for alias in fact.aliases)
    (made,) = ops.apply(
        call.state.autograd, "astype", replace(fact, aliases=aliases), {"input": (ref,)}, call.node.place
    )
    return TensorValue(made)


def _written(arguments: Arguments, path: str) -> Value | None:
    """The argument that a function writes."""
    name = path.rpartition(".")[2]
    if "out" in arguments.keywords:
        return arguments.keywords["out"]
    if path in arrays.WRITERS or name == "at":
        return arguments.get(0, "dst")
    behind = arrays.OPERANDS.get(name)
    if behind is not None and path == f"numpy.{name}" and len(arguments.positional) > behind:
        return arguments.positional[behind]
    return None


def _view(call: CallContext) -> Value | None:
    """The view that a function gives of an array on a tensor's memory; None for any other function."""
    arguments, state = call.arguments, call.state
    name = call.callee.rpartition(".")[2]
    ref = state.known_tensor(arguments.positional[0]) if arguments.positional else None
    if ref is None or state.autograd.tensors[ref].counter is not None or call.callee != f"numpy.{name}":
        return None
    method = arrays.VIEWS.get(name)
    if method is not None:
        given = arguments.positional[1:] if method in arrays.GIVEN_ON else ()
        return call.interp.call_method(arguments.positional[0], method, Arguments(given), call.node, state)
    if name in arrays.SPLITS:
        return call.interp.call_method(
            arguments.positional[0], "chunk", Arguments(arguments.positional[1:2]), call.node, state
        )
    return view_somehow(call, ref, state) if name in arrays.OTHER_VIEWS else None


def view_somehow(call: CallContext, ref: int, state: State) -> Value:
    """A view of the whole of an array, whose axes are not followed."""
    table = call.interp.run.operators
    fact = table.behaviour(table.methods["unsqueeze"], "input:T,dim:n")
    if fact is None:
        return state.unknown()
    (made,) = ops.apply(state.autograd, "view", fact, {"input": (ref,)}, call.node.place)
    return TensorValue(made)

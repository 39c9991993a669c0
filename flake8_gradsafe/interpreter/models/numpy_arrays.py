"""Functions of NumPy that are given arrays on tensors' memory: they write them, give views of them, or copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.tensor import NO, Cut, Via
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import HasAxes
from flake8_gradsafe.interpreter.domain.values import NONE, Literal, TensorValue, Unknown, Value
from flake8_gradsafe.interpreter.models.inplace import write_in_place
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.knowledge import arrays, library

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.call import CallContext
    from flake8_gradsafe.interpreter.domain.state import State


def call_numpy_function(call: CallContext) -> Value:
    """A function of NumPy: some write their first argument, all write what `out=` gives, some give views."""
    arguments, state, path = call.arguments, call.state, call.callee
    written = _written(arguments, path)
    ref = None if written is None else state.known_tensor(written)
    if ref is None or written is None:
        made = _view(call) or _made(call) or unknown_call(path, arguments.all(), call.node, state)
        note_axes_of_array(call, made)
        return made
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


def note_axes_of_array(call: CallContext, result: Value) -> None:
    """Note how many axes an array has that is made of sizes: `numpy.zeros((4, 2))`, `generator.normal(size=(4, 2))`; or of
    another that was cast.
    """
    state, name, arguments = call.state, call.callee.rpartition(".")[2], call.arguments
    if not isinstance(result, Unknown):
        return
    cast = state.heap.fact(call.receiver.id, HasAxes) if isinstance(call.receiver, Unknown) else None
    if name in arrays.CASTS and cast is not None:
        state.heap.note(result.id, cast)
    elif name in arrays.SIZED:
        sizes = (
            arguments.keywords.get("size") or arguments.keywords.get("shape") or (*arguments.positional[:1], NONE)[0]
        )
        items = state.items_of(sizes)
        count = len(arguments.positional) if name in arrays.SIDE_BY_SIDE else None if items is None else len(items)
        if count:
            state.heap.note(result.id, HasAxes(count))


def cast_array(call: CallContext, ref: int) -> Value:
    """`array.astype(dtype, copy=…)`: a copy, or, where that is not asked for, perhaps the array itself."""
    if call.arguments.keywords.get("copy") != Literal(False):
        made = new_array((ref,), call.node.place, call.state)
        axes = call.state.heap.fact(ref, HasAxes)
        if axes is not None and isinstance(made, TensorValue):
            call.state.heap.note(made.ref, axes)
        return made
    return _view_somehow(call, ref, "astype", sure=False)


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
    return _view_somehow(call, ref, "view") if name in arrays.OTHER_VIEWS else None


def _made(call: CallContext) -> Value | None:
    """The array that a function makes of arrays on tensors' memory: numbers that are cut off. None for any other function."""
    state, name = call.state, call.callee.rpartition(".")[2]
    if name in arrays.NO_ARRAYS or call.callee in library.NUMPY_TOTALS:
        return None
    given = [ref for value in call.arguments.all() for ref in state.tensors_in(value)]
    sources = [ref for ref in given if state.autograd.tensors[ref].counter is None]
    return new_array(sources, call.node.place, state) if sources and len(sources) == len(given) else None


def new_array(sources: Iterable[int], place: Place, state: State) -> Value:
    """An array with memory of its own, made of others."""
    cuts = frozenset[Cut]().union(*(ops.cuts_of_read(state.autograd, ref, place) for ref in sources))
    ref = state.autograd.new(NO, place, cuts=cuts)
    state.autograd.tensors[ref] = state.autograd.tensors[ref]._replace(counter=None, via=Via.NUMPY)
    return TensorValue(ref)


def _view_somehow(call: CallContext, ref: int, name: str, *, sure: bool = True) -> Value:
    """A view of the whole of an array, whose axes are not followed; or, if that is not `sure`, perhaps a copy."""
    table = call.interp.run.operators
    fact = table.behaviour(table.methods["unsqueeze"], "input:T,dim:n")
    if fact is None:
        return call.state.unknown()
    if not sure:
        fact = replace(fact, aliases=tuple(replace(alias, sure=False) for alias in fact.aliases))
    (made,) = ops.apply(call.state.autograd, name, fact, {"input": (ref,)}, call.node.place)
    return TensorValue(made)

"""Measured operators and subscripts: what they make of their operands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.metadata import Metadata, at_index
from flake8_gradsafe.autograd.operators import OpBehaviour, OpRef
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.checks.shared_cuts import note_read_where_kept
from flake8_gradsafe.interpreter.domain.facts import ItemOf
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    LazyViews,
    ListValue,
    Literal,
    NonTensor,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models import forms
from flake8_gradsafe.interpreter.models.axes import (
    as_kept,
    as_picked,
    axes_of,
    note_axes,
    note_axes_at,
    note_axes_of_call,
    note_axes_of_piece,
    views_itself,
)
from flake8_gradsafe.interpreter.models.conversions import is_converted, note_move
from flake8_gradsafe.interpreter.models.inplace import call_in_place, promote_operands, write_in_place
from flake8_gradsafe.interpreter.models.layouts import as_stored, note_layout
from flake8_gradsafe.interpreter.models.restored import note_copy
from flake8_gradsafe.interpreter.models.snapshots import tell_of_moved_values
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.interpreter.models.value_ranges import note_comparison, note_result, passing_all
from flake8_gradsafe.interpreter.models.vanishing import note_algebra
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from flake8_gradsafe.autograd.state import Operands
    from flake8_gradsafe.interpreter.interpreter import Interpreter


def call_operator(call: CallContext, spelling: OpRef, *, seen: bool = False) -> Value:
    """Call a measured operator. `seen`: the call shows that its tensor operands are tensors."""
    interp, arguments, node, state = call.interp, call.arguments, call.node, call.state
    positional = tuple(
        [
            TupleValue(items) if isinstance(value, ListValue) and (items := state.known_items(value)) else value
            for value in arguments.positional
        ]
    )
    if spelling.reflected and len(positional) == 2:
        positional = (positional[1], positional[0])
    keywords = {name: value for name, value in arguments.keywords.items() if name != "out"}
    bound = forms.with_plain_numbers(spelling.operator, forms.bind(spelling.operator, positional, keywords), state)
    promote_operands(spelling, bound, node, state, seen=seen)
    form = forms.form_of(spelling.operator, bound, state)
    fact = _of_any_numbers(call, spelling) if arguments.unclear else interp.run.operators.behaviour(spelling, form)
    if fact is None:
        return unknown_call(spelling.operator.name, arguments.all(), node, state)
    if spelling.operator.name in library.DEVICE_MOVES and not (interp.run.on_cpu and interp.run.script):
        fact = replace(fact, aliases=tuple(replace(alias, sure=False) for alias in fact.aliases))
    if is_converted(spelling.operator.name, bound, state, keeps_defaults=interp.run.keeps_defaults):
        fact = replace(fact, aliases=())
    if spelling.operator.name in library.CONVERSIONS or "dtype" in bound or any(map(_is_complex, bound.values())):
        fact = replace(fact, shape="")
    operands = {name: tuple(refs) for name, value in bound.items() if (refs := state.tensors_in(value))}
    if interp.run.dropped is node.place:
        interp.run.dropped_operand = state.known_tensor(positional[0]) if positional else None
    if interp.run.kept_cuts:
        note_read_where_kept(interp.run, (value for value in positional if isinstance(value, TupleValue)), state)
    tell_of_moved_values(interp.run, spelling.operator.name, _first_two(positional, state), node.place, state)
    if (out := arguments.keywords.get("out", NONE)) != NONE:
        return write_out(interp, out, operands, node, state, spelling.operator.name, bound)
    target = written_parameter(fact, bound)
    if target is not None and target in operands:
        return call_in_place(interp, spelling, fact, operands, target, bound, node, state)
    reordered = "memory_format" in bound
    if reordered:
        spelling = replace(spelling, operator=replace(spelling.operator, name="to"))
        fact = replace(fact, aliases=tuple(replace(alias, sure=False) for alias in fact.aliases), stored="")
    fact = passing_all(spelling.operator.name, fact, bound, state)
    pieces = _pieces(spelling.operator.name, list(bound.values()), state) if fact.outputs == "list" else None
    result = apply_operator(interp, spelling, form, fact, operands, node, state, pieces)
    if isinstance(result, TensorValue) and spelling.operator.name in library.DEVICE_MOVES:
        note_move(spelling.operator.name, bound, result.ref, state)
    if isinstance(result, TensorValue) and not arguments.unclear:
        note_axes_of_call(spelling.operator.name, bound, result.ref, state)
    if isinstance(result, TensorValue) and not fact.aliases and "C" not in fact.kinds:
        note_result(spelling.operator.name, bound, result.ref, state)
        note_algebra(spelling.operator.name, bound, result.ref, state)
    if spelling.operator.name in _COMPARISONS and len(bound) == 2:
        left, right = bound.values()
        note_comparison(_COMPARISONS[spelling.operator.name], left, right, result, state)
    return result


#: Comparisons by the names of operators.
_COMPARISONS = {"lt": "<", "less": "<", "le": "<=", "gt": ">", "greater": ">", "ge": ">="}


def _of_any_numbers(call: CallContext, spelling: OpRef) -> OpBehaviour | None:
    """What an operator does that is given an unknown number of arguments behind its one tensor: `x.view(*shape)`."""
    operator, given = spelling.operator, call.arguments.positional
    takes_tensor = forms.tensor_parameters(operator)
    if not given or spelling.inplace or takes_tensor != {operator.parameters[0]} or "out" in call.arguments.keywords:
        return None
    fact = call.interp.run.operators.behaviour_of_any(spelling, tuple(operator.forms))
    return None if fact.writes or fact.outputs != "tensor" else fact


def _first_two(positional: tuple[Value, ...], state: State) -> list[int]:
    return [ref for value in positional[:2] if (ref := state.known_tensor(value)) is not None]


def _pieces(name: str, bound: list[Value], state: State) -> int | None:
    """How many views an operator gives, as far as its arguments and the shape of its operand tell."""
    given = bound[1] if len(bound) > 1 else NONE
    ref = state.known_tensor(bound[0])
    shape = None if ref is None else state.autograd.tensors[ref].metadata.sizes
    if name.endswith("unbind"):
        place = 0 if len(bound) == 1 else given.value if isinstance(given, Literal) else None
        return shape[place] if shape and isinstance(place, int) and -len(shape) <= place < len(shape) else None
    if name.endswith("chunk"):
        return given.value if isinstance(given, Literal) and isinstance(given.value, int) else None
    sizes = state.items_of(given)
    return len(sizes) if sizes is not None and name in _SPLITS else None


_SPLITS = frozenset({"split", "unsafe_split", "split_with_sizes"})


def write_out(
    interp: Interpreter,
    out: Value,
    operands: Operands,
    node: ir.Expression,
    state: State,
    name: str = "",
    bound: Mapping[str, Value] | None = None,
) -> Value:
    """What a call gives that writes what it makes of `operands` into `out`: that very tensor, or the tensors of a tuple.

    An operator that is given its `out` as the first of its arguments does what it does in place.
    """
    first, *rest = (bound or {}).items() or (("", NONE),)
    source = state.known_tensor(first[1])
    for each in state.known_items(out) or (out,):
        ref = state.as_tensor(each, node.place)
        if ref is not None:
            itself = source is not None and _is_same_memory(source, ref, state)
            method, given = (f"{name.rpartition('.')[2]}_", dict(rest)) if itself else ("out=", None)
            write_in_place(interp, ref, method, node, state, operands=operands, given=given)
            state.autograd.note_reshape(ref)  # it is made as large as the result
    return out


def _is_same_memory(one: int, other: int, state: State) -> bool:
    first, second = state.autograd.tensors[one], state.autograd.tensors[other]
    return first.storage == second.storage and first.region == second.region


def apply_operator(
    interp: Interpreter,
    spelling: OpRef,
    form: str,
    fact: OpBehaviour,
    operands: Operands,
    node: ir.Expression,
    state: State,
    pieces: int | None = None,
) -> Value:
    """Apply a measured operator to operands that are bound already. `pieces`: how many views it gives, where that is known."""
    if fact.outputs == "list" and next(iter(operands.values()), ()):
        return LazyViews(state.autograd.tick(), next(iter(operands.values()))[0], spelling, form, node.place, pieces)
    name = spelling.operator.name
    fact = as_kept(name, as_picked(name, as_stored(name, fact, operands, state)), operands, state)
    outputs = ops.apply(state.autograd, name, fact, operands, node.place)
    if fact.outputs == "tensor" and state.autograd.grad_enabled and views_itself(name, operands, state):
        ops.view_of_itself(state.autograd, outputs[0])
    note_layout(name, fact, operands, outputs, state)
    note_axes(name, fact, operands, outputs, state)
    note_copy(name, next(iter(operands.values()), ()), outputs, state)
    _inherit_doubt(operands, outputs, state)
    interp.run.emit_errors(state, node.place)
    if fact.outputs == "tuple":
        return TupleValue(tuple(TensorValue(ref) for ref in outputs))
    return TensorValue(outputs[0]) if fact.outputs == "tensor" else state.unknown()


def _inherit_doubt(operands: Operands, outputs: Iterable[int], state: State) -> None:
    """What is computed from things of which none was shown to be a tensor is not shown to be one either."""
    tensors = state.autograd.tensors
    for refs in operands.values():
        for ref in refs:
            if tensors[ref].tensor_seen:
                return
    for ref in outputs:
        tensors[ref] = tensors[ref]._replace(tensor_seen=False)


def view_at(interp: Interpreter, pieces: LazyViews, index: int, state: State) -> Value:
    """One of the views that unbind, chunk or split return."""
    kept = state.heap.get((pieces.id, str(index)))
    if kept is None:
        fact = interp.run.operators.behaviour(pieces.spelling, pieces.form)
        if fact is None:
            return state.unknown()
        name = pieces.spelling.operator.name
        source = state.autograd.tensors[pieces.source]
        first = next(iter(pieces.spelling.operator.parameters))
        rows = name == "unbind" and pieces.form.count(",") == 0
        region = source.region.at((index,)) if rows else source.region.part(some=name in _FILLED)
        (ref,) = ops.apply(
            state.autograd, name, replace(fact, count=1), {first: (pieces.source,)}, pieces.place, (region,)
        )
        note_axes_of_piece(pieces.source, name, ref, state)
        if source.counter is None and (axes_of(ref, state) or 0) < 1:
            doubt_item(ref, state)
        if rows and source.metadata.sizes:
            _note_metadata_at(source.metadata, (index,), ref, state)
        kept = state.heap[pieces.id, str(index)] = TensorValue(ref)
    return kept


#: Each of the views that they give has elements.
_FILLED = frozenset({"unbind", "chunk"})


def index_value(interp: Interpreter, receiver: Value, index: Value, place: ir.Place, state: State) -> Value:
    """`receiver[index]` where the receiver is no known sequence."""
    ref = state.known_tensor(receiver)
    if ref is None:
        return _item_of_unknown(receiver, index, state)
    of_array = state.autograd.tensors[ref].counter is None
    if of_array and not forms.is_basic(index):
        return state.unknown()  # a copy, or not known to be a view
    spelling = interp.run.operators.methods["__getitem__"]
    constant = forms.constant_index(index)
    kind = forms.index_form(index, state)
    if constant is None and kind == "o":
        fact: OpBehaviour | None = interp.run.operators.behaviour_of_any(
            spelling, ("input:T,index:S", "input:T,index:I")
        )
    else:
        fact = interp.run.operators.behaviour(spelling, f"input:T,index:{'S' if constant is not None else kind}")
    if fact is None:
        return unknown_call("index", (receiver, index), ir.Opaque(place, ()), state)
    operands: Operands = {"input": (ref,)}
    if refs := state.tensors_in(index):
        operands["index"] = tuple(refs)
    source = state.autograd.tensors[ref]
    picks = constant is None and forms.picks_some(index, state)
    region = source.region.at(constant) if constant is not None else source.region.part(some=picks)
    outputs = ops.apply(state.autograd, "index", fact, operands, place, (region,))
    _keep_complex(source.dtype, outputs, state)
    note_axes_at(ref, index, outputs[0], state)
    if forms.is_sliced(index):
        _note_metadata_at(source.metadata, forms.parts_of_slices(index), outputs[0], state)
    _inherit_doubt({"input": (ref,)}, outputs, state)
    if of_array and not forms.is_slice(index) and (axes_of(outputs[0], state) or 0) < 1:
        doubt_item(outputs[0], state)
    interp.run.emit_errors(state, place)
    return TensorValue(outputs[0])


def _note_metadata_at(given: Metadata, parts: Sequence[int | slice | None], ref: int, state: State) -> None:
    """Note what is known of what integers and slices pick of a tensor of which this is known."""
    state.autograd.tensors[ref] = state.autograd.tensors[ref]._replace(metadata=at_index(given, parts))


def _keep_complex(dtype: str, outputs: Iterable[int], state: State) -> None:
    """Elements of what holds complex numbers are such, too."""
    if dtype == "C":
        for ref in outputs:
            state.autograd.tensors[ref] = state.autograd.tensors[ref]._replace(dtype=dtype)


def doubt_item(ref: int, state: State) -> None:
    """An item of an array is a number, or a view: its number of axes tells, or what is done with it."""
    state.autograd.tensors[ref] = state.autograd.tensors[ref]._replace(tensor_seen=False)


def _item_of_unknown(receiver: Value, index: Value, state: State) -> Value:
    if isinstance(receiver, Unknown) and isinstance(index, Literal):
        key = (receiver.id, f"[{index.value!r}]")
        if key not in state.heap:
            state.heap[key] = state.plain() if isinstance(receiver, NonTensor) else state.unknown()
        return state.heap[key]
    return state.plain() if isinstance(receiver, NonTensor) else item_of_unknown(receiver, state)


def item_of_unknown(owner: Value, state: State) -> Unknown:
    """Some item of a value of which nothing is known."""
    made = state.unknown()
    if isinstance(owner, Unknown):
        state.heap.note(made.id, ItemOf(owner.id))
    return made


def written_parameter(fact: OpBehaviour, bound: dict[str, Value]) -> str | None:
    """The parameter that the call writes and gives back, where it works in place."""
    for name, seen in fact.writes:
        if seen and name in bound and any(alias.same and alias.parameter == name for alias in fact.aliases):
            return name
    return None


def _is_complex(value: Value) -> bool:
    """Whether a value is a complex number, which makes complex numbers of all that it is combined with."""
    return isinstance(value, Literal) and isinstance(value.value, complex)

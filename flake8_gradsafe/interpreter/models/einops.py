"""einops: the functions and layers that give a tensor other axes, by a pattern."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.call import CallContext, function_model
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import HasAxes, StoredInOrder
from flake8_gradsafe.interpreter.domain.values import (
    ListValue,
    Literal,
    ModuleValue,
    QualifiedName,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.models.operators import apply_operator
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.knowledge import einops
from flake8_gradsafe.knowledge.einops import Result

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.operators import OpBehaviour, OpRef
    from flake8_gradsafe.interpreter.domain.state import State

#: The names under which a layer keeps its pattern, its reduction and the lengths of axes.
_PATTERN, _REDUCTION, _LENGTH = "(pattern)", "(reduction)", "(length of) "
#: The measured operators that change and that repeat axes, and the form of each; and the form of those that reduce some.
_RESHAPING, _EXPANDING = ("reshape", "input:T,shape:t"), ("expand", "input:T,size:t")
_OVER_AXES = "input:T,dim:t"


@function_model(*einops.FUNCTIONS)
def call_einops(call: CallContext) -> Value:
    """`rearrange(tensor, pattern, **lengths)`, `repeat` and `reduce(tensor, pattern, reduction, **lengths)`."""
    arguments, state, name = call.arguments, call.state, einops.FUNCTIONS[call.callee]
    given, pattern = arguments.get(0, "tensor"), arguments.get(1, "pattern")
    reduction = arguments.get(2, "reduction") if name == "reduce" else None
    if given is None or pattern is None or arguments.unclear:
        return unknown_call(name, arguments.all(), call.node, state)
    lengths = {key: value for key, value in arguments.keywords.items() if key not in _PARAMETERS}
    return _changed(call._replace(callee=name), given, pattern, reduction, lengths)


@function_model(*einops.LAYERS)
def make_layer(call: CallContext) -> Value:
    """`Rearrange(pattern, **lengths)`, `Reduce(pattern, reduction, **lengths)`: a module without parameters."""
    arguments, state = call.arguments, call.state
    kind, _ = einops.LAYERS[call.callee]
    made = ModuleValue(state.autograd.tick(), kind, (), call.node.place)
    state.heap[made.id, "training"] = Literal(True)
    state.heap[made.id, _PATTERN] = arguments.get(0, "pattern") or state.unknown()
    state.heap[made.id, _REDUCTION] = arguments.get(1, "reduction") or state.unknown()
    for name, value in arguments.keywords.items():
        state.heap[made.id, _LENGTH + name] = value
    return made


def call_layer(call: CallContext, layer: ModuleValue) -> Value:
    """What a layer of einops gives."""
    state, arguments = call.state, call.arguments
    held = dict(state.heap.attributes(layer.id))
    if len(arguments.positional) != 1 or arguments.unclear or _PATTERN not in held:
        return unknown_call(layer.kind, arguments.all(), call.node, state)
    lengths = {name.removeprefix(_LENGTH): value for name, value in held.items() if name.startswith(_LENGTH)}
    named = call._replace(callee=einops.KINDS[layer.kind])
    return _changed(named, arguments.positional[0], held[_PATTERN], held.get(_REDUCTION), lengths)


def _changed(
    call: CallContext, given: Value, pattern: Value, reduction: Value | None, lengths: dict[str, Value]
) -> Value:
    """What a function of einops makes of a tensor, or of several, which it stacks first."""
    state = call.state
    if isinstance(given, (ListValue, TupleValue)):
        given = call.interp.call(QualifiedName("torch.stack"), Arguments((given,)), call.node, state)
    ref = state.as_tensor(given, call.node.place)
    if ref is None or state.autograd.tensors[ref].counter is None:
        return unknown_call(call.callee, (given,), call.node, state)
    text = _text(pattern)
    read = None if text is None else einops.read_pattern(text)
    numbers = {name: value.value for name, value in lengths.items() if isinstance(value, Literal)}
    known = {name: number for name, number in numbers.items() if isinstance(number, int)}
    if call.callee == "reduce" and (read is None or read.reduced()):
        return _reduced(call, given, ref, reduction, known=read is not None)
    stored = state.heap.fact(ref, StoredInOrder)
    in_order = stored is not None and stored.contiguous
    result = Result.EITHER if read is None else einops.rearranged(read, known, contiguous=in_order)
    if result is Result.ITSELF:
        return given
    operator, form = _EXPANDING if call.callee == "repeat" and (read is None or read.added()) else _RESHAPING
    made = _applied(call, operator, form, ref, result)
    if isinstance(made, TensorValue) and read is not None:
        _note_axes(made.ref, einops.axes_of(read.right), state)
        _note_axes(ref, einops.axes_of(read.left), state)
    return made


def _reduced(call: CallContext, given: Value, ref: int, reduction: Value | None, *, known: bool) -> Value:
    """What a reduction makes of a tensor: a function of the file may do it as well."""
    operator = einops.REDUCTIONS.get(_text(reduction) or "")
    if operator is None or not known:
        others = () if reduction is None else (reduction,)
        return unknown_call("reduce", (given, *others), call.node, call.state)
    return _applied(call, operator, _OVER_AXES, ref, Result.COPY)


def _applied(call: CallContext, operator: str, form: str, ref: int, result: Result) -> Value:
    """Apply a measured operator under the name of the function that was called, with a result that is stored so."""
    table = call.interp.run.operators
    spelling = table.methods[operator]
    fact = table.behaviour(spelling, form)
    if fact is None:
        return unknown_call(call.callee, (TensorValue(ref),), call.node, call.state)
    named = _named(spelling, call.callee)
    return apply_operator(call.interp, named, form, _stored(fact, result), {"input": (ref,)}, call.node, call.state)


def _stored(fact: OpBehaviour, result: Result) -> OpBehaviour:
    """What an operator does whose result is stored so. What it keeps, it may have given other axes before."""
    aliases = () if result is Result.COPY else fact.aliases
    aliases = tuple(replace(alias, sure=result is Result.VIEW, same=False) for alias in aliases)
    saves = tuple(replace(slot, by_sure=False) if slot.by == "reference" else slot for slot in fact.saves)
    return replace(fact, aliases=aliases, saves=saves)


def _named(spelling: OpRef, name: str) -> OpRef:
    return replace(spelling, operator=replace(spelling.operator, name=name))


def _note_axes(ref: int, count: int | None, state: State) -> None:
    if count is not None:
        state.heap.note(ref, HasAxes(count))


def _text(value: Value | None) -> str | None:
    return value.value if isinstance(value, Literal) and isinstance(value.value, str) else None


_PARAMETERS = frozenset({"tensor", "pattern", "reduction"})

"""In-place operators: by a method, an operator, a subscript store or `out=`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import writes
from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.autograd.operators import OpBehaviour, OpRef
from flake8_gradsafe.autograd.tensor import Effect, Via
from flake8_gradsafe.idioms import write_site
from flake8_gradsafe.idioms.table import idiom_of
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.checks import end_of_path
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.constants import arithmetic
from flake8_gradsafe.interpreter.domain.state import PendingWrite, State
from flake8_gradsafe.interpreter.domain.tensor_metadata import is_written_out, number_filled_in
from flake8_gradsafe.interpreter.domain.values import Literal, TensorValue, Value
from flake8_gradsafe.interpreter.models import forms
from flake8_gradsafe.interpreter.models.restored import puts_back
from flake8_gradsafe.interpreter.models.value_ranges import (
    effect_of_clamp,
    keeps_signs,
    note_bounds,
    note_written,
    picks_all,
    picks_nothing,
    range_of,
)
from flake8_gradsafe.interpreter.paths.loop_carried import reached
from flake8_gradsafe.interpreter.paths.premises import path_premises
from flake8_gradsafe.interpreter.run import is_computed_parameter, is_module_state
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.knowledge.effects import REFLECTIONS, REPEATABLE, VALUELESS, effect_of
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_gradsafe.autograd.state import Operands
    from flake8_gradsafe.autograd.tensor import Tensor
    from flake8_gradsafe.interpreter.interpreter import Interpreter


def promote_operands(
    spelling: OpRef,
    bound: dict[str, Value],
    node: ir.Expression | ir.Statement,
    state: State,
    *,
    seen: bool,
) -> None:
    """Take the operands for tensors where the operator takes nothing else; with `seen`, the first surely is one."""
    takes_tensor = forms.tensor_parameters(spelling.operator)
    for place, (name, value) in enumerate(bound.items()):
        if name in takes_tensor:
            for each in state.items_of(value) or (value,):
                state.as_tensor(each, node.place, seen=seen and place == 0)


def call_in_place(
    interp: Interpreter,
    spelling: OpRef,
    fact: OpBehaviour,
    operands: Operands,
    target: str,
    bound: dict[str, Value],
    node: ir.Expression,
    state: State,
) -> Value:
    """Call an operator that writes its target, and give the target back."""
    method = spelling.operator.name.rpartition(".")[2].strip("_") + "_"
    others = {name: refs for name, refs in operands.items() if name != target}
    (ref, *_) = operands[target]
    given = {name: value for name, value in bound.items() if name != target}
    write_in_place(interp, ref, method, node, state, fact=fact, operands=others, given=given)
    return TensorValue(ref)


def write_in_place(
    interp: Interpreter,
    ref: int,
    method: str,
    node: ir.Expression | ir.Statement,
    state: State,
    *,
    fact: OpBehaviour | None = None,
    operands: Operands | None = None,
    arguments: Iterable[Value] = (),
    given: Mapping[str, Value] | None = None,
    index: Value | None = None,
) -> None:
    """Write into a tensor in place by a method, an operator, a subscript store or `out=`.

    Its arguments are `arguments`, or `given` by parameter where the operator is a measured one.
    """
    values = list(arguments if given is None else given.values())
    constants = [value.value for value in values if isinstance(value, Literal)]
    tensor, before = state.autograd.tensors[ref], range_of(ref, state)
    effect = effect_of(method, constants[0] if len(constants) == 1 else None)
    if method in VALUELESS:
        effect = Effect.NOTHING
    if given is not None and (effect is Effect.MAY_CHANGE or method in REFLECTIONS):
        effect = effect_of_clamp(ref, method, given, state)
    mask = index if given is None else given.get("mask")
    if picks_nothing(mask, state):
        effect = Effect.NOTHING
    elif picks_all(mask, state) and method in {"masked_fill_", "__setitem__"}:
        index, effect = None, effect_of("fill_", constants[0] if len(constants) == 1 else None)
    elif effect is Effect.CHANGES and len(values) == 1 and keeps_signs(ref, method, values[0], state):
        effect = Effect.SCALES
    elif method == "copy_" and (copied := state.known_tensor(values[0])) is not None and puts_back(ref, copied, state):
        effect = Effect.NOTHING
    region = None
    if index is not None:
        constant = forms.constant_index(index)
        picks = forms.picks_some(index, state)
        region = tensor.region.at(constant) if constant is not None else tensor.region.part(some=picks)
    of_array = tensor.counter is None and (method in library.ARRAY_WRITERS or index is not None)
    if of_array or (method.endswith("_") and not method.endswith("__")):
        state.autograd.mark_as_tensor(ref)
    name = method.strip("_")
    interp.run.written.update(hop.place for hop in tensor.hops)
    if tensor.via is Via.DETACH and write_site.is_inline(node):
        interp.run.intended.add(node.place)
    if interp.run.running and interp.run.running[-1].name == "forward":
        interp.run.written_in_forward.add(node.place)
    repeats = _what_repeats(method, constants, values, node, state)
    writes.write(
        state.autograd, ref, effect, node.place, name=name, fact=fact, operands=operands, region=region, repeats=repeats
    )
    if effect is Effect.NOTHING:
        note_bounds(ref, before, state)
    else:
        note_written(
            ref, method, before, given or {}, state, stored=values[0] if index is not None and values else None
        )
    interp.run.watch_write(ref, effect, node.place, state)
    interp.run.emit_errors(state, node.place)
    if tensor.via is Via.DATA:
        second_order = _second_order_of(interp, operands or {}, state) if interp.run.second_order else frozenset[int]()
        record_data_write(interp, ref, Via.DATA, method, node, state, second_order)


def _second_order_of(interp: Interpreter, operands: Operands, state: State) -> frozenset[int]:
    """The nodes of gradients with a graph of their own of which operands were computed."""
    starts = [state.autograd.tensors[ref].node for refs in operands.values() for ref in refs]
    below = {each for start in starts if start is not None for each in reached(state, start)}
    nodes = (state.autograd.nodes[each] for each in below if each in state.autograd.nodes)
    return frozenset(node.id for node in nodes if node.gradient and node.place in interp.run.second_order)


def _what_repeats(
    method: str,
    constants: list[object],
    values: list[Value],
    node: ir.Expression | ir.Statement,
    state: State,
) -> object:
    """What a write writes again when it is run again: the same numbers, or what it has been normalised to."""
    if method in REPEATABLE and len(constants) == len(values):
        told = method if is_written_out(node) else f"computed {method}"
        return (told, *((type(constant), constant) for constant in constants))
    copied = state.known_tensor(values[0]) if method == "copy_" and len(values) == 1 else None
    if copied is not None and (number := number_filled_in(copied, state)) is not None:
        return ("fill_", (type(number), number))
    return "normalised" if write_site.normalises(node, method) else None


def augment_tensor(
    interp: Interpreter,
    ref: int,
    method: str,
    value: Value,
    node: ir.Augmented,
    state: State,
    index: Value | None = None,
) -> None:
    """`target += value` and its kin on a tensor, or on the elements of it that an index picks."""
    if _is_refused(value):
        return
    spelling = interp.run.operators.methods.get(method)
    item = state.autograd.tensors[ref].counter is None and not state.autograd.tensors[ref].tensor_seen
    if (spelling is None or item) and isinstance(node.target, ir.Name):  # an item of an array may be a number
        state.bind(node.target.id, augmented_value(interp, method, TensorValue(ref), value, node, state))
        return
    fact: OpBehaviour | None = None
    operands: Operands = {}
    if spelling is not None:
        arguments = Arguments((TensorValue(ref), value))
        fact, operands, _ = prepare_in_place(
            CallContext(interp, method, arguments, ir.Opaque(node.place, ()), state), spelling
        )
    write_in_place(interp, ref, method, node, state, fact=fact, operands=operands, arguments=(value,), index=index)


def prepare_in_place(call: CallContext, spelling: OpRef) -> tuple[OpBehaviour | None, Operands, dict[str, Value]]:
    """What is known of an in-place call, the tensors that it reads besides its receiver, and its other arguments."""
    state = call.state
    bound = forms.bind(spelling.operator, call.arguments.positional, call.arguments.keywords)
    bound = forms.with_plain_numbers(spelling.operator, bound, state)
    promote_operands(spelling, bound, call.node, state, seen=False)
    fact = call.interp.run.operators.behaviour(spelling, forms.form_of(spelling.operator, bound, state))
    given = dict(list(bound.items())[1:])
    operands = {name: tuple(refs) for name, value in given.items() if (refs := state.tensors_in(value))}
    return fact, operands, given


def augmented_value(
    interp: Interpreter, method: str, target: Value, value: Value, node: ir.Augmented, state: State
) -> Value:
    """`name += value` where the name holds no tensor: what the plain operator gives."""
    plain = f"__{method.strip('_')[1:]}__"
    return arithmetic(plain, target, value) or interp.binary(plain, target, value, ir.Opaque(node.place, ()), state)


def store_item(interp: Interpreter, ref: int, index: Value, value: Value, node: ir.Statement, state: State) -> None:
    """`target[index] = value`."""
    if _is_refused(value):
        return
    operands: Operands = {"value": tuple(state.tensors_in(value))} if state.tensors_in(value) else {}
    spelling = OpRef(interp.run.operators.rows["__setitem__"], inplace=True)
    kind = "T" if operands else forms.kind_of(value, state) or "n"
    indexed = "S" if forms.constant_index(index) is not None else forms.index_form(index, state)
    fact = interp.run.operators.behaviour(spelling, f"input:T,index:{indexed},value:{kind}")
    if picked := tuple(state.tensors_in(index)):
        operands["index"] = picked
    write_in_place(
        interp, ref, "__setitem__", node, state, fact=fact, operands=operands, arguments=(value,), index=index
    )


def record_data_write(
    interp: Interpreter,
    ref: int,
    via: Via,
    method: str,
    node: ir.Expression | ir.Statement,
    state: State,
    second_order: frozenset[int] = frozenset(),
) -> None:
    """Remember a `.data` write until the end of its path."""
    tensor = state.autograd.tensors[ref]
    run = interp.run
    around = run.surroundings(run.scope)
    site = write_site.site_of(node, method, run.scope, around, run.statement, _number_written(interp, node, state))
    owned = is_module_state(state, ref) or is_computed_parameter(state, ref)
    evident = tensor.tensor_seen or write_site.looks_like_a_tensor(site)
    premises = path_premises(state, _made_at(tensor)) - {Premise.FOLLOWED}
    write = PendingWrite(
        node.place, ref, state.autograd.clock, via, idiom_of(site), evident, owned, premises, second_order
    )
    interp.run.writing.add(interp.run.statement)
    first = end_of_path.classify_data_write(state, write, in_forward=run.scope.in_forward)
    interp.run.data_writes.setdefault((node.place, run.entries), [first])
    if not end_of_path.is_final(first):
        state.pending_writes = (*state.pending_writes, write)


def _number_written(interp: Interpreter, node: ir.Expression | ir.Statement, state: State) -> float | None:
    """The number that a write gives last, where it is an attribute whose value is known."""
    value = write_site.last_value_of(node)
    number = _number(interp.evaluate(value, state)) if isinstance(value, ir.Attribute) else None
    return number if isinstance(number, (int, float)) else None


def _made_at(tensor: Tensor) -> int:
    """When the tensor was made of which another is a handle, or may be one."""
    return min((cut.node for cut in tensor.cuts if cut.node is not None), default=tensor.ref)


def initialise(call: CallContext) -> Value:
    """A function of `torch.nn.init`: writes its tensor with grad mode off."""
    state = call.state
    target = call.arguments.get(0, "tensor")
    ref = None if target is None else state.as_tensor(target, call.node.place, seen=True)
    if ref is not None and call.callee.endswith("_"):
        enabled = state.autograd.switch_off()
        write_in_place(
            call.interp, ref, call.callee.rpartition(".")[2], call.node, state, arguments=call.arguments.positional[1:]
        )
        state.autograd.grad_enabled = enabled
    return target or state.unknown()


def _number(value: Value) -> object:
    """The number that a value is, None where it is not known."""
    return value.value if isinstance(value, Literal) else None


def _is_refused(value: Value) -> bool:
    """Whether no tensor takes a value in: PyTorch raises a TypeError before anything is written."""
    return isinstance(value, Literal) and not isinstance(value.value, (int, float, complex))

"""Modules of torch.nn: what making and calling one does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.autograd import ops, writes
from flake8_gradsafe.autograd.tensor import NO, YES, Effect, Via
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import (
    BaseModule,
    HasAxes,
    IsBuffer,
    IsParameter,
    Renormalises,
    StoredInOrder,
)
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    DictValue,
    Generator,
    Instance,
    IteratorValue,
    ListValue,
    Literal,
    ModuleValue,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.models.axes import note_axes_of_layer
from flake8_gradsafe.interpreter.models.inplace import write_in_place
from flake8_gradsafe.interpreter.models.opaque import layer_of
from flake8_gradsafe.interpreter.models.operators import apply_operator, written_parameter
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.interpreter.models.value_ranges import note_result, passing_all
from flake8_gradsafe.interpreter.models.vanishing import note_module_algebra, note_module_made
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.knowledge.effects import RECTIFIERS
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.operators import OpBehaviour, SavedSlot
    from flake8_gradsafe.autograd.state import Operands
    from flake8_gradsafe.interpreter.interpreter import Interpreter

#: How the names of a module's buffers begin; what else it holds are parameters.
BUFFERS = ("running_", "num_batches")


def make_module(call: CallContext, owner: int | None = None) -> Value | None:
    """A module of torch.nn by its full name; None for what is none. With `owner`, the base of that object."""
    node, state, path = call.node, call.state, call.callee
    kind = path.rpartition(".")[2]
    if not path.startswith("torch.nn.") or path.startswith("torch.nn.functional."):
        return None
    if kind in library.CONTAINERS:
        made = ModuleValue(state.autograd.tick() if owner is None else owner, kind, (), node.place)
        _populate(call, made)
    else:
        row = call.interp.run.operators.modules.get(kind)
        if row is None:
            return None
        made = ModuleValue(
            state.autograd.tick() if owner is None else owner, kind, _switches(row, call.arguments), node.place
        )
        _make_state(made, row, call.arguments, node, state)
        note_module_made(made, call.arguments, state)
    if made.kind == "Flatten" and not call.arguments.all() and not call.arguments.unclear:
        state.heap.note(made.id, HasAxes(2))
    state.heap[made.id, "training"] = Literal(True)
    if owner is not None:
        state.heap.note(owner, BaseModule(made))
    return made


def _populate(call: CallContext, made: ModuleValue) -> None:
    """Put into a container what it is made with."""
    arguments, state = call.arguments, call.state
    given: Value | None = arguments.get(0, "modules") or arguments.keywords.get("parameters")
    if isinstance(given, (Generator, IteratorValue)):
        given = call.interp.exhaust(given, call.node, state)
    if made.kind in library.KEYED_CONTAINERS:
        entries = state.entries_of(given) if isinstance(given, DictValue) else None
        state.set_entries(DictValue(made.id), entries or [])
        if given is not None and entries is None:
            state.forget_items(DictValue(made.id))
        return
    items: tuple[Value, ...] = ()
    open_from: int | None = None
    if made.kind == "Sequential" and not isinstance(given, DictValue):
        items, open_from = _layers_of(arguments, state)
    elif given is not None:
        items, open_from = state.known_items(given), state.unknown_from(given)
        if isinstance(given, DictValue) and state.entries_of(given) is not None:
            open_from = None
    run = call.interp.run
    if made.kind != "ParameterList" and (run.names.models or run.is_in_constructor()):
        items = tuple(layer_of(item, call.node.place, state) for item in items)
    state.set_items(ListValue(made.id), items, open_from)
    if made.kind == "Sequential" and isinstance(given, DictValue):
        for name, item in state.entries_of(given) or ():
            if isinstance(name, Literal) and isinstance(name.value, str):
                state.heap[made.id, name.value] = item


def _make_state(
    made: ModuleValue, row: dict[str, Any], arguments: Arguments, node: ir.Expression, state: State
) -> None:
    for name in sorted(row["state"], key=lambda name: ("weight" not in name, name)):
        if arguments.keywords.get(name) == Literal(False) or _is_switched_off(made.kind, name, arguments):
            continue
        if made.kind in library.RECURRENT and not _is_in_recurrent(name, arguments):
            continue
        if name.startswith(BUFFERS):
            ref = state.autograd.new(NO, node.place)
            state.heap[made.id, name] = TensorValue(ref)
            state.heap.note(ref, IsBuffer())
            state.heap.note(ref, StoredInOrder(True))
        else:
            ref = state.autograd.new(YES, node.place)
            state.heap[made.id, name] = TensorValue(ref)
            state.heap.note(ref, IsParameter())
            state.heap.note(ref, StoredInOrder(True))
    limit = arguments.keywords.get("max_norm")
    if made.kind == "Embedding" and limit is not None and limit != NONE:
        state.heap.note(made.id, Renormalises())


def _is_switched_off(kind: str, name: str, arguments: Arguments) -> bool:
    """Whether a normalisation surely has no parameter, or no running statistic, of this name."""
    switches = library.TRACKING if name.startswith(BUFFERS) else library.AFFINE
    switch = switches.get(kind.rstrip("123d"))
    if switch is None:
        return False
    keyword, place, default = switch
    given = arguments.get(place, keyword)
    if given is None:
        return not default and not arguments.unclear
    return given == Literal(False)


def call_measured_module(call: CallContext, module: ModuleValue) -> Value:
    """Call a module of a measured kind."""
    interp, arguments, node, state = call.interp, call.arguments, call.node, call.state
    training = state.heap.get((module.id, "training"), Literal(True))
    mode = "eval" if training == Literal(False) else "train"
    form = ",".join((mode, *module.switches))
    fact = interp.run.operators.module_behaviour(module.kind, form)
    if fact is not None and not isinstance(training, Literal):
        fact = interp.run.operators.module_behaviour_of_any(module.kind, module.switches)
    inputs: Operands = {}
    for number, value in enumerate(arguments.all()):
        state.as_tensor(value, node.place, seen=number == 0)
        if refs := tuple(state.tensors_in(value)):
            inputs["input" if number == 0 else f"input{number + 1}"] = refs
    held = _state_of(interp, module, state)
    if fact is None or arguments.unclear:
        parameters = tuple(TensorValue(refs[0]) for refs in held.values())
        return unknown_call(module.kind, (*arguments.all(), *parameters), node, state)
    if module.kind in library.RECURRENT and not _goes_round(module, inputs, state):
        fact = replace(fact, saves=tuple(map(_perhaps_kept, fact.saves)))
    if state.heap.has(module.id, Renormalises):
        for refs in held.values():
            write_under_no_grad(refs[0], "renorm_", node, state, Via.LIBRARY)
    operands = inputs | held
    if written_parameter(fact, dict.fromkeys(inputs, NONE)) and "input" in inputs:
        others = {name: refs for name, refs in operands.items() if name != "input"}
        place = ir.Opaque(module.place, ())  # the line that made the module says that it works in place
        method = f"{module.kind.lower()}_"
        given: dict[str, Value] | None = {} if method in RECTIFIERS else None
        write_in_place(interp, inputs["input"][0], method, place, state, fact=fact, operands=others, given=given)
        return arguments.all()[0]
    if "input" in inputs:
        fact = passing_all(module.kind, fact, {"input": TensorValue(inputs["input"][0])}, state)
    spelling = interp.run.operators.methods["__getitem__"]
    named = replace(spelling, operator=replace(spelling.operator, name=module.kind))
    result = apply_operator(interp, named, form, fact, operands, node, state)
    if isinstance(result, TensorValue) and "input" in inputs:
        note_result(module.kind, {"input": TensorValue(inputs["input"][0])}, result.ref, state)
        note_module_algebra(module, arguments, result.ref, state)
    note_axes_of_layer(module.kind, module.id, inputs.get("input", (None,))[0], result, state)
    if module.kind in library.NESTED_RESULTS and isinstance(result, TupleValue) and len(result.items) > 2:
        result = TupleValue((result.items[0], TupleValue(result.items[1:])))
    _write_statistics(fact, held, node, state)
    return result


def _write_statistics(fact: OpBehaviour, held: Operands, node: ir.Expression, state: State) -> None:
    """What a module writes into its own state in its forward, without moving a version."""
    for name, seen in fact.writes:
        if not seen and name in held:
            handle = ops.alias_outside_graph(state.autograd, held[name][0], Via.DATA, node.place)
            write_under_no_grad(handle, "update", node, state, Via.LIBRARY)


def write_under_no_grad(ref: int, method: str, node: ir.Expression, state: State, via: Via | None = None) -> None:
    """A write by code of a library, with grad mode off."""
    enabled = state.autograd.switch_off()
    writes.write(state.autograd, ref, Effect.CHANGES, node.place, name=method, via=via)
    state.autograd.grad_enabled = enabled


def _state_of(interp: Interpreter, module: ModuleValue, state: State) -> Operands:
    row = interp.run.operators.modules.get(module.kind)
    kept = {name: state.heap.get((module.id, name)) for name in row["state"]} if row else {}
    return {f"self.{name}": (value.ref,) for name, value in kept.items() if isinstance(value, TensorValue)}


def _is_in_recurrent(name: str, arguments: Arguments) -> bool:
    """Whether a recurrent module made so has a weight or a bias of this name: `weight_ih_l1`, `bias_hh_l0_reverse`."""
    if name.endswith("_reverse") and arguments.get(6, "bidirectional") != Literal(True):
        return False
    if name.startswith("bias") and arguments.get(3, "bias") == Literal(False):
        return False
    if name.startswith("weight_hr") and arguments.keywords.get("proj_size", Literal(0)) == Literal(0):
        return False
    layers = arguments.get(2, "num_layers")
    number = layers.value if isinstance(layers, Literal) and isinstance(layers.value, int) else 1
    return int(name.removesuffix("_reverse").rpartition("_l")[2]) < number


def _goes_round(module: ModuleValue, inputs: Operands, state: State) -> bool:
    """Whether a recurrent module surely multiplies something that requires grad by its hidden weights.

    That is so from the second element of a sequence on, and from the first where the state that it begins with requires grad.
    """
    tensors = state.autograd.tensors
    if any(state.autograd.grad_of(tensors[ref]).sure for ref in inputs.get("input2", ())):
        return True
    sizes = tensors[inputs["input"][0]].metadata.sizes if "input" in inputs else None
    if sizes is None or len(sizes) < 2:
        return False
    return (sizes[1 if len(sizes) == 3 and "batch_first:True" in module.switches else 0] or 0) > 1


def _perhaps_kept(slot: SavedSlot) -> SavedSlot:
    return replace(slot, sure=False) if slot.what.startswith("self.weight_hh") else slot


def _layers_of(arguments: Arguments, state: State) -> tuple[tuple[Value, ...], int | None]:
    """The layers that a Sequential is given, and from which place on there may be others."""
    if not arguments.unclear:
        return arguments.positional, None
    items: tuple[Value, ...] = ()
    open_from: int | None = None
    for value in arguments.positional:
        if not isinstance(value, (ModuleValue, Instance)) and open_from is None:
            open_from = len(items) + (state.unknown_from(value) or 0)
        items += state.known_items(value) or (value,)
    return items, open_from


def _switches(row: dict[str, Any], arguments: Arguments) -> tuple[str, ...]:
    flags = [*arguments.keywords.items(), *(("inplace", value) for value in arguments.positional[-1:])]
    return tuple(
        sorted(
            f"{name}:{flag.value}"
            for name, flag in flags
            if isinstance(flag, Literal) and isinstance(flag.value, bool) and _is_switch(row, name)
        )
    )


def _is_switch(row: dict[str, Any], name: str) -> bool:
    return any(f"{name}:" in form for form in row["forms"])

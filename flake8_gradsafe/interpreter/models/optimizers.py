"""Optimizers of torch.optim: what they hold, and what their step writes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.checks.dropped import gradients_used
from flake8_gradsafe.interpreter.checks.end_of_path import stepped_in_vain
from flake8_gradsafe.interpreter.checks.left_over import gradients_left
from flake8_gradsafe.interpreter.checks.out_of_reach import emit_frozen_since, note_left_frozen
from flake8_gradsafe.interpreter.checks.piled_up import gradients_piled_up, note_use
from flake8_gradsafe.interpreter.checks.vain_edits import edits_used
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import (
    ClearedGradient,
    ClearedLast,
    Drained,
    HeldTensors,
    IsFused,
    MadeAsOptimizer,
    MayHoldOthers,
    OpaqueOptimizer,
    UnusedGradient,
)
from flake8_gradsafe.interpreter.domain.state import OptimizerStep, State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    DictValue,
    IteratorValue,
    ListValue,
    Literal,
    OptimizerValue,
    TensorValue,
    Value,
)
from flake8_gradsafe.interpreter.models.computed_leaves import emit_computed_parameters
from flake8_gradsafe.interpreter.models.module_tree import clear_gradients
from flake8_gradsafe.interpreter.models.modules import write_under_no_grad
from flake8_gradsafe.interpreter.models.opaque import held_by_opaque, is_guessed
from flake8_gradsafe.interpreter.models.snapshots import shared_by_a_step
from flake8_gradsafe.interpreter.models.unheld import emit_unheld, is_all_known, note_held
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.interpreter import Interpreter

_GROUPS = "param_groups"


def make_optimizer(call: CallContext) -> Value:
    """An optimizer, by its constructor's arguments."""
    state = call.state
    if (given := call.arguments.get(0, "params")) is not None:
        emit_computed_parameters(call.interp, given, call.node, state)
    made = OptimizerValue(state.autograd.tick())
    hold_parameters(made.id, call)
    if call.arguments.keywords.get("fused") == Literal(True):
        state.heap.note(made.id, IsFused())
    return made


def hold_parameters(owner: int, call: CallContext) -> None:
    """Give an optimizer its parameters, and the groups through which the program reaches them."""
    state = call.state
    given = _drained(call)
    state.heap.note(owner, MadeAsOptimizer(call.node.place, state.autograd.clock))
    refs = [] if given is None else list(dict.fromkeys(state.tensors_in(given)))
    state.heap.note(owner, HeldTensors(tuple(TensorValue(ref) for ref in refs)))
    note_held(call.interp.run, refs, state)
    if given is None or call.arguments.unclear or not is_all_known(given, state):
        state.heap.note(owner, MayHoldOthers())
    items = () if given is None else state.known_items(given)
    groups: list[Value] = [item for item in items if isinstance(item, DictValue)]
    if not groups:
        held = state.new_list(tuple(TensorValue(ref) for ref in refs))
        groups = [state.new_dict([(Literal("params"), held)])]
    state.heap[owner, _GROUPS] = state.new_list(tuple(groups))


def _drained(call: CallContext) -> Value | None:
    """What an optimizer is given: it goes through an iterator to its end."""
    given, state = call.arguments.get(0, "params"), call.state
    if isinstance(given, IteratorValue):
        listed = call.interp.exhaust(given, call.node, state)
        state.heap.note(given.id, Drained(call.node.place))
        return listed
    return None if given is None else call.interp.exhaust(given, call.node, state)


def held_by(owner: int, state: State) -> list[int]:
    """The tensors that an optimizer holds."""
    opaque = state.heap.fact(owner, OpaqueOptimizer)
    if opaque is not None:
        return held_by_opaque(opaque, state)
    held = state.heap.fact(owner, HeldTensors)
    return [] if held is None else list(dict.fromkeys(tensor.ref for tensor in held.values))


def optimizer_method(call: CallContext, owner: int) -> Value:
    """A method of an optimizer."""
    arguments, node, state, name = call.arguments, call.node, call.state, call.callee
    if name == "step" or name.startswith(("step_and_", "step_update")):
        closure = arguments.get(0, "closure")
        if closure is not None and closure != NONE:
            call.interp.call(closure, Arguments(), node, state)
        step_optimizer(call.interp, owner, node, state, closes=closure is None or closure == NONE)
    elif name == "zero_grad":
        call.interp.run.clears = True
        state.heap.note(owner, ClearedLast(state.autograd.clock, state.autograd.walks))
        clear_gradients(call.interp.run, held_by(owner, state), node, state, owner)
    elif name == "add_param_group":
        _add_group(call, owner)
    return state.unknown()


def _add_group(call: CallContext, owner: int) -> None:
    state = call.state
    group = call.arguments.get(0, "param_group")
    if group is None:
        return
    emit_computed_parameters(call.interp, group, call.node, state)
    refs = [*held_by(owner, state), *state.tensors_in(group)]
    state.heap.note(owner, HeldTensors(tuple(TensorValue(ref) for ref in refs)))
    note_held(call.interp.run, refs, state)
    if not is_all_known(group, state):
        state.heap.note(owner, MayHoldOthers())
    groups = state.heap.get((owner, _GROUPS))
    if isinstance(groups, ListValue) and state.items_of(groups) is not None:
        state.set_items(groups, (*state.known_items(groups), group))


def step_optimizer(interp: Interpreter, owner: int, node: ir.Expression, state: State, *, closes: bool = True) -> None:
    """`step()`: writes the parameters that have a gradient, and moves their versions unless the optimizer is fused.

    `closes`: it is given no closure that may clear and compute them anew.
    """
    held = held_by(owner, state)
    interp.run.watch_step(held, node.place, state, owner)
    fused = state.heap.has(owner, IsFused)
    if not interp.run.script:
        state.autograd.graded |= _graded_before(held, state)
    fed = not state.autograd.graded.isdisjoint(held)
    if fed:
        interp.run.optimizers_with_gradient.add(node.place)
    cleared = None if fed else _newest_clear(held, state)
    opaque = state.heap.fact(owner, OpaqueOptimizer)
    guessed = opaque is not None and is_guessed(opaque, state)
    step = OptimizerStep(node.place, tuple(held), fed, guessed=guessed)
    if cleared is not None:
        step = replace(step, cleared=cleared.place, cleared_at=cleared.time)
    state.optimizer_steps = tuple(dict.fromkeys((*state.optimizer_steps, step)))
    if state.autograd.trained and cleared is not None:
        stepped_in_vain(interp.run, state)
    if closes and not guessed:
        gradients_piled_up(interp.run, owner, held, node.place, state)
    if closes and not guessed:
        gradients_left(interp.run, held, node.place, state)
    of_any = opaque is not None and opaque.alone and not held
    gradients_used(interp.run, held, node.place, state, of_any=of_any)
    edits_used(interp.run, held, state)
    emit_unheld(interp.run, owner, held, node.place, state)
    note_left_frozen(owner, held, state)
    emit_frozen_since(interp.run, owner, held, node.place, state)
    if state.autograd.swaps and not guessed:
        shared_by_a_step(interp.run, held, node.place, state)
    for ref in held:
        if ref not in state.autograd.graded:
            continue
        unused = state.heap.forget(ref, UnusedGradient)
        if closes and not guessed and unused is not None:
            note_use(owner, ref, node.place, unused.backward, state)
        if fused:
            handle = ops.alias_outside_graph(state.autograd, ref, Via.DATA, node.place)
            write_under_no_grad(handle, "step", node, state, Via.STEP)
        else:
            write_under_no_grad(ref, "step", node, state, Via.STEP)


def _graded_before(held: list[int], state: State) -> frozenset[int]:
    """The parameters of models out of sight that may have a gradient of an earlier call of the function that is entered."""
    owned = state.autograd.trained.intersection(held)
    return frozenset(ref for ref in owned if not state.heap.has(ref, ClearedGradient))


def _newest_clear(held: list[int], state: State) -> ClearedGradient | None:
    """How the gradients of an optimizer were cleared, if no backward and nothing out of sight can have set one since."""
    found = []
    for ref in held:
        tensor, cleared = state.autograd.tensors.get(ref), state.heap.fact(ref, ClearedGradient)
        trained = ref in state.autograd.trained
        known = tensor is not None and (tensor.grad.sure or (trained and tensor.grad.possible))
        if not known or (ref in state.escaped and not trained) or (ref, "grad") in state.heap:
            return None
        if cleared is not None:
            found.append(cleared)
    return found[0] if found else None

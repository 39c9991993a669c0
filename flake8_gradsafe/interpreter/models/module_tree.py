"""Trees of modules: containers of torch.nn, modules of the file, and what all modules can do."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.tensor import Via, ViewKind
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.checks.dropped import gradients_dropped
from flake8_gradsafe.interpreter.checks.vain_edits import edits_cleared
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import (
    ClearedGradient,
    ClearedLast,
    ForwardHooks,
    ForwardPreHooks,
    GivesViews,
    IsBuffer,
    IsPackedSequence,
    LeftGradient,
    OpenFrom,
    Restored,
    ScaledGradient,
    StoredInOrder,
    UnusedGradient,
    UsedGradient,
)
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    Instance,
    ListValue,
    Literal,
    ModuleValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.einops import call_layer
from flake8_gradsafe.interpreter.models.module_walk import (
    Tree,
    as_container,
    base_module,
    children_of,
    container_of,
    is_in_sight,
    module_items,
    modules_of,
    parameters_of,
    state_of_tree,
    tensors_of,
)
from flake8_gradsafe.interpreter.models.modules import call_measured_module, write_under_no_grad
from flake8_gradsafe.interpreter.models.opaque import attribute_of_opaque, call_opaque, is_forward, is_opaque
from flake8_gradsafe.interpreter.models.parametrizations import compute_before_call, drop_after_call
from flake8_gradsafe.interpreter.models.snapshots import note_snapshot, snapshot_loaded
from flake8_gradsafe.interpreter.models.spelling import spelling_of
from flake8_gradsafe.interpreter.models.tensors import set_requires_grad
from flake8_gradsafe.interpreter.models.unknown import unknown_call
from flake8_gradsafe.knowledge import einops, library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.interpreter.run import Run

_Hooks = ForwardHooks | ForwardPreHooks
_HOOKED: dict[str, type[_Hooks]] = {
    "register_forward_hook": ForwardHooks,
    "register_forward_pre_hook": ForwardPreHooks,
}
#: Calls of the same module inside one another that are followed.
MAX_NESTED_CALLS = 3


# -- calling ----------------------------------------------------------------------------------------------------
def call_module(call: CallContext, module: Tree) -> Value:
    """Call a module: hooks before, its forward, hooks after. One that calls itself is followed but a few times."""
    interp = call.interp
    if interp.run.modules.count(module.id) >= MAX_NESTED_CALLS:
        return unknown_call("module", call.arguments.all(), call.node, call.state)
    interp.run.modules.append(module.id)
    result = _hooked(call, module)
    interp.run.modules.pop()
    return result


def _hooked(call: CallContext, module: Tree) -> Value:
    arguments, state = call.arguments, call.state
    for hook in _hooks(module, ForwardPreHooks, state):
        given = call.interp.call(hook, Arguments((module, TupleValue(arguments.positional))), call.node, state)
        if given != NONE and not isinstance(given, Unknown):
            positional = given.items if isinstance(given, TupleValue) else (given,)
            arguments = replace(arguments, positional=positional)
    result = forward_of(call._replace(arguments=arguments), module)
    for hook in _hooks(module, ForwardHooks, state):
        given = call.interp.call(hook, Arguments((module, TupleValue(arguments.positional), result)), call.node, state)
        if given != NONE and not isinstance(given, Unknown):
            result = given
    return _as_view(call, result) if state.heap.has(module.id, GivesViews) else result


def _as_view(call: CallContext, result: Value) -> Value:
    """What a module with a full backward hook gives: a view that a custom Function has made of its result."""
    if not isinstance(result, TensorValue) or not call.state.autograd.tensors[result.ref].grad.sure:
        return result
    made = call.interp.call_method(result, "view_as", Arguments((result,)), ir.Opaque(call.node.place, ()), call.state)
    if isinstance(made, TensorValue):
        tensors = call.state.autograd.tensors
        tensors[made.ref] = tensors[made.ref]._replace(view=ViewKind.CUSTOM)
    return made


def forward_of(call: CallContext, module: Tree) -> Value:
    """What a module's forward gives."""
    arguments, node, state = call.arguments, call.node, call.state
    if isinstance(module, Instance):
        forward = call.interp.attribute(module, "forward", node, state)
        if forward is None:
            return forward_of_base(call, module)
        compute_before_call(call.interp, module, node, state)
        drop_after_call(module, state)
        return call.interp.call(forward, arguments, node, state)
    if is_opaque(module):
        return call_opaque(call, module)
    if module.kind == "Sequential":
        return _in_sequence(call, module)
    if module.kind in einops.KINDS:
        return call_layer(call, module)
    if module.kind in library.CONTAINERS or any(_is_packed(value, state) for value in arguments.positional[:1]):
        return unknown_call(module.kind, arguments.all(), node, state, receiver=module)
    mark = state.cursor
    done = state.recall(module)
    if done is None:
        compute_before_call(call.interp, module, node, state)
        done = call_measured_module(call, module)
        drop_after_call(module, state)
        state.remember(mark, module, done)
    return done


def forward_of_base(call: CallContext, module: Instance) -> Value:
    """What the forward gives of a module's base outside of the file."""
    state = call.state
    base = base_module(module, state)
    if base is not None:
        return forward_of(call, base)
    held = tuple(value for _, value in parameters_of(module, state))
    return unknown_call("module", (*call.arguments.all(), *held), call.node, state)


def _in_sequence(call: CallContext, module: ModuleValue) -> Value:
    arguments, state = call.arguments, call.state
    items = module_items(module, state)
    if items is None or not arguments.positional or (not items and state.heap.has(module.id, OpenFrom)):
        return unknown_call(module.kind, arguments.all(), call.node, state)
    value = arguments.positional[0]
    for item in items:
        value = call.interp.call(item, Arguments((value,)), call.node, state)
    return value


def _hooks(module: Tree, kind: type[_Hooks], state: State) -> tuple[Value, ...]:
    held = state.heap.fact(module.id, kind)
    return () if held is None else held.values


# -- methods ----------------------------------------------------------------------------------------------------
def module_method(call: CallContext, module: Tree) -> Value:
    """A method that every module has."""
    arguments, node, state, name = call.arguments, call.node, call.state, call.callee
    model = _METHODS.get(name)
    if model is not None:
        return model(call, module)
    if name in library.MODULE_SELF:
        for _, value in state_of_tree(module, state):
            state.autograd.note_move(value.ref)
            if "memory_format" in arguments.keywords:
                state.heap.forget(value.ref, StoredInOrder)
        return module
    if name in _HOOKED and arguments.positional:
        kind = _HOOKED[name]
        state.heap.note(module.id, kind((*_hooks(module, kind, state), arguments.positional[0])))
        return state.unknown()
    if name == "register_full_backward_hook":
        state.heap.note(module.id, GivesViews())
        return state.unknown()
    if name in {"forward", "__call__"}:
        return forward_of(call, module)
    if isinstance(module, ModuleValue) and is_opaque(module):
        return _method_of_opaque(call, module)
    if isinstance(module, ModuleValue) and module.kind in library.CONTAINERS:
        return call.interp.call_method(as_container(module), name, arguments, node, state)
    if name in library.MODULE_LOOKS:
        return state.unknown()
    return _forget_module(module, arguments, node, state)


def _method_of_opaque(call: CallContext, module: ModuleValue) -> Value:
    """A method, or a module in it, of a model out of sight: one that computes with the model's parameters, as far as its name
    tells.
    """
    if call.callee in library.MODULE_LOOKS or not is_forward(call.callee):
        return unknown_call(call.callee, call.arguments.all(), call.node, call.state)
    return call_opaque(call, module)


def _forget_module(module: Tree, arguments: Arguments, node: ir.Expression, state: State) -> Value:
    """A method that may do anything with what the module holds."""
    held = tuple(value for _, value in state_of_tree(module, state))
    return unknown_call("method", (*held, *arguments.all()), node, state)


def _parameters(call: CallContext, module: Tree) -> Value:
    recurse = call.arguments.get(1 if call.callee.startswith("named") else 0, "recurse") != Literal(False)
    return _listed(parameters_of(module, call.state) if recurse else [], module, call.callee, call.state)


def _buffers(call: CallContext, module: Tree) -> Value:
    state = call.state
    found = tensors_of(module, state, lambda value: state.heap.has(value.ref, IsBuffer))
    return _listed(found, module, call.callee, state)


def _submodules(call: CallContext, module: Tree) -> Value:
    inside = children_of if call.callee.endswith("children") else modules_of
    found: list[tuple[str, Value]] = [*inside(module, call.state)]
    if isinstance(module, ModuleValue) and is_opaque(module):
        found.append((_ANY_PART, attribute_of_opaque(call.interp.run, module, _ANY_PART, call.state)))
    return _listed(found, module, call.callee, call.state)


#: Stands for the name of any module inside one that is out of sight.
_ANY_PART = "(any part)"


def _listed(found: Iterable[tuple[str, Value]], module: Tree, method: str, state: State) -> Value:
    """An iterator over what a method found in a module, each with its name where the method's name says so."""
    named = method.startswith("named")
    found = list(found)
    listed = tuple(TupleValue((_name_of(dotted, state), value)) if named else value for dotted, value in found)
    first: set[int] = set()
    if is_in_sight(module, state, first):
        return state.new_iterator(TupleValue(listed))
    placed = takewhile(first.__contains__, (_number_of(value) for _, value in found))
    return state.new_iterator(state.new_list(listed, len(list(placed))))


def _name_of(dotted: str, state: State) -> Value:
    """The name of a parameter or a module; of what stands for those of a model out of sight, it is not known."""
    return state.text() if dotted.endswith(")") else Literal(dotted)


def _state_dict(call: CallContext, module: Tree) -> Value:
    state = call.state
    entries: list[tuple[Value, Value]] = [
        (Literal(dotted), TensorValue(ops.alias_outside_graph(state.autograd, value.ref, Via.DETACH, call.node.place)))
        for dotted, value in state_of_tree(module, state)
    ]
    made = state.new_dict(entries)
    if not is_in_sight(module, state, set()):
        state.forget_items(made)
    note_snapshot(call, module, made)
    return made


def _load(call: CallContext, module: Tree) -> Value:
    state = call.state
    if call.callee == "load_state_dict":
        snapshot_loaded(call, module)
    for _, value in state_of_tree(module, state):
        write_under_no_grad(value.ref, call.callee, call.node, state)
        if call.callee == "load_state_dict":
            state.heap.note(value.ref, Restored())
    return state.unknown()


def _mode(call: CallContext, module: Tree) -> Value:
    off = call.callee == "eval" or call.arguments.get(0, "mode") == Literal(False)
    for _, each in modules_of(module, call.state):
        call.state.heap[each.id, "training"] = Literal(not off)
    return module


def _flag(call: CallContext, module: Tree) -> Value:
    flag = call.arguments.get(0, "requires_grad") or Literal(True)
    for _, value in parameters_of(module, call.state):
        set_requires_grad(call.interp, value.ref, flag, call.node.place, call.state)
    return module


def _zero_grad(call: CallContext, module: Tree) -> Value:
    call.interp.run.clears = True
    clear_gradients(
        call.interp.run, [value.ref for _, value in parameters_of(module, call.state)], call.node, call.state
    )
    return NONE


def clear_gradients(run: Run, refs: list[int], node: ir.Expression, state: State, owner: int | None = None) -> None:
    """`zero_grad()`: remember where, and of which backward a gradient was cleared that nothing had used."""
    gradients_dropped(run, refs, node.place, state)
    edits_cleared(run, refs, state)
    state.autograd.graded -= frozenset(refs)
    for ref in refs:
        was_read = state.heap.pop((ref, "grad"), None) is not None
        unused = state.heap.forget(ref, UnusedGradient)
        state.heap.forget(ref, UsedGradient)
        state.heap.forget(ref, ScaledGradient)
        state.heap.forget(ref, LeftGradient)
        state.heap.note(ref, ClearedLast(state.autograd.clock, state.autograd.walks))
        backward = None if was_read or unused is None else unused.backward
        state.heap.note(ref, ClearedGradient(node.place, backward, state.autograd.clock))
    run.watch_clearing(refs, node.place, state, owner)


def _register(call: CallContext, module: Tree) -> Value:
    state, name = call.state, call.callee
    label, value = call.arguments.get(0, "name"), call.arguments.get(1, _REGISTERED[name])
    if name == "add_module" and isinstance(container := container_of(module, state), ListValue):
        _add_layer(container, label, value or NONE, state)
    attribute = spelling_of(label, state)
    if attribute is not None:
        _hold(module, attribute, value, call)
    return NONE


def register_with_unknown(call: CallContext, owner: Unknown) -> Value:
    """A tensor is registered with what therefore is a module, of which nothing else is known."""
    state, value = call.state, call.arguments.get(1, _REGISTERED[call.callee])
    attribute = spelling_of(call.arguments.get(0, "name"), state)
    if attribute is not None:
        if (owner.id, "training") not in state.heap:
            state.heap[owner.id, "training"] = state.unknown()
        _hold(owner, attribute, value, call)
    return NONE


def _hold(owner: Tree | Unknown, attribute: str, value: Value | None, call: CallContext) -> None:
    state, name = call.state, call.callee
    state.heap[owner.id, attribute] = value or NONE
    is_tensor = value is not None and _REGISTERED[name] != "module"
    ref = state.as_tensor(value or NONE, call.node.place) if is_tensor else None
    if name == "register_buffer" and ref is not None:
        state.heap.note(ref, IsBuffer())


def _add_layer(container: ListValue, label: Value | None, layer: Value, state: State) -> None:
    """Put a layer at the end of a container, or where the one is that had its name."""
    if not isinstance(label, Literal) or not isinstance(label.value, str) or label.value.isdigit():
        state.forget_items(container)
        return
    items, before = state.known_items(container), state.heap.get((container.id, label.value))
    replaced = tuple(layer if item == before else item for item in items)
    state.set_items(container, replaced if before in items else (*items, layer), state.unknown_from(container))


def _apply_function(call: CallContext, module: Tree) -> Value:
    """`module.apply(function)`. One way is followed for each module, or the ways would be multiplied by each."""
    if call.arguments.positional:
        with call.interp.run.following_one_outcome():
            for _, each in reversed(modules_of(module, call.state)):
                call.interp.call(call.arguments.positional[0], Arguments((each,)), call.node, call.state)
    return module


def part_of_container(module: ModuleValue, items: Value, state: State) -> Value:
    """A slice of a Sequential or a list of modules: another one with some of the items."""
    made = replace(module, id=state.autograd.tick())
    state.set_items(ListValue(made.id), state.known_items(items), state.unknown_from(items))
    state.heap[made.id, "training"] = state.heap.get((module.id, "training"), Literal(True))
    return made


def _is_packed(value: Value, state: State) -> bool:
    """Whether a value is a PackedSequence, whose `.data` is differentiable; what a recurrent module makes of it is one, too."""
    return isinstance(value, Unknown) and state.heap.has(value.id, IsPackedSequence)


_REGISTERED = {
    "register_buffer": "tensor",
    "register_parameter": "param",
    "add_module": "module",
    "register_module": "module",
}

#: The methods that register a tensor with a module.
REGISTERING = frozenset({"register_buffer", "register_parameter"})

_METHODS: dict[str, Callable[[CallContext, Tree], Value]] = {
    **dict.fromkeys(["parameters", "named_parameters"], _parameters),
    **dict.fromkeys(["buffers", "named_buffers"], _buffers),
    **dict.fromkeys(["children", "named_children", "modules", "named_modules"], _submodules),
    **dict.fromkeys(["train", "eval"], _mode),
    **dict.fromkeys(_REGISTERED, _register),
    **dict.fromkeys(["load_state_dict", "reset_parameters"], _load),
    "state_dict": _state_dict,
    "requires_grad_": _flag,
    "zero_grad": _zero_grad,
    "apply": _apply_function,
}


def _number_of(value: Value) -> int:
    """The number by which the heap knows a tensor or a module."""
    return (
        value.ref if isinstance(value, TensorValue) else value.id if isinstance(value, (Instance, ModuleValue)) else -1
    )

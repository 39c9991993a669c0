"""Models and optimizers that are made out of sight, and that the file trains: what they are taken to do.

An unknown value becomes one by its name, where the file shows that it trains what has that name (`idioms.trained_names`). A
model has one parameter that stands for all of its own. What is found by it assumes that the model is trained.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.tensor import YES
from flake8_gradsafe.idioms.trained_names import telling_words
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.domain.facts import (
    HeldTensors,
    IsParameter,
    KnownTensor,
    ModelResult,
    OfLibrary,
    OpaqueModel,
    OpaqueOptimizer,
    OpenFrom,
    PartOf,
    WrapperOf,
)
from flake8_gradsafe.interpreter.domain.values import (
    Instance,
    ModuleValue,
    NonTensor,
    OptimizerValue,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.module_walk import parameters_of
from flake8_gradsafe.interpreter.models.unknown import computed_attributes
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.run import Run

#: The kind of a module that is out of sight, and the name of the parameter that stands for all of its own.
OPAQUE = "(opaque)"
_PARAMETERS = "(parameters)"
#: The names of a module's attributes that are no parameters, and of those that are.
_NO_PARAMETER = re.compile(
    r"running|mean|var|buffer|mask|count|step|state|grad|loss|memory|queue|cache|output|input|avg|ema|num_"
)
_PARAMETER = re.compile(r"(?:^|[._])(?:weight|bias|kernel|gamma|beta|param)(?:s|_[a-z0-9]+)?$")

#: Methods of a model that compute nothing with its parameters.
_NO_FORWARD = re.compile(
    r"^log$|^get_(?!log|loss|logit|prob|value|action|feature|embed|out|score|pred)|^(?:get$|set|save|load|update|reset|init|sync|to|from|print|add|remove|register|is|has|freeze|unfreeze|build|"
    r"configure|make|create|clear|share|copy|push|pull|hard|soft|polyak|num|count|dump|restore|resume|export|compile|summary|"
    r"no_sync|join|backward|step|fit)(?:_|$)"
)


#: Words in the names of a module's attributes that are called, and have no parameters.
_NO_PARAMETERS = re.compile(
    r"act|relu|gelu|elu|tanh|sigmoid|softmax|drop|pool|pad|sample|resize|interp|flatten|reshape|transform|normali[sz]e|augment|"
    r"quant|loss|crit|mask|token|sched|noise|metric|fn$|func|hook|callback|logger|dist|prior|vocab|preprocess|^f$|^fn",
    re.IGNORECASE,
)


def recognized(run: Run, value: Value, name: str, state: State, place: ir.Place) -> Value:
    """An unknown value as the model or the optimizer that the file trains, or steps, under its name; any other as it is.

    An optimizer that was given nothing in sight holds what its name tells.
    """
    if isinstance(value, OptimizerValue) and name in run.names.optimizers and not _holds_anything(value, state):
        state.heap.note(value.id, _optimizer_of(run, name))
        return value
    if not _may_be_anything(value, state):
        return value
    wrapped = state.heap.fact(value.id, WrapperOf) if isinstance(value, Unknown) else None
    kinds = run.names.models if wrapped is not None and is_opaque(wrapped.value) else run.names.optimizers
    if wrapped is not None and name in kinds:
        return wrapped.value
    if name in run.names.optimizers:
        return _opaque_optimizer(_optimizer_of(run, name), state)
    return _opaque_model(name, place, state) if name in run.names.models else value


def model_given(name: str, place: ir.Place, state: State) -> Value:
    """The model that a framework gives to what computes its loss, and trains."""
    return _opaque_model(name, place, state)


def _may_be_anything(value: Value, state: State) -> bool:
    """Whether nothing is known of a value but what it was made from, or that it was moved: that may be a model."""
    ref = state.known_tensor(value)
    if ref is None:
        return isinstance(value, Unknown) and not isinstance(value, NonTensor)
    tensor = state.autograd.tensors[ref]
    node = None if tensor.node is None else state.autograd.nodes.get(tensor.node)
    if tensor.tensor_seen or node is None:
        return False
    return node.name in library.MODULE_SELF or (node.opaque and not node.trained)


def _opaque_optimizer(fact: OpaqueOptimizer, state: State) -> OptimizerValue:
    made = OptimizerValue(state.autograd.tick())
    state.heap.note(made.id, fact)
    return made


def _optimizer_of(run: Run, name: str) -> OpaqueOptimizer:
    return OpaqueOptimizer(name, run.names.held.get(name, frozenset()), len(run.names.optimizers) == 1)


def _holds_anything(optimizer: OptimizerValue, state: State) -> bool:
    held = state.heap.fact(optimizer.id, HeldTensors)
    return state.heap.has(optimizer.id, OpaqueOptimizer) or (held is not None and bool(held.values))


def _opaque_model(name: str, place: ir.Place, state: State) -> ModuleValue:
    made = _module_out_of_sight(place, state)
    state.heap.note(made.id, OpaqueModel(name))
    return made


def library_model(place: ir.Place, state: State) -> ModuleValue:
    """A model of a library, as it is when it has been made: its parameters require grad."""
    made = _module_with(state.autograd.new(YES, place), place, state)
    state.heap.note(made.id, OfLibrary())
    return made


def _module_out_of_sight(place: ir.Place, state: State) -> ModuleValue:
    return _module_with(state.autograd.parameter_out_of_sight(place), place, state)


def _module_with(parameter: int, place: ir.Place, state: State) -> ModuleValue:
    made = ModuleValue(state.autograd.tick(), OPAQUE, (), place)
    state.heap.note(parameter, IsParameter())
    state.heap[made.id, _PARAMETERS] = TensorValue(parameter)
    state.heap[made.id, "training"] = state.unknown()
    state.heap.note(made.id, OpenFrom(1))
    return made


def as_layer(module: Instance, name: str, value: Value, place: ir.Place, state: State) -> Value:
    """What a module of the file calls in its forward: an attribute of which nothing is known is a layer, unless its name tells
    that it has no parameters.
    """
    if module.cls.kind != "module" or _NO_PARAMETERS.search(name):
        return value
    made = layer_of(value, place, state)
    if made is not value:
        state.heap[module.id, name] = made
    return made


def layer_of(value: Value, place: ir.Place, state: State) -> Value:
    """A value of which nothing is known, where a layer stands, as a module out of sight; any other as it is."""
    if not _may_be_anything(value, state):
        return value
    made = _module_out_of_sight(place, state)
    for attribute, kept in list(state.heap.attributes(value.id)) if isinstance(value, Unknown) else ():
        state.heap[made.id, attribute] = kept
    return made


def is_opaque(value: Value) -> bool:
    """Whether a value is a model that is out of sight."""
    return isinstance(value, ModuleValue) and value.kind == OPAQUE


def attribute_of_opaque(run: Run, module: ModuleValue, name: str, state: State) -> Value:
    """An attribute of a model that is out of sight: `module` is itself, as of a wrapper; any other is a part of it, or the
    optimizer that it holds.
    """
    if name == "module":
        return module
    kept = state.heap.get((module.id, name))
    if kept is None and name in run.names.optimizers:
        kept = state.heap[module.id, name] = _optimizer_within(run, module, name, state)
    if kept is None:
        kept = state.heap[module.id, name] = made = state.unknown()
        _note_part(made, PartOf(module.id, name), state)
    return kept


def _optimizer_within(run: Run, module: ModuleValue, name: str, state: State) -> OptimizerValue:
    """An optimizer that a model out of sight holds: if it is the only one of the file, it steps the model."""
    found, model = _optimizer_of(run, name), state.heap.fact(module.id, OpaqueModel)
    if found.alone and model is not None:
        found = replace(found, models=found.models | {model.name})
    return _opaque_optimizer(found, state)


def part_of_model(value: Value, place: ir.Place, state: State) -> ModuleValue | None:
    """The module that an attribute of a model out of sight is, once it is used as one; its parameters are its own."""
    part = state.heap.fact(value.id, PartOf) if isinstance(value, Unknown) else None
    if part is None:
        return None
    made = _module_out_of_sight(place, state)
    state.heap[part.module, part.name] = made
    return made


def part_of_part(part: Value, value: Value, name: str, state: State) -> None:
    """An attribute of a part of a model out of sight is a part of the model."""
    whole = state.heap.fact(part.id, PartOf) if isinstance(part, Unknown) else None
    if whole is not None and isinstance(value, Unknown) and not state.heap.has(value.id, PartOf):
        _note_part(value, PartOf(whole.module, f"{whole.name}.{name}"), state)


def take_for_parameter(value: Value, state: State) -> None:
    """An attribute of a model out of sight that is used as a tensor is its parameter, unless its name tells otherwise."""
    part = state.heap.fact(value.id, PartOf) if isinstance(value, Unknown) else None
    if isinstance(value, Unknown) and part is not None and _NO_PARAMETER.search(part.name.rpartition(".")[2]) is None:
        _note_parameter(value, part, state)


def _note_part(value: Unknown, part: PartOf, state: State) -> None:
    state.heap.note(value.id, part)
    if _PARAMETER.search(part.name):
        _note_parameter(value, part, state)


def _note_parameter(value: Unknown, part: PartOf, state: State) -> None:
    parameter = state.heap.get((part.module, _PARAMETERS))
    if state.heap.has(part.module, OfLibrary):
        return
    if isinstance(parameter, TensorValue) and not state.heap.has(value.id, KnownTensor):
        state.heap.note(value.id, KnownTensor(parameter.ref))


def is_forward(method: str) -> bool:
    """Whether a method of a model that is out of sight is taken to compute with its parameters."""
    return not method.startswith("_") and _NO_FORWARD.search(method) is None


def call_opaque(call: CallContext, module: ModuleValue) -> Value:
    """What a model that is out of sight computes of its arguments."""
    state, place = call.state, call.node.place
    values = call.arguments.all()
    refs = [ref for value in values for ref in state.tensors_in(value)]
    for value in values:
        if isinstance(value, Unknown) and (ref := state.as_tensor(value, place)) is not None and ref not in refs:
            refs.append(ref)
        state.forget_items(value)
    refs += [ref for ref in computed_attributes(module, state) if ref not in refs]
    state.escaped |= frozenset(refs)
    own = [value.ref for _, value in parameters_of(module, state)]
    name = last_name(call.node.function) if isinstance(call.node, ir.Call) else "model"
    forward = call.callee in {"", "forward", "__call__"}
    used = forward and state.heap.has(module.id, OfLibrary)
    keeps = library.KEEPING_LAYERS.search(name) is not None
    made = ops.call_trained(
        state.autograd, name or "model", own, refs, place, frees=forward or None, keeps=keeps, used=used
    )
    return _result_of_model(made, state)


def result_of_forward(module: Instance, given: Sequence[Value], place: Place, state: State) -> Value:
    """What the forward of a module of the program computes, where it is not followed."""
    refs = [ref for value in given for ref in state.tensors_in(value)]
    own = [value.ref for _, value in parameters_of(module, state)]
    if not own:
        return state.unknown()
    return _result_of_model(ops.call_trained(state.autograd, module.cls.code.name, own, refs, place, frees=None), state)


def _result_of_model(made: int, state: State) -> Value:
    result = state.unknown()
    state.heap.note(result.id, KnownTensor(made))
    state.heap.note(result.id, ModelResult())
    return result


def part_of_result(value: Value, key: str, place: ir.Place, state: State) -> Value | None:
    """What stands under a key, or at a place, in what a model out of sight gave; None for any other value."""
    ref = state.known_tensor(value)
    if ref is None or not isinstance(value, Unknown) or not state.heap.has(value.id, ModelResult):
        return None
    kept = state.heap.get((value.id, key))
    if kept is None:
        kept = state.heap[value.id, key] = made = state.unknown()
        state.heap.note(made.id, KnownTensor(ops.part_of_result(state.autograd, ref, place)))
        state.heap.note(made.id, ModelResult())
    return kept


def held_by_opaque(optimizer: OpaqueOptimizer, state: State) -> list[int]:
    """The parameters of the models in sight that an optimizer made out of sight is taken to hold.

    These are the models that the file gives it by name; else those whose names share a word with its own; else all that are
    trained, where it is the only optimizer of the file.
    """
    models = state.heap.facts_of_kind(OpaqueModel)
    held = [owner for owner, model in models if model.name in optimizer.models]
    if not held and not optimizer.models:
        alike = _alike(optimizer, state)
        held = [owner for owner, model in models if model.name in alike or (not alike and optimizer.alone)]
    return [value.ref for owner in held for _, value in parameters_of(ModuleValue(owner, OPAQUE, (), None), state)]


def is_guessed(optimizer: OpaqueOptimizer, state: State) -> bool:
    """Whether no name tells which of several models an optimizer made out of sight holds."""
    names = {model.name for _, model in state.heap.facts_of_kind(OpaqueModel)}
    return len(names) > 1 and names.isdisjoint(optimizer.models) and not _alike(optimizer, state)


def _alike(optimizer: OpaqueOptimizer, state: State) -> set[str]:
    """The names of trained models that share a telling word with an optimizer's, or the only one that its letter begins."""
    words = telling_words(optimizer.name)
    names = {model.name for _, model in state.heap.facts_of_kind(OpaqueModel)}
    sharing = {name for name in names if not words.isdisjoint(telling_words(name))}
    letters = {word for word in words if len(word) == 1}
    beginning = {name for name in names if any(word[:1] in letters for word in telling_words(name))}
    return sharing or (beginning if len(beginning) == 1 else set())

"""Code that is out of sight: what it gives back, and what it may have done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.tensor import Grad
from flake8_gradsafe.interpreter.checks.out_of_reach import note_handed_on
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.facts import (
    ClearedGradient,
    ComputedFrom,
    HandedOut,
    ItemOf,
    KnownTensor,
    LatestGradient,
    OpaqueModel,
    RunByItself,
    UsedGradient,
    WrapperOf,
)
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    Instance,
    ModuleValue,
    NonTensor,
    OptimizerValue,
    QualifiedName,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.module_walk import parameters_of
from flake8_gradsafe.interpreter.paths.join import same_world
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import is_attribute_of_self, last_name

if TYPE_CHECKING:
    from collections.abc import Iterable


def non_tensor_result(arguments: Arguments, state: State) -> Value:
    """The result of a call that gives no tensor. It may have changed the containers that it was given."""
    for value in arguments.all():
        state.forget_items(value)
    return state.plain()


def text_result(arguments: Arguments, state: State) -> Value:
    """The result of a call that gives a string."""
    non_tensor_result(arguments, state)
    return state.text()


def unknown_call(
    name: str, given: tuple[Value, ...], node: ir.Expression, state: State, receiver: Value = NONE
) -> Value:
    """Call code that is out of sight: it may change what it is given, and its result may depend on it.

    The name of a tensor's method is written with a dot before it, that of what is given an attribute of `self`, which may be a
    module, with `(self)` behind it.
    """
    values = (receiver, *given)
    for value in given:
        if isinstance(value, (ModuleValue, Instance)):
            state.heap.note(value.id, HandedOut())
            _may_unfreeze(value, state)
    refs = [ref for value in values for ref in state.tensors_in(value)]
    refs += computed_attributes(receiver, state)
    state.escaped |= frozenset(refs)
    note_handed_on(name, refs, state)
    _forget_clears(name.rpartition(".")[2], given, state)
    modules = [value for value in given if isinstance(value, ModuleValue) and state.heap.has(value.id, OpaqueModel)]
    wrapped: list[ModuleValue | OptimizerValue] = [*modules]
    wrapped += [value for value in given if isinstance(value, OptimizerValue)]
    if len(wrapped) == 1 and not refs and not (modules and any(type(value) is Unknown for value in given)):
        made = state.unknown()
        state.heap.note(made.id, WrapperOf(wrapped[0]))
        return made
    refs += [parameter.ref for module in modules for _, parameter in parameters_of(module, state)]
    unknown = tuple(value for value in given if isinstance(value, Unknown))
    if state.known_tensor(receiver) is not None:
        name = f".{name}"
    elif _is_given_an_object(given, node, state):
        name = f"{name}(self)"
    if isinstance(receiver, Unknown) and state.known_tensor(receiver) is None:
        state.heap.note(receiver.id, RunByItself())
    for value in values:
        state.forget_items(value)
        for item in state.items_of(value) or ():
            state.forget_items(item)
    result = unknown_result(name, refs, node.place, state, unknown)
    if isinstance(receiver, Unknown) and isinstance(result, Unknown) and not refs:
        state.heap.note(result.id, ItemOf(receiver.id))
    return result


def _forget_clears(name: str, given: tuple[Value, ...], state: State) -> None:
    """Code out of sight that is given a model, an optimizer or a loss may compute gradients anew."""
    given_model = any(isinstance(value, (ModuleValue, OptimizerValue)) for value in given)
    if training.may_run_backward(name, on_loss=not given_model):
        for ref in state.autograd.trained:
            state.heap.forget(ref, ClearedGradient)
    if given_model or training.may_clear(name) or "step" in name:
        for ref, _ in list(state.heap.facts_of_kind(LatestGradient)):
            state.heap.forget(ref, LatestGradient)
    if given_model or training.may_clear(name):
        for ref, _ in list(state.heap.facts_of_kind(UsedGradient)):
            state.heap.forget(ref, UsedGradient)


def computed_attributes(owner: Value, state: State) -> list[int]:
    """The tensors in a graph that the program has given an object out of sight, which may compute with them."""
    if not isinstance(owner, (Unknown, ModuleValue)):
        return []
    held = (state.known_tensor(value) for _, value in state.heap.attributes(owner.id))
    return [ref for ref in held if ref is not None and state.autograd.tensors[ref].node is not None]


def may_be_module(node: ir.Expression) -> bool:
    """Whether an expression is an attribute of `self`, and no number by its name."""
    return is_attribute_of_self(node) and library.NUMBERS.search(last_name(node)) is None


def _is_given_an_object(given: tuple[Value, ...], node: ir.Expression, state: State) -> bool:
    """Whether an argument is an attribute of `self` of which nothing is known: it may be a module."""
    spelled = node.arguments if isinstance(node, ir.Call) else ()
    return any(
        isinstance(value, Unknown)
        and not isinstance(value, NonTensor)
        and state.known_tensor(value) is None
        and may_be_module(argument.value)
        for value, argument in zip(given, spelled, strict=False)
    )


def _may_unfreeze(module: ModuleValue | Instance, state: State) -> None:
    """Code out of sight may make a module's frozen parameters require grad."""
    for _, value in parameters_of(module, state):
        state.escaped |= {value.ref}
        tensor = state.autograd.tensors[value.ref]
        if not tensor.grad.possible:
            state.autograd.tensors[value.ref] = tensor._replace(grad=Grad(sources=frozenset({value.ref})))


def unknown_result(
    name: str,
    refs: Iterable[int],
    place: ir.Place,
    state: State,
    unknown: tuple[Unknown, ...] = (),
) -> Value:
    """What code out of sight gives back: connected to the tensors that it was given, where there are any.

    Of `unknown` arguments it is not known whether they are tensors: they are taken for some as soon as the result is.
    """
    result = state.unknown()
    refs = list(refs)
    if not refs and unknown:
        state.heap.note(result.id, ComputedFrom(unknown, name))
    if refs:
        refs += [ref for each in unknown if (ref := state.as_tensor(each, place)) is not None and ref not in refs]
        made = ops.call_unknown(state.autograd, name, refs, place, tensor_seen=False)
        state.heap.note(result.id, KnownTensor(made))
    return result


def unknown_holding(refs: Iterable[int], place: ir.Place, state: State, name: str = "container") -> Value:
    """Something that holds these tensors, or is one of them."""
    refs = list(refs)
    result = unknown_result(name, refs, place, state)
    made = state.known_tensor(result)
    if made is not None:
        for ref in refs:
            state.autograd.may_share(made, ref)
    return result


def _on_any_device(value: Value) -> Value:
    """A class of tensors, whatever device it makes them on: `torch.FloatTensor` for `torch.cuda.FloatTensor`."""
    if isinstance(value, QualifiedName) and value.path.startswith("torch.cuda.") and value.path.endswith("Tensor"):
        return QualifiedName(value.path.replace("torch.cuda.", "torch."))
    return value


def join_values(options: list[tuple[Value, State]], place: ir.Place, state: State) -> Value:
    """One of several values, each computed on a fork of its own."""
    values = [_on_any_device(value) for value, _ in options]
    if all(value == values[0] for value in values) and all(
        same_world(twin.autograd, state.autograd) for _, twin in options
    ):
        return values[0]
    if any(twin.autograd.logs != state.autograd.logs for _, twin in options):
        state.assume(UNMODELLED)
    refs = [ref for value, twin in options for ref in twin.tensors_in(value)]
    known = [ref for ref in refs if ref in state.autograd.tensors]
    return unknown_holding(known, place, state, name="choice")

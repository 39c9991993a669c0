"""Attributes of values: of tensors, objects, modules and of what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import NO, CutKind
from flake8_gradsafe.interpreter.checks.vain_edits import gradient_edited_by_hand, gradient_taken
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.constants import class_name, class_of
from flake8_gradsafe.interpreter.domain.facts import DetachedAt, IsParameter, RewrappedAt, UnusedGradient
from flake8_gradsafe.interpreter.domain.tensor_metadata import known_attribute
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    Instance,
    LibraryInstance,
    Literal,
    Method,
    ModuleValue,
    OptimizerValue,
    QualifiedName,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.events import GradOfDetached, GradOfUnreached
from flake8_gradsafe.interpreter.expressions.registry import expression
from flake8_gradsafe.interpreter.models.computed_leaves import emit_grad_of_computed
from flake8_gradsafe.interpreter.models.distributions import KIND, attribute_of_distribution
from flake8_gradsafe.interpreter.models.opaque import (
    attribute_of_opaque,
    is_opaque,
    part_of_part,
    part_of_result,
    recognized,
    take_for_parameter,
)
from flake8_gradsafe.interpreter.models.parametrizations import accessed_parameter
from flake8_gradsafe.interpreter.models.tensors import data_of, is_computed, keeps_no_gradient
from flake8_gradsafe.interpreter.paths.premises import path_premises
from flake8_gradsafe.interpreter.run import made_at
from flake8_gradsafe.interpreter.subscripts import item_at
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter


#: Receivers whose `.data` is no tensor's.
_HOLDERS_OF_DATA = frozenset(
    "self cls args opt opts options cfg config conf hparams batch dataset ds event request response".split()
)


_DETACHING = frozenset({CutKind.DETACH, CutKind.DATA})


WITH_ATTRIBUTES = (Unknown, ModuleValue, Instance, LibraryInstance)


@expression(ir.Attribute)
def evaluate_attribute(interp: Interpreter, node: ir.Attribute, state: State) -> Value:
    """`value.attr`."""
    return look_up(interp, interp.evaluate(node.value, state), node, state)


def look_up(interp: Interpreter, receiver: Value, node: ir.Attribute, state: State) -> Value:
    """An attribute of a value."""
    if node.attr == "__name__" and (name := class_name(receiver)) is not None:
        return Literal(name)
    if isinstance(receiver, QualifiedName):
        return QualifiedName(f"{receiver.path}.{node.attr}")
    if isinstance(receiver, Unknown) and node.attr == "data" and may_be_tensor(node.value):
        take_for_parameter(receiver, state)
        state.as_tensor(receiver, node.place)
    ref = state.known_tensor(receiver)
    if ref is not None:
        return _tensor_attribute(interp, ref, receiver, node, state)
    if node.attr == "__class__" and (cls := class_of(receiver)) is not None:
        return cls
    found = accessed_parameter(interp, receiver, node.attr, node, state)
    if found is None:
        found = interp.attribute(receiver, node.attr, node, state)
    if found is not None:
        return found
    if node.attr in library.MODULE_METHODS and _is_module(receiver):
        return Method(receiver, node.attr)
    if isinstance(receiver, ModuleValue) and is_opaque(receiver):
        return attribute_of_opaque(interp.run, receiver, node.attr, state)
    if isinstance(receiver, (Unknown, ModuleValue, Instance, OptimizerValue)):
        found = attribute_of(receiver.id, node.attr, state)
        if type(found) is Unknown and isinstance(receiver, Unknown) and last_name(node.value) in library.SETTINGS:
            found = state.as_plain(found)
        found = recognized(interp.run, found, node.attr, state, node.place)
        part_of_part(receiver, found, node.attr, state)
        state.heap[receiver.id, node.attr] = found
        return found
    if isinstance(receiver, LibraryInstance):
        if receiver.kind in library.OPEN_OBJECTS and node.attr not in library.METHODS_OF_OPEN_OBJECTS:
            return attribute_of(receiver.id, node.attr, state)
        own = state.heap.get((receiver.id, node.attr))
        if own is None and receiver.kind == KIND:
            own = attribute_of_distribution(receiver, node.attr, node, state)
        return own or Method(receiver, node.attr)
    if isinstance(receiver, TupleValue) and node.attr in library.NAMED_OUTPUTS:
        return item_at(interp, receiver, library.NAMED_OUTPUTS[node.attr], state) or state.unknown()
    return Method(receiver, node.attr)


def _tensor_attribute(interp: Interpreter, ref: int, receiver: Value, node: ir.Attribute, state: State) -> Value:
    if node.attr == "data":
        return TensorValue(data_of(interp, ref, node.place, state))
    if node.attr == "grad":
        _emit_missing_grad(interp, ref, node, state)
        _emit_unreached_grad(interp, ref, node, state)
        emit_grad_of_computed(interp, ref, node, state)
        return _gradient_of(interp, ref, node, state)
    if node.attr == "requires_grad":
        return _requires_grad(ref, state)
    if node.attr == "is_leaf":
        return _is_leaf(ref, state)
    if node.attr in library.PLAIN_ATTRIBUTES:
        told = known_attribute(state.autograd.tensors[ref].metadata, node.attr, state)
        return told or attribute_of(ref, node.attr, state)
    if node.attr in {"T", "mT", "H", "mH", "real", "imag"}:
        return interp.call_method(receiver, node.attr, Arguments(), node, state)
    kept = state.heap.get((ref, node.attr))
    if kept is None and node.attr not in interp.run.operators.methods:
        kept = part_of_result(receiver, node.attr, node.place, state)
    return kept if kept is not None else Method(receiver, node.attr)


def _gradient_of(interp: Interpreter, ref: int, node: ir.Attribute, state: State) -> Value:
    """`.grad`: a tensor once a backward has reached the leaf, None before, where all that could set it is in sight.

    What is computed keeps none unless it is told to.
    """
    tensor = state.autograd.tensors[ref]
    kept = state.heap.get((ref, "grad"))
    if kept is None and keeps_no_gradient(ref, state):
        return NONE
    if kept is not None or tensor.node is not None or not tensor.tensor_seen:
        return attribute_of(ref, "grad", state)
    if ref in state.autograd.graded:
        made = TensorValue(state.autograd.new(NO, node.place))
        interp.run.spared_leaves.add(made_at(state, ref))
        unused = state.heap.fact(ref, UnusedGradient)
        if unused is not None and not interp.run.looks_at_gradient(node, keeps_numbers=False):
            interp.run.read_backwards.add(unused.backward)
        edit = interp.run.edit_of_gradient(node)
        if edit is not None and gradient_edited_by_hand(interp.run, ref, edit, state):
            return made
        if interp.run.looks_at_gradient(node, keeps_numbers=True):
            state.heap.forget(ref, RewrappedAt)
        else:
            gradient_taken(interp.run, ref, state)
            state.heap[ref, "grad"] = made
        return made
    if tensor.grad.sure and ref not in state.escaped:
        return NONE
    return attribute_of(ref, "grad", state)


def _requires_grad(ref: int, state: State) -> Value:
    grad = state.autograd.grad_of(state.autograd.tensors[ref])
    if grad.sure or (not grad.possible and state.autograd.tensors[ref].tensor_seen):
        return Literal(grad.sure)
    return attribute_of(ref, "requires_grad", state)


def _is_leaf(ref: int, state: State) -> Value:
    tensor = state.autograd.tensors[ref]
    if tensor.node is None and (tensor.grad.sure or (not tensor.grad.possible and tensor.tensor_seen)):
        return Literal(True)
    if is_computed(ref, state):
        return Literal(False)
    return attribute_of(ref, "is_leaf", state)


def _emit_missing_grad(interp: Interpreter, ref: int, node: ir.Attribute, state: State) -> None:
    """`.grad` of a detached tensor: None for ever, unless it was made a leaf or given a gradient by hand."""
    tensor = state.autograd.tensors[ref]
    if interp.run.asking or tensor.grad.possible or not tensor.tensor_seen or (ref, "grad") in state.heap:
        return
    if ref in state.autograd.graded or ref in state.escaped or tensor.base is not None:
        return
    cuts = [cut.place for cut in tensor.cuts if cut.sure and cut.kind in _DETACHING]
    detached = state.heap.fact(ref, DetachedAt)
    places = cuts if detached is None else [detached.place]
    if places:
        interp.run.events.append(GradOfDetached(node.place, path_premises(state), places[0]))


def _emit_unreached_grad(interp: Interpreter, ref: int, node: ir.Attribute, state: State) -> None:
    """`.grad` of a leaf of this program's own, behind a backward that has not reached it: None, whoever reads it."""
    tensor = state.autograd.tensors[ref]
    if interp.run.asking or not tensor.grad.sure or tensor.node is not None or not tensor.tensor_seen:
        return
    if ref in state.autograd.graded or ref in state.escaped or (ref, "grad") in state.heap:
        return
    if state.differentiated and not state.hidden and not state.heap.has(ref, IsParameter):
        interp.run.emit(GradOfUnreached(node.place, path_premises(state), tensor.place), state)


def attribute_of(owner: int, name: str, state: State) -> Value:
    """An attribute of something unknown: unknown, but the same one each time."""
    value = state.heap.get((owner, name))
    if value is None:
        plain = name in library.DESCRIBING_ATTRIBUTES
        value = state.heap[owner, name] = state.plain() if plain else state.unknown()
    return value


def may_be_tensor(node: ir.Expression) -> bool:
    """Whether an expression before `.data` may be a tensor, by its name: datasets, configurations and `self` are none."""
    return not (isinstance(node, ir.Name) and node.id in _HOLDERS_OF_DATA)


def _is_module(value: Value) -> bool:
    return isinstance(value, ModuleValue) or (isinstance(value, Instance) and value.cls.kind == "module")

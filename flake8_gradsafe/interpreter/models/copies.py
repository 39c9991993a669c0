"""The copies that `copy.copy` and `copy.deepcopy` make: of modules and their parameters, of containers, of other objects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from flake8_gradsafe.interpreter.call import CallContext, function_model
from flake8_gradsafe.interpreter.domain.facts import BaseModule, Fact, IsBuffer, IsParameter, SnapshotOf
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    NonTensor,
    Partial,
    QualifiedName,
    RangeValue,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.models.snapshots import copied_snapshot
from flake8_gradsafe.interpreter.models.tensors import is_computed
from flake8_gradsafe.interpreter.models.unknown import unknown_call

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.heap import Entry
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.syntax import program as ir

_Object: TypeAlias = "Instance | ModuleValue | ListValue | DictValue"

#: What Python does not copy: it gives back the same.
_SHARED = (Literal, QualifiedName, FunctionValue, ClassValue, RangeValue, NonTensor)


class Copies(dict[int, Value]):
    """The copies that there are already, by the numbers of what they are copies of: only of what is newer than `since`."""

    def __init__(self, since: int = 0) -> None:
        super().__init__()
        self.since = since

    def shares(self, number: int) -> bool:
        """Whether the copy is to hold the same object, not one of its own."""
        return number <= self.since


@function_model("copy.copy")
def call_copy(call: CallContext) -> Value:
    """`copy.copy(value)`: another object of the same items and attributes; a module's parameters are the very same."""
    arguments, state = call.arguments, call.state
    given = arguments.positional[0] if arguments.positional else NONE
    if isinstance(given, DictValue) and (entries := state.entries_of(given)) is not None:
        return state.new_dict(entries)
    if (copied := copied_snapshot(given, state)) is not None:
        return copied
    if isinstance(given, ListValue) and (state.known_items(given) or state.unknown_from(given) is None):
        return state.new_list(state.known_items(given), state.unknown_from(given))
    if isinstance(given, (Instance, ModuleValue)) and not _copies_itself(given, "__copy__", state):
        return _shallow_copy(given, state)
    return given if isinstance(given, _SHARED) else unknown_call(call.callee, arguments.all(), call.node, state)


@function_model("copy.deepcopy")
def call_deepcopy(call: CallContext) -> Value:
    """`copy.deepcopy(value)`: other objects with memory of their own. A tensor that is no leaf refuses it."""
    given = call.arguments.positional
    return _deep_copy(given[0], call.node, call.state, Copies()) if given else call.state.unknown()


def made_again(value: Instance, node: ir.Expression, state: State, since: int) -> Value:
    """Another object as the same call makes it again that has made this one since a time: what it was given, both share."""
    return _deep_copy(value, node, state, Copies(since))


def _shallow_copy(value: Instance | ModuleValue, state: State) -> Value:
    twin = replace(value, id=state.autograd.tick())
    for key, entry in state.heap.entries(value.id):
        if isinstance(entry, BaseModule) and isinstance(entry.value, ModuleValue):
            state.heap[twin.id, key] = BaseModule(replace(entry.value, id=twin.id))
        else:
            state.heap[twin.id, key] = entry
    return twin


def _deep_copy(value: Value, node: ir.Expression, state: State, made: Copies) -> Value:
    """A copy of a value; `made` are the copies that there are already."""
    if isinstance(value, TensorValue):
        if made.shares(value.ref):
            return value
        if value.ref not in made:
            again = made.since > 0 and is_computed(value.ref, state)
            made[value.ref] = state.unknown() if again else _tensor_copied(value.ref, node, state)
        return made[value.ref]
    if isinstance(value, TupleValue):
        return TupleValue(_all_copied(value.items, node, state, made))
    if isinstance(value, (Instance, ModuleValue, ListValue, DictValue)):
        return _object_copied(value, node, state, made)
    if isinstance(value, Method):
        return Method(_deep_copy(value.receiver, node, state, made), value.name)
    if isinstance(value, Partial):
        given = _all_copied((value.function, *value.positional), node, state, made)
        keywords = tuple((name, _deep_copy(each, node, state, made)) for name, each in value.keywords)
        return Partial(given[0], given[1:], keywords)
    return value if isinstance(value, _SHARED) else state.unknown()


def _all_copied(values: tuple[Value, ...], node: ir.Expression, state: State, made: Copies) -> tuple[Value, ...]:
    return tuple(_deep_copy(value, node, state, made) for value in values)


def _tensor_copied(ref: int, node: ir.Expression, state: State) -> Value:
    """A copy of a tensor: a leaf, if that requires grad. The gradient of a parameter is not copied, that of another leaf is."""
    if is_computed(ref, state):
        state.signal = "raise"
        return state.unknown()
    tensor = state.autograd.tensors[ref]
    grad = state.autograd.grad_of(tensor)
    copied = state.autograd.new(
        grad,
        node.place,
        cuts=frozenset() if grad.possible else tensor.cuts,
        tensor_seen=tensor.tensor_seen,
        dtype=tensor.dtype,
        metadata=tensor.metadata,
    )
    for kind in (IsParameter, IsBuffer):
        if state.heap.has(ref, kind):
            state.heap.note(copied, kind())
    if grad.possible and not state.heap.has(ref, IsParameter):
        state.autograd.graded |= {copied}
    return TensorValue(copied)


def _object_copied(value: _Object, node: ir.Expression, state: State, made: Copies) -> Value:
    if made.shares(value.id):
        return value
    known = made.get(value.id)
    if isinstance(known, (Instance, ModuleValue, ListValue, DictValue)):
        return replace(value, id=known.id)  # an object has the number of the module that it is by a base of its class
    if known is not None:
        return known
    if isinstance(value, Instance) and _copies_itself(value, "__deepcopy__", state):
        made[value.id] = state.unknown()
        return made[value.id]
    twin = made[value.id] = replace(value, id=state.autograd.tick())
    for key, entry in state.heap.entries(value.id):
        if not isinstance(entry, SnapshotOf):
            state.heap[twin.id, key] = _entry_copied(entry, node, state, made)
    return twin


def _copies_itself(value: Instance | ModuleValue, method: str, state: State) -> bool:
    """Whether an object's class tells itself how it is copied."""
    return isinstance(value, Instance) and any((each.id, method) in state.heap for each in value.cls.lineage)


def _entry_copied(entry: Entry, node: ir.Expression, state: State, made: Copies) -> Entry:
    if not isinstance(entry, Fact):
        return _deep_copy(entry, node, state, made)
    return entry.with_values(_all_copied(entry.values, node, state, made))

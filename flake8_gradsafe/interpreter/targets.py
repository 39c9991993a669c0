"""What a statement binds: names, attributes, items; and what `+=` writes in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import writes
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.facts import (
    AssignedAt,
    ClearedLast,
    IsParameter,
    LeftGradient,
    RewrappedAt,
    UsedGradient,
)
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    ClassValue,
    DictValue,
    FunctionValue,
    Generator,
    Instance,
    IteratorValue,
    LazyViews,
    LibraryInstance,
    ListValue,
    Literal,
    ModuleValue,
    NonTensor,
    OptimizerValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.events import Discarded, SnapshotUse
from flake8_gradsafe.interpreter.expressions.attributes import may_be_tensor
from flake8_gradsafe.interpreter.models.arithmetic import note_terms
from flake8_gradsafe.interpreter.models.flags import knows_nothing_of, misspelt_attribute
from flake8_gradsafe.interpreter.models.forms import is_slice
from flake8_gradsafe.interpreter.models.inplace import augment_tensor, augmented_value, record_data_write, store_item
from flake8_gradsafe.interpreter.models.module_walk import container_of
from flake8_gradsafe.interpreter.models.opaque import part_of_result, recognized
from flake8_gradsafe.interpreter.models.operators import item_of_unknown, view_at
from flake8_gradsafe.interpreter.models.snapshots import values_moved
from flake8_gradsafe.interpreter.models.tensors import set_requires_grad
from flake8_gradsafe.interpreter.models.unknown import unknown_holding
from flake8_gradsafe.interpreter.paths.premises import path_premises
from flake8_gradsafe.interpreter.subscripts import item_of, iterated
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.tensor import Tensor
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter


#: What has attributes that can be set.
_OWNERS = (Unknown, ModuleValue, Instance, LibraryInstance, FunctionValue, ClassValue, OptimizerValue)


def bind(interp: Interpreter, target: ir.Expression, value: Value, node: ir.Statement, state: State) -> None:
    """Bind a value to a target of any form."""
    if isinstance(target, ir.Name):
        state.bind(target.id, recognized(interp.run, value, target.id, state, node.place))
    elif isinstance(target, ir.Attribute):
        _set_attribute(interp, target, value, node, state)
    elif isinstance(target, ir.Subscript):
        _set_item(interp, target, value, node, state)
    elif isinstance(target, ir.Sequence):
        _unpack(interp, target, value, node, state)
    elif isinstance(target, ir.Starred):
        bind(interp, target.value, value, node, state)


def element_of(value: Value, place: ir.Place, state: State) -> Value:
    """Something that a value holds, it is not known what."""
    if isinstance(value, NonTensor):
        return state.plain()
    refs = state.tensors_in(value)
    return unknown_holding(refs, place, state) if refs else item_of_unknown(value, state)


def _unpack(interp: Interpreter, target: ir.Sequence, value: Value, node: ir.Statement, state: State) -> None:
    if isinstance(value, (Generator, IteratorValue)):
        value = interp.exhaust(value, node, state)
    items = state.items_of(value)
    starred = any(isinstance(item, ir.Starred) for item in target.items)
    if items is not None and starred:
        items = _split_for_targets(target, items, state)
        starred = items is None
    value = iterated(interp, value, node.place, state)
    if isinstance(value, LazyViews) and starred and value.count is not None:
        listed = tuple(view_at(interp, value, index, state) for index in range(value.count))
        items = _split_for_targets(target, listed, state)
        starred = items is None
    elif isinstance(value, LazyViews) and not starred:
        items = tuple(view_at(interp, value, index, state) for index in range(len(target.items)))
    if items is None and (part_of_result(value, "[0]", node.place, state)) is not None:
        parts = [part_of_result(value, f"[{number}]", node.place, state) for number in range(len(target.items))]
        items = tuple(part for part in parts if part is not None)
    if items is None or starred or len(items) != len(target.items):
        leading = () if starred else state.leading_items(value)[: len(target.items)]
        others = len(target.items) - len(leading)
        items = (*leading, *(element_of(value, node.place, state) for _ in range(others)))
    for each, item in zip(target.items, items, strict=True):
        bind(interp, each, item, node, state)


def _set_attribute(interp: Interpreter, target: ir.Attribute, value: Value, node: ir.Statement, state: State) -> None:
    owner = interp.evaluate(target.value, state)
    ref = state.known_tensor(owner)
    if target.attr == "data" and not isinstance(owner, (Instance, LibraryInstance)):
        _set_data(interp, owner, value, target, node, state)
    elif ref is not None and target.attr == "requires_grad":
        set_requires_grad(interp, ref, value, node.place, state, how="assigned")
    else:
        if target.attr == "requires_grad" and knows_nothing_of(owner, target.attr, state):
            interp.run.emit(Discarded(node.place, path_premises(state), "flag"), state)
        elif (misspelt := misspelt_attribute(interp, target, owner, value, node, state)) is not None:
            interp.run.events.append(misspelt)
        value = recognized(interp.run, value, target.attr, state, node.place)
        set_attribute(owner, target.attr, value, state, node.place)
        if ref is not None and target.attr == "grad":
            interp.run.watch_assigned_gradient(ref, value, node.place, state)


def set_attribute(owner: Value, name: str, value: Value, state: State, place: ir.Place) -> None:
    """`owner.name = value`, where the name means nothing to PyTorch."""
    ref = state.known_tensor(owner)
    if ref is not None:
        state.heap[ref, name] = value
        if name == "grad":
            state.autograd.graded = state.autograd.graded - {ref} if value == NONE else state.autograd.graded | {ref}
            state.heap.forget(ref, UsedGradient)
            state.heap.forget(ref, LeftGradient)
            state.heap.note(ref, ClearedLast(state.autograd.clock, state.autograd.walks))
    elif isinstance(owner, _OWNERS):
        state.heap[owner.id, name] = value
        if isinstance(owner, LibraryInstance):
            state.heap.note_attribute(owner.id, name, AssignedAt(state.autograd.clock, place))
        if isinstance(value, TensorValue) and state.heap.has(value.ref, IsParameter):
            state.heap.forget(value.ref, RewrappedAt)  # a module's new parameter is a leaf on purpose


def _set_data(
    interp: Interpreter, owner: Value, value: Value, target: ir.Attribute, node: ir.Statement, state: State
) -> None:
    """`owner.data = value`, where the owner is, or looks like, a tensor."""
    known = state.known_tensor(owner)
    if known is None and isinstance(owner, Unknown) and may_be_tensor(target.value):
        known = state.as_tensor(owner, node.place)
    if known is None:
        if isinstance(owner, Unknown):
            state.heap[owner.id, "data"] = value
        return
    given = state.known_tensor(value)
    if given is None:
        given = state.autograd.unknown(node.place, tensor_seen=False)
    if state.autograd.tensors[given].storage != state.autograd.tensors[known].storage:
        writes.set_data(state.autograd, known, given, node.place)
    else:
        values_moved(interp.run, known, given, SnapshotUse.WRITTEN_BACK, node.place, state)
    record_data_write(interp, known, Via.SET_DATA, "=", node, state)


def _set_item(interp: Interpreter, target: ir.Subscript, value: Value, node: ir.Statement, state: State) -> None:
    if isinstance(target.value, ir.Attribute) and target.value.attr == "_modules":
        state.assume(UNMODELLED)  # which layer it stands for from now on is not known
    owner = container_of(interp.evaluate(target.value, state), state)
    index = interp.evaluate(target.index, state)
    keyed = isinstance(index, Literal) and isinstance(index.value, str)
    ref = None if keyed else state.known_tensor(owner)  # no tensor is indexed by a string
    if ref is None and isinstance(owner, Unknown) and isinstance(index, TupleValue) and any(map(is_slice, index.items)):
        ref = state.as_tensor(owner, node.place)  # nor is a list or a dict by several slices
    if ref is not None:
        store_item(interp, ref, index, value, node, state)
    elif isinstance(owner, DictValue) and (entries := state.entries_of(owner)) is not None:
        state.set_entries(owner, [*entries, (index, value)])
    elif not _set_item_of_list(owner, index, value, state):
        state.forget_items(owner)
        if isinstance(owner, Unknown) and isinstance(index, Literal):
            state.heap[owner.id, f"[{index.value!r}]"] = value


def _set_item_of_list(owner: Value, index: Value, value: Value, state: State) -> bool:
    place = _known_place(owner, index, state)
    if place is None or not isinstance(owner, ListValue):
        return False
    kept = list(state.known_items(owner))
    kept[place] = value
    state.set_items(owner, tuple(kept), state.unknown_from(owner))
    return True


def delete_item(interp: Interpreter, target: ir.Subscript, state: State) -> None:
    """`del owner[index]`."""
    owner = interp.evaluate(target.value, state)
    index = interp.evaluate(target.index, state)
    place = _known_place(owner, index, state)
    if isinstance(owner, DictValue) and isinstance(index, Literal):
        entries = state.entries_of(owner)
        if entries is not None:
            state.set_entries(owner, [(key, value) for key, value in entries if key != index])
    elif place is not None and isinstance(owner, ListValue):
        items, open_from = state.known_items(owner), state.unknown_from(owner)
        rest = (*items[:place], *items[place + 1 :])
        state.set_items(owner, rest, None if open_from is None else open_from - 1)
    else:
        state.forget_items(owner)


def augment_target(interp: Interpreter, node: ir.Augmented, state: State) -> None:
    """`target += value`: in place on a tensor, or on a list; a new value on anything else."""
    calls = interp
    if isinstance(node.target, ir.Subscript):
        _augment_item(interp, node, node.target, state)
        return
    target = interp.evaluate(node.target, state)
    value = interp.evaluate(node.value, state)
    ref = state.known_tensor(target)
    if ref is not None:
        before = state.autograd.tensors[ref]
        augment_tensor(calls, ref, node.method, value, node, state)
        _note_terms_of_augmented(before, node.method, value, state)
        return
    if isinstance(target, ListValue) and node.method == "__iadd__":
        calls.call_method(target, "extend", Arguments((value,)), ir.Opaque(node.place, ()), state)
        return
    made = augmented_value(calls, node.method, target, value, node, state)
    if isinstance(node.target, ir.Name):
        state.bind(node.target.id, made)
    elif isinstance(node.target, ir.Attribute):
        owner = interp.evaluate(node.target.value, state)
        set_attribute(owner, node.target.attr, made, state, node.place)


def _note_terms_of_augmented(before: Tensor, method: str, value: Value, state: State) -> None:
    """Remember what was added in place to a tensor that had a graph."""
    written = TensorValue(before.ref)
    if before.node is not None and before.ref in state.autograd.tensors:
        note_terms(method, (value,), written, state)


def _augment_item(interp: Interpreter, node: ir.Augmented, target: ir.Subscript, state: State) -> None:
    owner = interp.evaluate(target.value, state)
    index = interp.evaluate(target.index, state)
    value = interp.evaluate(node.value, state)
    ref = state.known_tensor(owner)
    calls = interp
    if ref is not None:
        augment_tensor(calls, ref, node.method, value, node, state, index=index)
        return
    item = item_of(interp, owner, index, node.place, state)
    known = state.known_tensor(item)
    if known is not None:
        augment_tensor(calls, known, node.method, value, node, state)
        return
    made = augmented_value(calls, node.method, item, value, node, state)
    if isinstance(owner, DictValue) and (entries := state.entries_of(owner)) is not None:
        state.set_entries(owner, [*entries, (index, made)])
    elif not _set_item_of_list(owner, index, made, state):
        state.forget_items(owner)


def _known_place(owner: Value, index: Value, state: State) -> int | None:
    """The place of an item in a list, counted from its beginning, where it is known which that is."""
    items, open_from = state.known_items(owner), state.unknown_from(owner)
    place = index.value if isinstance(index, Literal) else None
    if not isinstance(owner, ListValue) or not isinstance(place, int):
        return None
    if place < 0 and open_from is None:
        place += len(items)
    known = len(items) if open_from is None else min(open_from, len(items))
    return place if 0 <= place < known else None


def _split_for_targets(target: ir.Sequence, items: tuple[Value, ...], state: State) -> tuple[Value, ...] | None:
    """The items by target, those of the starred one in a list; None where they are too few."""
    star = next(index for index, item in enumerate(target.items) if isinstance(item, ir.Starred))
    after = len(target.items) - star - 1
    if len(items) < star + after:
        return None
    end = len(items) - after
    return (*items[:star], state.new_list(items[star:end]), *items[end:])

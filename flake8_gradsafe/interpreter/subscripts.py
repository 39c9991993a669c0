"""What an index picks, and what a loop goes through: items of containers, pieces and rows of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.checks.shared_cuts import note_read_where_kept
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import DefaultFactory
from flake8_gradsafe.interpreter.domain.values import (
    DictValue,
    Instance,
    IteratorValue,
    LazyViews,
    ListValue,
    Literal,
    ModuleValue,
    RangeValue,
    SliceValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.choices import few_choices
from flake8_gradsafe.interpreter.models.module_tree import part_of_container
from flake8_gradsafe.interpreter.models.module_walk import container_of
from flake8_gradsafe.interpreter.models.operators import index_value, view_at
from flake8_gradsafe.interpreter.models.unknown import unknown_holding
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter


#: More of the pieces of a tensor than this are not taken apart.
MAX_PIECES = 16


def item_of(interp: Interpreter, receiver: Value, index: Value, place: ir.Place, state: State) -> Value:
    """What an index picks of a tensor, a container or anything else."""
    if isinstance(receiver, ModuleValue) and receiver.kind in library.CONTAINERS and isinstance(index, SliceValue):
        return part_of_container(receiver, item_of(interp, ListValue(receiver.id), index, place, state), state)
    receiver = container_of(receiver, state)
    if isinstance(index, Literal) and isinstance(index.value, int):
        item = item_at(interp, receiver, index.value, state)
        if interp.run.kept_cuts and item is not None:
            note_read_where_kept(interp.run, (item,), state)
        if item is not None:
            return item
    if isinstance(receiver, DictValue):
        entries = state.entries_of(receiver) or []
        kept = next((value for key, value in entries if key == index), None)
        factory = state.heap.fact(receiver.id, DefaultFactory)
        if kept is None and factory is not None and state.entries_of(receiver) is not None:
            kept = interp.call(factory.value, Arguments(), ir.Opaque(place, ()), state)
            state.set_entries(receiver, [*entries, (index, kept)])
        if kept is None and not isinstance(index, Literal) and (choices := few_choices(value for _, value in entries)):
            return interp.one_of(choices, place, state)
        return kept or unknown_holding(state.tensors_in(receiver), place, state)
    if isinstance(receiver, Instance):
        called = interp.attribute(receiver, "__getitem__", ir.Opaque(place, ()), state)
        if called is not None:
            return interp.call(called, Arguments((index,)), ir.Opaque(place, ()), state)
        return state.unknown()
    if isinstance(receiver, ListValue) and isinstance(index, SliceValue):
        return _slice_of_list(receiver, index, state)
    items = state.items_of(receiver)
    if isinstance(receiver, LazyViews) and isinstance(index, SliceValue):
        items = _first_pieces(interp, receiver, index, state)
    if items is not None and isinstance(index, SliceValue):
        bounds = _bounds(index)
        return state.unknown() if bounds is None else TupleValue(items[slice(*bounds)])
    return index_value(interp, receiver, index, place, state)


def item_at(interp: Interpreter, container: Value, index: int, state: State) -> Value | None:
    """An item of a tuple, a list or the pieces of a tensor, where it is known."""
    items = state.items_of(container)
    if items is None and isinstance(container, ListValue):
        items = state.leading_items(container) if index >= 0 else ()
    if items is not None:
        return items[index] if -len(items) <= index < len(items) else None
    if isinstance(container, LazyViews):
        return view_at(interp, container, index, state)
    return None


def _first_pieces(interp: Interpreter, pieces: LazyViews, index: SliceValue, state: State) -> tuple[Value, ...] | None:
    stop = index.upper.value if isinstance(index.upper, Literal) else None
    if not isinstance(stop, int) or not 0 <= stop <= MAX_PIECES:
        return None
    return tuple(view_at(interp, pieces, number, state) for number in range(stop))


def _slice_of_list(source: ListValue, index: SliceValue, state: State) -> Value:
    """Another list, of the items that a slice surely picks."""
    items, open_from, bounds = state.known_items(source), state.unknown_from(source), _bounds(index)
    if bounds is None:
        return state.unknown()
    if open_from is None:
        return state.new_list(items[slice(*bounds)])
    lower, upper, step = bounds[0] or 0, bounds[1], bounds[2] or 1
    if lower < 0 or step != 1:
        return state.new_list((), 0)
    if upper is not None and 0 <= upper <= open_from:
        return state.new_list(items[lower:upper])
    if upper is not None:  # how many of the items without a place it picks is not known
        items = items[: max(0, min(open_from, upper if upper >= 0 else len(items) + upper))]
    elif lower > open_from:
        items = ()
    return state.new_list(items[lower:], max(0, min(open_from, len(items)) - lower))


def iterated(interp: Interpreter, source: Value, place: ir.Place, state: State) -> Value:
    """What a loop goes through: of a dict its keys, of a tensor its rows, which are views that one call has made."""
    source = container_of(source, state)
    if isinstance(source, DictValue) and (entries := state.entries_of(source)) is not None:
        return TupleValue(tuple(key for key, _ in entries))
    ref = source.ref if isinstance(source, TensorValue) else _array_behind(source, state)
    if ref is None or not state.autograd.tensors[ref].tensor_seen:
        return source
    return interp.call_method(TensorValue(ref), "unbind", Arguments(), ir.Opaque(place, ()), state)


def _array_behind(source: Value, state: State) -> int | None:
    """The array that a value was shown to be whose making is not known."""
    ref = state.known_tensor(source) if isinstance(source, Unknown) else None
    return ref if ref is not None and state.autograd.tensors[ref].counter is None else None


def length_of(source: Value, state: State) -> int | None:
    """How many rounds a loop over this value has, or has still where it is an iterator, as far as that is known."""
    if isinstance(source, RangeValue):
        return source.count
    if isinstance(source, LazyViews):
        return source.count
    source = container_of(source, state)
    if isinstance(source, IteratorValue):
        return None if state.consumed(source) is None else len(state.known_items(source))
    items = state.items_of(source)
    if items is None and isinstance(source, ListValue):
        # Those that are known are gone through, whatever comes after them.
        items = state.known_items(source) or None
    return None if items is None else len(items)


def round_of(interp: Interpreter, source: Value, number: int, state: State) -> Value | None:
    """What a loop over this value gives in one of its rounds, where that is known."""
    item = _given_in_round(interp, source, number, state)
    if interp.run.kept_cuts and item is not None:
        note_read_where_kept(interp.run, (item,), state)
    return item


def _given_in_round(interp: Interpreter, source: Value, number: int, state: State) -> Value | None:
    if isinstance(source, RangeValue):
        return Literal(source.start + number * source.step)
    if isinstance(source, IteratorValue):
        return state.advance(source)
    source = container_of(source, state)
    if isinstance(source, ListValue):
        items = state.known_items(source)
        return items[number] if number < len(items) else None
    return item_at(interp, source, number, state)


def _bounds(index: SliceValue) -> tuple[int | None, int | None, int | None] | None:
    """The bounds and the step of a slice, where all of them are known."""
    bounds: list[int | None] = []
    for bound in (index.lower, index.upper, index.step):
        if not isinstance(bound, Literal) or not (bound.value is None or isinstance(bound.value, int)):
            return None
        bounds.append(bound.value)
    return bounds[0], bounds[1], bounds[2]

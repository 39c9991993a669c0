"""Binding of memory to names, attributes and items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, LEAF, UNKNOWN, VIA_DATA, VIA_NUMPY, Locations
from flake8_gradsafe.prefilter.transfer.own_calls import is_container
from flake8_gradsafe.prefilter.transfer.registry import locations
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.prefilter.points_to import PointsTo


def bind(flow: PointsTo, target: ir.Expression, memory: Locations, value: ir.Expression | None = None) -> None:
    """Bind a target to this memory, which is that of a value where one is written."""
    if isinstance(target, ir.Name):
        flow.names[target.id] = memory
        flow.bind_keys(target.id, queries.keys_of(value))
        flow.handed_out.discard(target.id)
        (flow.containers.add if queries.makes_container(value) else flow.containers.discard)(target.id)
    elif isinstance(target, ir.Sequence):
        parts = value.items if isinstance(value, ir.Sequence) else ()
        pairs = len(parts) == len(target.items) and not any(isinstance(part, ir.Starred) for part in parts)
        items = flow.tuples.get(memory, [])
        if pairs:
            memories = [locations(flow, part) for part in parts]
        else:
            memories = items if len(items) == len(target.items) else [memory] * len(target.items)
        for item, its in zip(target.items, memories, strict=True):
            bind(flow, item.value if isinstance(item, ir.Starred) else item, its)
    elif isinstance(target, ir.Subscript):
        _store(flow, target, memory, value)
    elif isinstance(target, ir.Attribute):
        _bind_attribute(flow, target, memory, value)


def _bind_attribute(flow: PointsTo, target: ir.Attribute, memory: Locations, value: ir.Expression | None) -> None:
    if target.attr == "requires_grad":
        required = locations(flow, target.value)
        flow.found.has_no_effect |= not required <= flow.outside
        flow.require(required, value)
    elif target.attr == "data":
        flow.write(locations(flow, target.value) | VIA_DATA)
    elif queries.is_own(target.value):
        flow.found.bound.append((target.attr, memory))
    else:
        if not memory.isdisjoint(LEAF):
            flow.outside |= memory  # the object's own from now on
        if flow.applied:
            flow.found.keeps |= memory
        flow.store_into(target.value, memory)


def _store(flow: PointsTo, target: ir.Subscript, memory: Locations, value: ir.Expression | None) -> None:
    """`target[index] = value`: what is stored may be found in a container later."""
    holder = target.value
    base, index = locations(flow, holder), locations(flow, target.index)
    refused = queries.is_no_number(value) and base.isdisjoint(VIA_NUMPY)  # an array takes in a list
    if is_container(flow, holder) or refused or queries.is_text(target.index):
        flow.store_into(holder, memory)
        return
    flow.computed_in(base, memory)
    flow.write(base, doubtful=True, stores=True)
    flow.save_operands(flow.operations.method("__setitem__"), [base, index, memory], {})
    if not (isinstance(target.index, ir.Slice) or queries.is_tuple(target.index) or base <= flow.tensors):
        flow.store_into(holder, memory)


def bind_item(flow: PointsTo, target: ir.Expression, iterated: ir.Expression, source: Locations) -> None:
    """Bind what one round is given: one item of each part of a `zip`, a number and an item of an `enumerate`, a name
    and what bears it."""
    parts = [argument.value for argument in queries.positional(iterated)] if isinstance(iterated, ir.Call) else []
    name = queries.called(iterated) if isinstance(iterated, ir.Call) else ""
    if queries.is_tuple(target) and name == "zip" and len(parts) == len(target.items):
        for item, part in zip(target.items, parts, strict=True):
            bind_item(flow, item, part, locations(flow, part))
    elif queries.is_tuple(target) and name == "enumerate" and parts and len(target.items) == 2:
        bind(flow, target.items[0], EMPTY)
        bind_item(flow, target.items[1], parts[0], source)
    elif queries.is_tuple(target) and name in queries.NAMING and len(target.items) == 2:
        bind(flow, target.items[0], EMPTY)
        bind(flow, target.items[1], held_by(flow, source))
    else:
        bind(flow, target, held_by(flow, source) if name == "values" else _item(flow, source))
        if isinstance(target, ir.Name) and name in {"parameters", "named_parameters"}:
            flow.handed_out.add(target.id)


def _item(flow: PointsTo, source: Locations) -> Locations:
    """Return the memory of an item of what is gone through: pieces of a tensor are views that PyTorch may guard."""
    computed = any(flow.derived.get(location) for location in source)
    return held_by(flow, source) | (UNKNOWN if computed else EMPTY)


def held_by(flow: PointsTo, source: Locations) -> Locations:
    """Return the memory that something holds which is no tensor itself."""
    return source | flow.part(source, "[]")

"""Methods that are told by their names, whatever they are called on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import EMPTY, LEAF, UNKNOWN, VIA_NUMPY, Locations
from flake8_gradsafe.prefilter.transfer.registry import locations, method
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.prefilter.points_to import PointsTo


@method("detach")
def _detach(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    flow.found.detached |= receiver - UNKNOWN
    return receiver | UNKNOWN if not receiver <= flow.ungraded else receiver


@method(*library.TO_NUMPY_METHODS)
def _numpy(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    return receiver | VIA_NUMPY if receiver else EMPTY


@method("cpu")
def _same(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    return receiver


@method("requires_grad_")
def _requires_grad(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    arguments = queries.positional(node)
    flow.require(receiver, arguments[0].value if arguments else ir.Constant(node.place, True))
    return receiver


@method("detach_")
def _detach_in_place(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    flow.cut_in_place(function.value, receiver)
    return receiver


@method("save_for_backward")
def _save(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    """`ctx.save_for_backward(…)`."""
    flow.found.keeps |= EMPTY.union(*(locations(flow, argument.value) for argument in queries.positional(node)))
    return EMPTY


@method(*queries.HANDING_OUT)
def _saved_tensors(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    return LEAF


@method("load_state_dict")
def _load(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    flow.write(LEAF, initialises=True)
    return EMPTY


@method(*library.ARRAY_WRITERS)
def _write_array(flow: PointsTo, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
    if receiver <= flow.outside or not receiver.isdisjoint(VIA_NUMPY):
        flow.write(receiver, doubtful=True)
    return receiver

"""Statements that may have no effect: a write to what nobody holds, a result that nobody takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.points_to import Locations
from flake8_gradsafe.prefilter.transfer.registry import locations
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.prefilter.points_to import PointsTo


def has_no_effect(flow: PointsTo, call: ir.Call, function: ir.Attribute) -> bool:
    """True if a call as a statement may write to a copy that nobody holds, or give what nobody takes."""
    if function.attr == "detach":
        return not queries.positional(call)
    maker: ir.Expression = call
    while isinstance(maker, ir.Call) and isinstance(maker.function, ir.Attribute):
        if not queries.is_inplace(maker.function.attr):
            break
        maker = maker.function.value
    if maker is call:
        return False
    if isinstance(maker, ir.Call) and isinstance(maker.function, ir.Attribute):
        summary = flow.operations.method(maker.function.attr)
        return summary is not None and not summary.shares
    if isinstance(maker, ir.Subscript):
        parts = maker.index.items if queries.is_tuple(maker.index) else (maker.index,)
        return any(isinstance(part, ir.Sequence) or _picks_a_copy(flow, locations(flow, part)) for part in parts)
    if isinstance(maker, ir.Call) and isinstance(maker.function, ir.Name):
        return maker.function.id in {"sum", "abs"} or bool(flow.imported.get(maker.function.id))
    return not isinstance(maker, (ir.Name, ir.Attribute, ir.Call))


def _picks_a_copy(flow: PointsTo, index: Locations) -> bool:
    """True if an index may be a tensor, which picks a copy."""
    return not index <= flow.outside or flow.is_tensor(index)

"""The alias that is written later becomes a copy: `c = out.data` is `c = out.detach().clone()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

import libcst as cst

from flake8_gradsafe.finding import Fix
from flake8_gradsafe.fixes.parameters import is_state
from flake8_gradsafe.fixes.uses import is_fresh, is_written, life, spelling
from flake8_gradsafe.rules.fix_kinds import COPY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.finding import Edit
    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Diagnosis, Rule


def offer(source: Source, found: Sequence[tuple[Rule, Diagnosis]]) -> list[Fix | None]:
    """A fix for each report of a write through an alias that has its own name."""
    return [_fix(source, report) for _, report in found]


def _fix(source: Source, report: Diagnosis) -> Fix | None:
    hop = _last_hop(report)
    if hop is None or not isinstance(report.place, cst.CSTNode) or _writes_at_once(source, hop, report.place):
        return None
    if _writes_what_nobody_names(source, report.place):
        return None
    original = hop.value if isinstance(hop, cst.Attribute) else _receiver(hop)
    why = _what_changes(source, original, hop, report.place)
    if why is None:
        return None
    return Fix(
        COPY.title,
        tuple(_edit(source, alternative) for alternative in _alternatives(source, hop, original)),
        not why,
        why,
    )


def _last_hop(report: Diagnosis) -> cst.Attribute | cst.Call | None:
    """The `.data` or `detach()` that is nearest to the write; None where an alias of another kind is nearer."""
    for mark in reversed([mark for mark in report.trace if mark.role == "aliased"]):
        node = mark.place
        if isinstance(node, cst.Attribute) and node.attr.value == "data":
            return node
        if isinstance(node, cst.Call):
            if _is_detach(node):
                return node
            if _is_array(node):
                continue
        return None
    return None


def _is_detach(node: cst.CSTNode) -> TypeGuard[cst.Call]:
    """True if a node is a call of the method `detach`."""
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return False
    return node.func.attr.value == "detach" and not node.args


def _is_array(call: cst.Call) -> bool:
    """True if a call makes an array of a tensor; of a copy, it makes an array that shares the copy's memory."""
    return isinstance(call.func, cst.Attribute) and call.func.attr.value in {"numpy", "asarray", "from_dlpack"}


def _alternatives(
    source: Source, hop: cst.Attribute | cst.Call, original: cst.BaseExpression
) -> list[cst.Attribute | cst.Call]:
    """The alias, with those of the same tensor that a condition may choose instead, in the order of the text."""
    choice = next((outer for outer in source.around(hop) if isinstance(outer, cst.IfExp)), None)
    if choice is None or source.statement_of(choice) is None:
        return [hop]
    others = (node for node in source.inside(choice) if node is not hop and not _is_copied(source, node))
    found = [other for other in others if _is_alias_of(other, original)]
    return sorted([hop, *found], key=lambda node: source.lines.stretch(source.location(node))[1])


def _is_alias_of(node: cst.CSTNode, original: cst.BaseExpression) -> TypeGuard[cst.Attribute | cst.Call]:
    if isinstance(node, cst.Attribute) and node.attr.value == "data":
        return node.value.deep_equals(original)
    return _is_detach(node) and _receiver(node).deep_equals(original)


def _is_copied(source: Source, node: cst.CSTNode) -> bool:
    outer = source.parent(node)
    return isinstance(outer, cst.Attribute) and outer.attr.value == "clone"


def _receiver(call: cst.Call) -> cst.BaseExpression:
    return cst.ensure_type(call.func, cst.Attribute).value


def _edit(source: Source, hop: cst.Attribute | cst.Call) -> Edit:
    if isinstance(hop, cst.Attribute):
        return source.replaced(hop.attr, "detach().clone()")
    location = source.location(hop)
    return source.inserted(location.end_line, location.end_column, ".clone()")


def _writes_at_once(source: Source, hop: cst.CSTNode, write: cst.CSTNode) -> bool:
    """True if the alias is written where it is made, and nobody gets the result: of a copy, nothing would be left."""
    if not source.within(hop, write):
        return False
    if any(isinstance(outer, cst.Lambda) for outer in source.around(write)):
        return True
    outer = source.parent(write)
    kept = isinstance(outer, cst.Assign) and outer.value is write
    return not kept and not isinstance(outer, (cst.AnnAssign, cst.NamedExpr, cst.Return, cst.Arg))


def _writes_what_nobody_names(source: Source, write: cst.CSTNode) -> bool:
    """True if a write goes to what a call gives, `raw(x).zero_()`, and nobody gets it: of a copy, nothing would be left."""
    if isinstance(write, cst.Call) and isinstance(source.parent(write), cst.Expr):
        node = write.func
    elif isinstance(write, cst.AugAssign):
        node = write.target
    else:
        return False
    while not isinstance(node, cst.Name):
        if isinstance(node, (cst.Attribute, cst.Subscript)):
            node = node.value
        elif isinstance(node, cst.Call) and not source.meaning(node.func) and spelling(source, node) is not None:
            node = node.func
        else:
            return isinstance(node, cst.Call) and not source.meaning(node.func)
    return False


def _what_changes(source: Source, original: cst.BaseExpression, hop: cst.CSTNode, write: cst.CSTNode) -> str | None:
    """Return what a copy changes besides the gradient.

    It is empty if nothing changes, and None where the write to the original may be meant.
    """
    if is_fresh(source, original):
        return ""
    root = original
    while isinstance(root, cst.Subscript):
        root = root.value
    if is_state(source, root):
        return None
    shown = source.text(original)
    if "\n" in shown or "\r" in shown:
        shown = "the original"
    later = f"{shown} is read after the write, and no longer changes with the copy"
    if not isinstance(root, cst.Name):
        return f"who else holds {shown} no longer sees the write"
    statement = source.statement_of(hop)
    if statement is None:
        return later
    written = source.statement_of(write)
    same = written is not None and source.scope_of(written) is source.scope_of(statement)
    around = life(source, root.value, written if written is not None and same else statement, but=hop)
    if isinstance(statement, cst.Return):
        return f"who gets {shown} too no longer sees the write"
    if not around.bound_here or around.argument:
        return f"who gave {shown} no longer sees the write"
    if around.read_later or _is_written_between(source, root.value, statement, written):
        return later
    return f"who else holds {shown} no longer sees the write" if around.held else ""


def _is_written_between(source: Source, name: str, hop: cst.CSTNode, write: cst.CSTNode | None) -> bool:
    """True if the original itself is written between the making of the alias and its write, which the alias was to show."""
    start, end = source.starts(hop), source.starts(write if write is not None else hop)
    return any(start < source.starts(node) < end and is_written(source, node) for node in source.names[name])

"""Programs to hold a fix against: the given one with what is mended taken out, or with its error expected."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_gradsafe.finding import Edit, Location
from flake8_gradsafe.source.edits import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.finding import Finding

_Place = tuple[int, int]


def neutralised(text: str, findings: Iterable[Finding]) -> list[Edit]:
    """The edits that take the statements and calls of findings out of a program: of `x.add_(1)` the `x` is left,
    and of `x += y` the `y`.

    A finding that is no call and no write is left alone. Raises SyntaxError where the text does not parse.
    """
    lines = Lines(text)
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Call, ast.AugAssign, ast.Assign))]
    taken: dict[_Place, Edit] = {}
    for finding in findings:
        node = _reported(lines, nodes, finding.location)
        if node is not None:
            location = location_of(lines, node)
            taken[location.line, location.column] = Edit(location, _left(text, node))
    return _apart([taken[place] for place in sorted(taken)])


def expecting(text: str, findings: Iterable[Finding]) -> list[Edit]:
    """The edits that expect the errors of findings where they are raised: `try: y.backward()`, `except RuntimeError: pass`.

    An error in a suite on the line of its head is left alone. Raises SyntaxError where the text does not parse.
    """
    lines = Lines(text)
    statements = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt) and not hasattr(node, "body")
    ]
    starts = {node.lineno: node for node in sorted(statements, key=lambda node: -node.col_offset)}
    wrapped: dict[int, int] = {}
    for line in (_raising(finding).line for finding in findings):
        here = [node for node in statements if node.lineno <= line <= (node.end_lineno or node.lineno)]
        if here:
            first = starts[min(node.lineno for node in here)]
            if not lines.lines[first.lineno - 1].encode()[: first.col_offset].strip():
                wrapped[first.lineno] = max(node.end_lineno or node.lineno for node in here)
    return _apart([edit for first in sorted(wrapped) for edit in _wrapped(lines, first, wrapped[first])])


def _raising(finding: Finding) -> Location:
    """Where a finding's error is raised: where what it spoils is read, else at the finding itself."""
    return next((step.location for step in reversed(finding.trace) if step.role == "read"), finding.location)


def _wrapped(lines: Lines, first: int, last: int) -> list[Edit]:
    before, after = lines.lines[first - 1], lines.lines[last - 1]
    indentation, end = before[: len(before) - len(before.lstrip())], len(after.rstrip("\r\n"))
    newline = after[end:] or "\n"
    return [
        Edit(Location(first, len(indentation), first, len(indentation)), "try: "),
        Edit(Location(last, end, last, end), f"{newline}{indentation}except RuntimeError: pass"),
    ]


def _reported(
    lines: Lines, nodes: Iterable[ast.Call | ast.AugAssign | ast.Assign], location: Location
) -> ast.Call | ast.AugAssign | ast.Assign | None:
    """The call or statement that a location tells, which may begin on the line of a method's name."""
    end = location.end_line, location.end_column
    ending = [
        (each, node) for node in nodes for each in [location_of(lines, node)] if (each.end_line, each.end_column) == end
    ]
    ending.sort(key=lambda pair: (pair[0].line, pair[0].column))
    exact = [node for each, node in ending if (each.line, each.column) == (location.line, location.column)]
    around = [node for each, node in ending if (each.line, each.column) <= (location.line, location.column)]
    return exact[0] if exact else around[-1] if around else None


def _left(text: str, node: ast.Call | ast.AugAssign | ast.Assign) -> str:
    if isinstance(node, ast.Call):
        written = node.func.value if isinstance(node.func, ast.Attribute) and not _is_function(node) else node.args[0]
    else:
        written = node.value
    return f"({ast.get_source_segment(text, written)})"


def _is_function(call: ast.Call) -> bool:
    """Whether a call is evidently one of a module's functions: `torch.sigmoid_(x)`."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return bool(call.args) and isinstance(owner, ast.Name) and owner.id in {"torch", "F"}


def location_of(lines: Lines, node: ast.expr | ast.stmt) -> Location:
    """Where a node of CPython's tree stands, in characters."""
    end_line = node.end_lineno or node.lineno
    return Location(
        node.lineno,
        _column(lines, node.lineno, node.col_offset),
        end_line,
        _column(lines, end_line, node.end_col_offset or 0),
    )


def _column(lines: Lines, line: int, column: int) -> int:
    """A column in characters, of one in bytes."""
    return len(lines.lines[line - 1].encode()[:column].decode())


def _apart(edits: list[Edit]) -> list[Edit]:
    """Those that do not lie in one before them."""
    chosen: list[Edit] = []
    for edit in edits:
        end = (chosen[-1].location.end_line, chosen[-1].location.end_column) if chosen else (0, 0)
        if (edit.location.line, edit.location.column) >= end:
            chosen.append(edit)
    return chosen

"""A module as it is lowered: its program, and the parts of it that are kept or left out together."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.syntax.nodes import Nodes
    from flake8_gradsafe.syntax.program import Body

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A statement of a module, or of a class in one, which is a part of its own.

    `text` is that of its lines, but for a docstring; `binds` are the names that it gives to what is around it. `statements`
    are what it was lowered to: none for a docstring, one for a function or a class.
    """

    statements: Body
    text: str
    nodes: Nodes
    binds: frozenset[str]
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module's text, its statements, and the parts that these come from."""

    text: str
    body: Body
    parts: list[Part]


def split_lines(text: str) -> list[str]:
    """The lines of a text, as CPython's tree counts them."""
    return _LINE_END.split(text)


def text_of(node: ast.stmt, lines: list[str]) -> str:
    """The lines of a statement, without its docstring."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return ""
    first, last = _first_line(node), node.end_lineno or node.lineno
    begins = getattr(node, "body", None)
    if begins and isinstance(begins[0], ast.Expr) and isinstance(begins[0].value, ast.Constant):
        doc = begins[0]
        return "\n".join((*lines[first - 1 : doc.lineno - 1], *lines[doc.end_lineno or doc.lineno : last]))
    return "\n".join(lines[first - 1 : last])


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(node.lineno, *(each.lineno for each in decorators), node.lineno)

"""CPython's tree as a program: a module, part by part."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax.lower_statements import class_of, lower_statement
from flake8_gradsafe.syntax.module import Module, Part
from flake8_gradsafe.syntax.notes import Notes
from flake8_gradsafe.syntax.tree import TooDeep, check_depth

if TYPE_CHECKING:
    from flake8_gradsafe.syntax import program as ir
    from flake8_gradsafe.syntax.program import Body

#: The ends of lines for CPython's tree.
_LINE_END = re.compile(r"\r\n|\r|\n")


def lower(tree: ast.Module, text: str) -> Body:
    """The program of a module, given as CPython's tree and its text. Raises TooDeep where it nests too deep."""
    check_depth(tree, text)
    return lower_module(tree, text).body


def lower_module(tree: ast.Module, text: str) -> Module:
    """The program of a module with its parts. Raises TooDeep where it nests too deep to be lowered; what is lowered may still
    nest too deep to be run, which `check_depth` tells.
    """
    lines = lines_of(text)
    try:
        parts = [part_of(node, lines) for node in tree.body]
    except RecursionError as error:
        check_depth(tree, text)
        raise TooDeep(1) from error
    return Module(text, _statements_of(parts), parts)


def lines_of(text: str) -> list[str]:
    """The lines of a text, as CPython's tree counts them."""
    return _LINE_END.split(text)


def _statements_of(parts: list[Part]) -> Body:
    return tuple(statement for part in parts for statement in part.statements)


def part_of(node: ast.stmt, lines: list[str]) -> Part:
    """A statement of a module, given with the lines of its text; a class has its own as its parts."""
    if not isinstance(node, ast.ClassDef):
        return _leaf(node, lines)
    notes = Notes()
    parts = [_leaf(statement, lines) for statement in node.body]
    made = class_of(node, _statements_of(parts), notes)
    return Part((made,), _text_of(node, lines), notes.nodes, frozenset({node.name}), parts)


def _leaf(node: ast.stmt, lines: list[str]) -> Part:
    notes = Notes()
    out: list[ir.Statement] = []
    lower_statement(node, notes, out)
    return Part(tuple(out), _text_of(node, lines), notes.nodes, frozenset(notes.binds))


def _text_of(node: ast.stmt, lines: list[str]) -> str:
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
    return min(node.lineno, *(decorator.lineno for decorator in decorators), node.lineno)

"""Positions of libcst's nodes in the text: the nodes are written out once more, and each notes where it begins and ends."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import libcst as cst
from libcst._nodes.internal import CodegenState

from flake8_gradsafe.syntax.location import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

TopLevel = cst.SimpleStatementLine | cst.BaseCompoundStatement

_NEWLINE = re.compile(r"\r\n?|\n")


class Spans(CodegenState):
    """Notes by their `id()` where nodes stand that are written out, without their own parentheses and decorators."""

    def __init__(self, module: cst.Module, line: int = 1) -> None:
        """Begin at the start of a line."""
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.spans: dict[int, Span] = {}
        self.line, self.column = line, 0

    def add_indent_tokens(self) -> None:
        """Write the indentation of a line."""
        super().add_indent_tokens()
        self.column += sum(len(token) for token in self.indent_tokens)

    def add_token(self, value: str) -> None:
        """Write a piece of the text."""
        super().add_token(value)
        lines = _NEWLINE.split(value)
        if len(lines) > 1:
            self.line += len(lines) - 1
            self.column = len(lines[-1])
        else:
            self.column += len(value)

    @contextmanager
    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> Iterator[None]:
        """Note where the text that is written meanwhile begins and ends."""
        line, column = self.line, self.column
        yield
        self.spans[id(node)] = Span(line, column, self.line, self.column)


class Extents(Spans):
    """Notes besides where all begins and ends that belongs to a node."""

    def __init__(self, module: cst.Module, line: int) -> None:
        """Begin at the start of a line."""
        super().__init__(module, line)
        self.extents: dict[int, Span] = {}
        self._begun: list[tuple[int, int]] = []

    def before_codegen(self, node: cst.CSTNode) -> None:
        """Begin to write a node."""
        self._begun.append((self.line, self.column))

    def after_codegen(self, node: cst.CSTNode) -> None:
        """Note where a node that is written began and ends."""
        self.extents[id(node)] = Span(*self._begun.pop(), self.line, self.column)


def spans_in(module: cst.Module) -> dict[int, Span]:
    """Return the spans of the nodes of a module that are more than whitespace and punctuation."""
    spans = Spans(module)
    module._codegen(spans)
    return spans.spans


def extents_in(module: cst.Module, statement: TopLevel, line: int) -> Extents:
    """Return the extents of the nodes of a statement of the module's own body, whose first word is in a line."""
    extents = Extents(module, line - _lines_above(module, statement))
    statement._codegen(extents)
    return extents


def _lines_above(module: cst.Module, statement: TopLevel) -> int:
    """Return the number of lines that belong to a statement above its first word: blank ones, comments and decorators."""
    above: list[cst.CSTNode] = list(statement.leading_lines)
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        above += [*statement.decorators, *statement.lines_after_decorators]
    return sum(len(_NEWLINE.findall(module.code_for_node(node))) for node in above)

"""Lines and columns of the few nodes that are reported, and their source text."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import libcst as cst
from libcst._nodes.internal import CodegenState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_NEWLINE = re.compile(r"\r\n?|\n")


class Span(NamedTuple):
    """A range of the text: lines from 1, columns from 0 in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


class _Recorder(CodegenState):
    """Writes a module's text out once more and notes where the wanted nodes begin and end."""

    def __init__(self, wanted: set[int], default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent=default_indent, default_newline=default_newline)
        self.wanted = wanted
        self.spans: dict[int, Span] = {}
        self.line, self.column = 1, 0

    def add_indent_tokens(self) -> None:
        super().add_indent_tokens()
        self.column += sum(len(token) for token in self.indent_tokens)

    def add_token(self, value: str) -> None:
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
        line, column = self.line, self.column
        yield
        if id(node) in self.wanted:
            self.spans[id(node)] = Span(line, column, self.line, self.column)


def locate(module: cst.Module, nodes: Iterable[cst.CSTNode]) -> dict[int, Span]:
    """Where each of these nodes of the module stands, by the node's `id()`. Costs one writing-out of the module."""
    recorder = _Recorder({id(node) for node in nodes}, module.default_indent, module.default_newline)
    module._codegen(recorder)
    return recorder.spans


def reported_nodes(place: object) -> list[cst.CSTNode]:
    """The node of a place, and the name of the method where it is a method call: the report stands on that one's line."""
    if not isinstance(place, cst.CSTNode):
        raise TypeError(f"not a place in a module: {place!r}")
    if isinstance(place, cst.Call) and isinstance(place.func, cst.Attribute):
        return [place, place.func.attr]
    return [place]


def source_of(module: cst.Module, place: object) -> str:
    """A node's text on one line, without comments."""
    text = module.code_for_node(reported_nodes(place)[0])
    return " ".join(
        line.partition("#")[0].strip() if "#" in line else line.strip() for line in text.splitlines()
    ).strip()

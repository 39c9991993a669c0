"""A module's source with the places of its libcst nodes. Edits are made in the text, so that all else stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import libcst as cst
from libcst.metadata import CodePosition, CodeRange, MetadataWrapper, PositionProvider

Node = TypeVar("Node", bound=cst.CSTNode)


class Text:
    """What a mutation operator looks at. Raises libcst.ParserSyntaxError for what is not Python 3."""

    def __init__(self, source: str) -> None:
        wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=False)
        self.module = wrapper.module
        self._places = wrapper.resolve(PositionProvider)
        self._lines = source.split("\n")

    def all(self, kind: type[Node], inside: cst.CSTNode | None = None) -> Iterator[Node]:
        """Every node of that kind, in the order of the text."""
        for node in _walk(inside or self.module):
            if isinstance(node, kind):
                yield node

    def blocks(self) -> Iterator[Sequence[cst.BaseStatement]]:
        """The statements of the module body, and of each indented block."""
        for node in _walk(self.module):
            if isinstance(node, cst.Module | cst.IndentedBlock):
                yield [each for each in node.body if isinstance(each, cst.BaseStatement)]

    def code(self, node: cst.CSTNode) -> str:
        return self.module.code_for_node(node).strip()

    def span(self, node: cst.CSTNode) -> CodeRange:
        place = self._places[node]
        assert isinstance(place, CodeRange)
        return place

    def line(self, node: cst.CSTNode) -> int:
        return self.span(node).start.line

    def last_line(self, statement: cst.CSTNode) -> int:
        end = self.span(statement).end
        return end.line if end.column else end.line - 1  # a compound statement ends where the next line starts

    def replaced(self, node: cst.CSTNode, by: str) -> str:
        """The source with another text in place of a node."""
        span = self.span(node)
        before, after = self._split(span.start)[0], self._split(span.end)[1]
        return before + by + after

    def with_lines_before(self, statement: cst.CSTNode, *added: str) -> str:
        """The source with lines before a statement, as deeply indented as it is."""
        return self._with_lines(self.line(statement) - 1, self._indent(statement), added)

    def with_lines_after(self, statement: cst.CSTNode, *added: str) -> str:
        return self._with_lines(self.last_line(statement), self._indent(statement), added)

    def moved_before(self, statement: cst.CSTNode, other: cst.CSTNode) -> str:
        """The source with a whole statement's lines moved up to before another one."""
        first, last = self.line(statement) - 1, self.last_line(statement)
        there = self.line(other) - 1
        lines = self._lines
        return "\n".join(lines[:there] + lines[first:last] + lines[there:first] + lines[last:])

    def under(self, header: str, statement: cst.CSTNode) -> str:
        """The source with a statement put into a block of its own."""
        first, last, indent = self.line(statement) - 1, self.last_line(statement), self._indent(statement)
        step = "\t" if indent.startswith("\t") else "    "
        inner = [step + line if line.strip() else line for line in self._lines[first:last]]
        return "\n".join([*self._lines[:first], indent + header, *inner, *self._lines[last:]])

    def _with_lines(self, at: int, indent: str, added: Sequence[str]) -> str:
        return "\n".join([*self._lines[:at], *(indent + each for each in added), *self._lines[at:]])

    def _indent(self, statement: cst.CSTNode) -> str:
        line = self._lines[self.line(statement) - 1]
        return line[: len(line) - len(line.lstrip())]

    def _split(self, at: CodePosition) -> tuple[str, str]:
        line = self._lines[at.line - 1]
        before = "\n".join([*self._lines[: at.line - 1], line[: at.column]])
        return before, "\n".join([line[at.column :], *self._lines[at.line :]])


def _walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def only(statement: cst.BaseStatement, kind: type[Node]) -> Node | None:
    """What a line consists of, if it is just one small statement of that kind."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        small = statement.body[0]
        return small if isinstance(small, kind) else None
    return None


def called(statement: cst.BaseStatement, method: str) -> cst.Call | None:
    """The call of a statement like `loss.backward()`, for the method's name."""
    expression = only(statement, cst.Expr)
    call = expression.value if expression else None
    if isinstance(call, cst.Call) and isinstance(call.func, cst.Attribute) and call.func.attr.value == method:
        return call
    return None


def last_name(node: cst.CSTNode) -> str:
    """`relu` of `relu` and of `F.relu`."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""

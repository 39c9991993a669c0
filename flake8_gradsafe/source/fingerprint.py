"""The identity of a finding from one run to the next: its code, its statement and the function around it, not its line."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax.tree import python_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.source.file_finding import FileFinding

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
#: Characters that a formatter may write or leave out.
_LAYOUT = re.compile(r"\s+|,(?=\s*[)\]}])")


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity of a finding from one run to the next.

    `function` is the dotted name of the function around it, "" in the module's own body; `source` is its statement
    without comments, on one line.
    """

    code: str
    function: str
    source: str

    @property
    def squeezed(self) -> str:
        """The statement, however it is laid out."""
        return squeezed(self.source)


@dataclass(frozen=True, slots=True)
class _Statement:
    """The lines of a statement up to its body, and the function around it."""

    first: int
    last: int
    function: str


def identity(reported: FileFinding) -> Identity:
    """Return the identity of a finding."""
    location = reported.finding.location
    statements, lines = _outline(reported.document.text)
    found = statements.get(location.line) or _Statement(location.line, location.end_line, "")
    source = " ".join(" ".join(lines[found.first - 1 : found.last]).split())
    return Identity(reported.finding.code, found.function, source)


def squeezed(source: str) -> str:
    """Return a statement on one line, the same however it is laid out."""
    return _LAYOUT.sub("", source)


def written_lines(reported: FileFinding) -> str:
    """The source lines of a finding as they stand, without the space around them."""
    location = reported.finding.location
    lines = reported.document.lines[location.line - 1 : location.end_line]
    return " ".join(" ".join(line.split()) for line in lines)


def fingerprints(reported: Iterable[FileFinding]) -> Iterator[str]:
    """Yield a short name for each finding in its file; equal findings get different ones, by their order."""
    seen: Counter[tuple[str, Identity]] = Counter()
    for file_finding in reported:
        known = identity(file_finding)
        key = (file_finding.document.path, known)
        yield digest(known.code, known.function, known.squeezed, str(seen[key]))
        seen[key] += 1


def digest(*parts: str) -> str:
    """A short name that other texts do not have."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@lru_cache(maxsize=2)
def _outline(text: str) -> tuple[dict[int, _Statement], list[str]]:
    """The statements of a program by their lines, and its lines without comments."""
    lines = list(io.StringIO(text))
    try:
        statements = list(_statements(python_tree(text).body, ""))
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column]
    except (SyntaxError, RecursionError, tokenize.TokenError):
        return {}, lines
    return {line: statement for statement in statements for line in range(statement.first, statement.last + 1)}, lines


def _statements(body: list[ast.stmt], function: str) -> Iterator[_Statement]:
    for statement in body:
        inner = function
        if isinstance(statement, _DEFINITIONS):
            inner = f"{function}.{statement.name}" if function else statement.name
        first = min([statement.lineno, *(mark.lineno for mark in getattr(statement, "decorator_list", ()))])
        blocks = list(_blocks(statement))
        last = max(first, blocks[0][0].lineno - 1) if blocks else statement.end_lineno or first
        yield _Statement(first, last, function)
        for block in blocks:
            yield from _statements(block, inner)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement that hold something, in order."""
    for part in (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(part, name, None)
            if block:
                yield block

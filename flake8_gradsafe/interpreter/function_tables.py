"""Functions that a file keeps as data, such as a test's table of what must raise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def names_in_tables(body: Iterable[ir.Statement]) -> frozenset[str]:
    """The names within what a module and its classes assign, and within the calls that decorate their functions."""
    return frozenset(
        part.id for value in _values(body) for part in within(value) if isinstance(part, ir.Name) and part is not value
    )


def _values(body: Iterable[ir.Statement]) -> Iterator[ir.Expression]:
    for statement in body:
        if isinstance(statement, ir.Assign) and isinstance(statement.value, (ir.Sequence, ir.Mapping)):
            yield statement.value
        elif isinstance(statement, ir.Function):
            yield from (
                argument.value
                for each in statement.decorators
                if isinstance(each, ir.Call)
                for argument in each.arguments
            )
        elif isinstance(statement, ir.Class):
            yield from _values(statement.body)

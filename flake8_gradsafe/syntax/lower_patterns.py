"""Patterns of a `match`: what they test, and which names they bind."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.lower_expressions import expression

if TYPE_CHECKING:
    from flake8_gradsafe.syntax.notes import Notes


def matches(subject: ir.Expression, pattern: ast.pattern, notes: Notes) -> ir.Expression:
    """Return the test of a pattern.

    It is a comparison if the pattern is a value, True for a bare name, else a value that is not known.
    """
    if isinstance(pattern, ast.MatchValue):
        return ir.Comparison(pattern, "==", subject, expression(pattern.value, notes))
    if isinstance(pattern, ast.MatchSingleton):
        return ir.Comparison(pattern, "is", subject, ir.Constant(pattern, pattern.value))
    if isinstance(pattern, ast.MatchOr):
        return _any_of(pattern, subject, notes)
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return ir.Constant(pattern, True)
    return ir.Opaque(pattern, ())


def _any_of(pattern: ast.MatchOr, subject: ir.Expression, notes: Notes) -> ir.Expression:
    """`pattern | pattern`."""
    first, *more = (matches(subject, alternative, notes) for alternative in pattern.patterns)
    for test in more:
        first = ir.Logical(pattern, first, test, conjunction=False)
    return first


def captured(pattern: ast.pattern) -> list[str]:
    """The names that a pattern binds, sorted."""
    names: list[str] = []
    for node in ast.walk(pattern):
        if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            names.append(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.append(node.rest)
    return sorted(names)

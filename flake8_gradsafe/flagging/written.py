"""CPython's tree of what libcst writes, which is the text but for form feeds where a statement begins."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_gradsafe.source.edits import Lines
from flake8_gradsafe.syntax.location import Locations
from flake8_gradsafe.syntax.program import Prefix
from flake8_gradsafe.syntax.tree import python_tree

if TYPE_CHECKING:
    import libcst as cst

    from flake8_gradsafe.syntax.location import Span


class Written:
    """The positions of a program's places in what libcst writes."""

    def __init__(self, module: cst.Module, tree: ast.Module, text: str) -> None:
        """Take both parses of a text."""
        self.tree = tree
        self._twins: dict[int, ast.AST] = {}
        written = module.code if "\f" in text else text
        if written != text:
            self.tree = python_tree(written)
            self._twins = {id(node): twin for node, twin in zip(ast.walk(tree), ast.walk(self.tree), strict=True)}
        self._locations = Locations(Lines(written).lines)

    def span(self, place: object) -> Span:
        """The range of a place. Raises TypeError for what is no place."""
        if isinstance(place, Prefix):
            whole = self._twins.get(id(place.whole))
            place = Prefix(whole, place.operands) if isinstance(whole, ast.BoolOp) else place
        return self._locations.span(self._twins.get(id(place), place))

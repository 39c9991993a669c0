"""Parsing of a text to libcst's tree, without the crashes that deep nesting would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.syntax.tree import TooDeep, check_depth, python_tree

if TYPE_CHECKING:
    import ast


def parse(text: str, tree: ast.AST | None = None) -> cst.Module:
    """Read a whole module.

    `tree` is CPython's own parse of the same text, where the caller has it already. Raises SyntaxError where CPython or
    libcst cannot parse the text, TooDeep where it nests too deep.
    """
    check_depth(tree if tree is not None else python_tree(text), text)
    try:
        return cst.parse_module(text)
    except RecursionError as error:
        raise TooDeep(1) from error
    except cst.ParserSyntaxError as error:
        raise SyntaxError(error.message, ("<text>", error.raw_line, error.raw_column, None)) from error
    except UnicodeError as error:
        raise SyntaxError(str(error)) from error

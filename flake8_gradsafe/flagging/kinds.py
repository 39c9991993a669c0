"""The kinds of libcst's nodes that stand for a node of CPython's tree."""

from __future__ import annotations

import ast

import libcst as cst

from flake8_gradsafe.syntax.program import Prefix


def kinds_for(place: object) -> tuple[type[cst.CSTNode], ...]:
    """The kinds of libcst's nodes that may stand for a place: that of the same name, but where the two trees differ."""
    kind = type(place)
    return _OTHERS.get(kind) or (getattr(cst, kind.__name__),)


_OTHERS: dict[type, tuple[type[cst.CSTNode], ...]] = {
    Prefix: (cst.BooleanOperation,),
    ast.BoolOp: (cst.BooleanOperation,),
    ast.BinOp: (cst.BinaryOperation,),
    ast.UnaryOp: (cst.UnaryOperation,),
    ast.Compare: (cst.Comparison,),
    ast.Constant: (cst.BaseNumber, cst.BaseString, cst.Ellipsis, cst.Name),
    ast.JoinedStr: (cst.BaseString,),
    ast.FormattedValue: (cst.FormattedStringExpression,),
    ast.Starred: (cst.StarredElement, cst.Index),
    ast.Tuple: (cst.Tuple, cst.Subscript),
    ast.YieldFrom: (cst.Yield,),
    ast.Delete: (cst.Del,),
    ast.AsyncWith: (cst.With,),
    ast.AsyncFor: (cst.For,),
    ast.AsyncFunctionDef: (cst.FunctionDef,),
    ast.match_case: (cst.MatchCase,),
}

"""CPython's tree as the program that the interpreter runs: once through its statements, by the type of each node."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.lower_expressions import expression, expressions, logical, optional, parameters, unstarred
from flake8_gradsafe.syntax.lower_patterns import captured, matches
from flake8_gradsafe.syntax.notes import Notes
from flake8_gradsafe.syntax.spread import MAX_CHOICES, spread
from flake8_gradsafe.syntax.tree import OPERATORS, TooDeep, check_depth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.syntax.program import Body


def lower(tree: ast.Module, text: str) -> Body:
    """The program of a module, given as CPython's tree and its text. Raises TooDeep where it nests too deep."""
    check_depth(tree, text)
    try:
        return _body(tree.body, Notes())
    except RecursionError as error:
        raise TooDeep(1) from error


def _body(block: Iterable[ast.stmt], notes: Notes) -> Body:
    """The statements of a block, in order."""
    out: list[ir.Statement] = []
    for statement in block:
        _statement(statement, notes, out)
    return tuple(out)


def _statement(node: ast.stmt, notes: Notes, out: list[ir.Statement]) -> None:
    """What a statement stands for; `pass` and its kin stand for nothing."""
    lower_it = _STATEMENTS.get(type(node))
    if lower_it is None:
        return
    outer, notes.choices = notes.choices, []
    lower_it(node, notes, out)
    if isinstance(node, _SMALL) and 0 < len(notes.choices) <= MAX_CHOICES:
        out[-1:] = [spread(out[-1], notes.choices)]
    notes.choices = outer


def _import(node: ast.Import, notes: Notes, out: list[ir.Statement]) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        root = alias.name.partition(".")[0]
        out.append(ir.Import(node, alias.name if alias.asname else root, alias.asname or root))


def _import_from(node: ast.ImportFrom, notes: Notes, out: list[ir.Statement]) -> None:
    """`from a import b as c`, `from a import *`; what comes from a relative module is a name of its own."""
    origin = "." * node.level + (node.module or "")
    for alias in node.names:
        if alias.name == "*":
            out.append(ir.Import(node, origin, "*"))
        else:
            out.append(ir.Import(node, f"{origin}.{alias.name}", alias.asname or alias.name))


def _target(node: ast.expr, notes: Notes) -> ir.Expression:
    """What is assigned to."""
    target = expression(node, notes)
    notes.assign(target)
    return target


def _assign(node: ast.Assign, notes: Notes, out: list[ir.Statement]) -> None:
    """`a = b = value`."""
    notes.concerns_us = notes.concerns_us or any(isinstance(each, ast.Subscript) for each in node.targets)
    targets = tuple(_target(each, notes) for each in node.targets)
    out.append(ir.Assign(node, targets, expression(node.value, notes)))


def _annotated(node: ast.AnnAssign, notes: Notes, out: list[ir.Statement]) -> None:
    """`target: annotation = value`."""
    annotation = expression(node.annotation, notes)
    out.append(ir.Assign(node, (_target(node.target, notes),), optional(node.value, notes), annotation))


def _augmented(node: ast.AugAssign, notes: Notes, out: list[ir.Statement]) -> None:
    """`target += value`; a count is nothing that a rule speaks of."""
    counts = isinstance(node.value, ast.Constant) and type(node.value.value) is int
    notes.concerns_us = notes.concerns_us or not (isinstance(node.target, ast.Name) and counts)
    method = f"__i{OPERATORS[type(node.op)]}__"
    out.append(ir.Augmented(node, _target(node.target, notes), method, expression(node.value, notes)))


def _evaluate(node: ast.Expr, notes: Notes, out: list[ir.Statement]) -> None:
    """An expression as a statement; a docstring is dropped, and `a and b` is a branch."""
    value = node.value
    if isinstance(value, ast.BoolOp):
        left = logical(value, len(value.values) - 1, notes)
        right = (ir.Evaluate(node, expression(value.values[-1], notes)),)
        conjunction = isinstance(value.op, ast.And)
        out.append(ir.Branch(node, left, right if conjunction else (), () if conjunction else right))
    elif not (isinstance(value, ast.Constant) and isinstance(value.value, (str, bytes, type(...)))):
        out.append(ir.Evaluate(node, expression(value, notes)))


def _assert(node: ast.Assert, notes: Notes, out: list[ir.Statement]) -> None:
    """`assert test`: who comes past it took the way on which the test holds."""
    out.append(ir.Branch(node, expression(node.test, notes), (), (ir.Return(node, None, raises=True),)))


def _return(node: ast.Return, notes: Notes, out: list[ir.Statement]) -> None:
    out.append(ir.Return(node, optional(node.value, notes)))


def _raise(node: ast.Raise, notes: Notes, out: list[ir.Statement]) -> None:
    """`raise value`: ends the path."""
    out.append(ir.Return(node, optional(node.exc, notes), raises=True))


def _jump(node: ast.Break | ast.Continue, notes: Notes, out: list[ir.Statement]) -> None:
    out.append(ir.Jump(node, breaks=isinstance(node, ast.Break)))


def _delete(node: ast.Delete, notes: Notes, out: list[ir.Statement]) -> None:
    """`del a, b`."""
    targets = node.targets
    if len(targets) == 1 and isinstance(targets[0], (ast.Tuple, ast.List)):
        targets = targets[0].elts
    out.append(ir.Delete(node, expressions(targets, notes)))


def _global(node: ast.Global | ast.Nonlocal, notes: Notes, out: list[ir.Statement]) -> None:
    out.append(ir.Global(node, tuple(node.names), encloses=isinstance(node, ast.Nonlocal)))


def _with(node: ast.With | ast.AsyncWith, notes: Notes, out: list[ir.Statement]) -> None:
    """`with a as b, c:`, the items nested from left to right."""
    body = _body(node.body, notes)
    for item in reversed(node.items):
        context, target = expression(item.context_expr, notes), optional(item.optional_vars, notes)
        body = (ir.With(node, context, target, body),)
    out += body


def _if(node: ast.If, notes: Notes, out: list[ir.Statement]) -> None:
    """`if`, `elif`, `else`; a long chain is taken iteratively."""
    chain, orelse = [node], node.orelse
    while len(orelse) == 1 and isinstance(orelse[0], ast.If):
        chain.append(orelse[0])
        orelse = orelse[0].orelse
    body = _body(orelse, notes)
    for link in reversed(chain):
        body = (ir.Branch(link, expression(link.test, notes), _body(link.body, notes), body),)
    out += body


def _match(node: ast.Match, notes: Notes, out: list[ir.Statement]) -> None:
    """`match`: a chain of branches on conditions that are not known; captured names become unknown."""
    subject = ir.Name(node.subject, "(subject)")
    out.append(ir.Assign(node, (subject,), expression(node.subject, notes)))
    orelse: Body = ()
    for case in reversed(node.cases):
        names = tuple(ir.Assign(case, (ir.Name(case, name),), ir.Opaque(case, ())) for name in captured(case.pattern))
        test = matches(subject, case.pattern, notes)
        if case.guard:
            test = ir.Logical(case, test, expression(case.guard, notes), conjunction=True)
        orelse = (ir.Branch(case, test, names + _body(case.body, notes), orelse),)
    out += orelse


def _for(node: ast.For | ast.AsyncFor, notes: Notes, out: list[ir.Statement]) -> None:
    target, source = expression(node.target, notes), expression(node.iter, notes)
    out.append(ir.Loop(node, target, source, _body(node.body, notes), _body(node.orelse, notes)))


def _while(node: ast.While, notes: Notes, out: list[ir.Statement]) -> None:
    test = expression(node.test, notes)
    out.append(ir.Loop(node, None, test, _body(node.body, notes), _body(node.orelse, notes)))


def _try(node: ast.Try, notes: Notes, out: list[ir.Statement]) -> None:
    """`try`, `except`, `else`, `finally`."""
    handlers = tuple(
        ir.Handler(optional(each.type, notes), each.name, _body(each.body, notes)) for each in node.handlers
    )
    orelse, final = _body(node.orelse, notes), _body(node.finalbody, notes)
    out.append(ir.Try(node, _body(node.body, notes), handlers, orelse, final))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, notes: Notes, out: list[ir.Statement]) -> None:
    decorators = expressions(node.decorator_list, notes)
    given = parameters(node.args, notes)
    inner = Notes()
    body = _body(node.body, inner)
    notes.take_in(inner)
    out.append(inner.function(node, node.name, given, body, decorators))


def _class(node: ast.ClassDef, notes: Notes, out: list[ir.Statement]) -> None:
    bases = expressions(map(unstarred, node.bases), notes)
    decorators = expressions(node.decorator_list, notes)
    out.append(ir.Class(node, node.name, bases, _body(node.body, notes), decorators))
    notes.nests = True


_STATEMENTS: dict[type[ast.stmt], Callable[..., None]] = {
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Expr: _evaluate,
    ast.Assert: _assert,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _jump,
    ast.Continue: _jump,
    ast.Delete: _delete,
    ast.Global: _global,
    ast.Nonlocal: _global,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.If: _if,
    ast.Match: _match,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.Try: _try,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
}
if sys.version_info >= (3, 11):
    _STATEMENTS[ast.TryStar] = _try

_SMALL = (
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.Expr,
    ast.Assert,
    ast.Return,
    ast.Raise,
    ast.Delete,
)

"""Statements of CPython's tree as those of the program, by the type of each node."""

from __future__ import annotations

import ast
import sys
from itertools import chain
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.dropped_updates import dropped_update
from flake8_gradsafe.syntax.lower_expressions import (
    aside,
    expression,
    expressions,
    logical,
    optional,
    parameters,
    unstarred,
)
from flake8_gradsafe.syntax.lower_patterns import captured, matches
from flake8_gradsafe.syntax.misspelt import SWITCHES, meant_by
from flake8_gradsafe.syntax.nodes import Match, Nodes
from flake8_gradsafe.syntax.notes import Notes
from flake8_gradsafe.syntax.spread import MAX_CHOICES, spread
from flake8_gradsafe.syntax.tree import OPERATORS
from flake8_gradsafe.syntax.uncalled import may_do_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.syntax.program import Body


def body_of(block: Iterable[ast.stmt], notes: Notes) -> Body:
    """The statements of a block, in order."""
    out: list[ir.Statement] = []
    for statement in block:
        lower_statement(statement, notes, out)
    return tuple(out)


def lower_statement(node: ast.stmt, notes: Notes, out: list[ir.Statement]) -> None:
    """Lower a statement; `pass` and its kin stand for nothing."""
    lower_it = _STATEMENTS.get(type(node))
    if lower_it is None:
        return
    outer, notes.choices = notes.choices, []
    lower_it(node, notes, out)
    if isinstance(node, _SMALL) and 0 < len(notes.choices) <= MAX_CHOICES:
        whole = out[-1]
        out[-1] = spread(whole, notes.choices)
        notes.nodes.written[out[-1]] = notes.nodes.written.get(whole, whole)
    notes.choices = outer


def _import(node: ast.Import, notes: Notes, out: list[ir.Statement]) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        root = alias.name.partition(".")[0]
        made = ir.Import(node, alias.name if alias.asname else root, alias.asname or root)
        out.append(made)
        notes.nodes.imports.append(made)
        notes.binds.add(made.bound)


def _import_from(node: ast.ImportFrom, notes: Notes, out: list[ir.Statement]) -> None:
    """`from a import b as c`, `from a import *`; what comes from a relative module is a name of its own."""
    origin = "." * node.level + (node.module or "")
    for alias in node.names:
        whole = alias.name == "*"
        made = ir.Import(node, origin if whole else f"{origin}.{alias.name}", alias.asname or alias.name)
        out.append(made)
        notes.nodes.imports.append(made)
        notes.binds.add(made.bound)


def _target(node: ast.expr, notes: Notes) -> ir.Expression:
    """Return the target of an assignment."""
    target = expression(node, notes)
    notes.assign(target)
    return target


def _assign(node: ast.Assign, notes: Notes, out: list[ir.Statement]) -> None:
    """`a = b = value`."""
    notes.concerns_us = notes.concerns_us or any(map(_may_concern_us, node.targets))
    if isinstance(node.value, (ast.Call, ast.BinOp)):
        notes.computed.update(target.id for target in node.targets if isinstance(target, ast.Name))
    targets = tuple(_target(target, notes) for target in node.targets)
    made = ir.Assign(node, targets, expression(node.value, notes))
    out.append(made)
    notes.nodes.assigned.append(made)


def _may_concern_us(target: ast.expr) -> bool:
    """True if a target is an item, which may be a tensor's, or an attribute that PyTorch may have under a like name."""
    if isinstance(target, ast.Attribute):
        return bool(meant_by(target.attr)) or target.attr in SWITCHES
    return isinstance(target, ast.Subscript)


def _annotated(node: ast.AnnAssign, notes: Notes, out: list[ir.Statement]) -> None:
    """`target: annotation = value`."""
    annotation = expression(node.annotation, notes)
    made = ir.Assign(node, (_target(node.target, notes),), optional(node.value, notes), annotation)
    out.append(made)
    notes.nodes.declared.append(made)
    notes.nodes.annotations.append(annotation)


def _augmented(node: ast.AugAssign, notes: Notes, out: list[ir.Statement]) -> None:
    """`target += value`; a count is nothing that a rule speaks of."""
    is_whole = isinstance(node.value, ast.Constant) and type(node.value.value) is int
    counts = is_whole and isinstance(node.target, ast.Name) and node.target.id not in notes.computed
    notes.concerns_us = notes.concerns_us or not counts
    method = f"__i{OPERATORS[type(node.op)]}__"
    made = ir.Augmented(node, _target(node.target, notes), method, expression(node.value, notes))
    out.append(made)
    notes.nodes.augmented.append(made)


def _evaluate(node: ast.Expr, notes: Notes, out: list[ir.Statement]) -> None:
    """An expression as a statement; a docstring is dropped, and `a and b` is a branch."""
    value = node.value
    if isinstance(value, ast.BoolOp):
        left = logical(value, len(value.values) - 1, notes)
        right = (ir.Evaluate(node, expression(value.values[-1], notes)),)
        conjunction = isinstance(value.op, ast.And)
        branch = ir.Branch(node, left, right if conjunction else (), () if conjunction else right)
        out.append(branch)
        notes.nodes.written[branch] = ir.Evaluate(node, ir.Logical(value, left, right[0].value, conjunction))
    elif not (isinstance(value, ast.Constant) and isinstance(value.value, (str, bytes, type(...)))):
        made = ir.Evaluate(node, expression(value, notes))
        out.append(made)
        notes.nodes.evaluated.append(made)
        notes.concerns_us = notes.concerns_us or may_do_nothing(made.value) or dropped_update(made.value) is not None
    elif isinstance(value.value, str):
        notes.nodes.strings.append(value.value)


def _assert(node: ast.Assert, notes: Notes, out: list[ir.Statement]) -> None:
    """`assert test`: whoever passes it took the way on which the test holds."""
    out.append(ir.Branch(node, expression(node.test, notes), (), (ir.Return(node, None, raises=True),)))
    if node.msg is not None:
        aside((node.msg,), notes)


def _return(node: ast.Return, notes: Notes, out: list[ir.Statement]) -> None:
    made = ir.Return(node, optional(node.value, notes))
    out.append(made)
    notes.nodes.returns.append(made)


def _raise(node: ast.Raise, notes: Notes, out: list[ir.Statement]) -> None:
    """`raise value`: ends the path."""
    out.append(ir.Return(node, optional(node.exc, notes), raises=True))
    if node.cause is not None:
        aside((node.cause,), notes)


def _jump(node: ast.Break | ast.Continue, notes: Notes, out: list[ir.Statement]) -> None:
    out.append(ir.Jump(node, breaks=isinstance(node, ast.Break)))


def _delete(node: ast.Delete, notes: Notes, out: list[ir.Statement]) -> None:
    """`del a, b`."""
    targets = node.targets
    if len(targets) == 1 and isinstance(targets[0], (ast.Tuple, ast.List)):
        targets = targets[0].elts
    out.append(ir.Delete(node, expressions(targets, notes)))


def _global(node: ast.Global | ast.Nonlocal, notes: Notes, out: list[ir.Statement]) -> None:
    made = ir.Global(node, tuple(node.names), encloses=isinstance(node, ast.Nonlocal))
    out.append(made)
    notes.nodes.globals.append(made)
    notes.not_local.update(node.names)


def _with(node: ast.With | ast.AsyncWith, notes: Notes, out: list[ir.Statement]) -> None:
    """`with a as b, c:`, the items nested from left to right."""
    items = [(expression(item.context_expr, notes), optional(item.optional_vars, notes)) for item in node.items]
    body = body_of(node.body, notes)
    for context, target in reversed(items):
        body = (ir.With(node, context, target, body),)
    out += body


def _if(node: ast.If, notes: Notes, out: list[ir.Statement]) -> None:
    """`if`, `elif`, `else`; a long chain is taken iteratively."""
    ways, orelse = [node], node.orelse
    while len(orelse) == 1 and isinstance(orelse[0], ast.If):
        ways.append(orelse[0])
        orelse = orelse[0].orelse
    links = [(branch, expression(branch.test, notes), body_of(branch.body, notes)) for branch in ways]
    body = body_of(orelse, notes)
    for link, test, then in reversed(links):
        body = (ir.Branch(link, test, then, body),)
    out += body


def _match(node: ast.Match, notes: Notes, out: list[ir.Statement]) -> None:
    """`match`: a chain of branches on conditions that are not known; captured names become unknown."""
    subject = ir.Name(node.subject, "(subject)")
    out.append(ir.Assign(node, (subject,), expression(node.subject, notes)))
    tests = [_test_of(branch, subject, notes) for branch in node.cases]
    bodies = tuple(body_of(branch.body, notes) for branch in node.cases)
    names = [captured(branch.pattern) for branch in node.cases]
    orelse: Body = ()
    for case, test, binds, body in reversed(list(zip(node.cases, tests, names, bodies, strict=True))):
        unknown = (ir.Assign(case, (ir.Name(case, name),), ir.Opaque(case, ())) for name in binds)
        orelse = (ir.Branch(case, test, (*unknown, *body), orelse),)
    out += orelse
    notes.nodes.written[orelse[0]] = Match(node, subject, tuple(chain.from_iterable(names)), bodies)


def _test_of(case: ast.match_case, subject: ir.Name, notes: Notes) -> ir.Expression:
    """Return the test of a case. A pattern that is not modelled is noted all the same."""
    test = matches(subject, case.pattern, notes)
    aside((part for part in ast.walk(case.pattern) if isinstance(part, ast.expr)), notes)
    return ir.Logical(case, test, expression(case.guard, notes), conjunction=True) if case.guard else test


def _for(node: ast.For | ast.AsyncFor, notes: Notes, out: list[ir.Statement]) -> None:
    target, source = expression(node.target, notes), expression(node.iter, notes)
    loop = ir.Loop(node, target, source, body_of(node.body, notes), body_of(node.orelse, notes))
    out.append(loop)
    notes.nodes.loops.append(loop)


def _while(node: ast.While, notes: Notes, out: list[ir.Statement]) -> None:
    test = expression(node.test, notes)
    out.append(ir.Loop(node, None, test, body_of(node.body, notes), body_of(node.orelse, notes)))


def _try(node: ast.Try, notes: Notes, out: list[ir.Statement]) -> None:
    """`try`, `except`, `else`, `finally`."""
    body = body_of(node.body, notes)
    handlers = tuple(
        ir.Handler(optional(handler.type, notes), handler.name, body_of(handler.body, notes))
        for handler in node.handlers
    )
    orelse, final = body_of(node.orelse, notes), body_of(node.finalbody, notes)
    out.append(ir.Try(node, body, handlers, orelse, final))


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, notes: Notes, out: list[ir.Statement]) -> None:
    decorators = expressions(node.decorator_list, notes)
    given = parameters(node.args, notes)
    nodes = notes.nodes
    if node.returns is not None:
        nodes.annotations += aside((node.returns,), notes)
    inner, before = Notes(nodes), len(nodes.functions)
    body = body_of(node.body, inner)
    notes.take_in(inner)
    made = inner.function(node, node.name, given, body, decorators)
    out.append(made)
    nodes.functions.insert(before, made)
    notes.binds.add(node.name)


def _class(node: ast.ClassDef, notes: Notes, out: list[ir.Statement]) -> None:
    outer, notes.nodes = notes.nodes, Nodes()
    binds, notes.binds = notes.binds, set()
    made = class_of(node, body_of(node.body, notes), notes)
    out.append(made)
    outer.take_in(notes.nodes)
    outer.classes.append((made, notes.nodes))
    notes.nodes, notes.binds = outer, binds | {node.name}
    notes.nests = True


def class_of(node: ast.ClassDef, body: Body, notes: Notes) -> ir.Class:
    """A class with this body."""
    bases = expressions(map(unstarred, node.bases), notes)
    decorators = expressions(node.decorator_list, notes)
    for keyword in node.keywords:
        aside((keyword.value,), notes)
        notes.nodes.keywords.add(keyword.arg or "")
    return ir.Class(node, node.name, bases, body, decorators, tuple(map(_spelled, node.bases)))


def _spelled(node: ast.expr) -> str:
    """An expression as text."""
    return node.id if isinstance(node, ast.Name) else ast.unparse(node)


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

"""Expressions of CPython's tree as those of the program. What is not modelled becomes `Opaque`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.notes import Notes
from flake8_gradsafe.syntax.taken_back import taken_back
from flake8_gradsafe.syntax.tree import COMPARISONS, OPERATORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def expression(node: ast.expr, notes: Notes) -> ir.Expression:
    """The value that a node stands for."""
    lower = _EXPRESSIONS.get(type(node))
    return lower(node, notes) if lower else ir.Opaque(node, ())


def optional(node: ast.expr | None, notes: Notes) -> ir.Expression | None:
    """The value of a node that may be missing."""
    return None if node is None else expression(node, notes)


def expressions(nodes: Iterable[ast.expr], notes: Notes) -> tuple[ir.Expression, ...]:
    """The values of some nodes, in order."""
    return tuple(expression(node, notes) for node in nodes)


def aside(nodes: Iterable[ast.expr], notes: Notes) -> tuple[ir.Expression, ...]:
    """Note the elements of expressions that the program leaves out."""
    return expressions(nodes, Notes(notes.nodes))


def unstarred(node: ast.expr) -> ast.expr:
    """Return the expression that a node unpacks; the node itself if it does not."""
    return node.value if isinstance(node, ast.Starred) else node


def logical(node: ast.BoolOp, operands: int, notes: Notes) -> ir.Expression:
    """The first operands of `a and b and c`, two by two from the left."""
    first, *others = node.values[:operands]
    value = expression(first, notes)
    for count, other in enumerate(others, 2):
        place = node if count == len(node.values) else ir.Prefix(node, count)
        value = ir.Logical(place, value, expression(other, notes), isinstance(node.op, ast.And))
    return value


def parameters(node: ast.arguments, notes: Notes) -> tuple[ir.Parameter, ...]:
    """The parameters of a function or lambda, in order."""
    plain = [*node.posonlyargs, *node.args]
    defaults = [*[None] * (len(plain) - len(node.defaults)), *node.defaults]
    return (
        *(_parameter(parameter, default, notes) for parameter, default in zip(plain, defaults, strict=True)),
        *(_parameter(parameter, None, notes, "*") for parameter in (node.vararg,) if parameter),
        *(
            _parameter(parameter, default, notes, keyword_only=True)
            for parameter, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
        ),
        *(_parameter(parameter, None, notes, "**") for parameter in (node.kwarg,) if parameter),
    )


def _parameter(
    node: ast.arg, default: ast.expr | None, notes: Notes, star: str = "", *, keyword_only: bool = False
) -> ir.Parameter:
    annotation = optional(node.annotation, notes)
    parameter = ir.Parameter(node.arg, annotation, optional(default, notes), star, keyword_only)
    notes.nodes.parameters.append(parameter)
    if annotation is not None:
        notes.nodes.annotations.append(annotation)
    return parameter


def _name(node: ast.Name, notes: Notes) -> ir.Name:
    notes.mention(node.id)
    name = ir.Name(node, node.id)
    notes.nodes.names.append(name)
    if node.ctx.__class__ is ast.Store:
        notes.binds.add(node.id)
        notes.nodes.stored.add(name)
    return name


def _constant(node: ast.Constant, notes: Notes) -> ir.Expression:
    """A literal with its value; bytes are not looked into."""
    if isinstance(node.value, str):
        notes.nodes.strings.append(node.value)
    return ir.Opaque(node, (), "bytes") if isinstance(node.value, bytes) else ir.Constant(node, node.value)


def _attribute(node: ast.Attribute, notes: Notes) -> ir.Attribute:
    notes.mention(node.attr)
    attribute = ir.Attribute(node, expression(node.value, notes), node.attr)
    notes.nodes.attributes.append(attribute)
    if node.ctx.__class__ is not ast.Load:
        notes.nodes.stored.add(attribute)
    return attribute


def _call(node: ast.Call, notes: Notes) -> ir.Call:
    """`function(arguments)`, the arguments in the order of the text."""
    function = expression(node.func, notes)
    notes.call(function)
    given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    if node.keywords and any(isinstance(argument, ast.Starred) for argument in node.args):
        given.sort(key=lambda argument: (argument.lineno, argument.col_offset))
    call = ir.Call(node, function, tuple(_argument(argument, notes) for argument in given))
    notes.nodes.calls.append(call)
    return call


def _argument(node: ast.expr | ast.keyword, notes: Notes) -> ir.Argument:
    if isinstance(node, ast.keyword):
        if node.arg is not None:
            notes.mention_keyword(node.arg)
            notes.nodes.keywords.add(node.arg)
        name, star, value = node.arg, "" if node.arg else "**", expression(node.value, notes)
    else:
        name, star, value = None, "*" if isinstance(node, ast.Starred) else "", expression(unstarred(node), notes)
    notes.call(value)  # it may be called by what it is given to
    return ir.Argument(value, name, star)


def _subscript(node: ast.Subscript, notes: Notes) -> ir.Subscript:
    index = expression(node.slice, notes)
    return ir.Subscript(node, expression(node.value, notes), index)


def _slice(node: ast.Slice, notes: Notes) -> ir.Slice:
    return ir.Slice(node, optional(node.lower, notes), optional(node.upper, notes), optional(node.step, notes))


def _starred(node: ast.Starred, notes: Notes) -> ir.Starred:
    """`*value` in a display, an index or a target."""
    return ir.Starred(node, expression(node.value, notes))


def _binary(node: ast.BinOp, notes: Notes) -> ir.Expression:
    """`left * right`; a long chain is taken iteratively."""
    chain: list[ast.BinOp] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        chain.append(left)
        left = left.left
    value = expression(left, notes)
    for link in reversed(chain):
        value = ir.Binary(link, f"__{OPERATORS[type(link.op)]}__", value, expression(link.right, notes))
        notes.concerns_us = notes.concerns_us or taken_back(value) is not None
    return value


def _unary(node: ast.UnaryOp, notes: Notes) -> ir.Expression:
    """`-x`, `+x`, `~x`, `not x`; the minus of a number belongs to the number."""
    operand = expression(node.operand, notes)
    if isinstance(node.op, ast.Not):
        return ir.Not(node, operand)
    if not isinstance(node.op, ast.USub):
        return ir.Unary(node, "__invert__" if isinstance(node.op, ast.Invert) else "__pos__", operand)
    if isinstance(operand, ir.Constant) and isinstance(operand.value, (int, float)):
        return ir.Constant(node, -operand.value)
    return ir.Unary(node, "__neg__", operand)


def _sequence(node: ast.Tuple | ast.List, notes: Notes) -> ir.Sequence:
    """A tuple or list display, or a target of this form."""
    return ir.Sequence(node, expressions(node.elts, notes), isinstance(node, ast.List))


def _boolean(node: ast.BoolOp, notes: Notes) -> ir.Expression:
    return logical(node, len(node.values), notes)


def _comparison(node: ast.Compare, notes: Notes) -> ir.Expression:
    """One comparison; of a chain, only the parts are evaluated."""
    left, *others = expressions((node.left, *node.comparators), notes)
    if len(others) > 1:
        return ir.Opaque(node, (left, *others), "comparison")
    return ir.Comparison(node, COMPARISONS[type(node.ops[0])], left, others[0])


def _walrus(node: ast.NamedExpr, notes: Notes) -> ir.Walrus:
    return ir.Walrus(node, _name(node.target, notes), expression(node.value, notes))


def _conditional(node: ast.IfExp, notes: Notes) -> ir.Choice:
    """`body if test else orelse`."""
    test, body, orelse = expressions((node.test, node.body, node.orelse), notes)
    choice = ir.Choice(node, test, body, orelse)
    notes.choices.append(choice)
    return choice


def _await(node: ast.Await, notes: Notes) -> ir.Expression:
    """`await value`, taken for the value."""
    return expression(node.value, notes)


def _yield(node: ast.Yield | ast.YieldFrom, notes: Notes) -> ir.Yield:
    notes.generates = True
    return ir.Yield(node, optional(node.value, notes), isinstance(node, ast.YieldFrom))


def _dict(node: ast.Dict, notes: Notes) -> ir.Expression:
    """A dict display; of one with `**` in it, the parts are its keys and values in pairs, and what is spread in it, starred."""
    keys = [key for key in node.keys if key is not None]
    if len(keys) == len(node.values):
        mapping = ir.Mapping(node, expressions(keys, notes), expressions(node.values, notes))
        notes.nodes.dicts.append(mapping.values)
        return mapping
    pairs = zip(node.keys, node.values, strict=True)
    parts = tuple(
        part
        for key, value in pairs
        for part in (
            expressions((key, value), notes) if key is not None else (ir.Starred(value, expression(value, notes)),)
        )
    )
    notes.nodes.dicts.append(parts)
    return ir.Opaque(node, parts, "dict")


def _set(node: ast.Set, notes: Notes) -> ir.Opaque:
    """A set display: its parts are evaluated."""
    return ir.Opaque(node, expressions(map(unstarred, node.elts), notes), "set")


def _comprehension(node: ast.GeneratorExp | ast.ListComp | ast.SetComp, notes: Notes) -> ir.Comprehension:
    return _comprehended(node, node.elt, None, notes)


def _dict_comprehension(node: ast.DictComp, notes: Notes) -> ir.Comprehension:
    return _comprehended(node, node.value, node.key, notes)


def _comprehended(
    node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp,
    element: ast.expr,
    key: ast.expr | None,
    notes: Notes,
) -> ir.Comprehension:
    """A comprehension, whose conditional expressions are not those of the statement."""
    before = len(notes.choices)
    clauses = tuple(_clause(clause, notes) for clause in node.generators)
    made = ir.Comprehension(node, expression(element, notes), clauses, optional(key, notes), _FORMS[type(node)])
    del notes.choices[before:]
    return made


_FORMS: dict[type[ast.expr], str] = {
    ast.GeneratorExp: "generator",
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.DictComp: "dict",
}


def _clause(node: ast.comprehension, notes: Notes) -> ir.Clause:
    conditions = expressions(node.ifs, notes)
    clause = ir.Clause(expression(node.target, notes), expression(node.iter, notes), conditions)
    notes.nodes.clauses.append(clause)
    notes.not_local.update(part.id for part in ast.walk(node.target) if isinstance(part, ast.Name))
    return clause


def _lambda(node: ast.Lambda, notes: Notes) -> ir.Lambda:
    """A lambda: a function of one statement."""
    before, generates = len(notes.choices), notes.generates
    given = parameters(node.args, notes)
    del notes.choices[before:]
    notes.generates = generates
    inner = Notes(notes.nodes)
    body = ir.Return(node.body, expression(node.body, inner))
    notes.take_in(inner)
    mentions = frozenset(inner.mentions)
    made = ir.Lambda(node, ir.Function(node, "<lambda>", given, (body,), (), mentions=mentions, nests=inner.nests))
    notes.nodes.lambdas.append(made)
    return made


def _formatted(node: ast.JoinedStr, notes: Notes) -> ir.Formatted:
    """An f-string: its parts; those with a format of their own are not looked into."""
    return ir.Formatted(node, expressions(node.values, notes))


def _part(node: ast.FormattedValue, notes: Notes) -> ir.Expression:
    """Return the expression that stands in braces in an f-string."""
    value = expression(node.value, notes)
    if node.format_spec is not None:
        aside((node.format_spec,), notes)
    return value if node.conversion == -1 and node.format_spec is None else ir.Opaque(node, (value,))


_EXPRESSIONS: dict[type[ast.expr], Callable[..., ir.Expression]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Starred: _starred,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.NamedExpr: _walrus,
    ast.IfExp: _conditional,
    ast.BoolOp: _boolean,
    ast.Compare: _comparison,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Dict: _dict,
    ast.Set: _set,
    ast.GeneratorExp: _comprehension,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _dict_comprehension,
    ast.Lambda: _lambda,
    ast.JoinedStr: _formatted,
    ast.FormattedValue: _part,
}

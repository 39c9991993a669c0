"""The same program from CPython's own tree, which costs a tenth of libcst's: its places tell nothing but what is one."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.lowering import Lowering
from flake8_gradsafe.syntax.tree import OPERATORS, TooDeep, check_depth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.syntax.program import Body


def lower(tree: ast.Module, text: str) -> Body:
    """The program of a module, given as CPython's tree and its text. Raises TooDeep where it nests too deep."""
    check_depth(tree, text)
    try:
        return TreeVisitor().visit_body(tree.body)
    except RecursionError as error:
        raise TooDeep(1) from error


class TreeVisitor(Lowering):
    """Goes once over CPython's tree and dispatches on each node's type."""

    def visit_body(self, body: Iterable[ast.stmt]) -> Body:
        """The statements of a block, in order."""
        out: list[ir.Statement] = []
        for statement in body:
            self._statement(statement, out)
        return tuple(out)

    def _operator(self, node: ast.BinOp) -> str:
        return f"__{OPERATORS[type(node.op)]}__"

    def _name_of(self, handler: ast.ExceptHandler) -> str | None:
        return handler.name

    # -- expressions ------------------------------------------------------------------------------------------------

    def visit_name(self, node: ast.Name) -> ir.Expression:
        """A name."""
        return self._name(node, node.id)

    def visit_constant(self, node: ast.Constant) -> ir.Expression:
        """A literal with its value; bytes are not looked into."""
        return ir.Opaque(node, ()) if isinstance(node.value, bytes) else ir.Constant(node, node.value)

    def visit_attribute(self, node: ast.Attribute) -> ir.Expression:
        """`value.attr`."""
        return self._attribute(node, node.value, node.attr)

    def visit_call(self, node: ast.Call) -> ir.Expression:
        """`function(arguments)`, the arguments in the order of the text."""
        function = self._called(node.func)
        given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        if node.keywords and any(isinstance(each, ast.Starred) for each in node.args):
            given.sort(key=lambda each: (each.lineno, each.col_offset))
        return ir.Call(node, function, tuple(self._given(each) for each in given))

    def _given(self, node: ast.expr | ast.keyword) -> ir.Argument:
        if isinstance(node, ast.keyword):
            return self._argument(node.value, node.arg, "" if node.arg else "**")
        value, star = (node.value, "*") if isinstance(node, ast.Starred) else (node, "")
        return self._argument(value, None, star)

    def visit_subscript(self, node: ast.Subscript) -> ir.Expression:
        """`value[index]`."""
        index = self.visit(node.slice)
        return ir.Subscript(node, self.visit(node.value), index)

    def visit_slice(self, node: ast.Slice) -> ir.Expression:
        """`lower:upper:step`."""
        return ir.Slice(node, self._maybe(node.lower), self._maybe(node.upper), self._maybe(node.step))

    def visit_starred(self, node: ast.Starred) -> ir.Expression:
        """`*value` in a display, an index or a target."""
        return ir.Starred(node, self.visit(node.value))

    def visit_unary(self, node: ast.UnaryOp) -> ir.Expression:
        """`-x`, `+x`, `~x`, `not x`."""
        operand = self.visit(node.operand)
        if isinstance(node.op, ast.USub):
            return self._negated(node, operand)
        if isinstance(node.op, ast.Not):
            return ir.Not(node, operand)
        return ir.Unary(node, "__invert__" if isinstance(node.op, ast.Invert) else "__pos__", operand)

    def visit_sequence(self, node: ast.Tuple | ast.List) -> ir.Expression:
        """A tuple or list display, or a target of this form."""
        return ir.Sequence(node, tuple(self.visit(each) for each in node.elts), isinstance(node, ast.List))

    def visit_boolean(self, node: ast.BoolOp) -> ir.Expression:
        """`a and b and c`, two by two from the left."""
        return self._logical(node, len(node.values))

    def _logical(self, node: ast.BoolOp, operands: int) -> ir.Expression:
        """The first operands of `a and b and c`."""
        first, *others = node.values[:operands]
        value = self.visit(first)
        for count, other in enumerate(others, 2):
            place = node if count == len(node.values) else ir.Prefix(node, count)
            value = ir.Logical(place, value, self.visit(other), isinstance(node.op, ast.And))
        return value

    def visit_comparison(self, node: ast.Compare) -> ir.Expression:
        """One comparison; of a chain, only the parts are evaluated."""
        if len(node.ops) == 1:
            operator = _COMPARISONS[type(node.ops[0])]
            return ir.Comparison(node, operator, self.visit(node.left), self.visit(node.comparators[0]))
        return self._opaque(node, (node.left, *node.comparators))

    def visit_await(self, node: ast.Await) -> ir.Expression:
        """`await value`, taken for the value."""
        return self.visit(node.value)

    def visit_yield(self, node: ast.Yield | ast.YieldFrom) -> ir.Expression:
        """`yield value`, `yield from value`."""
        return self._yielded(node, node.value, delegates=isinstance(node, ast.YieldFrom))

    def visit_dict(self, node: ast.Dict) -> ir.Expression:
        """A dict display; one with `**` in it is not modelled."""
        keys = [key for key in node.keys if key is not None]
        if len(keys) == len(node.values):
            lowered = tuple(self.visit(key) for key in keys)
            return ir.Mapping(node, lowered, tuple(self.visit(value) for value in node.values))
        return self._opaque(node, [part for pair in zip(node.keys, node.values, strict=True) for part in pair])

    def visit_set(self, node: ast.Set) -> ir.Expression:
        """A set display: its parts are evaluated."""
        return self._opaque(node, map(_unstarred, node.elts))

    def _clauses(self, node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp) -> tuple[ir.Clause, ...]:
        return tuple(map(self._clause, node.generators))

    def _clause(self, node: ast.comprehension) -> ir.Clause:
        conditions = tuple(map(self.visit, node.ifs))
        return ir.Clause(self.visit(node.target), self.visit(node.iter), conditions)

    def visit_lambda(self, node: ast.Lambda) -> ir.Expression:
        """A lambda: a function of one statement."""
        return self._lambda(node, node.args, node.body)

    def visit_formatted(self, node: ast.JoinedStr) -> ir.Expression:
        """An f-string: its parts; those with a format of their own are not looked into."""
        return ir.Formatted(node, tuple(map(self.visit, node.values)))

    def visit_part(self, node: ast.FormattedValue) -> ir.Expression:
        """What stands in braces in an f-string."""
        plain = node.conversion == -1 and node.format_spec is None
        return self.visit(node.value) if plain else self._opaque(node, (node.value,))

    # -- statements -------------------------------------------------------------------------------------------------

    def visit_import(self, node: ast.Import, out: list[ir.Statement]) -> None:
        """`import a.b`, `import a.b as c`."""
        for alias in node.names:
            root = alias.name.partition(".")[0]
            out.append(ir.Import(node, alias.name if alias.asname else root, alias.asname or root))

    def visit_import_from(self, node: ast.ImportFrom, out: list[ir.Statement]) -> None:
        """`from a import b as c`, `from a import *`; what comes from a relative module is a name of its own."""
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                out.append(ir.Import(node, origin, "*"))
            else:
                out.append(ir.Import(node, f"{origin}.{alias.name}", alias.asname or alias.name))

    def visit_assign(self, node: ast.Assign, out: list[ir.Statement]) -> None:
        """`a = b = value`."""
        self._words += any(isinstance(each, ast.Subscript) for each in node.targets)
        targets = tuple(map(self._target, node.targets))
        out.append(ir.Assign(node, targets, self.visit(node.value)))

    def visit_annotated(self, node: ast.AnnAssign, out: list[ir.Statement]) -> None:
        """`target: annotation = value`."""
        annotation = self.visit(node.annotation)
        out.append(ir.Assign(node, (self._target(node.target),), self._maybe(node.value), annotation))

    def visit_augmented(self, node: ast.AugAssign, out: list[ir.Statement]) -> None:
        """`target += value`."""
        plain = isinstance(node.value, ast.Constant) and type(node.value.value) is int
        self._words += not (isinstance(node.target, ast.Name) and plain)
        method = f"__i{OPERATORS[type(node.op)]}__"
        out.append(ir.Augmented(node, self._target(node.target), method, self.visit(node.value)))

    def visit_expression(self, node: ast.Expr, out: list[ir.Statement]) -> None:
        """An expression as a statement; a docstring is dropped, and `a and b` is a branch."""
        value = node.value
        if isinstance(value, ast.BoolOp):
            left = self._logical(value, len(value.values) - 1)
            right = (ir.Evaluate(node, self.visit(value.values[-1])),)
            conjunction = isinstance(value.op, ast.And)
            out.append(ir.Branch(node, left, right if conjunction else (), () if conjunction else right))
        elif not (isinstance(value, ast.Constant) and isinstance(value.value, (str, bytes, type(...)))):
            out.append(ir.Evaluate(node, self.visit(value)))

    def visit_jump(self, node: ast.Break | ast.Continue, out: list[ir.Statement]) -> None:
        """`break`, `continue`."""
        out.append(ir.Jump(node, breaks=isinstance(node, ast.Break)))

    def visit_delete(self, node: ast.Delete, out: list[ir.Statement]) -> None:
        """`del a, b`."""
        targets = node.targets
        if len(targets) == 1 and isinstance(targets[0], (ast.Tuple, ast.List)):
            targets = targets[0].elts
        out.append(ir.Delete(node, tuple(map(self.visit, targets))))

    def visit_global(self, node: ast.Global | ast.Nonlocal, out: list[ir.Statement]) -> None:
        """`global a, b`, `nonlocal a, b`."""
        out.append(ir.Global(node, tuple(node.names), encloses=isinstance(node, ast.Nonlocal)))

    def visit_with(self, node: ast.With | ast.AsyncWith, out: list[ir.Statement]) -> None:
        """`with a as b, c:`."""
        out += self._nested_with(node, [(each.context_expr, each.optional_vars) for each in node.items])

    def visit_if(self, node: ast.If, out: list[ir.Statement]) -> None:
        """`if`, `elif`, `else`; a long chain is taken iteratively."""
        chain = [node]
        while len(chain[-1].orelse) == 1 and isinstance(chain[-1].orelse[0], ast.If):
            chain.append(chain[-1].orelse[0])
        out += self._branches(chain, self.visit_body(chain[-1].orelse))

    def _matches(self, subject: ir.Expression, pattern: ast.pattern) -> ir.Expression:
        if isinstance(pattern, ast.MatchValue):
            return ir.Comparison(pattern, "==", subject, self.visit(pattern.value))
        if isinstance(pattern, ast.MatchSingleton):
            return ir.Comparison(pattern, "is", subject, ir.Constant(pattern, pattern.value))
        if isinstance(pattern, ast.MatchOr):
            return self._any_of(pattern, subject, pattern.patterns)
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
            return ir.Constant(pattern, True)
        return ir.Opaque(pattern, ())

    def _captured(self, pattern: ast.pattern) -> list[str]:
        names: list[str] = []
        for node in ast.walk(pattern):
            if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
                names.append(node.name)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                names.append(node.rest)
        return sorted(names)

    def visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, out: list[ir.Statement]) -> None:
        """`def`."""
        decorators = tuple(map(self.visit, node.decorator_list))
        parameters = self._parameters(node.args)
        out.append(self._function(node, node.name, decorators, parameters))

    def _parameters(self, node: ast.arguments) -> tuple[ir.Parameter, ...]:
        plain = [*node.posonlyargs, *node.args]
        defaults = [*[None] * (len(plain) - len(node.defaults)), *node.defaults]
        return (
            *(self._parameter(each, default) for each, default in zip(plain, defaults, strict=True)),
            *(self._parameter(each, None, "*") for each in (node.vararg,) if each),
            *(
                self._parameter(each, default, keyword_only=True)
                for each, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
            ),
            *(self._parameter(each, None, "**") for each in (node.kwarg,) if each),
        )

    def _parameter(
        self, node: ast.arg, default: ast.expr | None, star: str = "", *, keyword_only: bool = False
    ) -> ir.Parameter:
        return ir.Parameter(node.arg, self._maybe(node.annotation), self._maybe(default), star, keyword_only)

    def visit_class(self, node: ast.ClassDef, out: list[ir.Statement]) -> None:
        """`class`."""
        bases = tuple(self.visit(_unstarred(base)) for base in node.bases)
        decorators = tuple(map(self.visit, node.decorator_list))
        out.append(self._class(node, node.name, bases, decorators))


def _unstarred(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Starred) else node


_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

TreeVisitor.expressions = {
    ast.Name: TreeVisitor.visit_name,
    ast.Constant: TreeVisitor.visit_constant,
    ast.Attribute: TreeVisitor.visit_attribute,
    ast.Call: TreeVisitor.visit_call,
    ast.Subscript: TreeVisitor.visit_subscript,
    ast.Slice: TreeVisitor.visit_slice,
    ast.Starred: TreeVisitor.visit_starred,
    ast.BinOp: TreeVisitor.visit_binary,
    ast.UnaryOp: TreeVisitor.visit_unary,
    ast.Tuple: TreeVisitor.visit_sequence,
    ast.List: TreeVisitor.visit_sequence,
    ast.NamedExpr: TreeVisitor.visit_walrus,
    ast.IfExp: TreeVisitor.visit_conditional,
    ast.BoolOp: TreeVisitor.visit_boolean,
    ast.Compare: TreeVisitor.visit_comparison,
    ast.Await: TreeVisitor.visit_await,
    ast.Yield: TreeVisitor.visit_yield,
    ast.YieldFrom: TreeVisitor.visit_yield,
    ast.Dict: TreeVisitor.visit_dict,
    ast.Set: TreeVisitor.visit_set,
    ast.GeneratorExp: TreeVisitor.visit_comprehension,
    ast.ListComp: TreeVisitor.visit_comprehension,
    ast.SetComp: TreeVisitor.visit_comprehension,
    ast.DictComp: TreeVisitor.visit_comprehension,
    ast.Lambda: TreeVisitor.visit_lambda,
    ast.JoinedStr: TreeVisitor.visit_formatted,
    ast.FormattedValue: TreeVisitor.visit_part,
}

TreeVisitor.statements = {
    ast.Import: TreeVisitor.visit_import,
    ast.ImportFrom: TreeVisitor.visit_import_from,
    ast.Assign: TreeVisitor.visit_assign,
    ast.AnnAssign: TreeVisitor.visit_annotated,
    ast.AugAssign: TreeVisitor.visit_augmented,
    ast.Expr: TreeVisitor.visit_expression,
    ast.Assert: TreeVisitor.visit_assert,
    ast.Return: TreeVisitor.visit_return,
    ast.Raise: TreeVisitor.visit_raise,
    ast.Break: TreeVisitor.visit_jump,
    ast.Continue: TreeVisitor.visit_jump,
    ast.Delete: TreeVisitor.visit_delete,
    ast.Global: TreeVisitor.visit_global,
    ast.Nonlocal: TreeVisitor.visit_global,
    ast.With: TreeVisitor.visit_with,
    ast.AsyncWith: TreeVisitor.visit_with,
    ast.If: TreeVisitor.visit_if,
    ast.Match: TreeVisitor.visit_match,
    ast.For: TreeVisitor.visit_for,
    ast.AsyncFor: TreeVisitor.visit_for,
    ast.While: TreeVisitor.visit_while,
    ast.Try: TreeVisitor.visit_try,
    ast.FunctionDef: TreeVisitor.visit_function,
    ast.AsyncFunctionDef: TreeVisitor.visit_function,
    ast.ClassDef: TreeVisitor.visit_class,
}
if sys.version_info >= (3, 11):
    TreeVisitor.statements[ast.TryStar] = TreeVisitor.visit_try
TreeVisitor.small = (
    ast.Assign,
    ast.AnnAssign,
    ast.AugAssign,
    ast.Expr,
    ast.Assert,
    ast.Return,
    ast.Raise,
    ast.Delete,
)

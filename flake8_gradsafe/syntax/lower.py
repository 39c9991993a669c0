"""The libcst visitor: from libcst's tree to the program that the interpreter runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.lowering import Body, Lowering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def lower(module: cst.Module) -> Body:
    """The program of a module's body."""
    return LoweringVisitor().visit_body(module)


class LoweringVisitor(Lowering):
    """Goes once over a libcst tree and dispatches on each node's type."""

    def visit_body(self, block: cst.Module | cst.BaseSuite | cst.Else | cst.Finally | None) -> Body:
        """The statements of a block, in order; none where there is no block."""
        if isinstance(block, (cst.Else, cst.Finally)):
            block = block.body
        out: list[ir.Statement] = []
        for statement in () if block is None else block.body:
            if isinstance(statement, cst.SimpleStatementLine):
                for small in statement.body:
                    self._statement(small, out)
            else:
                self._statement(statement, out)
        return tuple(out)

    def _operator(self, node: cst.BinaryOperation) -> str:
        return _BINARY[type(node.operator)]

    def _name_of(self, handler: cst.ExceptHandler | cst.ExceptStarHandler) -> str | None:
        return handler.name.name.value if handler.name and isinstance(handler.name.name, cst.Name) else None

    # -- expressions ------------------------------------------------------------------------------------------------

    def visit_name(self, node: cst.Name) -> ir.Expression:
        """A name, or one of the three constants that libcst takes for names."""
        if node.value in _CONSTANTS:
            return ir.Constant(node, _CONSTANTS[node.value])
        return self._name(node, node.value)

    def visit_string(self, node: cst.SimpleString) -> ir.Expression:
        """A string with its value; bytes are not looked into."""
        value = node.evaluated_value
        return ir.Constant(node, value) if isinstance(value, str) else ir.Opaque(node, ())

    def visit_concatenated(self, node: cst.ConcatenatedString) -> ir.Expression:
        """Strings side by side are one; what stands between two expressions is one text."""
        value = node.evaluated_value
        if value is not None:
            return ir.Constant(node, value) if isinstance(value, str) else ir.Opaque(node, ())
        return ir.Formatted(node, _merged(part for each in _strings_of(node) for part in self._parts(each)))

    def visit_literal(self, node: cst.Integer | cst.Float | cst.Imaginary) -> ir.Expression:
        """A number with its value."""
        try:
            return ir.Constant(node, ast.literal_eval(node.value))
        except (ValueError, SyntaxError):
            return ir.Opaque(node, ())

    def visit_ellipsis(self, node: cst.Ellipsis) -> ir.Expression:
        """`...`."""
        return ir.Constant(node, ...)

    def visit_attribute(self, node: cst.Attribute) -> ir.Expression:
        """`value.attr`."""
        return self._attribute(node, node.value, node.attr.value)

    def visit_call(self, node: cst.Call) -> ir.Expression:
        """`function(arguments)`."""
        function = self._called(node.func)
        return ir.Call(node, function, tuple(self._given(arg) for arg in node.args))

    def _given(self, arg: cst.Arg) -> ir.Argument:
        return self._argument(arg, arg.value, arg.keyword.value if arg.keyword else None, arg.star)

    def visit_subscript(self, node: cst.Subscript) -> ir.Expression:
        """`value[index]`."""
        items = [self._index(element.slice) for element in node.slice]
        comma = isinstance(node.slice[-1].comma, cst.Comma)
        index = items[0] if len(items) == 1 and not comma else ir.Sequence(node, tuple(items), mutable=False)
        return ir.Subscript(node, self.visit(node.value), index)

    def _index(self, node: cst.BaseSlice) -> ir.Expression:
        if isinstance(node, cst.Slice):
            return ir.Slice(node, self._maybe(node.lower), self._maybe(node.upper), self._maybe(node.step))
        if isinstance(node, cst.Index):
            value = self.visit(node.value)
            return ir.Starred(node, value) if node.star else value
        return ir.Opaque(node, ())

    def visit_unary(self, node: cst.UnaryOperation) -> ir.Expression:
        """`-x`; the minus of a number belongs to the number."""
        operand = self.visit(node.expression)
        if isinstance(node.operator, cst.Minus):
            return self._negated(node, operand)
        if isinstance(node.operator, cst.Not):
            return ir.Not(node, operand)
        return ir.Unary(node, "__invert__" if isinstance(node.operator, cst.BitInvert) else "__pos__", operand)

    def visit_sequence(self, node: cst.Tuple | cst.List) -> ir.Expression:
        """A tuple or list display, or a target of this form."""
        items = tuple(
            ir.Starred(item, self.visit(item.value)) if isinstance(item, cst.StarredElement) else self.visit(item.value)
            for item in node.elements
        )
        return ir.Sequence(node, items, isinstance(node, cst.List))

    def visit_boolean(self, node: cst.BooleanOperation) -> ir.Expression:
        """`left and right`, `left or right`."""
        return ir.Logical(node, self.visit(node.left), self.visit(node.right), isinstance(node.operator, cst.And))

    def visit_comparison(self, node: cst.Comparison) -> ir.Expression:
        """One comparison; of a chain, only the parts are evaluated."""
        (first, *more) = node.comparisons
        if not more:
            operator = _COMPARISONS[type(first.operator)]
            return ir.Comparison(node, operator, self.visit(node.left), self.visit(first.comparator))
        return self._opaque(node, (node.left, *(target.comparator for target in node.comparisons)))

    def visit_await(self, node: cst.Await) -> ir.Expression:
        """`await value`, taken for the value."""
        return self.visit(node.expression)

    def visit_yield(self, node: cst.Yield) -> ir.Expression:
        """`yield value`, `yield from value`."""
        if isinstance(node.value, cst.From):
            return self._yielded(node, node.value.item, delegates=True)
        return self._yielded(node, node.value, delegates=False)

    def visit_dict(self, node: cst.Dict) -> ir.Expression:
        """A dict display; one with `**` in it is not modelled."""
        pairs = [element for element in node.elements if isinstance(element, cst.DictElement)]
        if len(pairs) == len(node.elements):
            keys = tuple(self.visit(pair.key) for pair in pairs)
            return ir.Mapping(node, keys, tuple(self.visit(pair.value) for pair in pairs))
        parts: list[cst.CSTNode] = []
        for element in node.elements:
            parts += [element.key] if isinstance(element, cst.DictElement) else []
            parts.append(element.value)
        return self._opaque(node, parts)

    def visit_set(self, node: cst.Set) -> ir.Expression:
        """A set display: its parts are evaluated."""
        return self._opaque(node, [element.value for element in node.elements])

    def _clauses(self, node: cst.BaseComp) -> tuple[ir.Clause, ...]:
        clauses: list[ir.Clause] = []
        link: cst.CompFor | None = node.for_in
        while link is not None:
            conditions = tuple(self.visit(each.test) for each in link.ifs)
            clauses.append(ir.Clause(self.visit(link.target), self.visit(link.iter), conditions))
            link = link.inner_for_in
        return tuple(clauses)

    def visit_lambda(self, node: cst.Lambda) -> ir.Expression:
        """A lambda: a function of one statement."""
        return self._lambda(node, node.params, node.body)

    def visit_formatted(self, node: cst.FormattedString) -> ir.Expression:
        """An f-string: its parts; those with a format of their own are not looked into."""
        return ir.Formatted(node, tuple(self._parts(node)))

    def _parts(self, node: cst.SimpleString | cst.FormattedString) -> Iterator[ir.Expression]:
        if isinstance(node, cst.SimpleString):
            yield self.visit(node)
            return
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                yield ir.Constant(part, part.value)
            elif isinstance(part, cst.FormattedStringExpression):
                if part.equal is not None:
                    yield ir.Constant(part, f"{cst.Module(()).code_for_node(part.expression)}=")
                plain = part.equal is None and part.conversion is None and part.format_spec is None
                yield self.visit(part.expression) if plain else self._opaque(part, (part.expression,))

    # -- statements -------------------------------------------------------------------------------------------------

    def visit_import(self, node: cst.Import, out: list[ir.Statement]) -> None:
        """`import a.b`, `import a.b as c`."""
        for alias in node.names:
            dotted = _dotted(alias.name)
            if alias.asname and isinstance(alias.asname.name, cst.Name):
                out.append(ir.Import(node, dotted, alias.asname.name.value))
            else:
                root = dotted.partition(".")[0]
                out.append(ir.Import(node, root, root))

    def visit_import_from(self, node: cst.ImportFrom, out: list[ir.Statement]) -> None:
        """`from a import b as c`, `from a import *`; what comes from a relative module is a name of its own."""
        origin = "." * len(node.relative) + (_dotted(node.module) if node.module else "")
        if isinstance(node.names, cst.ImportStar):
            out.append(ir.Import(node, origin, "*"))
            return
        for alias in node.names:
            name = _dotted(alias.name)
            bound = alias.asname.name if alias.asname else alias.name
            if isinstance(bound, cst.Name):
                out.append(ir.Import(node, f"{origin}.{name}", bound.value))

    def visit_assign(self, node: cst.Assign, out: list[ir.Statement]) -> None:
        """`a = b = value`."""
        self._words += any(isinstance(each.target, cst.Subscript) for each in node.targets)
        targets = tuple(self._target(each.target) for each in node.targets)
        out.append(ir.Assign(node, targets, self.visit(node.value)))

    def visit_annotated(self, node: cst.AnnAssign, out: list[ir.Statement]) -> None:
        """`target: annotation = value`."""
        annotation = self.visit(node.annotation.annotation)
        out.append(ir.Assign(node, (self._target(node.target),), self._maybe(node.value), annotation))

    def visit_augmented(self, node: cst.AugAssign, out: list[ir.Statement]) -> None:
        """`target += value`."""
        method = _AUGMENTED[type(node.operator)]
        counts = isinstance(node.target, cst.Name) and isinstance(node.value, cst.Integer)
        self._words += not counts
        out.append(ir.Augmented(node, self._target(node.target), method, self.visit(node.value)))

    def visit_expression(self, node: cst.Expr, out: list[ir.Statement]) -> None:
        """An expression as a statement; a docstring is dropped, and `a and b` is a branch."""
        if isinstance(node.value, cst.BooleanOperation):
            left, right = self.visit(node.value.left), (ir.Evaluate(node, self.visit(node.value.right)),)
            conjunction = isinstance(node.value.operator, cst.And)
            out.append(ir.Branch(node, left, right if conjunction else (), () if conjunction else right))
        elif not _is_idle(node.value):
            out.append(ir.Evaluate(node, self.visit(node.value)))

    def visit_break(self, node: cst.Break, out: list[ir.Statement]) -> None:
        """`break`."""
        out.append(ir.Jump(node, breaks=True))

    def visit_continue(self, node: cst.Continue, out: list[ir.Statement]) -> None:
        """`continue`."""
        out.append(ir.Jump(node, breaks=False))

    def visit_delete(self, node: cst.Del, out: list[ir.Statement]) -> None:
        """`del a, b`."""
        target = self.visit(node.target)
        out.append(ir.Delete(node, target.items if isinstance(target, ir.Sequence) else (target,)))

    def visit_global(self, node: cst.Global | cst.Nonlocal, out: list[ir.Statement]) -> None:
        """`global a, b`, `nonlocal a, b`."""
        names = tuple(item.name.value for item in node.names)
        out.append(ir.Global(node, names, encloses=isinstance(node, cst.Nonlocal)))

    def visit_with(self, node: cst.With, out: list[ir.Statement]) -> None:
        """`with a as b, c:`."""
        out += self._nested_with(node, [(each.item, each.asname.name if each.asname else None) for each in node.items])

    def visit_if(self, node: cst.If, out: list[ir.Statement]) -> None:
        """`if`, `elif`, `else`; a long chain is taken iteratively."""
        chain = [node]
        while isinstance(chain[-1].orelse, cst.If):
            chain.append(chain[-1].orelse)
        last = chain[-1].orelse
        out += self._branches(chain, self.visit_body(last if isinstance(last, cst.Else) else None))

    def _matches(self, subject: ir.Expression, pattern: cst.MatchPattern) -> ir.Expression:
        if isinstance(pattern, cst.MatchValue):
            return ir.Comparison(pattern, "==", subject, self.visit(pattern.value))
        if isinstance(pattern, cst.MatchSingleton):
            return ir.Comparison(pattern, "is", subject, self.visit(pattern.value))
        if isinstance(pattern, cst.MatchOr):
            return self._any_of(pattern, subject, [each.pattern for each in pattern.patterns])
        if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
            return ir.Constant(pattern, True)
        return ir.Opaque(pattern, ())

    def _captured(self, pattern: cst.MatchPattern) -> list[str]:
        names: list[str] = []
        pending: list[cst.CSTNode] = [pattern]
        while pending:
            node = pending.pop()
            if isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name:
                names.append(node.name.value)
            elif isinstance(node, cst.MatchMapping) and node.rest:
                names.append(node.rest.value)
            pending += node.children
        return sorted(names)

    def visit_function(self, node: cst.FunctionDef, out: list[ir.Statement]) -> None:
        """`def`."""
        decorators = tuple(self.visit(each.decorator) for each in node.decorators)
        parameters = self._parameters(node.params)
        out.append(self._function(node, node.name.value, decorators, parameters))

    def _parameters(self, node: cst.Parameters) -> tuple[ir.Parameter, ...]:
        plain = [*node.posonly_params, *node.params]
        starred = [node.star_arg] if isinstance(node.star_arg, cst.Param) else []
        double = [node.star_kwarg] if node.star_kwarg else []
        return (
            *(self._parameter(each, "") for each in plain),
            *(self._parameter(each, "*") for each in starred),
            *(self._parameter(each, "", keyword_only=True) for each in node.kwonly_params),
            *(self._parameter(each, "**") for each in double),
        )

    def _parameter(self, param: cst.Param, star: str, *, keyword_only: bool = False) -> ir.Parameter:
        annotation = self.visit(param.annotation.annotation) if param.annotation else None
        return ir.Parameter(param.name.value, annotation, self._maybe(param.default), star, keyword_only)

    def visit_class(self, node: cst.ClassDef, out: list[ir.Statement]) -> None:
        """`class`."""
        bases = tuple(self.visit(base.value) for base in node.bases)
        decorators = tuple(self.visit(each.decorator) for each in node.decorators)
        out.append(self._class(node, node.name.value, bases, decorators))


def _dotted(node: cst.BaseExpression) -> str:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        parts.append(node.value)
    return ".".join(reversed(parts))


def _strings_of(node: cst.ConcatenatedString) -> Iterator[cst.SimpleString | cst.FormattedString]:
    right: cst.BaseExpression = node
    while isinstance(right, cst.ConcatenatedString):
        if isinstance(right.left, (cst.SimpleString, cst.FormattedString)):
            yield right.left
        right = right.right
    if isinstance(right, (cst.SimpleString, cst.FormattedString)):
        yield right


def _merged(parts: Iterable[ir.Expression]) -> tuple[ir.Expression, ...]:
    """The parts of a string, what is plain text and stands side by side made one."""
    merged: list[ir.Expression] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, ir.Constant) and isinstance(last, ir.Constant):
            merged[-1] = ir.Constant(last.place, f"{last.value}{part.value}")
        else:
            merged.append(part)
    return tuple(merged)


def _is_idle(node: cst.BaseExpression) -> bool:
    """Whether a statement is nothing but a docstring or `...`."""
    if isinstance(node, cst.ConcatenatedString):
        return node.evaluated_value is not None
    return isinstance(node, (cst.SimpleString, cst.Ellipsis))


_COMPARISONS: dict[type[cst.BaseCompOp], str] = {
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.In: "in",
    cst.NotIn: "not in",
}

_CONSTANTS: dict[str, object] = {"True": True, "False": False, "None": None}

_BINARY: dict[type[cst.BaseBinaryOp], str] = {
    cst.Add: "__add__",
    cst.Subtract: "__sub__",
    cst.Multiply: "__mul__",
    cst.Divide: "__truediv__",
    cst.FloorDivide: "__floordiv__",
    cst.Modulo: "__mod__",
    cst.Power: "__pow__",
    cst.MatrixMultiply: "__matmul__",
    cst.BitAnd: "__and__",
    cst.BitOr: "__or__",
    cst.BitXor: "__xor__",
    cst.LeftShift: "__lshift__",
    cst.RightShift: "__rshift__",
}

_AUGMENTED: dict[type[cst.BaseAugOp], str] = {
    cst.AddAssign: "__iadd__",
    cst.SubtractAssign: "__isub__",
    cst.MultiplyAssign: "__imul__",
    cst.DivideAssign: "__itruediv__",
    cst.FloorDivideAssign: "__ifloordiv__",
    cst.ModuloAssign: "__imod__",
    cst.PowerAssign: "__ipow__",
    cst.MatrixMultiplyAssign: "__imatmul__",
    cst.BitAndAssign: "__iand__",
    cst.BitOrAssign: "__ior__",
    cst.BitXorAssign: "__ixor__",
    cst.LeftShiftAssign: "__ilshift__",
    cst.RightShiftAssign: "__irshift__",
}


LoweringVisitor.expressions = {
    cst.Name: LoweringVisitor.visit_name,
    cst.Integer: LoweringVisitor.visit_literal,
    cst.Float: LoweringVisitor.visit_literal,
    cst.Imaginary: LoweringVisitor.visit_literal,
    cst.SimpleString: LoweringVisitor.visit_string,
    cst.ConcatenatedString: LoweringVisitor.visit_concatenated,
    cst.Ellipsis: LoweringVisitor.visit_ellipsis,
    cst.Attribute: LoweringVisitor.visit_attribute,
    cst.Call: LoweringVisitor.visit_call,
    cst.Subscript: LoweringVisitor.visit_subscript,
    cst.BinaryOperation: LoweringVisitor.visit_binary,
    cst.UnaryOperation: LoweringVisitor.visit_unary,
    cst.Tuple: LoweringVisitor.visit_sequence,
    cst.List: LoweringVisitor.visit_sequence,
    cst.NamedExpr: LoweringVisitor.visit_walrus,
    cst.IfExp: LoweringVisitor.visit_conditional,
    cst.BooleanOperation: LoweringVisitor.visit_boolean,
    cst.Comparison: LoweringVisitor.visit_comparison,
    cst.Await: LoweringVisitor.visit_await,
    cst.Yield: LoweringVisitor.visit_yield,
    cst.Dict: LoweringVisitor.visit_dict,
    cst.Set: LoweringVisitor.visit_set,
    cst.GeneratorExp: LoweringVisitor.visit_comprehension,
    cst.ListComp: LoweringVisitor.visit_comprehension,
    cst.SetComp: LoweringVisitor.visit_comprehension,
    cst.DictComp: LoweringVisitor.visit_comprehension,
    cst.Lambda: LoweringVisitor.visit_lambda,
    cst.FormattedString: LoweringVisitor.visit_formatted,
}

LoweringVisitor.statements = {
    cst.Import: LoweringVisitor.visit_import,
    cst.ImportFrom: LoweringVisitor.visit_import_from,
    cst.Assign: LoweringVisitor.visit_assign,
    cst.AnnAssign: LoweringVisitor.visit_annotated,
    cst.AugAssign: LoweringVisitor.visit_augmented,
    cst.Expr: LoweringVisitor.visit_expression,
    cst.Assert: LoweringVisitor.visit_assert,
    cst.Return: LoweringVisitor.visit_return,
    cst.Raise: LoweringVisitor.visit_raise,
    cst.Break: LoweringVisitor.visit_break,
    cst.Continue: LoweringVisitor.visit_continue,
    cst.Del: LoweringVisitor.visit_delete,
    cst.Global: LoweringVisitor.visit_global,
    cst.Nonlocal: LoweringVisitor.visit_global,
    cst.With: LoweringVisitor.visit_with,
    cst.If: LoweringVisitor.visit_if,
    cst.Match: LoweringVisitor.visit_match,
    cst.For: LoweringVisitor.visit_for,
    cst.While: LoweringVisitor.visit_while,
    cst.Try: LoweringVisitor.visit_try,
    cst.TryStar: LoweringVisitor.visit_try,
    cst.FunctionDef: LoweringVisitor.visit_function,
    cst.ClassDef: LoweringVisitor.visit_class,
}
LoweringVisitor.small = (cst.BaseSmallStatement,)

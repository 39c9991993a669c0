"""CPython's tree of a text: whether it parses at all, and whether it nests too deep to be read."""

from __future__ import annotations

import ast
import warnings

#: Deeper expressions than this are passed over: libcst's parser and our own recursion need stack for each level.
MAX_EXPRESSION_DEPTH = 150
#: Statements nest at most a hundred deep by indentation; a chain of `elif` nests without bound.
MAX_STATEMENT_DEPTH = 400

_SHORTEST_DEEP = 2 * MAX_EXPRESSION_DEPTH


#: The names of arithmetic operators; their methods are these between underscores.
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
    ast.LShift: "lshift",
    ast.RShift: "rshift",
}

#: Comparisons as they are written.
COMPARISONS: dict[type[ast.cmpop], str] = {
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


class TooDeep(Exception):
    """The text nests deeper than can be read safely; `line` (1-based) is where."""

    def __init__(self, line: int) -> None:
        """Remember the place."""
        super().__init__(f"line {line}: nests too deep to be analysed")
        self.line = line


def python_tree(text: str) -> ast.Module:
    """CPython's parse; everything it may raise on bad input becomes a SyntaxError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or type(error).__name__) from error


def check_depth(tree: ast.AST, text: str) -> None:
    """Raise TooDeep where statements or expressions nest deeper than the limits. Short statements are not looked into."""
    lines = text.splitlines()
    pending: list[tuple[ast.AST, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_STATEMENT_DEPTH:
            raise TooDeep(getattr(node, "lineno", 1))
        if isinstance(node, _SIMPLE) and _length(node, lines) < _SHORTEST_DEEP:
            continue
        for field, value in ast.iter_fields(node):
            if field in _BLOCKS:
                pending += [(child, depth + 1) for child in value]
            elif isinstance(value, ast.AST):
                _check_expression(value, lines)
            elif isinstance(value, list):
                for child in value:
                    if isinstance(child, ast.AST):
                        _check_expression(child, lines)


#: Statements that others stand in none of.
_SIMPLE = (
    ast.Assign,
    ast.Expr,
    ast.Return,
    ast.AugAssign,
    ast.AnnAssign,
    ast.Import,
    ast.ImportFrom,
    ast.Raise,
    ast.Assert,
)
_BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})


def _check_expression(node: ast.AST, lines: list[str]) -> None:
    if isinstance(node, ast.expr) and _length(node, lines) < _SHORTEST_DEEP:
        return
    level: list[ast.AST] = [node]
    for _ in range(MAX_EXPRESSION_DEPTH):
        if any(node.__class__ in _FLAT and _is_long_chain(node) for node in level):
            break
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise TooDeep(getattr(node, "lineno", 1))


def _children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly inside one, but for operators and contexts, which nest no deeper than what is beside them."""
    found: list[ast.AST] = []
    for name in _FIELDS[node.__class__]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [item for item in value if item.__class__ in _FIELDS]
        elif value.__class__ in _FIELDS:
            found.append(value)
    return found


#: Nodes that may have nothing inside but a context.
_ENDING = (ast.Name, ast.Tuple, ast.List)
_PLAIN = frozenset(
    "op ops id attr arg name module level kind type_comment type_ignores simple conversion is_async".split()
)
#: The fields of a node that other nodes stand in, by its type.
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name not in _PLAIN and (name != "ctx" or issubclass(kind, _ENDING)))
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_FIELDS[ast.Constant] = ()
#: Nodes that are flat to CPython and nest deep to libcst.
_FLAT = frozenset({ast.BoolOp, ast.alias, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp})


def _is_long_chain(node: ast.AST) -> bool:
    """True if a node that is flat to CPython nests deep to libcst: `a and b and …`, `for … in … for … in …`, `a.b.c`."""
    if isinstance(node, ast.BoolOp):
        return len(node.values) > MAX_EXPRESSION_DEPTH
    if isinstance(node, ast.alias):
        return node.name.count(".") > MAX_EXPRESSION_DEPTH
    return len(getattr(node, "generators", ())) > MAX_EXPRESSION_DEPTH


def _length(node: ast.expr | ast.stmt, lines: list[str]) -> int:
    last = node.end_lineno or node.lineno
    if last == node.lineno:
        return (node.end_col_offset or 0) - node.col_offset
    return sum(len(line) for line in lines[node.lineno - 1 : last])

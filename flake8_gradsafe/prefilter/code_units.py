"""The parts of a file that are kept or left out together: its functions, its classes, the statements between them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from flake8_gradsafe.prefilter.triggers import marks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_Node = TypeVar("_Node", bound=ast.AST)

Function = ast.FunctionDef | ast.AsyncFunctionDef

_LINE_END = re.compile(r"\r\n|\r|\n")
_PLAIN_FIELDS = frozenset(
    "ctx op ops id attr arg name module level kind type_comment type_ignores simple conversion is_async".split()
)
_WORD = re.compile(r"[^\W\d]\w*")
_LOOKS_UP = re.compile(r"\b(?:[gs]etattr|methodcaller|attrgetter|globals|locals|vars|eval|exec|__dict__)\b")


@dataclass(slots=True, eq=False)
class CodeUnit:
    """A function, a method, or what stands in a class or a module besides them. `first` and `last` are its lines, from 1.

    `binds` are the names that it gives to what is around it; `owner` is the class that it stands in. `name` is that of a
    function or a class, empty for other statements.
    """

    node: ast.stmt | ast.Module
    first: int
    last: int
    text: str
    owner: CodeUnit | None = None
    name: str = ""
    parts: list[CodeUnit] = field(default_factory=list)
    binds: frozenset[str] = frozenset()
    _names: frozenset[str] | None = None
    _looked_up: frozenset[str] | None = None
    _by_kind: dict[type[ast.AST], list[Any]] | None = None
    _marks: int = -1

    @property
    def by_kind(self) -> dict[type[ast.AST], list[Any]]:
        """All nodes in it, but for operators and contexts, by their type."""
        if self._by_kind is None:
            self._by_kind = by_kind(self.node)
        return self._by_kind

    def of(self, kind: type[_Node]) -> list[_Node]:
        """The nodes of a type in it."""
        return self.by_kind.get(kind, [])

    @property
    def marks(self) -> int:
        """What it may do, as `marks.marks_of` has it."""
        if self._marks < 0:
            self._marks = marks_of(self.by_kind)
        return self._marks

    @property
    def names(self) -> frozenset[str]:
        """All names in its code, and in its strings if anything there is looked up by its name."""
        if self._names is None:
            self._names = self.looked_up.union(
                {each.id for each in self.of(ast.Name)},
                {each.attr for each in self.of(ast.Attribute)},
                {each.arg or "" for each in self.of(ast.keyword)},
                {each.arg for each in self.of(ast.arg)},
                {each.name for kind in _DEFINING for each in self.by_kind.get(kind, ())},
            )
        return self._names

    @property
    def looked_up(self) -> frozenset[str]:
        """The words of its strings, if anything in it is looked up by its name."""
        if self._looked_up is None:
            asks = _LOOKS_UP.search(self.text) is not None
            texts = (each.value for each in self.of(ast.Constant) if asks and isinstance(each.value, str))
            self._looked_up = frozenset(word for text in texts for word in _WORD.findall(text))
        return self._looked_up

    @property
    def qualified_name(self) -> str:
        """Its name, after its class's where it has one: `Class.name`."""
        return self.name if self.owner is None else f"{self.owner.name}.{self.name}"

    @property
    def is_function(self) -> bool:
        """Whether it is a function or a method."""
        return isinstance(self.node, _FUNCTIONS)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINING = (*_FUNCTIONS, ast.ClassDef)


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and all nodes below it, but for operators and contexts; three times as fast as `ast.walk`."""
    found, pending = [node], [node]
    while pending:
        each = pending.pop()
        for name in _FIELDS[each.__class__]:
            value = getattr(each, name, None)
            for item in value if value.__class__ is list else (value,):
                if item.__class__ in _FIELDS:
                    found.append(item)
                    if item.__class__ not in _LEAVES:
                        pending.append(item)
    return found


def by_kind(node: ast.AST) -> dict[type[ast.AST], list[Any]]:
    """The nodes that `walk` gives, by their type."""
    found: defaultdict[type[ast.AST], list[Any]] = defaultdict(list)
    for each in walk(node):
        found[each.__class__].append(each)
    return found


#: The fields of a node that other nodes stand in, by its type.
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name not in _PLAIN_FIELDS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_FIELDS[ast.Constant] = _FIELDS[ast.Name] = ()
_LEAVES = frozenset({ast.Constant, ast.Name})


def code_units(tree: ast.Module, source: str) -> list[CodeUnit]:
    """The statements of a module; a class has its own as its parts."""
    lines = _LINE_END.split(source)
    return [_unit(node, lines, None) for node in tree.body]


def body_of(units: list[CodeUnit]) -> CodeUnit:
    """What a module does besides defining functions and classes, as one."""
    plain = [unit for unit in units if not isinstance(unit.node, (*_FUNCTIONS, ast.ClassDef))]
    body = ast.Module([unit.node for unit in plain if isinstance(unit.node, ast.stmt)], [])
    return CodeUnit(
        body,
        1,
        max((unit.last for unit in plain), default=1),
        "\n".join(dict.fromkeys(unit.text for unit in plain)),  # statements may share a line
        binds=_bound_by(plain),
    )


def _bound_by(units: list[CodeUnit]) -> frozenset[str]:
    return frozenset(name for unit in units for name in unit.binds)


def _unit(node: ast.stmt, lines: list[str], owner: CodeUnit | None) -> CodeUnit:
    first, last = _first_line(node), node.end_lineno or node.lineno
    name = node.name if isinstance(node, _DEFINING) else ""
    unit = CodeUnit(node, first, last, _text(node, first, last, lines), owner, name, binds=_bound(node))
    if isinstance(node, ast.ClassDef) and owner is None:
        unit.parts = [_unit(each, lines, unit) for each in node.body]
    return unit


def _text(node: ast.stmt, first: int, last: int, lines: list[str]) -> str:
    """The lines of a statement, without its docstring."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return ""
    begins = getattr(node, "body", None)
    if begins and isinstance(begins[0], ast.Expr) and isinstance(begins[0].value, ast.Constant):
        doc = begins[0]
        return "\n".join((*lines[first - 1 : doc.lineno - 1], *lines[doc.end_lineno or doc.lineno : last]))
    return "\n".join(lines[first - 1 : last])


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(node.lineno, *(each.lineno for each in decorators), node.lineno)


def _bound(node: ast.stmt) -> frozenset[str]:
    """The names that a statement binds at its own level."""
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return frozenset({node.name})
    return frozenset(_names(node))


def _names(node: ast.stmt) -> Iterator[str]:
    pending: list[ast.AST] = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, (*_FUNCTIONS, ast.ClassDef)):
            yield each.name
            continue
        if isinstance(each, ast.alias):
            yield (each.asname or each.name).partition(".")[0]
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        pending += ast.iter_child_nodes(each)

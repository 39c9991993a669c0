"""A module of the project as it stands in its file: its statements, and which of them bind, change or register a name."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax.lower import lines_of, part_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.syntax.module import Part

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class SourceModule:
    """A module's text and CPython's tree of it. Its statements are lowered when they are asked for, and kept."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        """Take a text, line ends as newlines, and its tree."""
        self.text = text
        self.tree = tree
        self._lines = lines_of(text)
        self._parts: dict[int, Part] = {}

    def part(self, index: int) -> Part:
        """The statement of this number, lowered. Raises RecursionError where it nests too deep."""
        if index not in self._parts:
            self._parts[index] = part_of(self.tree.body[index], self._lines)
        return self._parts[index]

    @cached_property
    def bindings(self) -> dict[str, list[int]]:
        """The numbers of the statements that bind a name of the module, by the name; `*` for those that import all names."""
        return _by_name(self.tree.body, _bound)

    @cached_property
    def changes(self) -> dict[str, list[int]]:
        """The numbers of the statements that change the object which a name stands for: items, attributes, method calls."""
        return _by_name(self.tree.body, _changed)

    @cached_property
    def decorated(self) -> dict[str, list[int]]:
        """The numbers of the definitions that are decorated, by the names that their decorators begin with."""
        return _by_name(self.tree.body, _decorating)

    @cached_property
    def definitions(self) -> dict[str, ast.stmt]:
        """The functions and classes of the module, by name."""
        return {node.name: node for node in _run_at_once(self.tree.body) if isinstance(node, _DEFINITIONS)}

    def is_table(self, name: str) -> bool:
        """True if a name is bound to an object that definitions may be put into: a display, or what a class makes."""
        values = (
            statement.value
            for number in self.bindings.get(name, ())
            if isinstance(statement := self.tree.body[number], (ast.Assign, ast.AnnAssign))
        )
        return any(isinstance(value, (ast.Dict, ast.List)) or _makes_an_object(value) for value in values)

    @cached_property
    def users(self) -> dict[str, set[str]]:
        """The functions and classes of the module in whose code each name stands, by name."""
        found: dict[str, set[str]] = {}
        for defined, node in self.definitions.items():
            for part in ast.walk(node):
                if isinstance(part, ast.Name):
                    found.setdefault(part.id, set()).add(defined)
        return found

    @cached_property
    def listed(self) -> frozenset[str] | None:
        """The names of a literal `__all__`; None where there is none, or it is more than a literal."""
        numbers = self.bindings.get("__all__", ())
        if len(numbers) != 1 or "__all__" in self.changes:
            return None
        statement = self.tree.body[numbers[0]]
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        if not isinstance(value, (ast.List, ast.Tuple)):
            return None
        values = [item.value for item in value.elts if isinstance(item, ast.Constant)]
        return (
            frozenset(value for value in values if isinstance(value, str)) if len(values) == len(value.elts) else None
        )

    @cached_property
    def public(self) -> frozenset[str]:
        """The names for others: those of a literal `__all__`, else all without an underscore in front."""
        return (
            frozenset(name for name in self.bindings if not name.startswith("_"))
            if self.listed is None
            else self.listed
        )

    @cached_property
    def imports(self) -> tuple[ast.Import | ast.ImportFrom, ...]:
        """The imports that run when the module does."""
        return tuple(node for node in _run_at_once(self.tree.body) if isinstance(node, (ast.Import, ast.ImportFrom)))


def _by_name(body: list[ast.stmt], names: Callable[[ast.stmt], Iterator[str]]) -> dict[str, list[int]]:
    """The numbers of the statements in which `names` finds a name, by the name."""
    found: dict[str, list[int]] = {}
    for index, statement in enumerate(body):
        for name in dict.fromkeys(name for node in _run_at_once([statement]) for name in names(node)):
            found.setdefault(name, []).append(index)
    return found


def _run_at_once(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported, those in blocks too: not what is kept for the script itself."""
    for statement in body:
        yield statement
        if isinstance(statement, _DEFINITIONS) or _is_for_the_script(statement):
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from _run_at_once(getattr(statement, name, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from _run_at_once(handler.body)


def _is_for_the_script(statement: ast.stmt) -> bool:
    """True if a statement is `if __name__ == "__main__":`."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def _makes_an_object(value: ast.expr | None) -> bool:
    """True if a value is a call of what is named like a class."""
    if not isinstance(value, ast.Call):
        return False
    name = value.func.attr if isinstance(value.func, ast.Attribute) else _root(value.func)
    return name[:1].isupper()


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds, but for those in its blocks."""
    if isinstance(statement, _DEFINITIONS):
        yield statement.name
    elif isinstance(statement, ast.Import):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in statement.names)
    else:
        for target in _targets(statement):
            yield from (
                node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            )


def _changed(statement: ast.stmt) -> Iterator[str]:
    """The names whose objects a statement changes, but for those in its blocks."""
    changed = [target for target in _targets(statement) if not isinstance(target, ast.Name)]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        changed = [statement.value.func] if isinstance(statement.value.func, ast.Attribute) else []
    if isinstance(statement, ast.AugAssign):
        changed = [statement.target]
    yield from filter(None, map(_root, changed))


def _decorating(statement: ast.stmt) -> Iterator[str]:
    yield from filter(None, map(_root, getattr(statement, "decorator_list", ())))


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    if isinstance(statement, (ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor)):
        return [statement.target]
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return [item.optional_vars for item in statement.items if item.optional_vars is not None]
    return []


def _root(node: ast.expr) -> str:
    """The name that a chain of attributes, items and calls begins with; empty where it begins otherwise."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""

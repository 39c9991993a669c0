"""A module's tree with what a rewrite needs of it: parents, places, text, scopes and names."""

from __future__ import annotations

from dataclasses import fields
from functools import cache, cached_property
from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.finding import Edit, Location
from flake8_gradsafe.flagging.positions import spans_in
from flake8_gradsafe.source.edits import Lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Scope = cst.FunctionDef | cst.Lambda | cst.ClassDef | cst.Module | cst.BaseComp


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes directly inside one, in the order of its fields."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (item for item in value if isinstance(item, cst.CSTNode))


class Source:
    """One module, looked at from its nodes."""

    def __init__(self, module: cst.Module, text: str) -> None:
        """Take the tree and the text that it was parsed from."""
        self.module = module
        self.lines = Lines(text)
        self._parents: dict[int, cst.CSTNode] = {}
        self.nodes: list[cst.CSTNode] = []
        pending: list[cst.CSTNode] = [module]
        while pending:
            node = pending.pop()
            self.nodes.append(node)
            for child in children(node):
                self._parents[id(child)] = node
                pending.append(child)
        self._spans = spans_in(module)
        self._scopes: dict[int, Scope] = {}
        self._binders: dict[str, frozenset[int]] = {}

    # -- the tree --------------------------------------------------------------------------------------------------------

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node around one, None around the module."""
        return self._parents.get(id(node))

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around one, from the inside."""
        outer = self.parent(node)
        while outer is not None:
            yield outer
            outer = self.parent(outer)

    def within(self, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
        """True if a node is another one, or inside it."""
        return node is outer or any(ancestor is outer for ancestor in self.around(node))

    def inside(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        """The nodes inside one, itself among them."""
        found, pending = [], [node]
        while pending:
            inner = pending.pop()
            found.append(inner)
            pending += children(inner)
        return found

    def line_of(self, node: cst.CSTNode) -> cst.SimpleStatementLine | None:
        """The simple statement that a node belongs to, if it has its line to itself."""
        for around in self.around(node):
            if isinstance(around, cst.SimpleStatementLine):
                alone = len(around.body) == 1 and isinstance(around.body[0].semicolon, cst.MaybeSentinel)
                return around if alone else None
            if isinstance(around, (cst.Lambda, cst.BaseCompoundStatement, cst.SimpleStatementSuite)):
                return None
        return None

    def statement_of(self, node: cst.CSTNode) -> cst.BaseSmallStatement | None:
        """The small statement that a node belongs to, wherever on its line that stands; None in a lambda, or in the head of a
        compound statement."""
        for outer in (node, *self.around(node)):
            if isinstance(outer, cst.BaseSmallStatement):
                return outer
            if isinstance(outer, (cst.Lambda, cst.BaseCompoundStatement)):
                return None
        return None

    def block_of(self, statement: cst.CSTNode) -> cst.Module | cst.IndentedBlock | None:
        """The block that a statement stands in."""
        outer = self.parent(statement)
        return outer if isinstance(outer, (cst.Module, cst.IndentedBlock)) else None

    # -- places ----------------------------------------------------------------------------------------------------------

    def location(self, node: cst.CSTNode) -> Location:
        """Return the location of a node."""
        return Location(*self._spans[id(node)])

    def text(self, node: cst.CSTNode) -> str:
        """A node as it is written."""
        if node is self.module:
            return self.lines.text
        return self.lines.slice(self.location(node))

    def starts(self, node: cst.CSTNode) -> int:
        """The offset at which a node begins."""
        return self.lines.stretch(self.location(node))[0]

    def replaced(self, node: cst.CSTNode, text: str) -> Edit:
        """Other text in the place of a node."""
        return Edit(self.location(node), text)

    def inserted(self, line: int, column: int, text: str) -> Edit:
        """More text at a place."""
        return Edit(Location(line, column, line, column), text)

    def cut(self, node: cst.CSTNode, after: cst.CSTNode) -> Edit:
        """The rest of a node, from the end of a part of it, taken away."""
        whole, part = self.location(node), self.end_of(after)
        return Edit(Location(*part, whole.end_line, whole.end_column), "")

    def loses_a_comment(self, edits: Iterable[Edit]) -> bool:
        """True if a comment stands in what the edits take away."""
        return any("#" in self.lines.slice(edit.location) for edit in edits)

    def end_of(self, node: cst.CSTNode) -> tuple[int, int]:
        """The end of an expression with the parentheses that belong to it."""
        location = self.location(node)
        line, column = location.end_line, location.end_column
        for closing in getattr(node, "rpar", ()):
            space = self.module.code_for_node(closing)
            if "\n" in space or "\r" in space:
                rows = space.replace("\r\n", "\n").replace("\r", "\n").split("\n")
                line, column = line + len(rows) - 1, len(rows[-1])
            else:
                column += len(space)
        return line, column

    def is_on_one_line(self, node: cst.CSTNode) -> bool:
        """True if a node begins and ends on the same line."""
        location = self.location(node)
        return location.line == location.end_line

    # -- scopes ----------------------------------------------------------------------------------------------------------

    def scope_of(self, node: cst.CSTNode) -> Scope:
        """The function, class, comprehension or module that a node's names belong to."""
        found = self._scopes.get(id(node))
        if found is None:
            found = self._scopes[id(node)] = self._looked_up_scope(node)
        return found

    def _looked_up_scope(self, node: cst.CSTNode) -> Scope:
        inner = node
        for around in self.around(node):
            if isinstance(around, (cst.Lambda, cst.Module, cst.BaseComp)):
                return around
            if isinstance(around, (cst.FunctionDef, cst.ClassDef)) and inner is around.body:
                return around
            if isinstance(around, cst.FunctionDef) and inner is around.params:
                return around
            inner = around
        return self.module

    @cached_property
    def names(self) -> dict[str, list[cst.Name]]:
        """Every name that is read or bound, by its text, in the order of the text. Attributes and keywords are none."""
        found: dict[str, list[cst.Name]] = {}
        for node in self.nodes:
            if isinstance(node, cst.Name) and self._is_reference(node):
                found.setdefault(node.value, []).append(node)
        for nodes in found.values():
            nodes.sort(key=self.starts)
        return found

    def is_bound_in(self, name: str, scope: cst.CSTNode) -> bool:
        """True if a scope has a name of its own."""
        if name not in self._binders:
            nodes = self.names.get(name, ())
            self._binders[name] = frozenset(id(self.scope_of(node)) for node in nodes if self.binds(node))
        return id(scope) in self._binders[name]

    def _is_reference(self, node: cst.Name) -> bool:
        outer = self.parent(node)
        if isinstance(outer, cst.Attribute):
            return node is not outer.attr
        if isinstance(outer, cst.Arg):
            return node is not outer.keyword
        if isinstance(outer, cst.AsName):
            return not isinstance(self.parent(outer), cst.ImportAlias)
        return not isinstance(outer, (cst.ImportAlias, cst.ImportFrom, cst.NameItem))

    @cached_property
    def members(self) -> dict[str, list[cst.Attribute]]:
        """Every attribute, by its own name."""
        found: dict[str, list[cst.Attribute]] = {}
        for node in self.nodes:
            if isinstance(node, cst.Attribute):
                found.setdefault(node.attr.value, []).append(node)
        return found

    @cached_property
    def calls(self) -> dict[str, list[cst.Call]]:
        """Every call of a name or an attribute, by how that is written."""
        found: dict[str, list[cst.Call]] = {}
        for node in self.nodes:
            if isinstance(node, cst.Call) and isinstance(node.func, (cst.Name, cst.Attribute)):
                found.setdefault(self.text(node.func), []).append(node)
        return found

    @cached_property
    def attributes(self) -> dict[str, list[cst.Attribute]]:
        """Every attribute of `self`, as it is written."""
        found: dict[str, list[cst.Attribute]] = {}
        for node in self.nodes:
            if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self":
                found.setdefault(self.text(node), []).append(node)
        return found

    @cached_property
    def declared(self) -> frozenset[str]:
        """The names of `global` and `nonlocal` statements: who they belong to is not asked."""
        items = (node for node in self.nodes if isinstance(node, cst.NameItem))
        return frozenset(item.name.value for item in items)

    @cached_property
    def defined(self) -> frozenset[str]:
        """The names of the file's own functions and methods."""
        return frozenset(node.name.value for node in self.nodes if isinstance(node, cst.FunctionDef))

    @cached_property
    def imports(self) -> dict[str, str]:
        """The dotted names that the module's own imports stand for: `F` is torch.nn.functional.

        A name that is bound again is left out.
        """
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, (cst.Import, cst.ImportFrom)) and isinstance(self.scope_of(node), cst.Module):
                found.update(_imported(node))
        rebound = {name for name, nodes in self.names.items() if name in found and any(map(self.binds, nodes))}
        return {name: meaning for name, meaning in found.items() if name not in rebound}

    @cached_property
    def layers(self) -> dict[str, frozenset[str]]:
        """The calls of something imported that the module assigns to names and attributes, by the written target."""
        found: dict[str, set[str]] = {}
        for node in self.nodes:
            if isinstance(node, cst.Assign):
                made = self.meaning(node.value.func) if isinstance(node.value, cst.Call) else ""
                for target in node.targets:
                    found.setdefault(self.text(target.target), set()).add(made)
        return {target: frozenset(made) for target, made in found.items()}

    def meaning(self, node: cst.BaseExpression) -> str:
        """Return what a dotted name stands for by the imports; empty if it does not begin with an import."""
        parts: list[str] = []
        while isinstance(node, cst.Attribute):
            parts.append(node.attr.value)
            node = node.value
        if not isinstance(node, cst.Name) or node.value not in self.imports:
            return ""
        return ".".join([self.imports[node.value], *reversed(parts)])

    def spelled(self, meaning: str) -> str:
        """Return how the module can write a dotted name with the imports that it has; empty if it cannot."""
        for name, imported in self.imports.items():
            if imported == meaning:
                return name
        for name, imported in self.imports.items():
            if meaning.startswith(imported + "."):
                return name + meaning[len(imported) :]
        return ""

    def binds(self, name: cst.Name) -> bool:
        """True if a name is bound where it stands, not read. `x += 1` does both, and counts as binding."""
        return self.binds_it(name)

    def binds_it(self, node: cst.Name | cst.Attribute) -> bool:
        """True if a name or an attribute is bound where it stands."""
        inner: cst.CSTNode = node
        for outer in self.around(node):
            if isinstance(outer, (cst.Tuple, cst.List, cst.Element, cst.StarredElement)):
                inner = outer
                continue
            if isinstance(outer, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.NamedExpr, cst.For, cst.CompFor)):
                return inner is outer.target
            if isinstance(outer, (cst.FunctionDef, cst.ClassDef, cst.Param, cst.AsName)):
                return inner is outer.name
            return isinstance(outer, cst.Del)
        return False


def root_name(node: cst.BaseExpression) -> str:
    """The name that a chain of attributes, subscripts and calls begins with; empty where it begins with something else."""
    while True:
        if isinstance(node, (cst.Attribute, cst.Subscript)):
            node = node.value
        elif isinstance(node, cst.Call):
            node = node.func
        else:
            return node.value if isinstance(node, cst.Name) else ""


def _imported(node: cst.Import | cst.ImportFrom) -> Iterator[tuple[str, str]]:
    if isinstance(node.names, cst.ImportStar):
        return
    package = ""
    if isinstance(node, cst.ImportFrom):
        if node.relative or node.module is None:
            return
        package = _dotted(node.module) + "."
    for alias in node.names:
        name = _dotted(alias.name)
        if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
            yield alias.asname.name.value, package + name
        elif package:
            yield name, package + name
        else:
            yield name.partition(".")[0], name.partition(".")[0]


def _dotted(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""

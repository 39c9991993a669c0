"""A program linked of a file and of what it uses of the project's other files, found name by name.

Of a module that is imported, only those statements are taken that bind a name which is used, or that change what it stands for.
Nothing is imported or run.
"""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_gradsafe.project.search import Location
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.linked import ImportTarget, LinkedModule
from flake8_gradsafe.syntax.module import Module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_gradsafe.project.search import ImportSearch
    from flake8_gradsafe.project.source_module import SourceModule
    from flake8_gradsafe.project.sources import Sources
    from flake8_gradsafe.syntax.module import Part
    from flake8_gradsafe.syntax.nodes import Nodes

#: Modules and statements that are linked to one file. What is beyond stays unknown.
MAX_MODULES = 64
MAX_PARTS = 80

#: With these, an attribute may be looked up whose name the text does not have as one.
_LOOKING_UP = frozenset({"getattr", "vars"})


@dataclass(frozen=True, slots=True, eq=False)
class LinkedProgram:
    """A file with what it uses of other files.

    `module` has the linked modules before the file's own statements, `sources` are the other files by path, `targets` what
    the imports mean that were followed. `definitions` are the functions and classes of other files, by `id()`.
    `repeats_names`: classes of several modules have one name. `entrances` are the places of the file's own imports by which
    each module was come to.
    """

    module: Module
    sources: Mapping[str, SourceModule]
    targets: Mapping[ir.Import, ImportTarget]
    definitions: frozenset[int]
    repeats_names: bool
    entrances: Mapping[str, object]


@dataclass(slots=True, eq=False)
class _Used:
    """What is used of a module: `parts` by their numbers, single `imports`, and whether the module itself is a value."""

    location: Location
    source: SourceModule | None
    parts: dict[int, Part] = field(default_factory=dict)
    imports: dict[ir.Import, None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    stars: list[_Used] = field(default_factory=list)
    is_value: bool = False
    needs: dict[str, None] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells the module from others."""
        return self.location.file or f"{self.location.folder}/"


class Linker:
    """Finds what a file uses of others, and puts it before the file's own program."""

    def __init__(self, search: ImportSearch, sources: Sources, module: Module) -> None:
        """Take the search from the file on, what reads other files, and the file's own program."""
        self._search = search
        self._sources = sources
        self._module = module
        self._used: dict[str, _Used] = {}
        #: The files that were to be looked into but were not, each with the reason.
        self.left_out: dict[str, str] = {}
        self._targets: dict[ir.Import, ImportTarget] = {}
        self._attributes: set[str] = set()
        self._pending: deque[tuple[_Used, str]] = deque()
        self._bound: dict[str, frozenset[str]] = {}
        self._strings: set[str] = set()
        self._tables: dict[tuple[str, str], frozenset[str]] = {}
        self._looks_up = False
        self._parts = 0
        folder = self._search.folders[0] if self._search.folders else self._search.root
        self._main = _Used(Location("__main__", self._search.path, None, folder), None)

    def linked(self) -> LinkedProgram | None:
        """The program of the file with what it uses of others; None where it imports nothing of the project."""
        for part in self._module.parts:
            self._take_in(self._main, part, _imports_in(part))
        self._follow()
        while self._tables and self._take_registered():
            self._follow()
        if not self._targets:
            return None
        others = [used for used in self._in_order() if used is not self._main]
        bodies = [self._statement(used) for used in others]
        parts = [part for used in others for part in used.parts.values()]
        sources = {used.location.file: used.source for used in others if used.location.file and used.source}
        return LinkedProgram(
            Module(
                "\n".join((self._module.text, *(part.text for part in parts))),
                (*bodies, *self._module.body),
                [*parts, *self._module.parts],
                len(parts),
                {node.bound: target.name or "" for node, target in self._targets.items()},
            ),
            sources,
            self._targets,
            frozenset(id(definition) for part in parts for definition in _definitions_in(part)),
            self._repeats([*parts, *self._module.parts]),
            self._entrances(),
        )

    @property
    def files(self) -> tuple[str, ...]:
        """The other files that were looked into, by path."""
        return (*self.files_read, *self.left_out)

    @property
    def files_read(self) -> tuple[str, ...]:
        """Those of them whose statements are known."""
        return tuple(used.location.file for used in self._used.values() if used.location.file and used.source)

    # -- what is used -----------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        while self._pending:
            used, name = self._pending.popleft()  # what is near is taken first: not all may be
            self._bind(used, name)

    def _need(self, used: _Used, name: str) -> None:
        if name not in used.names:
            used.names.add(name)
            self._pending.append((used, name))

    def _bind(self, used: _Used, name: str) -> None:
        """Take what binds a name in a module, and what changes its object."""
        source = used.source
        if source is None:
            return
        numbers = source.bindings.get(name, ())
        if source.is_table(name):
            self._tables[used.key, name] = frozenset({name, *source.users.get(name, ())})
        for number in (*numbers, *(source.changes.get(name, ()) if numbers else ())):
            self._take(used, number, name)
        if not numbers:
            for number in source.bindings.get("*", ()):
                self._take(used, number, "*")
            for other in used.stars:
                if name in self._all_names_of(other):
                    self._need(other, name)

    def _take(self, used: _Used, number: int, name: str) -> None:
        """Take a statement of a module for a name that it binds; of one that only imports, the name's import alone."""
        if used.source is None:
            return
        known = used.parts.get(number)
        if known is None:
            if self._parts >= MAX_PARTS:
                return
            try:
                known = used.source.part(number)
            except RecursionError:
                return
            self._parts += 1
            used.parts[number] = known
            if not _only_imports(known):
                self._take_in(used, known, _imports_in(known))
        if _only_imports(known):
            wanted = [each for each in _imports_in(known) if each.bound == name and each not in used.imports]
            self._take_in(used, None, wanted)

    def _take_in(self, used: _Used, part: Part | None, imports: Iterable[ir.Import]) -> None:
        """Follow the imports of a statement that is taken, and need the names that it reads."""
        for each in imports:
            used.imports[each] = None
            target = self._target(used, each)
            if target is not None:
                self._targets[each] = target
        if part is None:
            return
        for nodes in _nodes_of(part):
            if used is not self._main:
                for name in nodes.names:
                    self._need(used, name.id)
            self._mention({attribute.attr for attribute in nodes.attributes})
            self._strings |= {text for text in nodes.strings if text.isidentifier()}
            if any(name.id in _LOOKING_UP for name in nodes.names):
                self._looks_up = True
                self._need_all_of(used, nodes.calls)
        if self._looks_up:
            self._mention(self._strings)

    def _need_all_of(self, used: _Used, calls: Iterable[ir.Call]) -> None:
        """Need what is defined in the modules of which a call looks something up by a name that may be any."""
        looked_in = {
            call.arguments[0].value.id
            for call in calls
            if isinstance(call.function, ir.Name)
            and call.function.id in _LOOKING_UP
            and call.arguments
            and isinstance(call.arguments[0].value, ir.Name)
        }
        for node in used.imports:
            target = self._targets.get(node)
            if target is not None and target.name is None and node.bound in looked_in:
                other = self._used[target.module]
                for name in sorted(other.source.public) if other.source is not None else ():
                    self._need(other, name)

    def _mention(self, names: set[str]) -> None:
        """Need these names of every module that is itself a value."""
        new = names - self._attributes
        self._attributes |= new
        for used in [*self._used.values()]:  # asking for names may read modules
            if used.is_value and used.source is not None:
                for name in sorted(new & self._names_of(used)):
                    self._need(used, name)

    # -- what is put into tables ------------------------------------------------------------------------------------

    def _take_registered(self) -> bool:
        """Take the definitions that decorators put into a table which is used; False where there are none left to take."""
        before = self._parts
        for used in self._closure():
            for root, numbers in used.source.decorated.items() if used.source is not None else ():
                if self._registers(used, root):
                    for number in numbers:
                        self._take(used, number, "")
                    self._need(used, root)
                    self._main.needs[used.key] = None
        return self._parts > before

    def _registers(self, used: _Used, root: str) -> bool:
        """True if a decorator that begins with a name puts what it decorates into a table which is used."""
        if any(key == used.key and root in names for (key, _), names in self._tables.items()):
            return True
        for statement in used.source.imports if used.source is not None else ():
            if isinstance(statement, ast.ImportFrom):
                original = next((alias.name for alias in statement.names if (alias.asname or alias.name) == root), None)
                found = None if original is None else self._imported_from(used, statement)
                if found is not None and any(
                    key == found.file and original in names for (key, _), names in self._tables.items()
                ):
                    return True
        return False

    def _closure(self) -> list[_Used]:
        """All modules that run where the program does, by the imports that each of them makes."""
        pending = list(self._used.values())
        seen = {used.key for used in pending}
        for used in pending:
            for statement in used.source.imports if used.source is not None else ():
                for found in self._imported_by(used, statement):
                    other = self._load(found)
                    if other is not None and other is not self._main and other.key not in seen:
                        seen.add(other.key)
                        pending.append(other)
        return pending

    def _imported_by(self, used: _Used, statement: ast.Import | ast.ImportFrom) -> Iterator[Location]:
        """The modules that an import runs: a package too, and those of it that are imported by name."""
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                words = alias.name.split(".")
                names = (".".join(words[: length + 1]) for length in range(len(words)))
                yield from filter(None, map(self._search.absolute, names))
            return
        found = self._imported_from(used, statement)
        if found is not None:
            yield found
            if found.folder is not None:
                yield from filter(None, (self._search.inside(found, alias.name) for alias in statement.names))

    # -- what imports mean ------------------------------------------------------------------------------------------

    def _target(self, used: _Used, node: ir.Import) -> ImportTarget | None:
        """What an import binds; None where that is nothing of the project."""
        place = node.place
        if isinstance(place, ast.Import):
            return self._module_target(used, node, place)
        found = self._imported_from(used, place) if isinstance(place, ast.ImportFrom) else None
        if found is None:
            return None
        return self._name_target(used, found, "*" if node.bound == "*" else node.origin.rpartition(".")[2])

    def _imported_from(self, used: _Used, statement: ast.ImportFrom) -> Location | None:
        """The module of a `from` import, where it is one of the project."""
        name = statement.module or ""
        if statement.level:
            return self._search.relative(used.location, statement.level, name)
        return self._search.absolute(name)

    def _name_target(self, used: _Used, found: Location, name: str) -> ImportTarget | None:
        other = self._load(found)
        if other is None or other is self._main:
            return None
        if other.source is not None and name == "*":
            used.needs[other.key] = None
            used.stars.append(other)
            if used is self._main:
                self._import_all(other)
            return ImportTarget(other.key, "*", self._all_names_of(other))
        if other.source is not None and self._gives(other, name, used):
            used.needs[other.key] = None
            self._need(other, name)
            return ImportTarget(other.key, name)
        inner = self._search.inside(found, name)
        return None if inner is None else self._value_target(used, inner)

    def _gives(self, other: _Used, name: str, asking: _Used) -> bool:
        """True if a module binds a name otherwise than by importing its own module of that name, or all names of `asking`."""
        statements = (
            [other.source.tree.body[index] for index in other.source.bindings.get(name, ())] if other.source else []
        )
        origins = (each for each in self._all_imported_by(other) if each is not asking)
        return not all(self._imports_from_itself(other, each) for each in statements) or any(
            name in self._names_of(each) for each in origins
        )

    def _imports_from_itself(self, package: _Used, statement: ast.stmt) -> bool:
        found = self._imported_from(package, statement) if isinstance(statement, ast.ImportFrom) else None
        return found is not None and found.file == package.location.file

    def _names_of(self, used: _Used) -> frozenset[str]:
        """All names that a module binds, those of `import *` too."""
        if used.key not in self._bound:
            names = self._bound[used.key] = frozenset() if used.source is None else frozenset(used.source.bindings)
            for other in self._all_imported_by(used):
                names |= self._all_names_of(other)
            self._bound[used.key] = names
        return self._bound[used.key]

    def _all_imported_by(self, used: _Used) -> Iterator[_Used]:
        """The modules all of whose names a module imports."""
        for statement in used.source.imports if used.source is not None else ():
            if isinstance(statement, ast.ImportFrom) and any(alias.name == "*" for alias in statement.names):
                found = self._imported_from(used, statement)
                other = None if found is None else self._load(found)
                if other is not None and other is not self._main:
                    yield other

    def _all_names_of(self, used: _Used) -> frozenset[str]:
        """The names that `import *` of a module binds."""
        listed = None if used.source is None else used.source.listed
        return frozenset(name for name in self._names_of(used) if name[0] != "_") if listed is None else listed

    def _import_all(self, other: _Used) -> None:
        """`from other import *` in the file itself."""
        for part in self._module.parts:
            for nodes in _nodes_of(part):
                for name in nodes.names:
                    if name.id in self._all_names_of(other):
                        self._need(other, name.id)

    def _module_target(self, used: _Used, node: ir.Import, place: ast.Import) -> ImportTarget | None:
        """`import a.b.c`, which binds `a`, or `import a.b.c as d`, which binds the last."""
        names = [alias.name for alias in place.names if (alias.asname or alias.name.partition(".")[0]) == node.bound]
        target: ImportTarget | None = None
        for name in names:
            words = name.split(".")
            for length in range(1, len(words) + 1):
                found = self._search.absolute(".".join(words[:length]))
                if found is None:
                    break
                made = self._value_target(used, found)
                if ".".join(words[:length]) == node.origin:
                    target = made
        return target

    def _value_target(self, used: _Used, found: Location) -> ImportTarget | None:
        """The module itself, of which all names are needed that anything looks up as attributes."""
        other = self._load(found)
        if other is None or other is self._main:
            return None
        used.needs[other.key] = None
        if not other.is_value:
            other.is_value = True
            if other.source is not None:
                for name in sorted(self._attributes & self._names_of(other)):
                    self._need(other, name)
        return ImportTarget(other.key, None)

    def _load(self, found: Location) -> _Used | None:
        if found.file == self._main.location.file:
            return self._main
        key = found.file or f"{found.folder}/"
        if key not in self._used:
            if len(self._used) >= MAX_MODULES:
                self.left_out[key] = f"{MAX_MODULES} other files are read already"
                return None
            source = None if found.file is None else self._sources.module(found.file)
            if source is None and found.file is not None:
                self.left_out[key] = self._sources.problem(found.file)
            if source is None and found.folder is None:
                return None
            self._used[key] = _Used(found, source)
        return self._used[key]

    # -- what is made of it -----------------------------------------------------------------------------------------

    def _in_order(self) -> list[_Used]:
        """The modules that are used, each behind those that it needs."""
        order: list[_Used] = []
        seen: set[str] = set()

        def visit(used: _Used) -> None:
            if used.key not in seen:
                seen.add(used.key)
                for key in used.needs:
                    visit(self._used[key])
                order.append(used)

        visit(self._main)
        return order

    def _entrances(self) -> dict[str, object]:
        """The place of the first import of the file itself by which each module is come to."""
        found: dict[str, object] = {}
        for node in self._main.imports:
            pending = [target.module] if (target := self._targets.get(node)) is not None else []
            while pending:
                key = pending.pop()
                if key not in found:
                    found[key] = node.place
                    pending += self._used[key].needs
        return found

    def _statement(self, used: _Used) -> LinkedModule:
        body: list[ir.Statement] = []
        for number in sorted(used.parts):
            part = used.parts[number]
            if _only_imports(part):
                body += [each for each in part.statements if each in used.imports]
            else:
                body += part.statements
        place = used.source.tree if used.source is not None else None
        return LinkedModule(place, used.key, tuple(body))

    def _repeats(self, parts: list[Part]) -> bool:
        """True if two classes have one name: then names alone do not tell what is meant."""
        names = [each.name for part in parts for each in part.statements if isinstance(each, ir.Class)]
        return len(set(names)) < len(names)


def _nodes_of(part: Part) -> Iterator[Nodes]:
    """The elements of a statement of a module; those of a class stand in its own statements."""
    yield part.nodes
    yield from (inner.nodes for inner in part.parts)


def _imports_in(part: Part) -> Iterator[ir.Import]:
    return (each for nodes in _nodes_of(part) for each in nodes.imports)


def _definitions_in(part: Part) -> Iterator[ir.Function | ir.Class]:
    yield from (each for each in part.statements if isinstance(each, ir.Class))
    for nodes in _nodes_of(part):
        yield from nodes.functions
        yield from (cls for cls, _ in nodes.classes)


def _only_imports(part: Part) -> bool:
    return bool(part.statements) and all(isinstance(each, ir.Import) for each in part.statements)

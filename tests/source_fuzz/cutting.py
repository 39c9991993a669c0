"""One-file programs cut into several files: functions and classes move, and what is left imports them.

Every line stays a line, so that a place in a file is one of the program that was cut.
"""

from __future__ import annotations

import ast
import builtins
import random
import symtable
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

MAIN = "main.py"
_INIT = "pkg/__init__.py"
#: The files that parts move to; a later one may import from those before it.
_LAYOUTS: Sequence[Sequence[str]] = (
    ("pieces.py",),
    ("pkg/blocks.py",),
    ("pieces.py", "pkg/blocks.py"),
    ("pkg/blocks.py", "pieces.py"),
    ("pkg/base.py", "pkg/blocks.py"),
)
#: What `pkg/__init__.py` consists of; the last is for a package that gives no names.
_EXPORTS: Sequence[str] = ("from pkg.{m} import {names}", "from .{m} import {names}", "from .{m} import *", "")

Line = tuple[str, int]  # its text, and the line of the program that it was; 0 for an import of another file


@dataclass(frozen=True)
class Plan:
    """Which names move to which file, and how files import: for each pair of them the ways in the order to be tried."""

    placing: Mapping[str, frozenset[str]]
    ways: Mapping[tuple[str, str], Sequence[str]]
    export: str
    lists_all: bool


@dataclass(frozen=True)
class Cut:
    """A program of several files: their texts, the line of the one-file program for every line, and how they import."""

    files: Mapping[str, str]
    origins: Mapping[tuple[str, int], int]
    ways: Mapping[tuple[str, str], str]

    @property
    def spellings(self) -> frozenset[str]:
        """The ways of import that occur."""
        return frozenset(self.ways.values())


@dataclass(frozen=True)
class _Piece:
    """A statement of the program, with the names that it binds in the module and those that it reads of it."""

    statement: ast.stmt
    lines: Sequence[Line]

    @cached_property
    def _tables(self) -> Sequence[symtable.SymbolTable]:
        text = "\n".join(line for line, _ in self.lines)
        return list(_tables_in(symtable.symtable(text, "<piece>", "exec")))

    @cached_property
    def binds(self) -> frozenset[str]:
        symbols = self._tables[0].get_symbols()
        return frozenset(each.get_name() for each in symbols if each.is_assigned() or each.is_imported())

    @cached_property
    def needs(self) -> frozenset[str]:
        inner = (symbol for table in self._tables[1:] for symbol in table.get_symbols() if symbol.is_global())
        outer = (symbol for symbol in self._tables[0].get_symbols() if symbol.is_referenced())
        return frozenset(each.get_name() for each in (*inner, *outer)) - self.binds

    @cached_property
    def rebinds(self) -> bool:
        """Whether a function in it assigns to a name of the module."""
        symbols = (symbol for table in self._tables[1:] for symbol in table.get_symbols())
        return any(symbol.is_declared_global() and symbol.is_assigned() for symbol in symbols)


def plan_of(source: str, seed: int) -> Plan | None:
    """How to cut a program, decided by the seed; None where nothing of it can move."""
    program = _Program(source)
    movable = program.movable
    definitions = [
        name for name, piece in movable.items() if isinstance(piece.statement, ast.FunctionDef | ast.ClassDef)
    ]
    if not definitions:
        return None
    chosen = random.Random(seed)
    wanted = definitions
    if chosen.random() < 0.5:
        wanted = chosen.sample(definitions, chosen.randint(1, len(definitions)))
    moved = program.closed(wanted)
    first = program.closed(chosen.sample(sorted(moved), chosen.randint(1, len(moved))))
    if chosen.random() < 0.5 and moved - first:
        files = chosen.choice([layout for layout in _LAYOUTS if len(layout) == 2])
        groups = [first, moved - first]
    else:
        files = chosen.choice([layout for layout in _LAYOUTS if len(layout) == 1])
        groups = [moved]
    importers = [*files, MAIN]
    pairs = [(one, other) for index, one in enumerate(importers) for other in files[:index]]
    return Plan(
        dict(zip(files, groups, strict=True)),
        {pair: chosen.sample([*WAYS, *_SELDOM_FIT], len(WAYS)) for pair in pairs},
        chosen.choice(_EXPORTS),
        chosen.random() < 0.3,
    )


def cut(source: str, plan: Plan) -> Cut:
    """The program cut as planned."""
    program = _Program(source)
    texts: dict[str, list[Line]] = {}
    ways: dict[tuple[str, str], str] = {}
    groups = {file: program.closed(names & program.movable.keys()) for file, names in plan.placing.items()}
    files = list(groups)
    for index, file in enumerate(files):
        groups[file] -= frozenset().union(*(groups[other] for other in files[:index]))
    groups = {file: names for file, names in groups.items() if names}
    moved = frozenset().union(*groups.values())
    in_parts: set[int] = set()
    for file in (*groups, MAIN):
        kept = [
            piece
            for piece in program.body
            if (piece.binds & groups[file] if file in groups else not piece.binds & moved)
        ]
        needed = frozenset().union(*(piece.needs for piece in kept))
        head = [piece for piece in program.head if piece.binds & needed]
        if file == MAIN:
            head = [piece for piece in program.head if piece in head or id(piece) not in in_parts]
        in_parts |= {id(piece) for piece in head}
        text = _File(
            file, [line for piece in head for line in piece.lines], [line for piece in kept for line in piece.lines]
        )
        for other in texts:
            names = sorted(needed & groups[other])
            if names:
                for way in (*plan.ways.get((file, other), ()), "from"):
                    found = WAYS[way](text, other, names, plan)
                    if found is not None:
                        text, ways[file, other] = found, way
                        break
        texts[file] = text.lines
        if file != MAIN and plan.lists_all:
            texts[file].append((f"__all__ = {sorted(groups[file])}", 0))
    if any(file.startswith("pkg/") for file in groups):
        inside = [
            (file.removeprefix("pkg/").removesuffix(".py"), names) for file, names in groups.items() if "/" in file
        ]
        lines = [plan.export.format(m=module, names=", ".join(sorted(names))) for module, names in inside]
        texts[_INIT] = [(line, 0) for line in lines if line]
    return Cut(
        {file: "".join(f"{line}\n" for line, _ in lines) for file, lines in texts.items()},
        {(file, number): line for file, lines in texts.items() for number, (_, line) in enumerate(lines, 1) if line},
        ways,
    )


class _Program:
    """The statements of a one-file program: `head` are its imports, `body` the others."""

    def __init__(self, source: str) -> None:
        lines = [(line, number) for number, line in enumerate(source.splitlines(), 1)]
        pieces: list[_Piece] = []
        end = 0
        for statement in ast.parse(source).body:
            start, end = end, statement.end_lineno or 0
            pieces.append(_Piece(statement, lines[start:end]))
        is_import = [isinstance(piece.statement, ast.Import | ast.ImportFrom) for piece in pieces]
        leading = is_import.index(False) if False in is_import else len(pieces)
        self.head = pieces[:leading]
        self.body = pieces[leading:]
        self._bound = Counter(name for piece in pieces for name in piece.binds)

    @cached_property
    def movable(self) -> Mapping[str, _Piece]:
        """What may move, by name: functions, classes and constants that need nothing else than such, and imports."""
        found = {
            name: piece
            for piece in self.body
            for name in piece.binds
            if self._bound[name] == 1 and not piece.rebinds and _may_move(piece.statement)
        }
        known = {name for piece in self.head for name in piece.binds if self._bound[name] == 1} | set(dir(builtins))
        while stuck := [name for name, piece in found.items() if not piece.needs <= known | found.keys()]:
            for name in stuck:
                del found[name]
        return found

    def closed(self, names: Iterable[str]) -> frozenset[str]:
        """Names that move together: these, and those that they need."""
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self.movable[name].needs & self.movable.keys()
        return frozenset(found)


def _tables_in(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for inner in table.get_children():
        yield from _tables_in(inner)


def _may_move(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign):
        return isinstance(statement.value, ast.Constant) and len(statement.targets) == 1
    return isinstance(statement, ast.FunctionDef | ast.ClassDef)


# --- the ways to import ---------------------------------------------------------------------------


class _File:
    """A file as it is written: its imports, and what follows."""

    def __init__(self, path: str, head: Sequence[Line], body: Sequence[Line]) -> None:
        self.path = path
        self.head = head
        self.body = body

    @property
    def lines(self) -> list[Line]:
        return [*self.head, *self.body]

    def importing(self, statement: str, spelled: Mapping[str, str] | None = None) -> _File | None:
        """The file with an import and with other spellings for some names; None where that is not simple."""
        body = self._respelled(spelled) if spelled else self.body
        return None if body is None else _File(self.path, [*self.head, (statement, 0)], body)

    @cached_property
    def _tree(self) -> ast.Module:
        return ast.parse("\n".join(line for line, _ in self.body))

    def binds_any(self, names: Iterable[str]) -> bool:
        """Whether some of the names is bound anywhere, in whatever scope."""
        bound: set[str] = set()
        for node in ast.walk(self._tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    bound.add(name)
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                    bound.add(name)
                case ast.alias(name=name, asname=other):
                    bound.add(other or name)
                case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                    bound.add(name)
                case ast.Global(names=several) | ast.Nonlocal(names=several):
                    bound |= set(several)
        return bool(bound & set(names))

    def _respelled(self, spelled: Mapping[str, str]) -> list[Line] | None:
        if self.binds_any({*spelled, *(text.partition(".")[0] for text in spelled.values())}):
            return None
        texts = [line for line, _ in self.body]
        uses = [node for node in ast.walk(self._tree) if isinstance(node, ast.Name) and node.id in spelled]
        for node in sorted(uses, key=lambda node: (node.lineno, node.col_offset), reverse=True):
            line = texts[node.lineno - 1]
            before, rest = line[: node.col_offset], line[node.col_offset :]
            if not rest.startswith(node.id):
                return None
            texts[node.lineno - 1] = before + spelled[node.id] + rest.removeprefix(node.id)
        return [(text, origin) for text, (_, origin) in zip(texts, self.body, strict=True)]

    def importing_in_functions(self, module: str, names: Sequence[str]) -> _File | None:
        """The file with an import in each function that needs one; None where other code does."""
        if self.binds_any(names):
            return None
        uses = {id(node): node for node in ast.walk(self._tree) if isinstance(node, ast.Name) and node.id in names}
        imports: dict[int, str] = {}
        for function in _functions_of_module(self._tree):
            inside = [node for each in function.body for node in ast.walk(each) if id(node) in uses]
            wanted = sorted({uses.pop(id(node)).id for node in inside})
            if wanted:
                first = function.body[1 if len(function.body) > 1 and ast.get_docstring(function) else 0]
                line = min([first.lineno, *(each.lineno for each in getattr(first, "decorator_list", ()))])
                if self.body[line - 1][0][: first.col_offset].strip():
                    return None
                imports[line] = f"{' ' * first.col_offset}from {module} import {', '.join(wanted)}"
        if uses:
            return None
        body: list[Line] = []
        for number, line in enumerate(self.body, 1):
            body += [(imports[number], 0), line] if number in imports else [line]
        return _File(self.path, self.head, body)


def _functions_of_module(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        for each in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(each, ast.FunctionDef):
                yield each


def _module(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def _from(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    return text.importing(f"from {_module(other)} import {', '.join(names)}")


def _from_as(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    listed = ", ".join(f"{name} as their_{name}" for name in names)
    return text.importing(f"from {_module(other)} import {listed}", {name: f"their_{name}" for name in names})


def _whole(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    module = _module(other)
    return text.importing(f"import {module}", {name: f"{module}.{name}" for name in names})


def _whole_as(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    short = f"their_{_module(other).rpartition('.')[2]}"
    return text.importing(f"import {_module(other)} as {short}", {name: f"{short}.{name}" for name in names})


def _of_package(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    package, _, module = _module(other).rpartition(".")
    if not package:
        return None
    origin = "." if text.path.startswith("pkg/") else package
    return text.importing(f"from {origin} import {module}", {name: f"{module}.{name}" for name in names})


def _exported(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    if not plan.export or "/" not in other or "/" in text.path:
        return None
    return text.importing(f"from pkg import {', '.join(names)}")


def _attribute_of_package(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    if not plan.export or "/" not in other or "/" in text.path:
        return None
    return text.importing("import pkg", {name: f"pkg.{name}" for name in names})


def _star(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    return text.importing(f"from {_module(other)} import *")


def _star_of_package(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    if not plan.export or "/" not in other or "/" in text.path:
        return None
    return text.importing("from pkg import *")


def _relative(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    if "/" not in other or "/" not in text.path:
        return None
    return text.importing(f"from .{_module(other).rpartition('.')[2]} import {', '.join(names)}")


def _in_functions(text: _File, other: str, names: Sequence[str], plan: Plan) -> _File | None:
    return text.importing_in_functions(_module(other), names)


#: How a file may import from another one, by what it is called in a report.
WAYS: Mapping[str, Callable[[_File, str, Sequence[str], Plan], _File | None]] = {
    "from": _from,
    "from as": _from_as,
    "module": _whole,
    "module as": _whole_as,
    "module of package": _of_package,
    "exported": _exported,
    "attribute of package": _attribute_of_package,
    "star": _star,
    "star of package": _star_of_package,
    "relative": _relative,
    "in functions": _in_functions,
}
_SELDOM_FIT = ("exported", "in functions", "in functions", "in functions", "relative", "relative", "relative")

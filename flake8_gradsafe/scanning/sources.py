"""What the words of the command line mean: tables, folders of checkouts and git repositories, in partitions."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.scanning.errors import BadScan, digest
from flake8_gradsafe.scanning.git import head_of, is_bare
from flake8_gradsafe.scanning.storage import address, filesystem_of, is_local, one_line
from flake8_gradsafe.scanning.tables import LINES, PARQUET, Table, tables_of
from flake8_gradsafe.scanning.trees import Tree, is_project, stamp_of_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_gradsafe.scanning.layouts import Columns

#: So many projects are read by one task, at most.
_TREES_IN_A_TASK = 32
_GLOB = frozenset("*?[")
#: So many folders in a folder tell whether it holds projects.
_LOOKED_AT = 32


@dataclass(frozen=True, slots=True)
class Partition:
    """What one task reads: a stretch of a table, or some trees."""

    table: Table | None = None
    trees: tuple[Tree, ...] = ()

    @property
    def key(self) -> str:
        """What tells the partition from others, and from an earlier state of itself."""
        return digest(repr(self))

    def __str__(self) -> str:
        """How a message names it."""
        return str(self.table or ", ".join(tree.url for tree in self.trees))


def partitions_of(words: Sequence[str], columns: Columns) -> list[Partition]:
    """The partitions of all sources, each once, in order. Raises BadScan."""
    found: dict[Partition, None] = {}
    trees: dict[str, Tree] = {}
    for word in words:
        for place in _places(word):
            for each in place.found(columns):
                if isinstance(each, Table):
                    found[Partition(each)] = None
                else:
                    trees.setdefault(each.url, each)
    named = _named_apart(list(trees.values()))
    size = max(1, min(_TREES_IN_A_TASK, len(named) // 64))
    for start in range(0, len(named), size):
        found[Partition(trees=tuple(named[start : start + size]))] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class _Place:
    """A file or a folder that a source names, or that is matched by one with a pattern."""

    filesystem: Any
    path: str
    word: str
    is_matched: bool

    def found(self, columns: Columns) -> Iterator[Table | Tree]:
        """The tables or trees that it is, or that lie in it."""
        try:
            if not self.filesystem.isdir(self.path):
                yield from self._tables([self.path], columns)
            elif self._is_tree():
                yield self._tree(self.path, named=True)
            elif tables := self._files_of_tables():
                yield from self._tables(tables, columns)
            elif self.is_matched or self._holds_packages():
                yield self._tree(self.path)
            else:
                yield from self._trees_in()
        except OSError as error:
            raise BadScan(f"{self.word}: {one_line(error)}") from None

    def _is_tree(self, path: str = "") -> bool:
        path = path or self.path
        return is_project(self.filesystem, path) or (is_local(self.filesystem) and is_bare(path))

    def _holds_packages(self) -> bool:
        """True if a folder holds packages of Python, and no projects."""
        entries = self.filesystem.ls(self.path, detail=True)
        folders = sorted(each["name"].rstrip("/") for each in entries if each["type"] == "directory")[:_LOOKED_AT]
        return not any(map(self._is_tree, folders)) and any(
            self.filesystem.exists(f"{folder}/__init__.py") for folder in folders
        )

    def _tree(self, path: str, *, named: bool = False) -> Tree:
        """The project in a folder. A repository that git refuses ends the scan if it is `named`; else the output tells it."""
        name = path.rstrip("/").rpartition("/")[2]
        if is_local(self.filesystem) and is_bare(path):
            try:
                head = head_of(path)
            except BadScan:
                if named:
                    raise
                head = "HEAD"
            return Tree(os.path.abspath(path), name.removesuffix(".git"), head, is_git=True)
        return Tree(address(self.filesystem, path), name, stamp_of_tree(self.filesystem, path))

    def _trees_in(self) -> Iterator[Tree]:
        """Each folder in the folder is a project; what lies beside them is one, too."""
        entries = sorted(self.filesystem.ls(self.path, detail=True), key=lambda entry: str(entry["name"]))
        for entry in entries:
            name = entry["name"].rstrip("/")
            if entry["type"] == "directory" and not name.rpartition("/")[2].startswith("."):
                yield self._tree(name)
        if any(entry["name"].endswith(".py") for entry in entries):
            yield self._tree(self.path)

    def _files_of_tables(self) -> list[str]:
        """The tables in a folder of a dataset."""
        entries = self.filesystem.ls(self.path, detail=True)
        if any(entry["name"].endswith(".py") for entry in entries if entry["type"] == "file"):
            return []
        found = [path for path in sorted(self.filesystem.find(self.path)) if not _is_hidden(path[len(self.path) :])]
        parquet = [path for path in found if path.endswith(PARQUET)]
        return parquet or [path for path in found if path.endswith(LINES) and not path.endswith(".json")]

    def _tables(self, paths: list[str], columns: Columns) -> Iterator[Table]:
        for path in paths:
            yield from tables_of(self.filesystem, path, columns)


def _is_hidden(path: str) -> bool:
    return any(part.startswith(("_", ".")) for part in path.split("/"))


def _places(word: str) -> Iterator[_Place]:
    filesystem, path = filesystem_of(word)
    try:
        paths = sorted(filesystem.glob(path)) if _GLOB & set(word) else [path] if filesystem.exists(path) else []
    except (OSError, ImportError, ValueError) as error:
        raise BadScan(f"{word}: {one_line(error)}") from None
    if not paths:
        raise BadScan(f"{word}: no such file or folder")
    for each in paths:
        yield _Place(filesystem, str(each), word, bool(_GLOB & set(word)))


def _named_apart(trees: list[Tree]) -> list[Tree]:
    """The trees, with those that have one name named by their addresses."""
    names: dict[str, int] = {}
    for tree in trees:
        names[tree.name] = names.get(tree.name, 0) + 1
    return [tree if names[tree.name] == 1 else tree.renamed(tree.url) for tree in trees]

"""Projects as trees of files: checkouts in folders, and git repositories at HEAD."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.scanning.errors import BadScan, digest
from flake8_gradsafe.scanning.git import files_at
from flake8_gradsafe.scanning.rows import SUFFIXES, Row
from flake8_gradsafe.scanning.storage import filesystem_of, is_local, one_line
from flake8_gradsafe.source.files import LARGEST, Unreadable, read

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What stands at the top of a project, and shapes how its imports are looked up.
_MARKS = (".git", "pyproject.toml", "setup.cfg", ".hg")
_IGNORING = ".gitignore"
#: Folders that are never entered.
_CLOSED = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules", ".tox", ".nox", ".eggs", ".venv"})


@dataclass(frozen=True, slots=True)
class Tree:
    """A project's folder, or a git repository. `stamp` tells its state from others."""

    url: str
    name: str
    stamp: str
    is_git: bool = False

    def renamed(self, name: str) -> Tree:
        """The same under another name."""
        return replace(self, name=name)


def is_project(filesystem: Any, path: str) -> bool:
    """True if a folder has what stands at the top of a project."""
    return any(filesystem.exists(f"{path}/{mark}") for mark in (*_MARKS, "setup.py"))


def stamp_of_tree(filesystem: Any, path: str) -> str:
    """What tells the state of a folder's files from others: their sizes, and when they were written."""
    if not is_local(filesystem):
        found = filesystem.find(path, detail=True)
        return digest(*(f"{name} {filesystem.ukey(name)}" for name in sorted(found) if _is_wanted(name)))
    states = []
    for file in _local_files(path):
        status = os.lstat(file)
        states.append(f"{os.path.relpath(file, path)} {status.st_size} {status.st_mtime_ns}")
    return digest(*states)


def rows_of_tree(tree: Tree) -> Iterator[Row]:
    """The Python files of a project, and what shapes it; a row with the problem where it cannot be read."""
    try:
        yield from _rows(tree)
    except (OSError, BadScan) as error:
        yield Row(tree.name, ".", b"", f"the repository cannot be read: {one_line(error)}")


def _rows(tree: Tree) -> Iterator[Row]:
    if tree.is_git:
        for path, content in files_at(tree.url, tree.stamp, _is_wanted, LARGEST):
            yield _row(tree, path, content, "" if content is not None else _too_large())
        return
    filesystem, root = filesystem_of(tree.url)
    if is_local(filesystem):
        yield from _local_rows(tree, root)
        return
    for file, status in sorted(filesystem.find(root, detail=True).items()):
        path = file[len(root) :].lstrip("/")
        if not _is_wanted(path) or set(path.split("/")) & _CLOSED:
            continue
        is_small = (status.get("size") or 0) <= LARGEST
        yield _row(tree, path, filesystem.cat_file(file) if is_small else None, "" if is_small else _too_large())


def _local_rows(tree: Tree, root: str) -> Iterator[Row]:
    for file in _local_files(root):
        path = os.path.relpath(file, root).replace(os.sep, "/").encode("utf-8", "replace").decode()
        try:
            content = b"" if path.rpartition("/")[2] in _MARKS else read(file)
        except Unreadable as error:
            yield _row(tree, path, None, error.text)
        else:
            yield _row(tree, path, content, "")


def _local_files(root: str) -> Iterator[str]:
    """The wanted files below a folder, in order; no link is followed. A folder's own `.git` counts as a mark."""
    for folder, inner, names in os.walk(root, onerror=_raise):
        marks = [name for name in inner if name in {".git", ".hg"}]
        inner[:] = sorted(name for name in inner if name not in _CLOSED)
        for name in sorted([*names, *marks]):
            file = os.path.join(folder, name)
            if _is_wanted(name) and not os.path.islink(file):
                yield file


def _raise(error: OSError) -> None:
    raise error


def _row(tree: Tree, path: str, content: bytes | None, problem: str) -> Row:
    name = path.rpartition("/")[2]
    is_mark = name in _MARKS or name == _IGNORING
    return Row(tree.name, path, content if content is not None and name not in _MARKS else b"", problem, is_mark)


def _is_wanted(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(SUFFIXES) or name in _MARKS or name == _IGNORING


def _too_large() -> str:
    return f"is larger than {LARGEST // 2**20} MiB"

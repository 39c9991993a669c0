"""Which files are meant by the paths of the command line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8 import utils

from flake8_gradsafe.document import Problem
from flake8_gradsafe.sources import is_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pathspec import GitIgnoreSpec

    from flake8_gradsafe.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """A file to check. `tree` is the folder that writing it may not leave."""

    path: str
    tree: str
    named: bool = True


def targets(paths: Sequence[str], settings: Settings) -> tuple[list[Target], list[Problem]]:
    """The files, each once: those that are named, and in folders what matches, is not excluded and not ignored by git."""
    found: dict[str, Target] = {}
    problems: list[Problem] = []
    for path in paths:
        if settings.excludes(path):
            continue
        if os.path.isdir(path):
            for name in _walk(path, settings, problems):
                found.setdefault(os.path.normpath(name), Target(os.path.normpath(name), tree_of(path), named=False))
        elif os.path.lexists(path):
            name = os.path.normpath(path)
            found[name] = Target(name, tree_of(os.path.dirname(path) or os.curdir))
        else:
            problems.append(Problem(path, "no such file or folder"))
    return list(found.values()), problems


def tree_of(folder: str) -> str:
    """The working folder for what lies in it, by its name; for what does not, the folder that was named."""
    return os.getcwd() if is_inside(os.path.abspath(folder), os.getcwd()) else folder


def _walk(top: str, settings: Settings, problems: list[Problem]) -> Iterator[str]:
    def refused(error: OSError) -> None:
        problems.append(Problem(error.filename, (error.strerror or str(error)).lower()))

    ignored = _GitIgnore(top)
    for folder, folders, files in os.walk(top, onerror=refused):
        ignored.enter(folder)
        folders[:] = sorted(
            name
            for name in folders
            if not settings.excludes(os.path.join(folder, name))
            and not ignored.has(os.path.join(folder, name), is_folder=True)
        )
        for name in sorted(files):
            path = os.path.join(folder, name)
            if (
                utils.fnmatch(path, settings.patterns)
                and os.path.isfile(path)
                and not settings.excludes(path)
                and not ignored.has(path)
            ):
                yield path


class _GitIgnore:
    """The `.gitignore` files from a repository's root down to where the walk is. The deepest that speaks decides."""

    def __init__(self, top: str) -> None:
        """Read those above `top`. They are left out if they ignore `top` itself: it was named."""
        self._specs: dict[str, GitIgnoreSpec | None] = {}
        self._root = os.path.abspath(top)
        self._root = root = _repository(self._root) or self._root
        folder = os.path.abspath(top)
        above = []
        while folder != root:
            folder = os.path.dirname(folder)
            above.append(folder)
        for folder in reversed(above):
            self.enter(folder)
        if self.has(top, is_folder=True):
            self._specs.clear()
            self._root = os.path.abspath(top)

    def enter(self, folder: str) -> None:
        """Read the file of a folder, if there is one."""
        folder = os.path.abspath(folder)
        names = [os.path.join(folder, ".gitignore")]
        if folder == self._root:
            names.insert(0, os.path.join(folder, ".git", "info", "exclude"))
        lines = [line for name in names for line in _read_lines(name)]
        self._specs[folder] = _spec(lines) if lines else None

    def has(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether git would ignore a path, the folders above which it does not."""
        path = os.path.abspath(path)
        folder = path
        while folder != self._root and folder != os.path.dirname(folder):
            folder = os.path.dirname(folder)
            spec = self._specs.get(folder)
            if spec is None:
                continue
            name = os.path.relpath(path, folder).replace(os.sep, "/") + ("/" if is_folder else "")
            verdict = spec.check_file(name).include
            if verdict is not None:
                return verdict
        return False


def _read_lines(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read().splitlines()
    except OSError:
        return []


def _spec(lines: list[str]) -> GitIgnoreSpec:
    # Most folders have no such file, and the library takes as long to import as all of ours.
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    """Whether a line is one that git would understand; it passes over the others."""
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _repository(folder: str) -> str | None:
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent

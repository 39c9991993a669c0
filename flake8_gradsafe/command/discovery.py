"""The files that are meant by the paths of the command line."""

from __future__ import annotations

import os
import pathlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8 import utils

from flake8_gradsafe.command.gitignore import GitIgnore
from flake8_gradsafe.source.document import Problem
from flake8_gradsafe.source.files import cause, is_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flake8_gradsafe.config.settings import Settings

_INSTALLED = frozenset({".venv", "node_modules", "site-packages"})


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
        if settings.excludes_named(path):
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
    """The files in a folder and in those below: in each its own first."""
    ignored = GitIgnore(top)
    enters_environments = _is_in_environment(top)
    pending = [top]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                here = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            problems.append(Problem(error.filename or folder, cause(error)))
            continue
        ignored.enter(folder)
        below = []
        for entry in here:
            is_folder = _is_folder(entry)
            if not is_folder and not (utils.fnmatch(entry.path, settings.patterns) and os.path.isfile(entry.path)):
                continue
            if settings.excludes(entry.path) or ignored.has(entry.path, is_folder=is_folder):
                continue
            if not is_folder:
                yield entry.path
            elif enters_environments or not _is_environment(entry.path):
                below.append(entry.path)
        pending += reversed(below)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """True if an entry is a folder, and no link to one."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_environment(folder: str) -> bool:
    """True if a folder holds what was installed: other people's code."""
    return os.path.basename(folder) in _INSTALLED or os.path.exists(os.path.join(folder, "pyvenv.cfg"))


def _is_in_environment(folder: str) -> bool:
    """True if a folder is such an environment, or lies in one."""
    path = pathlib.Path(os.path.abspath(folder))
    return any(_is_environment(str(parent)) for parent in (path, *path.parents))

"""Where the project of a file begins: nothing outside of that folder is ever read."""

from __future__ import annotations

import os
from functools import lru_cache

#: What stands at the top of a project.
_MARKS = (".git", "pyproject.toml", "setup.cfg", "setup.py", ".hg")


def project_root(path: str) -> str:
    """The absolute path of the project's folder: the nearest one above a file with a mark, else that of its outermost package.

    Links are resolved. `path` need not exist.
    """
    return _root_of(os.path.realpath(os.path.dirname(os.path.abspath(path))))


@lru_cache(maxsize=4096)
def _root_of(folder: str) -> str:
    current = folder
    while True:
        if any(os.path.lexists(os.path.join(current, mark)) for mark in _MARKS):
            return current
        above = os.path.dirname(current)
        if above == current:
            return package_parent(folder)
        current = above


def package_parent(folder: str) -> str:
    """The first folder, going up, that is no regular package: what Python would look the package up in."""
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        above = os.path.dirname(folder)
        if above == folder:
            break
        folder = above
    return folder

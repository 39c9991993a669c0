"""The imports of one file, followed within its project, and what that depended on."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from flake8_gradsafe.project.linking import Linker
from flake8_gradsafe.project.search import ImportSearch
from flake8_gradsafe.project.sources import Sources
from flake8_gradsafe.project.users import Users

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.project.linking import LinkedProgram
    from flake8_gradsafe.syntax.module import Module

#: An import at the beginning of a line, and the first module that it names.
_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+([.\w]+)", re.MULTILINE)


#: Stands before what was asked about the files that use one: no module has a name that begins so.
_USERS = "(users) "


class FileImports:
    """The imports of one file, followed within its project."""

    def __init__(self, path: str, sources: Sources, root: str | None = None) -> None:
        """Take the path of the file, what reads other files, and the project's folder where it is known."""
        self.path = path
        self.sources = sources
        self._search = ImportSearch(path, root)
        #: The files that import this one.
        self.users = Users(path, self._search.root, sources)
        self._files: tuple[str, ...] = ()
        #: The files that the last link has read; and those that it has not, each with the reason.
        self.read: tuple[str, ...] = ()
        self.left_out: dict[str, str] = {}

    @property
    def consulted(self) -> tuple[tuple[str, str], ...]:
        """What the last link depended on: what was looked up with the file it meant, and files with their digests."""
        users = ((_USERS + question, str(answer)) for question, answer in self.users.answers.items())
        return (*self._search.looked_up.items(), *((file, self.sources.digest(file)) for file in self._files), *users)

    def is_unchanged(self, consulted: Iterable[tuple[str, str]]) -> bool:
        """True if what a link depended on is as it was."""
        search = ImportSearch(self.path, self._search.root)
        users = Users(self.path, search.root, self.sources)

        def now(key: str) -> str:
            if key.startswith(_USERS):
                return str(users.answer(key.removeprefix(_USERS)))
            return self.sources.digest(key) if _is_file_itself(key) else search.file_now(key)

        return all(now(key) == value for key, value in consulted)

    def may_link(self, text: str) -> bool:
        """True if a text seems to import something of the project; this does not parse it."""
        return any(
            origin.startswith(".") or self._search.absolute(origin.partition(".")[0]) is not None
            for origin in dict.fromkeys(_IMPORT.findall(text))
        )

    def link(self, module: Module) -> LinkedProgram | None:
        """Link the program of the file; None where it imports nothing of the project."""
        linker = Linker(self._search, self.sources, module)
        linked = linker.linked()
        self._files, self.read = linker.files, linker.files_read
        self.left_out = {**linker.left_out, **dict.fromkeys(self._search.outside, "it lies outside of the project")}
        return linked


def _is_file_itself(key: str) -> bool:
    return os.path.isabs(key) and key.endswith(".py")


def imports_of(path: str | None) -> FileImports | None:
    """What follows the imports of a file, with what this process has read of other files; None where it has no path."""
    return None if path is None else FileImports(path, _read_by_this_process())


@lru_cache(maxsize=1)
def _read_by_this_process() -> Sources:
    return Sources()

"""The files of a project that use a file: those that import it, and what they mention."""

from __future__ import annotations

import hashlib
import os
import re
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.project.sources import Sources

#: So many files of a project are looked through, and so many importers of importers are followed.
MAX_FILES = 4_000
MAX_STEPS = 4

#: The names that an import statement has: of modules, and of what is taken from them.
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]*(?P<names>\([^)]*\)|[^\n]*)|import[ \t]+(?P<modules>[^\n]+))",
    re.MULTILINE,
)
_WORD = re.compile(r"\w+")
#: Folders that hold no code of the project's own.
_FOREIGN = frozenset({"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"})


class Users:
    """The other files of a project as the users of one: those that import it, some by way of others, and those that call its
    methods. They are read as text, when they are asked for.
    """

    def __init__(self, path: str, root: str, sources: Sources) -> None:
        """Take the path of the file, the project's folder, and what reads other files."""
        self._path = os.path.realpath(path)
        self._root = root
        self._sources = sources

    def mention(self, name: str) -> bool:
        """True if one that imports the file has a function's name in its text."""
        word = re.compile(rf"\b{re.escape(name)}\b")
        return any(word.search(text) is not None for text in self._importing.values())

    def call_method(self, name: str) -> bool:
        """True if any of them calls a method of this name: it may be given the object."""
        call = re.compile(rf"\.{re.escape(name)}\(")
        return any(call.search(text) is not None for text in self._texts.values())

    def derive_from(self, name: str) -> bool:
        """True if one of them has a class that derives from one of this name."""
        derived = re.compile(rf"^[ \t]*class[ \t]+\w+[ \t]*\([^)]*\b{re.escape(name)}\b", re.MULTILINE)
        return any(derived.search(text) is not None for text in self._importing.values())

    @property
    def was_asked(self) -> bool:
        """True if anything was looked up in them."""
        return "_texts" in self.__dict__

    @property
    def digest(self) -> str:
        """What tells the files and their contents from any others."""
        told = "\0".join(f"{path}\0{text}" for path, text in sorted(self._texts.items()))
        return hashlib.sha256(told.encode(errors="surrogatepass")).hexdigest()

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {path: text for path in self._files() if (text := self._sources.text(path)) is not None}

    @cached_property
    def _importing(self) -> dict[str, str]:
        texts = self._texts
        imported = {path: frozenset(_imported_words(text)) for path, text in texts.items()}
        found: dict[str, str] = {}
        names = {_importable_name(self._path)}
        for _ in range(MAX_STEPS):
            more = [path for path, words in imported.items() if path not in found and not names.isdisjoint(words)]
            found |= {path: texts[path] for path in more}
            names = set(map(_importable_name, more))
        return found

    def _files(self) -> Iterator[str]:
        count = 0
        for folder, inner, names in os.walk(self._root):
            inner[:] = sorted(name for name in inner if name not in _FOREIGN and not name.startswith("."))
            for name in sorted(names):
                path = os.path.join(folder, name)
                if not name.endswith(".py") or path == self._path or os.path.islink(path):
                    continue
                count += 1
                if count > MAX_FILES:
                    return
                yield path


def _importable_name(path: str) -> str:
    """The last name by which a file is imported: that of its folder, where it is a package's."""
    folder, name = os.path.split(path)
    return os.path.basename(folder) if name == "__init__.py" else name.removesuffix(".py")


def _imported_words(text: str) -> Iterator[str]:
    for statement in _IMPORT.finditer(text):
        yield from _WORD.findall(" ".join(filter(None, statement.groups())))

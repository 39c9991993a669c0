"""The files of a project that use a file: those that import it, and what they mention."""

from __future__ import annotations

import os
import re
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_gradsafe.project.sources import Sources

#: So many files of a project are looked through, and so many importers of importers are followed.
MAX_FILES = 4_000
MAX_STEPS = 4
#: So many files that import a checked one are looked through for what they make of it, and so many of all checked ones.
MAX_CALLERS = 8
MAX_CALLERS_IN_ALL = 32

#: What the text of a file is looked through for, by the kind of a question.
_PATTERNS = {
    "mention": r"\b{name}\b",
    "call": r"\.{name}\(",
    "copy": r"\b{name}\(\s*(?:\w+\s*=\s*)?(?:[\w.]+\(|[\w.]*(?:ema|avg|averag|teacher|target|shadow|slow|copy))",
    "derive": r"^[ \t]*class[ \t]+\w+[ \t]*\([^)]*\b{name}\b",
}
_NOTHING = r"(?!)"

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
        #: What was asked, as `question name`, with the answers.
        self.answers: dict[str, bool] = {}

    def mention(self, name: str) -> bool:
        """True if one that imports the file has a function's name in its text."""
        return self.answer(f"mention {name}")

    def call_method(self, name: str) -> bool:
        """True if any of them calls a method of this name: it may be given the object."""
        return self.answer(f"call {name}")

    def copy_for(self, name: str) -> bool:
        """True if one that imports the file gives a class of this name what a call makes, or what is named as a copy."""
        return self.answer(f"copy {name}")

    def derive_from(self, name: str) -> bool:
        """True if one of them has a class that derives from one of this name."""
        return self.answer(f"derive {name}")

    def answer(self, question: str) -> bool:
        """The answer to a question as `answers` has it."""
        if question not in self.answers:
            kind, _, name = question.partition(" ")
            pattern = re.compile(_PATTERNS.get(kind, _NOTHING).format(name=re.escape(name)), re.MULTILINE)
            texts = self._texts if kind == "call" else self._importing
            self.answers[question] = any(pattern.search(text) is not None for text in texts.values())
        return self.answers[question]

    @cached_property
    def _texts(self) -> dict[str, str]:
        files = (path for path in project_files(self._root) if path != self._path)
        return {path: text for path in files if (text := self._sources.text(path)) is not None}

    @cached_property
    def _importing(self) -> dict[str, str]:
        texts = self._texts
        return {path: texts[path] for path in _importers_of(self._path, _by_imported_word(texts))}


def callers_of(paths: Iterable[str], root: str, sources: Sources) -> dict[str, str]:
    """The files of a project that import any of some of its files, and are none of them: their texts by path.

    For each of these, the MAX_CALLERS nearest are taken, and MAX_CALLERS_IN_ALL at most.
    """
    called = dict.fromkeys(map(os.path.realpath, paths))
    files = list(project_files(root))
    if called.keys() >= set(files):
        return {}
    texts = {path: text for path in files if (text := sources.text(path)) is not None}
    index = _by_imported_word(texts)
    importing = (
        islice((each for each in _importers_of(path, index) if each not in called), MAX_CALLERS) for path in called
    )
    found = dict.fromkeys(chain.from_iterable(importing))
    return {path: texts[path] for path in islice(found, MAX_CALLERS_IN_ALL)}


def _by_imported_word(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The paths of the files that have a word in what they import, by the word."""
    index: dict[str, list[str]] = {}
    for path, text in texts.items():
        for word in _imported_words(text):
            index.setdefault(word, []).append(path)
    return index


def _importers_of(path: str, index: Mapping[str, list[str]]) -> list[str]:
    """The paths of those that import a file, or what imports it, the nearest first."""
    found: dict[str, None] = {path: None}
    pending = [path]
    for _ in range(MAX_STEPS):
        more = dict.fromkeys(user for each in pending for user in index.get(_importable_name(each), ()))
        pending = [user for user in more if user not in found]
        found |= dict.fromkeys(pending)
    return list(found)[1:]


def project_files(root: str) -> Iterator[str]:
    """The paths of a project's Python files, at most MAX_FILES; hidden folders, links and other people's code are left out."""
    paths = (
        os.path.join(folder, name)
        for folder, names in _folders(root)
        for name in sorted(names)
        if name.endswith(".py") and not os.path.islink(os.path.join(folder, name))
    )
    return islice(paths, MAX_FILES)


def _folders(root: str) -> Iterator[tuple[str, list[str]]]:
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(name for name in inner if name not in _FOREIGN and not name.startswith("."))
        yield folder, names


def _importable_name(path: str) -> str:
    """The last name by which a file is imported: that of its folder, where it is a package's."""
    folder, name = os.path.split(path)
    return os.path.basename(folder) if name == "__init__.py" else name.removesuffix(".py")


@lru_cache(maxsize=MAX_FILES)
def _imported_words(text: str) -> tuple[str, ...]:
    statements = (" ".join(filter(None, statement.groups())) for statement in _IMPORT.finditer(text))
    return tuple(dict.fromkeys(chain.from_iterable(map(_WORD.findall, statements))))

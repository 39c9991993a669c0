"""The files of projects as they are read, each parsed once for as long as it stays what it is."""

from __future__ import annotations

import hashlib
import os
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from flake8_gradsafe.project.source_module import SourceModule
from flake8_gradsafe.source.files import Unreadable, decode, read
from flake8_gradsafe.syntax.tree import TooDeep, check_depth, python_tree

if TYPE_CHECKING:
    from collections.abc import Callable

#: Bytes of the largest file that an import is followed to.
LARGEST = 2**20
#: So many files are kept parsed; the one that was used longest ago is forgotten first.
MAX_KEPT = 512
#: So many files are kept as text.
MAX_TEXTS = 4_096

#: What tells one state of a file from another.
Stamp = tuple[int, ...]

#: The state of a file, its module, and why it has none.
_Entry: TypeAlias = "tuple[Stamp | str, SourceModule | None, str]"


class Sources:
    """The modules of projects by their files. `opened` gives the text of a file that is open in an editor."""

    def __init__(self, opened: Callable[[str], str | None] = lambda _: None) -> None:
        """Begin with nothing read."""
        self._opened = opened
        self._lock = Lock()
        self._kept: dict[str, _Entry] = {}
        self._texts: dict[str, tuple[Stamp, str | None]] = {}
        self._digests: dict[str, tuple[str, str]] = {}

    def module(self, file: str) -> SourceModule | None:
        """A file's module; None where it cannot be read, is no Python, or nests too deep."""
        return self._entry(file)[1]

    def digest(self, file: str) -> str:
        """What tells a file's content from any other; empty where it cannot be read."""
        text = self.text(file)
        if text is None:
            return ""
        kept = self._digests.get(file)
        if kept is None or kept[0] != text:
            kept = self._digests[file] = text, hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        return kept[1]

    def text(self, file: str) -> str | None:
        """A file's text as it is in an editor or on disk, lines ending in newlines; None where it cannot be read."""
        text = self._opened(file)
        if text is not None:
            return text
        stamp = stamp_of(file)
        with self._lock:
            kept = self._texts.get(file)
            if kept is None or kept[0] != stamp:
                try:
                    kept = stamp, _text_of(file)
                except Unreadable:
                    kept = stamp, None
                if len(self._texts) >= MAX_TEXTS:
                    self._texts.clear()
                    self._digests.clear()
                self._texts[file] = kept
        return kept[1]

    def problem(self, file: str) -> str:
        """Why a file has no module, in a few words; empty where it has one."""
        return self._entry(file)[2]

    def _entry(self, file: str) -> _Entry:
        text = self._opened(file)
        stamp = stamp_of(file) if text is None else text
        with self._lock:
            kept = self._kept.pop(file, None)
            if kept is None or kept[0] != stamp:
                kept = (stamp, *_read(file, text))
                if len(self._kept) >= MAX_KEPT:
                    del self._kept[next(iter(self._kept))]
            self._kept[file] = kept
        return kept


def stamp_of(file: str) -> Stamp:
    """What tells the state of a file on disk from others; empty where it cannot be asked for."""
    try:
        status = os.stat(file)
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _text_of(file: str) -> str:
    return decode(read(file, LARGEST)).translated


def _read(file: str, text: str | None) -> tuple[SourceModule | None, str]:
    """A file's module, and why it has none."""
    try:
        text = _text_of(file) if text is None else text
    except Unreadable as error:
        return None, error.text
    text = text.removeprefix("\ufeff")
    try:
        tree = python_tree(text)
        check_depth(tree, text)
    except SyntaxError:
        return None, "it is no valid Python"
    except TooDeep as error:
        return None, str(error)
    return SourceModule(text, tree), ""

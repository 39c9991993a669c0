"""Ignored files, as git's own files say: read with bounds, as they may come from anybody."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.command import wildmatch
from flake8_gradsafe.command.exit_codes import warn
from flake8_gradsafe.source.files import Unreadable, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.command.wildmatch import Path

#: Bytes of the largest file of patterns that is read.
LARGEST = 2**20
#: Limits of what trying patterns may cost, in all and for each path that is looked at. The cheapest try costs 1.
WORK, WORK_PER_PATH = 10_000_000, 5_000
_WORK_PER_RULE, _WORK_PER_EXPRESSION = 100, 1_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and what it says of the paths that it matches."""

    pattern: Path
    ignores: bool
    folders_only: bool
    anywhere: bool

    def applies(self, names: Sequence[str], is_folder: bool) -> bool:
        """True if the rule says something of a path, by its names from the folder of the file of patterns."""
        if self.folders_only and not is_folder:
            return False
        return self.pattern.matches(names[-1:] if self.anywhere else names)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a folder, the last one first: it decides. `length` is that of all patterns for paths."""

    rules: tuple[Rule, ...]
    length: int


class GitIgnore:
    """The `.gitignore` files from a repository's root down to where a walk is. The deepest that speaks decides."""

    def __init__(self, top: str) -> None:
        """Read those above `top`. They are left out if they ignore `top` itself: it was named."""
        self._rules: dict[str, Rules] = {}
        self._in_force: tuple[str, list[str], list[tuple[int, Rules]]] = ("", [], [])
        self._work = WORK
        top = os.path.abspath(top)
        self._root = _repository(top) or top
        for folder in _folders_between(self._root, top):
            self.enter(folder)
        if self._root != top and self.has(top, is_folder=True):
            self._rules.clear()
            self._root = top

    def enter(self, folder: str) -> None:
        """Read the file of a folder, if there is one."""
        folder = os.path.abspath(folder)
        files = [os.path.join(folder, ".gitignore")]
        if folder == self._root:
            files.insert(0, os.path.join(folder, ".git", "info", "exclude"))
        found = [rule for file in files for rule in _rules(file)]
        self._work -= _WORK_PER_RULE * len(found)
        self._work -= _WORK_PER_EXPRESSION * sum(rule.pattern.expressions for rule in found)
        if found:
            length = sum(rule.pattern.length for rule in found if not rule.anywhere)
            self._rules[folder] = Rules(tuple(reversed(found)), length)

    def has(self, path: str, *, is_folder: bool = False) -> bool:
        """True if git would ignore a path; the folders above it are not ignored."""
        if not self._rules:
            return False
        folder, name = os.path.split(os.path.abspath(path))
        if self._in_force[0] != folder:
            self._in_force = folder, *self._above(folder)
        names = [*self._in_force[1], _bytes(name)]
        self._work += WORK_PER_PATH
        for depth, rules in self._in_force[2]:
            if not self._may_try(rules, len(names)):
                return False
            for rule in rules.rules:
                if rule.applies(names[depth:], is_folder):
                    return rule.ignores
        return False

    def _above(self, folder: str) -> tuple[list[str], list[tuple[int, Rules]]]:
        """The names from the root to a folder, and the rules in force there, each with how deep their folder lies."""
        folders = [*_folders_between(self._root, folder), folder]
        names = [_bytes(os.path.basename(folder)) for folder in folders[1:]]
        there = [(depth, self._rules[folder]) for depth, folder in enumerate(folders) if folder in self._rules]
        return names, there[::-1]

    def _may_try(self, rules: Rules, depth: int) -> bool:
        """True if some rules may be tried still: they may come from anybody, and take very long."""
        self._work -= len(rules.rules) + depth * rules.length // 50
        if self._work >= 0:
            return True
        warn(f"{self._root}: what git ignores is not left out any more: there are too many patterns for the paths")
        self._rules.clear()
        return False


def _rules(file: str) -> list[Rule]:
    # git follows no link to a file of patterns.
    if os.path.islink(file) or not os.path.lexists(file):
        return []
    try:
        data = read(file, LARGEST)
    except Unreadable as error:
        warn(f"{file}: passed over: {error.text}")
        return []
    return [rule for line in data.removeprefix(_BOM).split(b"\n") if (rule := _rule(line)) is not None]


def _rule(line: bytes) -> Rule | None:
    """Return the rule of a line; None if it has none."""
    text = _without_trailing_spaces(line.removesuffix(b"\r").partition(b"\0")[0].decode("latin-1"))
    if not text or text.startswith("#"):
        return None
    pattern = text.removeprefix("!")
    path = pattern.removesuffix("/")
    try:
        matching = wildmatch.path(path.removeprefix("/"))
    except wildmatch.NoMatch:
        return None
    return Rule(matching, ignores=pattern == text, folders_only=path != pattern, anywhere="/" not in path)


def _without_trailing_spaces(text: str) -> str:
    """A line without the spaces at its end, but for one behind a backslash."""
    body = text.rstrip(" ")
    backslashes = len(body) - len(body.rstrip("\\"))
    return text[: len(body) + 1] if backslashes % 2 else body


def _bytes(name: str) -> str:
    """Return a name with a character for each byte, as git compares it."""
    return os.fsencode(name).decode("latin-1")


def _folders_between(root: str, folder: str) -> list[str]:
    """The folders above one, from a root that it lies in."""
    above = []
    while folder != root:
        folder = os.path.dirname(folder)
        above.append(folder)
    return above[::-1]


def _repository(folder: str) -> str | None:
    while True:
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent

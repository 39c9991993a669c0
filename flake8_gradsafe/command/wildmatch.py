"""Patterns as git matches them, one name of a path at a time, in a time that grows no worse than names and pattern do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Tells whether a name matches.
Name = Callable[[str], object]

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t\\n\\x0b\\x0c\\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_STAR = "*"
# Any number of names.
_ANY = "**"
# No name has more bytes.
_LONGEST = 255


class NoMatch(Exception):
    """A pattern that nothing matches."""


@dataclass(frozen=True, slots=True)
class Path:
    """A pattern for the names of a path: groups of names, with any number of names between one group and the next."""

    groups: tuple[tuple[Name, ...], ...]

    @property
    def length(self) -> int:
        """The number of names and groups."""
        return sum(1 + len(group) for group in self.groups)

    @property
    def expressions(self) -> int:
        """The number of names for which an expression has to be compiled."""
        return sum(isinstance(name, _Expression) for group in self.groups for name in group)

    def matches(self, names: Sequence[str]) -> bool:
        """True if the names of a path match, all of them."""
        if len(names) == 1 == len(self.groups) == len(self.groups[0]):
            return bool(self.groups[0][0](names[0]))
        first, *groups = self.groups
        if not _begin(first, names):
            return False
        if not groups:
            return len(first) == len(names)
        left = names[len(first) :]
        *middle, last = groups
        for group in middle:
            # The earliest place leaves the most for what follows.
            places = range(len(left) - len(group) + 1)
            place = next((place for place in places if _begin(group, left[place:])), None)
            if place is None:
                return False
            left = left[place + len(group) :]
        if not last:
            return bool(left)
        return len(last) <= len(left) and _begin(last, left[len(left) - len(last) :])


def path(pattern: str) -> Path:
    """Return a pattern's expressions, byte for character. Raises NoMatch for what git passes over."""
    groups: list[list[Name]] = [[]]
    for tokens in _names(pattern):
        if tokens == [_ANY]:
            groups.append([])
        else:
            groups[-1].append(_name(tokens))
    return Path(tuple(map(tuple, groups)))


def _begin(group: Sequence[Name], names: Sequence[str]) -> bool:
    if len(group) > len(names):
        return False
    for matches, name in zip(group, names, strict=False):  # noqa: SIM110
        if not matches(name):
            return False
    return True


def _names(pattern: str) -> list[list[str]]:
    """The tokens of each name in a pattern."""
    names: list[list[str]] = [[]]
    start = 0
    for token, end in _tokens(pattern):
        if token == "/":
            names.append([])
        elif token != _STAR or names[-1][-1:] != [_STAR]:
            names[-1].append(token)
        is_whole = start == 0 or pattern[start - 1] == "/"
        if token == _STAR and end - start > 1 and is_whole and pattern[end : end + 1] in {"", "/"}:
            names[-1] = [_ANY]
        start = end
    return names


def _name(tokens: list[str]) -> Name:
    """Return the function that tells whether a name matches."""
    if sum(token != _STAR for token in tokens) > _LONGEST:
        raise NoMatch
    # Most patterns are simple, and an expression takes long to compile.
    stars = [place for place, token in enumerate(tokens) if token == _STAR]
    if all(len(token) == 1 or token[0] == "\\" for token in tokens) and "." not in tokens:
        text = "".join(token[-1] for token in tokens if token != _STAR)
        if not stars:
            return text.__eq__
        if stars == [0]:
            return lambda name: name.endswith(text)
        if stars == [len(tokens) - 1]:
            return lambda name: name.startswith(text)
    return _Expression(_expression(tokens))


@dataclass(frozen=True, slots=True)
class _Expression:
    """A regular expression, compiled when it is first needed."""

    text: str

    def __call__(self, name: str) -> object:
        return _compiled(self.text).match(name)


@lru_cache(maxsize=10_000)
def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)


def _expression(tokens: list[str]) -> str:
    """An expression for one name. What follows a star is taken where it comes first: nothing is tried twice."""
    pieces: list[list[str]] = [[]]
    for token in tokens:
        if token == _STAR:
            pieces.append([])
        else:
            pieces[-1].append(token)
    first, *others = ("".join(piece) for piece in pieces)
    if not others:
        return f"{first}\\Z"
    *middle, last = others
    held = "".join(f"(?=(?P<g{number}>.*?{piece}))(?P=g{number})" for number, piece in enumerate(middle))
    return f"{first}{held}.*{last}\\Z"


def _tokens(pattern: str) -> Iterator[tuple[str, int]]:
    """Yield the parts of a pattern, an expression for a character or a star each, and where it ends."""
    place = 0
    while place < len(pattern):
        character = pattern[place]
        place += 1
        if character == "*":
            while pattern[place : place + 1] == "*":
                place += 1
            yield _STAR, place
        elif character == "?":
            yield ".", place
        elif character == "[":
            token, place = _class(pattern, place)
            yield token, place
        else:
            if character == "\\":
                character = _at(pattern, place)
                place += 1
            yield character if character == "/" else re.escape(character), place


def _at(pattern: str, place: int) -> str:
    if place >= len(pattern):
        raise NoMatch
    return pattern[place]


def _class(pattern: str, place: int) -> tuple[str, int]:
    """A set of characters, from behind its bracket; and where it ends."""
    negated = _at(pattern, place) in {"!", "^"}
    place += negated
    parts: list[str] = []
    before = ""
    while True:
        character = _at(pattern, place)
        following = pattern[place + 1 : place + 2]
        if character == "-" and before and following not in {"", "]"}:
            place += 1
            last, place = _escaped(pattern, place)
            parts.append(f"{re.escape(before)}-{re.escape(last)}" if before <= last else "")
            before = ""
        elif character == "[" and following == ":" and (end := _end_of_named(pattern, place + 2)):
            parts.append(_named(pattern[place + 2 : end - 2]))
            place, before = end, ""
        else:
            before, place = _escaped(pattern, place)
            parts.append(re.escape(before))
        if _at(pattern, place) == "]":
            return _set("".join(parts), negated), place + 1


def _escaped(pattern: str, place: int) -> tuple[str, int]:
    """A character of a set, which a backslash may stand before; and where it ends."""
    if _at(pattern, place) == "\\":
        place += 1
    return _at(pattern, place), place + 1


def _end_of_named(pattern: str, start: int) -> int:
    """Return the place at which `[:alpha:]` ends; 0 if there is no such thing."""
    end = pattern.find("]", start)
    if end < 0:
        raise NoMatch
    return end + 1 if end > start and pattern[end - 1] == ":" else 0


def _named(name: str) -> str:
    if name not in _CLASSES:
        raise NoMatch
    return _CLASSES[name]


def _set(parts: str, negated: bool) -> str:
    if not parts:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{parts}]"

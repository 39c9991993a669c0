"""The outcome of a run, and how it may be told."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.source.document import Problem
    from flake8_gradsafe.source.file_finding import FileFinding

#: The severities, by the digit of a code that says how sure it is.
SEVERITIES = {"1": "error", "2": "warning", "9": "info"}
# Characters that end a line for somebody, or hide what stands there: controls, directions, separators.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything found in a run, in order, and what went wrong."""

    reported: tuple[FileFinding, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Style:
    """The style of printed text."""

    color: bool = False

    def paint(self, text: str, *codes: str) -> str:
        """A text in a colour or a weight of the terminal, where colours are on."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.color and text else text


def severity(finding: Finding) -> str:
    """Return how grave a finding is: proven ones are errors, suspect ones warnings, advice is for information."""
    return SEVERITIES[finding.code[3]]


def printable(text: str) -> str:
    """Return a text as a terminal shows every character of it: what would move, hide or colour others is spelled out."""
    if text.isprintable():
        return text
    return "".join(_spelled(character) for character in text)


def _spelled(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def counted(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def place(reported: FileFinding) -> str:
    """Return the place of a finding for terminals and editors: path, a notebook's cell, line and column from 1."""
    location = reported.finding.location
    cell, line = reported.document.place(location.line)
    path = printable(reported.document.path)
    where = path if cell is None else f"{path}:cell {cell}"
    return f"{where}:{line}:{location.column + 1}"

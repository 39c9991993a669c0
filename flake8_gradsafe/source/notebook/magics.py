"""A cell as Python, line for line: what IPython would do and Python does not is left out, and can be put back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax.tree import python_tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: A stretch of a cell, and what stands there instead.
_Magic = tuple[int, int, str]

#: Cell magics whose cells hold Python that runs in the notebook's own namespace.
_PYTHON_MAGICS = frozenset("capture debug memit prun time timeit wandb".split())
#: The magics that may be written without a percent sign in a cell of one line.
_AUTOMATIC = frozenset(
    "cat cd conda cp env history less load ls mamba man matplotlib mkdir more mv pip pwd rm rmdir run time timeit uv "
    "who whos".split()
)
_ESCAPES = tuple("%!?,;/")
_EMPTY_LINES = re.compile(r"(?:[ \t]*\n)*")
_ASKED = re.compile(r"[\w.*%\[\]'\"-]+")
_TARGETS = re.compile(r"[\w.,*:()\[\]'\" \t-]+")
_STAND_IN = re.compile(r"(?:pass|get_ipython\(\))  # magic \d+$", re.MULTILINE)
_TOKEN = re.compile(r"\"\"\"|'''|[\"'()\[\]{}\n]|#[^\n]*|\\.", re.DOTALL)
_IN_STRING = {
    quote: re.compile(rf"\\.|{quote}" + ("" if len(quote) == 3 else r"|\n"), re.DOTALL)
    for quote in ('"""', "'''", '"', "'")
}


@dataclass(frozen=True, slots=True)
class Plain:
    """A cell as Python, without space at its end but with a last newline; blank where it is none, with the error of that.

    `left_out` is what IPython would do. A stand-in has the place of each.
    """

    text: str
    left_out: tuple[str, ...] = ()
    error: SyntaxError | None = None


def plain(source: str) -> Plain:
    """A cell as Python. Newlines alone end its lines."""
    text = f"{source.rstrip()}\n"
    magics = _cell_magics(text)
    if magics is None:
        return Plain("\n" * text.count("\n"))
    rest = magics[-1][1] if magics else 0
    if _error(text[rest:]) is not None:
        magics += _statement_magics(text, rest)
    made = Plain(_replaced(text, magics), tuple(text[start:end] for start, end, _ in magics))
    error = _error(made.text) if magics else _error(text)
    return made if error is None else Plain("\n" * text.count("\n"), error=error)


def sourced(text: str, left_out: tuple[str, ...]) -> str | None:
    """The cell that is this text as Python, with what was left out of it; None where no cell is."""
    source = text
    for number, magic in enumerate(left_out):
        breaks = "\n" * magic.count("\n")
        here = re.compile(rf"(?:pass|get_ipython\(\))  # magic {number}{breaks}(?=\n)")
        if len(here.findall(source)) != 1:
            return None
        source = here.sub(lambda _, magic=magic: magic, source)  # type: ignore[misc]
    return source.removesuffix("\n") if plain(source) == Plain(text, left_out) else None


def holds_stand_in(line: str) -> bool:
    """True if a line of Python stands in for one that is no Python."""
    return _STAND_IN.search(line) is not None


def _replaced(text: str, magics: Iterable[_Magic]) -> str:
    parts, done = [], 0
    for number, (start, end, word) in enumerate(magics):
        parts += [text[done:start], f"{word}  # magic {number}", "\n" * text.count("\n", start, end)]
        done = end
    return "".join([*parts, text[done:]])


def _cell_magics(text: str) -> list[_Magic] | None:
    """The lines of magics at the beginning of a cell; None where one of them does not take Python."""
    found: list[_Magic] = []
    at = 0
    while True:
        empty = _EMPTY_LINES.match(text, at)
        at = at if empty is None else empty.end()
        if not text.startswith("%%", at):
            return found
        end = text.find("\n", at)
        if text[at + 2 : end].partition(" ")[0] not in _PYTHON_MAGICS:
            return None
        found.append((at, end, "pass"))
        at = end


def _statement_magics(text: str, at: int) -> Iterator[_Magic]:
    """The statements that are IPython's, and the values of assignments."""
    alone = "\n" not in text[at:].strip()
    while at < len(text):
        end = text.find("\n", at)
        line = text[at:end]
        start = _begins(line, alone=alone)
        if start is None:
            at = _end_of_statement(text, at)
            continue
        while text[end - 1] == "\\" and end + 1 < len(text):
            end = text.find("\n", end + 1)
        word = "get_ipython()" if line[:start].strip() else "pass"
        yield at + start, end, word
        at = end + 1


def _begins(line: str, *, alone: bool) -> int | None:
    """Return the column at which something of IPython's begins in a line; None if nothing does."""
    statement = line.strip()
    start = len(line) - len(line.lstrip())
    if statement.startswith("%%"):
        return None  # it begins a cell, or is an error
    if statement.startswith(_ESCAPES) or (alone and statement.partition(" ")[0] in _AUTOMATIC):
        return start
    if statement.endswith("?") and _ASKED.fullmatch(statement.rstrip("?")):
        return start
    targets, _, value = line.partition("=")
    if value.lstrip().startswith(("%", "!")) and _TARGETS.fullmatch(targets):
        return len(line) - len(value.lstrip())
    return None


def _end_of_statement(text: str, at: int) -> int:
    """The offset behind the line on which a statement ends: not within brackets, a string, or before a backslash."""
    depth = 0
    while token := _TOKEN.search(text, at):
        at = token.end()
        mark = token.group()
        if mark in _IN_STRING:
            at = _end_of_string(text, at, mark)
        elif mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(0, depth - 1)
        elif mark == "\n" and depth == 0:
            return at
    return len(text)


def _end_of_string(text: str, at: int, quote: str) -> int:
    while token := _IN_STRING[quote].search(text, at):
        at = token.end()
        if not token.group().startswith("\\"):
            return at - 1 if token.group() == "\n" else at
    return len(text)


def _error(text: str) -> SyntaxError | None:
    try:
        python_tree(text)
    except SyntaxError as error:
        return error
    return None

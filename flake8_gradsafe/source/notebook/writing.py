"""Changes of a notebook's program go into the sources of its cells. All else of the file stays byte for byte."""

from __future__ import annotations

import difflib
import json
import re
from typing import TYPE_CHECKING

from flake8_gradsafe.source.edits import Lines
from flake8_gradsafe.source.notebook.program import program
from flake8_gradsafe.source.notebook.reading import code_cells, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.source.notebook.located import Located

# One character of a string, as it is escaped; a pair of surrogates is one.
_CHARACTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)
_LIST = re.compile(r"\[(\s*)")
_RETURNS = ("\\r", "\\u000d", "\\u000D")
_NEWLINES = ("\\n", "\\u000a", "\\u000A")


class Unchangeable(Exception):
    """A change of a program that the cells of its notebook cannot take."""


def rewritten(data: bytes, text: str) -> bytes:
    """A notebook whose program is this text. Raises Unchangeable, and Unreadable."""
    raw = decoded(data)
    cells = code_cells(raw)
    sources = program(cell.translated for cell in cells).sources(text)
    if sources is None:
        raise Unchangeable("a magic would be changed with it")
    parts, done = [], 0
    for cell, source in zip(cells, sources, strict=True):
        if source is not None and cell.located is not None:
            start, end = cell.located.stretch
            space = cell.translated[len(cell.translated.rstrip()) :]
            parts += [raw[done:start], *_replaced(raw, cell.located, cell.translated, source + space)]
            done = end
    return "".join([*parts, raw[done:]]).encode()


def _replaced(raw: str, where: Located, text: str, after: str) -> Iterator[str]:
    """The raw source with another text. What is the same before and after keeps its spelling."""
    before = _characters(raw, where)
    newline = _newline(raw, where, has_returns=any(line.startswith(_RETURNS) for line in before))
    for tag, start, end, first, last in _opcodes(text, after):
        if tag == "equal":
            yield from before[start:end]
        else:
            yield from (_spelled(character, newline, raw) for character in after[first:last])


def _opcodes(before: str, after: str) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield the steps that make one text of another, by characters.

    Lines are compared first, then the ends of those that differ.
    """
    old, new = Lines(before), Lines(after)
    matcher = difflib.SequenceMatcher(None, old.lines, new.lines, autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        a, b = old.offset(start + 1, 0), old.offset(end + 1, 0)
        c, d = new.offset(first + 1, 0), new.offset(last + 1, 0)
        if tag == "equal":
            yield tag, a, b, c, d
            continue
        head = _common(before[a:b], after[c:d])
        tail = _common(before[a + head : b][::-1], after[c + head : d][::-1])
        yield "equal", a, a + head, c, c + head
        yield "replace", a + head, b - tail, c + head, d - tail
        yield "equal", b - tail, b, d - tail, d


def _common(one: str, other: str) -> int:
    """Return the number of characters that two texts have in common at their beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _characters(raw: str, where: Located) -> list[str]:
    """The raw spelling of each character, a carriage return one with its newline.

    What stands between two strings of a list goes with the last character before it.
    """
    found: list[str] = []
    before = ""
    behind = [*(start for start, _ in where.strings[1:]), where.strings[-1][1]]
    for (start, end), following in zip(where.strings, behind, strict=True):
        for spelled in _CHARACTER.findall(raw, start, end):
            if found and found[-1].startswith(_RETURNS) and spelled in _NEWLINES:
                found[-1] += spelled
            else:
                found.append(before + spelled)
                before = ""
        if found:
            found[-1] += raw[end:following]
        else:
            before += raw[end:following]
    return found


def _newline(raw: str, where: Located, *, has_returns: bool) -> str:
    """Return a new end of a line as it is spelled here: as the others are, and in a list of lines at the end of a string."""
    newline = "\\r\\n" if has_returns else "\\n"
    if not where.is_list:
        return newline
    if len(where.strings) > 1:
        between = raw[where.strings[0][1] : where.strings[1][0]]
    else:
        space = _LIST.match(raw, raw.rindex("[", 0, where.strings[0][0]))
        between = f'",{(space and space[1]) or " "}"'
    return newline + between


def _spelled(character: str, newline: str, raw: str) -> str:
    if character == "\n":
        return newline
    return json.dumps(character, ensure_ascii=raw.isascii())[1:-1]

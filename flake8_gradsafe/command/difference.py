"""The difference between two texts of a file, as `patch` reads it."""

from __future__ import annotations

import difflib
import re

from flake8_gradsafe.report.outcome import printable

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def difference(path: str, before: str, after: str, encoding: str) -> bytes:
    """A unified diff in the encoding of the file, so that `patch` can apply it; the name is in UTF-8."""
    name = printable(path)
    lines = list(difflib.unified_diff(_LINE.findall(before), _LINE.findall(after), name, name))
    head = "".join(lines[:2]).encode()
    return head + "".join(_whole(line) for line in lines[2:]).encode(encoding.removesuffix("-sig"))


def shown(data: bytes, encoding: str) -> str:
    """The same for a terminal, with every character in sight."""
    text = data.decode(encoding, "replace").replace("\r\n", "\n").replace("\t", "    ")
    return "\n".join(printable(line) for line in text.split("\n"))


def _whole(line: str) -> str:
    """A line of the diff with its end; `patch` wants to be told where the file's line has none."""
    return line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"

"""`# noqa` comments written at the findings of a text."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from flake8.defaults import NOQA_INLINE_REGEXP

from flake8_gradsafe.source.edits import Lines
from flake8_gradsafe.stack import on_large_stack
from flake8_gradsafe.syntax.tree import python_tree

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.source.file_finding import FileFinding

_END = re.compile(r"\s*\Z")


@on_large_stack
def silenced(text: str, reported: Iterable[FileFinding], reason: str = "") -> tuple[str, list[int]]:
    """A text with a comment for each finding, and the lines that cannot take one.

    Raises SyntaxError where the text does not parse.
    """
    codes: dict[int, set[str]] = defaultdict(set)
    for file_finding in reported:
        codes[file_finding.noqa_line].add(file_finding.finding.code)
    lines = Lines(text).lines
    before = ast.dump(python_tree(_translated(text)))
    refused = _comment(lines, sorted(codes.items()), reason, before)
    return "".join(lines), refused


def _comment(lines: list[str], wanted: list[tuple[int, set[str]]], reason: str, tree: str) -> list[int]:
    """Put comments into lines where the program stays the same, and give the lines that cannot take one."""
    kept = list(lines)
    for number, codes in wanted:
        lines[number - 1] = _with_comment(lines[number - 1], codes, reason)
    if _means("".join(lines), tree):
        return []
    # A comment behind a backslash, or in the middle of what only looks like a comment, would be another program.
    lines[:] = kept
    half = len(wanted) // 2
    if not half:
        return [number for number, _ in wanted]
    return [
        *_comment(lines, wanted[:half], reason, tree),
        *_comment(lines, wanted[half:], reason, tree),
    ]


def _with_comment(line: str, codes: set[str], reason: str) -> str:
    end = _END.search(line)
    body, tail = (line[: end.start()], line[end.start() :]) if end is not None else (line, "")
    tail = tail.lstrip(" \t")
    known = NOQA_INLINE_REGEXP.search(body)
    if known is not None and known.group("codes"):
        # The other codes that are silenced here stay so.
        listed = known.group("codes").rstrip(", \t")
        start = known.start("codes")
        rest = body[start + len(listed) :]
        return f"{body[:start]}{listed}, {', '.join(sorted(codes))}{rest}{tail}"
    # A dash ends flake8's list of codes, so that no word of the reason is taken for one.
    because = f" - {reason}" if reason else ""
    return f"{body}  # noqa: {', '.join(sorted(codes))}{because}{tail}"


def _means(text: str, tree: str) -> bool:
    try:
        return ast.dump(python_tree(_translated(text))) == tree
    except SyntaxError:
        return False


def _translated(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")

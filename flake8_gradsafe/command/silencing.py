"""`# noqa` comments written at the findings of a file."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from flake8.defaults import NOQA_INLINE_REGEXP

from flake8_gradsafe.command.run import write_file
from flake8_gradsafe.document import Problem
from flake8_gradsafe.sources import decode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.command.run import File, Run
    from flake8_gradsafe.inspection import Reported

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_END = re.compile(r"\s*\Z")


def add_comments(run: Run, reason: str) -> None:
    """Silence what is found, each with a comment; what cannot be silenced stays reported."""
    for file in run.files:
        if file.reported:
            _add_comments(run, file, reason)


def _add_comments(run: Run, file: File, reason: str) -> None:
    path = file.target.path
    if file.document.cells:
        run.problems.append(Problem(path, "not changed: comments are not written into notebooks"))
        return
    try:
        data, refused = silenced(file.data, file.reported, reason)
    except UnicodeEncodeError:
        run.problems.append(Problem(path, "not changed: its encoding cannot hold the reason"))
        return
    if write_file(run, file, data):
        file.reported = [each for each in file.reported if each.noqa_line in refused]
        run.problems += [Problem(path, "a comment has no place on this line", line) for line in refused]


def silenced(data: bytes, reported: Iterable[Reported], reason: str) -> tuple[bytes, list[int]]:
    """A file's bytes with a comment for each finding, and the lines that cannot take one."""
    source = decode(data)
    codes: dict[int, set[str]] = defaultdict(set)
    for each in reported:
        codes[each.noqa_line].add(each.finding.code)
    lines = _LINE.findall(source.text)
    before = ast.dump(ast.parse(source.translated))
    refused = []
    for number, wanted in sorted(codes.items()):
        line = lines[number - 1]
        lines[number - 1] = _with_comment(line, wanted, reason)
        # A comment behind a backslash, or in the middle of what only looks like a comment, would be another program.
        if not _means("".join(lines), before):
            lines[number - 1] = line
            refused.append(number)
    return source.encoded("".join(lines)), refused


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
    translated = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return ast.dump(ast.parse(translated)) == tree
    except (SyntaxError, ValueError):
        return False

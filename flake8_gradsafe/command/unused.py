"""`# noqa` comments of our codes that silence nothing."""

from __future__ import annotations

import io
import re
import tokenize
from typing import TYPE_CHECKING

from flake8.defaults import NOQA_INLINE_REGEXP

from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.source.document import Document, Problem
from flake8_gradsafe.source.files import Unreadable, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from flake8_gradsafe.command.run import Run
    from flake8_gradsafe.source.file_finding import FileFinding

_OURS = re.compile(r"\bGRD\d*", re.IGNORECASE)


def report_unused(run: Run) -> None:
    """Add a problem for each code in a comment that was on and silences nothing, in files that could be looked at."""
    failed = {problem.path for problem in run.problems}
    found: list[Problem] = []
    for path, data in run.passed_over:
        try:
            document = Document(path, decode(data).translated)
        except Unreadable:
            continue
        found += _unused(document, run.settings.selection(path).codes, ())
    for file in run.files:
        codes = run.settings.selection(file.target.path).codes
        found += _unused(file.document, codes, [*file.silenced, *file.reported, *file.known])
    run.problems += sorted(
        (problem for problem in found if problem.path not in failed), key=lambda problem: problem.path
    )


def _unused(document: Document, on: frozenset[str], found: Iterable[FileFinding]) -> Iterator[Problem]:
    found = list(found)
    used = {(file_finding.noqa_line, file_finding.finding.code) for file_finding in found}
    unused = [
        (line, column + code.start(), code.group())
        for line, column, listed in _comments(document.text)
        for code in _OURS.finditer(listed)
        if (meant := _meant(code.group())) <= on and used.isdisjoint((line, silenced) for silenced in meant)
    ]
    unseen = _unseen(document, {line for line, _, _ in unused}, found)
    for line, column, code in unused:
        if line not in unseen:
            cell, row = document.place(line)
            what = "it silences nothing" if _meant(code) else "no rule has this code"
            yield Problem(document.path, f"unused `# noqa: {code}`: {what}", row, cell, column + 1, grave=False)


def _meant(code: str) -> set[str]:
    """The codes that a code in a comment stands for."""
    return {known for known in CODES if known.startswith(code.upper())}


def _comments(text: str) -> Iterator[tuple[int, int, str]]:
    """The lists of codes in `# noqa` comments: the line from 1, the column from 0, and the list."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            match = NOQA_INLINE_REGEXP.search(token.string) if token.type == tokenize.COMMENT else None
            if match is not None and match["codes"]:
                yield token.start[0], token.start[1] + match.start("codes"), match["codes"]
    except (tokenize.TokenError, SyntaxError):
        return


def _unseen(document: Document, lines: Set[int], found: Iterable[FileFinding]) -> Set[int]:
    """Return the lines that lie behind an error: what a comment there silences shows when that is mended."""
    if not lines or not any("RuntimeError" in file_finding.finding.message for file_finding in found):
        return frozenset()
    from flake8_gradsafe.explain_line import hidden

    try:
        return hidden(document.text, lines)
    except Exception:  # noqa: BLE001
        # Nothing is known of the lines then, either.
        return lines

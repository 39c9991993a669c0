"""What is found in a text, and what is known of a name in it: what the worker does."""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.document import Document
from flake8_gradsafe.edits import Lines
from flake8_gradsafe.finding import Edit, Location
from flake8_gradsafe.inspection import accepted, analyse, is_fixable, reported
from flake8_gradsafe.sources import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.inspection import Reported
    from flake8_gradsafe.settings import Settings

_CHAIN = re.compile(r"[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*")
_WORD = re.compile(r"\w+")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Examination:
    """What is reported of a text, and what its comments silence; or why it could not be examined.

    `unreadable`: it does not parse, or nests too deep. Otherwise a problem is an error of ours. `fixes`: the findings have
    theirs, which costs as much again and is not asked for at every change. `wanted` are the codes that were asked for.
    """

    text: str
    reported: tuple[Reported, ...] = ()
    silenced: tuple[Reported, ...] = ()
    problem: str = ""
    unreadable: bool = False
    fixes: bool = False
    wanted: frozenset[str] = frozenset()


def examine(
    name: str, text: str, settings: Settings, *, fixes: bool = False, abandoned: Callable[[], bool] | None = None
) -> Examination:
    """Find what is to be reported of a text. Raises `interpreter.session.Abandoned` once nobody waits for it."""
    wanted = settings.selection(name).codes
    if not wanted:
        return Examination(text)
    analysis = analyse(text, wanted, fixes=fixes, abandoned=abandoned)
    if analysis.problem:
        return Examination(text, problem=analysis.problem, unreadable=analysis.lasting)
    spoken, silent = reported(Document(name, translated(text)), analysis.findings, settings)
    return Examination(text, tuple(spoken), tuple(silent), fixes=fixes, wanted=wanted)


def translated(text: str) -> str:
    """A text with every line end as a newline. Lines and columns stay what they are."""
    return Source("utf-8", text).translated


def facts(text: str, line: int, column: int, reported: Iterable[Reported]) -> tuple[str, tuple[str, ...]]:
    """The name at a place, and what is known there of the tensor that it stands for, in functions that have findings."""
    from flake8_gradsafe.inquiry import inquire
    from flake8_gradsafe.syntax.tree import TooDeep, python_tree

    text = translated(text)
    chosen = _name_at(Lines(text).lines[line - 1], column)
    if not chosen:
        return "", ()
    try:
        definitions = [each for each in ast.walk(python_tree(text)) if isinstance(each, _DEFINITIONS)]
        here = _innermost(definitions, line)
        if not any(_innermost(definitions, found) is here for each in reported for found in _lines(each.finding)):
            return "", ()
        return chosen, inquire(text, line).facts.get(chosen, ())
    except (SyntaxError, RecursionError, TooDeep):
        return "", ()


def _name_at(line: str, column: int) -> str:
    """The name at a column, with what it is an attribute of."""
    for chain in _CHAIN.finditer(line):
        if chain.start() <= column <= chain.end():
            parts = [part for part in _WORD.finditer(line, chain.start(), chain.end()) if part.start() <= column]
            return ".".join(part.group() for part in parts)
    return ""


def _innermost(
    definitions: Iterable[ast.FunctionDef | ast.AsyncFunctionDef], line: int
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function that a line belongs to, None for the module's own lines."""
    around = [each for each in definitions if each.lineno <= line <= (each.end_lineno or each.lineno)]
    return max(around, key=lambda each: each.lineno, default=None)


def _lines(finding: Finding) -> set[int]:
    return {finding.location.line, *(step.location.line for step in finding.trace)}


def fix_edits(examination: Examination, mended: Iterable[Finding], *, safe: bool) -> tuple[Edit, ...]:
    """The edits of the fix that some findings share; none where the text with them would not parse, or have new findings."""
    from flake8_gradsafe.fixing import fixed

    meant = {(finding.code, finding.location, finding.message) for finding in mended}
    outcome = fixed(
        examination.text,
        unsafe=not safe,
        wanted=examination.wanted,
        accepted=lambda finding: (finding.code, finding.location, finding.message) in meant,
    )
    return difference(examination.text, outcome.text)


def all_fixed(examination: Examination) -> tuple[Edit, ...]:
    """The edits that all safe fixes make together, one after the other."""
    from flake8_gradsafe.fixing import fixed

    fixable = [each for each in examination.reported if is_fixable(each, unsafe=False)]
    outcome = fixed(examination.text, wanted=examination.wanted, accepted=accepted(fixable, examination.silenced))
    return difference(examination.text, outcome.text)


def commented(text: str, found: Iterable[Reported]) -> tuple[Edit, ...]:
    """The edit that silences findings with a comment; none where it has no place."""
    from flake8_gradsafe.silencing import silenced

    return difference(text, silenced(text, found)[0])


def difference(before: str, after: str) -> tuple[Edit, ...]:
    """The edits, by whole lines, that make one text of another."""
    old, new = Lines(before).lines, Lines(after).lines
    matcher = difflib.SequenceMatcher(None, old, new)
    return tuple(
        Edit(Location(start + 1, 0, end + 1, 0), "".join(new[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    )

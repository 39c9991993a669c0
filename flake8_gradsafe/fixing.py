"""Applies fixes to a text, round by round, and holds each against what the linter says of the text with it."""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.edits import Lines, apply
from flake8_gradsafe.engine import check
from flake8_gradsafe.syntax.tree import TooDeep

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from flake8_gradsafe.finding import Edit, Finding, Fix

#: Each round applies what does not overlap. What is left after so many keeps its findings.
MAX_ROUNDS = 20
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text with its fixes: the findings that they mended, as they stood when they were, and in how many rounds."""

    text: str
    applied: tuple[Finding, ...]
    rounds: int


@dataclass(frozen=True, slots=True)
class FixedBytes:
    """The same for a file's content, which keeps its encoding, its byte order mark and its line ends."""

    data: bytes
    applied: tuple[Finding, ...]
    rounds: int


def fixed(
    source: str,
    *,
    unsafe: bool = False,
    wanted: Collection[str] | None = None,
    accepted: Callable[[Finding], bool] | None = None,
) -> Fixed:
    """Apply the safe fixes of a module's text, and the unsafe ones where they are asked for.

    `wanted` are the codes whose findings are mended, all of them if None; `accepted` may refuse a finding. A fix is not applied
    that would not parse, that would bring a finding which was not there, or that does not mend its own. Raises what `check`
    raises.
    """
    mark = _BOM if source.startswith(_BOM) else ""
    rounds = _Rounds(source.removeprefix(_BOM), unsafe, wanted, accepted)
    while rounds.number < MAX_ROUNDS and rounds.another():
        rounds.number += 1
    return Fixed(mark + rounds.text, tuple(rounds.applied), rounds.number)


def fixed_bytes(
    data: bytes,
    *,
    unsafe: bool = False,
    wanted: Collection[str] | None = None,
    accepted: Callable[[Finding], bool] | None = None,
) -> FixedBytes:
    """Apply the fixes of a file's content. Without fixes it is what it was, byte for byte.

    Raises SyntaxError where its encoding is unknown or does not hold, and what `check` raises.
    """
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    try:
        text = data.decode(encoding)
        returned = text.encode(encoding)
    except UnicodeError as error:
        raise SyntaxError(f"not {encoding}: {error}") from error
    outcome = fixed(text, unsafe=unsafe, wanted=wanted, accepted=accepted)
    if returned != data or not outcome.applied:
        return FixedBytes(data, (), 0)
    return FixedBytes(outcome.text.encode(encoding), outcome.applied, outcome.rounds)


class _Rounds:
    """The text as far as it is mended, its findings, and the fixes that were tried in vain."""

    def __init__(
        self,
        text: str,
        unsafe: bool,
        wanted: Collection[str] | None,
        accepted: Callable[[Finding], bool] | None,
    ) -> None:
        self.text = text
        self.unsafe = unsafe
        self.wanted = wanted
        self.accepted = accepted
        self.applied: list[Finding] = []
        self.number = 0
        self._refused: set[tuple[str, ...]] = set()
        self._findings = self._checked(text)

    def another(self) -> bool:
        """Apply as many fixes as stand apart from one another; say whether there were any."""
        pending = _apart(self._candidates())
        while pending:
            if self._try(pending):
                return True
            if len(pending) > 1:
                pending = pending[: len(pending) // 2]
            else:
                self._refused.add(self._key(pending[0]))
                pending = _apart(self._candidates())
        return False

    def _candidates(self) -> list[Fix]:
        """The fixes that may be tried, each once, in the order of the text."""
        fixes = {id(finding.fix): finding.fix for finding in self._findings if finding.fix is not None}
        allowed = (fix for fix in fixes.values() if fix.safe or self.unsafe)
        return [fix for fix in allowed if self._key(fix) not in self._refused]

    def _key(self, fix: Fix) -> tuple[str, ...]:
        """A fix by what it does, wherever other fixes have moved it to."""
        lines = Lines(self.text)
        touched = range(fix.edits[0].location.line, fix.edits[-1].location.end_line + 1)
        return (fix.title, *(lines.lines[line - 1] for line in touched if line <= len(lines.lines)))

    def _checked(self, text: str) -> list[Finding]:
        return check(text, fixes=self._is_wanted)

    def _is_wanted(self, finding: Finding) -> bool:
        if self.wanted is not None and finding.code not in self.wanted:
            return False
        return self.accepted is None or self.accepted(finding)

    def _try(self, fixes: list[Fix]) -> bool:
        """Apply some fixes, if the text then parses and has lost their findings without having got others."""
        edits = sorted((edit for fix in fixes for edit in fix.edits), key=_start)
        try:
            text = apply(self.text, edits)
            findings = self._checked(text)
        except (SyntaxError, ValueError, TooDeep):
            return False
        mended = [finding for finding in self._findings if any(finding.fix is fix for fix in fixes)]
        before = Counter((finding.code, finding.line) for finding in self._findings)
        before.subtract((finding.code, finding.line) for finding in mended)
        was = _Before(self.text, edits)
        after = Counter((finding.code, was.line(text, finding)) for finding in findings)
        if any(count > before[key] for key, count in after.items()):
            return False
        self.text, self._findings = text, findings
        self.applied += mended
        return True


class _Before:
    """Where in a text something stood before some edits were made."""

    def __init__(self, text: str, edits: list[Edit]) -> None:
        self._lines = Lines(text)
        self._moves: list[tuple[int, int, int]] = []
        shift = 0
        for edit in edits:
            start, end = self._lines.stretch(edit.location)
            self._moves.append((start + shift, len(edit.replacement), end - start))
            shift += len(edit.replacement) - (end - start)

    def line(self, text: str, finding: Finding) -> int:
        """The line on which a finding in the edited text stood."""
        offset = Lines(text).offset(finding.line, finding.column)
        shift = 0
        for start, new, old in self._moves:
            if start + new <= offset:
                shift += new - old
            elif start <= offset:
                return self._lines.line_at(start - shift)
        return self._lines.line_at(offset - shift)


def _apart(fixes: list[Fix]) -> list[Fix]:
    """Those that do not touch one another's lines, the first ones first."""
    chosen: list[Fix] = []
    taken: set[int] = set()
    for fix in fixes:
        touched = set(range(fix.edits[0].location.line, max(edit.location.end_line for edit in fix.edits) + 1))
        if taken.isdisjoint(touched):
            taken |= touched
            chosen.append(fix)
    return chosen


def _start(edit: Edit) -> tuple[int, int, int, int]:
    where = edit.location
    return where.line, where.column, where.end_line, where.end_column

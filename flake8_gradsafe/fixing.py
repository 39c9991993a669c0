"""Applies fixes to a text, round by round, and holds each against what the linter says of the text with it."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_gradsafe.controls import expecting, location_of, neutralised
from flake8_gradsafe.engine import check
from flake8_gradsafe.rules.fix_kinds import BIND_DETACHED, REBIND_DETACHED
from flake8_gradsafe.source.edits import Lines, apply
from flake8_gradsafe.source.files import Unreadable, decode
from flake8_gradsafe.stack import on_large_stack
from flake8_gradsafe.syntax.tree import TooDeep

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from flake8_gradsafe.finding import Edit, Finding, Fix, Location
    from flake8_gradsafe.project.imports import FileImports

#: Each round applies what does not overlap. What is left after so many keeps its findings.
MAX_ROUNDS = 20
_BOM = "\ufeff"
_CUTS = frozenset({BIND_DETACHED.title, REBIND_DETACHED.title})


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


@on_large_stack
def fixed(
    source: str,
    *,
    unsafe: bool = False,
    wanted: Collection[str] | None = None,
    accepted: Callable[[Finding], bool] | None = None,
    imports: FileImports | None = None,
) -> Fixed:
    """Apply the safe fixes of a module's text, and the unsafe ones where they are asked for.

    `wanted` are the codes whose findings are mended, all of them if None; `accepted` may refuse a finding. A fix is not applied
    that would not parse, that would bring a finding, or that does not mend its own. What stood behind the error that a fix
    takes away is not brought by it. `imports` follows the file's imports. Raises what `check` raises.
    """
    mark = _BOM if source.startswith(_BOM) else ""
    rounds = _Rounds(source.removeprefix(_BOM), unsafe, wanted, accepted, imports=imports)
    while rounds.number < MAX_ROUNDS and rounds.another():
        rounds.number += 1
    return Fixed(mark + rounds.text, tuple(rounds.applied), rounds.number)


def fixed_bytes(
    data: bytes,
    *,
    unsafe: bool = False,
    wanted: Collection[str] | None = None,
    accepted: Callable[[Finding], bool] | None = None,
    imports: FileImports | None = None,
) -> FixedBytes:
    """Apply the fixes of a file's content. Without fixes it is what it was, byte for byte.

    Raises SyntaxError where its encoding is unknown or does not hold, and what `check` raises.
    """
    try:
        source = decode(data)
        returned = source.encoded(source.text)
    except Unreadable as error:
        raise SyntaxError(error.text) from error
    except UnicodeError as error:
        raise SyntaxError(f"not {source.encoding}: {error}") from error
    outcome = fixed(source.text, unsafe=unsafe, wanted=wanted, accepted=accepted, imports=imports)
    if returned != data or not outcome.applied:
        return FixedBytes(data, (), 0)
    return FixedBytes(source.encoded(outcome.text), outcome.applied, outcome.rounds)


@on_large_stack
def holding(
    source: str,
    findings: Sequence[Finding],
    wanted: Collection[str],
    imports: FileImports | None = None,
    abandoned: Callable[[], bool] | None = None,
) -> list[Finding]:
    """The findings of a module's text, without the fixes that `fixed` would refuse. `wanted` are the codes that were asked for.

    Raises what `check` raises.
    """
    if not any(finding.fix for finding in findings):
        return list(findings)
    known = list(findings) if _looked_for(wanted) == frozenset(wanted) else None
    rounds = _Rounds(source.removeprefix(_BOM), True, wanted, None, known=known, imports=imports, abandoned=abandoned)
    hold = rounds.holding()
    return [
        finding if finding.fix is None or _change(finding.fix) in hold else replace(finding, fix=None)
        for finding in findings
    ]


def _change(fix: Fix) -> tuple[str, tuple[Edit, ...]]:
    return fix.title, fix.edits


def _looked_for(wanted: Collection[str] | None) -> frozenset[str] | None:
    """The codes that a fixed text is searched for: what is wanted, and whatever is more than advice."""
    if wanted is None:
        return None
    from flake8_gradsafe.rules import RULES

    return frozenset(wanted) | {code for code, rule in RULES.items() if not rule.advisory}


def _in_the_file_itself(findings: Iterable[Finding]) -> list[Finding]:
    """The findings that do not stand in another file of the project."""
    return [finding for finding in findings if not finding.location.path]


class _Rounds:
    """The text as far as it is mended, its findings, and the fixes that were tried in vain."""

    def __init__(
        self,
        text: str,
        unsafe: bool,
        wanted: Collection[str] | None,
        accepted: Callable[[Finding], bool] | None,
        known: list[Finding] | None = None,
        imports: FileImports | None = None,
        abandoned: Callable[[], bool] | None = None,
    ) -> None:
        self.text = text
        self.unsafe = unsafe
        self.wanted = wanted
        self.accepted = accepted
        self.applied: list[Finding] = []
        self.number = 0
        self._looked_for = _looked_for(wanted)
        self._imports = imports
        self._abandoned = abandoned
        self._refused: set[tuple[str, ...]] = set()
        self._findings = self._checked(text) if known is None else _in_the_file_itself(known)

    def another(self) -> bool:
        """Apply as many fixes as stand apart from one another; say whether there were any."""
        pending = _apart(self._candidates())
        while pending:
            outcome = self._tried(pending)
            if outcome is not None:
                self.applied += self._mended_by(pending)
                self.text, self._findings = outcome
                return True
            if len(pending) > 1:
                pending = pending[: len(pending) // 2]
            else:
                self._refused.add(self._key(pending[0]))
                pending = _apart(self._candidates())
        return False

    def holding(self) -> set[tuple[str, tuple[Edit, ...]]]:
        """What the fixes change that would be applied to the text as it is: the safe ones first, as a round tries them."""
        hold: set[tuple[str, tuple[Edit, ...]]] = set()
        for safe in (True, False):
            open_ = [fix for fix in self._candidates() if fix.safe is safe]
            while open_:
                group = _apart(open_)
                hold |= {_change(fix) for fix in self._holding_of(group)}
                open_ = [fix for fix in open_ if not any(fix is other for other in group)]
        return hold

    def _holding_of(self, fixes: list[Fix]) -> list[Fix]:
        if self._tried(fixes) is not None:
            return fixes
        half = len(fixes) // 2
        return [*self._holding_of(fixes[:half]), *self._holding_of(fixes[half:])] if half else []

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

    def _checked(self, text: str, *, fixes: bool = True) -> list[Finding]:
        asked = self._is_wanted if fixes else False
        return _in_the_file_itself(
            check(text, wanted=self._looked_for, fixes=asked, imports=self._imports, abandoned=self._abandoned)
        )

    def _is_wanted(self, finding: Finding) -> bool:
        if self.wanted is not None and finding.code not in self.wanted:
            return False
        return self.accepted is None or self.accepted(finding)

    def _mended_by(self, fixes: list[Fix]) -> list[Finding]:
        return [finding for finding in self._findings if any(finding.fix is fix for fix in fixes)]

    def _tried(self, fixes: list[Fix]) -> tuple[str, list[Finding]] | None:
        """The text with some fixes and what is found in it; None where it does not parse, or has findings that these bring."""
        edits = sorted((edit for fix in fixes for edit in fix.edits), key=_start)
        try:
            text = apply(self.text, edits)
            findings = self._checked(text)
        except (SyntaxError, ValueError, TooDeep):
            return None
        mended = self._mended_by(fixes)
        brought = self._brought(_After(self.text, text, edits), findings, mended)
        if brought and not self._stood_behind(brought, mended, edits, text):
            return None
        return text, findings

    def _brought(self, after: _After, findings: Iterable[Finding], mended: list[Finding]) -> list[Finding]:
        """The findings that were not there before."""
        before = Counter((finding.code, finding.line) for finding in self._findings)
        before.subtract((finding.code, finding.line) for finding in mended)
        brought = []
        for finding in findings:
            key = finding.code, after.line_before(finding.location)
            before[key] -= 1
            if before[key] < 0:
                brought.append(finding)
        return brought

    def _stood_behind(self, brought: list[Finding], mended: list[Finding], edits: list[Edit], text: str) -> bool:
        """Whether findings are there all the same where the error that is mended is expected, or is not made.

        Where it is not made, that tells of those alone that have nothing to do with what the edits write. Of a tensor that is
        no longer cut off, it tells nothing: another name may need the cut.
        """
        after = _After(self.text, text, edits)
        if any(after.is_edited(finding.location) for finding in brought):
            return False
        expected = self._found_with(expecting(self.text, mended))
        left = [finding for finding in brought if _name(finding, after) not in expected]
        if not left:
            return True
        if any(after.is_edited(step.location) for finding in left for step in finding.trace):
            return False
        if any(finding.fix is not None and finding.fix.title in _CUTS for finding in mended):
            return False
        unmade = self._found_with(neutralised(self.text, mended))
        return all(_name(finding, after) in unmade for finding in left)

    def _found_with(self, edits: list[Edit]) -> set[tuple[str, int]]:
        """What is found in the text with some edits, by rule and by the line where it stood."""
        if not edits:
            return set()
        try:
            text = apply(self.text, edits)
            after = _After(self.text, text, edits)
            return {_name(finding, after) for finding in self._checked(text, fixes=False)}
        except (SyntaxError, ValueError, TooDeep):
            return set()


def _name(finding: Finding, after: _After) -> tuple[str, int]:
    """What a finding is known by in several programs. Its first digit is how sure it is, which may differ."""
    return finding.code[4:], after.line_before(finding.location)


class _After:
    """A text after some edits, seen from the text before."""

    def __init__(self, before: str, after: str, edits: list[Edit]) -> None:
        self._before, self._after = Lines(before), Lines(after)
        self._moves: list[tuple[int, int, int]] = []
        shift = 0
        for edit in edits:
            start, end = self._before.stretch(edit.location)
            self._moves.append((start + shift, len(edit.replacement), end - start))
            shift += len(edit.replacement) - (end - start)
        self._text = after

    def is_edited(self, location: Location) -> bool:
        """Whether something in the edited text stands in a statement that the edits touch."""
        start = self._after.offset(location.line, location.column)
        return any(first <= start < last for first, last in self._edited)

    @cached_property
    def _edited(self) -> list[tuple[int, int]]:
        """The stretches of the simple statements that the edits touch, with what the edits write."""
        stretches = [(start, start + new) for start, new, _ in self._moves]
        for node in ast.walk(ast.parse(self._text)):
            if isinstance(node, ast.stmt) and not hasattr(node, "body"):
                first, last = self._after.stretch(location_of(self._after, node))
                if any(start <= last and first <= start + new for start, new, _ in self._moves):
                    stretches.append((first, last))
        return stretches

    def line_before(self, location: Location) -> int:
        """The line on which something in the edited text stood."""
        offset = self._after.offset(location.line, location.column)
        shift = 0
        for start, new, old in self._moves:
            if start + new <= offset:
                shift += new - old
            elif start <= offset:
                return self._before.line_at(start - shift)
        return self._before.line_at(offset - shift)


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

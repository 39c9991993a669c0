"""Findings with their traces: each step under the line of source where it happens."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.finding import Step
from flake8_gradsafe.report.concise import headline
from flake8_gradsafe.report.elsewhere import document_of
from flake8_gradsafe.report.excerpt import NOTHING, excerpt, stretch_of
from flake8_gradsafe.report.outcome import counted, printable

if TYPE_CHECKING:
    from flake8_gradsafe.report.excerpt import Excerpt, Stretch
    from flake8_gradsafe.report.outcome import Outcome, Style
    from flake8_gradsafe.source.file_finding import FileFinding

_CODE = re.compile(r"`([^`]*)`")
#: Characters of the longest code that a text quotes as a whole; of a longer one, so many are quoted.
_LONGEST = 100
_QUOTED = 80


def render(outcome: Outcome, style: Style) -> str:
    """The findings, each with its trace and a hint, and how many there are."""
    if not outcome.reported:
        return ""
    blocks = ["\n".join(_block(reported, style)) for reported in outcome.reported]
    files = len({reported.document.path for reported in outcome.reported})
    total = f"{counted(len(blocks), 'finding')} in {counted(files, 'file')}.{_offer(outcome)}"
    return "\n\n".join([*blocks, total]) + "\n"


def _offer(outcome: Outcome) -> str:
    """Return the sentence that says how many findings have a fix; empty if none has."""
    fixes = [reported.finding.fix for reported in outcome.reported if reported.finding.fix is not None]
    safe = sum(fix.safe for fix in fixes)
    offers = [f"{safe} with --fix"] if safe else []
    offers += [f"{len(fixes) - safe}{' more' if safe else ''} with --unsafe-fixes"] if len(fixes) > safe else []
    return f" Can be mended: {', '.join(offers)}." if offers else ""


def _block(reported: FileFinding, style: Style) -> list[str]:
    finding, document = reported.finding, reported.document
    steps = finding.trace
    if finding.location.line not in {step.location.line for step in steps if not step.location.path}:
        steps += (Step("", finding.location, "reported here"),)
    standing = [document_of(document, step.location) for step in steps]
    lines_of = {there.path: there.lines for there in standing}
    width = max(len(str(there.place(step.location.line)[1])) for step, there in zip(steps, standing, strict=True))
    home = ("", document.place(finding.location.line)[0])
    block = [headline(replace(reported, finding=replace(finding, message=_shortened(finding.message))), style)]
    shown: tuple[str, int | None, int] | None = None
    part = NOTHING
    for step, there in zip(steps, standing, strict=True):
        path = step.location.path
        cell, line = there.place(step.location.line)
        source = _line(lines_of[there.path], step.location.line)
        stretch = stretch_of(source, step.location)
        if shown != (path, cell, line) or not part.holds(stretch):
            part = excerpt(source, stretch)
            label = "" if (path, cell) == home else f"  ({printable(there.path) if path else f'cell {cell}'})"
            block.append(f"  {style.paint(f'{line:>{width}} |', '34')} {part.text}{label}")
        shown = path, cell, line
        block.append(f"  {style.paint(' ' * width + ' |', '34')} {_pointer(part, stretch, step.text, style)}")
    if finding.help:
        block.append(f"  {style.paint(' ' * width + ' = help:', '36')} {printable(_shortened(finding.help))}")
    if finding.fix is not None:
        how = "" if finding.fix.safe else f", unsafe: {finding.fix.why}"
        block.append(f"  {style.paint(' ' * width + ' = fix:', '36')} {printable(finding.fix.title + how)}")
    return block


def _pointer(part: Excerpt, stretch: Stretch, text: str, style: Style) -> str:
    start, length = part.underlined(stretch)
    return f"{' ' * start}{style.paint('^' * length + ' ' + printable(text), '31')}"


def _shortened(text: str) -> str:
    """A text that quotes no more than the beginning of long code."""
    return _CODE.sub(lambda code: code[0] if len(code[1]) <= _LONGEST else f"`{code[1][:_QUOTED]}…`", text)


def _line(lines: list[str], line: int) -> str:
    return lines[line - 1].rstrip("\n") if 0 < line <= len(lines) else ""

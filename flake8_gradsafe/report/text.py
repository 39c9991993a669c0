"""Findings with their traces: each step under the line of source where it happens."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from flake8_gradsafe.finding import Step
from flake8_gradsafe.report.concise import headline
from flake8_gradsafe.report.outcome import counted, printable

if TYPE_CHECKING:
    from flake8_gradsafe.document import Document
    from flake8_gradsafe.finding import Location
    from flake8_gradsafe.inspection import FileFinding
    from flake8_gradsafe.report.outcome import Outcome, Style

_TAB = 8


def render(outcome: Outcome, style: Style) -> str:
    """The findings, each with its trace and a hint, and how many there are."""
    if not outcome.reported:
        return ""
    blocks = ["\n".join(_block(reported, style)) for reported in outcome.reported]
    files = len({reported.document.path for reported in outcome.reported})
    total = f"{counted(len(blocks), 'finding')} in {counted(files, 'file')}.{_offer(outcome)}"
    return "\n\n".join([*blocks, total]) + "\n"


def _offer(outcome: Outcome) -> str:
    """How many findings have a fix."""
    fixes = [reported.finding.fix for reported in outcome.reported if reported.finding.fix is not None]
    safe = sum(fix.safe for fix in fixes)
    offers = [f"{safe} with --fix"] if safe else []
    offers += [f"{len(fixes) - safe} more with --unsafe-fixes"] if len(fixes) > safe else []
    return f" Can be mended: {', '.join(offers)}." if offers else ""


def _block(reported: FileFinding, style: Style) -> list[str]:
    finding, document = reported.finding, reported.document
    steps = finding.trace
    if finding.location.line not in {step.location.line for step in steps}:
        steps += (Step("", finding.location, "reported here"),)
    lines = document.lines
    width = max(len(str(document.place(step.location.line)[1])) for step in steps)
    home, _ = document.place(finding.location.line)
    block = [headline(reported, style)]
    shown: tuple[int | None, int] | None = None
    for step in steps:
        cell, line = document.place(step.location.line)
        if shown != (cell, line):
            label = "" if cell == home else f"  (cell {cell})"
            source = _line(lines, step.location.line)
            block.append(f"  {style.paint(f'{line:>{width}} |', '34')} {_expanded(source)}{label}")
        shown = cell, line
        block.append(f"  {style.paint(' ' * width + ' |', '34')} {_pointer(document, lines, step, style)}")
    if finding.help:
        block.append(f"  {style.paint(' ' * width + ' = help:', '36')} {printable(finding.help)}")
    if finding.fix is not None:
        how = "" if finding.fix.safe else f", unsafe: {finding.fix.why}"
        block.append(f"  {style.paint(' ' * width + ' = fix:', '36')} {printable(finding.fix.title + how)}")
    return block


def _pointer(document: Document, lines: list[str], step: Step, style: Style) -> str:
    start, length = _stretch(_line(lines, step.location.line), step.location)
    return f"{' ' * start}{style.paint('^' * length + ' ' + printable(step.text), '31')}"


def _stretch(source: str, location: Location) -> tuple[int, int]:
    """From which column of the terminal, and how far, a location extends on its first line."""
    end = location.end_column if location.end_line == location.line else len(source)
    start = _width(_expanded(source[: location.column]))
    return start, max(1, _width(_expanded(source[:end])) - start)


def _line(lines: list[str], line: int) -> str:
    return lines[line - 1].rstrip("\n") if 0 < line <= len(lines) else ""


def _expanded(text: str) -> str:
    return printable(text.expandtabs(_TAB))


def _width(text: str) -> int:
    """How many columns a terminal needs for a text: East Asian wide characters take two, accents that combine none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )

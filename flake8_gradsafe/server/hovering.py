"""Hover texts: the findings at a place, and what is known of the tensor that a name stands for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.report import loss_table
from flake8_gradsafe.report.elsewhere import shown_path
from flake8_gradsafe.report.outcome import printable
from flake8_gradsafe.rules import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.finding import Location
    from flake8_gradsafe.loss_report import LossReport
    from flake8_gradsafe.source.document import Document
    from flake8_gradsafe.source.file_finding import FileFinding

#: A table has no more rows than this.
_MOST_ROWS = 12
_STRONG = re.compile(r"\A\*\*(\w+)\*\*")
_HEADING = re.compile(r"\A#+ (.+)")
#: The sections of a rule's page that somebody needs who looks at a finding.
_SECTIONS = ("Why it is unsafe", "Use instead", "What PyTorch printed")


def about_findings(reported: Iterable[FileFinding]) -> list[str]:
    """Return a part in Markdown for each finding: how it comes about, and its rule's page."""
    return [_about(file_finding) for file_finding in reported]


def about_name(name: str, facts: Iterable[str]) -> list[str]:
    """Return a part in Markdown with what is known of a name."""
    lines = [f"- {printable(fact)}" for fact in facts]
    return ["\n".join([f"`{name}`", "", *lines])] if lines else []


def plain(markdown: str) -> str:
    """The parts, joined, for who reads no Markdown: code is set in. Backticks stay: they quote code in every message."""
    lines = []
    is_code = False
    for line in markdown.split("\n"):
        if line.startswith("```"):
            is_code = not is_code
        elif is_code:
            lines.append(f"    {line}".rstrip())
        elif line != "---":
            lines.append(_HEADING.sub(r"\1:", _STRONG.sub(r"\1", line)))
    return "\n".join(lines)


def about_losses(reports: Iterable[LossReport], called: Callable[[int, str], str]) -> list[str]:
    """Return a part in Markdown for each loss, backward, step or clearing: a table of what it trains."""
    return loss_table.as_markdown(reports, called, _MOST_ROWS)


def about_losses_of(path: str, reports: Iterable[LossReport], called: Callable[[int, str], str]) -> list[str]:
    """Return a part in Markdown with what a file that imports the document makes of them."""
    tables = loss_table.as_markdown(reports, called, _MOST_ROWS)
    return ["\n\n".join([f"Where {printable(shown_path(path))} comes by here:", *tables])] if tables else []


def _where(document: Document, line: int) -> str:
    cell, line = document.place(line)
    return f"line {line}" if cell is None else f"cell {cell}, line {line}"


def _place(document: Document, location: Location) -> str:
    if location.path:
        return f"{printable(shown_path(location.path))}, line {location.line}"
    return _where(document, location.line)


def _about(reported: FileFinding) -> str:
    finding, document = reported.finding, reported.document
    rule = pages.find(finding.code)
    parts = [f"**{finding.code}** {finding.name}", printable(finding.message)]
    if finding.trace:
        parts.append(
            "\n".join(f"- {_place(document, step.location)}: {printable(step.text)}" for step in finding.trace)
        )
    if finding.help:
        parts.append(f"Help: {printable(finding.help)}")
    if rule is not None:
        page = pages.page(rule)
        parts += [f"### {heading}\n{page.sections[heading]}" for heading in _SECTIONS if heading in page.sections]
    return "\n\n".join(parts)

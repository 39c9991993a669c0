"""reviewdog's diagnostic format: one object with all findings, their ranges and their safe fixes as suggestions."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flake8_gradsafe import links
from flake8_gradsafe.report.outcome import printable, severity
from flake8_gradsafe.report.regions import region, relative

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Location
    from flake8_gradsafe.report.outcome import Outcome, Style
    from flake8_gradsafe.source.document import Document, Problem
    from flake8_gradsafe.source.file_finding import FileFinding


def render(outcome: Outcome, style: Style) -> str:
    """The findings and the problems, a diagnostic each."""
    diagnostics = [_diagnostic(file_finding) for file_finding in outcome.reported] + [
        _complaint(problem) for problem in outcome.problems
    ]
    source = {"name": "gradsafe", "url": links.home()}
    return json.dumps({"source": source, "severity": "WARNING", "diagnostics": diagnostics}, indent=2) + "\n"


def _diagnostic(reported: FileFinding) -> dict[str, Any]:
    finding, document = reported.finding, reported.document
    made: dict[str, Any] = {
        "message": printable(finding.message) + (f"\nhelp: {printable(finding.help)}" if finding.help else ""),
        "location": {"path": relative(document.path), **_range(document, finding.location)},
        "severity": severity(finding).upper(),
        "code": {"value": finding.code, "url": links.page(finding.code)},
    }
    # Who accepts a suggestion sees no more than its text: an unsafe one is left to --unsafe-fixes.
    if finding.fix is not None and finding.fix.safe and not document.cells:
        made["suggestions"] = [
            {**_range(document, edit.location), "text": edit.replacement} for edit in finding.fix.edits
        ]
    return made


def _complaint(problem: Problem) -> dict[str, Any]:
    location: dict[str, Any] = {"path": relative(problem.path)}
    if problem.file_line is not None:
        location["range"] = {"start": {"line": problem.file_line}}
    return {
        "message": printable(problem.text),
        "location": location,
        "severity": "ERROR" if problem.grave else "WARNING",
    }


def _range(document: Document, location: Location) -> dict[str, Any]:
    """Lines and columns from 1, the end exclusive; columns are counted in the bytes of UTF-8."""
    where = region(document, location)
    if where is None:
        return {}
    if where.column is None:
        return {"range": {"start": {"line": where.line}, "end": {"line": where.end_line}}}
    lines = _lines(document)
    start = {"line": where.line, "column": _bytes(lines, location.line, location.column)}
    return {
        "range": {
            "start": start,
            "end": {"line": where.end_line, "column": _bytes(lines, location.end_line, location.end_column)},
        }
    }


@lru_cache(maxsize=1)
def _lines(document: Document) -> list[str]:
    """A document's lines, which all its findings ask for."""
    return document.lines


def _bytes(lines: list[str], line: int, column: int) -> int:
    text = lines[line - 1] if line <= len(lines) else ""
    return len(text[:column].encode("utf-8", "surrogatepass")) + 1

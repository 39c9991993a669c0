"""Annotations: the lines that GitHub's workflows show beside the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.report.elsewhere import steps
from flake8_gradsafe.report.outcome import printable, severity
from flake8_gradsafe.report.regions import region

if TYPE_CHECKING:
    from flake8_gradsafe.report.outcome import Outcome, Style
    from flake8_gradsafe.source.document import Problem
    from flake8_gradsafe.source.file_finding import FileFinding

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def render(outcome: Outcome, style: Style) -> str:
    """The findings and the problems, an annotation each."""
    lines = [_annotation(reported) for reported in outcome.reported]
    lines += [_complaint(problem) for problem in outcome.problems]
    return "".join(f"{line}\n" for line in lines)


def _annotation(reported: FileFinding) -> str:
    finding, document = reported.finding, reported.document
    cell, line = document.place(finding.location.line)
    where = region(document, finding.location)
    properties: dict[str, str | int] = {"title": f"{finding.code} {finding.name}", "file": document.path}
    if where is not None:
        properties |= {"line": where.line, "endLine": where.end_line}
        # GitHub refuses columns where a range spans several lines.
        if where.line == where.end_line and where.column is not None and where.end_column is not None:
            properties |= {"col": where.column, "endColumn": where.end_column}
    place = f"{document.path}:{line}" if cell is None else f"{document.path}:cell {cell}:{line}"
    message = "\n".join(
        [f"{place}: {finding.code} {finding.message}", *steps(reported), *([finding.help] if finding.help else [])]
    )
    return _command(_LEVELS[severity(finding)], properties, message)


def _complaint(problem: Problem) -> str:
    properties: dict[str, str | int] = {"title": "gradsafe", "file": problem.path}
    if problem.file_line is not None:
        properties["line"] = problem.file_line
        if problem.column is not None:
            properties["col"] = problem.column
    return _command("error" if problem.grave else "warning", properties, str(problem))


def _command(level: str, properties: dict[str, str | int], message: str) -> str:
    pairs = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level} {pairs}::{_data(message)}"


def _data(text: str) -> str:
    """A text in which the runner finds no end of line: it decodes these three, and only these."""
    encoded = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return printable(encoded)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

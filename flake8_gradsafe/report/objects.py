"""JSON: an array of objects, with the fields that ruff's have, and the trace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.links import page
from flake8_gradsafe.report.elsewhere import document_of
from flake8_gradsafe.report.outcome import severity

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Fix, Location, Step
    from flake8_gradsafe.report.outcome import Outcome, Style
    from flake8_gradsafe.source.document import Document
    from flake8_gradsafe.source.file_finding import FileFinding


def render(outcome: Outcome, style: Style) -> str:
    """The findings as JSON."""
    return json.dumps([as_object(reported) for reported in outcome.reported], indent=2) + "\n"


def schema() -> str:
    """Return the JSON Schema of an array of these objects."""
    return Path(__file__).with_name("findings.schema.json").read_text(encoding="utf-8")


def as_object(reported: FileFinding) -> dict[str, Any]:
    """A finding as JSON has it."""
    finding, document = reported.finding, reported.document
    cell, noqa_row = document.place(reported.noqa_line)
    return {
        "filename": document.path,
        "cell": cell,
        "code": finding.code,
        "name": finding.name,
        "message": finding.message,
        **_range(document, finding.location),
        "severity": severity(finding),
        "assumed": list(finding.assumed),
        "help": finding.help or None,
        "trace": [_step(step, document_of(document, step.location)) for step in finding.trace],
        "fix": None if finding.fix is None else _fix(document, finding.fix),
        "url": page(finding.code),
        "noqa_row": noqa_row,
    }


def _step(step: Step, document: Document) -> dict[str, Any]:
    """A step of a trace; the document is the one that it stands in."""
    return {
        "role": step.role,
        "filename": document.path,
        "cell": document.place(step.location.line)[0],
        **_range(document, step.location),
        "text": step.text,
    }


def _fix(document: Document, fix: Fix) -> dict[str, Any]:
    return {
        "applicability": "safe" if fix.safe else "unsafe",
        "message": fix.title,
        "edits": [
            {
                "content": edit.replacement,
                "cell": document.place(edit.location.line)[0],
                **_range(document, edit.location),
            }
            for edit in fix.edits
        ],
    }


def _range(document: Document, location: Location) -> dict[str, dict[str, int]]:
    """Rows and columns from 1."""
    return {
        "location": {"row": document.place(location.line)[1], "column": location.column + 1},
        "end_location": {"row": document.place(location.end_line)[1], "column": location.end_column + 1},
    }

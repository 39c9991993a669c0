"""SARIF 2.1.0, as code scanning reads it: rules with their pages, results with the trace as a code flow, fixes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flake8_gradsafe import links
from flake8_gradsafe.report.elsewhere import document_of
from flake8_gradsafe.report.outcome import printable
from flake8_gradsafe.report.regions import region
from flake8_gradsafe.rules.pages import page, rules
from flake8_gradsafe.source.fingerprint import fingerprints
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Finding, Fix, Location
    from flake8_gradsafe.report.outcome import Outcome, Style
    from flake8_gradsafe.report.regions import Region
    from flake8_gradsafe.rules.rule import Rule
    from flake8_gradsafe.source.document import Document, Problem
    from flake8_gradsafe.source.file_finding import FileFinding

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"1": "error", "2": "warning", "9": "note"}
_PRECISION = {"1": "very-high", "2": "medium", "9": "low"}


def render(outcome: Outcome, style: Style) -> str:
    """The run as a SARIF log."""
    catalogue = rules()
    indices = {rule.code: index for index, rule in enumerate(catalogue)}
    results = [
        _result(reported, indices[reported.finding.code], name)
        for reported, name in zip(outcome.reported, fingerprints(outcome.reported), strict=True)
    ]
    run = {
        "tool": {
            "driver": {
                "name": "gradsafe",
                "fullName": f"flake8-gradsafe {__version__}",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": links.home(),
                "rules": [_rule(rule) for rule in catalogue],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not any(problem.grave for problem in outcome.problems),
                "toolExecutionNotifications": [_notification(problem) for problem in outcome.problems],
            }
        ],
        "results": results,
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    text = page(rule)
    level = _level(rule.code)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": text.sections["What it does"]},
        "helpUri": links.page(rule.code),
        "help": {"text": text.markdown, "markdown": text.markdown},
        "defaultConfiguration": {"level": level, "enabled": not rule.advisory},
        "properties": {
            "tags": ["pytorch", "autograd"],
            "precision": _PRECISION[rule.code[3]],
            "problem.severity": _problem(level),
        },
    }


def _level(code: str) -> str:
    return _LEVELS[code[3]]


def _problem(level: str) -> str:
    """Return the severity by which code scanning sorts, in its own words."""
    return "recommendation" if level == "note" else level


def _result(reported: FileFinding, index: int, fingerprint: str) -> dict[str, Any]:
    finding, document = reported.finding, reported.document
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _level(finding.code),
        "message": {"text": _message(finding)},
        "locations": [_location(document, finding.location)],
        "partialFingerprints": {"gradsafeContent/v2": fingerprint},
        "properties": {"assumed": list(finding.assumed)},
    }
    if finding.trace:
        steps: list[dict[str, Any]] = [
            {
                "location": {
                    **_location(document_of(document, step.location), step.location),
                    "message": {"text": printable(step.text)},
                },
                "kinds": [step.role],
                "executionOrder": order,
            }
            for order, step in enumerate(finding.trace, 1)
        ]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
        result["relatedLocations"] = [{"id": number, **step["location"]} for number, step in enumerate(steps, 1)]
    if finding.fix is not None and not document.cells:
        result["fixes"] = [_fix(document, finding.fix)]
    return result


def _message(finding: Finding) -> str:
    return printable(finding.message) + (f". Help: {printable(finding.help)}" if finding.help else "")


def _location(document: Document, location: Location) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(document.path)}
    where = region(document, location)
    if where is not None:
        physical["region"] = _region(where)
    cell, line = document.place(location.line)
    if cell is None:
        return {"physicalLocation": physical}
    # The lines are those of the notebook's file: its cells count their own.
    return {"physicalLocation": physical, "logicalLocations": [{"name": f"cell {cell}, line {line}", "kind": "module"}]}


def _region(where: Region) -> dict[str, int]:
    """Lines and columns from 1, the end exclusive."""
    lines = {"startLine": where.line, "endLine": where.end_line}
    if where.column is None or where.end_column is None:
        return lines
    return lines | {"startColumn": where.column, "endColumn": where.end_column}


def _artifact(path: str) -> dict[str, str]:
    """A file: relative to the working folder if it lies in it, which code scanning takes for the repository's root."""
    relative = os.path.relpath(path) if os.path.isabs(path) else os.path.normpath(path)
    if relative.split(os.sep)[0] == os.pardir:
        return {"uri": Path(os.path.abspath(path)).as_uri()}
    uri = quote(os.fsencode(relative.replace(os.sep, "/")))
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _fix(document: Document, fix: Fix) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(where), "insertedContent": {"text": edit.replacement}}
        for edit in fix.edits
        if (where := region(document, edit.location)) is not None
    ]
    title = fix.title if fix.safe else f"{fix.title} (unsafe: {fix.why})"
    return {
        "description": {"text": printable(title)},
        "artifactChanges": [{"artifactLocation": _artifact(document.path), "replacements": replacements}],
        "properties": {"applicability": "safe" if fix.safe else "unsafe"},
    }


def _notification(problem: Problem) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(problem.path)}
    if problem.file_line is not None:
        physical["region"] = {"startLine": problem.file_line}
        if problem.column is not None:
            physical["region"]["startColumn"] = problem.column
    return {
        "level": "error" if problem.grave else "warning",
        "message": {"text": printable(str(problem))},
        "locations": [{"physicalLocation": physical}],
    }

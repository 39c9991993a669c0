"""GitLab's Code Quality report: an array of issues, which merge requests show."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.report.outcome import printable, severity
from flake8_gradsafe.report.regions import region, relative
from flake8_gradsafe.source.fingerprint import digest, fingerprints

if TYPE_CHECKING:
    from flake8_gradsafe.report.outcome import Outcome, Style
    from flake8_gradsafe.source.document import Problem
    from flake8_gradsafe.source.file_finding import FileFinding

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def render(outcome: Outcome, style: Style) -> str:
    """The findings and the problems, an issue each."""
    issues = list(map(_issue, outcome.reported, fingerprints(outcome.reported)))
    issues += [_complaint(problem) for problem in outcome.problems]
    return json.dumps(issues, indent=2) + "\n"


def _issue(reported: FileFinding, fingerprint: str) -> dict[str, Any]:
    finding, document = reported.finding, reported.document
    path = _path(document.path)
    where = region(document, finding.location)
    lines = {"begin": 1} if where is None else {"begin": where.line, "end": where.end_line}
    return {
        "description": f"{finding.code}: {printable(finding.message)}",
        "check_name": finding.code,
        "fingerprint": digest(path, fingerprint),
        "severity": _SEVERITIES[severity(finding)],
        "location": {"path": path, "lines": lines},
    }


def _complaint(problem: Problem) -> dict[str, Any]:
    path = _path(problem.path)
    return {
        "description": printable(str(problem)),
        "check_name": "gradsafe",
        "fingerprint": digest(path, str(problem)),
        "severity": "major" if problem.grave else "minor",
        "location": {"path": path, "lines": {"begin": problem.file_line or 1}},
    }


def _path(path: str) -> str:
    """A path from the repository's root, which GitLab names to its jobs."""
    return relative(path, os.environ.get("CI_PROJECT_DIR") or os.curdir)

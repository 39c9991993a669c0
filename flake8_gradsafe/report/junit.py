"""JUnit's XML, which most systems for continuous integration show: a suite for each file, a failed test for each finding."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from flake8_gradsafe.report.elsewhere import steps
from flake8_gradsafe.report.outcome import place, printable
from flake8_gradsafe.report.regions import row

if TYPE_CHECKING:
    from collections.abc import Sized

    from flake8_gradsafe.report.outcome import Outcome, Style
    from flake8_gradsafe.source.document import Problem
    from flake8_gradsafe.source.file_finding import FileFinding


def render(outcome: Outcome, style: Style) -> str:
    """The findings as failures and the problems as errors; where there are none, one test that has passed."""
    root = ElementTree.Element("testsuites", {"name": "gradsafe", **_counts(outcome.reported, outcome.problems)})
    suites: dict[str, tuple[list[FileFinding], list[Problem]]] = defaultdict(lambda: ([], []))
    for reported in outcome.reported:
        suites[reported.document.path][0].append(reported)
    for problem in outcome.problems:
        suites[problem.path][1].append(problem)
    for path, (failures, errors) in suites.items():
        suite = ElementTree.SubElement(root, "testsuite", {"name": printable(path), **_counts(failures, errors)})
        suite.extend([_failure(file_finding) for file_finding in failures] + [_error(problem) for problem in errors])
    if not suites:
        suite = ElementTree.SubElement(root, "testsuite", name="gradsafe", tests="1", failures="0", errors="0")
        ElementTree.SubElement(suite, "testcase", classname="gradsafe", name="no findings")
    ElementTree.indent(root)
    # Characters beyond ASCII are written as references: whatever the output's encoding, the file is what it says.
    data: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode("ascii") + "\n"


def _counts(reported: Sized, problems: Sized) -> dict[str, str]:
    failures, errors = len(reported), len(problems)
    return {"tests": str(max(1, failures + errors)), "failures": str(failures), "errors": str(errors)}


def _failure(reported: FileFinding) -> ElementTree.Element:
    finding, document = reported.finding, reported.document
    case = _case(document.path, f"{finding.code} {finding.name}", row(document, finding.location.line))
    failure = ElementTree.SubElement(case, "failure", message=printable(finding.message), type=finding.code)
    help_ = [f"help: {printable(finding.help)}"] if finding.help else []
    failure.text = "\n".join(
        [f"{place(reported)}: {finding.code} {printable(finding.message)}", *steps(reported), *help_]
    )
    return case


def _error(problem: Problem) -> ElementTree.Element:
    case = _case(problem.path, "gradsafe", problem.file_line)
    ElementTree.SubElement(case, "error", message=printable(problem.text)).text = printable(str(problem))
    return case


def _case(path: str, name: str, line: int | None) -> ElementTree.Element:
    where = {} if line is None else {"line": str(line)}
    return ElementTree.Element(
        "testcase", {"classname": printable(path), "name": name, "file": printable(path), **where}
    )

"""`gradsafe why`: what is known at a place, and why it is reported or silent."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.analysis import analyse, document, filter_findings, is_silenced_there
from flake8_gradsafe.command import place as places
from flake8_gradsafe.command.check import load_settings
from flake8_gradsafe.command.exit_codes import CLEAN, complain
from flake8_gradsafe.command.harmless import harmless
from flake8_gradsafe.command.run import importing_path
from flake8_gradsafe.config.codes import ADVISORY, CODES
from flake8_gradsafe.config.settings import BadSettings, Settings, load
from flake8_gradsafe.project.imports import imports_of
from flake8_gradsafe.report import loss_table
from flake8_gradsafe.report.concise import headline
from flake8_gradsafe.report.elsewhere import shown_path
from flake8_gradsafe.report.objects import as_object
from flake8_gradsafe.report.outcome import Style, printable
from flake8_gradsafe.source.files import Unreadable, read
from flake8_gradsafe.syntax.gate import may_concern_us

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from flake8_gradsafe.command.place import Place
    from flake8_gradsafe.explain_line import Known
    from flake8_gradsafe.finding import Location, Step
    from flake8_gradsafe.loss_report import LossReport
    from flake8_gradsafe.project.imports import FileImports
    from flake8_gradsafe.source.document import Document
    from flake8_gradsafe.source.file_finding import FileFinding

#: Writes to a tensor, however they may be spelled, and what differentiates or steps.
_DANGEROUS = re.compile(
    r"\.data\b|\bdetach_\(|\.[a-z]\w*_\(|[-+*/@%]=|\]\s*=[^=]|\binplace\s*=\s*True|\.backward\(|\.step\("
)
_CUT_SHORT = "the analysis gave up before it came here: the file, or what a line of it calls, takes too many steps"
_STEP = (
    "an optimizer's step writes the parameters that it holds, without a graph; no backward in sight reads afterwards what "
    "they were"
)
_FINDINGS = "Found here, each as FILE:LINE:COLUMN: CODE and what is wrong, lines and columns from 1:"
_FACTS = "Known of the tensors here, by name, once the line has run; in brackets where it came about:"


def why(given: argparse.Namespace) -> int:
    """Print what is known at a place."""
    try:
        place = places.parse(given.place)
        settings = load_settings(given)
        data = read(place.path)
    except (BadSettings, places.BadPlace) as error:
        return complain(str(error))
    except Unreadable as error:
        return complain(f"{place.path}: {error.text}")
    made, problems = document(place.path, data)
    hindering = [problem for problem in problems if made is None or problem.cell is None or problem.cell == place.cell]
    if hindering:
        return complain(str(hindering[0]))
    imports = imports_of(importing_path(place.path, given, settings))
    if made is None or not (may_concern_us(made.text) or (imports is not None and imports.may_link(made.text))):
        return _not_analysed(place, given.format)
    try:
        line = place.line_in(made)
    except places.BadPlace as error:
        return complain(str(error))
    analysis = analyse(made.text, frozenset(CODES), imports=imports)
    if analysis.problem:
        return complain(f"{place.path}{'' if analysis.line is None else f':{analysis.line}'}: {analysis.problem}")
    # Imported here: what could not be parsed ends above.
    from flake8_gradsafe.explain_line import inquire, losses_of_callers

    everything = load({"select": "GRD", "disable-noqa": True}, isolated=True)
    told = [
        finding.told_here(shown_path)
        for finding in analysis.findings
        if not is_silenced_there(finding, settings.options)
    ]
    found, _ = filter_findings(made, told, everything)
    column = None if place.column is None else place.column - 1
    known = inquire(made.text, line, column, called=partial(_named, made), imports=imports)
    asked = Asked(made, place, line, found, settings, known, losses_of_callers(known, imports, line, column))
    if given.format == "json":
        sys.stdout.write(json.dumps(_object(asked, imports), indent=2) + "\n")
        return CLEAN
    sys.stdout.write("\n".join([*_answer(asked), *_followed(imports)]) + "\n")
    return CLEAN


@dataclass(frozen=True, slots=True)
class Asked:
    """A line that is asked for, what was found in its file, and what is known of it."""

    made: Document
    place: Place
    line: int
    found: list[FileFinding]
    settings: Settings
    known: Known
    caller: tuple[str, tuple[LossReport, ...]] | None = None

    @property
    def source(self) -> str:
        """The line as it is written."""
        return self.made.lines[self.line - 1].strip()

    @property
    def here(self) -> list[FileFinding]:
        """What was found on the line, or at its column."""
        return [reported for reported in self.found if self.is_here(reported.finding.location)]

    @property
    def steps(self) -> list[tuple[FileFinding, Step]]:
        """What the line, or its column, is of the traces of other findings."""
        here = self.here
        return [
            (reported, step)
            for reported in self.found
            if reported not in here
            for step in reported.finding.trace
            if self.is_here(step.location)
        ]

    def is_here(self, location: Location) -> bool:
        """Whether a location is where it is asked for."""
        return _covers(location, self.line, self.place.column)

    def silence(self) -> str:
        """The reason why nothing is reported; empty where something is."""
        if self.here or self.steps:
            return ""
        return _silence(self.made, self.source, self.place, self.found, self.known)


def _not_analysed(place: Place, form: str) -> int:
    """Tell of a file that holds nothing to be asked for."""
    why = "holds nothing that autograd could be wrong about: it was not analysed."
    if form == "json":
        nothing = {
            "filename": place.path,
            "cell": place.cell,
            "line": place.line,
            "column": place.column,
            "source": None,
        }
        print(json.dumps({**nothing, **_NOTHING_KNOWN, "silent": f"the file {why.removesuffix('.')}"}, indent=2))
    else:
        print(f"{printable(place.path)} {why}")
    return CLEAN


#: What JSON has of a line of which nothing is known.
_NOTHING_KNOWN: dict[str, object] = {
    "findings": [],
    "part_of": [],
    "losses": [],
    "caller": None,
    "tensors": {},
    "silent": None,
    "read": [],
}


def _object(asked: Asked, imports: FileImports | None) -> dict[str, object]:
    """What there is to tell, as JSON has it."""
    made, place, known = asked.made, asked.place, asked.known
    return {
        "filename": place.path,
        "cell": place.cell,
        "line": place.line,
        "column": place.column,
        "source": asked.source,
        "findings": [
            {**as_object(reported), "state": _state(made, reported, asked.settings)} for reported in asked.here
        ],
        "part_of": [
            {"code": reported.finding.code, **_placed(made, reported.finding.location.line), "text": step.text}
            for reported, step in asked.steps
        ],
        "losses": loss_table.as_objects(known.losses, partial(_placed, made)),
        "caller": _caller_object(asked),
        "tensors": {name: list(facts) for name, facts in known.facts.items()},
        "silent": asked.silence() or None,
        "read": [] if imports is None else [shown_path(path) for path in imports.read],
    }


def _caller_object(asked: Asked) -> dict[str, object] | None:
    """What a file that imports this one makes of the line, as JSON has it."""
    if asked.caller is None:
        return None
    path, losses = asked.caller
    return {"filename": shown_path(path), "losses": loss_table.as_objects(losses, partial(_placed, asked.made))}


def _placed(made: Document, line: int, path: str = "") -> dict[str, Any]:
    """Return a line as JSON has it, of another file where a path is given."""
    if path:
        return {"filename": shown_path(path), "cell": None, "line": line}
    cell, line = made.place(line)
    return {"filename": made.path, "cell": cell, "line": line}


def _followed(imports: FileImports | None) -> Iterator[str]:
    """Tell which of the project's other files were read."""
    if imports is None or not (imports.read or imports.left_out):
        return
    yield ""
    if imports.read:
        yield f"Read for what this file imports: {', '.join(printable(shown_path(path)) for path in imports.read)}."
    for path, reason in imports.left_out.items():
        yield f"Not read: {printable(shown_path(path))}, because {printable(reason)}."


def _named(made: Document, line: int, path: str = "") -> str:
    """Return the name of a line, as users count lines; of another file where a path is given."""
    if path:
        return f"line {line} of {printable(shown_path(path))}"
    cell, line = made.place(line)
    return f"line {line}" if cell is None else f"cell {cell}, line {line}"


def _answer(asked: Asked) -> list[str]:
    made, known = asked.made, asked.known
    parts = [f"{printable(str(asked.place))}: {printable(asked.source)}"]
    if asked.here:
        parts += ["", _FINDINGS]
    for reported in asked.here:
        parts += [headline(reported, Style()), f"  {_state(made, reported, asked.settings)}"]
    for reported, step in asked.steps:
        where = _named(made, reported.finding.location.line)
        parts.append(f"\nPart of {reported.finding.code} in {where}: {printable(step.text)}")
    parts += loss_table.as_text(known.losses, partial(_named, made))
    if asked.caller is not None:
        path, losses = asked.caller
        parts += ["", f"Where {printable(shown_path(path))} comes by here:"]
        parts += loss_table.as_text(losses, partial(_named, made))
    if known.facts:
        parts += ["", _FACTS]
    for name, facts in known.facts.items():
        parts += [f"{name}:", *(f"  - {printable(fact)}" for fact in facts)]
    if silence := asked.silence():
        parts += ["", f"Nothing is reported here: {silence}."]
    return parts


def _covers(location: Location, line: int, column: int | None) -> bool:
    """True if a location is on a line, or at a column of it, which counts from 1."""
    if column is None:
        return location.line <= line <= location.end_line
    return (location.line, location.column) <= (line, column - 1) < (location.end_line, location.end_column)


def _state(made: Document, reported: FileFinding, settings: Settings) -> str:
    """Return the sentence that says whether a finding is reported, and if not, why."""
    code = reported.finding.code
    if not settings.selection(made.path).has(code):
        if code.startswith(ADVISORY):
            return f"It is advice, and off unless --extend-select {ADVISORY} turns it on."
        return "It is off by the options or the configuration."
    spoken, _ = filter_findings(made, [reported.finding], settings)
    return "It is reported." if spoken else "It is silenced by a comment."


def _silence(made: Document, source: str, place: Place, found: list[FileFinding], known: Known) -> str:
    """Return the reason why nothing is reported."""
    if known.raised is not None:
        mended = _silence(made, source, place, found, replace(known, raised=None))
        return f"{_behind(made, *known.raised, found)}. When that is mended: {mended}"
    if known.considered:
        return "; ".join(known.considered)
    if known.differentiates:
        return "; ".join(known.differentiates)
    if place.column is not None and not known.facts:
        return "no tensor that is known is named at this column"
    if not _DANGEROUS.search(source):
        return harmless(source, known)
    if not known.followed and known.is_cut_short:
        return _CUT_SHORT
    if not known.followed:
        return "no path that was followed comes by here: its function holds nothing that is looked for, or is never reached"
    facts = [fact for told in known.facts.values() for fact in told]
    if any(fact.startswith("overwritten since") for fact in facts):
        return "what was overwritten is not read by a backward afterwards, or not in a way that the write changes"
    if any(" for its backward" in fact for fact in facts):
        return "what was saved is not overwritten before its backward"
    if facts:
        return "no operator in sight saved what stands here, so that no backward can miss it"
    return _STEP if ".step(" in source else "no tensor that is known stands here"


def _behind(made: Document, before: int, raised: int, found: list[FileFinding]) -> str:
    """Return the words for the error of a line before, and the finding that tells of it.

    The error may be raised in what the line calls.
    """
    error = f"{_named(made, before)} raises a RuntimeError before it"
    for reported in found:
        finding = reported.finding
        lines = {finding.location.line, *(step.location.line for step in finding.trace)}
        if raised in lines and "RuntimeError" in finding.message:
            where = _named(made, finding.location.line)
            return f"{error}: see {finding.code} in {where}, {printable(finding.message)}"
    return error

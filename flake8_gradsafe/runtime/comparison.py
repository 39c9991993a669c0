"""What was found before a program ran, held against what was seen while it ran."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flake8_gradsafe.runtime.auditing.findings import Seen
from flake8_gradsafe.runtime.auditing.places import Line

CONFIRMED, HARMLESS, UNSEEN, NOT_REACHED = "confirmed", "reached and harmless", "reached", "not reached"
#: Of these the guard sees what they claim, or PyTorch raises it: where a run comes by and nothing is seen, nothing happened.
_SEEN_WHEN_IT_HAPPENS = ("GRD11", "GRD13", "GRD14", "GRD15", "GRD21", "GRD24", "GRD25")
#: These claim that a parameter is never trained, which the guard notes of the step.
_NEVER_TRAINED = ("GRD125", "GRD126", "GRD17", "GRD225", "GRD226", "GRD27")


@dataclass(frozen=True)
class Reported:
    """A finding as `gradsafe check --format json` writes it: its code, its place, and all lines of its trace."""

    code: str
    place: Line
    lines: frozenset[Line]


@dataclass(frozen=True)
class Observation:
    """What was seen of a run: what the guard found and noted, the lines that the program came by, and its error's line."""

    findings: Sequence[Seen]
    notes: Sequence[Seen]
    reached: frozenset[Line]
    error: BaseException | None = None
    error_line: Line | None = None


def read_report(path: str) -> list[Reported]:
    """The findings that `gradsafe check --format json` wrote to a file. Raises OSError, and ValueError for another file."""
    with open(path, encoding="utf-8") as file:
        objects = json.load(file)
    try:
        return [_reported(each) for each in objects]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path}: no report of `gradsafe check --format json`") from error


def _reported(given: dict[str, Any]) -> Reported:
    steps = [given, *given["trace"]]
    lines = frozenset(_line(step) for step in steps if step["cell"] is None)
    return Reported(given["code"], _line(given), lines)


def _line(given: dict[str, Any]) -> Line:
    return Line(os.path.realpath(given["filename"]), given["location"]["row"])


def outcomes(reported: Iterable[Reported], observed: Observation) -> Iterator[tuple[Reported, str, str]]:
    """Each finding, what became of it in the run, and what was seen there."""
    for each in reported:
        evidence = next(_evidence(each, observed), "")
        if evidence:
            yield each, CONFIRMED, evidence
        elif each.place not in observed.reached:
            yield each, NOT_REACHED, ""
        else:
            yield each, HARMLESS if each.code.startswith(_SEEN_WHEN_IT_HAPPENS) else UNSEEN, ""


def missed(reported: Iterable[Reported], observed: Observation) -> list[Seen]:
    """What only the run has seen."""
    known = frozenset[Line]().union(*(each.lines for each in reported))
    return [seen for seen in observed.findings if known.isdisjoint(map(_resolved, seen.lines))]


def _evidence(each: Reported, observed: Observation) -> Iterator[str]:
    """What was seen at the lines of a finding."""
    for seen in observed.findings:
        if _resolved(seen.lines[-1]) in each.lines:
            yield seen.message
    line = observed.error_line
    if isinstance(observed.error, RuntimeError) and line is not None and _resolved(line) in each.lines:
        yield f"RuntimeError: {observed.error}"
    for note in observed.notes if each.code.startswith(_NEVER_TRAINED) else ():
        if not each.lines.isdisjoint(map(_resolved, note.lines)):
            yield note.message


def _resolved(line: Line) -> Line:
    return Line(os.path.realpath(line.file), line.number)

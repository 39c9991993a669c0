"""`gradsafe why`: what is known at a line, and why it is reported or silent."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from flake8_gradsafe.codes import ADVISORY, CODES
from flake8_gradsafe.command.check import load_settings
from flake8_gradsafe.command.ending import CLEAN, complain
from flake8_gradsafe.inspection import analyse, document, reported
from flake8_gradsafe.report.concise import headline
from flake8_gradsafe.report.outcome import Style, printable
from flake8_gradsafe.settings import BadSettings, Settings, load
from flake8_gradsafe.sources import Unreadable, read

if TYPE_CHECKING:
    import argparse

    from flake8_gradsafe.document import Document
    from flake8_gradsafe.inquiry import Known
    from flake8_gradsafe.inspection import Reported

_DANGEROUS = re.compile(
    r"\.data\b|\bdetach_\(|\.[a-z]\w*_\(|[-+*/@%]=|\]\s*=[^=]|\binplace\s*=\s*True|\.backward\(|\.step\("
)
_PLACE = re.compile(r"(?P<path>.+):(?P<line>[1-9]\d*)", re.DOTALL)
_NOTHING = "nothing here writes, cuts or differentiates a tensor"


def why(given: argparse.Namespace) -> int:
    """Print what is known at a line."""
    match = _PLACE.fullmatch(given.place)
    if match is None:
        return complain(f"{given.place}: expected FILE:LINE, as train.py:12")
    path, line = match["path"], int(match["line"])
    try:
        settings = load_settings(given)
        data = read(path)
    except BadSettings as error:
        return complain(str(error))
    except Unreadable as error:
        return complain(f"{path}: {error.text}")
    if path.endswith(".ipynb"):
        return complain(f"{path}: a line of a notebook cannot be asked for")
    made, problems = document(path, data)
    if problems:
        return complain(str(problems[0]))
    if made is None:
        print(f"{printable(path)} holds nothing that autograd could be wrong about: it was not analysed.")
        return CLEAN
    if line > len(made.lines):
        return complain(f"{path}:{line}: the file has {len(made.lines)} lines")
    analysis = analyse(made.text, frozenset(CODES))
    if analysis.problem:
        return complain(f"{path}{'' if analysis.line is None else f':{analysis.line}'}: {analysis.problem}")
    # Imported here: what could not be parsed ends above, and libcst has been loaded by now.
    from flake8_gradsafe.inquiry import inquire

    everything = load({"select": "GRD", "disable-noqa": True}, isolated=True)
    found, _ = reported(made, analysis.findings, everything)
    sys.stdout.write(_answer(made, line, found, settings, inquire(made.text, line)))
    return CLEAN


def _answer(made: Document, line: int, found: list[Reported], settings: Settings, known: Known) -> str:
    source = made.lines[line - 1].strip()
    parts = [f"{printable(made.path)}:{line}: {printable(source)}"]
    here = [each for each in found if each.finding.location.line <= line <= each.finding.location.end_line]
    others = [each for each in found if each not in here]
    for each in here:
        parts += ["", headline(each, Style()), f"  {_state(made, each, settings)}"]
    part = False
    for each in others:
        steps = [step for step in each.finding.trace if step.location.line <= line <= step.location.end_line]
        parts += [
            f"\nPart of {each.finding.code} in line {each.finding.location.line}: {printable(step.text)}"
            for step in steps
        ]
        part = part or bool(steps)
    for name, facts in known.facts.items():
        parts += ["", f"{name}:", *(f"  - {printable(fact)}" for fact in facts)]
    if not here and not part:
        parts += ["", f"Nothing is reported here: {_silence(source, known)}."]
    return "\n".join(parts) + "\n"


def _state(made: Document, each: Reported, settings: Settings) -> str:
    """Whether a finding is reported, and if not, why."""
    code = each.finding.code
    if not settings.selection(made.path).has(code):
        if code.startswith(ADVISORY):
            return f"It is advice, and off unless --extend-select {ADVISORY} turns it on."
        return "It is off by the options or the configuration."
    spoken, _ = reported(made, [each.finding], settings)
    return "It is reported." if spoken else "It is silenced by a comment."


def _silence(source: str, known: Known) -> str:
    """Why nothing is reported."""
    if known.considered:
        return "; ".join(known.considered)
    if not _DANGEROUS.search(source):
        return _NOTHING
    if not known.followed:
        return "no path that was followed comes by here: its function holds nothing that is looked for, or is never reached"
    facts = [fact for told in known.facts.values() for fact in told]
    if any(fact.startswith("overwritten since") for fact in facts):
        return "what was overwritten is not read by a backward afterwards, or not in a way that the write changes"
    if any(" for its backward" in fact for fact in facts):
        return "what was saved is not overwritten before its backward"
    if facts:
        return "no operator in sight saved what stands here, so that no backward can miss it"
    return "no tensor that is known stands here"

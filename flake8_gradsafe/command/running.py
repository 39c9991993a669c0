"""`gradsafe run` and `gradsafe prove`: the user's program is run under the guard, in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.analysis import analyse, document, filter_findings
from flake8_gradsafe.command import place as places
from flake8_gradsafe.command.check import load_settings
from flake8_gradsafe.command.exit_codes import CLEAN, FOUND, complain
from flake8_gradsafe.command.run import importing_path
from flake8_gradsafe.config.codes import CODES
from flake8_gradsafe.config.settings import BadSettings
from flake8_gradsafe.project.imports import imports_of
from flake8_gradsafe.report.objects import as_object
from flake8_gradsafe.report.outcome import printable
from flake8_gradsafe.source.files import Unreadable, read

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

_GUARDED = ("-m", "flake8_gradsafe.runtime.guarded")
_NO_TORCH = "PyTorch is not installed beside gradsafe: a program that uses it cannot be run here"
_CONFIRMED = "confirmed"


def run(words: Sequence[str]) -> int:
    """Run a program under the guard; the words are those behind `gradsafe run`. Gives the program's exit code."""
    if not _has_torch():
        return complain(_NO_TORCH)
    command = [sys.executable, *_GUARDED, *words]
    if os.name == "posix":
        os.execv(sys.executable, command)
    return subprocess.call(command)


def prove(given: argparse.Namespace) -> int:
    """Run a file, and say of each finding at one of its lines whether that shows it. 0 where all are confirmed, else 1."""
    try:
        place = places.parse(given.place)
        found = _reported_at(place, given)
    except (BadSettings, places.BadPlace) as error:
        return complain(str(error))
    except Unreadable as error:
        return complain(f"{given.place.rpartition(':')[0]}: {error.text}")
    if not found:
        return complain(f"{given.place}: nothing is reported there, so there is nothing to prove")
    if not _has_torch():
        return complain(_NO_TORCH)
    seen = _observed(found, [place.path, *given.arguments], given.timeout)
    proven = [_told(finding, seen) for finding in found]
    return CLEAN if all(proven) else FOUND


def _has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def _reported_at(place: places.Place, given: argparse.Namespace) -> list[dict[str, Any]]:
    """What is found at a line of a file, as `check --format json` writes it, whatever rules are chosen."""
    settings = load_settings(given)
    made, problems = document(place.path, read(place.path))
    if made is None or made.cells:
        told = str(problems[0]) if problems else f"{place.path}: holds nothing that could be run and proven"
        raise places.BadPlace(told)
    imports = imports_of(importing_path(place.path, given, settings))
    findings = analyse(made.text, frozenset(CODES), imports=imports).findings
    reported, silenced = filter_findings(made, findings, settings)
    line = place.line_in(made)
    at_line = [each for each in [*reported, *silenced] if each.finding.line == line]
    return [as_object(each) for each in at_line]


def _observed(found: list[dict[str, Any]], program: list[str], seconds: float) -> dict[str, Any] | None:
    """What the guard saw of a run; None where it took too long."""
    with tempfile.TemporaryDirectory() as folder:
        findings, report = os.path.join(folder, "findings.json"), os.path.join(folder, "report.json")
        with open(findings, "w", encoding="utf-8") as file:
            json.dump(found, file)
        command = [sys.executable, *_GUARDED, "--quiet", "--findings", findings, "--report", report, *program]
        try:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return None
        with open(report, encoding="utf-8") as file:
            seen: dict[str, Any] = json.load(file)
        return seen


def _told(finding: dict[str, Any], seen: dict[str, Any] | None) -> bool:
    """Print what a run showed of a finding, and give whether it is confirmed."""
    where = f"{finding['filename']}:{finding['location']['row']}: {finding['code']}"
    if seen is None:
        print(printable(f"{where} cannot be run: the program took too long"))
        return False
    row = finding["location"]["row"]
    matching = [each for each in seen["reported"] if (each["code"], each["line"]) == (finding["code"], row)]
    outcome, evidence = (matching[0]["outcome"], matching[0]["evidence"]) if matching else ("", "")
    if outcome == _CONFIRMED:
        print(printable(f"{where} confirmed: {evidence}"))
        return True
    if seen["error"]:
        line = seen["error_line"]
        at = f" ({line['path']}:{line['line']})" if line else ""
        print(printable(f"{where} cannot be run to its end, because of {seen['error']}{at}"))
    else:
        print(printable(f"{where} not reproduced: {_REASONS[outcome]}"))
    return False


_REASONS = {
    "reached and harmless": "the line was run, and no gradient was wrong or lost through it",
    "reached": "the line was run; what the rule claims is nothing that is seen in a run",
    "not reached": "the program as it stands does not come to the line",
    "": "the program as it stands does not come to the line",
}

"""What the linter itself says of a program: the report with its trace, the diff of its fix, the answer of `gradsafe why`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from flake8_gradsafe.api import check
from flake8_gradsafe.command.difference import difference
from flake8_gradsafe.fixing import fixed
from flake8_gradsafe.report.outcome import Outcome, Style
from flake8_gradsafe.report.text import render
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.file_finding import FileFinding
from website import ROOT


def report(source: str, name: str = "train.py", codes: str = "GRD") -> str:
    """What `gradsafe check` prints of a program."""
    document = Document(name, source)
    findings = check(source, select=codes, fixes=True)
    return render(Outcome(tuple(FileFinding(document, each, each.line) for each in findings)), Style()).rstrip()


def mended(source: str, code: str, name: str = "train.py") -> tuple[str, bool] | None:
    """The diff that the fix of a rule makes of a program, and whether it is safe; None where there is no fix."""
    found = [each.fix for each in check(source, select=code, fixes=True) if each.fix is not None]
    if not found:
        return None
    safe = all(fix.safe for fix in found)
    text = fixed(source, unsafe=not safe, wanted=frozenset({code})).text
    return difference(name, source, text, "utf-8").decode().rstrip(), safe


def why(source: str, name: str, place: str) -> str:
    """What `gradsafe why NAME:PLACE` prints in a folder that holds nothing but this program."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "flake8_gradsafe", "why", "--isolated", f"{name}:{place}"]
        run = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=True)
    return run.stdout.rstrip()


def _environment() -> dict[str, str]:
    """Let the other process import the package that this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))}

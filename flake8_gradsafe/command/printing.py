"""The output of `gradsafe check`: the report, and beside it what a person wants to know."""

from __future__ import annotations

import io
import os
import sys
from collections import Counter
from typing import TYPE_CHECKING

from flake8_gradsafe.command.colors import has_color
from flake8_gradsafe.command.discovery import tree_of
from flake8_gradsafe.command.run import STDIN
from flake8_gradsafe.source.document import Problem

if TYPE_CHECKING:
    import argparse
    from typing import TextIO

    from flake8_gradsafe.command.run import Run
    from flake8_gradsafe.source.file_finding import FileFinding

_NO_FILES = "no Python files found; what is excluded, or ignored by git, is left out"
_FOR_READERS = ("text", "concise")


def show(run: Run, given: argparse.Namespace) -> None:
    """Print the report in the form that is asked for, and on the standard error what went wrong."""
    if not run.settings.options.quiet:
        _remark(run, given)
    if given.format in _FOR_READERS and not run.reported and not run.problems and given.output_file is None:
        # The usual case, and silence needs no reporter.
        return
    from flake8_gradsafe.report.outcome import printable

    # Where the standard output is a program or a difference, reports go beside it.
    output: TextIO = sys.stderr if given.fix and STDIN in given.paths else sys.stdout
    file = io.StringIO()
    if given.output_file is not None:
        output = file
    if not given.diff:
        output.write(_report(run, given, output))
    if run.settings.options.statistics:
        # Beside a form that programs read, this would be noise in it.
        stream = output if _is_for_readers(given) else sys.stderr
        stream.write(_statistics(run.reported))
    output.flush()
    if given.output_file is not None:
        _write(file.getvalue(), run, given)
    for problem in run.problems:
        print(f"gradsafe: {printable(str(problem))}", file=sys.stderr)


def _write(text: str, run: Run, given: argparse.Namespace) -> None:
    """Put a report into the file that is asked for."""
    from flake8_gradsafe.source.files import cause
    from flake8_gradsafe.source.writing import Unwritable, write

    path, data = given.output_file, text.encode("utf-8", "backslashreplace")
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            # A pipe or a device is written to; a file is put into another's place.
            with open(path, "wb") as stream:
                stream.write(data)
        else:
            write(path, data, tree_of(os.path.dirname(path) or os.curdir))
    except OSError as error:
        run.problems.append(Problem(path, f"not written: {cause(error)}"))
    except Unwritable as error:
        run.problems.append(Problem(path, str(error)))


def _report(run: Run, given: argparse.Namespace, output: TextIO) -> str:
    from flake8_gradsafe.report import render
    from flake8_gradsafe.report.outcome import Outcome, Style, printable

    if run.settings.options.quiet == 1:
        names = dict.fromkeys(file_finding.document.path for file_finding in run.reported)
        return "".join(f"{printable(name)}\n" for name in names)
    if run.settings.options.quiet:
        return ""
    return render(
        given.format, Outcome(tuple(run.reported), tuple(run.problems)), Style(has_color(given.color, output))
    )


def _remark(run: Run, given: argparse.Namespace) -> None:
    """Say on the standard error what is no part of a report."""
    if run.problems:
        return
    if not run.checked and STDIN not in given.paths:
        from flake8_gradsafe.report.outcome import printable

        where = printable(", ".join(given.paths))
        print(f"gradsafe: warning: {where}: {_NO_FILES}", file=sys.stderr)
    elif _is_for_readers(given) and not run.reported and sys.stderr.isatty():
        from flake8_gradsafe.report.outcome import counted

        findings = "findings" if given.baseline is None else "new findings"
        print(f"No {findings} in {counted(len(run.checked), 'file')}.", file=sys.stderr)


def _is_for_readers(given: argparse.Namespace) -> bool:
    return given.format in _FOR_READERS and not given.diff


def _statistics(found: list[FileFinding]) -> str:
    counts = Counter((file_finding.finding.code, file_finding.finding.name) for file_finding in found)
    return "".join(f"{count:<8}{code} {name}\n" for (code, name), count in sorted(counts.items()))

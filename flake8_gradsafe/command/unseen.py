"""Notes about lines that were not looked at, because an error ends the program before them."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from flake8_gradsafe.command.source_patterns import WRITES
from flake8_gradsafe.report.outcome import counted, printable
from flake8_gradsafe.source.document import Problem

if TYPE_CHECKING:
    from flake8_gradsafe.command.run import File, Run
    from flake8_gradsafe.source.document import Document

#: Code that may be wrong wherever it stands. A backward or a step is left out: it nearly always follows.
_WORTH_A_LOOK = re.compile(rf"{WRITES}|\bdetach\(")
#: The program is run once more: of one longer than this it would take too long.
_LONGEST = 50_000
#: The number of places that are named in a file.
_MOST = 3


def tell_unseen(run: Run) -> None:
    """Name the lines behind errors, on the standard error, also where the error itself is silenced or known."""
    for file in run.files:
        found = [file_finding.finding for file_finding in (*file.reported, *file.silenced, *file.known)]
        if any(finding.code.startswith("GRD1") and "RuntimeError" in finding.message for finding in found):
            _tell(file)


def _tell(file: File) -> None:
    from flake8_gradsafe.explain_line import unseen

    document = file.document
    if len(document.text) > _LONGEST:
        return
    try:
        behind = unseen(document.text)
    except Exception:  # noqa: BLE001
        # A note is not worth the report that stands beside it.
        return
    source = document.lines
    told = [stretch for stretch in behind if _WORTH_A_LOOK.search("".join(source[stretch[1] - 1 : stretch[2]]))]
    for line, first, last in told[:_MOST]:
        cell, row = document.place(line)
        text = f"a RuntimeError ends the run here: {_lines(document, first, last)} not looked at"
        print(f"gradsafe: note: {printable(str(Problem(document.path, text, row, cell)))}", file=sys.stderr)
    if len(told) > _MOST:
        more = f"the same behind {counted(len(told) - _MOST, 'more RuntimeError')}"
        print(f"gradsafe: note: {printable(document.path)}: {more}", file=sys.stderr)


def _lines(document: Document, first: int, last: int) -> str:
    """Return the words for some lines, with a verb."""
    cell, line = document.place(first)
    end_cell, end = document.place(last)
    place = "" if cell is None else f"cell {cell}, "
    if first == last:
        return f"{place}line {line} was"
    return (
        f"{place}lines {line} to {end} were"
        if cell == end_cell
        else f"{place}line {line} to cell {end_cell}, line {end} were"
    )

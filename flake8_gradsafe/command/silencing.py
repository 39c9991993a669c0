"""`# noqa` comments written at the findings of files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flake8_gradsafe.command.run import with_text, write_file
from flake8_gradsafe.report.outcome import counted
from flake8_gradsafe.source.document import Problem
from flake8_gradsafe.source.files import decode
from flake8_gradsafe.source.noqa import silenced
from flake8_gradsafe.source.notebook.writing import Unchangeable

if TYPE_CHECKING:
    from flake8_gradsafe.command.run import File, Run


def add_comments(run: Run, reason: str) -> None:
    """Silence what is found, each with a comment, and say how many there are; what cannot be silenced stays reported."""
    counts = [_add_comments(run, file, reason) for file in run.files if file.reported]
    if run.settings.options.quiet:
        return
    if not counts:
        print("no comments added: nothing was found", file=sys.stderr)
    elif any(counts):
        files = counted(sum(count > 0 for count in counts), "file")
        print(f"added {counted(sum(counts), 'comment')} in {files}", file=sys.stderr)


def _add_comments(run: Run, file: File, reason: str) -> int:
    path = file.target.path
    text = file.document.text if file.document.cells else decode(file.data).text
    text, refused = silenced(text, file.reported, reason)
    try:
        data = with_text(file, text)
    except UnicodeEncodeError:
        run.problems.append(Problem(path, "not changed: its encoding cannot hold the reason"))
        return 0
    except Unchangeable as error:
        run.problems.append(Problem(path, f"not changed: {error}"))
        return 0
    if not write_file(run, file, data):
        return 0
    lines = {file_finding.noqa_line for file_finding in file.reported}
    file.reported = [file_finding for file_finding in file.reported if file_finding.noqa_line in refused]
    for line in refused:
        cell, row = file.document.place(line)
        run.problems.append(Problem(path, "a comment has no place on this line", row, cell))
    return len(lines) - len(refused)

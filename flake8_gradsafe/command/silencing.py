"""`# noqa` comments written at the findings of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.command.run import with_text, write_file
from flake8_gradsafe.document import Problem
from flake8_gradsafe.notebook.writing import Unchangeable
from flake8_gradsafe.silencing import silenced
from flake8_gradsafe.sources import decode

if TYPE_CHECKING:
    from flake8_gradsafe.command.run import File, Run


def add_comments(run: Run, reason: str) -> None:
    """Silence what is found, each with a comment; what cannot be silenced stays reported."""
    for file in run.files:
        if file.reported:
            _add_comments(run, file, reason)


def _add_comments(run: Run, file: File, reason: str) -> None:
    path = file.target.path
    text = file.document.text if file.document.cells else decode(file.data).text
    text, refused = silenced(text, file.reported, reason)
    try:
        data = with_text(file, text)
    except UnicodeEncodeError:
        run.problems.append(Problem(path, "not changed: its encoding cannot hold the reason"))
        return
    except Unchangeable as error:
        run.problems.append(Problem(path, f"not changed: {error}"))
        return
    if write_file(run, file, data):
        file.reported = [each for each in file.reported if each.noqa_line in refused]
        for line in refused:
            cell, row = file.document.place(line)
            run.problems.append(Problem(path, "a comment has no place on this line", row, cell))

"""The files that the steps of a trace stand in: that of the finding, or others of its project."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from flake8_gradsafe.analysis import document
from flake8_gradsafe.project.sources import stamp_of
from flake8_gradsafe.report.outcome import printable
from flake8_gradsafe.source.document import Document
from flake8_gradsafe.source.files import Unreadable, read

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Location
    from flake8_gradsafe.project.sources import Stamp
    from flake8_gradsafe.source.file_finding import FileFinding


def document_of(document: Document, location: Location) -> Document:
    """The file in which a location stands that is told of a finding in a document."""
    return _other(location.path, shown_path(location.path), stamp_of(location.path)) if location.path else document


def shown_path(path: str) -> str:
    """A path as a user would write it: from the working folder if it lies in it."""
    try:
        found = os.path.relpath(path)
    except ValueError:
        return path
    return path if found.split(os.sep)[0] == os.pardir else found


def named_line(document: Document, location: Location) -> str:
    """The line of a location, after the name of its file where that is another one."""
    line = document_of(document, location).place(location.line)[1]
    return f"{printable(shown_path(location.path))}:{line}" if location.path else str(line)


def steps(reported: FileFinding) -> list[str]:
    """Return how a finding comes about, a line each: where, and what happens there."""
    document = reported.document
    return [f"{named_line(document, step.location)}: {printable(step.text)}" for step in reported.finding.trace]


@lru_cache(maxsize=256)
def _other(path: str, shown: str, _stamp: Stamp) -> Document:
    """Another file, as it stands on disk, under the name that is shown; an empty one where it cannot be read any more."""
    try:
        made, _ = document(shown, read(path), always=True)
    except Unreadable:
        made = None
    return made or Document(shown, "")

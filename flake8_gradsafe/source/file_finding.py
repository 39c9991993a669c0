"""A finding in its file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.source.document import Document

if TYPE_CHECKING:
    from flake8_gradsafe.finding import Finding


@dataclass(frozen=True, slots=True)
class FileFinding:
    """A finding that is on, in its file. A comment that silences it belongs at the end of the line `noqa_line`."""

    document: Document
    finding: Finding
    noqa_line: int

"""The documents of a client: a whole text, or one cell of a notebook."""

from __future__ import annotations

from dataclasses import dataclass

from flake8_gradsafe.source.files import Source


@dataclass(frozen=True, slots=True)
class Part:
    """A document of the client's: a whole text, or the cell of that number of a notebook.

    `first_line` is where it begins in the program that is examined.
    """

    uri: str
    version: int | None
    text: str
    first_line: int = 1
    number: int | None = None

    @property
    def translated(self) -> str:
        """The text with every line end as a newline."""
        return Source("utf-8", self.text).translated

    @property
    def last_line(self) -> int:
        """Its last line in the program; of a cell, empty lines at the end are none."""
        text = self.translated if self.number is None else self.translated.rstrip()
        return self.first_line + text.count("\n")

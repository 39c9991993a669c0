"""What the linter reports: plain frozen data, the same for every face."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Location:
    """A range of the text: lines from 1, columns from 0 in code points, the end exclusive.

    `path` is empty in the file that is checked, else the other file of its project that the range stands in.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    path: str = ""

    def seen_from(self, path: str, checked: str) -> Location:
        """The same range as it is told in another file, whose path it is; `checked` is that of the file that was checked."""
        own = self.path or checked
        return replace(self, path="" if own == path else own)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a trace: what happened at a place, told in a few words. `role` is made, saved, aliased, called, written, cut
    or read."""

    role: str
    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the text and what stands there instead. `location` is where, lines from 1, columns from 0 in characters."""

    location: Location
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """How a finding can be mended. `safe`: nothing in sight changes but what was wrong. `title` says what is done, in a few
    words; `why` what an unsafe fix changes.

    The edits are sorted and do not overlap. Findings that are mended together have one and the same fix.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One report. `assumed` names the premises that were not seen; it is empty for a proven finding. `fix` is
    computed only where it is asked for. A finding that stands in another file of the project has a `lead`: where the file that
    is checked leads there."""

    code: str
    name: str
    message: str
    location: Location
    trace: tuple[Step, ...] = ()
    help: str = ""
    assumed: tuple[str, ...] = ()
    fix: Fix | None = None
    lead: Location | None = None

    @property
    def line(self) -> int:
        """The line, from 1."""
        return self.location.line

    @property
    def column(self) -> int:
        """The column, from 0 in code points."""
        return self.location.column

    def told_here(self, named: Callable[[str], str]) -> Finding:
        """The finding in the file that is checked: one that stands in another file is told at its lead.

        `named` gives the words for the path of a file.
        """
        if not self.location.path or self.lead is None:
            return self
        where = f"{named(self.location.path)}, line {self.location.line}"
        return replace(self, message=f"{self.message} (in {where})", location=self.lead, fix=None, lead=None)

    def told_in(self, path: str, checked: str) -> Finding:
        """The finding in the other file where it stands, whose path it is; `checked` is that of the file that was checked."""
        trace = tuple(replace(step, location=step.location.seen_from(path, checked)) for step in self.trace)
        location = self.location.seen_from(path, checked)
        return replace(self, location=location, trace=trace, fix=None, lead=None)

"""What a finding is known by from one run to the next: its code and what is written there, not on which line."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_gradsafe.inspection import Reported


def content(reported: Reported) -> str:
    """The source lines of a finding, without the space around them."""
    location = reported.finding.location
    lines = reported.document.lines[location.line - 1 : location.end_line]
    return " ".join(" ".join(line.split()) for line in lines)


def fingerprint(reported: Reported, repetition: int = 0) -> str:
    """A short name for a finding in its file. `repetition` tells equal ones apart, in their order."""
    parts = (reported.finding.code, content(reported), str(repetition))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

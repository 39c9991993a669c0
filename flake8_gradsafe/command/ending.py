"""How the command ends: its exit codes, and the one line that says why nothing was done."""

from __future__ import annotations

import sys
from contextlib import suppress

CLEAN, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130


def complain(text: str) -> int:
    """Print why nothing was done, in one line, and give the exit code for that."""
    from flake8_gradsafe.report.outcome import printable

    # Where nobody can be told, the exit code has to do.
    with suppress(OSError):
        print(f"gradsafe: error: {printable(text)}", file=sys.stderr)
    return FAILED

"""The exit codes of the command, and the lines that say why something was not done."""

from __future__ import annotations

import sys
from contextlib import suppress

CLEAN, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130


def complain(text: str) -> int:
    """Print why nothing was done, in one line, and give the exit code for that."""
    # Where nobody can be told, the exit code has to do.
    with suppress(OSError, ImportError):
        _tell("error", text)
    return FAILED


def warn(text: str) -> None:
    """Print what was passed over, in one line."""
    _tell("warning", text)


def _tell(kind: str, text: str) -> None:
    from flake8_gradsafe.report.outcome import printable

    print(f"gradsafe: {kind}: {printable(text)}", file=sys.stderr)

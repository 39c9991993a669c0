"""The standard streams: there is something behind each of them, and what it refuses is told at the end."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal, TextIO


def prepare() -> None:
    """Have a stream in the place of each that is closed, so that no file that is opened gets its number.

    Reading or writing a closed one fails when it is done. What is told on a closed standard error is lost.
    """
    if sys.stdin is None:
        sys.stdin = _stand_in(0, os.O_WRONLY, "r")
    if sys.stdout is None:
        sys.stdout = _stand_in(1, os.O_RDONLY, "w")
    if sys.stderr is None:
        sys.stderr = _stand_in(2, os.O_WRONLY, "w")
    # Names of files and sources hold what a terminal's encoding may not have.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _stand_in(number: int, way: int, mode: Literal["r", "w"]) -> TextIO:
    with suppress(OSError):
        opened = os.open(os.devnull, way)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
    return open(number, mode, encoding="utf-8", closefd=False)


def flush() -> None:
    """Write what is still held back. Raises OSError where that cannot be done."""
    sys.stdout.flush()
    sys.stderr.flush()


def give_up() -> None:
    """Write nothing any more to a stream that takes nothing. Python would complain again when it ends."""
    for stream in (sys.stdout, sys.stderr):
        if not _takes_all(stream):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _takes_all(stream: TextIO) -> bool:
    try:
        stream.flush()
    except OSError:
        return False
    return True

"""`gradsafe check --watch`: the files are checked again whenever one of them changes."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from flake8_gradsafe.command.discovery import targets
from flake8_gradsafe.command.exit_codes import complain
from flake8_gradsafe.config.lookup import FLAKE8_FILES, PYPROJECT
from flake8_gradsafe.config.settings import BadSettings
from flake8_gradsafe.report.outcome import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from typing import NoReturn

    from flake8_gradsafe.command.run import Run
    from flake8_gradsafe.config.settings import Settings

#: Seconds between two looks at the files. Where looking takes long, most of the time is still spent waiting.
_PAUSE = 0.3
_SHARE = 10
_CLEAR = "\x1b[2J\x1b[H"


def watch(given: argparse.Namespace, settings: Callable[[], Settings], check: Callable[[], Run | None]) -> NoReturn:
    """Check again and again, until an interrupt. Raises BadSettings where that cannot even begin.

    `check` gives None where there was something that it could not use.
    """
    known = settings()
    while True:
        before = _stamps(given, known)
        if sys.stdout.isatty():
            sys.stdout.write(_CLEAR)
        told = _told(check())
        print(f"gradsafe: waiting for a change ({told}); Ctrl-C ends", file=sys.stderr, flush=True)
        while True:
            begun = time.monotonic()
            after = _stamps(given, known)
            if after != before:
                break
            time.sleep(max(_PAUSE, _SHARE * (time.monotonic() - begun)))
        try:
            known = settings()
        except BadSettings as error:
            # It is being edited: what held before holds until it can be read.
            complain(str(error))


def _told(run: Run | None) -> str:
    """Return the line that says when a round has ended, and what was found in it."""
    now = time.strftime("%H:%M:%S")
    return (
        now if run is None else f"{now}: {counted(len(run.reported), 'finding')} in {counted(len(run.checked), 'file')}"
    )


def _stamps(given: argparse.Namespace, settings: Settings) -> dict[str, tuple[int, int]]:
    """Return the time of the last change and the size of each file that counts."""
    found, _ = targets(given.paths, settings)
    paths = [target.path for target in found]
    paths += [path for path in (given.config, given.baseline) if path is not None] or [*FLAKE8_FILES, PYPROJECT]
    stamps = {}
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        stamps[path] = status.st_mtime_ns, status.st_size
    return stamps

"""`gradsafe scan`, where what it needs is installed."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from flake8_gradsafe.command.exit_codes import CLEAN, FOUND, complain
from flake8_gradsafe.command.progress import progress
from flake8_gradsafe.config.settings import BadSettings, load
from flake8_gradsafe.report.outcome import counted, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from flake8_gradsafe.scanning.scan import Scan

_NEEDED = {"dask", "distributed", "fsspec", "pyarrow"}
_RULES = ("select", "extend-select", "ignore", "extend-ignore", "disable-noqa")
_MODULE = "flake8_gradsafe.command.checking"
#: MiB without which a process cannot begin.
_LEAST_MEMORY = 256


def scan(given: argparse.Namespace) -> int:
    """Scan what is asked for, print the summary, and give the exit code."""
    if sys.platform == "win32":
        return complain("scanning needs a system on which a process can be given a connection: Linux or macOS")
    try:
        from flake8_gradsafe.scanning.errors import BadScan
        from flake8_gradsafe.scanning.scan import scan as scan_all
        from flake8_gradsafe.scanning.summary import lines
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _NEEDED:
            raise
        return complain("scanning needs more: pip install 'flake8-gradsafe[scan]'")
    try:
        summary = scan_all(_wanted(given), _Teller(quiet=given.quiet))
    except (BadScan, BadSettings) as error:
        return complain(str(error))
    if not given.quiet:
        print(printable_lines(lines(summary)))
    return FOUND if summary.findings and not given.exit_zero else CLEAN


def printable_lines(lines: list[str]) -> str:
    """Lines as a terminal shows them: names in them come from anybody."""
    return "\n".join(map(printable, lines))


def _wanted(given: argparse.Namespace) -> Scan:
    from flake8_gradsafe.scanning.checker import Checking
    from flake8_gradsafe.scanning.layouts import Columns
    from flake8_gradsafe.scanning.scan import Scan

    if given.file_seconds <= 0:
        raise BadSettings(f"--file-seconds: {given.file_seconds:g}: expected more than 0")
    if given.file_memory < _LEAST_MEMORY:
        raise BadSettings(f"--file-memory: {given.file_memory}: expected {_LEAST_MEMORY} MiB or more")
    if given.workers is not None and given.workers < 1:
        raise BadSettings(f"--workers: {given.workers}: expected 1 or more")
    if given.workers is not None and given.scheduler is not None:
        raise BadSettings("--workers: cannot go together with --scheduler, which has workers of its own")
    options = {name: getattr(given, name.replace("-", "_")) for name in _RULES}
    options = {name: value for name, value in options.items() if value is not None}
    if not load(options, isolated=True).chooses_any:
        raise BadSettings("no rule is selected by the options: nothing can be found")
    told = json.dumps({"given": options, "no_project": given.no_project}, sort_keys=True)
    return Scan(
        given.sources,
        given.to,
        Columns(given.content_column, given.path_column, given.repo_column),
        Checking(_MODULE, told, given.file_seconds, given.file_memory * 2**20),
        given.resume,
        given.scheduler,
        given.workers,
    )


class _Teller:
    """Tells on standard error how a scan goes on."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def started(self, dashboard: str, workers: int) -> None:
        """Say where the cluster can be watched."""
        if not self._quiet:
            print(printable(f"gradsafe: {counted(workers, 'worker')}; dashboard: {dashboard}"), file=sys.stderr)

    def progress(self, name: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """Show a bar for a step."""
        return progress(total, shown=not self._quiet and sys.stderr.isatty(), name=name)

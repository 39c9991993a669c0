"""A bar for long runs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds before anything is shown: a short run needs no bar.
PATIENCE = 1.5


@contextmanager
def progress(total: int, shown: bool, name: str = "checking") -> Iterator[Callable[[int], None]]:
    """Give a function that counts files as done, and shows a bar where rich is installed and the run is long."""
    bar = _Bar(total, name) if shown else None
    try:
        yield (lambda count: None) if bar is None else bar.advance
    finally:
        if bar is not None:
            bar.stop()


class _Bar:
    def __init__(self, total: int, name: str) -> None:
        self._total = total
        self._name = name
        self._done = 0
        self._start = time.monotonic()
        self._stop: Callable[[], None] | None = None
        self._update: Callable[[int], None] | None = None
        self._missing = False

    def advance(self, count: int) -> None:
        self._done += count
        if self._update is None and not self._missing and time.monotonic() - self._start > PATIENCE:
            self._begin()
        if self._update is not None:
            self._update(self._done)

    def stop(self) -> None:
        if self._stop is not None:
            self._stop()

    def _begin(self) -> None:
        try:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
        except ImportError:
            self._missing = True
            return
        columns = (TextColumn(self._name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        bar = Progress(*columns, console=Console(stderr=True), transient=True)
        task = bar.add_task(self._name, total=self._total)
        bar.start()
        self._stop = bar.stop
        self._update = lambda done: bar.update(task, completed=done)

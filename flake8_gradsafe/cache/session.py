"""The cache of a process that is given its files one by one: what is new is written when the process ends."""

from __future__ import annotations

import os
from functools import cached_property
from multiprocessing import util
from typing import TYPE_CHECKING

from flake8_gradsafe.cache.database import Cache, analyser, key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flake8_gradsafe.analysis import Analysis, Task

#: So many new analyses are written at once, without waiting for the end.
_MOST_UNWRITTEN = 200


class CacheSession:
    """Analyses of earlier runs, and those of this one that are to be kept. A process that is forked begins with none."""

    def __init__(self, folder: Path | None) -> None:
        """Use a folder, or none: then nothing is remembered."""
        self._cache = Cache(folder)
        self._process = 0
        self._unwritten: dict[str, Analysis] = {}

    def analysis(self, task: Task, make: Callable[[], Analysis]) -> Analysis:
        """The analysis of a program, without fixes: what an earlier run has made, or what `make` makes now."""
        name = key(task, self._made_by)
        known = self._cache.known({name: task}).get(name)
        if known is not None:
            return known
        made = make()
        if made.lasting:
            self._keep(name, made)
        return made

    def _keep(self, name: str, analysis: Analysis) -> None:
        if self._process != os.getpid():
            self._process, self._unwritten = os.getpid(), {}
            util.Finalize(None, self.write, exitpriority=0)  # also run where flake8's helpers end
        self._unwritten[name] = analysis
        if len(self._unwritten) >= _MOST_UNWRITTEN:
            self.write()

    def write(self) -> None:
        """Write what is to be kept."""
        unwritten, self._unwritten = self._unwritten, {}
        self._cache.remember(unwritten)

    @cached_property
    def _made_by(self) -> str:
        return f"{analyser()}\nwithout fixes"

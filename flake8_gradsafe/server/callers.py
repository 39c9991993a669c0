"""What the files that import an open document find in it. Each is looked at once for as long as what that depends on stays."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from flake8_gradsafe.analysis import Analysis, analyse
from flake8_gradsafe.interpreter.run import Abandoned
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.root import project_root
from flake8_gradsafe.project.users import callers_of
from flake8_gradsafe.syntax.gate import may_concern_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.config.settings import Settings
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.project.sources import Sources

#: So many files are remembered; the one that was asked for longest ago is forgotten first.
MAX_REMEMBERED = 256
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What an analysis of a file has found, and what that depends on."""

    text: str
    wanted: frozenset[str]
    imports: FileImports
    findings: tuple[Finding, ...]
    consulted: tuple[tuple[str, str], ...]

    def holds(self, text: str, wanted: frozenset[str]) -> bool:
        """True if the file would be found the same once more."""
        return (self.text, self.wanted) == (text, wanted) and self.imports.is_unchanged(self.consulted)


class Callers:
    """The files that import open documents, with what is found from them."""

    def __init__(self, sources: Sources) -> None:
        """Take what reads files, as they stand in the editor or on disk."""
        self._sources = sources
        self._remembered: dict[str, _Remembered] = {}
        self._lock = Lock()

    def handed(
        self, name: str, settings: Settings, abandoned: Callable[[], bool] | None = None
    ) -> tuple[tuple[int, Finding], ...]:
        """What the importers of a file find in it, each with the number of its file, the nearest first.

        Raises `interpreter.run.Abandoned` once nobody waits for it.
        """
        file = os.path.realpath(name)
        if not file.endswith(".py") or not os.path.isfile(file):
            return ()
        found: list[tuple[int, Finding]] = []
        for number, (path, text) in enumerate(callers_of([file], project_root(file), self._sources).items(), 1):
            if abandoned is not None and abandoned():
                raise Abandoned
            for finding in self._findings(path, text, settings.selection(path).codes, abandoned):
                where = finding.location.path
                if where and os.path.realpath(where) == file:
                    found.append((number, finding.told_in(where, path)))
        return tuple(found)

    def remember(
        self, path: str, text: str, wanted: frozenset[str], imports: FileImports, analysis: Analysis
    ) -> tuple[Finding, ...]:
        """Keep what an analysis of a file has found, and give it."""
        made = _Remembered(text, wanted, imports, analysis.findings, analysis.consulted)
        with self._lock:
            self._remembered.pop(path, None)
            if len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[path] = made
        return made.findings

    def _findings(
        self, path: str, text: str, wanted: frozenset[str], abandoned: Callable[[], bool] | None
    ) -> tuple[Finding, ...]:
        known = self._remembered.get(path)
        if known is not None and known.holds(text, wanted):
            return self.remember(path, text, wanted, known.imports, Analysis(known.findings, consulted=known.consulted))
        imports = FileImports(path, self._sources)
        analysis = Analysis()
        if wanted and (may_concern_us(text) or imports.may_link(text)):
            analysis = analyse(text, wanted, fixes=False, imports=imports, abandoned=abandoned)
        if not analysis.lasting:
            _LOG.error("%s: %s", path, analysis.problem)
        return self.remember(path, text, wanted, imports, analysis)

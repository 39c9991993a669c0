"""The flake8 plugin: flake8 gives a file's tree and lines, and gets the findings that its user selected."""

from __future__ import annotations

import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.config.own_options import add_own_options
from flake8_gradsafe.config.selection import Selection
from flake8_gradsafe.syntax.mention import mentions_torch
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator

    from flake8.options.manager import OptionManager

    from flake8_gradsafe.analysis import Analysis, Task
    from flake8_gradsafe.cache.session import CacheSession
    from flake8_gradsafe.finding import Finding
    from flake8_gradsafe.project.imports import FileImports

LOG = logging.getLogger("flake8_gradsafe")


class GradsafePlugin:
    """flake8 makes one of these for each file."""

    name = "flake8-gradsafe"
    version = __version__
    selection: Selection | None = None
    options: argparse.Namespace | None = None
    follows_imports = True
    session: CacheSession | None = None

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Add the plugin's own options."""
        add_own_options(manager)

    def __init__(self, tree: ast.AST, lines: list[str], filename: str = "stdin") -> None:
        """Take what flake8 knows of a file: CPython's tree, the physical lines, the name."""
        self.tree = tree
        self.lines = lines
        self.filename = filename

    @classmethod
    def parse_options(cls, manager: Any, options: argparse.Namespace, args: list[str]) -> None:
        """Remember what the user selected."""
        cls.selection = Selection(options)
        cls.options = options
        cls.follows_imports = not options.gradsafe_no_project
        cls.session = None

    def run(self) -> Iterator[tuple[int, int, str, type[GradsafePlugin]]]:
        """Yield line (from 1), column (from 0), text and type of each selected finding.

        Whatever goes wrong in here would end flake8's whole run: it is logged, and the file yields nothing.
        """
        selection = self.selection
        wanted = None if selection is None else selection.codes
        if wanted is not None and not wanted:
            return
        text = "".join(self.lines)
        if not mentions_torch(text):
            return
        # Imported here: flake8 loads the plugin in every run, and most files hold nothing for it.
        from flake8_gradsafe.analysis import internal_error

        try:
            findings = self._findings(text, wanted)
        except Exception as error:  # noqa: BLE001
            LOG.warning("%s: %s", self.filename, internal_error("not analysed", error))
            return
        for finding in (finding.told_here(os.path.relpath) for finding in findings):
            yield finding.location.line, finding.location.column, f"{finding.code} {finding.message}", type(self)

    def _findings(self, text: str, wanted: frozenset[str] | None) -> list[Finding]:
        """What is found in the file, but for what a comment silences in another file where it stands."""
        from flake8_gradsafe.analysis import Task, is_silenced_there
        from flake8_gradsafe.config.codes import CODES
        from flake8_gradsafe.project.imports import imports_of
        from flake8_gradsafe.syntax.gate import may_concern_us

        path = self.filename if self.follows_imports and os.path.isfile(self.filename) else None
        imports = imports_of(path)
        if not may_concern_us(text) and (imports is None or not imports.may_link(text)):
            return []
        analysis = self._analysis(Task(text, frozenset(CODES) if wanted is None else wanted, path), imports)
        if analysis.problem:
            place = self.filename if analysis.line is None else f"{self.filename}:{analysis.line}"
            LOG.warning("%s: %s", place, analysis.problem)
        options, sources = self.options, None if imports is None else imports.sources
        if options is None or sources is None:
            return list(analysis.findings)
        return [each for each in analysis.findings if not is_silenced_there(each, options, sources)]

    def _analysis(self, task: Task, imports: FileImports | None) -> Analysis:
        """What an earlier run has found in the program, or this one finds."""
        from flake8_gradsafe.analysis import analyse

        make = partial(analyse, task.text, task.wanted, tree=self.tree, fixes=False, imports=imports)
        session = self._session()
        return make() if session is None else session.analysis(task, make)

    @classmethod
    def _session(cls) -> CacheSession | None:
        """What is kept between runs: nothing where that is not wanted, or nobody has asked flake8 for anything."""
        if cls.session is None and cls.options is not None and not cls.options.gradsafe_no_cache:
            from flake8_gradsafe.cache.folder import cache_folder
            from flake8_gradsafe.cache.session import CacheSession

            cls.session = CacheSession(cache_folder(cls.options.gradsafe_cache_dir))
        return cls.session

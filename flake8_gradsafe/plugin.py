"""The flake8 plugin: flake8 gives a file's tree and lines, and gets the findings that its user selected."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.config.selection import Selection
from flake8_gradsafe.syntax.mention import mentions_torch
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator

    from flake8.options.manager import OptionManager

    from flake8_gradsafe.project.imports import FileImports

LOG = logging.getLogger("flake8_gradsafe")


class GradsafePlugin:
    """flake8 makes one of these for each file."""

    name = "flake8-gradsafe"
    version = __version__
    selection: Selection | None = None
    options: argparse.Namespace | None = None
    follows_imports = True

    @classmethod
    def add_options(cls, manager: OptionManager) -> None:
        """Add the plugin's own option."""
        manager.add_option(
            "--gradsafe-no-project",
            action="store_true",
            parse_from_config=True,
            help="look at each file alone: do not follow its imports within the project",
        )

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
        from flake8_gradsafe.analysis import is_silenced_there
        from flake8_gradsafe.engine import check

        options = self.options
        try:
            imports = self._imports()
            findings = check(text, self.tree, wanted, imports=imports)
            if options is not None and imports is not None:
                findings = [each for each in findings if not is_silenced_there(each, options, imports.sources)]
        except Exception as error:  # noqa: BLE001
            LOG.warning("%s: not analysed: %s", self.filename, _told(error))
            return
        for finding in (finding.told_here(os.path.relpath) for finding in findings):
            yield finding.location.line, finding.location.column, f"{finding.code} {finding.message}", type(self)

    def _imports(self) -> FileImports | None:
        """What follows the file's imports: nothing where it has no place of its own."""
        if not self.follows_imports or not os.path.isfile(self.filename):
            return None
        from flake8_gradsafe.project.imports import imports_of

        return imports_of(self.filename)


def _told(error: Exception) -> str:
    from flake8_gradsafe.syntax.tree import TooDeep

    if isinstance(error, (TooDeep, SyntaxError)):
        return str(error)
    return f"internal error, please report it: {type(error).__name__}: {error}"

"""The flake8 plugin: flake8 gives a file's tree and lines, and gets the findings that its user selected."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flake8.style_guide import Decision, DecisionEngine

from flake8_gradsafe.engine import check
from flake8_gradsafe.version import __version__

if TYPE_CHECKING:
    import argparse
    import ast
    from collections.abc import Iterator

LOG = logging.getLogger("flake8_gradsafe")
ADVISORY = "GRD9"


class Selection:
    """Which codes flake8's options leave on.

    A user's own `ignore` discards the defaults of plugins. Advisory codes are therefore on only where `select` or
    `extend-select` names them by a prefix, whatever is ignored.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        """Take flake8's parsed options."""
        self._engine = DecisionEngine(options)
        self._named = tuple(options.select or ()) + tuple(options.extend_select or ())

    @cached_property
    def codes(self) -> frozenset[str]:
        """All codes that are on."""
        from flake8_gradsafe.codes import CODES

        return frozenset(code for code in CODES if self.has(code))

    def has(self, code: str) -> bool:
        """Whether a code is on."""
        if code.startswith(ADVISORY) and not any(code.startswith(prefix) for prefix in self._named):
            return False
        return self._engine.decision_for(code) is Decision.Selected


class GradsafePlugin:
    """flake8 makes one of these for each file."""

    name = "flake8-gradsafe"
    version = __version__
    selection: Selection | None = None

    def __init__(self, tree: ast.AST, lines: list[str], filename: str = "stdin") -> None:
        """Take what flake8 knows of a file: CPython's tree, the physical lines, the name."""
        self.tree = tree
        self.lines = lines
        self.filename = filename

    @classmethod
    def parse_options(cls, manager: Any, options: argparse.Namespace, args: list[str]) -> None:
        """Remember what the user selected."""
        cls.selection = Selection(options)

    def run(self) -> Iterator[tuple[int, int, str, type[GradsafePlugin]]]:
        """Yield line (from 1), column (from 0), text and type of each selected finding.

        Whatever goes wrong in here would end flake8's whole run: it is logged, and the file yields nothing.
        """
        selection = self.selection
        wanted = None if selection is None else selection.codes
        if wanted is not None and not wanted:
            return
        try:
            findings = check("".join(self.lines), self.tree, wanted)
        except Exception as error:  # noqa: BLE001
            LOG.warning("%s: not analysed: %s", self.filename, _told(error))
            return
        for finding in findings:
            text = f"{finding.code} {finding.message}"
            yield finding.location.line, finding.location.column, text, type(self)


def _told(error: Exception) -> str:
    from flake8_gradsafe.syntax.tree import TooDeep

    if isinstance(error, (TooDeep, SyntaxError)):
        return str(error)
    return f"internal error, please report it: {type(error).__name__}: {error}"

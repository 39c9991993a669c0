"""The selection of our codes, for every face alike."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from flake8.style_guide import Decision, DecisionEngine

from flake8_gradsafe.config.codes import ADVISORY

if TYPE_CHECKING:
    import argparse


class Selection:
    """The codes that flake8's options leave on.

    A user's own `ignore` discards the defaults of plugins. Advisory codes are therefore on only where `select` or
    `extend-select` names them by a prefix, whatever is ignored.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        """Take flake8's parsed options."""
        self._engine = DecisionEngine(options)
        self._named = tuple(options.select or ()) + tuple(options.extend_select or ())

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes that are on."""
        from flake8_gradsafe.config.codes import CODES

        return frozenset(code for code in CODES if self.has(code))

    @property
    def anything(self) -> bool:
        """True if any code of ours can be reported at all."""
        return bool(self.codes)

    def has(self, code: str) -> bool:
        """True if a code is on."""
        if code.startswith(ADVISORY) and not any(code.startswith(prefix) for prefix in self._named):
            return False
        return self._engine.decision_for(code) is Decision.Selected

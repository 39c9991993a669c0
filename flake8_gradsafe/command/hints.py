"""Errors of the command line, in one line each, with what was probably meant."""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NoReturn

    from _typeshed import SupportsWrite

_CHOICE = re.compile(
    r"argument (?P<name>\S+): invalid choice: (?P<quote>['\"])(?P<word>.+)(?P=quote) \(choose from (?P<all>.*)\)"
)
_UNKNOWN = re.compile(r"unrecognized arguments: (?:.* )?(?P<word>--?\w[\w-]*)")


class Parser(argparse.ArgumentParser):
    """argparse, with errors in one line that name what is nearest to a mistyped word."""

    def error(self, message: str) -> NoReturn:
        """End with the error alone, not with the usage."""
        message = " ".join(message.split())
        self.exit(2, f"{self.prog}: error: {message}{self._hint(message)}\n")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print a text. argparse passes over what cannot be written."""
        if message:
            (file or sys.stderr).write(message)

    def _hint(self, message: str) -> str:
        choice = _CHOICE.match(message)
        if choice is not None:
            if choice["name"] == "COMMAND" and os.path.lexists(choice["word"]):
                return f"; did you mean {self.prog} check {choice['word']}?"
            return did_you_mean(choice["word"], re.findall(r"[\w-]+", choice["all"]))
        unknown = _UNKNOWN.match(message)
        return "" if unknown is None else did_you_mean(unknown["word"], self._options())

    def _options(self) -> Iterator[str]:
        """The options of this parser and of its commands."""
        for action in self._actions:
            yield from action.option_strings
            if isinstance(action, argparse._SubParsersAction):
                for command in action.choices.values():
                    yield from command._options()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest to a mistyped one, as the end of an error; nothing where none is near."""
    by_lower = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_lower, 1)
    return f"; did you mean {by_lower[near[0]]}?" if near else ""

"""The entry of the command: its arguments, and the part that they ask for."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from flake8_gradsafe.command.arguments import parse, parser

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and give its exit code."""
    # Names of files and sources hold what a terminal's encoding may not have.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("gradsafe: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough. Python would complain again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    return code


def _run(arguments: Sequence[str] | None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        parser().print_help(sys.stderr)
        return 2
    given = parse(words)
    # Each part imports only what it needs.
    if given.command == "check":
        from flake8_gradsafe.command.check import check

        return check(given)
    if given.command == "explain":
        from flake8_gradsafe.command.explain import explain

        return explain(given)
    if given.command == "rules":
        from flake8_gradsafe.command.explain import list_rules

        return list_rules(given)
    if given.command == "server":
        from flake8_gradsafe.command.serving import server

        return server()
    from flake8_gradsafe.command.why import why

    return why(given)

"""The entry of the command: its arguments, and the part that they ask for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from flake8_gradsafe.command import streams
from flake8_gradsafe.command.arguments import parse, parser
from flake8_gradsafe.command.exit_codes import CLEAN, FAILED, INTERRUPTED, complain

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and give its exit code."""
    streams.prepare()
    try:
        code = _run(arguments)
        streams.flush()
    except KeyboardInterrupt:
        print("gradsafe: interrupted", file=sys.stderr)
        code = INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has seen enough.
        code = FAILED
    except OSError as error:
        from flake8_gradsafe.source.files import cause

        code = complain(f"{error.filename or 'the output'}: {cause(error)}")
    except Exception as error:  # noqa: BLE001
        code = complain(_told(error))
    streams.give_up()
    return code


def _told(error: Exception) -> str:
    from flake8_gradsafe.analysis import internal_error

    return internal_error("not done", error)


def _run(arguments: Sequence[str] | None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        parser().print_help(sys.stderr)
        return FAILED
    if words[0] == "run":  # its options, and those of the program, are read where that is run
        from flake8_gradsafe.command.running import run

        return run(words[1:])
    try:
        given = parse(words)
    except SystemExit as end:
        return int(end.code or CLEAN)
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
    if given.command == "scan":
        from flake8_gradsafe.command.scanning import scan

        return scan(given)
    if given.command == "prove":
        from flake8_gradsafe.command.running import prove

        return prove(given)
    from flake8_gradsafe.command.why import why

    return why(given)

"""Runs a program under the guard, as `python` would run it: `gradsafe run SCRIPT [ARGUMENTS]`."""

import argparse
import json
import os
import runpy
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType, TracebackType
from typing import Any

from flake8_gradsafe.runtime.auditing.findings import Seen
from flake8_gradsafe.runtime.auditing.guard import Guard
from flake8_gradsafe.runtime.auditing.places import Line, is_users
from flake8_gradsafe.runtime.comparison import Observation, Reported, missed, outcomes, read_report

_ABOUT = """\
Runs a program as python would, and says at its end which gradients were wrong or lost, and which lines did it.
Nothing is printed to the standard output, and the exit code is the program's own."""


#: The exit code where the program was not run at all.
_NOT_RUN = 2


@dataclass(frozen=True)
class Ending:
    """How a program ended: its exit code, and the error that nobody caught, with the line of the program that raised it."""

    code: int
    error: BaseException | None = None
    line: Line | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments name, tell what the guard has seen, and give the program's exit code."""
    given = _parse(sys.argv[1:] if arguments is None else arguments)
    try:
        reported = read_report(given.findings) if given.findings else None
    except (OSError, ValueError) as error:
        print(f"gradsafe: error: {error}", file=sys.stderr)
        return _NOT_RUN
    if not given.module and not os.path.isfile(given.program):
        print(f"gradsafe: error: {given.program}: no such file", file=sys.stderr)
        return _NOT_RUN
    watching = Guard("record", exact=not given.sampled)
    ending, reached = _run(given, watching, lines=reported is not None)
    observed = Observation(
        watching.findings,
        watching.notes,
        frozenset(Line(os.path.realpath(line.file), line.number) for line in reached),
        ending.error,
        ending.line,
    )
    if given.report:
        _write(given.report, observed, ending, reported)
    if not given.quiet:
        _print(given.program, observed, reported)
    if isinstance(ending.error, KeyboardInterrupt):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return 1 if given.strict and watching.findings and not ending.code else ending.code


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "gradsafe run",
        usage="gradsafe run [options] (SCRIPT | -m MODULE) [ARGUMENTS ...]",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("-m", dest="module", action="store_true", help="what follows is a module, as for python")
    parser.add_argument(
        "--sampled", action="store_true", help="keep a sample of what is saved, for long runs: quicker, and less sure"
    )
    parser.add_argument(
        "--findings",
        metavar="REPORT",
        help="hold what `gradsafe check --format json` wrote to this file against the run: each finding is confirmed, "
        "reached and harmless, or not reached",
    )
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a gradient was wrong or lost")
    parser.add_argument("--report", metavar="FILE", help="write what was seen to a file, as JSON")
    parser.add_argument("--quiet", action="store_true", help="print nothing at the end")
    parser.add_argument("program", metavar="SCRIPT", help="a script, or with -m a module")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENTS", help="the program's own")
    return parser.parse_args(arguments)


def _run(given: argparse.Namespace, watching: Guard, *, lines: bool) -> tuple[Ending, set[Line]]:
    """Run the program, and print an error that it does not catch as python does. With `lines`, note those it came by."""
    sys.argv = [given.program, *given.arguments]
    reached: set[Line] = set()
    try:
        with watching:
            reached = watching.trace_lines() if lines else reached
            if given.module:
                runpy.run_module(given.program, run_name="__main__", alter_sys=True)
            else:
                _run_script(os.path.abspath(given.program))
    except SystemExit as end:
        return Ending(_exit_code(end)), reached
    except BaseException as error:
        own = error.with_traceback(_own_part(error.__traceback__))
        sys.excepthook(type(own), own, own.__traceback__)
        frames = [frame for frame in traceback.extract_tb(own.__traceback__) if is_users(frame.filename)]
        line = Line(frames[-1].filename, frames[-1].lineno or 0) if frames else None
        return Ending(1, own, line), reached
    return Ending(0), reached


def _run_script(script: str) -> None:
    """Run a script as the main module, which it stays."""
    main = ModuleType("__main__")
    main.__file__ = script
    sys.modules["__main__"] = main
    sys.path[0] = os.path.dirname(script)  # where `python -m` has the working folder
    with open(script, "rb") as file:
        exec(compile(file.read(), script, "exec"), main.__dict__)


def _exit_code(end: SystemExit) -> int:
    """The exit code that python gives a program which ends so."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _own_part(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from the program's first line on, without those of what runs it."""
    start = trace
    while start is not None and not _is_programs(start.tb_frame.f_code.co_filename):
        start = start.tb_next
    return start or trace


def _is_programs(file: str) -> bool:
    return is_users(file) and file != runpy.__file__


def _print(program: str, observed: Observation, reported: Sequence[Reported] | None) -> None:
    count = len(observed.findings)
    if count:
        print(f"gradsafe: {program}: {_counted(count)} wrong or lost", file=sys.stderr)
    for seen in observed.findings:
        print(f"  {seen.message}", file=sys.stderr)
    for seen in observed.notes:
        print(f"gradsafe: note: {seen.message}", file=sys.stderr)
    for each, outcome, evidence in outcomes(reported or (), observed):
        print(f"{each.place}: {each.code} {outcome}{f': {evidence}' if evidence else ''}", file=sys.stderr)
    for seen in missed(reported, observed) if reported is not None else ():
        print(f"gradsafe: only seen in the run: {seen.message}", file=sys.stderr)


def _counted(count: int) -> str:
    return "1 gradient is" if count == 1 else f"{count} gradients are"


def _write(path: str, observed: Observation, ending: Ending, reported: Sequence[Reported] | None) -> None:
    report = {
        "findings": [_as_json(seen) for seen in observed.findings],
        "notes": [_as_json(seen) for seen in observed.notes],
        "exit_code": ending.code,
        "error": None if ending.error is None else f"{type(ending.error).__name__}: {ending.error}",
        "error_line": None if ending.line is None else _place(ending.line),
        "reported": [
            {"code": each.code, **_place(each.place), "outcome": outcome, "evidence": evidence}
            for each, outcome, evidence in outcomes(reported or (), observed)
        ],
        "missed": [_as_json(seen) for seen in missed(reported, observed)] if reported is not None else [],
    }
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)


def _as_json(seen: Seen) -> dict[str, Any]:
    return {"kind": seen.kind, "message": seen.message, "lines": [_place(line) for line in seen.lines]}


def _place(line: Line) -> dict[str, Any]:
    return {"path": os.path.abspath(line.file), "line": line.number}


if __name__ == "__main__":
    sys.exit(main())

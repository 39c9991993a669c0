"""`gradsafe check`: what is found in files, and what is done with it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from flake8_gradsafe.command.ending import CLEAN, FAILED, FOUND, complain, warn
from flake8_gradsafe.command.printing import show
from flake8_gradsafe.command.run import STDIN, Run, inspect
from flake8_gradsafe.settings import BadSettings, Settings, load

if TYPE_CHECKING:
    import argparse

    from flake8_gradsafe.command.baseline import Known
    from flake8_gradsafe.command.run import File

#: The options that flake8 has too: given here, they go before its configuration.
_SHARED = (
    "select",
    "ignore",
    "extend-select",
    "extend-ignore",
    "per-file-ignores",
    "exclude",
    "extend-exclude",
    "filename",
    "disable-noqa",
    "quiet",
    "statistics",
    "jobs",
)


def check(given: argparse.Namespace) -> int:
    """Check what is asked for, print it, and give the exit code."""
    try:
        settings = load_settings(given, _SHARED)
        _refuse_contradictions(given, settings)
        known = _known(given)
        run = inspect(given, settings)
        _leave_out_known(run.files, known, given)
        changed = _change(run, known, given)
    except BadSettings as error:
        return complain(str(error))
    show(run, given)
    if run.problems:
        return FAILED
    return FOUND if (changed if given.diff else run.reported) and not given.exit_zero else CLEAN


def load_settings(given: argparse.Namespace, shared: tuple[str, ...] = ()) -> Settings:
    """The settings, the command line's options before those of the configuration. Raises BadSettings."""
    options = {name: getattr(given, name.replace("-", "_")) for name in shared}
    settings = load(
        {name: value for name, value in options.items() if value is not None},
        config_file=given.config,
        isolated=given.isolated,
    )
    for warning in settings.warnings:
        warn(warning)
    return settings


def _refuse_contradictions(given: argparse.Namespace, settings: Settings) -> None:
    if STDIN in given.paths and len(given.paths) > 1:
        raise BadSettings("-: the standard input is checked alone, without other paths")
    modes = ("--fix", "--diff", "--add-noqa", "--write-baseline")
    chosen = [mode for mode in modes if getattr(given, mode[2:].replace("-", "_")) not in {None, False}]
    if len(chosen) > 1:
        raise BadSettings(f"{chosen[1]}: cannot go together with {chosen[0]}")
    if given.unsafe_fixes and not (given.fix or given.diff):
        raise BadSettings("--unsafe-fixes: needs --fix or --diff")
    if given.write_baseline and given.baseline is None:
        raise BadSettings("--write-baseline: needs --baseline FILE, the file to write")
    if given.add_noqa is not None:
        if not given.add_noqa.isprintable():
            raise BadSettings("--add-noqa: the reason must be one line of printable text")
        if settings.options.disable_noqa:
            raise BadSettings("--add-noqa: has no effect together with --disable-noqa")
        if STDIN in given.paths:
            raise BadSettings("--add-noqa: cannot change the standard input")


from flake8_gradsafe.command.ending import CLEAN, FAILED, FOUND, complain, warn
from flake8_gradsafe.command.printing import show
def _known(given: argparse.Namespace) -> Counter[Known]:
    if given.baseline is None or given.write_baseline:
        return Counter()
    from flake8_gradsafe.command.baseline import load as load_baseline

    return load_baseline(given.baseline)


def _leave_out_known(files: list[File], known: Counter[Known], given: argparse.Namespace) -> None:
    if not known:
        return
    from flake8_gradsafe.command.baseline import without_known

    found = [each for file in files for each in file.reported]
    new = {id(each) for each in without_known(found, known, given.baseline)}
    for file in files:
        file.silenced += [each for each in file.reported if id(each) not in new]
        file.reported = [each for each in file.reported if id(each) in new]


def _change(run: Run, known: Counter[Known], given: argparse.Namespace) -> bool:
    """Change what is asked for; say whether fixes would change anything that are only shown."""
    if given.write_baseline:
        from flake8_gradsafe.command.baseline import save

        save(run.reported, given.baseline)
        print(f"{given.baseline}: {len(run.reported)} known findings", file=sys.stderr)
        for file in run.files:
            file.reported = []
    elif given.add_noqa is not None:
        from flake8_gradsafe.command.silencing import add_comments

        add_comments(run, given.add_noqa)
    elif given.fix:
        from flake8_gradsafe.command.mending import mend

        _leave_out_known(mend(run, given), known, given)
    elif given.diff:
        from flake8_gradsafe.command.mending import differences

        return differences(run, given)
    return False

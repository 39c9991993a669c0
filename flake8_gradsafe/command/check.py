"""`gradsafe check`: what is found in files, and what is done with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flake8_gradsafe.command.exit_codes import CLEAN, FAILED, FOUND, complain, warn
from flake8_gradsafe.command.printing import show
from flake8_gradsafe.command.run import STDIN, Run, inspect
from flake8_gradsafe.config.settings import BadSettings, Settings, load

if TYPE_CHECKING:
    import argparse

    from flake8_gradsafe.command.baseline import Baseline

#: The options that flake8 has too: given here, they go before its configuration.
_SHARED = (
    "select",
    "ignore",
    "extend-select",
    "extend-ignore",
    "per-file-ignores",
    "exclude",
    "extend-exclude",
    "force-exclude",
    "filename",
    "disable-noqa",
    "quiet",
    "statistics",
    "jobs",
)


def check(given: argparse.Namespace) -> int:
    """Check what is asked for, print it, and give the exit code."""
    given.fix = given.fix or given.fix_only
    try:
        if given.watch:
            from flake8_gradsafe.command.watching import watch

            _refuse_watching(given)
            _refuse_modes(given)
            watch(given, lambda: load_settings(given, _SHARED), lambda: _checked(given))
        return _check(given)
    except BadSettings as error:
        return complain(str(error))


def _checked(given: argparse.Namespace) -> Run | None:
    """Check once of many times: what cannot be used now may be mended before the next."""
    try:
        return _done(given)[0]
    except BadSettings as error:
        complain(str(error))
        return None


def _check(given: argparse.Namespace) -> int:
    run, changed = _done(given)
    if any(problem.grave for problem in run.problems):
        return FAILED
    found = changed if given.diff else run.reported or run.problems
    return FOUND if found and not given.exit_zero else CLEAN


def _done(given: argparse.Namespace) -> tuple[Run, bool]:
    """Do all that is asked for; return the run, and whether fixes that are only shown would change anything."""
    settings = load_settings(given, _SHARED)
    _refuse_contradictions(given, settings)
    if not (settings.chooses_any or settings.options.quiet):
        warn("no rule is selected by the options or the configuration: nothing can be found")
    baseline = _baseline(given)
    run = inspect(given, settings)
    if given.report_unused_noqa:
        from flake8_gradsafe.command.unused import report_unused

        report_unused(run)
    changed = _change(run, given) if baseline is None else _change_what_is_new(run, baseline, given)
    show(run, given)
    return run, changed


def _refuse_watching(given: argparse.Namespace) -> None:
    if STDIN in given.paths:
        raise BadSettings("--watch: the standard input cannot be watched")
    if given.add_noqa is not None or given.write_baseline:
        raise BadSettings("--watch: cannot go together with --add-noqa or --write-baseline")


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
    _refuse_modes(given)
    if STDIN in given.paths and len(given.paths) > 1:
        raise BadSettings("-: the standard input is checked alone, without other paths")
    if given.show_fixes and not given.fix:
        raise BadSettings("--show-fixes: needs --fix or --fix-only")
    if given.output_file is not None and given.diff:
        raise BadSettings("--output-file: cannot go together with --diff, which prints no report")
    if given.unsafe_fixes and not (given.fix or given.diff):
        raise BadSettings("--unsafe-fixes: needs --fix or --diff")
    if given.write_baseline and given.baseline is None:
        raise BadSettings("--write-baseline: needs --baseline FILE, the file to write")
    if given.report_unused_noqa and settings.options.disable_noqa:
        raise BadSettings("--report-unused-noqa: has no effect together with --disable-noqa")
    if given.add_noqa is not None:
        _refuse_reason(given)
        if settings.options.disable_noqa:
            raise BadSettings("--add-noqa: has no effect together with --disable-noqa")
        if STDIN in given.paths:
            raise BadSettings("--add-noqa: cannot change the standard input")


def _refuse_modes(given: argparse.Namespace) -> None:
    """Refuse more than one of the things that may be done with what is found."""
    modes = ("--fix-only" if given.fix_only else "--fix", "--diff", "--add-noqa", "--write-baseline")
    chosen = [mode for mode in modes if getattr(given, mode[2:].replace("-", "_")) not in {None, False}]
    if len(chosen) > 1:
        raise BadSettings(f"{chosen[1]}: cannot go together with {chosen[0]}")


def _refuse_reason(given: argparse.Namespace) -> None:
    """Refuse a reason that is none, and paths that may have been meant as one: comments are hard to take back."""
    reason = given.add_noqa
    if not reason.isprintable():
        raise BadSettings("--add-noqa: the reason must be one line of printable text")
    if os.path.lexists(reason) or reason.endswith((".py", ".pyi", ".ipynb")):
        raise BadSettings(f"--add-noqa={reason}: this is a path, not a reason; paths stand alone: --add-noqa {reason}")
    for path in given.paths:
        if path != STDIN and not os.path.lexists(path):
            raise BadSettings(f"{path}: no such file or folder; a reason goes after a =: --add-noqa='{path}'")


def _baseline(given: argparse.Namespace) -> Baseline | None:
    """The baseline that the run is held against, if there is one."""
    if given.baseline is None or given.write_baseline:
        return None
    from flake8_gradsafe.command.baseline import load as load_baseline

    return load_baseline(given.baseline)


def _change_what_is_new(run: Run, baseline: Baseline, given: argparse.Namespace) -> bool:
    from flake8_gradsafe.command.known import leave_out_known, tell_gone

    leave_out_known(run, baseline, given.paths)
    changed = _change(run, given)
    gone = leave_out_known(run, baseline, given.paths)
    if not run.settings.options.quiet:
        tell_gone(gone, baseline, verbose=given.verbose)
    return changed


def _change(run: Run, given: argparse.Namespace) -> bool:
    """Change what is asked for; return whether fixes that are only shown would change anything."""
    if given.write_baseline:
        from flake8_gradsafe.command.known import write_known

        write_known(run, given)
    elif given.add_noqa is not None:
        from flake8_gradsafe.command.silencing import add_comments

        add_comments(run, given.add_noqa)
    elif given.fix:
        from flake8_gradsafe.command.fix import mend

        mend(run, given)
        if given.fix_only:
            for file in run.files:
                file.reported = []
    elif given.diff:
        from flake8_gradsafe.command.fix import differences

        return differences(run, given)
    return False

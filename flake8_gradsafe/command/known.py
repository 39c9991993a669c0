"""A run and its baseline: what is known is left out, what is no longer found is told, and what there is becomes known."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING

from flake8_gradsafe.command.baseline import Baseline, load, order, save
from flake8_gradsafe.report.outcome import counted, printable
from flake8_gradsafe.source.files import is_inside

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from flake8_gradsafe.command.baseline import Entry
    from flake8_gradsafe.command.run import Run


def leave_out_known(run: Run, baseline: Baseline, paths: Sequence[str]) -> Counter[Entry]:
    """Set aside the findings that a baseline knows; return how often each of its entries is gone from the given paths."""
    for file in run.files:
        file.reported = sorted(
            [*file.reported, *file.known],
            key=lambda file_finding: (file_finding.finding.line, file_finding.finding.column),
        )
    sight = _Sight(run, baseline, paths)
    new, left = baseline.split(run.reported, lambda entry: sight.has_file(baseline.file(entry)))
    fresh = {id(file_finding) for file_finding in new}
    for file in run.files:
        file.known = [file_finding for file_finding in file.reported if id(file_finding) not in fresh]
        file.reported = [file_finding for file_finding in file.reported if id(file_finding) in fresh]
    return Counter({entry: count for entry, count in left.items() if sight.has(baseline.file(entry), entry.code)})


def write_known(run: Run, given: argparse.Namespace) -> None:
    """Make what is found known, and keep what this run could not have found. Raises BadSettings."""
    before = load(given.baseline) if os.path.lexists(given.baseline) else Baseline(given.baseline, Counter())
    sight = _Sight(run, before, given.paths)
    new, left = before.split(run.reported, lambda entry: sight.has_file(before.file(entry)))
    kept = Counter({entry: count for entry, count in left.items() if not sight.has(before.file(entry), entry.code)})
    found = Counter(before.entry(file_finding) for file_finding in run.reported)
    after = Baseline(given.baseline, found + kept)
    save(after)
    if not run.settings.options.quiet:
        gone = left.total() - kept.total()
        changes = [(len(new), "added"), (gone, "taken out"), (kept.total(), "kept that this run did not look for")]
        told = ", ".join(f"{count} {what}" for count, what in changes if count) if before.counts else ""
        total = counted(after.counts.total(), "known finding")
        print(f"{printable(given.baseline)}: {total}{f' ({told})' if told else ''}", file=sys.stderr)
    for file in run.files:
        file.reported = []


def tell_gone(gone: Counter[Entry], baseline: Baseline, *, verbose: bool) -> None:
    """Say how many entries of a baseline were not found any more, and which."""
    if not gone:
        return
    hint = "--write-baseline takes out what is gone" + ("" if verbose else ", -v names it")
    number = counted(gone.total(), "known finding")
    print(f"gradsafe: {printable(baseline.path)}: {number} no longer found; {hint}", file=sys.stderr)
    if verbose:
        for entry in sorted(gone, key=order):
            where = f" in {entry.function}" if entry.function else ""
            often = f" ({gone[entry]} times)" if gone[entry] > 1 else ""
            print(printable(f"  {baseline.file(entry)}: {entry.code}{where}: {entry.source}{often}"), file=sys.stderr)


class _Sight:
    """The files and codes that a run could find something of."""

    def __init__(self, run: Run, baseline: Baseline, paths: Sequence[str]) -> None:
        self._settings = run.settings
        failed = {os.path.abspath(problem.path) for problem in run.problems if problem.grave}
        self._seen = {os.path.abspath(path) for path in run.checked} - failed
        folders = [os.path.abspath(path) for path in paths if os.path.isdir(path)]
        files = {os.path.abspath(baseline.file(entry)) for entry in baseline.counts}
        # Where the run saw less than the baseline knows, a file that is not there may have moved out of sight.
        self._is_whole = not failed and all(any(is_inside(file, folder) for folder in folders) for file in files)

    def has_file(self, path: str) -> bool:
        """True if a file was looked at without a problem, or is not there any more."""
        path = os.path.abspath(path)
        return path in self._seen or not os.path.lexists(path)

    def has(self, path: str, code: str) -> bool:
        """True if this run would have found a code in a file, or wherever the file has moved to."""
        is_there = os.path.lexists(path)
        return (self.has_file(path) if is_there else self._is_whole) and self._settings.selection(path).has(code)

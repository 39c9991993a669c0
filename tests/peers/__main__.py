"""`python -m tests.peers [SOURCE …]`: lint PyTorch and packages around it with their tests, all of which pass.

With `--guards`, the refusals that PyTorch's tests of autograd expect are taken out of their guards, one by one: the linter is
to foretell them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.ecosystem.linting import DEFAULT, Linted, lint
from tests.ecosystem.tables import Place, read_verdicts
from tests.peers.foretelling import Foretold, foretell, read_table, tasks, write_table
from tests.peers.sources import SOURCES, Source

#: `expected`: the test itself expects what is reported, in a way that the linter cannot see.
VERDICTS = ("real", "arguable", "false", "expected")
_KEPT = Path(__file__).with_name("verdicts.csv")
_SLOWEST = 12
_SLOW = 2.0
#: Where there is no terminal to tell its own.
_WIDTH = 150


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 if a finding lacks a verdict or had one and is gone, a file failed, or a guard is not as kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description=__doc__)
    parser.add_argument("sources", nargs="*", help="names of sources (default: all that are pinned)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--all", action="store_true", help="with all codes: what the defaults find is found too")
    parser.add_argument("--guards", action="store_true", help="take the guards of PyTorch's tests away instead")
    parser.add_argument("--write", action="store_true", help="keep what becomes of the guards, reasons kept")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    if options.guards:
        return 0 if _guards(console, options.jobs, write=options.write) else 1
    chosen = [source for source in SOURCES if not options.sources or source.name in options.sources]
    return 0 if _findings(console, chosen, options.jobs, all_codes=options.all) else 1


def _findings(console: Console, sources: Sequence[Source], jobs: int, *, all_codes: bool) -> bool:
    files = [file for source in sources for file in source.files()]
    with Pool(jobs) as pool:
        linted = pool.imap(partial(lint, wanted=None if all_codes else DEFAULT), files, chunksize=4)
        results = list(track(linted, "linting", total=len(files), console=console))
    report = Report(console, {source.name: [] for source in sources})
    for (source, _, _), result in zip(files, results, strict=True):
        report.results[source].append(result)
    report.figures()
    report.slowest()
    return report.failures() & report.verdicts()


class Report:
    """What is printed of one run. Its parts tell whether all is as it is kept."""

    def __init__(self, console: Console, results: dict[str, list[Linted]]) -> None:
        """Take what came of the files of each source."""
        self.console = console
        self.results = results

    @property
    def _everything(self) -> list[Linted]:
        return [linted for results in self.results.values() for linted in results]

    def figures(self) -> None:
        """Print how much each source holds, what is found there, and how long it took."""
        table = Table("source", "files", "lines", "CPU s", "findings")
        for source, results in self.results.items():
            table.add_row(source, *_figures(results))
        table.add_section()
        table.add_row("all", *_figures(self._everything))
        self.console.print(table)

    def slowest(self) -> None:
        """Print the files that took longest, at least those that took longer than anybody would wait for."""
        ordered = sorted(self._everything, key=lambda each: -each.seconds)
        slow = sum(each.seconds > _SLOW for each in ordered)
        for linted in ordered[: max(slow, _SLOWEST)]:
            self.console.print(f"slowest: {linted.seconds:.1f} CPU s {linted.path}", soft_wrap=True)

    def failures(self) -> bool:
        """Print the files on which the linter failed; whether there are none."""
        failed = [linted for linted in self._everything if linted.failure]
        for linted in failed:
            self.console.print(f"failed: {linted.path}: {linted.failure}", style="bold red", soft_wrap=True)
        return not failed

    def verdicts(self) -> bool:
        """Print the verdicts on what is found; whether each finding has one, and is still there."""
        told = {place for linted in self._everything for place, _ in linted.findings if place.code in DEFAULT}
        kept = {
            place: verdict for place, verdict in read_verdicts(_KEPT, VERDICTS).items() if place.source in self.results
        }
        for group in ("GRD1", "GRD2"):
            counts = Counter(kept[place] for place in told & kept.keys() if place.code.startswith(group))
            self.console.print(f"{group}: " + ", ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS))
        self._list("false", {place for place in told & kept.keys() if kept[place] == "false"})
        self._list("new, without a verdict", told - kept.keys())
        self._list("gone", kept.keys() - told)
        return told == kept.keys()

    def _list(self, title: str, places: set[Place]) -> None:
        for place in sorted(places):
            line = f"{title}: {place.source} {place.path}:{place.line} {place.code}"
            self.console.print(line, style="bold", soft_wrap=True)


def _figures(results: Sequence[Linted]) -> tuple[str, str, str, str]:
    codes = Counter(place.code for linted in results for place, _ in linted.findings)
    lines, seconds = sum(each.lines for each in results), sum(each.seconds for each in results)
    found = ", ".join(f"{code} {times}" for code, times in sorted(codes.items()))
    return f"{len(results):,}", f"{lines:,}", f"{seconds:.0f}", found


def _guards(console: Console, jobs: int, *, write: bool) -> bool:
    """Print how many refusals are foretold, of each kind, and which are not; whether it is as it is kept."""
    waiting = list(tasks())
    with Pool(jobs) as pool:
        rows = list(track(pool.imap_unordered(foretell, waiting), "linting", total=len(waiting), console=console))
    if write:
        write_table(rows)
    kept = {row.guard: row for row in read_table()}
    reasons = {guard: row.reason for guard, row in kept.items() if row.reason}
    table = Table("refusal", "in scope", "foretold", "out of scope", "foretold all the same")
    for kind in [*sorted({row.kind for row in rows}), None]:
        within = [row for row in rows if kind in (row.kind, None) and row.guard not in reasons]
        beyond = [row for row in rows if kind in (row.kind, None) and row.guard in reasons]
        counts = (len(within), _foretold(within), len(beyond), _foretold(beyond))
        table.add_row(kind or "all", *map(str, counts))
    console.print(table)
    for row in sorted(rows):
        if not row.found and row.guard not in reasons:
            console.print(f"not foretold: test/{row.path}:{row.line} {row.kind}", soft_wrap=True)
    changed = [row for row in sorted(rows) if row.guard not in kept or kept[row.guard].found != row.found]
    for row in changed:
        before = kept[row.guard].found or "nothing" if row.guard in kept else "not kept"
        console.print(f"changed: test/{row.path}:{row.line}: {before} → {row.found or 'nothing'}", style="bold")
    gone = sorted(kept.keys() - {row.guard for row in rows})
    for path, line in gone:
        console.print(f"gone: test/{path}:{line}", style="bold")
    return not changed and not gone


def _foretold(rows: Sequence[Foretold]) -> int:
    return sum(bool(row.found) for row in rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

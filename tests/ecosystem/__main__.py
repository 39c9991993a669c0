"""`python -m tests.ecosystem [SOURCE …]`: lint public packages and repositories, and hold the findings against what is kept."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import Pool

from rich.console import Console
from rich.progress import track

from tests.ecosystem.linting import Linted, lint
from tests.ecosystem.sources import CACHE, PACKAGES, REPOSITORIES, unpacked
from tests.ecosystem.tables import VERDICTS, Place, read_baseline, read_idioms, read_verdicts, write_baseline

_SLOWEST = 3


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 if a finding has no verdict, one that had is gone, a count has changed, or a file failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.ecosystem", description=__doc__)
    parser.add_argument("sources", nargs="*", help="name==version or owner/name@commit (default: all that are pinned)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write-baseline", action="store_true", help="keep the counts of this run as the new baseline")
    options = parser.parse_args(arguments)
    sources = options.sources or [*PACKAGES, *REPOSITORIES]
    console = Console(soft_wrap=True, highlight=False)
    files = [
        (source, str(folder), str(path.relative_to(folder)))
        for source in sources
        for folder in [unpacked(source, CACHE)]
        for path in sorted(folder.rglob("*.py"))
    ]
    started = time.perf_counter()
    with Pool(options.jobs) as pool:
        linted = pool.imap_unordered(lint, files, chunksize=8)
        results = list(track(linted, "linting", total=len(files), console=console))
    report = Report(console, sources, results)
    report.figures(time.perf_counter() - started)
    report.idioms()
    same = report.verdicts() & report.failures()
    if options.write_baseline:
        others = {key: count for key, count in read_baseline().items() if key[0] not in sources}
        write_baseline(others | report.counts())
    else:
        same &= report.changes()
    return 0 if same else 1


class Report:
    """What is printed of one run. Its parts tell whether all is as it is kept."""

    def __init__(self, console: Console, sources: Sequence[str], results: Sequence[Linted]) -> None:
        """Take what came of each file of some sources."""
        self.console = console
        self.sources = sources
        self.results = results
        self.idiom_at = {place: idiom for linted in results for place, idiom in linted.findings}

    def counts(self) -> Counter[tuple[str, str]]:
        """How many findings there are of each source and code."""
        return Counter((place.source, place.code) for place in self.idiom_at)

    def figures(self, seconds: float) -> None:
        """Print the totals, and the findings by code and source."""
        lines = sum(each.lines for each in self.results)
        about_torch = sum(each.lines for each in self.results if each.about_torch)
        self.console.print(
            f"{len(self.sources)} sources, {len(self.results)} files, {lines} lines, "
            f"{about_torch} of them in files that mention torch, {seconds:.0f} s"
        )
        by_code: dict[str, Counter[str]] = {}
        for place in self.idiom_at:
            by_code.setdefault(place.code, Counter())[place.source.partition("@")[0]] += 1
        for code, where in sorted(by_code.items()):
            listed = ", ".join(f"{source} {times}" for source, times in where.most_common(_MOST))
            self.console.print(f"  {code} {where.total()}: {listed}{', …' if len(where) > _MOST else ''}")
        for linted in sorted(self.results, key=lambda each: -each.seconds)[:_SLOWEST]:
            self.console.print(f"slowest: {linted.seconds:.1f} s {linted.path}")

    def idioms(self) -> None:
        """Print how often GRD911 names the idiom that a reader has found."""
        for name, labelled in read_idioms().items():
            labels = {place: label for place, label in labelled.items() if place in self.idiom_at}
            right = sum(self.idiom_at[place] == label for place, label in labels.items())
            if labels:
                share = f"{right} of {len(labels)} named as labelled ({right / len(labels):.0%})"
                self.console.print(f"idioms, {name}: {share}")

    def verdicts(self) -> bool:
        """Print the verdicts on what is proven and suspect; whether each of these findings has one."""
        told = {place for place in self.idiom_at if not place.code.startswith("GRD9")}
        kept = {place: verdict for place, verdict in read_verdicts().items() if place.source in self.sources}
        for group in ("GRD1", "GRD2"):
            counts = Counter(kept[place] for place in told & kept.keys() if place.code.startswith(group))
            self.console.print(f"{group}: " + ", ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS))
        self._list("new, without a verdict", told - kept.keys())
        self._list("gone", kept.keys() - told)
        return told == kept.keys()

    def _list(self, title: str, places: set[Place]) -> None:
        for place in sorted(places):
            self.console.print(f"{title}: {place.source} {place.path}:{place.line} {place.code}", style="bold")

    def failures(self) -> bool:
        """Print the files on which the linter failed; whether there are none."""
        failed = [linted for linted in self.results if linted.failure]
        for linted in failed:
            self.console.print(f"failed: {linted.path}: {linted.failure}", style="bold red")
        return not failed

    def changes(self) -> bool:
        """Print in which counts this run differs from the baseline; whether it does not."""
        kept = Counter({key: count for key, count in read_baseline().items() if key[0] in self.sources})
        found = self.counts()
        changed = sorted(key for key in kept.keys() | found.keys() if kept[key] != found[key])
        for source, code in changed:
            self.console.print(f"changed: {source} {code}: {kept[source, code]} → {found[source, code]}", style="bold")
        return not changed


#: How many sources are listed for each code.
_MOST = 8

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.ecosystem [PACKAGE …]`: lint public packages, and hold the findings against the table of verdicts."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path

from rich.console import Console
from rich.progress import track

from flake8_gradsafe import check
from flake8_gradsafe.syntax.parse import TooDeep
from tests.ecosystem.sources import PACKAGES, unpacked
from tests.ecosystem.verdicts import VERDICTS, Place, read_verdicts

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "flake8_gradsafe" / "ecosystem"
_SLOWEST = 3


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 if a finding has no verdict, one that had is gone, or a file failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.ecosystem", description=__doc__)
    parser.add_argument("packages", nargs="*", default=PACKAGES, help="name==version (default: all that are pinned)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    console = Console()
    files = [
        (package, str(path), str(path.relative_to(folder)))
        for package in options.packages
        for folder in [unpacked(package, CACHE)]
        for path in sorted(folder.rglob("*.py"))
    ]
    started = time.perf_counter()
    with Pool(options.jobs) as pool:
        linted = pool.imap_unordered(_lint, files, chunksize=8)
        results = list(track(linted, "linting", total=len(files), console=console))
    return _report(console, results, options.packages, time.perf_counter() - started)


class _Linted:
    """What came of one file."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lines = 0
        self.seconds = 0.0
        self.failure = ""
        self.places: list[Place] = []


def _lint(file: tuple[str, str, str]) -> _Linted:
    package, path, relative = file
    linted = _Linted(path)
    started = time.perf_counter()
    try:
        source = Path(path).read_text(encoding="utf-8")
        linted.lines = source.count("\n")
        linted.places = [Place(package, relative, finding.line, finding.code) for finding in check(source)]
    except (SyntaxError, TooDeep, UnicodeDecodeError):
        pass  # not for this version of Python, or not for us
    except Exception as error:  # noqa: BLE001
        linted.failure = f"{type(error).__name__}: {error}"
    linted.seconds = time.perf_counter() - started
    return linted


def _report(console: Console, results: Sequence[_Linted], packages: Sequence[str], seconds: float) -> int:
    found = [place for linted in results for place in linted.places]
    told = {place for place in found if not place.code.startswith("GRD9")}
    verdicts = {place: verdict for place, verdict in read_verdicts().items() if place.package in packages}
    console.print(
        f"{len(packages)} packages, {len(results)} files, {sum(each.lines for each in results)} lines, {seconds:.0f} s"
    )
    for code, count in sorted(Counter(place.code for place in found).items()):
        where = Counter(place.package for place in found if place.code == code)
        console.print(f"  {code} {count}: " + ", ".join(f"{package} {times}" for package, times in where.most_common()))
    counts = Counter(verdicts[place] for place in told & verdicts.keys())
    console.print("verdicts: " + ", ".join(f"{verdict} {counts[verdict]}" for verdict in VERDICTS))
    failures = [linted for linted in results if linted.failure]
    for title, places in (("new, without a verdict", told - verdicts.keys()), ("gone", verdicts.keys() - told)):
        for place in sorted(places):
            console.print(
                f"{title}: {place.package} {place.path}:{place.line} {place.code}", style="bold", soft_wrap=True
            )
    for linted in failures:
        console.print(f"failed: {linted.path}: {linted.failure}", style="bold red", soft_wrap=True)
    for linted in sorted(results, key=lambda each: -each.seconds)[:_SLOWEST]:
        console.print(f"slowest: {linted.seconds:.1f} s {linted.path}", soft_wrap=True)
    return 1 if failures or told != verdicts.keys() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

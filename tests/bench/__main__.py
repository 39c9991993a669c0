"""`python -m tests.bench [PACKAGE …]`: what the linter costs, in units of libcst's parse of the same files.

All times are CPU times, and each ratio is of times that were taken in turn: they hold on a busy machine, and on another
one. It needs POSIX.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from tests.bench import tables
from tests.bench.corpus import File, by_package, files, pinned, said
from tests.bench.growth import GROWTHS
from tests.bench.measuring import Measured
from tests.bench.processes import OURS, ROOT, THEIRS, Measuring, Spent, flake8, floor, measured, peak
from tests.bench.tables import Table
from tests.bench.tools import ALL, AST, DEFAULT, GATE, PARSE, TORCHFIX, WARM_UP, has_torchfix
from tests.ecosystem.sources import CACHE

WRITTEN = ROOT / "docs" / "benchmark.md"
Item = TypeVar("Item")
_PARTS = ("growth", "flake8", "torchfix")
_PAIRS = 11
_LONGEST = 10
_ROUNDS = 2
#: Where there is no terminal to tell its own.
_WIDTH = 150


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 if a tool has failed on a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("packages", nargs="*", help="names of pinned packages, or name==version (default: a sample)")
    parser.add_argument("--quick", action="store_true", help="a smaller sample")
    parser.add_argument("--skip", action="append", choices=_PARTS, default=[], help="leave a part out")
    parser.add_argument("--write", action="store_true", help=f"write {WRITTEN.relative_to(ROOT)} anew")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    torchfix = "torchfix" not in options.skip and has_torchfix()
    packages = pinned(options.packages, quick=options.quick)
    bench = Bench(console, [each for package in packages for each in files(package, CACHE)], torchfix=torchfix)
    console.print(f"{versions(torchfix=bench.torchfix)}; {bench.described()}", soft_wrap=True)
    if "torchfix" not in options.skip and not bench.torchfix:
        console.print("TorchFix is not installed: left out", style="bold")
    bench.tools()
    bench.memory()
    if "flake8" not in options.skip:
        bench.flake8()
        bench.start_up()
    if "growth" not in options.skip:
        bench.growth()
    if options.write:
        WRITTEN.write_text(page(bench), encoding="utf-8")
    return 1 if bench.failed else 0


class Bench:
    """One run: its parts print their tables as they are done."""

    def __init__(self, console: Console, corpus: Sequence[File], *, torchfix: bool) -> None:
        """Take the files, and whether TorchFix is measured too."""
        self.console = console
        self.corpus = corpus
        self.torchfix = torchfix
        self.tables: list[Table] = []
        self.failed: list[str] = []
        self._sampled = [each for each in corpus if each.sampled]
        self._sample = said(corpus)

    def described(self) -> str:
        """How much is measured."""
        lines = sum(each.lines for each in self.corpus)
        return f"{len(by_package(self.corpus))} packages, {len(self.corpus)} files that mention torch, {lines} lines"

    def tools(self) -> None:
        """Every tool on every file, or on the sample, in turn."""
        measuring = measured(self.corpus, [GATE, AST, PARSE, DEFAULT], [ALL, TORCHFIX] if self.torchfix else [ALL])
        results = list(self._track(measuring, "measuring", total=len(self.corpus)))
        grouped: dict[str, list[Measured]] = {}
        for file, result in zip(self.corpus, results, strict=True):
            grouped.setdefault(file.package, []).append(result)
        self._show(tables.tools(results, self._sample))
        self._show(tables.packages(grouped))
        self._show(tables.each_file(results))
        self._show(tables.slowest(results))
        self._fail(tables.failures(results))

    def memory(self) -> None:
        """A process for each tool, over the longest files."""
        longest = sorted(self.corpus, key=lambda each: -each.lines)[:_LONGEST]
        chosen = [AST, PARSE, DEFAULT, *([TORCHFIX] if self.torchfix else [])]
        peaks = {each: peak(longest, each) for each in self._track(chosen, "memory")}
        self._show(tables.memory(peaks, len(longest), floor()))

    def flake8(self) -> None:
        """Whole runs of flake8 over the sample, with us and without."""
        variants = {
            "without": ([OURS, THEIRS], []),
            "with gradsafe, none of its codes on": ([THEIRS], ["--extend-ignore=GRD"]),
            "with gradsafe": ([THEIRS], []),
        } | ({"with TorchFix": ([OURS], [])} if self.torchfix else {})
        runs: dict[str, dict[str, Spent]] = {}
        for package, those in self._track(by_package(self._sampled).items(), "flake8"):
            paths = [str(each.path) for each in those]
            rounds = [
                {each: flake8(hidden, *more, *paths) for each, (hidden, more) in variants.items()}
                for _ in range(_ROUNDS)
            ]
            runs[package] = {
                each: min((those[each] for those in rounds), key=lambda run: run.seconds) for each in variants
            }
        self._show(tables.flake8(runs, self._sample, floor()))
        self._fail(
            f"{package}: flake8 {each}: {run.failure}"
            for package, those in runs.items()
            for each, run in those.items()
            if run.failure
        )

    def start_up(self) -> None:
        """Runs of flake8 that do next to nothing, with us and without, in turn."""
        with tempfile.TemporaryDirectory() as folder:
            plain, about_torch = Path(folder) / "plain.py", Path(folder) / "about_torch.py"
            plain.write_text("print(1)\n", encoding="utf-8")
            about_torch.write_text(WARM_UP, encoding="utf-8")
            runs = {
                "flake8 --version": "--version",
                "one line without torch": str(plain),
                "six lines of PyTorch": str(about_torch),
            }
            pairs: dict[str, list[tuple[float, float]]] = {run: [] for run in runs}
            for _ in self._track(range(_PAIRS), "start-up"):
                for run, argument in runs.items():
                    without, with_us = flake8([OURS, THEIRS], argument), flake8([THEIRS], argument)
                    pairs[run].append((without.seconds, with_us.seconds))
        self._show(tables.start_up(pairs))

    def growth(self) -> None:
        """Programs that double."""
        process = Measuring([PARSE, DEFAULT], repeat=3)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "grown.py"
            for growth in GROWTHS:
                results = []
                for size, program in self._track(growth.programs(), growth.what, total=growth.times):
                    path.write_text(program, encoding="utf-8")
                    results.append((size, process.measure(f"{size} {growth.what}", path, [PARSE, DEFAULT])))
                self._show(tables.growth(growth.what, results))
                self._fail(tables.failures(each for _, each in results))
        process.end()

    def _track(self, items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
        return track(
            items, what, total=total, console=self.console, transient=True, disable=not self.console.is_terminal
        )

    def _show(self, table: Table) -> None:
        self.tables.append(table)
        self.console.print(table.rich(), "")

    def _fail(self, failures: Iterable[str]) -> None:
        for failure in failures:
            self.failed.append(failure)
            self.console.print(f"failed: {failure}", style="bold red", soft_wrap=True, markup=False)


def versions(*, torchfix: bool) -> str:
    """The machine, and what was run on it."""
    names = ["libcst", "flake8", *(["TorchFix"] if torchfix else [])]
    installed = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return f"{processor()}, {platform.python_implementation()} {platform.python_version()}, {installed}"


def processor() -> str:
    """The name of the processor, where the system tells it."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def page(bench: Bench) -> str:
    """The page of the documentation."""
    failed = "".join(f"- `{each}`\n" for each in bench.failed)
    return "\n".join(
        [
            "# Benchmark\n",
            "Written by `python -m tests.bench --write`. Ratios of CPU times taken in turn in one run, one thread; the",
            "unit, 1.0, is `libcst.parse_module` of the same files. CPython's tree, which flake8 hands over, is not counted.",
            "The language server has [a page of its own](benchmark-editor.md).\n",
            f"{versions(torchfix=bench.torchfix)}; {bench.described()}.\n",
            *(table.markdown() for table in bench.tables),
            *([f"## Failed\n\n{failed}"] if failed else []),
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.mutants [SUBJECT …]`: plant known gradient bugs into public code, run them all, and lint them."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from multiprocessing import get_context
from typing import TypeVar

from rich.console import Console
from rich.progress import track

from tests.mutants.outcome import Outcome
from tests.mutants.running import Run
from tests.mutants.subjects import subjects
from tests.mutants.table import read_rows, row, without_reason, write_rows
from tests.mutants.trials import (
    Judge,
    Spoken,
    Task,
    Verdict,
    by_operator,
    execute,
    lint,
    mutants_of,
    source_of,
    tasks_of,
)

Result = TypeVar("Result")
_HARM = (Outcome.ERROR, Outcome.WRONG, Outcome.LOST)


def main(arguments: Sequence[str]) -> int:
    """Print the figures; 1 if a subject does not run, or a mutant is not what the table says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("subjects", nargs="*", default=sorted(subjects()), help="names of drivers (default: all)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help="write the table anew, reasons kept")
    options = parser.parse_args(arguments)
    console = Console()
    verdicts, failed = _judged(options.subjects, _Workers(options.jobs, console), console)
    _report(console, verdicts)
    sound = [each for each in verdicts if each.outcome is not Outcome.BROKEN]
    if options.write:
        others = [each for each in read_rows() if each.subject not in options.subjects]
        write_rows([*others, *(row(each) for each in sound)])
    return 1 if _differ(console, sound, options.subjects) or failed else 0


class _Workers:
    """Runs and lints in processes, with a progress bar."""

    def __init__(self, jobs: int, console: Console) -> None:
        self._jobs, self._console = jobs, console

    def run(self, what: str, tasks: Iterable[Task]) -> dict[Task, Run]:
        return self._do(what, execute, tasks, each=1)  # a run changes its process for good

    def lint(self, what: str, tasks: Iterable[Task]) -> dict[Task, tuple[Spoken, ...]]:
        return self._do(what, lint, tasks, each=None)

    def _do(
        self, what: str, work: Callable[[Task], tuple[Task, Result]], tasks: Iterable[Task], *, each: int | None
    ) -> dict[Task, Result]:
        distinct = list(dict.fromkeys(tasks))
        with get_context("fork").Pool(self._jobs, maxtasksperchild=each) as pool:
            done = pool.imap_unordered(work, distinct)
            return dict(track(done, what, total=len(distinct), console=self._console))


def _judged(names: Sequence[str], workers: _Workers, console: Console) -> tuple[list[Verdict], list[str]]:
    """The verdict on each mutant, and the subjects that do not run."""
    originals = {name: source_of(subjects()[name])[2] for name in names}
    twice = (Task(name, text, private) for name, text in originals.items() for private in (False, True))
    runs = workers.run("running the originals", twice)
    failed = [name for name, text in originals.items() if not _ran(runs[Task(name, text)])]
    for name in failed:
        told = runs[Task(name, originals[name])]
        console.print(f"does not run: {name}: {told.error} {told.where}", style="bold red", soft_wrap=True)
    planted = [
        (name, mutant)
        for name, text in originals.items()
        if name not in failed
        for mutant in mutants_of(text, runs[Task(name, text)].lines)
    ]
    runs |= workers.run("running the mutants", (task for each in planted for task in tasks_of(*each)))
    texts = [*originals.items(), *((name, mutant.source) for name, mutant in planted)]
    judge = Judge(runs, workers.lint("linting", (Task(*each) for each in texts)))
    return [judge.verdict(name, mutant) for name, mutant in planted], failed


def _ran(run: Run) -> bool:
    return not run.error and bool(run.observed)


def _report(console: Console, verdicts: Sequence[Verdict]) -> None:
    broken = [each for each in verdicts if each.outcome is Outcome.BROKEN]
    harmful = [each for each in verdicts if each.outcome in _HARM]
    harmless = [each for each in verdicts if each.outcome is Outcome.SAME]
    for each in broken:
        console.print(f"no program: {_told(each)}: {each.error}", style="dim", soft_wrap=True)
    console.print(f"{len(verdicts) - len(broken)} mutants ({len(broken)} more were no programs), of them harmful:")
    console.print(_share("all", harmful), soft_wrap=True)
    for harm in _HARM:
        console.print(_share(harm.value, [each for each in harmful if each.outcome is harm]), soft_wrap=True)
    for operator, those in by_operator(harmful).items():
        console.print(_share(operator, those), soft_wrap=True)
    for title, those in (
        ("missed", [each for each in harmful if _sure(each) not in {"GRD1", "GRD2"}]),
        ("harmless, spoken at", [each for each in harmless if _sure(each) in {"GRD1", "GRD2"}]),
    ):
        for each in those:
            console.print(f"{title}: {_told(each)}", soft_wrap=True)


def _share(title: str, verdicts: Sequence[Verdict]) -> str:
    sure = Counter(map(_sure, verdicts))
    found = sure["GRD1"] + sure["GRD2"]
    share = f"{100 * found / len(verdicts):.0f} %" if verdicts else "-"
    return (
        f"  {title:34} {len(verdicts):4}  found {found:4} ({share}): "
        f"GRD1 {sure['GRD1']}, GRD2 {sure['GRD2']}; only GRD9 {sure['GRD9']}, silent {sure['']}"
    )


def _sure(verdict: Verdict) -> str:
    return verdict.found[0].code[:4] if verdict.found else ""


def _told(verdict: Verdict) -> str:
    found = ", ".join(f"{each.code}:{each.line}" for each in verdict.found)
    mutant = verdict.mutant
    return f"{verdict.subject} {verdict.path}:{mutant.line} {mutant.operator} {verdict.outcome.value} {found}".rstrip()


def _differ(console: Console, verdicts: Sequence[Verdict], names: Sequence[str]) -> bool:
    now = {row(each) for each in verdicts}
    kept = without_reason(each for each in read_rows() if each.subject in names)
    for title, rows in (("new or changed", now - kept), ("gone or changed", kept - now)):
        for each in sorted(rows):
            console.print(
                f"{title}: {each.subject} {each.path}:{each.line} {each.operator} {each.outcome} {each.found}",
                style="bold",
                soft_wrap=True,
            )
    return now != kept


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

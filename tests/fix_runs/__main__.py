"""`python -m tests.fix_runs [fixtures] [spellings] [generated]`: runs many fixes, and prints those that go wrong."""

from __future__ import annotations

import argparse
import difflib
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.fix_runs.judging import Trial
from tests.fix_runs.runs import Given, fixtures, generated, in_other_spellings, trials

KINDS = ("fixtures", "spellings", "generated")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fix_runs", description="Runs fixes in PyTorch.")
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--number", type=int, default=300, help="how many programs of each kind are generated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--advice", action="store_true", help="spell the statements of advice in other ways too")
    parser.add_argument(
        "--part", default="0/1", help="which of how many parts of the fixtures are spelled in other ways"
    )
    given = parser.parse_args()
    part, parts = map(int, given.part.split("/"))
    chosen: dict[str, Iterable[Given]] = {
        "fixtures": fixtures(),
        "spellings": in_other_spellings(list(fixtures())[part::parts], advice=given.advice),
        "generated": generated(given.seed, given.number),
    }
    for kind in given.kinds:
        _run(kind, chosen[kind])


def _run(kind: str, programs: Iterable[Given]) -> None:
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for program in programs:
            counts["programs"] += 1
            for trial in trials(program, Path(folder)):
                faults = trial.faults()
                counts["fixed"] += 1
                counts["judged by their values"] += trial.judged
                counts["wrong"] += bool(faults)
                if faults:
                    print(described(program, trial, faults), flush=True)
    print(f"{kind}: " + ", ".join(f"{name} {count}" for name, count in counts.items()))


def described(program: Given, trial: Trial, faults: list[str]) -> str:
    """A fixed program that goes wrong, to be read."""
    codes = [f"{each.code} ({each.fix.why or 'safe'})" for each in trial.outcome.applied if each.fix]
    lines = difflib.unified_diff(trial.text.splitlines(), trial.outcome.text.splitlines(), n=3, lineterm="")
    return "\n".join(["", f"## {program.name}: {program.spelling}", *codes, *list(lines)[2:], *faults[:4]])


if __name__ == "__main__":
    main()

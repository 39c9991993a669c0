"""`python -m tests.source_fuzz 2000 [seed] [--only …] [--cut] [--write]`: hold the linter against PyTorch, or itself."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from tests.figures import write_figures
from tests.source_fuzz.compare import compare_many
from tests.source_fuzz.cut_compare import compare_many_cut
from tests.source_fuzz.structures import AUTHORS


def main(arguments: Sequence[str]) -> int:
    """Print the figures and the programs behind them; 1 if there was a false alarm, or a cut program ran otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.source_fuzz", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=2000, help="how many programs (default 2000)")
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--only", choices=tuple(AUTHORS), help="one kind of programs, not all in turn")
    parser.add_argument("--figures", action="store_true", help="no examples")
    parser.add_argument("--cut", action="store_true", help="cut programs into several files, and find the same in them")
    parser.add_argument("--write", action="store_true", help="keep the figures for the site")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    kinds = (options.only,) if options.only else tuple(AUTHORS)
    if options.cut:
        pieces = compare_many_cut(options.count, options.seed, kinds)
        print("\n".join(pieces.figures()) if options.figures else pieces)
        return 1 if pieces.unlike else 0
    report = compare_many(options.count, options.seed, kinds)
    print("\n".join(report.figures()) if options.figures else report)
    if options.write:
        counts = {"harmed": report.harmed, "missed": len(report.missed), "false": len(report.false)}
        write_figures(Path(__file__).parent, report.labelled, options.seed, counts)
    return 1 if report.false else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.differential 20000 [seed] [--write]`: hold the model against PyTorch on that many generated programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from tests.differential.model import Report, compare_many
from tests.figures import write_figures


def main(arguments: Sequence[str]) -> int:
    """Print the differences and the figures; 1 if there was a difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000, help="how many programs (default 10000)")
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--write", action="store_true", help="keep the figures for the site")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    report: Report = compare_many(options.count, options.seed, print_difference=True)
    print(report)
    if options.write:
        counts = {
            "verdicts": report.verdicts,
            "left_open": report.uncertain,
            "differences": len(report.differences),
        }
        write_figures(Path(__file__).parent, report.programs, options.seed, counts)
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

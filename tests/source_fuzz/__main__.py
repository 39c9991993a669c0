"""`python -m tests.source_fuzz 2000 [seed]`: hold the linter against PyTorch on generated programs."""

from __future__ import annotations

import sys

import torch

from tests.source_fuzz.compare import compare_many


def main(arguments: list[str]) -> int:
    """Print the figures and the programs behind them; 1 if there was a false alarm."""
    torch.set_num_threads(1)
    count, seed = (*map(int, arguments[:2]), *(2000, 0)[len(arguments[:2]) :])
    report = compare_many(count, seed)
    print(report)
    return 1 if report.false else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

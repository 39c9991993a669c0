"""`python -m tests.differential 20000 [seed]`: hold the model against PyTorch on that many generated
programs.
"""

from __future__ import annotations

import sys

import torch

from tests.differential.model import Report, compare_many


def main(arguments: list[str]) -> int:
    """Print the differences and the figures; 1 if there was a difference."""
    torch.set_num_threads(1)
    count, seed = (*map(int, arguments[:2]), *(10_000, 0)[len(arguments[:2]) :])
    report: Report = compare_many(count, seed, print_difference=True)
    print(report)
    return 1 if report.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.bench.hiding NAME,… ARGUMENT …`: flake8, as if some distributions were not installed."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterable, Sequence
from typing import Any


def main(arguments: Sequence[str]) -> int:
    """Run flake8 on all but the first argument."""
    hidden = set(arguments[0].split(","))
    installed = importlib.metadata.distributions

    def seen(**context: Any) -> Iterable[importlib.metadata.Distribution]:
        # As in flake8: the metadata are slow to read, and are for those with plugins only.
        for each in installed(**context):
            if (
                "flake8.extension" not in (each.read_text("entry_points.txt") or "")
                or each.metadata["name"] not in hidden
            ):
                yield each

    importlib.metadata.distributions = seen
    from flake8.main.cli import main as flake8

    status: int = flake8(list(arguments[1:]))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

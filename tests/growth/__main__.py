"""Prints what each kind of program costs as its size doubles: `python -m tests.growth [NAME…]`."""

from __future__ import annotations

import argparse

from flake8_gradsafe.config.codes import ADVISORY, CODES
from tests.bench.growth import Growth
from tests.growth.cost import cost
from tests.growth.programs import GROWTHS

DEFAULT = frozenset(code for code in CODES if not code.startswith(ADVISORY))
#: What no file should cost, in seconds of CPU and in megabytes.
WANTED_SECONDS, WANTED_MEGABYTES = 2.0, 300


def show(growth: Growth, wanted: frozenset[str] | None) -> bool:
    """Print a line for one kind of program; return whether its largest is what is wanted."""
    results = [(size, len(text), cost(text, wanted)) for size, text in growth.programs()]
    (_, shorter, before), (size, length, last) = results[-2:]
    if last is None or before is None:
        first = next(size for size, _, each in results if each is None)
        print(f"{growth.what:32} given up at {first}", flush=True)
        return False
    per_doubling = (last.seconds / max(before.seconds, 0.01)) / (length / shorter) * 2
    good = last.seconds <= WANTED_SECONDS and last.megabytes <= WANTED_MEGABYTES
    print(
        f"{growth.what:32} {size:6} {length / 1000:6.0f} kB {last.seconds:7.2f} s  x {per_doubling:4.1f}"
        f" {last.megabytes:6.0f} MB {last.findings:6} findings{'' if good else '  TOO MUCH'}",
        flush=True,
    )
    return good


def main() -> int:
    """Run the kinds that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.growth", description=__doc__)
    parser.add_argument("names", nargs="*", help="words of the kinds to run; without any, all are")
    parser.add_argument("--all-codes", action="store_true", help="look for advice, too")
    given = parser.parse_args()
    chosen = [each for each in GROWTHS if not given.names or any(name in each.what for name in given.names)]
    shown = [show(each, None if given.all_codes else DEFAULT) for each in chosen]
    return int(not all(shown))


if __name__ == "__main__":
    raise SystemExit(main())

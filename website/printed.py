"""What PyTorch prints when the programs of the site are run.

python -m website.printed            writes docs/programs/printed.json
python -m website.printed --check    runs them again; exit 1 and one line per program that prints something else
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

import torch

from flake8_gradsafe.runtime.run import run_plainly
from website import PROGRAMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FILE = PROGRAMS / "printed.json"


def names() -> list[str]:
    """The programs of the site, by their places without the suffix."""
    return sorted(path.relative_to(PROGRAMS).with_suffix("").as_posix() for path in PROGRAMS.rglob("*.py"))


def printed(program: Path) -> str:
    """What a program prints. Raises what it raises."""
    outcome = run_plainly(program, None)
    if outcome.error is not None:
        raise outcome.error
    return outcome.printed


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    options = parser.parse_args(arguments)
    new = {name: printed(PROGRAMS / f"{name}.py") for name in names()}
    if not options.check:
        document = {"torch": torch.__version__.partition("+")[0], "printed": new}
        FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        return 0
    old = json.loads(FILE.read_text(encoding="utf-8"))["printed"]
    differing = [
        f"{name}: {old.get(name)!r} -> {new.get(name)!r}" for name in {**old, **new} if old.get(name) != new.get(name)
    ]
    print("\n".join(differing or ["no difference"]))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

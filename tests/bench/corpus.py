"""The files that are measured: those of pinned packages that mention torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.ecosystem.sources import PACKAGES, unpacked

_SAMPLE = ("timm", "kornia", "torchattacks", "stable-baselines3", "gpytorch", "tianshou", "transformers")
_QUICK = ("torchattacks", "stable-baselines3", "tianshou")
#: What is slow sees about this many lines whole, of four times as many every second file, of nine times every third.
WHOLE_LINES = 2_000


@dataclass(frozen=True)
class File:
    """A file of a package. `sampled` files are also seen by what is slow."""

    package: str
    path: Path
    name: str
    lines: int
    sampled: bool = False


def pinned(names: Sequence[str], *, quick: bool = False) -> list[str]:
    """The packages of some names, or of a sample, with their versions. Raises LookupError for one that is not pinned."""
    versions = {package.partition("==")[0]: package for package in PACKAGES}
    chosen = names or (_QUICK if quick else _SAMPLE)
    unknown = [name for name in chosen if "==" not in name and name not in versions]
    if unknown:
        raise LookupError(f"not pinned: {', '.join(unknown)}; give name==version, or one of {', '.join(versions)}")
    return [name if "==" in name else versions[name] for name in chosen]


def files(package: str, cache: Path) -> list[File]:
    """The files of a package that mention torch, by name."""
    folder = unpacked(package, cache)
    found = []
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        if b"torch" in content:
            found.append(File(package, path, f"{package}/{path.relative_to(folder)}", content.count(b"\n")))
    return sampled(found)


def step(lines: int) -> int:
    """Of a package with that many lines, the sample has every so manieth file."""
    return max(1, round(math.sqrt(lines / WHOLE_LINES)))


def sampled(found: Sequence[File]) -> list[File]:
    """A package's files, with every so manieth marked."""
    every = step(sum(each.lines for each in found))
    return [
        File(each.package, each.path, each.name, each.lines, sampled=position % every == 0)
        for position, each in enumerate(found)
    ]


def by_package(corpus: Iterable[File]) -> dict[str, list[File]]:
    """The files of each package."""
    return {package: list(those) for package, those in groupby(corpus, lambda each: each.package)}


def said(corpus: Sequence[File]) -> str:
    """How the sample was drawn."""
    steps = {package: step(sum(each.lines for each in those)) for package, those in by_package(corpus).items()}
    every = ", ".join(f"{package.partition('==')[0]} {step}" for package, step in steps.items() if step > 1)
    return f"every nth file of a large package, n: {every}" if every else "all files"

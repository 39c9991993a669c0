"""The files that are mutated: for each a driver, which builds what is in it tiny, and trains it a step or two."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.ecosystem.sources import PACKAGES, REPOSITORIES
from tests.mutants.running import Program


@dataclass(frozen=True)
class Subject:
    """A file of a pinned source: `owner/name` of a repository, or a package's name; `path` is relative to it."""

    source: str
    path: str
    drive: Callable[[Program], None]

    def pinned(self) -> str:
        """The source with its version or commit. Raises LookupError if it is not among those of the ecosystem."""
        for each in (*PACKAGES, *REPOSITORIES):
            if each.startswith((f"{self.source}==", f"{self.source}@")):
                return each
        raise LookupError(f"not pinned: {self.source}")


def subjects() -> dict[str, Subject]:
    """Every driver beside this file, by its name."""
    here = Path(__file__).parent
    names = sorted(each.name for each in pkgutil.iter_modules([str(here)]) if each.name not in {"driving", "stubs"})
    return {name: importlib.import_module(f"{__name__}.{name}").SUBJECT for name in names}

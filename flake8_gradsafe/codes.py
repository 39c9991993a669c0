"""The codes of the catalogue, from the names of the rules' files: known without importing a rule."""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules


def modules() -> list[str]:
    """The names of the rules' modules, in the order of their codes."""
    found = iter_modules([str(Path(__file__).with_name("rules"))])
    return sorted(module.name for module in found if module.name.startswith("grd"))


#: How the codes of advice begin, which is given only where it is asked for by its name.
ADVISORY = "GRD9"
CODES: tuple[str, ...] = tuple(name.upper() for name in modules())

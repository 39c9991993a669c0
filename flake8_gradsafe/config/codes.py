"""The codes of the catalogue, from the names of the rules' files: known without importing a rule."""

from __future__ import annotations

import os


def modules() -> list[str]:
    """The names of the rules' modules, in the order of their codes."""
    files = os.listdir(os.path.join(os.path.dirname(os.path.dirname(__file__)), "rules"))
    return sorted(name.removesuffix(".py") for name in files if name.startswith("grd") and name.endswith(".py"))


#: The beginning of the codes of advice, which is given only where it is asked for by its name.
ADVISORY = "GRD9"
CODES: tuple[str, ...] = tuple(name.upper() for name in modules())

"""The catalogue: every module of this package whose name is a code holds one rule, and is found by that name."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from flake8_gradsafe.rules.rule import Rule

__all__ = ["RULES", "Rule"]


def _discover() -> dict[str, Rule]:
    names = sorted(module.name for module in iter_modules(__path__) if module.name.startswith("grd"))
    rules = [import_module(f"{__name__}.{name}").RULE for name in names]
    return {rule.code: rule for rule in rules}


#: Every rule by its code, in the order of the codes.
RULES: dict[str, Rule] = _discover()

"""The catalogue: every module of this package whose name is a code holds one rule, and is found by that name."""

from __future__ import annotations

from importlib import import_module

from flake8_gradsafe.codes import modules
from flake8_gradsafe.rules.rule import Rule

__all__ = ["RULES", "Rule"]


def _discover() -> dict[str, Rule]:
    rules = [import_module(f"{__name__}.{name}").RULE for name in modules()]
    return {rule.code: rule for rule in rules}


#: Every rule by its code, in the order of the codes.
RULES: dict[str, Rule] = _discover()

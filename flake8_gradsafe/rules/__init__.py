"""The catalogue: every module of this package whose name is a code holds one rule, and is found by that name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flake8_gradsafe.config.codes import modules
from flake8_gradsafe.rules.rule import Rule

__all__ = ["RULES", "Rule", "listening"]

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.events import Event


def _discover() -> dict[str, Rule]:
    rules = [import_module(f"{__name__}.{name}").check for name in modules()]
    return {rule.code: rule for rule in rules}


#: Every rule by its code, in the order of the codes.
RULES: dict[str, Rule] = _discover()


def _by_event() -> dict[type[Event], tuple[Rule, ...]]:
    events = dict.fromkeys(event for rule in RULES.values() for event in rule.on)
    return {event: tuple(rule for rule in RULES.values() if event in rule.on) for event in events}


_LISTENING = _by_event()


def listening(event: Event) -> tuple[Rule, ...]:
    """The rules that check an event of this type, in the order of their codes."""
    return _LISTENING.get(type(event), ())

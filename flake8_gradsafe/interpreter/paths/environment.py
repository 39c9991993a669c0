"""Conditions that ask for the environment: a path that one of them decides may be taken on other machines only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge.environment import RUNS_ON, STORED_AS
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import within

if TYPE_CHECKING:
    from collections.abc import Hashable

    from flake8_gradsafe.interpreter.domain.state import State


@dataclass(frozen=True, slots=True)
class Environment:
    """The key of a condition that asks how a tensor is stored (`of_tensor`), or what the program runs on."""

    key: Hashable
    of_tensor: bool


def marked(key: Hashable, test: ir.Expression) -> Hashable:
    """The key of a condition, marked where the condition asks for the environment."""
    names = set(map(_name, within(test)))
    if names & STORED_AS:
        return Environment(key, of_tensor=True)
    return Environment(key, of_tensor=False) if names & RUNS_ON else key


def _name(node: ir.Expression) -> str:
    if isinstance(node, ir.Attribute):
        return node.attr
    return node.id if isinstance(node, ir.Name) else ""


def environment_of(state: State) -> frozenset[Environment]:
    """The conditions about the environment that a path has left open."""
    return frozenset(key for key in state.assumptions if isinstance(key, Environment))


def forget_environment(state: State) -> None:
    """Take the environment for granted in which a path has come so far."""
    for key in environment_of(state):
        del state.assumptions[key]


def settle_environment(states: list[State], before: frozenset[Environment]) -> None:
    """Take for granted the environment in which a single path goes on since `before`, where errors ended all others.

    What the program runs on is settled where others returned, too: such a program asks at its beginning whether it can run.
    """
    going = [state for state in states if not state.signal]
    signals = {state.signal for state in states if state.signal}
    if len(going) != 1 or not signals or not signals <= {"return", "raise"}:
        return
    for key in environment_of(going[0]) - before:
        if signals == {"raise"} or not key.of_tensor:
            del going[0].assumptions[key]

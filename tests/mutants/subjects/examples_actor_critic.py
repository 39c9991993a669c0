"""An actor-critic on an environment."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


def _drive(program: Program) -> None:
    program.script(steps=2)


SUBJECT = Subject("pytorch/examples", "reinforcement_learning/actor_critic.py", _drive)

"""Twin delayed DDPG: two critics, an actor trained every second time."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import Replay


def _drive(program: Program) -> None:
    agent = program.module().TD3(3, 2, 1.0)
    for _ in range(2):
        agent.train(Replay(3, 2), batch_size=4)


SUBJECT = Subject("sfujim/TD3", "TD3.py", _drive)

"""DDPG, with the state of the target networks updated through .data."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject
from tests.mutants.subjects.driving import Replay


def _drive(program: Program) -> None:
    agent = program.module().DDPG(3, 2, 1.0)
    agent.train(Replay(3, 2), batch_size=4)


SUBJECT = Subject("sfujim/TD3", "DDPG.py", _drive)

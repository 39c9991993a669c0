"""A classifier with a bidirectional LSTM."""

from __future__ import annotations

from tests.mutants.running import Program
from tests.mutants.subjects import Subject


def _drive(program: Program) -> None:
    program.script(steps=2)


SUBJECT = Subject(
    "yunjey/pytorch-tutorial", "tutorials/02-intermediate/bidirectional_recurrent_neural_network/main.py", _drive
)

"""Losses that are added up with their graphs, told by the spelling of a training loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.kept_graphs import kept_losses, meters_among
from flake8_gradsafe.interpreter.events import LossKept

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir


def emit_kept_losses(run: Run, body: ir.Body) -> None:
    """Tell of the losses that the loops of the file add up with their graphs."""
    meters = meters_among(cls.code for cls in run.classes.values())
    for each in (body, *(code.body for code in run.own_functions)):
        for kept in kept_losses(each, meters):
            run.events.append(LossKept(kept.place, frozenset({Premise.TRAINED}), kept.backward, kept.meter))

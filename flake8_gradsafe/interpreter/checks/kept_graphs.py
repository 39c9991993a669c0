"""Losses that are added up with their graphs, told by the spelling of a training loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.carried_sums import begins_anew, carried_states, carried_sums
from flake8_gradsafe.idioms.kept_graphs import kept_losses, meters_among
from flake8_gradsafe.interpreter.events import KeptGraph, LossKept

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir


def emit_kept_losses(run: Run, body: ir.Body) -> None:
    """Tell of the losses that the loops of the file add up with their graphs."""
    meters = meters_among(cls.code for cls in run.classes.values())
    for each in (body, *(code.body for code in run.own_functions)):
        for kept in kept_losses(each, meters):
            run.events.append(LossKept(kept.place, frozenset({Premise.TRAINED}), kept.backward, kept.meter))


def emit_carried_sums(run: Run, body: ir.Body) -> None:
    """Tell of what the objects of the file add up over their calls with its graph, where no path was seen to do so."""
    kept = (event for event in run.events if isinstance(event, KeptGraph))
    told = {event.attribute for event in kept if Premise.PATH not in event.premises}
    for cls in run.classes.values():
        if id(cls.code) in run.foreign:
            continue
        for found in (*carried_sums(cls.code), *carried_states(cls.code)):
            others = [body, *(code.body for code in run.own_functions if code.name != "__init__")]
            if found.attribute in told or begins_anew(found.attribute, others):
                continue
            if run.users is None or not run.users.mention(found.attribute):
                premises = frozenset({Premise.DIFFERENTIATED})
                run.events.append(KeptGraph(found.place, premises, found.attribute, None))
                told.add(found.attribute)

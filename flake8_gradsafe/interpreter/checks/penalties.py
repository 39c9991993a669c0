"""Penalties on gradients that have no graph, told by the spelling of the function that computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.idioms.penalties import constant_penalties
from flake8_gradsafe.interpreter.events import ConstantTerm

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir


def emit_constant_penalties(run: Run, body: ir.Body) -> None:
    """Tell of the functions of the file that return a penalty which is a constant of the loss."""
    told = {event.place for event in run.events if isinstance(event, ConstantTerm)}
    functions = run.own_functions
    for found in constant_penalties(functions, (body, *(code.body for code in functions))):
        if found.place not in told:
            premises = frozenset({Premise.TRAINED})
            run.events.append(ConstantTerm(found.place, premises, CutKind.FIRST_ORDER, found.used, None))

"""Penalties on gradients that have no graph, told by the spelling of the function that computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.idioms.constant_losses import constant_loss
from flake8_gradsafe.idioms.penalties import constant_penalties
from flake8_gradsafe.idioms.registration import layers_of
from flake8_gradsafe.interpreter.checks.told import places_told
from flake8_gradsafe.interpreter.events import ConstantTerm

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir


def emit_constant_penalties(run: Run, body: ir.Body) -> None:
    """Tell of the functions of the file that return a penalty which is a constant of the loss."""
    told = places_told(run.events, ConstantTerm)
    functions = run.own_functions
    for found in constant_penalties(functions, (body, *(code.body for code in functions))):
        if found.place not in told:
            run.events.append(ConstantTerm(found.place, _IF_TRAINED, CutKind.FIRST_ORDER, found.used, None))


def emit_constant_losses(run: Run) -> None:
    """Tell of the losses of the file that are computed of nothing but what they cut off."""
    told = places_told(run.events, ConstantTerm)
    plain = run.plain_functions
    for code in run.own_functions:
        owner = run.owner_of(code)
        if not (owner is None or (owner.kind == "module" and not layers_of(owner.code, frozenset()))):
            continue
        found = constant_loss(code, "" if owner is None else owner.code.name, plain)
        if found is not None and found.place not in told:
            run.events.append(ConstantTerm(found.place, _IF_TRAINED, found.kind, found.computed, None))


_IF_TRAINED = frozenset({Premise.TRAINED})

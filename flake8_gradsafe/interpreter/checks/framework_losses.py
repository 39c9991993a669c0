"""The losses that methods give back to a framework, which differentiates them out of sight."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import AutogradError, ErrorKind, Premise
from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.idioms.bindings import statements_in
from flake8_gradsafe.interpreter.checks.constant_terms import loss_in
from flake8_gradsafe.interpreter.domain.values import RETURNED
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.interpreter.paths.premises import with_path
from flake8_gradsafe.knowledge import training
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.tensor import Cut, Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.run import Run

_CUTTING = frozenset(
    {CutKind.DETACH, CutKind.DATA, CutKind.READ, CutKind.FIRST_ORDER, CutKind.NO_GRAD, CutKind.OPERATOR}
)


def emit_loss_without_graph(run: Run, state: State) -> None:
    """Tell of a loss without a graph that is given back to a framework, which will not be able to differentiate it."""
    if not run.scope.differentiated or _differentiates_itself(run):
        return
    ref = state.known_tensor(loss_in(state.frame[RETURNED], state))
    tensor = None if ref is None else state.autograd.tensors[ref]
    if tensor is None or tensor.grad.possible or not tensor.tensor_seen:
        return
    cuts = frozenset(cut for cut in tensor.cuts if cut.kind in _CUTTING and _is_over_parameters(cut, state))
    place = _returned_at(run)
    if cuts and place is not None:
        newest = max(cuts, key=attrgetter("time"))
        premises = with_path(frozenset({Premise.TRAINED}), state, newest.time)
        run.emit(Raised(place, premises, AutogradError(ErrorKind.NO_GRAD, premises, cuts=cuts), ()), state)


def _is_over_parameters(cut: Cut, state: State) -> bool:
    return bool(state.autograd.trainable_below(cut.origins))


def _differentiates_itself(run: Run) -> bool:
    """Whether a class runs backward itself, so that the framework does not."""
    functions = [function for function, _ in run.definitions.values()]
    owned = (each.code for each in functions if each.owner is not None)
    return any(not training.BY_HAND.isdisjoint(code.mentions) for code in owned)


def _returned_at(run: Run) -> Place:
    """What the body at hand gives back, in one place; or, by itself and with more beside it, under one name."""
    returned = [each.value for each in statements_in(run.scope.body) if isinstance(each, ir.Return) and not each.raises]
    values = [value for each in returned for value in _either(each)]
    names = {_name_of_loss(value) for value in values}
    one = len(values) == 1 or (len(names) == 1 and None not in names)
    return values[-1].place if one and values[-1] is not None else None


def _either(value: ir.Expression | None) -> tuple[ir.Expression | None, ...]:
    return (value.body, value.orelse) if isinstance(value, ir.Choice) else (value,)


def _name_of_loss(value: ir.Expression | None) -> str | None:
    first = value.items[0] if isinstance(value, ir.Sequence) and value.items else value
    return first.id if isinstance(first, ir.Name) else None

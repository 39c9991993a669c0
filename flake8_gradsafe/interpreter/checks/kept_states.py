"""States of models that are kept without a copy while a loop trains them, and loaded behind it: told by their spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.kept_states import kept_states
from flake8_gradsafe.idioms.trained_names import name_of
from flake8_gradsafe.interpreter.checks.told import places_told
from flake8_gradsafe.interpreter.events import SnapshotMoved, SnapshotUse
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.idioms.trained_names import TrainedNames
    from flake8_gradsafe.interpreter.run import Run


def emit_kept_states(run: Run, body: ir.Body) -> None:
    """Tell of the states that the module's body, and the functions of the file, keep so: where no path was seen to do it."""
    if not run.names.models:
        return
    told = places_told(run.events, SnapshotMoved)
    for each in (body, *(code.body for code in run.own_functions if "load_state_dict" in code.calls)):
        for kept in kept_states(each):
            step = _step_among(kept.calls, run.names)
            if step is None or kept.taken in told or name_of(kept.model) not in run.names.models:
                continue
            premises = frozenset({Premise.TRAINED})
            use = SnapshotUse.LOADED
            run.events.append(SnapshotMoved(kept.taken, premises, step, kept.loaded, use, of_module=True))


def _step_among(calls: Iterable[ir.Call], names: TrainedNames) -> Place:
    """The call that steps an optimizer, or runs a function that trains; None where there is none."""
    return next((call.place for call in calls if _steps(call, names)), None)


def _steps(call: ir.Call, names: TrainedNames) -> bool:
    name = last_name(call.function)
    receiver = name_of(call.function.value) if isinstance(call.function, ir.Attribute) else ""
    if name == "step":
        return receiver in names.optimizers or any(last_name(each.value) in names.optimizers for each in call.arguments)
    return name in names.training_functions and receiver not in names.models

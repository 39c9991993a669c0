"""Models that are taken for copies of themselves, by their spelling: a target bound anew, a shallow copy that is frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.shared_models import rebound_targets, shallow_copies, targets_of_themselves
from flake8_gradsafe.idioms.trained_names import name_of
from flake8_gradsafe.interpreter.events import ModelShared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.idioms.shared_models import SharedModel
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.syntax import program as ir


def emit_shared_models(run: Run, body: ir.Body) -> None:
    """Tell of the models of the file that are taken for copies of themselves."""
    for shared in _shared(run, body):
        run.events.append(ModelShared(shared.place, frozenset({Premise.TRAINED}), shared.frozen))


def _shared(run: Run, body: ir.Body) -> Iterator[SharedModel]:
    for cls in run.classes.values():
        if id(cls.code) not in run.foreign:
            found = (*rebound_targets(cls.code), *targets_of_themselves(cls.code))
            yield from (each for each in found if name_of(each.model) in run.names.models)
    for each in (body, *(code.body for code in run.own_functions if "copy" in code.calls)):
        for shared in shallow_copies(each):
            if not shared.may_be_tensor or name_of(shared.model) in run.names.models:
                yield shared

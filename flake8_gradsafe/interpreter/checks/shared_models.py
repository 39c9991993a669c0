"""Models that are taken for copies of themselves, and values of parameters that are kept without a copy, by their spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.bindings import calls_in
from flake8_gradsafe.idioms.kept_values import (
    averages_in_place,
    binds_computed_values,
    bound_values,
    registered_twice,
    restored_in_vain,
)
from flake8_gradsafe.idioms.parameter_loops import LISTING
from flake8_gradsafe.idioms.shared_models import (
    FOLLOWING,
    KeptModel,
    averages_of_themselves,
    rebound_targets,
    shallow_copies,
    targets_of_themselves,
)
from flake8_gradsafe.idioms.trained_names import name_of
from flake8_gradsafe.interpreter.checks.told import places_told
from flake8_gradsafe.interpreter.events import ModelShared, ParameterShared, RegisteredAgain, ValuesShared
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.idioms.shared_models import SharedModel
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run

_IF_TRAINED = frozenset({Premise.TRAINED})


def emit_shared_models(run: Run, body: ir.Body) -> None:
    """Tell of the models of the file that are taken for copies of themselves."""
    for shared in _shared(run, body):
        run.events.append(ModelShared(shared.place, _IF_TRAINED, shared.frozen))
    classes = [cls for cls in run.classes.values() if id(cls.code) not in run.foreign]
    for cls in classes:
        for kept in averages_of_themselves(cls.code):
            if not _may_be_given_a_copy(run, cls.code.name, kept, body):
                run.events.append(ModelShared(kept.place, _IF_TRAINED | {Premise.ELSEWHERE}, None))


def emit_kept_values(run: Run, body: ir.Body) -> None:
    """Tell of the values of parameters that the file keeps without a copy, where no path was seen to do so."""
    told = places_told(run.events, ParameterShared)
    run.events += (event for event in _kept(run, body) if event.place not in told)


def _kept(run: Run, body: ir.Body) -> Iterator[Event]:
    looping = [code for code in run.own_functions if not code.calls.isdisjoint(LISTING)]
    if not any(binds_computed_values(each) for each in (body, *(code.body for code in looping))):
        for code in looping:
            yield from (ParameterShared(each.place, _IF_TRAINED, None) for each in bound_values(code))
    for kept in restored_in_vain([body, *(code.body for code in run.own_functions)]):
        yield ValuesShared(kept.kept, _IF_TRAINED, kept.changed, kept.read)
    for cls in run.classes.values():
        if id(cls.code) in run.foreign:
            continue
        for kept in averages_in_place(cls.code):
            yield ValuesShared(kept.kept, _IF_TRAINED, kept.changed, None)
        for twice in registered_twice(cls.code) if cls.kind == "module" else ():
            yield RegisteredAgain(twice.again, _IF_TRAINED, twice.first, twice.second, twice.changed)


def _shared(run: Run, body: ir.Body) -> Iterator[SharedModel]:
    for cls in run.classes.values():
        if id(cls.code) not in run.foreign:
            found = (*rebound_targets(cls.code), *targets_of_themselves(cls.code))
            yield from (each for each in found if name_of(each.model) in run.names.models)
    for each in (body, *(code.body for code in run.own_functions if "copy" in code.calls)):
        for shared in shallow_copies(each):
            if not shared.may_be_tensor or name_of(shared.model) in run.names.models:
                yield shared


def _may_be_given_a_copy(run: Run, cls: str, kept: KeptModel, body: ir.Body) -> bool:
    """Whether a class may be given a model that was made for it: by a call, or under the name of what follows another one."""
    bodies = [body, *(function.code.body for function, _ in run.definitions.values())]
    for call in (call for each in bodies for call in calls_in(each) if last_name(call.function) == cls):
        given = [each for each in call.arguments if each.name in {None, kept.given}]
        chosen = next((each for each in given if each.name == kept.given), None)
        model = chosen or (given[kept.position] if len(given) > kept.position else None)
        if model is None or not isinstance(model.value, (ir.Name, ir.Attribute)):
            return True
        if FOLLOWING.search(name_of(model.value)):
            return True
    return run.users is not None and (run.users.copy_for(cls) or run.users.derive_from(cls))

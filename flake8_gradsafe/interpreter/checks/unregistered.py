"""Parameters that a module of the file holds, and does not register, or that its own optimizers leave out."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.bindings import calls_in, statements_in, values_of
from flake8_gradsafe.idioms.cut_layers import cut_layers
from flake8_gradsafe.idioms.left_out import (
    given_twice,
    left_out,
    listed_late,
    losses_left_out,
    network_left_out,
    optimized_twice,
)
from flake8_gradsafe.idioms.registration import unregistered, with_parameters
from flake8_gradsafe.idioms.replaced_layers import replaced_layers
from flake8_gradsafe.idioms.trained_names import name_of
from flake8_gradsafe.interpreter.checks.told import places_told
from flake8_gradsafe.interpreter.events import NeverTrained, NotHeld, NotRegistered, Omission
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, methods_of, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.run import Run


#: Names of classes that are losses, and no networks.
_LOSS = re.compile(r"Loss|Criterion|Objective")


def emit_unregistered(run: Run) -> None:
    """Tell of what the constructors of the file's modules make and do not register, by their spelling."""
    if not run.trains:
        return
    classes = {cls.code.name: cls.code for cls in run.classes.values()}
    modules = [cls.code.name for cls in run.classes.values() if cls.kind == "module"]
    premises = frozenset({Premise.NOT_HANDED})
    functions = [function.code for function, _ in run.definitions.values()]
    for found in unregistered(classes, modules, functions):
        run.events.append(NotRegistered(found.place, premises, *found[1:]))


def emit_left_out(run: Run) -> None:
    """Tell of the layers of the file's modules that their own optimizers leave out, by their spelling."""
    told = places_told(run.events, NotHeld)
    for cls in run.classes.values():
        own = id(cls.code) not in run.foreign
        found = left_out(cls.code) if cls.kind == "module" and own else None
        if found is None and own:
            found = given_twice(cls.code) or network_left_out(cls.code)
        if found is not None and found.place not in told:
            unheld = tuple(((place, 0), f"self.{name}") for place, name in found.layers)
            since, premises = found.layers[0][0], frozenset({Premise.NOT_HANDED})
            run.events.append(NotHeld(found.place, premises, unheld, Omission.LEFT_OUT, since, None, None))


def emit_cut_layers(run: Run) -> None:
    """Tell of the layers of the file's modules that their own forward cuts off, by their spelling."""
    modules = run.modules_by_name
    own = [cls for cls in run.classes.values() if cls.kind == "module" and id(cls.code) not in run.foreign]
    own = [cls for cls in own if any(method.name == "forward" for method in methods_of(cls.code))]
    if not run.trains or not own:
        return
    layers = with_parameters(modules)
    told = places_told(run.events, NeverTrained)
    plain = [function.code for function, _ in run.definitions.values() if function.owner is None]
    for cls in own:
        if any(last_name(base) == cls.code.name for code in modules.values() for base in code.bases):
            continue
        for found in cut_layers(cls.code, layers, plain):
            if found.place not in told:
                held = tuple(((made, 0), name) for made, name in found.layers)
                run.events.append(NeverTrained(found.place, frozenset({Premise.TRAINED}), None, held, found.kind))


def emit_replaced_layers(run: Run, body: ir.Body) -> None:
    """Tell of the layers that replace others when the optimizer has been made, where no path was seen to do so."""
    told = places_told(run.events, NotHeld)
    for each in (body, *(code.body for code in run.own_functions)):
        for found in replaced_layers(each):
            if found.optimizer not in told and name_of(found.target) in run.names.optimizers:
                unheld, premises = (((found.made, 0), found.name),), frozenset({Premise.NOT_HANDED})
                event = NotHeld(found.optimizer, premises, unheld, Omission.MADE_LATER, found.made, None, None)
                run.events.append(event)


def emit_other_models(run: Run, body: ir.Body) -> None:
    """Tell of the models that an optimizer was meant for, by its name or by the list that it took, and was not given."""
    told = places_told(run.events, NotHeld)
    names = [f"{name}." for event in run.events if isinstance(event, NotHeld) for name in event.names]
    making = [code for code in run.own_functions if not code.calls.isdisjoint(training.OPTIMIZER_NAMES)]
    for each in (body, *(code.body for code in making)):
        for late in listed_late(each):
            if late.optimizer not in told and not any(name.startswith(f"{late.model}.") for name in names):
                unheld = (((late.listed, 0), late.model),)
                run.events.append(_not_held(late.optimizer, unheld, Omission.LISTED_LATER, late.listed))
        for twice in optimized_twice(each):
            name = _attribute_of(twice.left)
            if any(held.startswith(f"{twice.left}.") for held in names) or not _is_called(name, run, body):
                continue
            if twice.place not in told and not _is_handed(name, run, body):
                unheld = (((twice.made, 0), twice.left),)
                run.events.append(_not_held(twice.place, unheld, Omission.LEFT_OUT, twice.made))


def _not_held(
    place: Place, unheld: tuple[tuple[tuple[Place, int], str], ...], omission: Omission, since: Place
) -> NotHeld:
    return NotHeld(place, frozenset({Premise.NOT_HANDED}), unheld, omission, since, None, None)


def _is_called(name: str, run: Run, body: ir.Body) -> bool:
    """Whether the file calls what has a name and is no function, nor a model that is meant to stay as it is."""
    if library.NOT_TRAINED.search(name) or name in run.plain_functions:
        return False
    bodies = (body, *(code.body for code in run.own_functions))
    return any(name_of(call.function) == name for each in bodies for call in calls_in(each))


def _is_handed(name: str, run: Run, body: ir.Body) -> bool:
    """Whether the file takes the parameters of what has a name, or freezes it."""
    values = (value for each in (body, *(code.body for code in run.own_functions)) for value in _values_in(each))
    parts = (part for value in values for part in within(value) if isinstance(part, ir.Attribute))
    return any(part.attr in _TAKEN and name_of(part.value) == name for part in parts)


_TAKEN = frozenset({"parameters", "named_parameters", "requires_grad_", "children", "modules"})


def _values_in(body: ir.Body) -> Iterator[ir.Expression]:
    return (value for statement in statements_in(body) for value in values_of(statement))


def emit_losses_left_out(run: Run, body: ir.Body) -> None:
    """Tell of the losses with parameters that the file makes, and gives no optimizer, where no path was seen to do so."""
    seen = {_attribute_of(name) for event in run.events if isinstance(event, NotHeld) for name in event.names}
    classes = {
        cls.code.name: cls.code for cls in run.classes.values() if cls.kind == "module" and _LOSS.search(cls.code.name)
    }
    if not classes or not run.names.models:
        return
    codes = [function.code for function, _ in run.definitions.values()]
    own = [body, *(code.body for code in codes if id(code) not in run.foreign)]
    others = [code.body for code in codes if id(code) in run.foreign]
    for found in losses_left_out(own, others, classes, run.names.optimizers):
        if seen.isdisjoint(map(_attribute_of, found.names)):
            unheld = tuple(((found.made, number), name) for number, name in enumerate(found.names))
            premises = frozenset({Premise.NOT_HANDED})
            run.events.append(NotHeld(found.optimizer, premises, unheld, Omission.LEFT_OUT, found.made, None, None))


def _attribute_of(name: str) -> str:
    return name.rpartition(".")[2]


def seen_unregistered(events: list[Event]) -> list[Event]:
    """The events. What a module does not register and no optimizer was seen to hold is told once, where the module gets it."""
    unheld = {event.attribute: event for event in events if isinstance(event, NotHeld) and not event.premises}
    told = {(event.holder, event.attribute) for event in events if isinstance(event, NotRegistered)}
    return [
        replace(event, premises=unheld[event.holder, event.attribute].premises)
        if isinstance(event, NotRegistered) and (event.holder, event.attribute) in unheld
        else event
        for event in events
        if not (isinstance(event, NotHeld) and event.attribute in told)
    ]

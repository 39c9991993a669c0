"""What is meant as a constant of a loss and keeps its graph, told by the spelling of a training step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.bindings import calls_in, statements_in, values_of
from flake8_gradsafe.idioms.meant_constants import concerns_constants, differentiated_constants
from flake8_gradsafe.idioms.registration import layers_of, with_parameters
from flake8_gradsafe.idioms.trained_names import is_backward
from flake8_gradsafe.interpreter.events import ConstantDifferentiated, Raised
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.linked import LinkedModule
from flake8_gradsafe.syntax.queries import last_name, methods_of, names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.interpreter.domain.values import ClassValue
    from flake8_gradsafe.interpreter.run import Run

_PREMISES = frozenset({Premise.CONSTANT, Premise.TRAINED})


def emit_differentiated_constants(run: Run, body: ir.Body) -> None:
    """Tell of the targets, advantages and old log probabilities that the file's losses differentiate."""
    if not run.trains:
        return
    codes = [function.code for function, _ in run.definitions.values()]
    plain, modules = run.plain_functions, run.modules_by_name
    cutting = frozenset(each.name for each in codes if not each.mentions.isdisjoint(training.CUTTING))
    keeping = frozenset(each.name for each in codes if "append" in each.mentions) - cutting
    own_plain = [code for code in plain.values() if id(code) not in run.foreign]
    parts: list[tuple[ClassValue | None, list[ir.Function]]] = [
        (None, [*own_plain, *_script(body, _differentiating(plain.values()))])
    ]
    parts += [(cls, methods_of(cls.code)) for cls in run.classes.values() if id(cls.code) not in run.foreign]
    told = set()
    refused = {event.place for event in run.events if isinstance(event, Raised)} - {None}
    for cls, own in parts:
        is_module = cls is not None and cls.kind == "module"
        if not own or (not run.names.models and not is_module):
            continue
        lineage: tuple[ClassValue, ...] = () if cls is None else cls.lineage
        methods = {method.name: method for each in reversed(lineage) for method in methods_of(each.code)}
        functions = {**plain, **{name: method for name, method in methods.items() if not name.startswith("__")}}
        layers: frozenset[str] = (
            _layers(cls.code, modules, methods.values()) if is_module and cls is not None else frozenset()
        )
        named = run.names.models | layers
        named |= {name for name, code in functions.items() if not code.mentions.isdisjoint(named)}
        differentiating = training.BACKWARD_METHODS | _differentiating(functions.values())
        for code in own:
            if concerns_constants(code, named, differentiating):
                for found in differentiated_constants(code, run.names.models, functions, cutting, keeping, layers):
                    if found.place not in told and found.backward not in refused:
                        told.add(found.place)
                        run.events.append(ConstantDifferentiated(found.place, _PREMISES, *found[1:]))


def _differentiating(functions: Iterable[ir.Function]) -> frozenset[str]:
    return frozenset(code.name for code in functions if not code.calls.isdisjoint(training.BACKWARD_METHODS))


def _script(body: ir.Body, differentiating: frozenset[str]) -> Iterator[ir.Function]:
    """What a file does itself, as if that were a function, where it differentiates."""
    statements = tuple(each for each in body if not isinstance(each, (ir.Function, ir.Class, ir.Import, LinkedModule)))
    if any(is_backward(call) or last_name(call.function) in differentiating for call in calls_in(statements)):
        values = [value for each in statements_in(statements) for value in values_of(each)]
        targets = [
            target for each in statements_in(statements) if isinstance(each, ir.Assign) for target in each.targets
        ]
        names = frozenset[str]().union(*map(names_in, (*values, *targets)))
        yield ir.Function(None, "", (), statements, (), mentions=names, calls=names)


def _layers(cls: ir.Class, modules: dict[str, ir.Class], methods: Iterable[ir.Function]) -> frozenset[str]:
    """The layers of a module that differentiates its own losses, or gives them back."""
    if not any(concerns_constants(method, method.mentions) for method in methods):
        return frozenset()
    layers = layers_of(cls, with_parameters(modules))
    return frozenset(name for name in layers if library.NOT_TRAINED.search(name) is None)

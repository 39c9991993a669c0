"""Layers of a module that its own optimizers leave out, where these are given the parameters of its parts one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import calls_in, statements_in, values_of
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import is_attribute_of_self, last_name, methods_of, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.syntax.program import Place


class LeftOut(NamedTuple):
    """The layers that an optimizer, made at `place`, and all others of the module leave out, each with where it is made."""

    place: Place
    layers: tuple[tuple[Place, str], ...]


#: What gives the parameters of all parts at once.
_OF_ALL = frozenset({"parameters", "named_parameters", "modules", "named_modules", "children", "named_children"})
#: With one of these, a method may give a layer to an optimizer, or says that it is not to be trained.
_HANDING = frozenset(
    {"parameters", "named_parameters", "requires_grad", "requires_grad_", "add_param_group", "no_grad"}
)


def left_out(cls: ir.Class) -> LeftOut | None:
    """What the optimizers of a module leave out, if one of its methods makes them all, part by part."""
    methods = methods_of(cls)
    making = [method for method in methods if any(map(_is_optimizer, calls_in(method.body)))]
    made = [call for method in making for call in calls_in(method.body) if _is_optimizer(call)]
    listing = next((call for call in made if len(set(_parts_given(call))) > 1), None)
    if listing is None or len(making) != 1 or any(map(_takes_all, methods)):
        return None
    handed = _names_in_values(making[0])
    layers = tuple(
        (value.place, name)
        for name, value in _layers_made(methods)
        if name not in handed and _is_used(name, methods) and not _may_be_handed(name, methods)
    )
    return LeftOut(listing.place, layers) if layers else None


def _is_optimizer(call: ir.Call) -> bool:
    return last_name(call.function) in training.OPTIMIZER_NAMES


def _parts_given(call: ir.Call) -> Iterator[str]:
    """The attributes of `self` whose `parameters()` an optimizer is given, each by its name."""
    for argument in call.arguments:
        for part in within(argument.value):
            method = part.function if isinstance(part, ir.Call) else None
            if isinstance(method, ir.Attribute) and method.attr == "parameters" and is_attribute_of_self(method.value):
                yield last_name(method.value)


def _takes_all(method: ir.Function) -> bool:
    """Whether a method goes through all parts of the module."""
    return any(
        isinstance(call.function, ir.Attribute)
        and call.function.attr in _OF_ALL
        and is_attribute_of_self(call.function)
        for call in calls_in(method.body)
    )


def _names_in_values(method: ir.Function) -> set[str]:
    return {
        name for statement in statements_in(method.body) for value in values_of(statement) for name in names_in(value)
    }


def _layers_made(methods: list[ir.Function]) -> Iterator[tuple[str, ir.Expression]]:
    """The layers of torch.nn with parameters that the constructor makes in any case, by their attributes."""
    for method in methods:
        for statement in method.body if method.name == "__init__" else ():
            value = statement.value if isinstance(statement, ir.Assign) else None
            if isinstance(statement, ir.Assign) and isinstance(value, ir.Call) and _is_layer(value):
                for target in statement.targets:
                    if isinstance(target, ir.Attribute) and is_attribute_of_self(target):
                        yield target.attr, value


def _is_layer(call: ir.Call) -> bool:
    if any(isinstance(each.value, ir.Constant) and each.name == "requires_grad" for each in call.arguments):
        return False
    return library.LAYERS_WITH_PARAMETERS.fullmatch(last_name(call.function)) is not None


def _is_used(name: str, methods: list[ir.Function]) -> bool:
    """Whether a method calls a layer, and nothing in its name says that it is not to be trained."""
    called = any(name in method.calls for method in methods if method.name != "__init__")
    return called and library.NOT_TRAINED.search(name) is None


def _may_be_handed(name: str, methods: list[ir.Function]) -> bool:
    others = (method for method in methods if method.name != "__init__")
    return any(name in method.mentions and not method.mentions.isdisjoint(_HANDING) for method in others)

"""Layers that replace those of a model when its optimizer has been made: that goes on with the parameters of the old ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import calls_in
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, last_name, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.syntax.program import Place
    from flake8_gradsafe.syntax.queries import Chain


class Replaced(NamedTuple):
    """A layer, called `name`, that is made at `made` when the `optimizer` of its model, bound to `target`, has been made."""

    optimizer: Place
    target: ir.Expression
    made: Place
    name: str


def replaced_layers(body: ir.Body) -> Iterator[Replaced]:
    """The layers that a body sets in models whose optimizer it has made before, and which it gives to none afterwards."""
    holding: dict[Chain, tuple[Place, ir.Expression]] = {}
    for number, statement in enumerate(body):
        if (
            not isinstance(statement, ir.Assign)
            or len(statement.targets) != 1
            or not isinstance(statement.value, ir.Call)
        ):
            continue
        target, call = statement.targets[0], statement.value
        if last_name(call.function) in training.OPTIMIZER_NAMES:
            holding |= dict.fromkeys(_models_given(call), (call.place, target))
        elif isinstance(target, ir.Attribute) and _makes_layer(call) and not _is_given_on(body[number + 1 :]):
            model = next((each for each in _prefixes(chain_of(target)) if each in holding), None)
            if model is not None:
                yield Replaced(*holding[model], call.place, ".".join(chain_of(target)))


def _models_given(call: ir.Call) -> Iterator[Chain]:
    """The models whose `parameters()` are the first argument of an optimizer."""
    given = call.arguments[0].value if call.arguments else None
    if isinstance(given, ir.Call) and isinstance(given.function, ir.Attribute) and given.function.attr == "parameters":
        yield chain_of(given.function.value)


def _prefixes(chain: Chain) -> Iterator[Chain]:
    return (chain[:length] for length in range(1, len(chain)))


def _makes_layer(call: ir.Call) -> bool:
    """Whether a call makes a layer of torch.nn that has parameters, perhaps moved."""
    calls = [part for part in within(call) if isinstance(part, ir.Call)]
    return any(library.LAYERS_WITH_PARAMETERS.fullmatch(last_name(each.function)) for each in calls)


def _is_given_on(body: ir.Body) -> bool:
    """Whether an optimizer is made later, or given more."""
    names = {last_name(call.function) for call in calls_in(body)}
    return "add_param_group" in names or not names.isdisjoint(training.OPTIMIZER_NAMES)

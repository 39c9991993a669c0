"""Layers that a module makes and calls, and whose outputs its forward cuts off each time: no gradient ever gets to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.idioms.bindings import statements_in, values_of
from flake8_gradsafe.idioms.flows import NONE, Flow, Listener, Walk, union
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import calls_in, is_attribute_of_self, methods_of, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from flake8_gradsafe.syntax.program import Place

#: With one of these a forward may cut off.
_CUTS = frozenset({"detach", "detach_", "data", "no_grad", "inference_mode"})
#: With one of these a class says what it trains, or trains in its own way.
_OTHERWISE = frozenset("requires_grad requires_grad_ freeze deepcopy set_grad_enabled backward manual_backward".split())
#: Words in the names of layers, and of what they are made of, that are not to be trained.
_MEANT = re.compile(
    r"rand|static|hash|codebook|quant|pretrain|load|hub|timm|clip|bert|backbone|project_out", re.IGNORECASE
)
#: Names of classes that are modules with parameters, wherever they come from.
_LAYER = re.compile(
    r"^[A-Z]\w*(?:Net|Network|Encoder|Decoder|MLP|Layer|Block|Head|LSTM|GRU|Conv\w*|Linear|Attention|Tower)$"
)
#: What a constructor mentions that takes a part of the module from elsewhere: that is what grad mode is turned off for.
_LOADED = re.compile(r"^models$|hub|timm|pretrained|load", re.IGNORECASE)
#: Methods of a module that set its layers up.
_SETTING_UP = re.compile(r"init|reset|__repr__|extra_repr|num_param")


class CutLayers(NamedTuple):
    """At `place`, a forward cuts off all that these layers compute. Each has the place where it is made, and its name."""

    place: Place
    kind: CutKind
    layers: tuple[tuple[Place, str], ...]


def cut_layers(cls: ir.Class, modules: Set[str] | None, others: Iterable[ir.Function] = ()) -> Iterator[CutLayers]:
    """The layers of a module that its forward cuts off, by the place of the cut.

    `modules` are classes of the project with parameters, None where any class may be one; `others` are functions that may use
    the layers as well.
    """
    methods = {method.name: method for method in methods_of(cls)}
    forward = methods.get("forward")
    if (
        forward is None
        or not _may_cut(forward, methods)
        or any(_says_what_it_trains(each) for each in methods.values())
    ):
        return
    if any(not _CUTS.isdisjoint(names_in(decorator)) for decorator in forward.decorators):
        return
    made = dict(_layers_made(methods.get("__init__"), modules))
    if not made:
        return
    listener = _Cuts()
    walk = Walk(frozenset(made), methods, listener)
    walk.inside = ("forward",)
    walk.run(forward.body)
    kept = union((*listener.lost, *(flow for items in walk.returned for flow in items))).models
    used = _used_otherwise([*methods.values(), *others], frozenset(made), {"forward", *forward.calls})
    told: set[str] = set()
    loads = any(map(_LOADED.search, methods["__init__"].mentions))
    for node, kind, flow in listener.cuts:
        names = sorted(flow.models - kept - used - told)
        told.update(names)
        if names and (kind is not CutKind.NO_GRAD or loads):
            yield CutLayers(node.place, kind, tuple((made[name], f"self.{name}") for name in names))


class _Cuts(Listener):
    """Keeps what is cut off, and what gets out of sight."""

    def __init__(self) -> None:
        self.cuts: list[tuple[ir.Expression, CutKind, Flow]] = []
        self.lost: list[Flow] = []

    def on_cut(self, node: ir.Expression, kind: CutKind, flow: Flow) -> Flow:
        if flow is not NONE:
            self.cuts.append((node, kind, flow))
        return NONE

    def on_lost(self, flow: Flow) -> None:
        self.lost.append(flow)

    def on_backward(self, node: ir.Call, loss: Flow) -> None:
        del node
        self.lost.append(loss)


def _may_cut(forward: ir.Function, methods: dict[str, ir.Function]) -> bool:
    called = (methods[name] for name in forward.calls if name in methods)
    return any(not _CUTS.isdisjoint(method.mentions) for method in (forward, *called))


def _says_what_it_trains(method: ir.Function) -> bool:
    return not _OTHERWISE.isdisjoint(method.mentions) or "freeze" in method.name


def _layers_made(init: ir.Function | None, modules: Set[str] | None) -> Iterator[tuple[str, Place]]:
    """The attributes that a constructor binds to new layers, with the places where these are made."""
    for statement in statements_in(init.body if init is not None else ()):
        value = statement.value if isinstance(statement, ir.Assign) else None
        if isinstance(statement, ir.Assign) and isinstance(value, ir.Call) and _makes_new_layer(value, modules):
            for target in statement.targets:
                if is_attribute_of_self(target) and isinstance(target, ir.Attribute) and _is_trained(target.attr):
                    yield target.attr, value.place


def _makes_new_layer(value: ir.Call, modules: Set[str] | None) -> bool:
    called = calls_in(value)
    if any(map(_MEANT.search, names_in(value))):
        return False
    if modules is None:
        return any(name[:1].isupper() for name in called)
    return any(
        name in modules or library.LAYERS_WITH_PARAMETERS.fullmatch(name) or _LAYER.search(name) for name in called
    )


def _is_trained(name: str) -> bool:
    return library.NOT_TRAINED.search(name) is None and _MEANT.search(name) is None


def _used_otherwise(functions: Iterable[ir.Function], names: Set[str], followed: Set[str]) -> set[str]:
    """The layers that something else than the forward may compute with, or whose state is read."""
    found: set[str] = set()
    for function in functions:
        if function.name == "__init__" or _SETTING_UP.search(function.name):
            continue
        mentioned = names & function.mentions
        if mentioned and function.name in followed:
            values = (value for statement in statements_in(function.body) for value in values_of(statement))
            parts = [part for value in values for part in within(value) if isinstance(part, ir.Attribute)]
            mentioned = {part.value.attr for part in parts if isinstance(part.value, ir.Attribute)} & mentioned
        found |= mentioned
    return found

"""Walks over trees of modules: what a module holds, by name, as far as the program shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.facts import BaseModule, IsBuffer, IsParameter, Items, OpenFrom
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    ClassValue,
    DictValue,
    Instance,
    ListValue,
    Literal,
    ModuleValue,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.knowledge import library

if TYPE_CHECKING:
    from collections.abc import Callable

#: How deep trees of modules are walked.
_MAX_LEVELS = 8


Tree = Instance | ModuleValue


# -- looking ----------------------------------------------------------------------------------------------------
def children_of(module: Tree, state: State) -> list[tuple[str, Value]]:
    """The modules directly inside one, by name."""
    inside: list[tuple[str, Value]] = [
        (str(number), item)
        for number, item in enumerate(module_items(module, state) or ())
        if isinstance(item, (Instance, ModuleValue))
    ]
    if isinstance(module, ModuleValue) and module.kind in library.KEYED_CONTAINERS:
        inside = [(key_text(key), item) for key, item in module_entries(module, state)]
    listed = {item.id for _, item in inside if isinstance(item, (Instance, ModuleValue))}
    return inside + [
        (name, value)
        for name, value in state.heap.attributes(module.id)
        if isinstance(value, ModuleValue) or (isinstance(value, Instance) and value.cls.kind == "module")
        if value.id not in listed
    ]


def module_items(module: Tree, state: State) -> tuple[Value, ...] | None:
    """The items of a Sequential, a ModuleList or a ParameterList; None for other modules."""
    held = state.heap.fact(module.id, Items)
    return None if held is None else held.values


def module_entries(module: Tree, state: State) -> list[tuple[Value, Value]]:
    """The keys and values of a ModuleDict or a ParameterDict."""
    return state.entries_of(DictValue(module.id)) or []


def modules_of(module: Tree, state: State) -> list[tuple[str, Tree]]:
    """A module and all inside it, each once, by their dotted names."""
    return _walked(module, state, "", 0)


def _walked(module: Tree, state: State, prefix: str, level: int) -> list[tuple[str, Tree]]:
    found: dict[int, tuple[str, Tree]] = {module.id: (prefix, module)}
    if level < _MAX_LEVELS:
        for name, child in children_of(module, state):
            if isinstance(child, (Instance, ModuleValue)) and child.id not in found:
                for dotted, each in _walked(child, state, f"{prefix}.{name}".strip("."), level + 1):
                    found.setdefault(each.id, (dotted, each))
    return list(found.values())


def parameters_of(module: Tree, state: State) -> list[tuple[str, TensorValue]]:
    """All parameters of a module and of those inside it, each once, by their dotted names."""
    return tensors_of(module, state, lambda value: state.heap.has(value.ref, IsParameter))


def state_of_tree(module: Tree, state: State) -> list[tuple[str, TensorValue]]:
    """All parameters and buffers, each once, by their dotted names."""
    return tensors_of(
        module, state, lambda value: state.heap.has(value.ref, IsParameter) or state.heap.has(value.ref, IsBuffer)
    )


def tensors_of(module: Tree, state: State, wanted: Callable[[TensorValue], bool]) -> list[tuple[str, TensorValue]]:
    """The wanted tensors of a module and of those inside it, each once, by their dotted names."""
    found: dict[int, tuple[str, TensorValue]] = {}
    for dotted, each in _walked(module, state, "", 0):
        held = state.heap.attributes(each.id)
        held += [(str(number), item) for number, item in enumerate(module_items(each, state) or ())]
        for name, value in held:
            if isinstance(value, TensorValue) and wanted(value):
                found.setdefault(value.ref, (f"{dotted}.{name}".strip("."), value))
    return list(found.values())


def is_in_sight(module: Tree, state: State, first: set[int], level: int = 0) -> bool:
    """Whether a module holds nothing that is out of sight; `first` gathers what comes before the first such thing.

    What a module holds itself comes before what the modules in it hold.
    """
    first.add(module.id)
    held = [*(module_items(module, state) or ()), *(value for _, value in state.heap.attributes(module.id))]
    inside: list[Tree] = []
    for value in held:
        if isinstance(value, Unknown):
            break
        if isinstance(value, TensorValue):
            first.add(value.ref)
        elif isinstance(value, ModuleValue) or (isinstance(value, Instance) and value.cls.kind == "module"):
            inside.append(value)
    for child in inside if level < _MAX_LEVELS else ():
        if child.id not in first and not is_in_sight(child, state, first, level + 1):
            return False
    known = not any(isinstance(value, Unknown) for value in held)
    return known and not state.heap.has(module.id, OpenFrom) and not _is_forgotten(module, state)


def _is_forgotten(module: Tree, state: State) -> bool:
    """Whether code out of sight may have changed what a container holds."""
    made = module if isinstance(module, ModuleValue) else base_module(module, state)
    holds = made is not None and made.kind in library.CONTAINERS
    return holds and not state.heap.has(module.id, Items)


def base_module(module: Instance, state: State) -> ModuleValue | None:
    """The module of torch.nn that an object is by a base of its class."""
    base = state.heap.fact(module.id, BaseModule)
    return base.value if base is not None and isinstance(base.value, ModuleValue) else None


def as_container(value: Value) -> Value:
    """A module that holds others as the list or dict that it is; any other value as it is."""
    if isinstance(value, ModuleValue) and value.kind in library.CONTAINERS:
        return DictValue(value.id) if value.kind in library.KEYED_CONTAINERS else ListValue(value.id)
    return value


def container_of(value: Value, state: State) -> Value:
    """What holds a value's items: the list or dict that a container of modules is, by a base of its class as well."""
    if isinstance(value, Instance) and (base := base_module(value, state)) is not None:
        return value if _has_own_items(value.cls, state) else as_container(base)
    return as_container(value)


def _has_own_items(cls: ClassValue, state: State) -> bool:
    """Whether a class of the file tells itself what a loop over its objects goes through."""
    return any((each.id, name) in state.heap for each in cls.lineage for name in ("__iter__", "__getitem__", "__len__"))


def key_text(key: Value) -> str:
    """The key of a module in a dict of modules, as its name."""
    return str(key.value) if isinstance(key, Literal) else ""

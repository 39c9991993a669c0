"""What the program's names lead to on a path: tensors, parameters and optimizers, as users spell them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.facts import HeldTensors, IsParameter
from flake8_gradsafe.interpreter.domain.frames import ENCLOSING, MODULE_FRAME
from flake8_gradsafe.interpreter.domain.values import (
    DictValue,
    Instance,
    LinkedModuleValue,
    ListValue,
    Literal,
    ModuleValue,
    OptimizerValue,
    TupleValue,
)
from flake8_gradsafe.interpreter.framework_fits import optimizers_of
from flake8_gradsafe.interpreter.models.module_walk import is_in_sight, modules_of, parameters_of
from flake8_gradsafe.interpreter.models.opaque import is_opaque
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.knowledge.training import MAKES_OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value

#: Of the items of a container, so many are looked at.
MOST_ITEMS = 6
#: How deep a tensor may lie under a name.
_DEPTH = 3
#: So many values are looked at for parameters and optimizers.
_MOST_VALUES = 5_000

#: A name as it is spelled, part by part: `net`, `.layers`, `[0]`, `.weight`.
Path = tuple[str, ...]


def tensors_by_name(state: State) -> dict[str, int]:
    """The tensors of the innermost frame by name, and those that lie in what has a name, as `net.weight` and `xs[0]`."""
    found: dict[str, int] = {}
    owners: list[tuple[str, Value]] = [(name, value) for name, value in state.frame.items() if name[0] != "("]
    for _ in range(_DEPTH + 1):
        inner: list[tuple[str, Value]] = []
        for name, value in owners:
            ref = state.known_tensor(value)
            if ref is not None:
                found.setdefault(name, ref)
            else:
                inner += [(f"{name}{spelled}", held) for spelled, held in _held(state, value)]
        owners = inner
    return found


@dataclass(frozen=True, slots=True)
class Trainables:
    """The parameters in sight, and other leaves, by number, and the optimizers, each with the name that is found first.

    `modules` are the names of modules, each with how many parameters it has: their names begin so unless they have another
    one. `open_modules` are those that may have others. `standing_for_all` are the names that stand for all parameters of a
    model that is out of sight.
    """

    leaves: dict[int, Path] = field(default_factory=dict)
    optimizers: dict[int, Path] = field(default_factory=dict)
    modules: dict[Path, int] = field(default_factory=dict)
    open_modules: set[Path] = field(default_factory=set)
    standing_for_all: set[Path] = field(default_factory=set)


def trainables(state: State) -> Trainables:
    """What can be trained, and what trains it, of all names that can be seen from where a path stands."""
    found = Trainables()
    named = list(_reachable(state))
    for path, value in named:
        if isinstance(value, (Instance, ModuleValue)) and _is_module(value):
            _add_module(found, path, value, state)
        if isinstance(value, (Instance, OptimizerValue)) and _is_optimizer(value, state):
            found.optimizers.setdefault(value.id, path)
    for path, value in named:
        made = optimizers_of(value, state)
        for number, optimizer in enumerate(made):
            item = (f"[{number}]",) if len(made) > 1 else ()
            found.optimizers.setdefault(optimizer.id, (*path, f".{MAKES_OPTIMIZERS}()", *item))
    for path, value in named:
        ref = state.known_tensor(value)
        if ref is not None and _may_be_trained(ref, state):
            found.leaves.setdefault(ref, path)
    return found


def _add_module(found: Trainables, path: Path, module: Instance | ModuleValue, state: State) -> None:
    for dotted, each in modules_of(module, state):
        name = (*path, *_spelled(dotted))
        found.modules.setdefault(name, len(parameters_of(each, state)))
        if not is_in_sight(each, state, set()):
            found.open_modules.add(name)
    for dotted, value in parameters_of(module, state):
        stands_for_all = dotted.endswith(")")
        name = (*path, *_spelled(dotted)[: -1 if stands_for_all else None])
        if found.leaves.setdefault(value.ref, name) == name and stands_for_all:
            found.standing_for_all.add(name)


def _spelled(dotted: str) -> Path:
    """The parts of a name that PyTorch gives: items as they are picked."""
    return tuple(f"[{part}]" if part.isdigit() else f".{part}" for part in dotted.split(".") if part)


def _is_module(value: Instance | ModuleValue) -> bool:
    return isinstance(value, ModuleValue) or value.cls.kind == "module"


def _is_optimizer(value: Instance | OptimizerValue, state: State) -> bool:
    if isinstance(value, Instance):
        return value.cls.kind == "optimizer" or state.heap.has(value.id, HeldTensors)
    return True


def _may_be_trained(ref: int, state: State) -> bool:
    """Whether a tensor is a parameter, or a leaf that was told to require grad, if only once."""
    tensor = state.autograd.tensors.get(ref)
    if tensor is None or tensor.node is not None:
        return False
    return state.heap.has(ref, IsParameter) or tensor.grad.sure or tensor.frozen is not None


def _reachable(state: State) -> Iterator[tuple[Path, Value]]:
    """What has a name: those of the innermost frame first, and what is less deep before what is deeper."""
    seen: set[int] = set()
    for frame in _frames_in_sight(state):
        level: list[tuple[Path, Value]] = [((name,), value) for name, value in frame.items() if name[0] != "("]
        for _ in range(_DEPTH + 1):
            inner: list[tuple[Path, Value]] = []
            for path, value in level:
                if hasattr(value, "id"):
                    if value.id in seen or len(seen) > _MOST_VALUES:
                        continue
                    seen.add(value.id)
                yield path, value
                inner += [((*path, spelled), held) for spelled, held in _held_anywhere(state, value)]
            level = inner


def _frames_in_sight(state: State) -> Iterator[dict[str, Value]]:
    keys: list[int] = []
    for frame in (state.current, *reversed(state.callers)):
        keys += _with_enclosing(frame, state)
    for key in dict.fromkeys((*keys, MODULE_FRAME)):
        if key in state.frames:
            yield state.frames[key]


def _with_enclosing(frame: int, state: State) -> Iterable[int]:
    while frame in state.frames:
        yield frame
        outer = state.frames[frame].get(ENCLOSING)
        if not isinstance(outer, Literal) or not isinstance(outer.value, int):
            return
        frame = outer.value


def _held_anywhere(state: State, value: Value) -> Iterator[tuple[str, Value]]:
    """What lies in a value, or is a name of an imported module."""
    if isinstance(value, LinkedModuleValue):
        for name, held in state.frames.get(value.frame, {}).items():
            if name[0] != "(":
                yield f".{name}", held
    elif not (isinstance(value, ModuleValue) and is_opaque(value)):
        yield from _held(state, value)


def _held(state: State, value: Value) -> Iterator[tuple[str, Value]]:
    """What lies in a value, each with what is written behind the value's name to pick it."""
    if isinstance(value, DictValue):
        for key, item in (state.entries_of(value) or ())[:MOST_ITEMS]:
            if isinstance(key, Literal):
                yield f"[{_key(key.value)}]", item
        return
    if isinstance(value, ModuleValue) and value.kind in library.CONTAINERS:
        yield from _items(state, ListValue(value.id))
    elif isinstance(value, (TupleValue, ListValue)):
        yield from _items(state, value)
    if hasattr(value, "id"):
        for attribute, held in state.heap.attributes(value.id):
            if attribute.isidentifier():
                yield f".{attribute}", held


def _items(state: State, value: TupleValue | ListValue) -> Iterator[tuple[str, Value]]:
    for number, item in enumerate(state.leading_items(value)[:MOST_ITEMS]):
        yield f"[{number}]", item


def _key(key: object) -> str:
    """A key as most people write it."""
    return f'"{key}"' if isinstance(key, str) and '"' not in key else repr(key)

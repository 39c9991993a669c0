"""Everything that differs from one path through a program to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.world import World
from flake8_gradsafe.interpreter.values import DictValue, Items, ListValue, TensorValue, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Hashable

    from flake8_gradsafe.autograd.tensor import Place, Via
    from flake8_gradsafe.knowledge.idioms import Idiom


@dataclass(frozen=True, slots=True)
class UntrackedWrite:
    """A write of which the end of the path has still to tell whether it did harm."""

    place: Place
    target: int
    time: int
    via: Via
    idiom: Idiom
    tensor_evident: bool
    module_state: bool
    proven_path: bool


#: How far back the unknown arguments of unknown calls are taken for tensors, once their result turns out to be one.
MAX_PROMOTED = 16


class State:
    """The names, the objects and the world of one path; `signal` tells how the current block was left, if it was.

    `taken` tells which way conditions went so far, by what was asked of which values.
    """

    __slots__ = ("differentiated", "expecting", "frame", "heap", "signal", "taken", "undecided", "world", "writes")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.world = World()
        self.frame: dict[str, Value] = {}
        self.heap: dict[tuple[int, str], Value] = {}
        self.taken: dict[Hashable, bool] = {}
        self.undecided = 0
        self.signal = ""
        self.expecting = 0
        self.differentiated: frozenset[int] = frozenset()
        self.writes: tuple[UntrackedWrite, ...] = ()

    def fork(self) -> State:
        """An independent copy."""
        twin = State.__new__(State)
        twin.world = self.world.fork()
        twin.frame, twin.heap, twin.taken = self.frame.copy(), self.heap.copy(), self.taken.copy()
        twin.undecided, twin.signal, twin.expecting = self.undecided, self.signal, self.expecting
        twin.differentiated, twin.writes = self.differentiated, self.writes
        return twin

    # -- values -----------------------------------------------------------------------------------------------------

    def unknown(self) -> Unknown:
        """A new value of which nothing is known."""
        return Unknown(self.world.tick())

    def new_list(self, items: tuple[Value, ...]) -> ListValue:
        """A new list object."""
        made = ListValue(self.world.tick())
        self.heap[made.id, "items"] = Items(items)
        return made

    def items_of(self, value: Value) -> tuple[Value, ...] | None:
        """The items of a tuple or list where they are known."""
        if isinstance(value, ListValue):
            value = self.heap.get((value.id, "items"), value)
        return value.items if isinstance(value, Items) else None

    def as_tensor(self, value: Value, place: Place, *, seen: bool = False, depth: int = 0) -> int | None:
        """The tensor that a value is or may be, None where it is surely none. `seen`: this use shows that it is one."""
        if isinstance(value, Unknown):
            known = self.heap.get((value.id, "tensor"))
            if not isinstance(known, TensorValue):
                known = TensorValue(self._promoted(value, place, depth))
                self.heap[value.id, "tensor"] = known
            value = known
        if not isinstance(value, TensorValue):
            return None
        if seen:
            self.world.see_tensor(value.ref)
        return value.ref

    def _promoted(self, value: Unknown, place: Place, depth: int) -> int:
        """A tensor for what was unknown so far: connected to what it was computed from, by code out of sight."""
        origin = self.heap.get((value.id, "from"))
        if not isinstance(origin, Items) or depth > MAX_PROMOTED:
            return self.world.unknown(place, tensor_seen=False)
        refs = [self.as_tensor(item, place, depth=depth + 1) for item in origin.items]
        return self.world.call_unknown("call", [ref for ref in refs if ref is not None], place, tensor_seen=False)

    def known_tensor(self, value: Value) -> int | None:
        """The tensor that a value has already been found to be, None else; changes nothing."""
        if isinstance(value, Unknown):
            value = self.heap.get((value.id, "tensor"), value)
        return value.ref if isinstance(value, TensorValue) else None

    def tensors_in(self, value: Value, depth: int = 3) -> list[int]:
        """The tensors that a value is or holds, as far as is known."""
        ref = self.known_tensor(value)
        if ref is not None:
            return [ref]
        items = self.items_of(self.heap.get((value.id, "items"), value) if isinstance(value, DictValue) else value)
        if items is None or depth == 0:
            return []
        return [ref for item in items for ref in self.tensors_in(item, depth - 1)]

    def new_dict(self, items: dict[str, Value]) -> DictValue:
        """A new dict object, its items by the text of their keys."""
        made = DictValue(self.world.tick())
        self.heap[made.id, "items"] = Items(tuple(items.values()))
        self.heap |= {(made.id, f"[{key}]"): value for key, value in items.items()}
        return made

    def forget_items(self, value: Value) -> None:
        """Note that code out of sight may have changed a list or a dict."""
        if isinstance(value, (ListValue, DictValue)):
            for key in [key for key in self.heap if key[0] == value.id]:
                del self.heap[key]

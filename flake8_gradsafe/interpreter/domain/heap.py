"""The attributes of all objects of one path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.values import TensorValue, TupleValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from flake8_gradsafe.interpreter.domain.values import Value


class Heap(dict[tuple[int, str], "Value"]):
    """The value of each attribute, by the number of its owner and its name.

    Copies share what tells the names that an owner may have, the owners that may have a name, and the attributes that may
    hold a tensor; it is never taken back, so that no copy needs its own.
    """

    __slots__ = ("_holding", "_names", "_owners")

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._names: dict[int, dict[str, None]] = {}
        self._owners: dict[str, dict[int, None]] = {}
        self._holding: dict[int, dict[tuple[int, str], None]] = {}

    def __setitem__(self, key: tuple[int, str], value: Value) -> None:
        """Set an attribute. It can only be set so: what else changes a dict must not be used, but `pop`."""
        owner, name = key
        known = self._names.get(owner)
        if known is None:
            known = self._names[owner] = {}
        if name not in known:
            known[name] = None
            self._owners.setdefault(name, {})[owner] = None
        for ref in _held(value):
            self._holding.setdefault(ref, {})[key] = None
        super().__setitem__(key, value)

    def copy(self) -> Heap:
        """An independent copy."""
        return self.with_entries(self)

    def with_entries(self, entries: dict[tuple[int, str], Value]) -> Heap:
        """A heap that has these of the entries of this one."""
        made = Heap.__new__(Heap)
        dict.__init__(made, entries)
        made._names, made._owners, made._holding = self._names, self._owners, self._holding
        return made

    def attributes(self, owner: int) -> list[tuple[str, Value]]:
        """The attributes of an owner with their values, in the order in which their names were first set."""
        return [(name, self[owner, name]) for name in self.names(owner) if (owner, name) in self]

    def names(self, owner: int) -> Iterable[str]:
        """All names of attributes that an owner has, and perhaps some that it has not."""
        return self._names.get(owner, ())

    def owners(self, name: str) -> Set[int]:
        """All owners that have an attribute of a name, and perhaps some that have not."""
        return self._owners.get(name, {}).keys()

    def named(self, name: str) -> list[tuple[int, Value]]:
        """The owners that have an attribute of a name, each with its value, in the order in which they first got one."""
        return [(owner, self[owner, name]) for owner in self.owners(name) if (owner, name) in self]

    def holding(self, ref: int) -> Iterator[tuple[int, str]]:
        """The attributes that are a tensor, or have it side by side with others, each with its owner: the first set first."""
        return (key for key in self._holding.get(ref, ()) if key in self and ref in _held(self[key]))


def _held(value: Value) -> list[int]:
    if isinstance(value, TensorValue):
        return [value.ref]
    return [each.ref for each in value.items if isinstance(each, TensorValue)] if isinstance(value, TupleValue) else []

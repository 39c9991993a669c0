"""The attributes of all objects of one path."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.values import Value


class Heap(dict[tuple[int, str], "Value"]):
    """The value of each attribute, by the number of its owner and its name.

    Copies share what tells the names that an owner may have; it is never taken back, so that no copy needs its own.
    """

    __slots__ = ("_names",)

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._names: dict[int, dict[str, None]] = {}

    def __setitem__(self, key: tuple[int, str], value: Value) -> None:
        """Set an attribute. It can only be set so: what else changes a dict must not be used, but `pop`."""
        owner, name = key
        known = self._names.get(owner)
        if known is None:
            self._names[owner] = {name: None}
        elif name not in known:
            known[name] = None
        super().__setitem__(key, value)

    def copy(self) -> Heap:
        """An independent copy."""
        return self.with_entries(self)

    def with_entries(self, entries: dict[tuple[int, str], Value]) -> Heap:
        """A heap that has these of the entries of this one."""
        made = Heap.__new__(Heap)
        dict.__init__(made, entries)
        made._names = self._names
        return made

    def attributes(self, owner: int) -> list[tuple[str, Value]]:
        """The attributes of an owner with their values, in the order in which their names were first set."""
        return [(name, self[owner, name]) for name in self.names(owner) if (owner, name) in self]

    def names(self, owner: int) -> Iterable[str]:
        """All names of attributes that an owner has, and perhaps some that it has not."""
        return self._names.get(owner, ())

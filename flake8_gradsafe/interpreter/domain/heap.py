"""The attributes of all objects of one path, and the facts about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar, overload

from flake8_gradsafe.interpreter.domain.facts import Fact
from flake8_gradsafe.interpreter.domain.values import TensorValue, TupleValue, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

_Kind = TypeVar("_Kind", bound=Fact)

#: Under what an owner has something: an attribute's name, the kind of a fact, or the kind of a fact about an attribute.
Key: TypeAlias = str | type[Fact] | tuple[type[Fact], str]
Entry: TypeAlias = Value | Fact


class Heap(dict[tuple[int, Key], Entry]):
    """The value of each attribute, by the number of its owner and its name; and each fact, by its owner and its kind.

    Copies share what tells the keys that an owner may have, the owners that may have a key, and what may hold a tensor; it
    is never taken back, so that no copy needs its own.
    """

    __slots__ = ("_holding", "_keys", "_owners")

    if TYPE_CHECKING:  # what lies under a name is a value

        @overload
        def __getitem__(self, key: tuple[int, str]) -> Value: ...
        @overload
        def __getitem__(self, key: tuple[int, Key]) -> Entry: ...
        def __getitem__(self, key: tuple[int, Key]) -> Entry: ...

        @overload  # type: ignore[override]
        def get(self, key: tuple[int, str], default: None = None, /) -> Value | None: ...
        @overload
        def get(self, key: tuple[int, str], default: Value, /) -> Value: ...
        @overload
        def get(self, key: tuple[int, Key], default: None = None, /) -> Entry | None: ...
        def get(self, key: tuple[int, Key], default: Entry | None = None, /) -> Entry | None:
            """What lies under a key, or the default."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._keys: dict[int, dict[Key, None]] = {}
        self._owners: dict[Key, dict[int, None]] = {}
        self._holding: dict[int, dict[tuple[int, Key], None]] = {}

    def __setitem__(self, key: tuple[int, Key], entry: Entry) -> None:
        """Set an attribute, or a fact. It can only be set so: what else changes a dict must not be used, but `pop`."""
        owner, name = key
        known = self._keys.get(owner)
        if known is None:
            known = self._keys[owner] = {}
        if name not in known:
            known[name] = None
            self._owners.setdefault(name, {})[owner] = None
        for ref in _held(entry):
            self._holding.setdefault(ref, {})[key] = None
        super().__setitem__(key, entry)

    def copy(self) -> Heap:
        """An independent copy."""
        return self.with_entries(self)

    def with_entries(self, entries: dict[tuple[int, Key], Entry]) -> Heap:
        """A heap that has these of the entries of this one."""
        made = Heap.__new__(Heap)
        dict.__init__(made, entries)
        made._keys, made._owners, made._holding = self._keys, self._owners, self._holding
        return made

    # -- facts ------------------------------------------------------------------------------------------------------

    def note(self, owner: int, fact: Fact) -> None:
        """Keep a fact about an owner, instead of one of the same kind."""
        self[owner, type(fact)] = fact

    def fact(self, owner: int, kind: type[_Kind]) -> _Kind | None:
        """The fact of a kind about an owner; None where there is none, or where it is unclear."""
        found = self.get((owner, kind))
        return found if isinstance(found, kind) else None

    def has(self, owner: int, kind: type[Fact]) -> bool:
        """Whether there is a fact of a kind about an owner, be it unclear."""
        return (owner, kind) in self

    def forget(self, owner: int, kind: type[_Kind]) -> _Kind | None:
        """Drop the fact of a kind about an owner; what it was."""
        found = self.pop((owner, kind), None)
        return found if isinstance(found, kind) else None

    def facts_of_kind(self, kind: type[_Kind]) -> list[tuple[int, _Kind]]:
        """The owners of clear facts of a kind, each with its fact, in the order in which they first got one."""
        return [(owner, fact) for owner in self.owners(kind) if (fact := self.fact(owner, kind)) is not None]

    def note_attribute(self, owner: int, name: str, fact: Fact) -> None:
        """Keep a fact about an attribute of an owner."""
        self[owner, (type(fact), name)] = fact

    def attribute_fact(self, owner: int, name: str, kind: type[_Kind]) -> _Kind | None:
        """The fact of a kind about an attribute of an owner; None where there is none, or where it is unclear."""
        found = self.get((owner, (kind, name)))
        return found if isinstance(found, kind) else None

    # -- both -------------------------------------------------------------------------------------------------------

    def attributes(self, owner: int) -> list[tuple[str, Value]]:
        """The attributes of an owner with their values, in the order in which their names were first set."""
        return [
            (name, self[owner, name]) for name in self.keys_of(owner) if isinstance(name, str) and (owner, name) in self
        ]

    def entries(self, owner: int) -> list[tuple[Key, Entry]]:
        """All that is kept of an owner, in the order in which it was first set."""
        return [(key, self[owner, key]) for key in self.keys_of(owner) if (owner, key) in self]

    def keys_of(self, owner: int) -> Iterable[Key]:
        """All keys under which an owner has something, and perhaps some under which it has nothing."""
        return self._keys.get(owner, ())

    def owners(self, key: Key) -> Set[int]:
        """All owners that have something under a key, and perhaps some that have not."""
        return self._owners.get(key, {}).keys()

    def holding(self, ref: int) -> Iterator[tuple[int, Key]]:
        """Where a tensor is kept, or is side by side with others, each with its owner: the first set first."""
        return (key for key in self._holding.get(ref, ()) if key in self and ref in _held(self[key]))


def _held(entry: Entry) -> list[int]:
    if isinstance(entry, TensorValue):
        return [entry.ref]
    items = entry.items if isinstance(entry, TupleValue) else entry.values if isinstance(entry, Fact) else ()
    return [item.ref for item in items if isinstance(item, TensorValue)]

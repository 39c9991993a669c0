"""The base of the classes of the program's elements: an element does not change once it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

_T = TypeVar("_T")

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    @dataclass_transform(frozen_default=True, eq_default=False)
    def element(kind: type[_T]) -> type[_T]:
        """Make a class a frozen dataclass whose objects are told apart by identity."""
        return kind

else:
    #: Frozen for the type checker alone: for every element made, Python's own check costs as much as the element.
    element = dataclass(slots=True, eq=False)

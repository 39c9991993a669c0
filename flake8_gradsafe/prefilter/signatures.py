"""Parameters of functions, matched with the arguments of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.effects import STARRED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.prefilter.code_units import CodeUnit


class Signature:
    """The parameters of a function or a method.

    An argument's place is its number from 0, its name, or `STARRED`.
    """

    def __init__(self, unit: CodeUnit, *, wrapped: bool) -> None:
        """Read them. `wrapped`: what decorates the function may hand on other arguments than it is given."""
        parameters = queries.parameters(unit.node)
        positional = [parameter for parameter in parameters if not parameter.star and not parameter.keyword_only]
        self.names = frozenset(parameter.name for parameter in parameters)
        self._positional = [parameter.name for parameter in positional]
        self._others = next((parameter for parameter in parameters if parameter.star == "*"), None)
        self._named = next((parameter for parameter in parameters if parameter.star == "**"), None)
        self._required = frozenset(parameter.name for parameter in positional if parameter.default is None)
        self._wrapped = wrapped
        #: The numbers of parameters that a call may fill by itself: a method may be called on its object, or with it.
        self._before = (0,) if unit.owner is None else (1, 0)

    def may_take(self, places: Sequence[int | str]) -> bool:
        """True if something may call the function that was given these arguments, and hands them on with others."""
        return self._wrapped or any(self._filled(places, before) is not None for before in self._before)

    def filled(self, places: Sequence[int | str]) -> list[frozenset[str]]:
        """The parameters that each argument of a call may be."""
        ways = {before: filled for before in self._before if (filled := self._filled(places, before)) is not None}
        whole = [
            filled
            for before, filled in ways.items()
            if self._required.difference(self._positional[:before], *filled) == frozenset()
        ]
        likely = whole or list(ways.values())
        if not likely:
            return [self.names] * len(places)
        return [frozenset().union(*those) for those in zip(*likely, strict=True)]

    def _filled(self, places: Sequence[int | str], before: int) -> list[frozenset[str]] | None:
        """Return the parameters that each argument may fill, after the first so many; None if they do not fit."""
        filled = [self._filled_by(place, before) for place in places]
        return None if None in filled else [parameter for parameter in filled if parameter is not None]

    def _filled_by(self, place: int | str, before: int) -> frozenset[str] | None:
        if place == STARRED:
            return self.names
        if isinstance(place, int):
            if place + before < len(self._positional):
                return frozenset({self._positional[place + before]})
            more = self._others
        else:
            if place in self.names:
                return frozenset({place})
            more = self._named
        return None if more is None else frozenset({more.name})

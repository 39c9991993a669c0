"""The order in which Python looks up the attributes of a class: C3, as https://docs.python.org/3/howto/mro.html tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.values import ClassValue

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A class with more ancestors has none that are followed.
MAX_ANCESTORS = 200


def ancestors(bases: Iterable[object]) -> tuple[ClassValue, ...] | None:
    """The classes of the file that a class with these bases derives from, nearest first; None where Python refuses them.

    Bases from elsewhere are left out: what is in the file keeps its order without them.
    """
    ours = [base for base in bases if isinstance(base, ClassValue)]
    waiting = [list(reversed(base.lineage)) for base in ours] + [ours[::-1]]
    order: list[ClassValue] = []
    while waiting := [line for line in waiting if line]:
        behind = {cls.id for line in waiting for cls in line[:-1]}
        following = next((line[-1] for line in waiting if line[-1].id not in behind), None)
        if following is None:
            return None
        order.append(following)
        if len(order) > MAX_ANCESTORS:
            return ()
        for line in waiting:
            if line[-1].id == following.id:
                line.pop()
    return tuple(order)

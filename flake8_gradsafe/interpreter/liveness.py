"""Which names of a body are still mentioned after a statement: what no later statement names cannot matter to it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterator

Body = tuple[ir.Statement, ...]


class Liveness:
    """Follows where in its body, and in the bodies around that, the interpreter stands."""

    def __init__(self) -> None:
        """Begin outside of all bodies."""
        self._standing: list[tuple[dict[str, int], int]] = []
        self._mentions: dict[int, dict[str, int]] = {}

    def enter(self, body: Body) -> None:
        """Go into a body."""
        self._standing.append((self._last_mentions(body), 0))

    def at(self, index: int) -> None:
        """Stand at a statement of the innermost body."""
        self._standing[-1] = (self._standing[-1][0], index)

    def leave(self) -> None:
        """Go out of the innermost body."""
        self._standing.pop()

    def enter_loop(self, loop: ir.Loop) -> None:
        """Go into a loop, all of which comes again."""
        known = self._mentions.get(id(loop))
        if known is None:
            known = self._mentions[id(loop)] = dict.fromkeys(_names_in(loop), 1)
        self._standing.append((known, 0))

    def is_live(self, name: str) -> bool:
        """Whether a later statement may mention the name; the interpreter's own names are in parentheses."""
        return name.startswith("(") or any(mentions.get(name, -1) > index for mentions, index in self._standing)

    def _last_mentions(self, body: Body) -> dict[str, int]:
        known = self._mentions.get(id(body))
        if known is None:
            known = self._mentions[id(body)] = {
                name: index for index, statement in enumerate(body) for name in _names_in(statement)
            }
        return known


def _names_in(node: object) -> Iterator[str]:
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, ir.Name):
            yield each.id
        elif isinstance(each, tuple):
            pending += each
        elif isinstance(each, (ir.Expression, ir.Statement, ir.Argument, ir.Handler)):
            pending += [getattr(each, field.name) for field in fields(each) if field.name != "place"]

"""Which names of a body are still mentioned after a statement: what no later statement names cannot matter to it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterator

Body = tuple[ir.Statement, ...]

#: The index of a mention that comes after every statement.
_ALWAYS = 1 << 60


class Liveness:
    """Follows where in its body, and in the bodies around that, the interpreter stands."""

    def __init__(self, mentions: dict[int, dict[str, int]]) -> None:
        """Begin outside of all bodies; `mentions` keeps what was found out about each."""
        self._standing: list[tuple[dict[str, int], int]] = []
        self._mentions = mentions

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
            known = self._mentions[id(loop)] = {
                name: _ALWAYS if captured else 1 for name, captured in self._names_in(loop)
            }
        self._standing.append((known, 0))

    def is_live(self, name: str) -> bool:
        """Whether a later statement may mention the name; the interpreter's own names are in parentheses."""
        return name.startswith("(") or any(mentions.get(name, -1) > index for mentions, index in self._standing)

    def mentioned_in(self, element: ir.Statement | ir.Expression) -> set[str]:
        """Every name in a statement or an expression, those that it binds as well; of a function, those of its body, too."""
        return {name for name, _ in self._names_in(element)}

    def _last_mentions(self, body: Body) -> dict[str, int]:
        known = self._mentions.get(id(body))
        if known is None:
            known = self._mentions[id(body)] = {}
            for index, statement in enumerate(body):
                for name, captured in self._names_in(statement):
                    known[name] = _ALWAYS if captured or known.get(name) == _ALWAYS else index
        return known

    def _names_in(self, statement: ir.Statement | ir.Expression) -> Iterator[tuple[str, bool]]:
        """The names that are mentioned, and whether that is in a function, which may look them up whenever it is called."""
        pending: list[Any] = [statement]
        while pending:
            each = pending.pop()
            if isinstance(each, ir.Name):
                yield each.id, False
            elif isinstance(each, tuple):
                if each and isinstance(each[0], ir.Statement):
                    yield from ((name, last == _ALWAYS) for name, last in self._last_mentions(each).items())
                else:
                    pending += each
            elif isinstance(each, ir.Function):
                yield from ((name, True) for name in each.mentions)
                pending += [each.parameters, each.decorators]
            else:
                pending += [getattr(each, name) for name in _parts_of(each.__class__)]


@cache
def _parts_of(kind: type) -> tuple[str, ...]:
    """The fields of a type that may hold elements of the program: none of one that is no element itself."""
    return tuple(each.name for each in fields(kind) if each.type not in _PLAIN) if is_dataclass(kind) else ()


#: The annotations of what holds no element.
_PLAIN = frozenset({"Place", "str", "str | None", "bool", "int", "object", "frozenset[str]", "tuple[str, ...]"})

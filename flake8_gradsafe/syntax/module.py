"""A module as it is lowered: its program, and the parts of it that are kept or left out together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.syntax.nodes import Nodes
    from flake8_gradsafe.syntax.program import Body


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A statement of a module, or of a class in one, which is a part of its own.

    `text` is that of its lines, but for a docstring; `binds` are the names that it gives to what is around it. `statements`
    are what it was lowered to: none for a docstring, one for a function or a class.
    """

    statements: Body
    text: str
    nodes: Nodes
    binds: frozenset[str]
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module's text, its statements, and the parts that these come from.

    Of a program of several modules, the first `others` of the parts are of other files, and `followed` are the names that
    imports of its own modules bind, with the name there: it is empty where the module itself is bound.
    """

    text: str
    body: Body
    parts: list[Part]
    others: int = 0
    followed: Mapping[str, str] = field(default_factory=dict)

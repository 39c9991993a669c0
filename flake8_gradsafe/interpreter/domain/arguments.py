"""The arguments of a call."""

from __future__ import annotations

from dataclasses import dataclass, field

from flake8_gradsafe.interpreter.domain.values import Value


@dataclass(frozen=True, slots=True)
class Arguments:
    """A call's arguments; `unclear` where a star gave an unknown number of them."""

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
    unclear: bool = False

    def all(self) -> tuple[Value, ...]:
        """Every argument."""
        return (*self.positional, *self.keywords.values())

    def get(self, position: int, name: str) -> Value | None:
        """An argument that may be given by position or by name."""
        if name in self.keywords:
            return self.keywords[name]
        return self.positional[position] if position < len(self.positional) else None

    def after(self, first: Value) -> Arguments:
        """The same with a receiver in front."""
        return Arguments((first, *self.positional), self.keywords, self.unclear)

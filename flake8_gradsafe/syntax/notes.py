"""Notes about a function, taken while its body is lowered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.gate import is_trigger, is_trigger_keyword
from flake8_gradsafe.syntax.nodes import Nodes

if TYPE_CHECKING:
    from flake8_gradsafe.syntax.program import Body


class Notes:
    """The names that a function's text has, and what it does.

    `choices` are the conditional expressions of the statement that is being lowered, `nodes` the elements of the part of the
    module that the function is, or stands in, `binds` the names that are bound, `not_local` those that are so in a
    comprehension, or in a scope around the function, `computed` those that are bound to what a call or an operator gives. The
    rest is as in `program.Function`.
    """

    def __init__(self, nodes: Nodes | None = None) -> None:
        """Nothing is noted yet."""
        self.nodes = nodes or Nodes()
        self.choices: list[ir.Choice] = []
        self.binds: set[str] = set()
        self.not_local: set[str] = set()
        self.computed: set[str] = set()
        self.concerns_us = False
        self.mentions: set[str] = set()
        self.calls: set[str] = set()
        self.assigns: set[str] = set()
        self.generates = False
        self.nests = False

    def mention(self, name: str) -> None:
        """Note a name or an attribute."""
        self.concerns_us = self.concerns_us or is_trigger(name)
        self.mentions.add(name)

    def mention_keyword(self, name: str) -> None:
        """Note the name of an argument."""
        self.concerns_us = self.concerns_us or is_trigger_keyword(name)
        self.mentions.add(name)

    def call(self, function: ir.Expression) -> None:
        """Note the function of a call, or a function that is handed to one, by the last of its names."""
        if isinstance(function, ir.Attribute):
            self.calls.add(function.attr)
        elif isinstance(function, ir.Name):
            self.calls.add(function.id)

    def assign(self, target: ir.Expression) -> None:
        """Note the attribute of `self` that is assigned to."""
        for item in target.items if isinstance(target, ir.Sequence) else (target,):
            if isinstance(item, ir.Attribute) and isinstance(item.value, ir.Name) and item.value.id == "self":
                self.assigns.add(item.attr)

    def take_in(self, inner: Notes) -> None:
        """Note what was noted of a function that is made here."""
        self.concerns_us = self.concerns_us or inner.concerns_us
        self.mentions |= inner.mentions
        self.calls |= inner.calls
        self.assigns |= inner.assigns
        self.nests = True

    def function(
        self,
        place: ir.Place,
        name: str,
        parameters: tuple[ir.Parameter, ...],
        body: Body,
        decorators: tuple[ir.Expression, ...],
    ) -> ir.Function:
        """The function of whose body this was noted."""
        return ir.Function(
            place,
            name,
            parameters,
            body,
            decorators,
            concerns_us=self.concerns_us,
            mentions=frozenset(self.mentions),
            locals=frozenset(self.binds - self.not_local),
            assigns=frozenset(self.assigns),
            calls=frozenset(self.calls),
            generates=self.generates,
            nests=self.nests,
        )

"""The parts of a file that are kept or left out together: its functions, its classes, the statements between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_gradsafe.prefilter.triggers import marks_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.nodes import Nodes

if TYPE_CHECKING:
    from flake8_gradsafe.syntax.module import Module, Part

_WORD = re.compile(r"[^\W\d]\w*")
_LOOKS_UP = re.compile(r"\b(?:[gs]etattr|methodcaller|attrgetter|globals|locals|vars|eval|exec|__dict__)\b")


@dataclass(slots=True, eq=False)
class CodeUnit:
    """A function, a method, or what stands in a class or a module besides them.

    `node` is the function or the class that it is, None for other statements, and `name` the name of that, or empty. `binds`
    are the names that it gives to what is around it; `owner` is the class that it stands in.
    """

    statements: ir.Body
    text: str
    nodes: Nodes
    owner: CodeUnit | None = None
    parts: list[CodeUnit] = field(default_factory=list)
    binds: frozenset[str] = frozenset()
    node: ir.Function | ir.Class | None = None
    name: str = ""
    _names: frozenset[str] | None = None
    _looked_up: frozenset[str] | None = None
    _marks: int = -1

    @property
    def marks(self) -> int:
        """The marks of what the unit may do, as `triggers.marks_of` has them."""
        if self._marks < 0:
            self._marks = marks_of(self.nodes)
        return self._marks

    @property
    def names(self) -> frozenset[str]:
        """The names in the unit's code, and in its strings if anything there is looked up by its name."""
        if self._names is None:
            nodes = self.nodes
            self._names = self.looked_up.union(
                {name.id for name in nodes.names},
                {attribute.attr for attribute in nodes.attributes},
                nodes.keywords,
                {parameter.name for parameter in nodes.parameters},
                {function.name for function in nodes.functions},
                {cls.name for cls, _ in nodes.classes},
            )
        return self._names

    @property
    def looked_up(self) -> frozenset[str]:
        """The words of its strings, if anything in it is looked up by its name."""
        if self._looked_up is None:
            texts = self.nodes.strings if _LOOKS_UP.search(self.text) is not None else ()
            self._looked_up = frozenset(word for text in texts for word in _WORD.findall(text))
        return self._looked_up

    @property
    def qualified_name(self) -> str:
        """The unit's name, after its class's if it has one: `Class.name`."""
        return self.name if self.owner is None else f"{self.owner.name}.{self.name}"

    @property
    def is_function(self) -> bool:
        """True if the unit is a function or a method."""
        return isinstance(self.node, ir.Function)

    def as_written(self, statement: ir.Statement) -> ir.Statement:
        """Return the statement of the text that a statement of the program stands for."""
        return self.nodes.written.get(statement, statement)


def code_units(module: Module) -> list[CodeUnit]:
    """The statements of a module; a class has its own as its parts."""
    return [_unit(part, None) for part in module.parts]


def body_of(units: list[CodeUnit]) -> CodeUnit:
    """Return everything that a module does besides defining functions and classes, as one unit."""
    plain = [unit for unit in units if unit.node is None]
    nodes = Nodes()
    for unit in plain:
        nodes.take_in(unit.nodes)
    return CodeUnit(
        tuple(statement for unit in plain for statement in unit.statements),
        "\n".join(dict.fromkeys(unit.text for unit in plain)),  # statements may share a line
        nodes,
        binds=frozenset(name for unit in plain for name in unit.binds),
    )


def _unit(part: Part, owner: CodeUnit | None) -> CodeUnit:
    unit = CodeUnit(part.statements, part.text, part.nodes, owner, binds=part.binds)
    first = part.statements[0] if part.statements else None
    if isinstance(first, (ir.Function, ir.Class)):
        unit.node, unit.name = first, first.name
    unit.parts = [_unit(inner, unit) for inner in part.parts]
    return unit

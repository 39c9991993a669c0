"""The elements of one part of a module by their kind, as they are met while it is lowered: nobody has to walk it again."""

from __future__ import annotations

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.element import element


@element
class Match(ir.Statement):
    """`match` as it is written: its subject, the names that its patterns bind, and the blocks of its cases."""

    subject: ir.Name
    captured: tuple[str, ...]
    bodies: tuple[ir.Body, ...]


class Nodes:
    """All elements of a kind, those of functions and classes inside too.

    `names` and `attributes` are those that are read, bound or deleted; `stored` those of them that are bound, and attributes
    that are deleted. `strings` are the values of literals, `keywords` the names of arguments, `dicts` the parts of displays.
    `annotations` are those of parameters, of names and of what functions return. `assigned` has no annotation, `declared` has
    one; `loops` go over something. A class inside comes with its own elements.
    `written` gives what stood in the text for a branch that was made of another statement.
    """

    __slots__ = (
        "annotations", "assigned", "attributes", "augmented", "calls", "classes", "clauses", "declared", "dicts",
        "evaluated", "functions", "globals", "imports", "keywords", "lambdas", "loops", "names", "parameters", "returns",
        "stored", "strings", "written",
    )  # fmt: skip

    def __init__(self) -> None:
        """Nothing is met yet."""
        self.names: list[ir.Name] = []
        self.attributes: list[ir.Attribute] = []
        self.stored: set[ir.Name | ir.Attribute] = set()
        self.calls: list[ir.Call] = []
        self.keywords: set[str] = set()
        self.strings: list[str] = []
        self.dicts: list[tuple[ir.Expression, ...]] = []
        self.lambdas: list[ir.Lambda] = []
        self.clauses: list[ir.Clause] = []
        self.parameters: list[ir.Parameter] = []
        self.annotations: list[ir.Expression] = []
        self.imports: list[ir.Import] = []
        self.globals: list[ir.Global] = []
        self.assigned: list[ir.Assign] = []
        self.declared: list[ir.Assign] = []
        self.augmented: list[ir.Augmented] = []
        self.evaluated: list[ir.Evaluate] = []
        self.returns: list[ir.Return] = []
        self.loops: list[ir.Loop] = []
        self.functions: list[ir.Function] = []
        self.classes: list[tuple[ir.Class, Nodes]] = []
        self.written: dict[ir.Statement, ir.Statement] = {}

    def take_in(self, other: Nodes) -> None:
        """Add the elements of another part."""
        for name in self.__slots__:
            known, more = getattr(self, name), getattr(other, name)
            if isinstance(known, list):
                known += more
            else:
                known.update(more)

"""An index of what the names of a file stand for: imports, classes, functions, and what its classes derive from."""

from __future__ import annotations

from collections import Counter
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.operators import operator_table
from flake8_gradsafe.knowledge import classes, library, training
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.code_units import CodeUnit, body_of, code_units
from flake8_gradsafe.prefilter.effects import OperatorEffects
from flake8_gradsafe.prefilter.triggers import INPLACE
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import first_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.syntax.module import Module

_LEAVES = frozenset({"Parameter", "requires_grad", "requires_grad_", "Variable"}) | library.CONTAINERS


@lru_cache(maxsize=1)
def _operations() -> OperatorEffects:
    return OperatorEffects(operator_table())


#: Methods that PyTorch and frameworks call, where no code of a project need have their names.
_CALLED_BY_LIBRARIES = frozenset({"forward", "backward", "setup_context", "extra_repr"}).union(
    *training.DIFFERENTIATED_RESULTS.values()
)

#: Methods that run when an object is made.
MAKING = frozenset({"__init__", "__new__", "__post_init__"})


class ModuleIndex:
    """The functions and classes of one file, and its other names."""

    def __init__(self, module: Module) -> None:
        """Take a file's program."""
        self.source = module.text
        self.units = code_units(module)
        inside = [part for unit in self.units for part in unit.parts or (unit,)]
        self.body = body_of(self.units)
        self.others = frozenset(unit for top in self.units[: module.others] for unit in (top, *top.parts))
        self._followed = module.followed
        leaves = [self.body, *(part for part in inside if part.is_function or part.owner is not None)]
        self.leaves = list(self._within_reach(leaves)) if self.others else leaves
        self.functions = [leaf for leaf in self.leaves if leaf.is_function]
        self.by_name: dict[str, list[CodeUnit]] = {}
        for function in self.functions:
            self.by_name.setdefault(function.name, []).append(function)
        self.classes = {unit.name: unit for unit in self.units if isinstance(unit.node, ir.Class)}
        self._add_aliases()
        self.operations = _operations()
        self._names_in: dict[ir.Expression, frozenset[str]] = {}
        self._naming: dict[str, list[CodeUnit]] = {}

    def _within_reach(self, leaves: list[CodeUnit]) -> Iterator[CodeUnit]:
        """These without the functions of other files that nothing can call: not even what it names mentions them."""
        inherited = self._bases_of_own_classes()
        waiting: dict[str, list[CodeUnit]] = {}
        for leaf in leaves:
            if leaf in self.others and leaf.owner not in inherited and _is_called_by_name_alone(leaf):
                waiting.setdefault(leaf.name, []).append(leaf)
        unnamed = {leaf for named in waiting.values() for leaf in named}
        pending = [leaf for leaf in leaves if leaf not in unnamed]
        while pending and waiting:
            names = pending.pop().names
            names = names.union(filter(None, map(self._followed.get, self._followed.keys() & names)))
            reached = [leaf for name in waiting.keys() & names for leaf in waiting.pop(name)]
            unnamed.difference_update(reached)
            pending += reached
        return (leaf for leaf in leaves if leaf not in unnamed)

    def _bases_of_own_classes(self) -> frozenset[CodeUnit]:
        """The classes of other files from which those of the file itself derive."""
        classes = [unit for unit in self.units if isinstance(unit.node, ir.Class)]
        names = {name for unit in classes if unit not in self.others for name in _names_of_bases(unit)}
        found: set[CodeUnit] = set()
        grown = True
        while grown:
            named = {self._followed.get(name) or name for name in names}
            more = [unit for unit in classes if unit in self.others and unit not in found and unit.name in named]
            found.update(more)
            names |= {name for unit in more for name in _names_of_bases(unit)}
            grown = bool(more)
        return frozenset(found)

    def _add_aliases(self) -> None:
        """Find the functions and classes also by the names under which they are imported."""
        for alias, name in self._followed.items():
            if alias != name and name in self.classes:
                self.classes.setdefault(alias, self.classes[name])
            elif alias != name and name in self.by_name:
                self.by_name.setdefault(alias, []).extend(self.by_name[name])

    def names_of(self, name: str) -> list[str]:
        """A name of the file's, and those under which it is imported."""
        return [name, *(alias for alias, origin in self._followed.items() if origin == name != alias)]

    def users_of(self, name: str) -> list[CodeUnit]:
        """The leaves that have a name in their code."""
        if name not in self._naming:
            self._naming[name] = [leaf for leaf in self.leaves if name in leaf.text and name in leaf.names]
        return self._naming[name]

    @cached_property
    def imported(self) -> dict[str, str]:
        """The names that do not stand for tensors, with where they come from; the file's own come from nowhere."""
        names = {each.bound: each.origin.lstrip(".") for unit in self.leaves for each in unit.nodes.imports}
        own = dict.fromkeys((*self.classes, *self.by_name), "")
        return {name: origin for name, origin in names.items() if name not in self._followed} | own

    @cached_property
    def rebound(self) -> frozenset[str]:
        """The names of the module that functions may bind anew."""
        declared = [statement for unit in self.leaves for statement in unit.nodes.globals if not statement.encloses]
        return frozenset(name for statement in declared for name in statement.names)

    @cached_property
    def may_work_in_place(self) -> bool:
        """True if the file may make a layer that works in place."""
        return any(unit.marks & INPLACE for unit in self.leaves)

    @cached_property
    def makers(self) -> frozenset[str]:
        """The names of what makes something that requires grad."""
        knows_torch = any(origin.startswith("torch") for origin in self.imported.values())
        return self.modules | _LEAVES | (self.operations.kinds if knows_torch else frozenset())

    def is_leaf(self, value: ir.Expression | None) -> bool:
        """True if the value that an attribute is bound to may hold a tensor that requires grad."""
        named = self.names_in(value)
        return value is None or not named.isdisjoint(self.makers) or not named.isdisjoint(self.by_name)

    def names_in(self, value: ir.Expression | None) -> frozenset[str]:
        """Return the names in an expression: of objects, of attributes, of arguments."""
        if value is None:
            return frozenset()
        if value not in self._names_in:
            self._names_in[value] = frozenset(name for node in queries.walk(value) for name in _names_of(node))
        return self._names_in[value]

    @cached_property
    def modules(self) -> frozenset[str]:
        """The file's classes that are modules."""
        found: set[str] = set()
        for name, unit in self.classes.items():
            kinds = {self._kind(base, found) for base in _bases(unit)}
            if "module" in kinds or (kinds == {""} and _kind_by_methods(unit) == "module"):
                found.add(name)
        return frozenset(found)

    def _kind(self, dotted: str, modules: set[str]) -> str:
        if dotted in modules:
            return "module"
        root, _, rest = dotted.partition(".")
        path = self.imported.get(root) or root
        return classes.kind_of(f"{path}.{rest}" if rest else path)

    def related_classes(self, unit: CodeUnit) -> frozenset[str] | None:
        """The file's classes whose attributes the object of a method may have: its class's, their bases', and what derives."""
        if unit.owner is None:
            return None
        return self._families.get(unit.owner.name)

    @cached_property
    def _families(self) -> dict[str, frozenset[str]]:
        above = self.bases
        return {
            name: found.union(*(above[other] for other in above if name in above[other]))
            for name, found in above.items()
        }

    @cached_property
    def bases(self) -> dict[str, frozenset[str]]:
        """The file's classes, each with itself and those of them that it derives from."""
        direct = {name: {unit.name, *_bases(unit)} & self.classes.keys() for name, unit in self.classes.items()}
        above: dict[str, frozenset[str]] = {}
        for name in direct:
            found, pending = {name}, [name]
            while pending:
                more = direct[pending.pop()] - found
                found |= more
                pending += more
            above[name] = frozenset(found)
        return above

    @cached_property
    def definitions(self) -> Counter[str]:
        """The number of functions of each name, wherever they stand."""
        return Counter(function.name for unit in self.leaves for function in unit.nodes.functions)

    @cached_property
    def uncalled(self) -> set[str]:
        """The names that stand for something other than what is called at that place.

        What is bound to another name, by which nothing is called here, is not called here.
        """
        calls = [call for unit in self.leaves for call in unit.nodes.calls]
        known = {id(node) for call in calls for node in _called_or_applied(call)}
        called = {queries.called(call) for call in calls}
        known |= {
            id(assignment.value)
            for unit in self.leaves
            for assignment in unit.nodes.assigned
            if called.isdisjoint(map(queries.last_name, assignment.targets))
        }
        return {
            queries.last_name(mention)
            for unit in self.leaves
            for mention in (*unit.nodes.names, *unit.nodes.attributes)
            if id(mention) not in known
        }

    def has_own_name(self, unit: CodeUnit) -> bool:
        """True if no other function has this one's name, perhaps inside of another: a name alone does not tell them apart."""
        return unit.owner is not None or self.definitions[unit.name] <= 1

    def is_custom(self, cls: CodeUnit) -> bool:
        """True if a class is a custom Function."""
        return cls in self._custom

    @cached_property
    def _custom(self) -> frozenset[CodeUnit]:
        return frozenset(unit for unit in self.units if any("Function" in base for base in _bases(unit)))

    def is_entry(self, unit: CodeUnit) -> bool:
        """True if a caller out of sight may differentiate what a function gives."""
        if not unit.is_function:
            return False
        if unit.owner is None:
            return training.is_loss_function(unit.name)
        if unit.owner.name in self.modules:
            if unit.name.startswith("__"):
                return unit.name not in MAKING
            return training.is_differentiated_method(unit.name)
        return unit.name in self.differentiated_in(unit.owner)

    def differentiated_in(self, cls: CodeUnit) -> frozenset[str]:
        """The methods of a class whose result a framework differentiates."""
        lasts = (base.rpartition(".")[2] for base in _bases(cls))
        return frozenset().union(*(training.DIFFERENTIATED_RESULTS.get(last, ()) for last in lasts))


def _is_called_by_name_alone(leaf: CodeUnit) -> bool:
    """True if a function runs only where its name is mentioned: neither Python calls it by itself, nor a library."""
    if not isinstance(leaf.node, ir.Function):
        return False
    if leaf.owner is None:
        return not leaf.node.decorators  # one that is registered has other names
    return not leaf.name.startswith("__") and leaf.name not in _CALLED_BY_LIBRARIES


def _names_of_bases(cls: CodeUnit) -> Iterator[str]:
    return (base.rpartition(".")[2] for base in _bases(cls))


def _bases(cls: CodeUnit) -> tuple[str, ...]:
    return cls.node.spelled if isinstance(cls.node, ir.Class) else ()


def _kind_by_methods(cls: CodeUnit) -> str:
    return classes.kind_by_methods(first_parameters(cls.node)) if isinstance(cls.node, ir.Class) else ""


def _names_of(node: ir.Expression) -> Iterable[str]:
    if isinstance(node, ir.Name):
        return (node.id,)
    if isinstance(node, ir.Attribute):
        return (node.attr,)
    if isinstance(node, ir.Call):
        return [argument.name for argument in node.arguments if argument.name is not None]
    return [parameter.name for parameter in node.function.parameters] if isinstance(node, ir.Lambda) else ()


def _called_or_applied(call: ir.Call) -> Iterator[ir.Expression]:
    """Yield the function of a call, and the argument of `module.apply(function)`, which is called with modules alone."""
    yield call.function
    if queries.called(call) in {"apply", "named_apply"}:
        for argument in queries.positional(call):
            yield argument.value
            if isinstance(argument.value, ir.Call) and queries.called(argument.value) == "partial":
                yield from (part.value for part in queries.positional(argument.value))

"""Classes of the program: how they are made, what they derive from, and how their attributes are looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.frames import CLASS_BODY
from flake8_gradsafe.interpreter.domain.lineage import ancestors
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    ClassValue,
    Instance,
    Literal,
    QualifiedName,
    SuperValue,
    Value,
)
from flake8_gradsafe.knowledge import classes
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import first_parameters, last_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.interpreter import Interpreter


# -- classes ----------------------------------------------------------------------------------------------------
def make_class(interp: Interpreter, code: ir.Class, bases: tuple[Value, ...], state: State) -> ClassValue:
    """A class, before its body is run."""
    kind = _kind_of(bases) or classes.kind_by_methods(first_parameters(code))
    fields = (*_inherited(bases), *_field_names(code)) if kind == "tuple" or _is_dataclass(code) else None
    order = ancestors(bases)
    if order is None:  # Python raises a TypeError
        state.signal = "raise"
    made = ClassValue(state.autograd.tick(), code, bases, kind, fields, order or ())
    interp.run.classes[made.id] = made
    return made


def frame_of_class(cls: ClassValue, state: State) -> int:
    """The frame in which a class's body is run."""
    return state.new_frame(state.current, {CLASS_BODY: Literal(cls.id)})


def make_named_tuple(arguments: Arguments, node: ir.Expression, state: State) -> Value:
    """`collections.namedtuple(name, fields)`."""
    given = arguments.get(1, "field_names")
    names = [] if given is None else list(state.known_items(given))
    if isinstance(given, Literal) and isinstance(given.value, str):
        names = [Literal(name) for name in given.value.replace(",", " ").split()]
    fields = tuple(name.value for name in names if isinstance(name, Literal) and isinstance(name.value, str))
    if not fields or len(fields) < len(names):
        return state.unknown()
    code = ir.Class(node.place, "namedtuple", (), (), ())
    return ClassValue(state.autograd.tick(), code, (), "tuple", fields)


def finish_class(cls: ClassValue, state: State) -> None:
    """Keep what a class's body has bound, and leave its frame."""
    frame = state.current
    for name, value in state.frame.items():
        if not name.startswith("("):
            state.heap[cls.id, name] = value
    state.pop_frame()
    del state.frames[frame]


def class_attribute(cls: ClassValue, name: str, state: State, after: ClassValue | None = None) -> Value | None:
    """An attribute of a class, or of its bases; with `after`, of those that follow that one."""
    lineage = cls.lineage
    if after in lineage:
        lineage = lineage[lineage.index(after) + 1 :]
    for each in lineage:
        value = state.heap.get((each.id, name))
        if value is not None:
            return value
    return None


def foreign_base(cls: ClassValue) -> str:
    """The full name of the first base outside of the file, empty where there is none or it has no name."""
    for each in cls.lineage:
        for base in each.bases:
            if isinstance(base, QualifiedName):
                return base.path
    return ""


def super_of(interp: Interpreter, arguments: Arguments, state: State) -> Value:
    """`super()`, in a method of the file."""
    if len(arguments.positional) == 2:
        cls, instance = arguments.positional
        return SuperValue(instance, cls) if isinstance(cls, ClassValue) else state.unknown()
    running = interp.run.running
    names = [parameter.name for parameter in running[-1].parameters[:1]] if running else []
    owner = interp.run.owner_of(running[-1]) if running else None
    first = state.frame.get(names[0]) if names else None
    if owner is None or not isinstance(first, (Instance, ClassValue)):
        return state.unknown()
    return SuperValue(first, owner)


def _is_dataclass(code: ir.Class) -> bool:
    return any(last_name(decorator) == "dataclass" for decorator in code.decorators)


def _inherited(bases: Iterable[Value]) -> tuple[str, ...]:
    """The fields of the bases, which come first."""
    return tuple(dict.fromkeys(name for base in bases if isinstance(base, ClassValue) for name in base.fields or ()))


def _field_names(code: ir.Class) -> tuple[str, ...]:
    """The names that a dataclass's or a named tuple's body annotates."""
    return tuple(
        target.id
        for statement in code.body
        if isinstance(statement, ir.Assign) and statement.annotation is not None
        for target in statement.targets
        if isinstance(target, ir.Name)
    )


def _kind_of(bases: Iterable[Value]) -> str:
    kinds = []
    for base in bases:
        if isinstance(base, ClassValue):
            kinds.append(base.kind)
        else:
            kinds.append(classes.kind_of(base.path) if isinstance(base, QualifiedName) else "")
    known = [kind for kind in classes.KINDS if kind in kinds]
    return known[0] if known else "" if "" in kinds else "plain"

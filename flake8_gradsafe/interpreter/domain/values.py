"""The values that names, attributes and items hold while a program runs on the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.operators import OpRef
    from flake8_gradsafe.syntax import program as ir


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string, boolean, None or Ellipsis that is known."""

    value: object


@dataclass(frozen=True, slots=True)
class TensorValue:
    """A tensor of the autograd state, or a NumPy array on a tensor's memory."""

    ref: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else. It may turn out to be a tensor: then the heap remembers which, so that it stays the same one."""

    id: int


@dataclass(frozen=True, slots=True)
class NonTensor(Unknown):
    """A number, a shape, a text, a type: not known, and surely no tensor."""


@dataclass(frozen=True, slots=True)
class Text(NonTensor):
    """A string that is not known: surely not None."""


@dataclass(frozen=True, slots=True)
class QualifiedName:
    """Something imported, or a builtin, by its full name: `torch.nn.functional.relu`, `builtins.len`."""

    path: str


@dataclass(frozen=True, slots=True)
class TupleValue:
    """A tuple."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list; its items are in the heap, since whoever holds it may change them."""

    id: int


@dataclass(frozen=True, slots=True)
class IteratorValue:
    """An iterator; the tuple or list that it goes through, and how far it has come, are in the heap."""

    id: int


@dataclass(frozen=True, slots=True)
class DictValue:
    """A dict; its items are in the heap, by their keys, as long as all of them are known."""

    id: int


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of torch.nn of known kind, made at `place`; its parameters are attributes in the heap, its items as a list's."""

    id: int
    kind: str
    switches: tuple[str, ...]
    place: ir.Place


@dataclass(frozen=True, slots=True)
class OptimizerValue:
    """An optimizer of torch.optim; the tensors that it holds are in the heap."""

    id: int


@dataclass(frozen=True, slots=True)
class SliceValue:
    """`lower:upper:step` in a subscript."""

    lower: Value
    upper: Value
    step: Value


@dataclass(frozen=True, slots=True)
class RangeValue:
    """`range(…)` from a known start; `count` is None where its end is not known."""

    start: int
    step: int
    count: int | None


@dataclass(frozen=True, slots=True)
class Method:
    """An attribute that was looked up to be called later."""

    receiver: Value
    name: str


@dataclass(frozen=True, slots=True)
class LazyViews:
    """The views that unbind, chunk or split return; each is made when it is asked for, and kept in the heap.

    `count` is how many they are, None where that is not known.
    """

    id: int
    source: int
    spelling: OpRef
    form: str
    place: ir.Place
    count: int | None = None


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function of the file. `frame` is the frame in which it was made, `owner` the class, if that is a class's body."""

    id: int
    code: ir.Function
    frame: int
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class of the file; what its body binds is in the heap. `fields` are those of a dataclass or a named tuple.

    `kind` is what is known of its bases outside of the file: module, function, optimizer, tuple, plain, or "" for nothing.
    `ancestors` are the classes of the file in which an attribute is looked up that the class itself has not.
    """

    id: int
    code: ir.Class
    bases: tuple[Value, ...] = field(compare=False)
    kind: str
    fields: tuple[str, ...] | None = None
    ancestors: tuple[ClassValue, ...] = field(default=(), compare=False)

    @property
    def lineage(self) -> tuple[ClassValue, ...]:
        """The class and its ancestors."""
        return (self, *self.ancestors)


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the file; its attributes are in the heap."""

    id: int
    cls: ClassValue


@dataclass(frozen=True, slots=True)
class SuperValue:
    """`super()`: an object, or a class, as its class's bases see it."""

    instance: Value
    cls: ClassValue


@dataclass(frozen=True, slots=True)
class Partial:
    """A function with some of its arguments."""

    function: Value
    positional: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Generator:
    """A call of a generator function, or a comprehension, that waits in its frame to be asked for items."""

    function: FunctionValue
    frame: int


@dataclass(frozen=True, slots=True)
class LibraryInstance:
    """What a class of a library whose methods are known has made; `kind` names the class in the tables of knowledge."""

    id: int
    kind: str


@dataclass(frozen=True, slots=True)
class LinkedModuleValue:
    """A module of the project that is linked to the program; `frame` holds its names, `key` is its file or its folder."""

    frame: int
    key: str


Value: TypeAlias = (
    Literal
    | TensorValue
    | Unknown
    | QualifiedName
    | TupleValue
    | ListValue
    | IteratorValue
    | DictValue
    | ModuleValue
    | OptimizerValue
    | SliceValue
    | RangeValue
    | Method
    | LazyViews
    | FunctionValue
    | ClassValue
    | Instance
    | SuperValue
    | Partial
    | Generator
    | LibraryInstance
    | LinkedModuleValue
)

NONE = Literal(None)

#: The name under which a frame keeps what its function returns.
RETURNED = "(return)"

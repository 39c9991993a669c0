"""The values that names, attributes and items hold while a program runs on the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.operators import Spelling
    from flake8_gradsafe.syntax import program as ir


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string, boolean, None or Ellipsis that is known."""

    value: object


@dataclass(frozen=True, slots=True)
class TensorValue:
    """A tensor of the world, or a NumPy array on a tensor's memory."""

    ref: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else. It may turn out to be a tensor: then the heap remembers which, so that it stays the same one."""

    id: int


@dataclass(frozen=True, slots=True)
class Dotted:
    """Something imported, or a builtin, by its full name: `torch.nn.functional.relu`, `builtins.len`."""

    path: str


@dataclass(frozen=True, slots=True)
class Items:
    """A tuple."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class ListValue:
    """A list; its items are in the heap, since whoever holds it may change them."""

    id: int


@dataclass(frozen=True, slots=True)
class DictValue:
    """A dict; its items are in the heap, by the text of their keys, as long as all of them are known."""

    id: int


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of torch.nn of known kind; its parameters are attributes in the heap."""

    id: int
    kind: str
    switches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OptimizerValue:
    """An optimizer and the tensors that it holds; `fused` ones move no version counter."""

    id: int
    holds: tuple[int, ...]
    fused: bool


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
class Pieces:
    """The views that unbind, chunk or split return; each is made when it is asked for, and kept in the heap."""

    id: int
    source: int
    spelling: Spelling
    form: str
    place: ir.Place


@dataclass(frozen=True, slots=True)
class CodeValue:
    """A function or class of the file."""

    code: ir.Function | ir.Class


Value: TypeAlias = (
    Literal
    | TensorValue
    | Unknown
    | Dotted
    | Items
    | ListValue
    | DictValue
    | ModuleValue
    | OptimizerValue
    | SliceValue
    | RangeValue
    | Method
    | Pieces
    | CodeValue
)

NOTHING = Literal(None)

#: The attribute under which the heap keeps where a cut-off tensor was made a leaf, where it was cut, and what reached it.
REWRAPPED = "(rewrapped)"

"""What a program's text tells of a tensor's shape, dtype and device, and what it asks of them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.metadata import DEFAULT_DTYPE, Metadata, Shape, Sizes
from flake8_gradsafe.interpreter.domain.facts import FilledWith
from flake8_gradsafe.interpreter.domain.values import ListValue, Literal, QualifiedName, TupleValue, Value
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.knowledge.effects import FILLINGS
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.arguments import Arguments
    from flake8_gradsafe.interpreter.domain.state import State

#: Nested lists deeper than this, and longer ones, are not looked through for a shape.
MAX_AXES = 8


def metadata_of_factory(name: str, arguments: Arguments, dtype: str, state: State) -> Metadata:
    """What is known of the tensor that a factory of this name makes of its arguments; `dtype` is the letter of its kind."""
    on_cpu = _is_unset(arguments.keywords.get("device")) and not arguments.unclear
    return Metadata(_shape_made(name, arguments, state), _dtype_made(name, arguments, dtype, state), on_cpu)


def _dtype_made(name: str, arguments: Arguments, kind: str, state: State) -> str | None:
    given = arguments.keywords.get("dtype")
    if isinstance(given, QualifiedName):
        return library.FULL_DTYPES.get(given.path)
    known = _is_unset(given) and not arguments.unclear and kind == "T" and name in library.FLOATING_FACTORIES
    if not known or (name == "tensor" and not _is_number(first_item(arguments.get(0, "data"), state))):
        return None
    return DEFAULT_DTYPE


def _shape_made(name: str, arguments: Arguments, state: State) -> Sizes | None:
    if arguments.unclear:
        return None
    if name == "tensor":
        data = arguments.get(0, "data")
        return None if data is None else _shape_of_nested(data, state)
    if name in library.SIZED_FACTORIES:
        size = arguments.keywords.get("size")
        return shape_of_size(
            (size,) if size is not None else arguments.positional[: library.SIZED_FACTORIES[name]], state
        )
    if name.endswith("_like"):
        source = state.known_tensor(arguments.positional[0]) if arguments.positional else None
        return None if source is None else state.autograd.tensors[source].metadata.sizes
    return None


def shape_of_size(given: tuple[Value, ...], state: State) -> Shape | None:
    """The shape that is given as one tuple or list of sizes, or as sizes side by side."""
    if len(given) == 1 and not isinstance(given[0], Literal):
        items = state.items_of(given[0])
        if items is None:
            return None
        given = items
    sizes = [value.value for value in given if isinstance(value, Literal)]
    whole = tuple(size for size in sizes if isinstance(size, int) and not isinstance(size, bool) and size >= 0)
    return whole if len(whole) == len(given) else None


def _shape_of_nested(data: Value, state: State) -> Shape | None:
    """The shape of nested lists of numbers: all of one level are as long as the first, or PyTorch refuses them."""
    shape: list[int] = []
    while isinstance(data, (TupleValue, ListValue)):
        items = state.items_of(data)
        if items is None or len(shape) == MAX_AXES:
            return None
        shape.append(len(items))
        if not items:
            return tuple(shape)
        data = items[0]
    return tuple(shape) if _is_number(data) else None


def first_item(data: Value | None, state: State) -> Value | None:
    """What stands first in nested lists, down to some depth: a list may hold itself."""
    for _ in range(MAX_AXES):
        if not isinstance(data, (TupleValue, ListValue)) or not (items := state.items_of(data)):
            break
        data = items[0]
    return data


def _is_number(value: Value | None) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, (int, float))


def _is_unset(value: Value | None) -> bool:
    return value is None or value == Literal(None)


def known_attribute(metadata: Metadata, name: str, state: State) -> Value | None:
    """An attribute of a tensor that describes it, where the text tells it: `shape`, `ndim`, `dtype`, `is_cuda`, `device`."""
    if name == "shape":
        return None if metadata.sizes is None else _as_items(metadata.sizes, state)
    if name in {"ndim", "dim", "ndimension"}:
        return None if metadata.sizes is None else Literal(len(metadata.sizes))
    if name == "dtype" and metadata.dtype is not None:
        return QualifiedName(f"torch.{metadata.dtype}")
    if name == "device" and metadata.on_cpu:
        device = state.plain()
        state.heap[device.id, "type"] = Literal("cpu")
        return device
    return Literal(False) if name == "is_cuda" and metadata.on_cpu else None


def known_method_result(metadata: Metadata, name: str, arguments: Arguments, state: State) -> Value | None:
    """The outcome of a method that describes a tensor, where the text tells it: `dim`, `size`, `numel`."""
    sizes = metadata.sizes
    if sizes is None or arguments.keywords:
        return None
    if name == "size":
        axis = arguments.positional[0] if arguments.positional else None
        return _as_items(sizes, state) if axis is None else _size_at(sizes, axis)
    if arguments.positional:
        return None
    if name in {"numel", "nelement"}:
        return None if metadata.numel is None else Literal(metadata.numel)
    return known_attribute(metadata, name, state) if name in {"dim", "ndimension"} else None


def _size_at(sizes: Sizes, axis: Value) -> Value | None:
    place = axis.value if isinstance(axis, Literal) else None
    if not isinstance(place, int) or not -len(sizes) <= place < len(sizes) or sizes[place] is None:
        return None
    return Literal(sizes[place])


def _as_items(sizes: Sizes, state: State) -> Value:
    return TupleValue(tuple(state.plain() if size is None else Literal(size) for size in sizes))


def filled_with(ref: int, state: State) -> Literal | None:
    """The number that all elements of a tensor are, as an element of its dtype; None where that may be another one."""
    return _as_element(number_filled_in(ref, state), state.autograd.tensors[ref].dtype)


def number_filled_in(ref: int, state: State) -> object:
    """The number that all elements of a tensor were made of: by a factory, or by the last write to its memory.

    None where that is not known, or code out of sight may have changed them since.
    """
    tensor = state.autograd.tensors[ref]
    if any(each.ref in state.escaped for each in state.autograd.tensors_sharing(tensor.storage)):
        return None
    log = state.autograd.logs.get(tensor.storage)
    made = state.heap.fact(tensor.storage, FilledWith) if not log else None
    number = None if made is None else made.number
    if log and not log[-1].may and log[-1].region.covers(tensor.region) and isinstance(log[-1].repeats, tuple):
        method, *constants = log[-1].repeats
        number = FILLINGS[method] if not constants and method in FILLINGS else None
        number = constants[0][1] if method in FILLINGS and constants else number
    return number


def _as_element(number: object, dtype: str) -> Literal | None:
    """A number as an element of a tensor of a dtype: one that every dtype holds as it is."""
    if not isinstance(number, int) or number not in {0, 1}:
        return None
    kinds: dict[str, type[bool] | type[int] | type[float]] = {"B": bool, "I": int}
    return Literal(kinds.get(dtype, float)(number))


def fill_value_of_factory(name: str, arguments: Arguments, node: ir.Expression, state: State) -> Literal | None:
    """The number that a factory of this name makes all elements as; None where there are several, or it is not known.

    It is known where it is written out, so that it is the same whenever the program comes by.
    """
    if name in {"zeros", "ones", "zeros_like", "ones_like"}:
        return Literal(int(name.startswith("ones")))
    if name == "full_like" and isinstance(node, ir.Call):
        return _number_of(arguments.get(1, "fill_value")) if all(map(_is_number_beside, node.arguments[1:])) else None
    if not is_written_out(node):
        return None
    value = arguments.get(1, "fill_value") if name == "full" else None
    if name in {"tensor", "Tensor"}:
        value = arguments.get(0, "data")
        if name == "Tensor" and isinstance(value, Literal):
            return None  # a size
        shape = None if value is None else _shape_of_nested(value, state)
        value = first_item(value, state) if shape is not None and prod(shape) == 1 else None
    return _number_of(value)


def _number_of(value: Value | None) -> Literal | None:
    return value if isinstance(value, Literal) and _is_number(value) else None


def _is_number_beside(argument: ir.Argument) -> bool:
    return is_number_in_text(argument.value)


def is_written_out(node: ir.Expression | ir.Statement) -> bool:
    """Whether all that a call is given, or a statement stores, are numbers that stand in the text."""
    if isinstance(node, ir.Call):
        return all(is_number_in_text(argument.value) for argument in node.arguments)
    return isinstance(node, ir.Assign) and node.value is not None and is_number_in_text(node.value)


def is_number_in_text(node: ir.Expression) -> bool:
    """Whether an expression is a number, or a list of numbers, as it stands in the text; a dtype may stand beside it."""
    if isinstance(node, ir.Sequence):
        return all(map(is_number_in_text, node.items))
    return isinstance(node, (ir.Constant, ir.Attribute))

"""The number of axes of tensors, which tells whether an operator keeps an object itself or a view of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.facts import HasAxes
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    ListValue,
    Literal,
    SliceValue,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.models.layouts import has_scattered_batches, has_swapped_axes, is_in_order, note_swap
from flake8_gradsafe.knowledge import axes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_gradsafe.autograd.operators import OpBehaviour
    from flake8_gradsafe.autograd.state import Operands
    from flake8_gradsafe.interpreter.domain.arguments import Arguments
    from flake8_gradsafe.interpreter.domain.state import State


def axes_of(ref: int, state: State) -> int | None:
    """How many axes a tensor has, where that is known."""
    sizes = state.autograd.tensors[ref].metadata.sizes
    if sizes is not None:
        return len(sizes)
    known = state.heap.fact(ref, HasAxes)
    return None if known is None else known.count


def as_kept(name: str, fact: OpBehaviour, operands: Operands, state: State) -> OpBehaviour:
    """What an operator keeps, given the numbers of axes of its operands."""
    if name in axes.KEPT_ITSELF and "input" in operands:
        count = axes_of(operands["input"][0], state)
        kept = fact if count is None else _keeping(fact, {"input"}, itself=count == axes.KEPT_ITSELF[name])
        return _without_copies(kept, operands, state) if name in axes.BIASED else kept
    if name in axes.PRODUCTS and {"input", "other"} <= operands.keys():
        counts = [axes_of(operands[each][0], state) for each in ("input", "other")]
        if counts == [_MATRIX, _MATRIX]:
            return _keeping(fact, {"input", "other"}, itself=True)
        fact = _without_expanded(fact, operands, state)
        return fact if (counts[1] or _MATRIX + 1) > _MATRIX else _without_copies(fact, operands, state)
    return fact


def as_picked(name: str, fact: OpBehaviour) -> OpBehaviour:
    """What an operator gives that picks a part of a tensor: of some, a part that surely has elements."""
    if name.rpartition(".")[2] in axes.SELECTING:
        return replace(fact, selects=True)
    return replace(fact, some=True) if name in axes.PICKING else fact


def _without_copies(fact: OpBehaviour, operands: Operands, state: State) -> OpBehaviour:
    """What a product keeps: of an operand whose axes it has to fold, although two of them were swapped, a copy."""
    count = axes_of(operands["input"][0], state)
    if count is None or count <= _MATRIX or not has_swapped_axes(operands["input"][0], state):
        return fact
    return replace(fact, saves=tuple(slot for slot in fact.saves if slot.what != "input"))


def _without_expanded(fact: OpBehaviour, operands: Operands, state: State) -> OpBehaviour:
    """What a product of batches of matrices keeps: of an operand whose batch is expanded to the other's, or scattered, a copy.

    Where the sizes are not known, an axis of one element may be such a batch: then nothing is surely kept.
    """
    tensors = {name: state.autograd.tensors[operands[name][0]] for name in ("input", "other")}
    scattered = {name for name in tensors if has_scattered_batches(operands[name][0], state)}
    fact = replace(fact, saves=tuple(slot for slot in fact.saves if slot.what not in scattered))
    shapes = {name: tensor.metadata.shape for name, tensor in tensors.items()}
    batches = {name: shape[:-_MATRIX] for name, shape in shapes.items() if shape is not None and len(shape) > _MATRIX}
    if len(batches) < len(shapes):
        units = any(1 in batch for batch in batches.values()) or any(
            None in each.region.axes for each in tensors.values()
        )
        return replace(fact, saves=tuple(replace(slot, sure=False) for slot in fact.saves)) if units else fact
    most = max(map(len, batches.values()))
    padded = {name: (*(1,) * (most - len(batch)), *batch) for name, batch in batches.items()}
    whole = tuple(map(max, *padded.values()))
    expanded = {name for name, batch in padded.items() if batch != whole}
    return replace(fact, saves=tuple(slot for slot in fact.saves if slot.what not in expanded))


_MATRIX = 2


def views_itself(name: str, operands: Operands, state: State) -> bool:
    """Whether the result of an operator surely is a view of what it has computed first, which nobody holds."""
    if name in axes.VIEWING:
        return True
    count = axes_of(operands["input"][0], state) if "input" in operands else None
    if count is None or name not in axes.VIEWING_UNLESS or count == axes.VIEWING_UNLESS[name]:
        return False
    if name in axes.BIASED:
        has_bias = not {"bias", "self.bias"}.isdisjoint(operands)
        return has_bias and is_in_order(operands["input"][0], state) is True
    return True


def note_axes(name: str, fact: OpBehaviour, operands: Operands, outputs: Iterable[int], state: State) -> None:
    """Note how many axes the results of an operator have, where those of its operands tell it."""
    count = _count_of_result(name, fact, operands, state)
    for ref in outputs if count is not None else ():
        state.heap.note(ref, HasAxes(count or 0))


def _count_of_result(name: str, fact: OpBehaviour, operands: Operands, state: State) -> int | None:
    if name in axes.FIXED:
        return axes.FIXED[name]
    given = [axes_of(ref, state) for refs in operands.values() for ref in refs]
    if name in axes.PRODUCTS:
        return axes.of_product(given)
    if name in axes.PRESERVING and "input" in operands:
        return axes_of(operands["input"][0], state)
    if fact.axes is not None:
        parameter, more = fact.axes
        if parameter in operands:
            given = [axes_of(operands[parameter][0], state)]
        return more if not parameter else _most(given, more)
    return _most(given, 0) if fact.shape == "broadcast" else None


def _most(given: list[int | None], more: int) -> int | None:
    known = [each for each in given if each is not None]
    return max(known) + more if known and len(known) == len(given) else None


def note_axes_of_call(name: str, bound: Mapping[str, Value], ref: int, state: State) -> None:
    """Note how many axes the result of an operator has where its arguments, by parameter, tell it: the sizes of a view."""
    name, given = name.rpartition(".")[2], list(bound.values())
    second = given[1] if len(given) > 1 else NONE
    count: int | None = None
    if name in axes.SIZED:
        count = _number_of_sizes(second, state)
    elif name == "flatten" and "end_dim" not in bound:
        first = bound.get("start_dim", Literal(0))
        count = (
            first.value + 1
            if isinstance(first, Literal) and isinstance(first.value, int) and first.value >= 0
            else None
        )
    elif name == "einsum" and isinstance(given[0], Literal):
        count = axes.of_equation(given[0].value)
    elif name in axes.REDUCING and (dims := state.items_of(bound.get("dim", NONE))) is not None:
        source = state.known_tensor(given[0])
        of_source = None if source is None else axes_of(source, state)
        keeps = bound.get("keepdim", Literal(False))
        count = of_source - len(dims) if of_source is not None and keeps == Literal(False) else None
    elif name == "transpose" and (source := state.known_tensor(given[0])) is not None:
        swapped = [value.value for value in given[1:] if isinstance(value, Literal)]
        note_swap(axes_of(source, state), swapped, source, ref, state)
    if count is not None and count >= 0:
        state.heap.note(ref, HasAxes(count))


def _number_of_sizes(sizes: Value, state: State) -> int | None:
    items = state.items_of(sizes)
    if items is not None:
        return len(items)
    return 1 if isinstance(sizes, Literal) and isinstance(sizes.value, int) else None


def note_axes_made(name: str, arguments: Arguments, ref: int, state: State) -> None:
    """Note how many axes the tensor has that a factory has made: as many as it was given sizes."""
    if name.endswith("_like"):
        source = state.known_tensor(arguments.positional[0]) if arguments.positional else None
        count = None if source is None else axes_of(source, state)
    elif name in axes.MADE:
        count = axes.MADE[name]
    elif name in axes.SIZED_BY_THE_LAST:
        last = arguments.keywords.get("size") or (arguments.positional[-1] if arguments.positional else NONE)
        items = state.items_of(last)
        count = None if items is None else len(items)
    elif name in axes.SIZED_FACTORIES and not arguments.unclear:
        size = arguments.keywords.get("size")
        given = arguments.positional[: axes.SIZED_FACTORIES[name]] if size is None else (size,)
        count = len(given) if len(given) > 1 else _number_of_sizes(given[0], state) if given else None
    else:
        return
    if count is not None:
        state.heap.note(ref, HasAxes(count))


def note_axes_at(source: int, index: Value, ref: int, state: State) -> None:
    """Note how many axes are left of a tensor's where an index picks from it by numbers and slices, or by one list."""
    count = axes_of(source, state)
    parts = index.items if isinstance(index, TupleValue) else (index,)
    picked = [_axes_picked(each, state) for each in parts]
    listed = sum(isinstance(each, (TensorValue, ListValue)) for each in parts)
    if count is not None and None not in picked and (not listed or (listed == 1 and _NUMBER not in picked)):
        state.heap.note(ref, HasAxes(count + sum(each for each in picked if each is not None)))


#: A number takes an axis away.
_NUMBER = -1


def _axes_picked(part: Value, state: State) -> int | None:
    """By how many axes a part of an index makes the result larger: a mask takes away as many as it has, for one."""
    if isinstance(part, SliceValue) or part == Literal(...):
        return 0
    if part == NONE:
        return 1
    if isinstance(part, TensorValue):
        own, is_mask = axes_of(part.ref, state), state.autograd.tensors[part.ref].dtype == "B"
        return None if not own else 1 - own if is_mask else own - 1
    if isinstance(part, ListValue):
        items = state.items_of(part)
        return 0 if items and all(isinstance(item, Literal) for item in items) else None
    is_number = isinstance(part, Literal) and isinstance(part.value, int) and not isinstance(part.value, bool)
    return _NUMBER if is_number else None


def note_axes_of_layer(kind: str, layer: int, given: int | None, result: Value, state: State) -> None:
    """Note how many axes a layer's result has where the layer, or the kind of its first result, tells it."""
    own = state.heap.fact(layer, HasAxes)
    count = None if given is None else axes_of(given, state)
    first = result.items[0] if isinstance(result, TupleValue) and result.items else result
    if not isinstance(first, TensorValue):
        return
    if own is not None:
        state.heap.note(first.ref, own)
    elif kind in axes.SEQUENCES and count is not None:
        state.heap.note(first.ref, HasAxes(count))


def note_axes_of_piece(source: int, name: str, ref: int, state: State) -> None:
    """Note how many axes a view has that unbind, chunk or split have given."""
    count = axes_of(source, state)
    if count is not None:
        state.heap.note(ref, HasAxes(count - (name.rpartition(".")[2] == "unbind")))


def _keeping(fact: OpBehaviour, parameters: set[str], *, itself: bool) -> OpBehaviour:
    by = "reference" if itself else "alias"
    saves = (replace(slot, by=by, by_sure=True) if slot.what in parameters else slot for slot in fact.saves)
    return replace(fact, saves=tuple(saves))

"""How many axes an operator's result has, or each of them, and whether it is contiguous, given what its operands are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from torch import Tensor, channels_last

from flake8_gradsafe.runtime.probe import Subject

#: The number of axes follows from that of a parameter, of the operand that has most, or of none: by so many more.
Axes = tuple[str, int]
MOST, NONE = "*", ""
#: A result is contiguous whatever its operands are, or if they are.
ALWAYS, KEPT = "always", "kept"
_MATRIX = 2
_IMAGE = 4


def axes_of(subject: Subject) -> set[Axes]:
    """What may be told of the number of axes: of the call as it is, and of one whose operands have another axis in front."""
    given, _ = subject.fresh(frozenset())
    told = _axes_told(subject, given)
    again = _axes_told(subject, [_with_another_axis(each) for each in given])
    return (told or set()) if again is None else (told or again) & again


def storing_of(subject: Subject) -> set[str] | None:
    """Whether the result is contiguous; None where no call shows it, for want of axes."""
    told: set[str] | None = None
    as_it_is = [each.contiguous() for each in subject.fresh(frozenset())[0]]
    for given in (as_it_is, [_with_another_axis(each) for each in as_it_is]):
        plain = _is_in_order(subject, given)
        others = [_is_in_order(subject, each) for each in _stored_otherwise(given)]
        if plain is None or not others or None in others:
            continue
        found = set() if not plain else {KEPT, ALWAYS} if all(others) else {KEPT}
        told = found if told is None else told & found
    return told


def _axes_told(subject: Subject, tensors: list[Tensor]) -> set[Axes] | None:
    output = _result(subject, tensors)
    if output is None:
        return None
    axes: dict[str, set[int]] = {}
    for name, tensor in zip(subject.names, tensors, strict=True):
        axes.setdefault(name, set()).add(tensor.dim())
    most = max((tensor.dim() for tensor in tensors), default=0)
    own = {(name, output.dim() - found.pop()) for name, found in axes.items() if len(found) == 1}
    return own | {(MOST, output.dim() - most), (NONE, output.dim())}


def _is_in_order(subject: Subject, tensors: list[Tensor]) -> bool | None:
    """Whether a result is contiguous; None where it is refused, or has too few axes to be anything else."""
    output = _result(subject, tensors)
    if output is None or sum(size > 1 for size in output.shape) < _MATRIX:
        return None
    return output.is_contiguous()


def _result(subject: Subject, tensors: list[Tensor]) -> Tensor | None:
    try:
        output = subject.call(tensors)
    except Exception:  # any operator may refuse its operands in its own way
        return None
    if isinstance(output, tuple) and len({isinstance(each, Tensor) and each.dim() for each in output}) == 1:
        output = output[0]
    return output if isinstance(output, Tensor) else None


def _with_another_axis(tensor: Tensor) -> Tensor:
    return tensor.unsqueeze(0).repeat(2, *[1] * tensor.dim()) if tensor.dim() else tensor.clone()


def _stored_otherwise(tensors: Iterable[Tensor]) -> Iterator[list[Tensor]]:
    """The same operands, stored with their axes in another order: those of matrices, and those of images."""
    given = list(tensors)
    if any(sum(size > 1 for size in each.shape) >= _MATRIX for each in given):
        yield [_transposed(each) for each in given]
    if any(each.dim() == _IMAGE for each in given):
        yield [each.contiguous(memory_format=channels_last) if each.dim() == _IMAGE else each for each in given]


def _transposed(tensor: Tensor) -> Tensor:
    return tensor.transpose(0, -1).contiguous().transpose(0, -1) if tensor.dim() >= _MATRIX else tensor

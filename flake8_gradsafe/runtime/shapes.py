"""How the shape of an operator's single result follows from the shapes of its operands, where its dtype is theirs."""

from __future__ import annotations

import torch
from torch import Tensor

from flake8_gradsafe.autograd.metadata import broadcast
from flake8_gradsafe.runtime.probe import Subject

#: What is told of a result: it has no axis at all, or it is as large as what its operands are broadcast to.
SCALAR, BROADCAST = "scalar", "broadcast"
#: A shape whose axes can be told apart, so that one that is moved or folded is noticed.
_TELLING = (2, 3)


def shapes_of(subject: Subject) -> set[str]:
    """What may be told of a call's result: of the call as it is, and of the same with operands of a telling shape.

    Nothing is told where neither has operands whose axes can be told apart.
    """
    as_it_is, _ = subject.fresh(frozenset())
    told = _told(subject, as_it_is)
    telling = [torch.rand(_TELLING) if t.is_floating_point() else t for t in subject.fresh(frozenset())[0]]
    told_again = _told(subject, telling)
    if told is None or (told_again is None and not any(map(_is_telling, as_it_is))):
        return set()
    return told if told_again is None else told & told_again


def _told(subject: Subject, tensors: list[Tensor]) -> set[str] | None:
    """What one call tells; None where it is refused."""
    try:
        output = subject.call(tensors)
    except Exception:  # any operator may refuse its operands in its own way
        return None
    dtypes = {tensor.dtype for tensor in tensors if tensor.is_floating_point()}
    if not isinstance(output, Tensor) or {output.dtype} != dtypes:
        return set()
    found = {SCALAR} if output.dim() == 0 else set[str]()
    return found | {BROADCAST} if tuple(output.shape) == broadcast([tuple(each.shape) for each in tensors]) else found


def _is_telling(tensor: Tensor) -> bool:
    sizes = set(tensor.shape)
    return len(sizes) == tensor.dim() > 1 and sizes.isdisjoint({0, 1})

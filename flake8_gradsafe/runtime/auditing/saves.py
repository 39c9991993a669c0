"""Tensors that operators saved for backward: what they held then, and whether they still do."""

import weakref
from typing import Any, NamedTuple

import torch

from flake8_gradsafe.runtime.auditing.places import Line

#: Subclasses may be anything; `Buffer` came with PyTorch 2.5.
_PLAIN = {torch.Tensor, torch.nn.Parameter, getattr(torch.nn, "Buffer", torch.Tensor)}
#: So many elements of a large tensor are kept where not all are.
SAMPLED_ELEMENTS = 256


_MODIFIED = "one of the variables needed for gradient computation has been modified by an inplace operation"
_DETACHED = (
    "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_(). "
    "This is not supported, please use out-of-place `.detach()` instead."
)


class Operation(NamedTuple):
    """Something that the program did to tensors: the function's name, and the line that called it."""

    name: str
    line: Line

    def __str__(self) -> str:
        """The name, as one reads it in a program, and the line."""
        name = f"assigning to `.{self.name[:-1]}`" if self.name.endswith("=") else f"`{self.name}`"
        return f"{name} at {self.line}"


class Save:
    """A tensor that an operator saved for backward.

    `alias` shares the tensor's memory and version counter. `original` is the tensor itself where PyTorch keeps that, None
    where it is the operator's own result. `writer` is what has changed it since, as far as that was seen.
    """

    __slots__ = (
        "__weakref__",
        "_is_changed",
        "_looked_at_in",
        "alias",
        "described",
        "had_graph",
        "is_tried",
        "kept",
        "operation",
        "original",
        "version",
        "writer",
    )

    def __init__(self, tensor: torch.Tensor, operation: Operation, *, is_result: bool, whole: bool) -> None:
        """Keep what `tensor` holds: all of it, or a sample."""
        with torch._C._DisableTorchDispatch():
            self.alias = tensor.detach()
            self.kept = self.alias.clone() if whole else sample_of(self.alias).clone()
        self.original = None if is_result else weakref.ref(tensor)
        self.version = tensor._version
        self.operation = operation
        self.described = f"[{tensor.type()} {list(tensor.shape)}]"
        self.had_graph = tensor.requires_grad and not tensor.is_leaf
        self.writer: Operation | None = None
        self.is_tried = False
        self._looked_at_in: int | None = None
        self._is_changed = False

    @property
    def storage(self) -> int:
        """What tells its memory from others."""
        return storage_of(self.alias)

    @property
    def is_whole(self) -> bool:
        """Whether all of it was kept."""
        return self.kept.shape == self.alias.shape

    def as_pytorch_reads_it(self) -> torch.Tensor:
        """The tensor as a backward reads it: the very tensor that was saved, whatever its `.data` is by now."""
        original = None if self.original is None else self.original()
        return self.alias if original is None else original.detach()

    def was_replaced(self) -> bool:
        """Whether the tensor that was saved has other memory by now."""
        return self.as_pytorch_reads_it().data_ptr() != self.alias.data_ptr()

    def note_change(self, operation: Operation) -> None:
        """Remember the first operation by which it was changed, written so that PyTorch knows, or cut off."""
        self._looked_at_in = None
        if self.writer is None and (self.refusal() or self.was_changed()):
            self.writer = operation

    def refusal(self) -> str:
        """PyTorch's own error where backward refuses it, with the lines; empty where it does not."""
        if self.alias._version != self.version:
            versions = f"is at version {self.alias._version}; expected version {self.version} instead"
            return f"{_MODIFIED}: {self.described} {versions}. {self._lines()}"
        original = None if self.original is None else self.original()
        if self.had_graph and original is not None and original.is_leaf:
            return f"{_DETACHED} {self._lines()}"
        return ""

    def _lines(self) -> str:
        by = "" if self.writer is None else f"; {self.writer} changed it"
        return f"{self.operation} saved it for backward{by}."

    def is_changed_in(self, backward: int) -> bool:
        """Whether it holds something else, looked at once in a backward, and again where it is written meanwhile."""
        if self._looked_at_in != backward:
            self._looked_at_in, self._is_changed = backward, self.was_changed()
        return self._is_changed

    def was_changed(self) -> bool:
        """Whether it holds something else than what was saved."""
        with torch._C._DisableTorchDispatch():
            current = self.as_pytorch_reads_it()
            if current.shape != self.alias.shape or current.dtype != self.alias.dtype:
                return True
            return not _same(self.kept, current if self.is_whole else sample_of(current))


def storage_of(tensor: torch.Tensor) -> int:
    """What tells a tensor's memory from other memory."""
    return int(tensor.untyped_storage()._cdata)


def sample_of(tensor: torch.Tensor) -> torch.Tensor:
    """Some elements of a tensor, spread over its memory, as one row; a tensor of few elements whole."""
    if tensor.numel() <= SAMPLED_ELEMENTS:
        return tensor
    order = sorted(range(tensor.dim()), key=tensor.stride, reverse=True)
    stored = tensor.permute(order)
    while not stored.is_contiguous() and stored.dim() > 1:
        stored = stored[0]
    row = stored.reshape(-1)
    return row[:: max(1, row.numel() // SAMPLED_ELEMENTS)]


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors hold the same bits."""
    return torch.equal(_bits(one), _bits(other))


def _bits(tensor: torch.Tensor) -> torch.Tensor:
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor.resolve_conj())
    return tensor.view(_INTEGERS[tensor.element_size()]) if tensor.is_floating_point() else tensor


_INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def can_be_watched(tensor: Any) -> bool:
    """Whether a tensor has memory of its own that can be looked at: no subclass, nothing sparse, nothing that is traced."""
    return (
        type(tensor) in _PLAIN
        and tensor.layout is torch.strided
        and tensor.device.type != "meta"
        and not torch._C._functorch.is_functorch_wrapped_tensor(tensor)
    )

"""Gradients that are lost on their way: at a tensor that was detached in place, and at a leaf that was frozen."""

import weakref
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import torch
from torch.utils.weak import WeakTensorKeyDictionary

from flake8_gradsafe.runtime.auditing.findings import Seen
from flake8_gradsafe.runtime.auditing.modes import tensors_in
from flake8_gradsafe.runtime.auditing.nodes import node_of
from flake8_gradsafe.runtime.auditing.saves import Operation

_What = TypeVar("_What")
#: Something for each of some tensors, as long as it lives.
Uses: TypeAlias = MutableMapping[torch.Tensor, _What]
#: Behind these, nothing is expected to have a gradient.
_TAKING_OUT = frozenset({"detach", "detach_", "data", "item", "tolist", "numpy", "requires_grad_", "backward"})
_FREEZING = frozenset({"requires_grad=", "requires_grad_"})


class LossAudit(ExitStack):
    """Sees uses of a tensor before and after its `detach_()`, and leaves that are frozen before their gradient comes."""

    def __init__(self, tell: Callable[[Seen], None]) -> None:
        """Tell by `tell`, in the backward that loses something."""
        super().__init__()
        self._tell = tell
        self._used: Uses[Operation] = WeakTensorKeyDictionary()
        self._cuts: Uses[_CutShare] = WeakTensorKeyDictionary()

    def before(self, operation: Operation, args: Sequence[Any]) -> None:
        """An operation is about to run."""
        if not args or not isinstance(args[0], torch.Tensor):
            return
        if operation.name == "detach_":
            self._detaches(args[0], operation)
        elif operation.name in _FREEZING and args[0].is_leaf and args[0].requires_grad and _is_false(args[1:]):
            self._freezes(args[0], operation)

    def after(self, operation: Operation, given: Any, result: Any) -> None:
        """An operation has run on what was `given`: if its result is in a graph, it uses what others have computed."""
        results = list(tensors_in(result))
        in_graph = any(tensor.requires_grad for tensor in results)
        for tensor in tensors_in(given):
            if in_graph and tensor.requires_grad:
                self._used.setdefault(tensor, operation)
            elif operation.name not in _TAKING_OUT and (cut := self._cuts.get(tensor)) is not None:
                cut.used_again = cut.used_again or operation
                cut.is_in_loss |= in_graph
                self._cuts.update((each, cut) for each in results if not each.requires_grad)

    def _detaches(self, tensor: torch.Tensor, operation: Operation) -> None:
        node = node_of(tensor) if tensor in self._used else None
        if node is None:
            return
        cut = self._cuts[tensor] = _CutShare(self._used[tensor], operation)
        self.callback(node.register_prehook(lambda gradients: self._arrives(cut)).remove)

    def _arrives(self, cut: "_CutShare") -> None:
        if cut.is_in_loss and cut.used_again is not None:
            message = (
                f"{cut.operation} cuts off a tensor that {cut.used_before} has used: the share of its gradient that comes "
                f"through {cut.used_again} is lost"
            )
            lines = (cut.used_before.line, cut.used_again.line, cut.operation.line)
            self._tell(Seen("lost-share", message, lines))

    def _freezes(self, leaf: torch.Tensor, operation: Operation) -> None:
        frozen = weakref.ref(leaf)

        def arrives(gradient: torch.Tensor) -> None:
            leaf = frozen()
            if leaf is not None and not leaf.requires_grad:
                message = (
                    f"{operation} froze a leaf {list(leaf.shape)} between its forward and its "
                    "backward: its gradient is dropped"
                )
                self._tell(Seen("frozen", message, (operation.line,)))

        self.callback(leaf.register_hook(arrives).remove)  # type: ignore[no-untyped-call]


@dataclass
class _CutShare:
    """A tensor that `used_before` has used, and that `operation` detached in place.

    `used_again` is the first use behind that, and `is_in_loss`: what was computed there has come together with a graph.
    """

    used_before: Operation
    operation: Operation
    used_again: Operation | None = None
    is_in_loss: bool = False


def _is_false(given: Sequence[Any]) -> bool:
    return len(given) == 1 and given[0] is False

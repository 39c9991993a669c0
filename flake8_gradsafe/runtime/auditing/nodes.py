"""Nodes of PyTorch's graph: those that a call has made, and what was noted at them."""

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch.autograd.graph import Node

from flake8_gradsafe.runtime.auditing.modes import tensors_in

#: Of the nodes that a call has made, so many are looked at.
_MOST_NODES = 256
_SEEN = "gradsafe: seen"


def notes_at(node: Node) -> dict[str, Any]:
    """A dictionary that lives as long as a node."""
    return cast("dict[str, Any]", node.metadata)


def node_of(tensor: torch.Tensor) -> Node | None:
    """The node that computed a tensor; None for a leaf, and for a view of which PyTorch refuses to tell it."""
    if not tensor.requires_grad:
        return None
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def new_nodes(result: Any) -> Iterator[Node]:
    """The nodes of a call's results that were not given before, but for those at which leaves gather their gradients."""
    pending = [node for tensor in tensors_in(result) if (node := node_of(tensor)) is not None]
    given = 0
    while pending and given < _MOST_NODES:
        node = pending.pop()
        if _SEEN in notes_at(node) or hasattr(node, "variable"):
            continue
        notes_at(node)[_SEEN] = True
        given += 1
        yield node
        pending += [below for below, _ in node.next_functions if below is not None]

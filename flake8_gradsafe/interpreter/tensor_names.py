"""What the program calls its tensors, for messages."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.budget import Budget
from flake8_gradsafe.interpreter.domain.values import Instance, ModuleValue, TensorValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.interpreter.domain.state import State


#: How deep an attribute may lie under a name to be called by it.
_MAX_DOTS = 3


class Names:
    """What the program calls its tensors at one point of a path: names, then attributes of what has a name.

    Names are those of the innermost frame that has one for the tensor.
    """

    def __init__(self, state: State) -> None:
        """Look them up when they are asked for; the state must not have changed by then."""
        self._state = state

    def of(self, refs: Iterable[int], *, frozen: bool = False) -> tuple[str, ...]:
        """The names of those of these tensors that surely require grad; `frozen`: or did."""
        tensors = self._state.autograd.tensors
        return self.of_any(ref for ref in refs if ref in tensors and (frozen or tensors[ref].grad.sure))

    def of_any(self, refs: Iterable[int]) -> tuple[str, ...]:
        """The names of these tensors."""
        return tuple(sorted({self._all[ref] for ref in refs if ref in self._all}))

    @cached_property
    def _all(self) -> dict[int, str]:
        state = self._state
        found: dict[int, str] = {}
        owners: dict[int, str] = {}
        for frame in (state.frames[key] for key in (state.current, *reversed(state.callers)) if key in state.frames):
            for name, value in frame.items():
                if name.startswith("("):
                    continue
                if hasattr(value, "id"):
                    owners.setdefault(value.id, name)
                ref = state.known_tensor(value)
                if ref is not None:
                    found.setdefault(ref, name)
        for _ in range(_MAX_DOTS):
            for (owner, attribute), entry in state.heap.items():
                if owner in owners and isinstance(attribute, str) and attribute.isidentifier():
                    dotted = f"{owners[owner]}.{attribute}"
                    if isinstance(entry, TensorValue):
                        found.setdefault(entry.ref, dotted)
                    elif isinstance(entry, (Instance, ModuleValue)):
                        owners.setdefault(entry.id, dotted)
        return found


class LeafNames:
    """The names of the leaves below the nodes of one graph, each node looked at once."""

    def __init__(self, state: State, search: Budget) -> None:
        self._nodes = state.autograd.nodes
        self._names = Names(state)
        self._search = search
        self._search.left -= len(state.frame)
        self._below: dict[int, frozenset[int]] = {}

    def of(self, starts: Iterable[int]) -> tuple[str, ...]:
        """The names of the leaves to which gradients flow from these nodes, or leaves; none when the search is over."""
        leaves = frozenset[int]().union(*map(self._leaves, starts))
        return self._names.of(leaves) if self._search.left > 0 else ()

    def _leaves(self, start: int) -> frozenset[int]:
        pending = [start]
        while pending and self._search.left > 0:
            node = self._nodes.get(pending[-1])
            missing = () if node is None else [edge for edge in node.edges if edge not in self._below]
            if missing:
                pending += missing
            else:
                at = pending.pop()
                own = (at,) if node is None else node.leaves
                edges = () if node is None else node.edges
                self._below[at] = frozenset(own).union(*(self._below[edge] for edge in edges))
                self._search.left -= len(self._below[at]) + 1
        return self._below.get(start, frozenset())

"""A run that is watched: what the model knows of the tensors that some names stand for, and which lines end a path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.domain.values import DictValue, ListValue, Literal, ModuleValue, TupleValue
from flake8_gradsafe.interpreter.run import Run
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.rules import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_gradsafe.autograd.graph import AutogradError, BackwardResult, Node, SavedTensor
    from flake8_gradsafe.autograd.tensor import Place, Tensor
    from flake8_gradsafe.engine import TextFacts
    from flake8_gradsafe.idioms.trained_names import TrainedNames
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.syntax import program as ir
    from flake8_gradsafe.syntax.linked import ImportTarget

#: Of each kind of fact about a tensor, and of the items of a container, so many are told.
_MOST = 6
#: How deep a tensor may lie under a name.
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Named:
    """The names in a stretch of the text: each as it is spelled, and those that stand there whole, not with an item picked."""

    spelled: frozenset[str]
    whole: frozenset[str]

    def means(self, name: str) -> bool:
        """Whether a tensor is named, or the container that it lies in."""
        return name in self.spelled or any(name.startswith(f"{each}[") for each in self.whole)


@dataclass(frozen=True, slots=True)
class Fact:
    """A sentence, and a place whose line it ends with."""

    text: str
    place: Place = None
    reads: Place = None  # the node's place whose backwards are named too


@dataclass(frozen=True, slots=True)
class Reached:
    """What a backward goes through: operators with their places; and the names of the leaves whose gradients it adds to."""

    operators: dict[Fact, None] = field(default_factory=dict)
    leaves: dict[str, None] = field(default_factory=dict)


class Witness(Run):
    """A run that looks at the named tensors where a path comes to some statements, and when it has come by others.

    `backwards` are the backwards that read what nodes have saved, by the nodes' places; `differentiated` is what each goes
    through, by its own place; `raising` the ways into errors that end a path: the calls, outermost first, and where it is
    raised.
    """

    def __init__(
        self,
        before: dict[Place, Named],
        after: dict[Place, Named],
        told: TextFacts,
        *,
        names: TrainedNames,
        linked: Mapping[ir.Import, ImportTarget],
        foreign: frozenset[int],
    ) -> None:
        """Watch these statements, each for the tensors of these names, in a text that tells so much.

        The others are what a run knows of trained models and of other files.
        """
        super().__init__(**told, names=names, linked=linked, foreign=foreign)
        self._before = before
        self._after = after
        self._earlier: dict[str, dict[Fact, None]] = {}
        self._later: dict[str, dict[Fact, None]] = {}
        self.backwards: dict[Place, dict[Place, None]] = {}
        self.differentiated: dict[Place, Reached] = {}
        self.raising: dict[tuple[Place, ...], None] = {}

    @property
    def facts(self) -> dict[str, dict[Fact, None]]:
        """What was seen, by the tensor's name: afterwards, where the name still stands for it."""
        return self._earlier | self._later

    def arrive_at(self, statement: Place, state: State) -> None:
        """Look at a path that comes to a watched statement."""
        if statement in self._before:
            self._look(state, self._before[statement], self._earlier)

    def record_visit(self, statement: Place, states: Iterable[State]) -> None:
        """Look at the paths that have come by a watched statement."""
        states = list(states)
        super().record_visit(statement, states)
        if statement in self._after:
            for state in states:
                self._look(state, self._after[statement], self._later)

    def emit_error(
        self, state: State, refusal: AutogradError, place: Place, leaves: Iterable[int] = (), root: int | None = None
    ) -> bool:
        """Note where an error ends the path."""
        went_on = not state.signal and not state.mended
        proven = super().emit_error(state, refusal, place, leaves, root)
        if went_on and state.mended:
            self.raising.setdefault((*state.autograd.calls, place))
        return proven

    def emit_outcome(self, state: State, outcome: BackwardResult, place: Place) -> None:
        """Note which backward reads what nodes have saved, and what it gives gradients to."""
        reached = self.differentiated.setdefault(place, Reached())
        for name, ref in _by_name(state).items():
            if ref in outcome.accumulated:
                reached.leaves.setdefault(name)
        for node in outcome.nodes:
            reached.operators.setdefault(Fact(wording.operator(node), node.place))
            self.backwards.setdefault(node.place, {})[place] = None
        super().emit_outcome(state, outcome, place)

    def _look(self, state: State, names: Named, seen: dict[str, dict[Fact, None]]) -> None:
        tensors = _by_name(state)
        for name in tensors:
            if names.means(name):
                told = seen.setdefault(name, {})
                for fact in _facts(state, name, tensors):
                    told.setdefault(fact)


def _by_name(state: State) -> dict[str, int]:
    """The tensors of the innermost frame by name, and those that lie in what has a name, as `net.weight` and `xs[0]`."""
    found: dict[str, int] = {}
    owners: list[tuple[str, Value]] = [(name, value) for name, value in state.frame.items() if name[0] != "("]
    for _ in range(_DEPTH + 1):
        inner: list[tuple[str, Value]] = []
        for name, value in owners:
            ref = state.known_tensor(value)
            if ref is not None:
                found.setdefault(name, ref)
            else:
                inner += [(f"{name}{spelled}", held) for spelled, held in _held(state, value)]
        owners = inner
    return found


def _held(state: State, value: Value) -> Iterator[tuple[str, Value]]:
    """What lies in a value, each with what is written behind the value's name to pick it."""
    if isinstance(value, DictValue):
        for key, item in (state.entries_of(value) or ())[:_MOST]:
            if isinstance(key, Literal):
                yield f"[{_key(key.value)}]", item
        return
    if isinstance(value, ModuleValue) and value.kind in library.CONTAINERS:
        yield from _items(state, ListValue(value.id))
    elif isinstance(value, (TupleValue, ListValue)):
        yield from _items(state, value)
    if hasattr(value, "id"):
        for attribute, held in state.heap.attributes(value.id):
            if attribute.isidentifier():
                yield f".{attribute}", held


def _items(state: State, value: TupleValue | ListValue) -> Iterator[tuple[str, Value]]:
    for number, item in enumerate(state.leading_items(value)[:_MOST]):
        yield f"[{number}]", item


def _key(key: object) -> str:
    """A key as most people write it."""
    return f'"{key}"' if isinstance(key, str) and '"' not in key else repr(key)


def _facts(state: State, name: str, tensors: dict[str, int]) -> Iterator[Fact]:
    autograd = state.autograd
    tensor = autograd.tensors[tensors[name]]
    yield from _making(state, tensor)
    for other, ref in tensors.items():
        alias = autograd.tensors[ref]
        if other == name or alias.storage != tensor.storage:
            continue
        if ref == tensors[name]:
            yield Fact(f"the same tensor as {other}")
        else:
            version = "and the version counter" if alias.counter == tensor.counter else "but not the version counter"
            yield Fact(f"shares the memory {version} with {other}")
    saved = [(node, save) for node in autograd.nodes.values() for save in node.saves if save.storage == tensor.storage]
    if not saved:
        yield Fact("no operator in sight has saved it for a backward")
    for node, save in saved[:_MOST]:
        yield from _saving(state, node, save)


def _making(state: State, tensor: Tensor) -> Iterator[Fact]:
    grad = state.autograd.grad_of(tensor)
    if tensor.node is not None:
        sure = "in the graph" if grad.sure else "in the graph if what it was computed from requires grad"
        node = state.autograd.nodes[tensor.node]
        yield Fact(f"{sure}, computed by {wording.operator(node)}", node.place)
    elif grad.sure:
        yield Fact("a leaf that requires grad", tensor.place)
    elif grad.possible:
        yield Fact("not known to require grad or not: it comes from a caller, or from code that is out of sight")
    elif not tensor.cuts:
        yield Fact("requires no grad")
    for mark in wording.hop_marks(tensor.hops[:_MOST]):
        yield Fact(mark.text, mark.place)
    if not grad.possible:
        for cut in sorted(tensor.cuts, key=lambda cut: cut.time)[:_MOST]:
            yield Fact(wording.cut_mark(cut.kind, cut.place).text.replace(" here", ""), cut.place)


def _saving(state: State, node: Node, save: SavedTensor) -> Iterator[Fact]:
    sure = "may have saved" if save.assumed or not save.sure else "saved"
    yield Fact(f"{wording.operator(node)} {sure} it for its backward", node.place, reads=node.place)
    for write in state.autograd.logs.get(save.storage, ()):
        if write.time > save.time:
            seen = (
                "autograd sees it"
                if write.counter is not None and write.counter == save.counter
                else "unseen by autograd"
            )
            yield Fact(f"overwritten since {wording.operator(node)} saved it, {seen}", write.place)

"""A run that is watched: what the model knows of the tensors that some names stand for, and which lines end a path."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.region import WHOLE
from flake8_gradsafe.autograd.tensor import Effect
from flake8_gradsafe.interpreter.domain.gradient_lives import GradientLife, GradientLives
from flake8_gradsafe.interpreter.domain.values import NONE
from flake8_gradsafe.interpreter.run import Run
from flake8_gradsafe.knowledge import training
from flake8_gradsafe.loss_report import Kind, Observed, is_named_as_loss, reached_from
from flake8_gradsafe.named_values import tensors_by_name
from flake8_gradsafe.rules import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from flake8_gradsafe.autograd.graph import AutogradError, BackwardResult, Node, SavedTensor
    from flake8_gradsafe.autograd.tensor import Place, Tensor
    from flake8_gradsafe.engine import TextFacts
    from flake8_gradsafe.idioms.trained_names import TrainedNames
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.loss_report import LineFinder, LossReport
    from flake8_gradsafe.syntax import program as ir
    from flake8_gradsafe.syntax.linked import ImportTarget

#: What a loss is put together by, and what scales it by a number.
_ADDING = frozenset({"add", "sub", "iadd", "isub", "sum", "mean", "stack", "neg"})
_SCALING = frozenset({"mul", "div", "truediv", "imul", "itruediv"})
#: Of each kind of fact about a tensor, so many are told.
_MOST = 6


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


@dataclass(frozen=True, slots=True)
class LossWatch:
    """Of which places it is asked what they train: calls that are `here`, and `losses`, the names that statements bind."""

    lines: LineFinder
    is_here: Callable[[Place], bool]
    losses: Mapping[Place, tuple[str, ...]]


class Witness(Run):
    """A run that looks at the named tensors where a path comes to some statements, and when it has come by others.

    `trained` tells, of what it is asked to watch, what each trains: a loss by the place where it was made and its name.
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
        losses: LossWatch | None = None,
    ) -> None:
        """Watch these statements, each for the tensors of these names, in a text that tells so much.

        `losses` is watched for what it trains. The others are what a run knows of trained models and of other files.
        """
        super().__init__(**told, names=names, linked=linked, foreign=foreign)
        self.is_watched = True
        self._before = before
        self._after = after
        self._earlier: dict[str, dict[Fact, None]] = {}
        self._later: dict[str, dict[Fact, None]] = {}
        self.backwards: dict[Place, dict[Place, None]] = {}
        self.differentiated: dict[Place, Reached] = {}
        self.raising: dict[tuple[Place, ...], None] = {}
        self._losses = losses
        self._observed: dict[tuple[Kind, Place, str], Observed] = {}
        self._terms: set[Place] = set()

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
        if self._losses is not None and statement in self._losses.losses:
            for state in states:
                self._look_at_losses(state, self._losses.losses[statement])

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
        for name, ref in tensors_by_name(state).items():
            if ref in outcome.accumulated:
                reached.leaves.setdefault(name)
        for node in outcome.nodes:
            reached.operators.setdefault(Fact(wording.operator(node), node.place))
            self.backwards.setdefault(node.place, {})[place] = None
        super().emit_outcome(state, outcome, place)
        if self._losses is not None:
            self._terms |= _terms_of(outcome.roots, state)

    def watch_backward(
        self, outcome: BackwardResult, asked: Iterable[int], place: Place, state: State, *, accumulates: bool
    ) -> None:
        """Note which gradients a backward adds to, and look at what it trains."""
        if self._losses is None:
            return
        asked = frozenset(asked)
        for ref, surely in reached_from(outcome.roots, state).items() if accumulates and not outcome.raises else ():
            if not asked or ref in asked:
                _change(ref, partial(GradientLife.differentiated, place=place, surely=surely), state)
        self._observe(Kind.BACKWARD if accumulates else Kind.GRAD, place, state, outcome.roots, asked)

    def watch_step(self, held: Iterable[int], place: Place, state: State, owner: int) -> None:
        """Look at what a step has to use, and note that it does."""
        if self._losses is None:
            return
        self._observe(Kind.STEP, place, state, (), held, owner=owner)
        for ref in held:
            _change(ref, lambda life: life.used_at(place), state)

    def watch_clearing(self, refs: Iterable[int], place: Place, state: State, owner: int | None = None) -> None:
        """Note that gradients are cleared, and look at what is left."""
        if self._losses is None:
            return
        for ref in refs:
            _change(ref, lambda _: GradientLife(cleared=place), state)
        self._observe(Kind.CLEARING, place, state, (), refs, owner=owner)

    def watch_clipping(self, refs: Iterable[int], place: Place, state: State) -> None:
        """Note that gradients are clipped."""
        for ref in refs if self._losses is not None else ():
            _change(ref, lambda life: life.clipped_at(place), state)

    def watch_assigned_gradient(self, ref: int, value: Value, place: Place, state: State) -> None:
        """Note that a gradient is set, or cleared by setting it to None."""
        if self._losses is not None:
            life = GradientLife(cleared=place) if value == NONE else GradientLife(assigned=place)
            _change(ref, lambda _: life, state)

    def watch_write(self, ref: int, effect: Effect, place: Place, state: State) -> None:
        """Note that a gradient is written: set to zero, or edited as clipping does."""
        if self._losses is None:
            return
        written = state.autograd.tensors[ref]
        for leaf in tuple(state.heap.owners("grad")):
            gradient = state.known_tensor(state.heap.get((leaf, "grad"), NONE))
            if gradient in state.autograd.tensors and state.autograd.tensors[gradient].storage == written.storage:
                whole = effect is Effect.ZEROES and written.region == WHOLE
                written_to = partial(GradientLife.zeroed_at if whole else GradientLife.clipped_at, place=place)
                _change(leaf, written_to, state)

    def reports(self) -> list[LossReport]:
        """What was seen of what it was asked to watch; a name that is bound there is told of if it is a loss."""
        return [
            observed.report()
            for (kind, place, name), observed in self._observed.items()
            if kind is not Kind.LOSS or place in self._terms or is_named_as_loss(name)
        ]

    def _observe(
        self,
        kind: Kind,
        place: Place,
        state: State,
        roots: Iterable[int],
        asked: Iterable[int] = (),
        name: str = "",
        owner: int | None = None,
    ) -> None:
        if self._losses is None or (kind is not Kind.LOSS and not self._losses.is_here(place)):
            return
        observed = self._observed.setdefault((kind, place, name), Observed(kind, name, self._losses.lines))
        observed.look(self, state, roots, asked, owner)

    def _look_at_losses(self, state: State, names: Iterable[str]) -> None:
        """Look at what the losses train that a statement has bound to these names."""
        tensors = tensors_by_name(state)
        for name in names:
            if name in tensors:
                tensor = state.autograd.tensors[tensors[name]]
                node = None if tensor.node is None else state.autograd.nodes.get(tensor.node)
                place = tensor.place if node is None else node.place
                self._observe(Kind.LOSS, place, state, [tensor.ref], name=name)

    def _look(self, state: State, names: Named, seen: dict[str, dict[Fact, None]]) -> None:
        tensors = tensors_by_name(state)
        for name in tensors:
            if names.means(name):
                told = seen.setdefault(name, {})
                for fact in _facts(state, name, tensors):
                    told.setdefault(fact)


def _change(ref: int, change: Callable[[GradientLife], GradientLife], state: State) -> None:
    """Note what happens to the gradient of a leaf."""
    lives = state.heap.fact(ref, GradientLives) or GradientLives()
    state.heap.note(ref, lives.after(change))


def _terms_of(roots: Iterable[int], state: State) -> set[Place]:
    """Where what is differentiated was made, and the terms that it is put together of."""
    autograd = state.autograd
    tensors = [autograd.tensors[root] for root in roots if root in autograd.tensors]
    places = {tensor.place for tensor in tensors if tensor.node is None}
    pending, seen = [tensor.node for tensor in tensors], set[int]()
    while pending:
        node = autograd.nodes.get(pending.pop() or 0)
        if node is not None and node.id not in seen:
            seen.add(node.id)
            places.add(node.place)
            if node.name.strip("_") in _ADDING:
                pending += node.edges
            elif node.name.strip("_") in _SCALING:
                pending += (
                    edge for edge in node.edges if edge in autograd.nodes and _is_one_number(autograd.nodes[edge])
                )
    return places


def _is_one_number(node: Node) -> bool:
    """Whether a node is that of a loss, by what has computed it: `loss / 2` is one as well."""
    return node.name.strip("_") in _ADDING | _SCALING or training.is_loss(node.name)


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

"""What all paths of one file share: the events, the names of the file's own code, and where we stand in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.autograd.operators import Catalogue, catalogue
from flake8_gradsafe.interpreter.events import Corrupted, Frozen, Lost, Refused
from flake8_gradsafe.interpreter.values import REWRAPPED, Items, Literal, TensorValue, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.graph import Outcome, Refusal
    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.events import Event, Untracked
    from flake8_gradsafe.interpreter.state import State
    from flake8_gradsafe.syntax import program as ir

#: More undecided conditions than this, and what follows is no longer proven.
MAX_UNDECIDED = 1
#: What something that cannot be followed adds to the undecided conditions: nothing after it is proven.
UNDECIDABLE = MAX_UNDECIDED + 1


@dataclass(frozen=True, slots=True)
class Scope:
    """The body that is being run: its function's name, its class's bases by name, whether it is a module's forward."""

    function: str = ""
    bases: tuple[str, ...] = ()
    in_forward: bool = False
    parameters: frozenset[str] = frozenset()


@dataclass(slots=True)
class Session:
    """One run over one file. `trains` tells whether anything in the file speaks for training."""

    trains: bool
    operators: Catalogue = field(default_factory=catalogue)
    events: list[Event] = field(default_factory=list)
    names: dict[str, Value] = field(default_factory=dict)
    star_imports: list[str] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    statement: Place = None
    reads: dict[Place, Place] = field(default_factory=dict)
    writing: set[Place] = field(default_factory=set)
    written: set[Place] = field(default_factory=set)
    expected: set[Place] = field(default_factory=set)
    pending: list[tuple[ir.Function, Scope, dict[str, Value]]] = field(default_factory=list)
    untracked: dict[Place, list[Untracked]] = field(default_factory=dict)

    def emit_refusals(self, state: State, place: Place) -> None:
        """Tell what the world refused at once, and end the path where that is proven."""
        refused, state.world.refused = state.world.refused, []
        for refusal in refused:
            self.emit_refusal(state, refusal, place)

    def emit_refusal(self, state: State, refusal: Refusal, place: Place, leaves: Iterable[int] = ()) -> None:
        """Tell of a RuntimeError unless the program expects one, and end the path where it is proven."""
        premises = refusal.premises | path_premises(state) | unseen_premises(state, refusal)
        if state.expecting:
            self.expected.update(write.place for write in refusal.writes)
        else:
            self.events.append(Refused(place, premises, refusal, names_of(state, leaves)))
        if not premises:
            state.signal = "raise"

    def emit_outcome(self, state: State, outcome: Outcome, place: Place) -> None:
        """Tell what a backward in sight found."""
        for refusal in outcome.refusals:
            self.emit_refusal(state, refusal, place, outcome.leaves)
        if not outcome.refused:
            memory = {state.world.tensors[leaf].storage for leaf in outcome.leaves if leaf in state.world.tensors}
            state.differentiated |= outcome.leaves | memory | {node.id for node in outcome.nodes}
        self.emit_harm(state, outcome, place, path_premises(state))
        for leaf in outcome.leaves:
            made = state.heap.get((leaf, REWRAPPED))
            if isinstance(made, Items) and (not outcome.nodes or made.items[3] == Literal(True)):
                state.heap[leaf, REWRAPPED] = Items((*made.items[:2], Literal(place), made.items[3]))
        for ref, where in outcome.frozen:
            names = names_of(state, {ref}, frozen=True)
            self.events.append(Frozen(where, path_premises(state), place, names[0] if names else ""))

    def emit_harm(self, state: State, outcome: Outcome, place: Place, assumed: frozenset[Premise]) -> None:
        """Tell of the wrong and the lost gradients of a backward."""
        for corruption in outcome.corruptions:
            target = state.world.tensors.get(corruption.write.target)
            premises = _granted(corruption.premises, assumed, self.scope) | assumed
            if target is not None and not target.tensor_seen:
                premises |= {Premise.IS_TENSOR}
            leaves = names_of(state, leaves_below(state, corruption.save.feeds))
            self.events.append(Corrupted(place, premises, corruption, leaves, self.scope.in_forward))
        for share in outcome.lost:
            premises = share.premises | assumed
            self.events.append(
                Lost(share.cut.place, premises, share, names_of(state, leaves_below(state, (share.node.id,))))
            )

    def within(self, scope: Scope) -> Session:
        """The same session, standing in another body."""
        return replace(self, scope=scope)


def _granted(premises: frozenset[Premise], assumed: frozenset[Premise], scope: Scope) -> frozenset[Premise]:
    """The premises of a caller's backward: that a module's forward is trained says already that gradients pass it."""
    if scope.in_forward and Premise.DIFFERENTIATED in assumed:
        return premises - {Premise.REQUIRES_GRAD}
    return premises


def path_premises(state: State) -> frozenset[Premise]:
    """The premise that the path is taken, where too much on it is undecided."""
    return frozenset({Premise.PATH}) if state.undecided > MAX_UNDECIDED else frozenset()


def unseen_premises(state: State, refusal: Refusal) -> frozenset[Premise]:
    """The premise that what was written is a tensor at all, where nothing showed it."""
    targets = (state.world.tensors.get(write.target) for write in refusal.writes)
    unseen = any(target is not None and not target.tensor_seen for target in targets)
    return frozenset({Premise.IS_TENSOR}) if unseen else frozenset()


def leaves_below(state: State, starts: Iterable[int]) -> set[int]:
    """The leaf tensors to which gradients flow from these nodes; a start may be a leaf itself."""
    leaves: set[int] = set()
    pending, seen = list(starts), set[int]()
    while pending:
        start = pending.pop()
        node = state.world.nodes.get(start)
        if node is None:
            leaves.add(start)
        elif start not in seen:
            seen.add(start)
            leaves.update(node.leaves)
            pending += node.edges
    return leaves


def names_of(state: State, refs: Iterable[int], *, frozen: bool = False) -> tuple[str, ...]:
    """What the program calls those of these tensors that surely require grad: names, then attributes of what has a name."""
    tensors = state.world.tensors
    wanted = {ref for ref in refs if ref in tensors and (frozen or tensors[ref].grad.sure)}
    owners = {value.id: name for name, value in state.frame.items() if hasattr(value, "id")}
    found: dict[int, str] = {}
    for name, value in state.frame.items():
        ref = state.known_tensor(value)
        if ref in wanted:
            found.setdefault(ref, name)
    for (owner, attribute), value in state.heap.items():
        if isinstance(value, TensorValue) and value.ref in wanted and owner in owners and attribute != "tensor":
            found.setdefault(value.ref, f"{owners[owner]}.{attribute}")
    return tuple(sorted(found.values()))

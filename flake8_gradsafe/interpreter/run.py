"""What all paths of one file share: the events, the names of the file's own code, and where we stand in it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.autograd.operators import OperatorTable, operator_table
from flake8_gradsafe.idioms.bindings import Bindings, bindings_of
from flake8_gradsafe.interpreter.budget import Budget
from flake8_gradsafe.interpreter.consensus import PathConsensus
from flake8_gradsafe.interpreter.domain.certainty import CONDITION
from flake8_gradsafe.interpreter.domain.frames import MODULE_FRAME
from flake8_gradsafe.interpreter.domain.values import (
    BUFFER,
    PARAMETER,
    REWRAPPED,
    UNUSED,
    ClassValue,
    FunctionValue,
    Instance,
    Literal,
    ModuleValue,
    QualifiedName,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.events import Corrupted, Frozen, LostGradient, Raised
from flake8_gradsafe.interpreter.paths.environment import environment_of
from flake8_gradsafe.interpreter.paths.loop_carried import is_stepped_since, loop_carried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.autograd.graph import AutogradError, BackwardResult
    from flake8_gradsafe.autograd.tensor import Place, Write
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.events import DataWrite, Event
    from flake8_gradsafe.syntax import program as ir

#: Statements that are run in a whole file, for the module's own body, for another entry into the file, over all paths, and for
#: one call, before it is given up.
MAX_FILE_STEPS = 14_000
MAX_STEPS = 12_000
MAX_ENTRY_STEPS = 1_500
MAX_CALL_STEPS = 750
#: Those of an entry and a call where few paths are followed: they come by as many statements.
QUICK_ENTRY_STEPS = 1_000
QUICK_CALL_STEPS = 500
#: Tensors and objects that are looked at in a whole file to see which paths are the same: without that, fewer are joined.
MAX_SEARCHED = 500_000
#: Names and leaves that are looked through in a whole file, for messages to name leaves: those of later findings have no names.
MAX_NAMED = 500_000
#: As often as this much of its budget is used up, an entry goes on with half as many paths: better that it comes to its end.
BUDGET_PARTS = 4
#: The signal of a path that was given up.
SPENT = "spent"
#: How deep an attribute may lie under a name to be called by it.
_MAX_DOTS = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """The body that is being run: its function's name, its class's bases by name, whether a module's forward runs it.

    `parameters` are those of the function through which the file was entered, where this is it. `differentiated`: a framework
    is known to run backward on what it returns. `owner` is the class's name, `body` what is run.
    """

    function: str = ""
    bases: tuple[str, ...] = ()
    in_forward: bool = False
    parameters: frozenset[str] = frozenset()
    differentiated: bool = False
    owner: str = field(default="", compare=False)
    body: tuple[ir.Statement, ...] = field(default=(), compare=False)


class Abandoned(BaseException):
    """Nobody waits any more for what a run would find."""


@dataclass(slots=True)
class Run:
    """One run over one file. `trains` tells whether anything in the file speaks for training, `on_cpu` that nothing speaks of
    another device than the processor, `keeps_defaults` that nothing changes the dtype and device that tensors are made with.
    `script`: what is run is the module's own body, which unknown code does not call. `abandoned` tells that nobody
    waits for the findings any more. `quick`: it is enough to see what may happen on some path. `by_hand`: what comes after an
    error in the module's own body is run all the same. `is_truncated`: something was left out, because a budget was used up.

    `intended` are writes through a handle that nothing else could have been made for. `definitions` are the file's functions
    as they were made, each with the names that it can see, `called` those that were run by a call (`called_here` since the
    file was entered last), `trained` those of them after which a backward in sight was run, `running` those that are being
    run, `modules` the modules that are being called. `pending` are states that wait to go on with the statement at hand,
    `raised` those that an error in a call has ended. `single_outcome`: only one way out of a call can be followed here.
    `applied` are the custom Functions that were called, `edits` where their backward writes the gradients that it is given.
    `raising_statements` are statements that raise, `optimizers_with_gradient` steps of optimizers that have had a gradient to
    use, `reached_leaves` leaves that a backward reached on some path, by where they were made. `body_done`: the module's body
    was run to its end; what was written up to the time `judged_until` was judged at its end. `steps` are the statements run
    since the file was entered last, of at most `entry_limit`, `steps_before` those of all entries before.
    """

    trains: bool
    on_cpu: bool = False
    keeps_defaults: bool = True
    abandoned: Callable[[], bool] | None = None
    quick: bool = False
    by_hand: bool = False
    script: bool = True
    operators: OperatorTable = field(default_factory=operator_table)
    events: list[Event] = field(default_factory=list)
    consensus: PathConsensus = field(default_factory=PathConsensus)
    star_imports: list[str] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    statement: Place = None
    reads: dict[Place, Place] = field(default_factory=dict)
    writing: set[Place] = field(default_factory=set)
    written: set[Place] = field(default_factory=set)
    expected: set[Place] = field(default_factory=set)
    raising_statements: set[Place] = field(default_factory=set)
    optimizers_with_gradient: set[Place] = field(default_factory=set)
    reached_leaves: set[tuple[Place, int]] = field(default_factory=set)
    intended: set[Place] = field(default_factory=set)
    data_writes: dict[Place, list[DataWrite]] = field(default_factory=dict)
    definitions: dict[int, tuple[FunctionValue, dict[str, Value]]] = field(default_factory=dict)
    classes: dict[int, ClassValue] = field(default_factory=dict)
    executed: set[int] = field(default_factory=set)
    called: set[int] = field(default_factory=set)
    called_here: set[int] = field(default_factory=set)
    trained: set[int] = field(default_factory=set)
    running: list[ir.Function] = field(default_factory=list)
    modules: list[int] = field(default_factory=list)
    pending: list[State] = field(default_factory=list)
    raised: list[State] = field(default_factory=list)
    single_outcome: bool = False
    search_budget: Budget = field(default_factory=lambda: Budget(MAX_SEARCHED))
    naming_budget: Budget = field(default_factory=lambda: Budget(MAX_NAMED))
    body_done: bool = False
    judged_until: int = 0
    applied: set[int] = field(default_factory=set)
    edits: dict[int, tuple[Place, ...]] = field(default_factory=dict)
    steps: int = 0
    steps_before: int = 0
    limit: int = MAX_STEPS
    entry_limit: int = MAX_STEPS
    is_truncated: bool = False
    mentions: dict[int, dict[str, int]] = field(default_factory=dict)
    bindings_of_bodies: dict[int, Bindings] = field(default_factory=dict)

    @property
    def searching(self) -> Budget | None:
        """What may be searched where paths are joined: nothing where a few of them are enough."""
        return None if self.quick else self.search_budget

    def surroundings(self, scope: Scope) -> Bindings:
        """What stands around the writes in a body."""
        if id(scope.body) not in self.bindings_of_bodies:
            self.bindings_of_bodies[id(scope.body)] = bindings_of(scope.body)
        return self.bindings_of_bodies[id(scope.body)]

    def start_entry(self) -> None:
        """Begin to count anew, up to the budget of an entry and to what is left of the file's."""
        limit = MAX_STEPS if self.script else QUICK_ENTRY_STEPS if self.quick else MAX_ENTRY_STEPS
        self.steps_before += self.steps
        self.steps, self.limit = 0, min(limit, max(0, MAX_FILE_STEPS - self.steps_before))
        self.entry_limit = self.limit

    def is_file_spent(self) -> bool:
        """Whether the file's budget is used up."""
        return self.steps_before + self.steps >= MAX_FILE_STEPS

    def spend(self) -> bool:
        """Count a statement; False once there were too many. Raises Abandoned."""
        if self.abandoned is not None and self.abandoned():
            raise Abandoned
        self.steps += 1
        self.is_truncated |= self.steps > self.limit
        return self.steps <= self.limit

    def path_limit_shift(self) -> int:
        """How often the number of paths that are followed at once was halved since the file was entered last."""
        return BUDGET_PARTS * self.steps // max(1, self.entry_limit)

    def is_spent(self) -> bool:
        """Whether no statement more will be run."""
        return self.steps >= self.limit

    def begin_call(self, code: ir.Function) -> int:
        """Go into a function; gives the limit of steps to go back to."""
        most = QUICK_CALL_STEPS if self.quick else MAX_CALL_STEPS
        limit, self.limit = self.limit, min(self.limit, self.steps + most)
        self.running.append(code)
        self.called.add(id(code))
        self.called_here.add(id(code))
        return limit

    def end_call(self, limit: int) -> None:
        """Go out of a function."""
        self.running.pop()
        self.limit = limit

    @contextmanager
    def following_one_outcome(self, only: bool = True) -> Iterator[None]:
        """Within this, a single way out of each call is followed; with `only` false, as many as outside of it."""
        outer, self.single_outcome = self.single_outcome, self.single_outcome or only
        yield
        self.single_outcome = outer

    def define(self, function: FunctionValue, state: State) -> None:
        """Note a function where it is made. In another's frame, what it calls looks up its names there, too."""
        frame = state.frame
        names = frame.keys() & function.code.mentions if state.current == MODULE_FRAME else frame.keys()
        known = {
            name: frame[name] for name in names if isinstance(frame[name], (QualifiedName, FunctionValue, ClassValue))
        }
        self.definitions[id(function.code)] = (function, known)

    def owner_of(self, code: ir.Function) -> ClassValue | None:
        """The class in whose body a function was made."""
        function, _ = self.definitions.get(id(code), (None, {}))
        return None if function is None or function.owner is None else self.classes.get(function.owner)

    def emit(self, event: Event, state: State, of: object = None) -> None:
        """Tell what happened on a path; `of` is what sets it apart from others of its kind at the same place."""
        self.events.append(event)
        is_whole = self.statement is self.scope or state.certainty.follows_whole_loops
        if Premise.PATH in event.premises and is_followed(state) and is_whole and _has_vote(state):
            self.consensus.record(self.statement, event, of, (id(state), state.autograd.clock))

    def resume(self, states: list[State]) -> None:
        """Let the paths that an error has ended go on behind the statement that raised it, as if that had not been there.

        A path that the program itself ends goes on where no other does. That the error is mended is one open condition,
        however many there are. What the statement would have computed is missing: of what never gets a gradient, or none
        that is used, nothing is told.
        """
        nowhere = all(state.signal for state in states)
        for state in states:
            if state.signal == "raise" and (state.after_possible_error or nowhere) and state.current == MODULE_FRAME:
                state.signal, state.opaque = "", True
                state.certainty = max(CONDITION, state.certainty)

    def arrive_at(self, statement: Place, state: State) -> None:
        """A path comes to a statement. Whoever wants to look at it there does so in a run of its own."""

    def record_visit(self, statement: Place, states: Iterable[State]) -> None:
        """Count the paths that have come by a statement."""
        self.consensus.visits[statement] += sum(map(_has_vote, states))

    def emit_errors(self, state: State, place: Place) -> None:
        """Emit the errors that PyTorch raises at once, and end the path where that is proven."""
        refused, state.autograd.refused = state.autograd.refused, []
        for refusal in refused:
            self.emit_error(state, refusal, place)

    def emit_error(
        self, state: State, refusal: AutogradError, place: Place, leaves: Iterable[int] = (), root: int | None = None
    ) -> None:
        """Tell of a RuntimeError unless the program expects one, and end the path where it is proven.

        `root`: the tensor at which the backward began that is refused.
        """
        premises = with_path(refusal.premises | unseen_premises(state, refusal), state)
        writes = tuple(_with_own_calls(write, state) for write in refusal.writes)
        refusal = replace(refusal, writes=writes) if writes else refusal
        if state.expects_error:
            self.expected.update(write.place for write in refusal.writes)
        else:
            names = Names(state)
            event = Raised(place, premises, refusal, names.of(leaves))
            self.emit(_with_route(state, event, root, names), state, refusal.kind)
            self.record_visit(self.statement, (state,))
            state.after_possible_error = True
        if not premises:
            state.signal = "raise"
            self.raising_statements.add(self.statement)

    def emit_outcome(self, state: State, outcome: BackwardResult, place: Place) -> None:
        """Tell what a backward in sight found."""
        for refusal in outcome.errors:
            self.emit_error(state, refusal, place, outcome.leaves, next(iter(outcome.roots), None))
        self.trained |= self.called_here
        if not outcome.raises:
            memory = {state.autograd.tensors[leaf].storage for leaf in outcome.leaves if leaf in state.autograd.tensors}
            self.reached_leaves.update(
                made_at(state, leaf) for leaf in outcome.leaves if leaf in state.autograd.tensors
            )
            state.differentiated |= outcome.leaves | memory | {node.id for node in outcome.nodes}
            for root in outcome.roots:
                state.note_cuts(root, any(node.opaque for node in outcome.nodes))
        self.emit_corruptions(state, outcome, place)
        for leaf in outcome.leaves:
            if leaf in outcome.accumulated:
                state.heap[leaf, UNUSED] = Literal(place)
            made = state.heap.get((leaf, REWRAPPED))
            if isinstance(made, TupleValue) and _ends_in_vain(made.items[3], outcome, state):
                state.heap[leaf, REWRAPPED] = TupleValue((*made.items[:2], Literal(place), made.items[3]))
        known = Names(state)
        for ref, where in outcome.frozen:
            names = known.of({ref}, frozen=True)
            told = _call_or_place(where, state.autograd.tensors[ref].frozen_in, state.autograd.calls)
            self.emit(Frozen(told, path_premises(state), place, names[0] if names else ""), state)

    def emit_corruptions(
        self,
        state: State,
        outcome: BackwardResult,
        place: Place,
        assumed: frozenset[Premise] = frozenset(),
        since: int | None = None,
    ) -> None:
        """Tell of the wrong and the lost gradients of a backward that is `assumed`, or in sight.

        With `since`, tell only of writes of a second forward.
        """
        owned: dict[int, bool] = {}
        if not outcome.stale_saves and not outcome.lost:
            return
        below = _LeafNames(state, self.naming_budget)
        twice = since is not None
        for corruption in outcome.stale_saves:
            if since is not None and corruption.write.time <= since:
                continue
            target = state.autograd.tensors.get(corruption.write.target)
            premises = _implied_premises_dropped(corruption.premises, assumed, self.scope) | assumed
            if target is not None and not target.tensor_seen:
                premises |= {Premise.IS_TENSOR}
            leaves = below.of(corruption.save.feeds)
            written = corruption.write.target
            if written not in owned:
                owned[written] = is_module_state(state, written)
            told = replace(corruption, write=_with_own_calls(corruption.write, state))
            premises = with_path(premises, state)
            event = Corrupted(place, premises, told, leaves, self.scope.in_forward, owned[written], twice)
            self.emit(event, state, told.write.place)
        if twice:
            return
        for share in outcome.lost:
            premises = with_path(share.premises | assumed, state)
            leaves = below.of((share.node.id,))
            self.emit(LostGradient(share.cut.place, premises, share, leaves), state)


def made_at(state: State, ref: int) -> tuple[Place, int]:
    """What a tensor is known by on all paths: where it was made, and its number, which on another path may be another's."""
    return state.autograd.tensors[ref].place, ref


def _ends_in_vain(how: Value, outcome: BackwardResult, state: State) -> bool:
    """Whether a backward that reaches a leaf which was made of something cut off teaches nothing."""
    if how == Literal("wrapped"):
        return True
    if not all((leaf, REWRAPPED) in state.heap for leaf in outcome.leaves):
        return False
    return how == Literal("assigned") or all(node.name in _ADDING for node in outcome.nodes)


#: Through these alone, a leaf is a loss, not something that a loss is computed from.
_ADDING = frozenset({"add"})


def _with_route(state: State, event: Raised, root: int | None, names: Names) -> Raised:
    """The event with how the backward from `root` came to the node to blame, where there are both."""
    node = event.error.node
    if root is None or node is None:
        return event
    carried = loop_carried(state, root)
    return replace(
        event,
        carried=None if carried is None else names.of(carried.refs),
        taken_by=() if carried is None else carried.next_reads,
        stepped=is_stepped_since(state, node),
        again=state.autograd.tensors[root].node in state.differentiated,
    )


def _with_own_calls(write: Write, state: State) -> Write:
    """A write with the calls that lead to it from where the state stands now."""
    return write._replace(calls=_calls_below(write.calls, state.autograd.calls))


def _call_or_place(place: Place, calls: tuple[Place, ...] | None, standing: tuple[Place, ...]) -> Place:
    """Where something was done, or the call through which it was, seen from where the program stands."""
    return next(iter(_calls_below(calls or (), standing)), place)


def _calls_below(calls: tuple[Place, ...], standing: tuple[Place, ...]) -> tuple[Place, ...]:
    common = 0
    while common < min(len(calls), len(standing)) and calls[common] is standing[common]:
        common += 1
    return calls[common:]


def is_module_state(state: State, ref: int) -> bool:
    """Whether a tensor is, or shares its memory with, a parameter or buffer that a module holds."""
    world, heap = state.autograd, state.heap
    if ref not in world.tensors:
        return False
    marked = (
        each.ref
        for mark in (PARAMETER, BUFFER)
        for each in world.tensors_sharing(world.tensors[ref].storage, heap.owners(mark))
        if (each.ref, mark) in heap
    )
    return any((owner, "training") in heap for each in marked for owner, _ in heap.holding(each))


def _implied_premises_dropped(
    premises: frozenset[Premise], assumed: frozenset[Premise], scope: Scope
) -> frozenset[Premise]:
    """The premises of a caller's backward: that a module's forward is trained says already that gradients pass it."""
    if scope.in_forward and Premise.DIFFERENTIATED in assumed:
        return premises - {Premise.REQUIRES_GRAD}
    return premises


def is_followed(state: State) -> bool:
    """Whether nothing on a path was left out."""
    return state.certainty.is_modelled and not state.truncated


def _has_vote(state: State) -> bool:
    """Whether a path has a vote: every loop on it had a round, and it has not come through an error."""
    return state.certainty.has_all_rounds and not state.after_possible_error


def path_premises(state: State) -> frozenset[Premise]:
    """The premise that the path is taken, where too much on it is open, or an environment is that may never be."""
    is_open = is_unproven(state) or environment_of(state)
    return frozenset({Premise.PATH}) if is_open else frozenset()


def with_path(premises: frozenset[Premise], state: State) -> frozenset[Premise]:
    """The premises of what happens on a path. An environment that may never be is none beside others."""
    return premises | path_premises(state) if not premises or is_unproven(state) else premises


def is_unproven(state: State) -> bool:
    """True if too much on a path is open to prove anything on it."""
    return state.truncated or not state.certainty.is_proven


def unseen_premises(state: State, refusal: AutogradError) -> frozenset[Premise]:
    """The premise that what was written is a tensor at all, where nothing showed it."""
    targets = (state.autograd.tensors.get(write.target) for write in refusal.writes)
    unseen = any(target is not None and not target.tensor_seen for target in targets)
    return frozenset({Premise.IS_TENSOR}) if unseen else frozenset()


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
        wanted = {ref for ref in refs if ref in tensors and (frozen or tensors[ref].grad.sure)}
        return tuple(sorted(self._all[ref] for ref in wanted if ref in self._all))

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
            for (owner, attribute), value in state.heap.items():
                if owner in owners and attribute.isidentifier() and attribute != "tensor":
                    dotted = f"{owners[owner]}.{attribute}"
                    if isinstance(value, TensorValue):
                        found.setdefault(value.ref, dotted)
                    elif isinstance(value, (Instance, ModuleValue)):
                        owners.setdefault(value.id, dotted)
        return found


class _LeafNames:
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

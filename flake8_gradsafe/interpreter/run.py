"""What all paths of one file share: the events, the names of the file's own code, and where we stand in it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from flake8_gradsafe.autograd.graph import AutogradError, ErrorKind, Premise, is_too_much
from flake8_gradsafe.autograd.operators import OperatorTable, operator_table
from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.idioms.bindings import Bindings, bindings_of
from flake8_gradsafe.idioms.detaching_helpers import detaching_helpers
from flake8_gradsafe.idioms.gradient_looks import edited_gradients, gradient_looks, logged_gradients
from flake8_gradsafe.idioms.trained_names import NO_NAMES, TrainedNames
from flake8_gradsafe.interpreter.budget import MAX_NAMED, MAX_SEARCHED, QUICK_CLEAN_FILE_STEPS, Budget, StepBudget
from flake8_gradsafe.interpreter.consensus import OF_THE_PATH, PathConsensus, Visited
from flake8_gradsafe.interpreter.domain.certainty import CONDITION
from flake8_gradsafe.interpreter.domain.facts import (
    ClearedGradient,
    ComputedFrom,
    ComputedParameters,
    IsBuffer,
    IsParameter,
    ItemOf,
    KnownTensor,
    LatestGradient,
    RewrappedAt,
    RunByItself,
    UnusedGradient,
)
from flake8_gradsafe.interpreter.domain.frames import ENCLOSING, MODULE_FRAME
from flake8_gradsafe.interpreter.domain.values import (
    ClassValue,
    FunctionValue,
    Literal,
    QualifiedName,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.events import Corrupted, DetachedInPlace, Frozen, LostGradient, Raised, Rewrapped
from flake8_gradsafe.interpreter.paths.loop_carried import (
    is_of_earlier_round,
    is_stepped_since,
    is_surely_reached,
    loop_carried,
    made_like_what_is_given,
    runs_in_each_round,
)
from flake8_gradsafe.interpreter.paths.premises import (
    has_vote,
    if_trained,
    is_followed,
    is_modelled,
    unseen_premises,
    with_path,
    without_implied,
)
from flake8_gradsafe.interpreter.scope import Scope
from flake8_gradsafe.interpreter.tensor_names import LeafNames, Names
from flake8_gradsafe.knowledge import training

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from flake8_gradsafe.autograd.graph import BackwardResult, Node
    from flake8_gradsafe.autograd.tensor import Cut, Effect, Place, Write
    from flake8_gradsafe.idioms.cut_sites import CutSite
    from flake8_gradsafe.interpreter.budget import CallLimit
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.events import DataWrite, Event
    from flake8_gradsafe.syntax import program as ir
    from flake8_gradsafe.syntax.linked import ImportTarget

#: The signal of a path that was given up.
SPENT = "spent"
#: The signal of a path that goes on in an endless loop for longer than it is followed.
ENDLESS = "endless"


#: Where a body reads gradients to look at them, to log them, and to change them, each of these with what does so.
_Reads: TypeAlias = "tuple[frozenset[Place], frozenset[Place], dict[Place, Place]]"


class GradientUse(NamedTuple):
    """A step of an optimizer, in so many loops, and the calls that led to it."""

    step: Place
    loops: int
    calls: tuple[Place, ...]


class Abandoned(BaseException):
    """Nobody waits any more for what a run would find."""


class Users(Protocol):
    """The files of a project that use the one that is run."""

    def mention(self, name: str) -> bool:
        """True if one that imports the file has a function's name in its text."""

    def call_method(self, name: str) -> bool:
        """True if any of them calls a method of this name."""

    def copy_for(self, name: str) -> bool:
        """True if one that imports the file gives a class of this name what a call makes, or what is named as a copy."""

    def derive_from(self, name: str) -> bool:
        """True if one of them has a class that derives from one of this name."""


@dataclass(slots=True)
class Run:
    """One run over one file. `trains` tells whether anything in the file speaks for training, `on_cpu` that nothing speaks of
    another device than the processor, `keeps_defaults` that nothing changes the dtype and device that tensors are made with,
    `names` which names are those of models that it trains.
    `script`: what is run is the module's own body, which unknown code does not call. `abandoned` tells that nobody
    waits for the findings any more. `quick`: it is enough to see what may happen on some path. `by_hand`: what comes after an
    error in the module's own body is run all the same. `linked` are the imports that were followed within the project,
    `foreign` the functions and classes of its other files, by `id()`, which are entered by calls alone. `clean`: the file holds
    nothing suspicious itself. `led_by` are the calls through which something happened first at a place.
    `users` are the files of the project that use this one, None where they are not known.

    `intended` are writes through a handle that nothing else could have been made for, `written_in_forward` those in place in a
    module's forward. `definitions` are the file's functions
    as they were made, each with the names that it can see, `called` those that were run by a call (`called_here` since the
    file was entered last), `trained` those of them after which a backward in sight was run, `running` those that are being
    run, `modules` the modules that are being called. `followed_calls` are those functions of which a call left nothing out.
    `entries` counts how often the file was entered, at last at `entered_at`, `backward_count` how many backwards in sight were
    run; `clears`: since it was entered last, gradients were cleared in sight; `fits`: a
    framework trains what a class of the file is; `is_watched`: somebody looks at what happens at some lines.
    `pending` are states that wait to go on with the
    statement at hand, `raised` those that an error in a call has ended. `rounds` tells in which
    round each of the loops is that are being run, `decided` counts the conditions that went a known way, but for those that are
    `settled`: they go so in the rounds that are not followed, too. `single_outcome`: only one way out of a call can be
    followed here.
    `applied` are the custom Functions that were called, `edits` where their backward writes the gradients that it is given.
    `raising_statements` are statements that raise, `optimizers_with_gradient` steps of optimizers that have had a gradient to
    use, `reached_leaves` leaves that a backward reached on some path, by where they were made, `returned_leaves` those that one
    through what a function returns would reach, `held_leaves` those that some optimizer holds, `spared_leaves` those whose
    gradients the program uses itself, or which it moves;
    `unheld` are those of which it was told that none does, by number. `uses` are the steps that used a backward's gradient of
    a leaf, `steps_of_any` those of the only optimizer that there is, when no name led to its model any more, `read_backwards`
    the backwards of which the program has read a gradient itself, `useful_edits` where gradients are clipped that a
    step uses, `dropped` the expression whose value the statement at hand drops, `dropped_operand` the tensor that this
    computes it from, by an operator. `retains_unknown`: something of which nothing is known was told to keep its gradient.
    `dead_stores` tells of assignments whether what they bind is never read, `passed_through` are operators that have passed a
    gradient on. `body_done`: the module's body was run to its end; what was written up to the time `judged_until` was judged
    at its end.
    """

    trains: bool
    on_cpu: bool = False
    keeps_defaults: bool = True
    names: TrainedNames = NO_NAMES
    abandoned: Callable[[], bool] | None = None
    quick: bool = False
    by_hand: bool = False
    linked: Mapping[ir.Import, ImportTarget] = field(default_factory=dict)
    foreign: frozenset[int] = frozenset()
    clean: bool = False
    led_by: dict[Place, tuple[Place, ...]] = field(default_factory=dict)
    users: Users | None = None
    script: bool = True
    operators: OperatorTable = field(default_factory=operator_table)
    events: list[Event] = field(default_factory=list)
    consensus: PathConsensus = field(default_factory=PathConsensus)
    star_imports: list[str] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    statement: Place = None
    dropped: Place = None
    dropped_operand: int | None = None
    reads: dict[Place, Place] = field(default_factory=dict)
    writing: set[Place] = field(default_factory=set)
    written: set[Place] = field(default_factory=set)
    written_in_forward: set[Place] = field(default_factory=set)
    expected: set[Place] = field(default_factory=set)
    raising_statements: set[Place] = field(default_factory=set)
    optimizers_with_gradient: set[Place] = field(default_factory=set)
    reached_leaves: set[tuple[Place, int]] = field(default_factory=set)
    held_leaves: set[tuple[Place, int]] = field(default_factory=set)
    spared_leaves: set[tuple[Place, int]] = field(default_factory=set)
    unheld: set[int] = field(default_factory=set)
    uses: dict[tuple[Place, int], set[GradientUse]] = field(default_factory=dict)
    useful_edits: set[Place] = field(default_factory=set)
    steps_of_any: set[GradientUse] = field(default_factory=set)
    read_backwards: set[Place] = field(default_factory=set)
    returned_leaves: set[tuple[Place, int]] = field(default_factory=set)
    intended: set[Place] = field(default_factory=set)
    data_writes: dict[tuple[Place, int], list[DataWrite]] = field(default_factory=dict)
    entries: int = 0
    entered_at: int = 0
    definitions: dict[int, tuple[FunctionValue, dict[str, Value]]] = field(default_factory=dict)
    classes: dict[int, ClassValue] = field(default_factory=dict)
    executed: set[int] = field(default_factory=set)
    called: set[int] = field(default_factory=set)
    called_here: set[int] = field(default_factory=set)
    followed_calls: set[int] = field(default_factory=set)
    trained: set[int] = field(default_factory=set)
    running: list[ir.Function] = field(default_factory=list)
    #: Of those that are running, whether each was called by a name that is not its own, as callbacks are.
    called_back: list[bool] = field(default_factory=list)
    modules: list[int] = field(default_factory=list)
    pending: list[State] = field(default_factory=list)
    raised: list[State] = field(default_factory=list)
    single_outcome: bool = False
    decided: int = 0
    settled: set[int] = field(default_factory=set)
    rounds: list[int] = field(default_factory=list)
    backward_count: int = 0
    clears: bool = False
    fits: bool = False
    is_watched: bool = False
    asking: bool = False
    retains_unknown: bool = False
    literals: dict[ir.Constant, Literal] = field(default_factory=dict)
    budget: StepBudget = field(init=False)
    search_budget: Budget = field(default_factory=lambda: Budget(MAX_SEARCHED))
    naming_budget: Budget = field(default_factory=lambda: Budget(MAX_NAMED))
    body_done: bool = False
    judged_until: int = 0
    applied: set[int] = field(default_factory=set)
    edits: dict[int, tuple[Place, ...]] = field(default_factory=dict)
    #: Of custom Functions: which inputs' gradients depend on what their contexts keep, by its name and place there.
    surely_read: dict[int, dict[tuple[str, int], frozenset[int]]] = field(default_factory=dict)
    mentions: dict[int, dict[str, int]] = field(default_factory=dict)
    cut_sites: dict[int, dict[Place, CutSite]] = field(default_factory=dict)
    shared_cuts: set[Place] = field(default_factory=set)
    #: The cuts that were made on the way to an array: `hidden.detach().cpu().numpy()`.
    through_numpy: set[Place] = field(default_factory=set)
    #: The calls that have asked for gradients with a graph of their own.
    second_order: set[Place] = field(default_factory=set)
    #: Where a tensor was cut off in place that a list or a dict keeps.
    kept_cuts: set[Place] = field(default_factory=set)
    #: The loops that are being run, as `rounds` has them.
    loops: list[object] = field(default_factory=list)
    dead_stores: dict[int, bool] = field(default_factory=dict)
    passed_through: set[Place] = field(default_factory=set)
    _detaching: tuple[int, frozenset[str]] = (0, frozenset())
    _reassigned: tuple[int, frozenset[str]] = (0, frozenset())
    bindings_of_bodies: dict[int, Bindings] = field(default_factory=dict)
    _looks_of_bodies: dict[int, _Reads] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with whole budgets."""
        self.budget = StepBudget(self.quick)
        if self.quick and self.clean:
            self.budget.file_limit = QUICK_CLEAN_FILE_STEPS

    @property
    def searching(self) -> Budget | None:
        """What may be searched where paths are joined: nothing where a few of them are enough."""
        return None if self.quick else self.search_budget

    def surroundings(self, scope: Scope) -> Bindings:
        """What stands around the writes in a body."""
        if id(scope.body) not in self.bindings_of_bodies:
            self.bindings_of_bodies[id(scope.body)] = bindings_of(scope.body)
        return self.bindings_of_bodies[id(scope.body)]

    def spend(self) -> bool:
        """Count a statement; False once there were too many. Raises Abandoned."""
        if self.abandoned is not None and self.abandoned():
            raise Abandoned
        if self.running and id(self.running[-1]) in self.foreign:
            self.budget.linked += 1
        return self.budget.spend()

    def begin_call(self, code: ir.Function) -> CallLimit:
        """Go into a function; gives the limit of steps to go back to."""
        trains = code.name in self.names.training_functions
        self.running.append(code)
        self.called.add(id(code))
        self.called_here.add(id(code))
        return self.budget.begin_call(trains=trains)

    def end_call(self, limit: CallLimit, ways: Iterable[State]) -> None:
        """Go out of a function, by all of these ways."""
        if all(map(is_modelled, ways)):
            self.followed_calls.add(id(self.running[-1]))
        self.running.pop()
        self.called_back.pop()
        self.budget.end_call(limit, of_others=bool(self.running) and id(self.running[-1]) in self.foreign)

    def is_in_constructor(self) -> bool:
        """Whether a constructor is being run: an object of no layers at all is none that anybody makes."""
        return any(code.name == "__init__" for code in self.running)

    @contextmanager
    def following_one_outcome(self, only: bool = True) -> Iterator[None]:
        """Within this, a single way out of each call is followed; with `only` false, as many as outside of it."""
        outer, self.single_outcome = self.single_outcome, self.single_outcome or only
        yield
        self.single_outcome = outer

    @contextmanager
    def only_trying(self) -> Iterator[None]:
        """Within this, code is run to see what it does, on a state of its own: nothing that it would tell is told."""
        told, writes = len(self.events), dict(self.data_writes)
        with self.following_one_outcome():
            yield
        del self.events[told:]
        self.data_writes = writes

    def define(self, function: FunctionValue, state: State) -> None:
        """Note a function where it is made. In another's frame, what it calls looks up its names there, too."""
        frame = state.frame
        names = frame.keys() & function.code.mentions if ENCLOSING not in frame else frame.keys()
        known = {
            name: frame[name] for name in names if isinstance(frame[name], (QualifiedName, FunctionValue, ClassValue))
        }
        self.definitions[id(function.code)] = (function, known)

    @property
    def detaching_helpers(self) -> frozenset[str]:
        """The functions made so far that do nothing but detach, by name."""
        if self._detaching[0] != len(self.definitions):
            codes = (function.code for function, _ in self.definitions.values())
            self._detaching = len(self.definitions), detaching_helpers(codes)
        return self._detaching[1]

    @property
    def reassigned(self) -> frozenset[str]:
        """The attributes of `self` that functions made so far bind elsewhere than in a constructor."""
        if self._reassigned[0] != len(self.definitions):
            codes = (function.code for function, _ in self.definitions.values())
            bound = frozenset(name for code in codes if code.name != "__init__" for name in code.assigns)
            self._reassigned = len(self.definitions), bound
        return self._reassigned[1]

    @property
    def body(self) -> ir.Body:
        """The statements of what is being run: of the innermost function, or of what was entered."""
        return self.running[-1].body if self.running else self.scope.body

    @property
    def own_functions(self) -> list[ir.Function]:
        """The functions and methods of the file itself that were made by now."""
        return [function.code for function, _ in self.definitions.values() if id(function.code) not in self.foreign]

    @property
    def plain_functions(self) -> dict[str, ir.Function]:
        """The functions made by now that belong to no class, of all files, by their names."""
        made = (function for function, _ in self.definitions.values() if function.owner is None)
        return {function.code.name: function.code for function in made}

    @property
    def modules_by_name(self) -> dict[str, ir.Class]:
        """The classes of modules that were made by now, of all files."""
        return {cls.code.name: cls.code for cls in self.classes.values() if cls.kind == "module"}

    def owner_of(self, code: ir.Function) -> ClassValue | None:
        """The class in whose body a function was made."""
        function, _ = self.definitions.get(id(code), (None, {}))
        return None if function is None or function.owner is None else self.classes.get(function.owner)

    def looks_at_gradient(self, read: ir.Attribute, *, keeps_numbers: bool) -> bool:
        """Whether the body that is run reads a gradient only to look at it. `keeps_numbers`: it may make a number of it."""
        looked_at, logged, _ = self._reads_of_gradients()
        return read.place in (looked_at if keeps_numbers else logged)

    def edit_of_gradient(self, read: ir.Attribute) -> Place:
        """What changes a gradient in place that the body which is run reads for nothing else."""
        return self._reads_of_gradients()[2].get(read.place)

    def _reads_of_gradients(self) -> _Reads:
        body = self.body
        if id(body) not in self._looks_of_bodies:
            self._looks_of_bodies[id(body)] = gradient_looks(body), logged_gradients(body), edited_gradients(body)
        return self._looks_of_bodies[id(body)]

    def emit(self, event: Event, state: State, of: object = None) -> None:
        """Tell what happened on a path; `of` is what sets it apart from others of its kind at the same place."""
        self.events.append(event)
        if self.foreign:
            self.led_by.setdefault(event.place, state.autograd.calls)
        if has_vote(state) and not state.truncated_at:
            whole = is_followed(state) and (self.statement is self.scope or state.certainty.follows_whole_loops)
            visit = (id(state), state.autograd.clock)
            outcomes = state.certainty.outcomes() if whole else None
            visited = Visited(self.statement, tuple(self.rounds))
            self.consensus.record(visited, event, of, visit, whole=whole, outcomes=outcomes)

    def resume(self, states: list[State]) -> None:
        """Let the paths that an error ends go on behind the statement that raised it, as if that had not been there.

        A path that the program itself ends goes on where no other does. That somebody goes on is one open condition, however
        many errors there are. What the statement would have computed is missing: of what never gets a gradient, or none
        that is used, nothing is told.
        """
        nowhere = all(state.signal for state in states)
        for state in states:
            ended = state.signal == "raise" and (state.after_possible_error or nowhere)
            if (ended or state.mended) and state.current == MODULE_FRAME:
                state.signal, state.opaque, state.mended = "", True, False
                if state.certainty.total < CONDITION:
                    state.assume(CONDITION)

    def arrive_at(self, statement: Place, state: State) -> None:
        """A path comes to a statement. Whoever wants to look at it there does so in a run of its own."""

    def watch_backward(
        self, outcome: BackwardResult, asked: Iterable[int], place: Place, state: State, *, accumulates: bool
    ) -> None:
        """Something was differentiated, with respect to what was `asked` for. A run that looks at gradients begins here."""

    def watch_step(self, held: Iterable[int], place: Place, state: State, owner: int) -> None:
        """An optimizer, the `owner`, is about to step what it holds."""

    def watch_clearing(self, refs: Iterable[int], place: Place, state: State, owner: int | None = None) -> None:
        """Gradients were cleared; the `owner` is the optimizer that has done it, if one has."""

    def watch_clipping(self, refs: Iterable[int], place: Place, state: State) -> None:
        """Gradients were clipped."""

    def watch_write(self, ref: int, effect: Effect, place: Place, state: State) -> None:
        """A tensor, which may be a gradient, is written in place."""

    def watch_assigned_gradient(self, ref: int, value: Value, place: Place, state: State) -> None:
        """The program has set a gradient itself."""

    def record_visit(self, statement: Place, states: Iterable[State]) -> None:
        """Count the paths that have come by a statement."""
        visited = Visited(statement, tuple(self.rounds))
        for state in filter(has_vote, states):
            self.consensus.come_by(visited, state.certainty)

    def emit_errors(self, state: State, place: Place) -> None:
        """Emit the errors that PyTorch raises at once, and end the path where that is proven."""
        refused, state.autograd.refused = state.autograd.refused, []
        for refusal in refused:
            self.emit_error(state, refusal, place)

    def emit_error(
        self, state: State, refusal: AutogradError, place: Place, leaves: Iterable[int] = (), root: int | None = None
    ) -> bool:
        """Tell of a RuntimeError unless the program expects one, and whether it is proven on the path.

        One that is expected ends the path if it is proven. Any other path goes on as if the error were mended.
        `root`: the tensor at which the backward began that is refused.
        """
        premises = with_path(refusal.premises | unseen_premises(state, refusal), state, refusal.since)
        writes = tuple(_with_own_calls(write, state) for write in refusal.writes)
        refusal = replace(refusal, writes=writes) if writes else refusal
        if state.expects_error:
            self.expected.update(write.place for write in refusal.writes)
        elif self.quick and is_too_much(premises - OF_THE_PATH):
            state.after_possible_error = True
        else:
            names = Names(state)
            event = Raised(place, premises, refusal, names.of(leaves))
            self.emit(self._with_route(state, event, root, names), state, refusal.kind)
            self.record_visit(self.statement, (state,))
            state.after_possible_error = True
        if not premises and state.expects_error:
            state.signal = "raise"
            self.raising_statements.add(self.statement)
        elif not premises:
            state.mended = state.opaque = state.hidden = True  # what is missing behind it, nothing may be told of
        return not premises

    def _with_route(self, state: State, event: Raised, root: int | None, names: Names) -> Raised:
        """The event with how the backward from `root` came to the node to blame, where there are both."""
        node = event.error.node
        if root is None or node is None:
            return event
        carried, handed_on = loop_carried(state, root), names.of_any(made_like_what_is_given(state, node))
        keeps_graph = any(map(training.is_hidden_state, handed_on)) and not self._detaches_in_place()
        earlier = not keeps_graph and is_of_earlier_round(state, root, node)
        return replace(
            event,
            carried=None if carried is None else names.of(carried.refs),
            taken_by=() if carried is None else carried.next_reads,
            stepped=is_stepped_since(state, node),
            again=state.autograd.tensors[root].node in state.differentiated,
            of_earlier_round=earlier,
            surely_reached=not earlier and is_surely_reached(state, root, node),
            each_round=carried is not None and runs_in_each_round(self.statement, self.body),
        )

    def _detaches_in_place(self) -> bool:
        return any(isinstance(told, DetachedInPlace) for told in self.events)

    def emit_outcome(self, state: State, outcome: BackwardResult, place: Place) -> None:
        """Tell what a backward in sight found."""
        root = next(iter(outcome.roots), None)
        proven = [self.emit_error(state, refusal, place, outcome.leaves, root) for refusal in outcome.errors]
        self.trained |= self.called_here
        self.backward_count += 1
        if not any(proven):
            memory = {state.autograd.tensors[leaf].storage for leaf in outcome.leaves if leaf in state.autograd.tensors}
            given = outcome.leaves if outcome.accumulated or outcome.frozen else ()  # `autograd.grad` sets no `.grad`
            self.reached_leaves.update(made_at(state, leaf) for leaf in given if leaf in state.autograd.tensors)
            state.differentiated |= outcome.leaves | memory | {node.id for node in outcome.nodes}
            for root in outcome.roots:
                state.note_cuts(root)
            state.opaque |= any(node.opaque and not node.gradient for node in outcome.nodes)
            state.hidden |= any(map(self.may_hide_parameters, outcome.nodes))
            self._emit_cut_off_models(state, outcome, place)
        self.emit_corruptions(state, outcome, place)
        for leaf in outcome.leaves:
            if leaf in outcome.accumulated:
                state.heap.note(leaf, UnusedGradient(place))
                state.heap.note(leaf, LatestGradient(place, state.autograd.clock, tuple(self.rounds)))
            made = state.heap.fact(leaf, RewrappedAt)
            if made is not None and _ends_in_vain(leaf, made, outcome, state):
                alone = made.how != "called" or leaf in _alone_in_a_term(outcome, state)
                state.heap.note(leaf, replace(made, backward=place, alone=alone))
                if made.granted and leaf in outcome.accumulated:
                    premises = with_path(frozenset({Premise.TRAINED}), state, made.time)
                    self.emit(Rewrapped(made.place, premises, made.cut, place), state)
        known = Names(state)
        for ref, where in outcome.frozen:
            names = known.of({ref}, frozen=True)
            told = call_or_place(where, state.autograd.tensors[ref].frozen_in, state.autograd.calls)
            since = min((node.id for node in state.autograd.consumers(ref)), default=0)
            premises = with_path(if_trained((ref,), state), state, since)
            self.emit(Frozen(told, premises, place, names[0] if names else ""), state)

    def may_hide_parameters(self, node: Node) -> bool:
        """Whether a node was made by code out of sight that may have parameters of its own.

        A loss is taken to have none, nor has a method of a tensor, or a function that is imported.
        """
        if not node.opaque or node.trained or self._arranges(node.name):
            return False
        if node.name.endswith("(self)"):
            return True
        return not training.is_loss(node.name) and _FUNCTION.search(node.name) is None

    def _may_be_computed_elsewhere(self, leaf: int, state: State) -> bool:
        """Whether a tensor may be a parameter that an optimizer holds, or have a graph from code out of sight: it is held by an
        object that such code has worked on.
        """
        holders = [owner for owner, kept in state.heap.facts_of_kind(KnownTensor) if kept.ref == leaf]
        for _ in range(_MOST_LEVELS):
            owners = {owner for each in holders for owner in _owners_of(each, state)}
            names = {
                name for owner in owners for name, held in state.heap.attributes(owner) if _is_any_of(held, holders)
            }
            if any(state.heap.has(owner, RunByItself) for owner in owners) or any(map(self.names.may_be_held, names)):
                return True
            holders = list(owners)
        return False

    def _arranges(self, name: str) -> bool:
        """Whether code of this name surely has no parameters."""
        return name in _ARRANGING or name in self.operators.methods or name in self.operators.rows

    def _emit_cut_off_models(self, state: State, outcome: BackwardResult, place: Place) -> None:
        """Tell of a backward that reaches no parameter at all, since the models that it comes from are cut off from it."""
        over_models = self._cuts_over_models(state, outcome)
        if state.expects_error or not over_models or self._reaches_what_may_be_trained(state, outcome):
            return
        refusal = AutogradError(ErrorKind.NO_GRAD, frozenset({Premise.TRAINED}), cuts=over_models)
        self.emit_error(state, refusal, place)
        state.cuts = frozenset((leaf, cut) for leaf, cut in state.cuts if cut not in over_models)
        below = state.autograd.leaves_below(origin for cut in over_models for origin in cut.origins)
        for leaf in state.autograd.trained & below:
            state.heap.forget(leaf, ClearedGradient)  # that it gets none is told

    def _cuts_over_models(self, state: State, outcome: BackwardResult) -> frozenset[Cut]:
        """The cuts behind what is differentiated that keep gradients from models which are taken to be trained."""
        roots = [state.autograd.tensors[root] for root in outcome.roots]
        cuts = frozenset(cut for root in roots for cut in root.cuts if cut.kind is not CutKind.OPERATOR)
        return frozenset(cut for cut in cuts if state.autograd.is_over_trained(cut))

    def _reaches_what_may_be_trained(self, state: State, outcome: BackwardResult) -> bool:
        """Whether a backward reaches a parameter, or what may be one, or may lead to some."""
        if any(map(state.autograd.is_trainable, outcome.leaves)):
            return True
        if any(map(self.may_hide_parameters, outcome.nodes)):
            return True
        if any(root in state.heap.owners(RewrappedAt) for root in outcome.roots):
            return True
        return any(self._may_be_computed_elsewhere(leaf, state) for leaf in outcome.leaves)

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
        below = LeafNames(state, self.naming_budget)
        twice = since is not None
        for corruption in outcome.stale_saves:
            if since is not None and corruption.write.time <= since:
                continue
            target = state.autograd.tensors.get(corruption.write.target)
            premises = corruption.premises | assumed
            if target is not None and not target.tensor_seen:
                premises |= {Premise.IS_TENSOR}
            if Premise.DIFFERENTIATED in assumed:
                written_to = (corruption.write.target,)
                premises = without_implied(premises, self.scope, state, (corruption.node, corruption.save), written_to)
            leaves = below.of(corruption.save.feeds)
            written = corruption.write.target
            if written not in owned:
                owned[written] = is_module_state(state, written)
            told = replace(corruption, write=_with_own_calls(corruption.write, state))
            premises = with_path(premises, state, corruption.save.time)
            scope, there = self.scope.in_forward, told.write.place in self.written_in_forward
            event = Corrupted(place, premises, told, leaves, scope, owned[written], twice, there)
            self.emit(event, state, told.write.place)
        if twice:
            return
        for share in outcome.lost:
            premises = with_path(share.premises | assumed, state, share.node.id)
            leaves = below.of((share.node.id,))
            self.emit(LostGradient(share.cut.place, premises, share, leaves), state)


def made_at(state: State, ref: int) -> tuple[Place, int]:
    """What a tensor is known by on all paths: where it was made, and its number, which on another path may be another's."""
    return state.autograd.tensors[ref].place, ref


#: The names of methods of tensors, and the full names of functions: those of classes and their objects are written otherwise.
_FUNCTION = re.compile(r"^\.|^(?:torch|numpy|einops)\.|\.[a-z_]+$")
#: The names of what makes the graph of a gradient, makes, holds or moves tensors, or scales a loss.
_ARRANGING = frozenset(
    "grad container choice index item part to cuda cpu to_device type scale reduce rearrange repeat pack pad_packed get "
    "view_as make_grid append extend join all_gather gather_all all_reduce zeros_like ones_like full_like rand_like "
    "randn_like empty_like zeros ones full rand randn tensor as_tensor".split()
)


def _owners_of(held: int, state: State) -> Iterator[int]:
    """Return what an unknown value is an attribute or an item of, or was computed from."""
    item, computed = state.heap.fact(held, ItemOf), state.heap.fact(held, ComputedFrom)
    if item is not None:
        yield item.owner
    yield from (value.id for value in (() if computed is None else computed.values) if isinstance(value, Unknown))
    for (owner, key), value in state.heap.items():
        if isinstance(key, str) and isinstance(value, Unknown) and value.id == held:
            yield owner


def _is_any_of(value: Value, numbers: list[int]) -> bool:
    return isinstance(value, Unknown) and value.id in numbers


#: Of an object in an object in an object, so many are looked at.
_MOST_LEVELS = 3


def _ends_in_vain(leaf: int, made: RewrappedAt, outcome: BackwardResult, state: State) -> bool:
    """Whether a backward that reaches a leaf which was made of something cut off teaches nothing."""
    if made.how == "wrapped":
        return True
    if not made.granted and not made.of_argument and parameters_behind(leaf, made, state):
        return True  # unless it is all the same to those parameters, which the end of the path tells
    if not all(state.heap.has(other, RewrappedAt) for other in outcome.leaves):
        return False
    arranging = REDUCING if made.granted else _ADDING
    return made.how == "assigned" or all(node.name in arranging for node in outcome.nodes)


def parameters_behind(leaf: int, made: RewrappedAt, state: State) -> frozenset[int]:
    """The parameters of modules from which a leaf was cut off that was made of what they compute."""
    origins = {origin for cut in state.autograd.tensors[leaf].cuts if cut.place is made.cut for origin in cut.origins}
    return frozenset(each for each in state.autograd.leaves_below(origins) if state.heap.has(each, IsParameter))


def _alone_in_a_term(outcome: BackwardResult, state: State) -> set[int]:
    """The leaves made of what was cut off that are all that a term of the loss leads to: nothing is trained through it."""
    nodes = state.autograd.nodes
    pending = [ref if (node := state.autograd.tensors[ref].node) is None else node for ref in outcome.roots]
    found: set[int] = set()
    seen: set[int] = set()
    while pending:
        start = pending.pop()
        if start in seen:
            continue
        seen.add(start)
        leaves = state.autograd.leaves_below((start,))
        if leaves and all(state.heap.has(leaf, RewrappedAt) for leaf in leaves):
            found |= leaves
        elif start in nodes and nodes[start].name in _TERMS and not nodes[start].opaque:
            pending += [*nodes[start].edges, *nodes[start].leaves]
    return found


#: What a loss is put together by.
_TERMS = frozenset({"add", "sub", "iadd", "isub", "add_", "sub_", "sum", "mean", "stack", "mul", "div", "neg"})


#: Through these alone, a leaf is a loss, not something that a loss is computed from; one that models out of sight have computed
#: may hold its terms.
_ADDING = frozenset({"add"})
REDUCING = _ADDING | {"sum", "mean", "stack", "mul", "truediv"}


def _with_own_calls(write: Write, state: State) -> Write:
    """A write with the calls that lead to it from where the state stands now."""
    return write._replace(calls=_calls_below(write.calls, state.autograd.calls))


def call_or_place(place: Place, calls: tuple[Place, ...] | None, standing: tuple[Place, ...]) -> Place:
    """Where something was done, or the call through which it was, seen from where the program stands."""
    return next(iter(_calls_below(calls or (), standing)), place)


def _calls_below(calls: tuple[Place, ...], standing: tuple[Place, ...]) -> tuple[Place, ...]:
    common = 0
    while common < min(len(calls), len(standing)) and calls[common] is standing[common]:
        common += 1
    return calls[common:]


def is_module_state(state: State, ref: int) -> bool:
    """Whether a tensor is, or shares its memory with, or may share it with, a parameter or buffer that a module holds."""
    autograd, heap = state.autograd, state.heap
    if ref not in autograd.tensors:
        return False
    storage = autograd.tensors[ref].storage
    marked = (
        each.ref
        for kind in (IsParameter, IsBuffer)
        for shared in (storage, *(share.storage for share in autograd.shares.get(storage, ())))
        for each in autograd.tensors_sharing(shared, heap.owners(kind))
        if heap.has(each.ref, kind)
    )
    return any(is_held_by_module(state, each) for each in marked)


def is_computed_parameter(state: State, ref: int) -> bool:
    """Whether a tensor is, or shares its memory with, what a module keeps of a parameter that it computes from others."""
    sharing = state.autograd.tensors_sharing(state.autograd.tensors[ref].storage)
    holders = (holder for each in sharing for holder in state.heap.holding(each.ref))
    parts = ((state.heap.fact(owner, ComputedParameters), name) for owner, name in holders)
    return any(held is not None and any(part.name == name for part in held.parts) for held, name in parts)


def is_held_by_module(state: State, ref: int) -> bool:
    """Whether a tensor is an attribute of a module."""
    return any((owner, "training") in state.heap for owner, _ in state.heap.holding(ref))

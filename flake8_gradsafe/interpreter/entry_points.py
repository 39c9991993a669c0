"""Where the interpreter enters a file: its body, then the functions and methods that nothing in the file was seen to call."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Vanishing
from flake8_gradsafe.autograd.tensor import Grad
from flake8_gradsafe.idioms.trained_names import NO_NAMES, TrainedNames
from flake8_gradsafe.idioms.write_site import is_plain
from flake8_gradsafe.interpreter import framework_fits
from flake8_gradsafe.interpreter.calls.program import bind_arguments, take_decorators
from flake8_gradsafe.interpreter.checks import end_of_path
from flake8_gradsafe.interpreter.checks.clearing import spelled_clearing
from flake8_gradsafe.interpreter.checks.dropped import used_in_the_end
from flake8_gradsafe.interpreter.checks.dropped_updates import emit_dropped_layers, emit_vain_bindings
from flake8_gradsafe.interpreter.checks.explained import unexplained
from flake8_gradsafe.interpreter.checks.kept_graphs import emit_carried_sums, emit_kept_losses
from flake8_gradsafe.interpreter.checks.kept_states import emit_kept_states
from flake8_gradsafe.interpreter.checks.meant_constants import emit_differentiated_constants
from flake8_gradsafe.interpreter.checks.out_of_reach import may_be_reached
from flake8_gradsafe.interpreter.checks.penalties import emit_constant_losses, emit_constant_penalties
from flake8_gradsafe.interpreter.checks.shared_models import emit_kept_values, emit_shared_models
from flake8_gradsafe.interpreter.checks.unreached import emit_unreached_writes
from flake8_gradsafe.interpreter.checks.unregistered import (
    emit_cut_layers,
    emit_left_out,
    emit_losses_left_out,
    emit_other_models,
    emit_replaced_layers,
    emit_unregistered,
    seen_unregistered,
)
from flake8_gradsafe.interpreter.checks.used_elsewhere import Entered, as_used_elsewhere
from flake8_gradsafe.interpreter.checks.vain_edits import is_harmless
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import NOTHING_ASSUMED
from flake8_gradsafe.interpreter.domain.facts import (
    FilledWith,
    InRange,
    IsArgument,
    IsBuffer,
    IsClassMethod,
    IsParameter,
    IsStaticMethod,
    SpelledAs,
)
from flake8_gradsafe.interpreter.domain.frames import MODULE_FRAME
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    RETURNED,
    ClassValue,
    FunctionValue,
    Instance,
    Literal,
    ModuleValue,
    OptimizerValue,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.events import (
    ClearedTooEarly,
    GradientVanishes,
    NeverTrained,
    NotHeld,
    OutOfReach,
    SteppedInVain,
)
from flake8_gradsafe.interpreter.expressions.evaluator import ExpressionInterpreter
from flake8_gradsafe.interpreter.function_tables import names_in_tables
from flake8_gradsafe.interpreter.models.classes import class_attribute
from flake8_gradsafe.interpreter.models.custom_functions import enter_custom
from flake8_gradsafe.interpreter.models.opaque import model_given, recognized
from flake8_gradsafe.interpreter.paths.environment import forget_environment
from flake8_gradsafe.interpreter.paths.join import amount_trained
from flake8_gradsafe.interpreter.run import ENDLESS, SPENT, Run
from flake8_gradsafe.interpreter.scope import Scope
from flake8_gradsafe.interpreter.statements.running import StatementInterpreter
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.linked import LinkedModule
from flake8_gradsafe.syntax.queries import last_name, methods_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.framework_fits import Fit
    from flake8_gradsafe.interpreter.run import Users
    from flake8_gradsafe.syntax.linked import ImportTarget

#: Ways out of a constructor on which methods are run.
MAX_OBJECTS = 2
_RANKS = 3
#: So many batches a model is given that differentiates its losses itself: what one leaves, the next may use.
_BATCHES = 2


def run(
    body: tuple[ir.Statement, ...],
    *,
    trains: bool,
    on_cpu: bool = False,
    keeps_defaults: bool = True,
    names: TrainedNames = NO_NAMES,
    skippable: frozenset[str] = frozenset(),
    abandoned: Callable[[], bool] | None = None,
    quick: bool = False,
    by_hand: bool = False,
    linked: Mapping[ir.Import, ImportTarget] | None = None,
    foreign: frozenset[int] = frozenset(),
    clean: bool = False,
    led_by: dict[Place, tuple[Place, ...]] | None = None,
    users: Users | None = None,
    enough: Callable[[Event], bool] | None = None,
    executed: set[int] | None = None,
) -> list[Event]:
    """Run a module's body, then what nothing in the file was seen to call, with unknown arguments.

    `trains` tells whether anything in the file speaks for training: without it, no caller is taken to differentiate.
    `on_cpu`: nothing in it speaks of another device than the processor; `keeps_defaults`: nor changes the dtype or the device
    that tensors are made with; `names` are those of models that it trains. `skippable` are functions, by `name` or
    `Class.name`, that need not be entered. `quick`: some paths will do; after an event that is `enough` the file is not
    entered again. `by_hand`: somebody runs the module's body piece by piece, and goes on after an error. `linked` are the
    imports that were followed within the project, `foreign` the functions of its other files, by `id()`, which are not entered.
    `clean`: the file holds nothing suspicious itself. `led_by` is filled with the calls through which something happened at
    a place. `users` are the project's files that use this one. `executed` is filled with the statements that are
    run, by `id()`.
    Raises Abandoned as soon as `abandoned` says that nobody waits any more.
    """
    run = Run(
        trains,
        on_cpu=on_cpu,
        keeps_defaults=keeps_defaults,
        names=names,
        abandoned=abandoned,
        quick=quick,
        by_hand=by_hand,
        linked=linked or {},
        foreign=foreign,
        clean=clean,
        led_by={} if led_by is None else led_by,
        users=users,
        executed=set() if executed is None else executed,
    )
    return run_in(run, body, skippable, enough)


def run_in(
    run: Run,
    body: tuple[ir.Statement, ...],
    skippable: frozenset[str] = frozenset(),
    enough: Callable[[Event], bool] | None = None,
) -> list[Event]:
    """Run a module's body as `run` does, within a run of the caller's."""
    entries = EntryPoints(run, skippable, enough)
    entries.enter_all(body)
    emit_unreached_writes(run, tuple(statement for statement in body if not isinstance(statement, LinkedModule)))
    emit_unregistered(run)
    emit_left_out(run)
    emit_cut_layers(run)
    emit_losses_left_out(run, body)
    emit_other_models(run, body)
    emit_replaced_layers(run, body)
    emit_kept_states(run, body)
    emit_shared_models(run, body)
    emit_kept_values(run, body)
    emit_vain_bindings(run, body)
    emit_dropped_layers(run)
    emit_constant_penalties(run, body)
    emit_constant_losses(run)
    emit_kept_losses(run, body)
    emit_carried_sums(run, body)
    emit_differentiated_constants(run, body)
    end_of_path.emit_data_writes(run)
    end_of_path.emit_reads(run)
    upgraded = as_used_elsewhere(run.consensus.upgraded(run.events), entries.entered, run)
    counted = (_on_all_paths(event, run, body) for event in upgraded)
    left = unexplained([event for event in counted if event is not None])
    return [*used_in_the_end(run, body, seen_unregistered(left)), *spelled_clearing(run, body, left)]


def _on_all_paths(event: Event, run: Run, body: ir.Body) -> Event | None:
    """What is left of an event that says *never* when all paths are known.

    A step that had no gradient once may have one at another time; a parameter that one path does not train, another may.
    """
    if isinstance(event, SteppedInVain):
        return None if event.place in run.optimizers_with_gradient else event
    if is_harmless(run, event) or (
        isinstance(event, GradientVanishes)
        and event.why is not Vanishing.TAKEN_BACK
        and event.place in run.passed_through
    ):
        return None
    if isinstance(event, NotHeld):
        if event.idle and event.step in run.optimizers_with_gradient:
            return None
        return event.without(run.held_leaves | run.spared_leaves)
    if isinstance(event, OutOfReach):
        return None if may_be_reached(event, run, body) else event.without(run.reached_leaves)
    if not isinstance(event, NeverTrained):
        return event
    return event.without(run.reached_leaves | run.returned_leaves if event.step is None else run.reached_leaves)


def _is_decided_later(event: Event) -> bool:
    """Whether the end of all entries tells what is left of an event: another path may train what this one does not."""
    return isinstance(event, (ClearedTooEarly, GradientVanishes, NeverTrained, NotHeld, OutOfReach, SteppedInVain))


class EntryPoints:
    """Enters a file by its body, its functions and its methods."""

    def __init__(
        self,
        run: Run,
        skippable: frozenset[str] = frozenset(),
        enough: Callable[[Event], bool] | None = None,
    ) -> None:
        """Work within a run."""
        self.run = run
        self.skippable = skippable
        self.enough = enough
        self._start_interpreting()
        self.after_body = State()
        self.objects: dict[int, list[tuple[State, Instance]]] = {}
        self.entered: list[Entered] = []
        self._begun = 0
        self.concerned: frozenset[str] = frozenset()
        self.expected: frozenset[str] = frozenset()
        self._mentioned: Counter[str] = Counter()
        self._counted = 0

    def _start_interpreting(self) -> None:
        self.statements = StatementInterpreter(ExpressionInterpreter(self.run))
        self.calls = self.statements.interp

    def enter_all(self, body: tuple[ir.Statement, ...]) -> None:
        """Enter by the body first, then by what it does not call."""
        ends = self._enter(body, State(), Scope(body=body))
        going = [state for state in ends if not state.signal]
        self.after_body = max(going or ends or [State()], key=self._count_of_known_classes)
        self.after_body.signal, self.after_body.pending_writes = "", ()
        self.after_body.mended = False
        self.run.judged_until = self.after_body.autograd.clock
        self.run.script = False
        self.run.body_done = all(end.signal not in {SPENT, ENDLESS} for end in ends)
        codes = [function.code for function, _ in self.run.definitions.values()]
        self.concerned = _names_that_concern_us(codes)
        self.expected = names_in_tables(body) if any(map(_expects_errors, codes)) else frozenset()
        judged = 0
        for rank in range(_RANKS):
            for function, names in list(self.run.definitions.values()):
                told, judged = self.run.events[judged:], len(self.run.events)
                if self.run.budget.is_file_spent:
                    self.run.budget.is_truncated = True
                    return
                if self.enough is not None and any(
                    self.enough(event) for event in told if not _is_decided_later(event)
                ):
                    return
                if not self._is_skippable(function) and self._rank(function) == rank and not self._is_done(function):
                    if self._is_found_before_again(function, body):
                        return
                    self._begun = len(self.run.events)
                    self._enter_function(function, names)
                    self.entered.append(Entered(self._begun, len(self.run.events), function))
        if self.run.foreign:
            self._enter_inherited()
        for cls in [each for each in self.run.classes.values() if id(each.code) not in self.run.foreign]:
            fit = None if self.run.is_watched else framework_fits.fit_of(cls, self.after_body)
            if fit is not None and self.run.trains and len(objects := self._objects_of(cls)) == 1:
                self._fit(fit, *objects[0])

    def _is_found_before_again(self, function: FunctionValue, body: ir.Body) -> bool:
        """Whether a function has been called already, and something was found that stands by now.

        Where less is left out of its call it is not entered again, and nothing that happens then takes back what was found.
        """
        if self.enough is None or id(function.code) not in self.run.called:
            return False
        standing = (_on_all_paths(event, self.run, body) for event in self.run.events if _is_decided_later(event))
        return any(event is not None and self.enough(event) for event in standing)

    def _count_of_known_classes(self, state: State) -> int:
        """How many of the methods were defined on the path of a state: each is known as it was defined last."""
        return sum(
            function.owner is not None and (function.owner, function.code.name) in state.heap
            for function, _ in self.run.definitions.values()
        )

    def _enter_inherited(self) -> None:
        """Enter by the methods that classes of the file have from bases in other files."""
        for cls in list(self.run.classes.values()):
            if id(cls.code) in self.run.foreign:
                continue
            for function in _inherited_from_others(cls, self.run.foreign, self.after_body):
                if self._is_passed_over(function) or self._is_done(function) or not self._concerns_us(function.code):
                    continue
                for state, instance in self._objects_of(cls)[:1]:
                    self._enter_method(function, cls, state.fork(), instance)

    def _is_skippable(self, function: FunctionValue) -> bool:
        return id(function.code) in self.run.foreign or self._is_passed_over(function)

    def _is_passed_over(self, function: FunctionValue) -> bool:
        """Whether the prefilter tells that nothing comes of entering a function."""
        owner = self._owner(function)
        return (function.code.name if owner is None else f"{owner.code.name}.{function.code.name}") in self.skippable

    def _rank(self, function: FunctionValue) -> int:
        """When a function is entered: what no other mentions comes first, the forwards of modules last."""
        return 2 if self._is_forward(function) else int(self._is_mentioned(function))

    def _is_mentioned(self, function: FunctionValue) -> bool:
        code = function.code
        return self._mentions()[code.name] > int(code.name in code.mentions)

    def _mentions(self) -> Counter[str]:
        """How many of the functions that were made by now mention each name."""
        definitions = self.run.definitions
        if self._counted != len(definitions):
            self._counted = len(definitions)
            self._mentioned = Counter(name for function, _ in definitions.values() for name in function.code.mentions)
        return self._mentioned

    def _is_done(self, function: FunctionValue) -> bool:
        """Whether a function was run by a call. One whose result is differentiated is so once a backward in sight did that.

        One that trains is so once a call of it left nothing out.
        """
        if function.code.name in self.run.names.training_functions:
            return id(function.code) in self.run.followed_calls
        seen = self.run.trained if self._computes(function) else self.run.called
        return id(function.code) in seen

    def _computes(self, function: FunctionValue) -> bool:
        """Whether a function is taken to compute what its caller differentiates."""
        owner, name = self._owner(function), function.code.name
        if owner is None or owner.kind != "module":
            return training.is_loss_function(name)
        return name == "forward" or training.is_differentiated_method(name)

    def _is_forward(self, function: FunctionValue) -> bool:
        owner = self._owner(function)
        return owner is not None and owner.kind == "module" and function.code.name == "forward"

    def _owner(self, function: FunctionValue) -> ClassValue | None:
        return None if function.owner is None else self.run.classes.get(function.owner)

    def _concerns_us(self, code: ir.Function) -> bool:
        named = code.mentions if _expects_errors(code) else code.calls  # it may call for its error what it mentions
        return code.concerns_us or not self.concerned.isdisjoint(named)

    def _may_hurt(self, function: FunctionValue, owner: ClassValue | None) -> bool:
        """Whether a function may do harm without any word that concerns us: as a forward, as a method that a library calls, or
        as what gives back a loss.
        """
        code = function.code
        if self._is_forward(function) and self._may_hurt_as_forward(code, owner):
            return True
        if owner is not None and self._is_differentiated(code, tuple(map(last_name, owner.code.bases))):
            return True
        gives_loss = training.gives_loss(code.name, "" if owner is None else owner.code.name)
        return gives_loss and not code.mentions.isdisjoint(training.CUTTING)

    def _may_hurt_as_forward(self, code: ir.Function, cls: ClassValue | None) -> bool:
        """Whether a forward that writes nothing may do harm: by what its layers write, or by what it keeps."""
        return bool(code.assigns) or self._holds_inplace(cls)

    def _holds_inplace(self, cls: ClassValue | None) -> bool:
        """Whether a constructor makes something that works in place where it is called."""
        return cls is not None and any(
            isinstance(statement, ir.Function) and statement.name == "__init__" and "inplace" in statement.mentions
            for statement in cls.code.body
        )

    # -- entering ---------------------------------------------------------------------------------------------------

    def _enter(
        self, body: tuple[ir.Statement, ...], state: State, scope: Scope, running: ir.Function | None = None
    ) -> list[State]:
        """Run a body and judge what is left to be judged at the end of each path."""
        ends = self._run(body, state, scope, running)
        if not any(end.signal == SPENT for end in ends):
            ended = [end for end in ends if end.signal != ENDLESS]
            self.run.statement = self.run.scope
            if ended == ends:
                self.run.record_visit(self.run.scope, (end for end in ends if end.signal != "raise"))
            for end in ended:
                end_of_path.end_of_path(self.run, end)
        return ends

    def _run(
        self, body: tuple[ir.Statement, ...], state: State, scope: Scope, running: ir.Function | None = None
    ) -> list[State]:
        """The states in which a body ends; one that nests too deep to be followed counts as one that takes too many steps."""
        self._reset(scope, running)
        self.run.entered_at = state.autograd.clock
        try:
            return self.statements.run_body(body, state)
        except RecursionError:
            self._start_interpreting()
            self.run.budget.is_truncated = True
            state.signal = SPENT
            return [state]

    def _reset(self, scope: Scope, running: ir.Function | None = None) -> None:
        """Begin with a whole budget, and nothing that waits."""
        trains = running is not None and running.name in self.run.names.training_functions
        self.run.budget.start_entry(script=self.run.script, trains=trains)
        self.run.pending, self.run.raised, self.run.called_here = [], [], set()
        self.run.modules, self.run.rounds, self.run.loops, self.run.single_outcome = [], [], [], False
        self.run.clears = False
        self.run.entries += 1
        self.run.running = [] if running is None else [running]
        self.run.called_back = [False] * len(self.run.running)
        self.run.scope = scope

    def _enter_function(self, function: FunctionValue, names: dict[str, Value]) -> None:
        code, owner = function.code, self._owner(function)
        if owner is not None and owner.kind == "function":
            self._enter_custom(function, owner)
        elif not self._concerns_us(code) and not self._may_hurt(function, owner):
            return
        elif owner is None or code.name == "__new__":
            self._enter_plain(function, names)
        elif code.name == "__init__":
            self._objects_of(owner)
        else:
            objects = self._objects_of(owner)
            self._begun = len(self.run.events)  # what is told before is of the constructor
            for state, instance in objects if self._is_forward(function) else objects[:1]:
                self._enter_method(function, owner, state.fork(), instance)

    def _enter_plain(self, function: FunctionValue, names: dict[str, Value]) -> None:
        state = self.after_body.fork()
        state.certainty, state.truncated_at = NOTHING_ASSUMED, 0
        forget_environment(state)
        for storage in list(state.heap.owners(InRange)):
            state.heap.forget(storage, InRange)
        state.expects_error = int(function.code.name in self.expected)
        outer = state.new_frame(MODULE_FRAME, {})
        state.frames[outer] |= {name: self._standing_here(value, outer) for name, value in names.items()}
        computes = self._computes(function)
        scope = Scope(
            function.code.name,
            (),
            computes,
            parameters=_parameters(function.code),
            alone=computes,
            body=function.code.body,
        )
        self._enter(function.code.body, self._standing_in(function, state, outer, {}), scope, function.code)

    def _standing_here(self, value: Value, outer: int) -> Value:
        """A value that is known from where a function was made; what is nested there looks up its names in `outer`."""
        return (
            replace(value, frame=self._still_valid(value.frame, outer)) if isinstance(value, FunctionValue) else value
        )

    def _still_valid(self, frame: int, otherwise: int) -> int:
        """A frame that stands when the body has run. Any other was of one path alone: its number may be another's now."""
        return frame if frame in self.after_body.frames else otherwise

    def _standing_in(self, function: FunctionValue, state: State, outer: int, names: Mapping[str, Value]) -> State:
        """The state in a frame of the function, all arguments but those named unknown."""
        take_decorators(function, state)
        given = {
            parameter.name: names.get(parameter.name) or self._argument(parameter, function, state)
            for parameter in function.code.parameters
        }
        frame = state.new_frame(
            outer, bind_arguments(function, Arguments((), given), ir.Opaque(function.code.place, ()), state)
        )
        state.push_frame(frame)
        return state

    def _argument(self, parameter: ir.Parameter, function: FunctionValue, state: State) -> Value:
        """What a function is given that is entered: unknown, but for models and optimizers that the file trains and steps.

        One whose default is a string names an attribute, it is not known which: a caller may give another.
        """
        made = state.unknown()
        state.heap.note(made.id, IsArgument())
        if isinstance(parameter.default, ir.Constant) and isinstance(parameter.default.value, str):
            state.heap.note(made.id, SpelledAs(f"({made.id})"))
        return recognized(self.run, made, parameter.name, state, function.code.place)

    # -- methods ----------------------------------------------------------------------------------------------------

    def _objects_of(self, cls: ClassValue) -> list[tuple[State, Instance]]:
        """Objects of a class as its constructor makes them of unknown arguments, each with the state that it is in, those with
        the most leaves first.
        """
        if cls.id not in self.objects:
            self.objects[cls.id] = self._instantiated(cls)
        return self.objects[cls.id]

    def _instantiated(self, cls: ClassValue) -> list[tuple[State, Instance]]:
        state = self.after_body.fork()
        state.certainty, state.truncated_at, state.assumptions = NOTHING_ASSUMED, 0, {}
        init = class_attribute(cls, "__init__", state)
        call = ir.Call(cls.code.place, ir.Name(cls.code.place, "(class)"), ())
        names = {} if not isinstance(init, FunctionValue) else self._unknown_arguments(init, state)
        arguments = tuple(ir.Argument(ir.Name(cls.code.place, f"({name})"), name) for name in names)
        state.push_frame(state.new_frame(0, {"(class)": cls, **{f"({name})": value for name, value in names.items()}}))
        call = replace(call, arguments=arguments)
        target = ir.Name(cls.code.place, "(object)")
        ends = self._run((ir.Assign(cls.code.place, (target,), call),), state, Scope("__init__"))
        made = [(end, end.frame["(object)"]) for end in ends if not end.signal and "(object)" in end.frame]
        for end, _ in made:
            end.pop_frame()
        made.sort(key=lambda each: amount_trained(each[0]), reverse=True)
        objects = [(end, value) for end, value in made if isinstance(value, Instance)][:MAX_OBJECTS]
        for end, value in objects:
            end.certainty = NOTHING_ASSUMED
            forget_environment(end)
            self._forget_what_changes(cls, value, end)
        if self.run.is_watched and (fit := framework_fits.fit_of(cls, self.after_body)) is not None:
            return [(self._with_optimizers(fit, end, value), value) for end, value in objects]
        return objects

    def _unknown_arguments(self, init: FunctionValue, state: State) -> dict[str, Value]:
        return {
            parameter.name: self._argument(parameter, init, state)
            for parameter in init.code.parameters[1:]
            if not parameter.star and parameter.name.isidentifier()
        }

    def _forget_what_changes(self, cls: ClassValue, instance: Instance, state: State) -> None:
        """What another method sets to something else may have been set before the method that is entered is called."""
        state.heap[instance.id, "training"] = state.unknown()
        for each in cls.lineage:
            for statement in each.code.body:
                if isinstance(statement, ir.Function) and statement.name != "__init__":
                    for name in statement.assigns:
                        if isinstance(state.heap.get((instance.id, name)), Literal):
                            state.heap[instance.id, name] = state.unknown()

    def _enter_method(self, function: FunctionValue, owner: ClassValue, state: State, instance: Instance) -> None:
        code = function.code
        first = code.parameters[0].name if code.parameters else ""
        for kind in (FilledWith, InRange):
            for storage in list(state.heap.owners(kind)):
                state.heap.forget(storage, kind)  # what it was made as, it need not be any more
        receiver = owner if state.heap.has(function.id, IsClassMethod) else instance
        names: dict[str, Value] = {} if state.heap.has(function.id, IsStaticMethod) else {first: receiver}
        bases = tuple(last_name(base) for base in owner.code.bases)
        forward = self._is_forward(function)
        if not forward:
            _open_attributes(instance, state)
        computes = self._computes(function)
        differentiated = self._is_differentiated(code, bases)
        if differentiated and any(each.name == training.GIVEN_MODEL for each in code.parameters):
            names[training.GIVEN_MODEL] = model_given(training.GIVEN_MODEL, code.place, state)
        alone = computes and _has_no_layers(instance, state)
        scope = Scope(code.name, bases, computes, _parameters(code), differentiated, alone, owner.code.name, code.body)
        self.run.called.add(id(code))
        standing = self._standing_in(function, state, self._still_valid(function.frame, MODULE_FRAME), names)
        switches = {each.name: standing.frame[each.name] for each in code.parameters if is_plain(each)}
        began = standing.autograd.clock
        ends = self._enter(code.body, standing, scope, code)
        if forward:
            for end in [end for end in ends if _writes_what_stays(end)][:MAX_OBJECTS]:
                self._call_forward_twice(function, end, {first: instance, **switches}, scope)
            keeping = [(end, kept) for end in ends if (kept := self._graphs_kept(function, instance, end, began))]
            for end, kept in keeping[:MAX_OBJECTS]:
                self._call_forward_again(function, end, {first: instance, **switches}, scope, kept)

    def _is_differentiated(self, code: ir.Function, bases: tuple[str, ...]) -> bool:
        """Whether a framework is known to differentiate what the method returns."""
        return any(code.name in training.DIFFERENTIATED_RESULTS.get(base, ()) for base in bases)

    def _call_forward_twice(self, function: FunctionValue, end: State, given: dict[str, Value], scope: Scope) -> None:
        """Call forward a second time, for what hurts only where one backward goes through both calls.

        `given` are its module and its switches, which are as they were.
        """
        first = end.frame.get(RETURNED)
        if end.signal != "return" or first is None or not self.run.trains:
            return
        state = end.fork()
        state.signal, since = "", end.autograd.clock
        state.pop_frame()
        state.frames[MODULE_FRAME]["(first)"] = first
        standing = self._standing_in(function, state, self._still_valid(function.frame, MODULE_FRAME), given)
        events, self.run.events = self.run.events, []
        ends = self._run(function.code.body, standing, scope, function.code)
        self.run.events = events
        for each in ends:
            if each.signal == "return":
                end_of_path.differentiate_first_of_two(self.run, each, first, since)

    def _graphs_kept(self, function: FunctionValue, instance: Instance, state: State, since: int) -> dict[str, int]:
        """The tensors in a graph that a call, which began at `since`, has computed and the object holds when it is over.

        They stand under the names of their attributes; those that something else may set anew are left out.
        """
        if state.signal != "return" or not self.run.trains:
            return {}
        tensors = state.autograd.tensors
        held = {
            name: value.ref
            for name, value in state.heap.attributes(instance.id)
            if isinstance(value, TensorValue) and value.ref in tensors and (tensors[value.ref].node or 0) > since
        }
        if not held:
            return {}
        makers = {id(function.code), *(id(code) for cls in instance.cls.lineage for code in _constructors_of(cls.code))}
        others = [each for each, _ in self.run.definitions.values() if id(each.code) not in makers]
        return {
            name: ref for name, ref in held.items() if not any(self._may_reset(each, name, instance) for each in others)
        }

    def _may_reset(self, function: FunctionValue, name: str, instance: Instance) -> bool:
        """Whether a function may set an object's attribute anew: that of a class of its own has one of the same name."""
        owner = self._owner(function)
        if owner is not None and owner not in instance.cls.lineage and name in _assigned_in(owner.code):
            return False
        return name in function.code.mentions

    def _call_forward_again(
        self,
        function: FunctionValue,
        end: State,
        given: dict[str, Value],
        scope: Scope,
        kept: dict[str, int],
    ) -> None:
        """Differentiate what forward gave, and what a second call gives: it may come to a graph that the first has freed."""
        state = end.fork()
        state.signal = ""
        end_of_path.free_graph_of(state, end.frame[RETURNED])
        state.pop_frame()
        standing = self._standing_in(function, state, self._still_valid(function.frame, MODULE_FRAME), given)
        events, self.run.events = self.run.events, []
        ends = self._run(function.code.body, standing, scope, function.code)
        self.run.events = events
        for each in ends:
            if each.signal == "return":
                end_of_path.differentiate_again(self.run, each, kept)

    # -- frameworks -------------------------------------------------------------------------------------------------

    def _with_optimizers(self, fit: Fit, state: State, instance: Instance) -> State:
        """The state in which a framework has asked an object for its optimizers, where these are made in one way."""
        made = self._optimizers_made(fit, state, instance)
        if made is None:
            return state
        end, optimizers = made
        end.pop_frame()
        framework_fits.give_log(instance, end)
        framework_fits.keep_optimizers(instance, optimizers, end)
        if fit.by_hand:
            framework_fits.give_optimizers(instance, optimizers, end)
        return end

    def _optimizers_made(self, fit: Fit, state: State, instance: Instance) -> tuple[State, list[OptimizerValue]] | None:
        """An object's optimizers, with the state in which the framework has them; None where they may be made otherwise."""
        state = state.fork()
        state.heap[instance.id, "training"] = Literal(True)
        given = {framework_fits.SELF: instance, **framework_fits.arguments(state)}
        state.push_frame(state.new_frame(MODULE_FRAME, given))
        ends = self._run(fit.made(), state, Scope(training.MAKES_OPTIMIZERS))
        found = [
            framework_fits.optimizers_in(end.frame[framework_fits.OPTIMIZERS], end) for end in ends if not end.signal
        ]
        if len(ends) == len(found) == 1 and (fit.by_hand or len(found[0]) == 1) and found[0]:
            return ends[0], found[0]
        return None

    def _fit(self, fit: Fit, state: State, instance: Instance) -> None:
        """Train an object as a framework does, if its optimizers are made in one way."""
        events, self.run.events = self.run.events, []
        self.run.fits = True
        made = self._optimizers_made(fit, state, instance)
        if made is not None:
            self._fit_batches(fit, instance, made[1], made[0])
        self.run.events = [*events, *fit.told(self.run.events)]
        self.run.fits = False

    def _fit_batches(self, fit: Fit, instance: Instance, optimizers: list[OptimizerValue], state: State) -> None:
        place = framework_fits.made_at(optimizers[0], state)
        framework_fits.give_log(instance, state)
        state.frame[framework_fits.OPTIMIZER] = optimizers[0]
        scope = Scope(training.TRAINS_BATCH, body=fit.trains.code.body)
        if fit.by_hand:
            framework_fits.give_optimizers(instance, optimizers, state)
            self._enter(fit.given(place) * _BATCHES, state, scope, fit.trains.code)
            return
        for end in self._run(fit.given(place), state, scope, fit.trains.code):
            loss = None if end.signal else framework_fits.loss_in(end.frame[framework_fits.GIVEN], end)
            if loss is not None and end.known_tensor(loss) is not None:
                end.frame[framework_fits.LOSS] = loss
                self._enter(fit.used(place), end, scope, fit.trains.code)

    # -- custom Functions -------------------------------------------------------------------------------------------

    def _enter_custom(self, function: FunctionValue, owner: ClassValue) -> None:
        """A custom Function that the file does not apply: its forward and its backward run without grad."""
        name = function.code.name
        if id(owner.code) in self.run.applied or name not in {"forward", "backward"}:
            return
        state = self.after_body.fork()
        state.certainty, state.autograd.grad_enabled = NOTHING_ASSUMED, False
        forget_environment(state)
        self._reset(Scope(name))
        enter_custom(self.calls, function, owner, state)


def _inherited_from_others(cls: ClassValue, foreign: frozenset[int], state: State) -> Iterator[FunctionValue]:
    """The methods that a class has from a base in another file, but for constructors and what it overrides."""
    names = {method.name for base in cls.ancestors for method in methods_of(base.code)}
    for name in sorted(names - {"__init__", "__new__"}):
        found = class_attribute(cls, name, state)
        if isinstance(found, FunctionValue) and id(found.code) in foreign:
            yield found


def _assigned_in(cls: ir.Class) -> frozenset[str]:
    return frozenset[str]().union(*(method.assigns for method in methods_of(cls)))


def _constructors_of(cls: ir.Class) -> Iterator[ir.Function]:
    return (method for method in methods_of(cls) if method.name == "__init__")


def _expects_errors(code: ir.Function) -> bool:
    """Whether a function holds a block that expects an error of what is called in it."""
    return not library.EXPECTING_CONTEXTS.isdisjoint(code.calls)


def _open_attributes(instance: Instance, state: State) -> None:
    """Of a tensor that an attribute holds it is not known whether it requires grad, but for a module's own state.

    A subclass or a mixin in another file may bind the attribute anew, or add to the tensor in it, before the method is called.
    """
    tensors = state.autograd.tensors
    for name, value in state.heap.attributes(instance.id):
        if isinstance(value, TensorValue) and name.isidentifier() and not _is_registered(value.ref, state):
            tensor = tensors[value.ref]
            if tensor.node is None and not tensor.grad.possible:
                tensors[value.ref] = tensor._replace(grad=Grad(sources=frozenset({value.ref})))
                state.autograd.opened |= {value.ref}


def _has_no_layers(instance: Instance, state: State) -> bool:
    """Whether a module calls no others: what it is called with, other modules have computed."""
    methods = [method for cls in instance.cls.lineage for method in methods_of(cls.code)]
    called = frozenset[str]().union(*(method.calls for method in methods))
    held = state.heap.attributes(instance.id)
    return not any(
        isinstance(value, (ModuleValue, Instance))
        or (isinstance(value, Unknown) and name in called and not library.NUMBERS.search(name))
        for name, value in held
    )


def _is_registered(ref: int, state: State) -> bool:
    return state.heap.has(ref, IsParameter) or state.heap.has(ref, IsBuffer)


def _writes_what_stays(state: State) -> bool:
    """Whether something was written that an object still holds when the call is over."""
    heap, autograd = state.heap, state.autograd
    written = {each.ref for storage, log in autograd.logs.items() if log for each in autograd.tensors_sharing(storage)}
    return any(
        isinstance(key, str) and not key.startswith("[") and isinstance(heap[owner, key], TensorValue)
        for ref in written | autograd.swaps.keys()
        for owner, key in heap.holding(ref)
    )


def _parameters(function: ir.Function) -> frozenset[str]:
    return frozenset(parameter.name for parameter in function.parameters)


def _names_that_concern_us(functions: Iterable[ir.Function]) -> frozenset[str]:
    """The names of the functions whose text concerns us, or that may call one of these.

    Constructors are left out: they are run for the objects that the others need.
    """
    waiting = [function for function in functions if function.name != "__init__"]
    names = {function.name for function in waiting if function.concerns_us}
    grown = True
    while grown:
        more = {each.name for each in waiting if each.name not in names and not names.isdisjoint(each.calls)}
        names |= more
        grown = bool(more)
    return frozenset(names)

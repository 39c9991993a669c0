"""Statements: runs a file's bodies on the model, path by path, and gives the events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter import judge
from flake8_gradsafe.interpreter.conditions import decide
from flake8_gradsafe.interpreter.evaluator import Evaluator, bind_unknown, may_be_tensor
from flake8_gradsafe.interpreter.events import Discarded
from flake8_gradsafe.interpreter.forms import is_slice
from flake8_gradsafe.interpreter.joining import joined
from flake8_gradsafe.interpreter.liveness import Liveness
from flake8_gradsafe.interpreter.session import UNDECIDABLE, Scope, Session
from flake8_gradsafe.interpreter.state import State
from flake8_gradsafe.interpreter.truth import truth_of
from flake8_gradsafe.interpreter.values import (
    REWRAPPED,
    CodeValue,
    DictValue,
    Dotted,
    Items,
    Literal,
    ModuleValue,
    Pieces,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.knowledge import contexts, library
from flake8_gradsafe.knowledge.effects import VALUELESS
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.events import Event

#: Paths that are followed at once; of more, the first ones go on and nothing on them is proven any more.
MAX_PATHS = 8
#: Rounds of a loop that are followed; of loops inside this many others, one.
MAX_ROUNDS = 2
MAX_TWICE = 2
#: Rounds of an outermost loop that are followed where their number is known.
MAX_KNOWN_ROUNDS = 4
#: Statements that are run in one body, over all paths, before it is given up.
MAX_STEPS = 20_000

_MODES = frozenset({"grad mode on", "grad mode off", "inference mode"})


def run(body: tuple[ir.Statement, ...], *, trains: bool) -> list[Event]:
    """Run a module's body, then each function and method of the file with unknown arguments.

    `trains` tells whether anything in the file speaks for training: without it, no caller is taken to differentiate.
    """
    session = Session(trains)
    machine = Machine(session)
    states = machine.run_body(body, State())
    for state in states:
        session.names |= _fixed_names(state)
    done = 0
    while done < len(session.pending):
        function, scope, names = session.pending[done]
        done += 1
        if function.concerns_us:
            Machine(session.within(scope)).run_function(function, names)
    judge.emit_untracked(session)
    judge.emit_reads(session)
    return session.events


def _parameters(function: ir.Function) -> frozenset[str]:
    return frozenset(parameter.name for parameter in function.parameters)


def _fixed_names(state: State) -> dict[str, Value]:
    """Names that mean the same whenever a function looks them up: imports, functions, classes."""
    return {name: value for name, value in state.frame.items() if isinstance(value, (Dotted, CodeValue))}


class Machine:
    """Runs the statements of one body."""

    def __init__(self, session: Session) -> None:
        """Work within a session."""
        self.session = session
        self.evaluator = Evaluator(session)
        self.live = Liveness()
        self.steps = 0
        self.loops = 0

    def run_body(self, body: tuple[ir.Statement, ...], state: State) -> list[State]:
        """Run a whole body and judge what is left to be judged at the end of each path."""
        states = self._block(body, [state])
        if self.steps <= MAX_STEPS:
            for each in states:
                judge.end_of_path(self.session, each)
        return states

    def run_function(self, function: ir.Function, names: dict[str, Value]) -> None:
        """Run a function's body with unknown arguments."""
        state = State()
        state.frame |= names
        for decorator in function.decorators:
            self._decorate(decorator, state)
        for parameter in function.parameters:
            value = state.unknown()
            state.frame[parameter.name] = value
            if parameter.annotation is not None and _is_tensor_annotation(parameter.annotation):
                state.as_tensor(value, function.place, seen=True)
        self.run_body(function.body, state)

    def _decorate(self, decorator: ir.Expression, state: State) -> None:
        value = self.evaluator.value(decorator, state)
        name = value.path if isinstance(value, Dotted) else ""
        if name in _MODES:
            state.world.grad_enabled = name == "grad mode on"
        elif library.GRAD_MODES.get(name) is not None:
            state.world.grad_enabled = bool(library.GRAD_MODES[name])
        elif _last_name(decorator) not in contexts.HARMLESS_DECORATORS:
            state.undecided += UNDECIDABLE

    def _block(self, body: tuple[ir.Statement, ...], states: list[State]) -> list[State]:
        """Run statements one after another on each path; paths that have left the block are kept as they are."""
        left: list[State] = []
        self.live.enter(body)
        for index, statement in enumerate(body):
            self.live.at(index)
            going: list[State] = []
            for state in states:
                self.steps += 1
                self.session.statement = statement.place
                if self.steps <= MAX_STEPS:
                    going += _DISPATCH[type(statement)](self, statement, state)
            left += [state for state in going if state.signal]
            states = [state for state in going if not state.signal]
            if isinstance(statement, _FORKING):
                states = self._joined(states)
            if not states:
                break
        self.live.leave()
        return left + states

    def _joined(self, states: list[State]) -> list[State]:
        """The paths that go on, those that no longer differ made one; no more of them than are followed at once."""
        if len(states) > 1:
            names = {name for state in states for name in state.frame}
            dead = [name for name in names if not self.live.is_live(name)]
            for state in states:
                for name in dead:
                    state.frame.pop(name, None)
        return _bounded(joined(states))

    def _met(self, states: list[State], undecided: int) -> list[State]:
        """The paths out of a branch or a loop, joined.

        Where a single one goes on, whoever comes this way came by it: its conditions are no longer open, and as many are
        as were before.
        """
        left = [each for each in states if each.signal]
        going = self._joined([each for each in states if not each.signal])
        if len(going) == 1 and all(each.signal in {"return", "raise"} for each in left):
            going[0].undecided = min(undecided, going[0].undecided)
        return left + going

    # -- names ------------------------------------------------------------------------------------------------------

    def visit_import(self, node: ir.Import, state: State) -> list[State]:
        """An import binds a dotted name."""
        if node.bound == "*":
            self.session.star_imports.append(node.origin)
        else:
            state.frame[node.bound] = Dotted(node.origin)
        return [state]

    def visit_function(self, node: ir.Function, state: State) -> list[State]:
        """A function is run later, on its own."""
        state.frame[node.name] = CodeValue(node)
        self.session.pending.append((node, Scope(node.name, parameters=_parameters(node)), _fixed_names(state)))
        return [state]

    def visit_class(self, node: ir.Class, state: State) -> list[State]:
        """A class's methods are run later, on their own; those of an autograd.Function run without grad, and are left out."""
        bases = tuple(_last_name(base) for base in node.bases)
        state.frame[node.name] = CodeValue(node)
        if "Function" in bases:
            return [state]
        is_module = any(base.endswith(library.MODULE_BASES) for base in bases)
        names = _fixed_names(state)
        for statement in node.body:
            if isinstance(statement, ir.Function):
                forward = is_module and statement.name == "forward"
                scope = Scope(statement.name, bases, forward, _parameters(statement))
                self.session.pending.append((statement, scope, names))
            elif isinstance(statement, ir.Class):
                self.visit_class(statement, state.fork())
        return [state]

    def visit_assign(self, node: ir.Assign, state: State) -> list[State]:
        """`targets = value`."""
        if node.value is None:
            return [state]
        value = self.evaluator.value(node.value, state)
        if node.annotation is not None and _is_tensor_annotation(node.annotation):
            state.as_tensor(value, node.place, seen=True)
        for target in node.targets:
            self._bind(target, value, node, state)
        return [state]

    def _bind(self, target: ir.Expression, value: Value, node: ir.Statement, state: State) -> None:
        if isinstance(target, ir.Name):
            state.frame[target.id] = value
        elif isinstance(target, ir.Attribute):
            self._set_attribute(target, value, node, state)
        elif isinstance(target, ir.Subscript):
            self._set_item(target, value, node, state)
        elif isinstance(target, ir.Sequence):
            self._unpack(target, value, node, state)
        elif isinstance(target, ir.Starred):
            self._bind(target.value, value, node, state)

    def _unpack(self, target: ir.Sequence, value: Value, node: ir.Statement, state: State) -> None:
        items = state.items_of(value)
        starred = any(isinstance(item, ir.Starred) for item in target.items)
        if items is not None and starred:
            items = _gathered(target, items, state)
            starred = items is None
        if isinstance(value, Pieces) and not starred:
            items = tuple(self.evaluator.calls.piece(value, index, state) for index in range(len(target.items)))
        if items is None or starred or len(items) != len(target.items):
            items = tuple(self._part_of(value, node.place, state) for _ in target.items)
        for each, item in zip(target.items, items, strict=True):
            self._bind(each, item, node, state)

    def _part_of(self, value: Value, place: ir.Place, state: State) -> Value:
        return self.evaluator.calls.holder(state.tensors_in(value), place, state)

    def _set_attribute(self, target: ir.Attribute, value: Value, node: ir.Statement, state: State) -> None:
        owner = self.evaluator.value(target.value, state)
        ref = state.known_tensor(owner)
        if target.attr == "data":
            self._set_data(owner, value, target, node, state)
        elif ref is not None and target.attr == "requires_grad":
            self.evaluator.calls.set_requires_grad(ref, value, node.place, state)
        elif ref is not None:
            state.heap[ref, target.attr] = value
        elif isinstance(owner, (Unknown, ModuleValue)):
            state.heap[owner.id, target.attr] = value
            if isinstance(value, TensorValue):  # a module's new parameter is a leaf on purpose
                state.heap.pop((value.ref, REWRAPPED), None)

    def _set_data(self, owner: Value, value: Value, target: ir.Attribute, node: ir.Statement, state: State) -> None:
        """`owner.data = value`, where the owner is, or looks like, a tensor."""
        known = state.known_tensor(owner)
        if known is None and isinstance(owner, Unknown) and may_be_tensor(target.value):
            known = state.as_tensor(owner, node.place)
        if known is None:
            if isinstance(owner, Unknown):
                state.heap[owner.id, "data"] = value
            return
        given = state.known_tensor(value)
        if given is None:
            given = state.world.unknown(node.place, tensor_seen=False)
        if state.world.tensors[given].storage != state.world.tensors[known].storage:
            state.world.set_data(known, given, node.place)
        self.evaluator.calls.note_untracked(known, Via.SET_DATA, "=", node, state)

    def _set_item(self, target: ir.Subscript, value: Value, node: ir.Statement, state: State) -> None:
        owner = self.evaluator.value(target.value, state)
        index = self.evaluator.value(target.index, state)
        keyed = isinstance(index, Literal) and isinstance(index.value, str)
        ref = None if keyed else state.known_tensor(owner)  # no tensor is indexed by a string
        if ref is None and isinstance(owner, Unknown) and isinstance(index, Items) and any(map(is_slice, index.items)):
            ref = state.as_tensor(owner, node.place)  # nor is a list or a dict by several slices
        if isinstance(owner, DictValue) and isinstance(index, Literal) and (owner.id, "items") in state.heap:
            held = state.items_of(state.heap[owner.id, "items"]) or ()
            state.heap[owner.id, "items"] = Items((*held, value))
            state.heap[owner.id, f"[{index.value!r}]"] = value
            return
        if ref is None:
            state.forget_items(owner)
            if isinstance(owner, Unknown) and isinstance(index, Literal):
                state.heap[owner.id, f"[{index.value!r}]"] = value
            return
        self.evaluator.calls.store(ref, index, value, node, state)

    def visit_augmented(self, node: ir.Augmented, state: State) -> list[State]:
        """`target += value`: in place on a tensor, a new value on anything else."""
        calls = self.evaluator.calls
        target = self.evaluator.value(node.target, state) if not isinstance(node.target, ir.Subscript) else None
        if isinstance(node.target, ir.Subscript):
            self._augment_item(node, node.target, state)
            return [state]
        value = self.evaluator.value(node.value, state)
        ref = None if target is None else state.known_tensor(target)
        if ref is not None and target is not None:
            calls.augment(ref, node.method, value, node, state)
        elif isinstance(node.target, ir.Name) and target is not None:
            state.frame[node.target.id] = calls.rebound(node.method, target, value, node, state)
        return [state]

    def _augment_item(self, node: ir.Augmented, target: ir.Subscript, state: State) -> None:
        owner = self.evaluator.value(target.value, state)
        index = self.evaluator.value(target.index, state)
        value = self.evaluator.value(node.value, state)
        ref = state.known_tensor(owner)
        if ref is not None:
            self.evaluator.calls.augment(ref, node.method, value, node, state, index=index)
            return
        item = self.evaluator.calls.subscript(owner, index, node.place, state)
        known = state.known_tensor(item)
        if known is not None:
            self.evaluator.calls.augment(known, node.method, value, node, state)
        else:
            state.forget_items(owner)

    def visit_delete(self, node: ir.Delete, state: State) -> list[State]:
        """`del name`."""
        for target in node.targets:
            if isinstance(target, ir.Name):
                state.frame.pop(target.id, None)
        return [state]

    def visit_global(self, node: ir.Global, state: State) -> list[State]:
        """`global name`: another body's name, unknown here."""
        for name in node.names:
            state.frame[name] = state.unknown()
        return [state]

    # -- flow -------------------------------------------------------------------------------------------------------

    def visit_evaluate(self, node: ir.Evaluate, state: State) -> list[State]:
        """An expression as a statement: told where it has no effect at all."""
        value = self.evaluator.value(node.value, state)
        call = node.value
        if isinstance(call, ir.Call) and isinstance(call.function, ir.Attribute) and not state.signal:
            if call.function.attr == "detach" and not call.arguments and self._is_seen_tensor(value, state):
                self.session.events.append(Discarded(call.place, frozenset(), "detach"))
            elif self._writes_to_a_copy(call.function, value, state):
                self.session.events.append(Discarded(call.place, frozenset(), "copy"))
        return [state]

    def _is_seen_tensor(self, value: Value, state: State) -> bool:
        return isinstance(value, TensorValue) and state.world.tensors[value.ref].tensor_seen

    def _writes_to_a_copy(self, function: ir.Attribute, value: Value, state: State) -> bool:
        """Whether a method writes in place to a tensor that was copied in the same statement and that nobody else holds."""
        method, maker = function.attr, _first_maker(function.value)
        if not _is_inplace(method) or maker is None or not isinstance(value, TensorValue):
            return False
        spelling = self.session.operators.methods.get(maker)
        if spelling is None or self.session.operators.may_alias(spelling):
            return False
        world = state.world
        storage = world.tensors[value.ref].storage
        sharing = [tensor for tensor in world.tensors.values() if tensor.storage == storage]
        return len(sharing) == 1 and not world.shares.get(storage) and world.tensors[value.ref].tensor_seen

    def visit_return(self, node: ir.Return, state: State) -> list[State]:
        """`return` and `raise`."""
        if node.value is not None:
            value = self.evaluator.value(node.value, state)
            if not node.raises:
                state.frame["(return)"] = value
        state.signal = state.signal or ("raise" if node.raises else "return")
        return [state]

    def visit_jump(self, node: ir.Jump, state: State) -> list[State]:
        """`break` and `continue`."""
        state.signal = "break" if node.breaks else "continue"
        return [state]

    def visit_branch(self, node: ir.Branch, state: State) -> list[State]:
        """`if`: each way that the condition can go."""
        before = state.undecided
        out: list[State] = []
        for way, truth in decide(node.test, state, self.evaluator):
            out += [way] if way.signal else self._block(node.body if truth else node.orelse, [way])
        return self._met(out, before)

    def visit_loop(self, node: ir.Loop, state: State) -> list[State]:
        """A loop: no, one or two rounds. That there are two is a condition, where the number of rounds is not known."""
        before = state.undecided
        source = self.evaluator.value(node.source, state) if node.target is not None else None
        if source is not None and any(self._is_seen_tensor(item, state) for item in state.items_of(source) or ()):
            self._tell_of_rebound_name(node)
        rounds = self._rounds(source, state)
        if source is not None:
            state.frame[f"(loop {self.loops})"] = source
        decided = self.evaluator.decided
        self.loops += 1
        self.live.enter_loop(node)
        going, done, left = [state], list[State](), list[State]()
        for number in range(rounds):
            entering: list[State] = []
            for each in going:
                self._enter(node, source, number, each, entering, done)
            going = []
            for way in self._block(node.body, entering):
                if way.signal in {"", "continue"}:
                    way.signal = ""
                    going.append(way)
                elif way.signal == "break":
                    way.signal = ""
                    left.append(way)
                else:
                    left.append(way)
            going = self._joined(going)
        self.loops -= 1
        self.live.leave()
        counted = self.evaluator.decided > decided
        for each in going:
            self._leave(node, source, rounds, each, done, counted=counted)
        broken = [way for way in left if not way.signal]
        after = [way for each in self._joined(done) for way in self._block(node.orelse, [each])]
        skippable = len(done) > 1 and not counted
        return self._met([way for way in left if way.signal] + after + broken, before if skippable else UNDECIDABLE)

    def _tell_of_rebound_name(self, node: ir.Loop) -> None:
        """`for h in hs: h = h.detach()`: only the loop's own name is bound, and the next round binds it anew."""
        last = node.body[-1] if node.body else None
        if not isinstance(node.target, ir.Name) or not isinstance(last, ir.Assign) or len(last.targets) != 1:
            return
        target, value, name = last.targets[0], last.value, node.target.id
        rebinds = isinstance(target, ir.Name) and target.id == name
        if rebinds and _is_detach_of(value, name) and not self.live.is_live(name):
            self.session.events.append(Discarded(last.place, frozenset(), "rebound"))

    def _rounds(self, source: Value | None, state: State) -> int:
        if self.loops >= MAX_TWICE:
            return 1
        count = None if source is None else self.evaluator.length_of(source, state)
        few = MAX_KNOWN_ROUNDS if count is not None or source is None else 0
        return (
            count
            if count is not None and 0 < count <= few
            else MAX_KNOWN_ROUNDS
            if source is None and few
            else MAX_ROUNDS
        )

    def _enter(
        self, node: ir.Loop, source: Value | None, number: int, state: State, entering: list[State], done: list[State]
    ) -> None:
        """Sort a state into those that begin another round and those that are done with the loop."""
        if node.target is None or source is None:
            for way, truth in decide(node.source, state, self.evaluator):
                (entering if truth else done).append(way)
            return
        count = self.evaluator.length_of(source, state)
        if count is not None and number >= count:
            done.append(state)
            return
        if count is None and number == 0 and self.loops == 1:
            skipped = state.fork()
            skipped.undecided += 1
            done.append(skipped)
        if count is None and number > 0:
            state.undecided += 1
        self._bind_round(node.target, source, number, node, state)
        entering.append(state)

    def _leave(
        self, node: ir.Loop, source: Value | None, rounds: int, state: State, done: list[State], *, counted: bool
    ) -> None:
        """What follows a loop that was followed for some rounds only holds if there are no more of them.

        Where nothing in it was decided by a counter, the rounds are alike, and that they are is one condition.
        """
        if node.target is None:
            for way, truth in decide(node.source, state, self.evaluator):
                if not truth:
                    done.append(way)
                elif truth_of(self.evaluator.value(node.source, way), way) is not True:
                    way.undecided += UNDECIDABLE
                    done.append(way)
            return
        count = None if source is None else self.evaluator.length_of(source, state)
        if count is None and rounds == 1:
            state.undecided += 1
        if count is not None and count > rounds:
            state.undecided += UNDECIDABLE if counted else 1
        done.append(state)

    def _bind_round(self, target: ir.Expression, source: Value, number: int, node: ir.Loop, state: State) -> None:
        item = self.evaluator.round_of(source, number, node.place, state)
        if item is not None:
            self._bind(target, item, node, state)
        elif state.known_tensor(source) is not None and isinstance(target, ir.Name):
            state.frame[target.id] = self._part_of(source, node.place, state)
        else:
            bind_unknown(target, state)

    def visit_with(self, node: ir.With, state: State) -> list[State]:
        """`with`: grad modes are followed; what else may change them makes all that follows unproven."""
        before, inferring, uncounted = state.world.grad_enabled, state.world.inference, state.world.uncounted
        context = self.evaluator.value(node.context, state)
        expecting = _expects_errors(node.context)
        mode = context.path if isinstance(context, Dotted) else ""
        if mode in _MODES:
            state.world.grad_enabled = mode == "grad mode on"
            state.world.inference = mode == "inference mode"
        elif _last_name(node.context) in library.PRESERVING_CONTEXTS:
            state.world.uncounted = True
        elif not expecting and _last_name(node.context) not in contexts.HARMLESS_CONTEXTS:
            state.undecided += UNDECIDABLE
        if node.target is not None:
            self._bind(node.target, state.unknown(), node, state)
        state.expecting += expecting
        ways = self._block(node.body, [state])
        for way in ways:
            way.world.grad_enabled, way.world.inference, way.world.uncounted = before, inferring, uncounted
            way.expecting -= expecting
            if expecting and way.signal == "raise":
                way.signal = ""
        return ways

    def visit_try(self, node: ir.Try, state: State) -> list[State]:
        """`try`: the body to its end, and each handler from where the body began; a caught RuntimeError is expected."""
        catches = any(_catches_runtime_error(handler.caught) for handler in node.handlers)
        before = state.fork()
        state.expecting += catches
        ways = self._block(node.body, [state])
        for way in ways:
            way.expecting -= catches
        caught = [way for way in ways if catches and way.signal == "raise"]
        out = [way for way in ways if way not in caught and way.signal]
        out += self._block(node.orelse, [way for way in ways if not way.signal])
        for handler in node.handlers:
            for entry in [*caught, before.fork()]:
                entry.signal = ""
                entry.undecided += UNDECIDABLE
                if handler.name:
                    entry.frame[handler.name] = entry.unknown()
                out += self._block(handler.body, [entry])
            caught = []
        return self._finally(node.final, out)

    def _finally(self, body: tuple[ir.Statement, ...], states: list[State]) -> list[State]:
        if not body:
            return states
        out: list[State] = []
        for state in states:
            signal, state.signal = state.signal, ""
            for way in self._block(body, [state]):
                way.signal = way.signal or signal
                out.append(way)
        return out


def _first_maker(node: ir.Expression) -> str | None:
    """The method that made what a chain of in-place methods is called on: `clone` in `x.clone().add_(1).mul_(2)`."""
    while isinstance(node, ir.Call) and isinstance(node.function, ir.Attribute):
        if not _is_inplace(node.function.attr):
            return node.function.attr
        node = node.function.value
    return None


def _is_inplace(method: str) -> bool:
    return method.endswith("_") and not method.startswith("_") and method not in VALUELESS


def _is_detach_of(node: ir.Expression | None, name: str) -> bool:
    if not isinstance(node, ir.Call) or not isinstance(node.function, ir.Attribute) or node.arguments:
        return False
    receiver = node.function.value
    return node.function.attr == "detach" and isinstance(receiver, ir.Name) and receiver.id == name


def _gathered(target: ir.Sequence, items: tuple[Value, ...], state: State) -> tuple[Value, ...] | None:
    """The items by target, those of the starred one in a list; None where they are too few."""
    star = next(index for index, item in enumerate(target.items) if isinstance(item, ir.Starred))
    after = len(target.items) - star - 1
    if len(items) < star + after:
        return None
    end = len(items) - after
    return (*items[:star], state.new_list(items[star:end]), *items[end:])


def _bounded(states: list[State]) -> list[State]:
    """At most so many states as are followed at once; where some are dropped, nothing on the others is proven."""
    if len(states) > MAX_PATHS:
        states = sorted(states, key=lambda state: state.undecided)[:MAX_PATHS]
        for state in states:
            state.undecided += UNDECIDABLE
    return states


def _last_name(node: ir.Expression) -> str:
    while isinstance(node, (ir.Call, ir.Subscript)):
        node = node.function if isinstance(node, ir.Call) else node.value
    if isinstance(node, ir.Attribute):
        return node.attr
    return node.id if isinstance(node, ir.Name) else ""


def _is_tensor_annotation(node: ir.Expression) -> bool:
    return _last_name(node) in {"Tensor", "Parameter"} if not isinstance(node, ir.Subscript) else False


def _expects_errors(node: ir.Expression) -> bool:
    """Whether a context expects a RuntimeError of its block: `pytest.raises(RuntimeError)` and its kin."""
    return isinstance(node, ir.Call) and _last_name(node) in library.EXPECTING_CONTEXTS


def _catches_runtime_error(caught: ir.Expression | None) -> bool:
    if caught is None:
        return True
    if isinstance(caught, ir.Sequence):
        return any(_catches_runtime_error(item) for item in caught.items)
    return _last_name(caught) in library.CATCHES_RUNTIME_ERROR


#: After these there may be more paths than before, and what was a path of its own may have come to its end.
_FORKING = (ir.Branch, ir.Loop, ir.Try, ir.With)

_DISPATCH: dict[type[ir.Statement], Callable[..., list[State]]] = {
    ir.Import: Machine.visit_import,
    ir.Function: Machine.visit_function,
    ir.Class: Machine.visit_class,
    ir.Assign: Machine.visit_assign,
    ir.Augmented: Machine.visit_augmented,
    ir.Evaluate: Machine.visit_evaluate,
    ir.Return: Machine.visit_return,
    ir.Jump: Machine.visit_jump,
    ir.Delete: Machine.visit_delete,
    ir.Global: Machine.visit_global,
    ir.With: Machine.visit_with,
    ir.Branch: Machine.visit_branch,
    ir.Loop: Machine.visit_loop,
    ir.Try: Machine.visit_try,
}

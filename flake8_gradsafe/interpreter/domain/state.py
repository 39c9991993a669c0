"""Everything that differs from one path through a program to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.state import AutogradState
from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.interpreter.domain.certainty import NOTHING_ASSUMED, Asked, Certainty
from flake8_gradsafe.interpreter.domain.facts import (
    ComputedFrom,
    Consumed,
    GoesThrough,
    IsArgument,
    Items,
    IteratesOver,
    Keys,
    KnownTensor,
    OpenFrom,
    UsedUp,
)
from flake8_gradsafe.interpreter.domain.frames import ENCLOSING, MODULE_FRAME, REBINDS
from flake8_gradsafe.interpreter.domain.heap import Heap
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    DictValue,
    Instance,
    IteratorValue,
    LinkedModuleValue,
    ListValue,
    Literal,
    NonTensor,
    TensorValue,
    Text,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.knowledge import contexts

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from flake8_gradsafe.autograd.graph import Premise
    from flake8_gradsafe.autograd.tensor import Cut, Place, Via
    from flake8_gradsafe.idioms.table import Idiom


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A write of which the end of the path has still to tell whether it did harm; `premises` are those of the path to it."""

    place: Place
    target: int
    time: int
    via: Via
    idiom: Idiom
    tensor_evident: bool
    module_state: bool
    premises: frozenset[Premise]
    #: The nodes of the gradients that were asked for with their graph, and of which the written value was computed.
    second_order: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class OptimizerStep:
    """A step of an optimizer, and the tensors that it holds.

    `had_gradient`: some of them had a gradient. `cleared` is where all gradients were cleared that it might have used, and
    `cleared_at` when. `guessed`: that it holds them is told by no name.
    """

    place: Place
    held: tuple[int, ...]
    had_gradient: bool = False
    cleared: Place = None
    cleared_at: int = 0
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class EditedGradient:
    """A hook that writes, at `place`, the gradient that arrives at a node or leaf."""

    goal: int
    place: Place
    source: str


#: Items of a list that are kept; a dict with more entries than this is not followed.
MAX_ITEMS = 256
#: Of the rows of a tensor that is gone through, or of items that are not known, so many are looked at.
SAMPLED_ITEMS = 2
#: Of the views that a call returns, so many are, where they are gone through.
SAMPLED_PIECES = 3

#: How far back the unknown arguments of unknown calls are taken for tensors, once their result turns out to be one.
MAX_PROMOTED = 16

#: Of these cuts it is not told which leaves lie behind them.
_CUTTING_NO_LEAF = frozenset({CutKind.OPERATOR, CutKind.FIRST_ORDER})


class Separator(Protocol):
    """A reason why two states were not joined, which is looked at first when they meet again."""

    def separates(self, one: State, two: State) -> bool:
        """True if these two states differ in it as well."""


#: What was evaluated in the current statement so far, in order: the outermost expressions that are complete.
Log = list[tuple[object, Value]]


class State:
    """The names, the objects and the autograd state of one path; `signal` tells how the current block was left, if it was.

    `cuts` tells which leaves lie behind which cuts of what was differentiated so far, `seen_cuts` all those cuts, whatever lies
    behind them; `optimizer_steps` are the optimizers' steps. `opaque`: a backward went through code that is out of sight,
    `hidden`: through such that may hold parameters of its own; `escaped` are the tensors that such code was given.

    `separators` are the differences that lately kept it, or what it was forked from, from being joined with others.

    `frame` is the innermost of `frames`, the one called `current`; `callers` are those that wait for it, and `suspended_logs`
    what their statements had evaluated when they called. `assumptions` tells which way conditions went so far, by what was
    asked of which values. `truncated_at` is when a budget last left something out that may matter to what follows, 0 where none
    did.
    `after_possible_error`: it has come through what is an error if the path is taken, `mended`: through one that PyTorch surely
    raises, and that is told; from there it is followed as if the error were mended. `log` and `cursor` let a statement go
    on where another path through one of its calls left it.
    """

    __slots__ = (
        "after_possible_error",
        "assumptions",
        "autograd",
        "callers",
        "certainty",
        "current",
        "cursor",
        "cuts",
        "differentiated",
        "edited_gradients",
        "escaped",
        "expects_error",
        "frame",
        "frames",
        "heap",
        "hidden",
        "log",
        "mended",
        "opaque",
        "optimizer_steps",
        "pending_writes",
        "seen_cuts",
        "separators",
        "signal",
        "suspended_logs",
        "truncated_at",
    )

    def __init__(self) -> None:
        """Begin with nothing."""
        self.autograd = AutogradState()
        self.frame: dict[str, Value] = {}
        self.frames: dict[int, dict[str, Value]] = {MODULE_FRAME: self.frame}
        self.current = MODULE_FRAME
        self.callers: tuple[int, ...] = ()
        self.suspended_logs: tuple[tuple[tuple[object, Value], ...], ...] = ()
        self.log: Log = []
        self.cursor = 0
        self.heap = Heap()
        self.assumptions: dict[Hashable, bool] = {}
        self.certainty = NOTHING_ASSUMED
        self.truncated_at = 0
        self.after_possible_error = False
        self.mended = False
        self.signal = ""
        self.expects_error = 0
        self.differentiated: frozenset[int] = frozenset()
        self.pending_writes: tuple[PendingWrite, ...] = ()
        self.cuts: frozenset[tuple[int, Cut]] = frozenset()
        self.seen_cuts: frozenset[Cut] = frozenset()
        self.opaque = False
        self.hidden = False
        self.escaped: frozenset[int] = frozenset()
        self.optimizer_steps: tuple[OptimizerStep, ...] = ()
        self.edited_gradients: tuple[EditedGradient, ...] = ()
        self.separators: tuple[Separator, ...] = ()

    def fork(self) -> State:
        """An independent copy."""
        twin = State.__new__(State)
        twin.autograd = self.autograd.fork()
        twin.frames = {key: frame.copy() for key, frame in self.frames.items()}
        twin.current, twin.callers, twin.suspended_logs = self.current, self.callers, self.suspended_logs
        twin.frame = twin.frames[self.current]
        twin.log, twin.cursor = self.log.copy(), self.cursor
        twin.heap, twin.assumptions = self.heap.copy(), self.assumptions.copy()
        twin.certainty, twin.signal, twin.expects_error = self.certainty, self.signal, self.expects_error
        twin.truncated_at, twin.after_possible_error = self.truncated_at, self.after_possible_error
        twin.mended = self.mended
        twin.differentiated, twin.pending_writes = self.differentiated, self.pending_writes
        twin.cuts, twin.seen_cuts, twin.opaque, twin.hidden = self.cuts, self.seen_cuts, self.opaque, self.hidden
        twin.optimizer_steps, twin.edited_gradients = self.optimizer_steps, self.edited_gradients
        twin.escaped, twin.separators = self.escaped, self.separators
        return twin

    def moved_out(self) -> State:
        """All that this state is, as another object; this one is not to be used any more but to become another."""
        twin = State.__new__(State)
        twin.become(self)
        return twin

    def become(self, other: State) -> None:
        """Take over all that another state is; that one is not to be used any more."""
        for name in State.__slots__:
            setattr(self, name, getattr(other, name))

    def set_mode(self, mode: str) -> None:
        """Set the grad mode that one of `contexts.MODES` names. In inference mode, nothing that is made gets a graph."""
        if mode in {contexts.INFERENCE, contexts.NO_INFERENCE}:
            self.autograd.inference = mode == contexts.INFERENCE
        self.autograd.switch_off()
        self.autograd.grad_enabled = mode in {contexts.GRAD_ON, contexts.NO_INFERENCE} and not self.autograd.inference

    def assume(self, what: Certainty, asked: Asked | None = None, outcome: bool = True, *, loop: object = None) -> None:
        """Note that something had to be assumed for the path to come this way; of a condition, where it was asked."""
        self.certainty = self.certainty.assume(what, self.autograd.clock, asked, outcome, loop)

    def truncate(self) -> None:
        """Note that a budget has left something out that may matter to what follows."""
        self.truncated_at = max(1, self.autograd.clock)

    # -- frames -----------------------------------------------------------------------------------------------------

    def push_frame(self, frame: int) -> None:
        """Go into a frame; what the current statement has evaluated waits."""
        self.suspended_logs = (*self.suspended_logs, tuple(self.log[: self.cursor]))
        self.callers = (*self.callers, self.current)
        self.enter_frame(frame)
        self.log, self.cursor = [], 0

    def pop_frame(self) -> None:
        """Go back to where the current frame was entered."""
        self.log = list(self.suspended_logs[-1])
        self.cursor = len(self.log)
        self.enter_frame(self.callers[-1])
        self.suspended_logs, self.callers = self.suspended_logs[:-1], self.callers[:-1]

    def enter_frame(self, frame: int) -> None:
        """Stand in a frame."""
        self.current = frame
        self.frame = self.frames[frame]

    def recall(self, key: object) -> Value | None:
        """What the statement evaluated next the last time it came this way; None where it has not come so far."""
        if self.cursor < len(self.log) and self.log[self.cursor][0] is key:
            self.cursor += 1
            return self.log[self.cursor - 1][1]
        return None

    def remember(self, mark: int, key: object, value: Value) -> None:
        """Note that something is evaluated, which took what was noted from `mark` on."""
        del self.log[mark:]
        self.log.append((key, value))
        self.cursor = mark + 1

    def frame_of(self, name: str) -> int:
        """The innermost frame around the current one that binds a name, else that of the module's own names."""
        here = self.current
        while (outer := self.frames[here].get(ENCLOSING)) is not None:
            if not (isinstance(outer, Literal) and isinstance(outer.value, int) and outer.value in self.frames):
                return MODULE_FRAME
            here = outer.value
            if name in self.frames[here]:
                break
        return here

    @property
    def globals_frame(self) -> int:
        """The frame of the names of the module whose code is being run."""
        return self.frame_of("")

    def new_frame(self, outer: int, names: dict[str, Value]) -> int:
        """A frame in which a function runs; names that it does not bind are looked up in `outer`."""
        made = self.autograd.tick()
        self.frames[made] = {ENCLOSING: Literal(outer), **names}
        return made

    def new_globals(self, key: str) -> int:
        """A frame for the names of another module, which is known by this key from now on."""
        made = self.autograd.tick()
        self.frames[made] = {}
        self.frames[MODULE_FRAME][f"(module) {key}"] = LinkedModuleValue(made, key)
        return made

    def linked_module(self, key: str) -> LinkedModuleValue | None:
        """The module of this key, if it has begun to run."""
        found = self.frames[MODULE_FRAME].get(f"(module) {key}")
        return found if isinstance(found, LinkedModuleValue) else None

    def enclosing_value(self, name: str) -> Value | None:
        """The value of a name in the frames around the current one."""
        return self.frames.get(self.frame_of(name), {}).get(name)

    def bind(self, name: str, value: Value) -> None:
        """Bind a name, in the frame that a `global` or `nonlocal` statement names."""
        if REBINDS in self.frame:
            elsewhere = self.frame.get(f"(in) {name}")
            if isinstance(elsewhere, Literal) and isinstance(elsewhere.value, int):
                self.frames[elsewhere.value][name] = value
                return
        self.frame[name] = value

    # -- values -----------------------------------------------------------------------------------------------------

    def unknown(self) -> Unknown:
        """A new value of which nothing is known."""
        return Unknown(self.autograd.tick())

    def plain(self) -> NonTensor:
        """A new value of which it is known only that it is no tensor."""
        return NonTensor(self.autograd.tick())

    def text(self) -> Text:
        """A new string of which nothing else is known."""
        return Text(self.autograd.tick())

    def as_plain(self, value: Unknown) -> Unknown:
        """An unknown value of which something says that it is no tensor, unless it was found to be one."""
        return value if self.heap.has(value.id, KnownTensor) else NonTensor(value.id)

    def new_list(self, items: tuple[Value, ...], open_from: int | None = None) -> ListValue:
        """A new list object. From place `unknown_from` on it may hold others between and after these items."""
        made = ListValue(self.autograd.tick())
        self.set_items(made, items, open_from)
        return made

    def items_of(self, value: Value) -> tuple[Value, ...] | None:
        """The items of a tuple or list where all of them are known."""
        if isinstance(value, ListValue):
            if self.heap.has(value.id, OpenFrom):
                return None
            held = self.heap.fact(value.id, Items)
            return None if held is None else held.values
        if isinstance(value, Instance) and value.cls.kind == "tuple":
            return self.known_items(value)
        if isinstance(value, IteratorValue):
            return self.known_items(value) if self.unknown_from(value) is None else None
        return value.items if isinstance(value, TupleValue) else None

    def known_items(self, value: Value) -> tuple[Value, ...]:
        """The items of a tuple, list or dict, or still to come from an iterator, that are known."""
        if isinstance(value, (ListValue, DictValue)):
            held = self.heap.fact(value.id, Items)
            return () if held is None else held.values
        if isinstance(value, Instance):
            kept = (self.heap.get((value.id, name)) for name in value.cls.fields or ())
            return tuple(item for item in kept if item is not None)
        if isinstance(value, IteratorValue):
            gone = self.consumed(value)
            return () if gone is None else self.known_items(self._iterated(value))[gone:]
        return value.items if isinstance(value, TupleValue) else ()

    def unknown_from(self, value: Value) -> int | None:
        """From which place on a list may hold others between and after its known items; None where all are known."""
        if isinstance(value, IteratorValue):
            gone = self.consumed(value)
            begins = 0 if gone is None else self.unknown_from(self._iterated(value))
            return None if begins is None else max(0, begins - (gone or 0))
        if self.items_of(value) is not None:
            return None
        opened = self.heap.fact(value.id, OpenFrom) if isinstance(value, ListValue) else None
        return 0 if opened is None else opened.place

    def leading_items(self, value: Value) -> tuple[Value, ...]:
        """The items of a tuple or list whose place in it is known: the first ones, all where all are known."""
        return self.known_items(value)[: self.unknown_from(value)]

    def new_iterator(self, over: TupleValue | ListValue) -> IteratorValue:
        """A new iterator over a tuple or list, at its beginning."""
        made = IteratorValue(self.autograd.tick())
        self.heap.note(made.id, IteratesOver(over))
        self.heap.note(made.id, Consumed(0))
        return made

    def _iterated(self, value: IteratorValue) -> Value:
        """What an iterator goes through."""
        over = self.heap.fact(value.id, IteratesOver)
        return NONE if over is None else over.value

    def consumed(self, value: IteratorValue) -> int | None:
        """How many items an iterator has handed out, where that is known."""
        consumed = self.heap.fact(value.id, Consumed)
        return None if consumed is None else consumed.count

    def use_up(self, value: IteratorValue) -> ListValue:
        """A list of all items that are still to come from an iterator, which has none from now on."""
        made = self.new_list(self.known_items(value), self.unknown_from(value))
        earlier = self.heap.fact(value.id, UsedUp)
        gone = self.consumed(value)
        if earlier is not None:
            self.heap.note(made.id, earlier)
        elif gone is not None:
            items = self._iterated(value)
            if gone and self.items_of(made) == ():
                self.heap.note(made.id, UsedUp(self.known_items(items)))
            self._note_used_up(value, self.known_items(items))
        return made

    def _note_used_up(self, value: IteratorValue, items: tuple[Value, ...]) -> None:
        self.heap.note(value.id, UsedUp(items))
        self.heap.note(value.id, IteratesOver(TupleValue(())))
        self.heap.note(value.id, Consumed(0))

    def put_off_use(self, value: IteratorValue, made: ListValue) -> None:
        """Note that an iterator is used up only when somebody goes through what was `made` of it by a generator expression."""
        used = self.heap.fact(value.id, UsedUp)
        if used is not None:
            self.heap.note(made.id, GoesThrough((value, *used.values)))
            self.heap.forget(value.id, UsedUp)
            self.heap.forget(value.id, Consumed)

    def note_gone_through(self, value: Value) -> None:
        """Note that somebody goes through all items of a value, and so of the iterator that it was made of."""
        behind = self.heap.fact(value.id, GoesThrough) if isinstance(value, ListValue) else None
        if behind is not None:
            iterator, *items = behind.values
            if isinstance(iterator, IteratorValue):
                self._note_used_up(iterator, tuple(items))

    def advance(self, value: IteratorValue) -> Value | None:
        """The next item that is known of an iterator, which is handed out; without one, how far it has come is lost."""
        items, gone = self.known_items(value), self.consumed(value)
        if not items or gone is None:
            self.forget_items(value)
            return None
        self.heap.note(value.id, Consumed(gone + 1))
        return items[0]

    def set_items(self, value: ListValue, items: tuple[Value, ...], open_from: int | None = None) -> None:
        """Give a list these items, the first of them where there are very many, and no others but from `unknown_from` on."""
        if len(items) > MAX_ITEMS:
            items, open_from = items[:MAX_ITEMS], MAX_ITEMS if open_from is None else min(open_from, MAX_ITEMS)
        self.heap.note(value.id, Items(items))
        if open_from is None:
            self.heap.forget(value.id, OpenFrom)
        else:
            self.heap.note(value.id, OpenFrom(open_from))

    def entries_of(self, value: DictValue) -> list[tuple[Value, Value]] | None:
        """The keys and values of a dict, in order, where all of them are known."""
        keys, items = self.heap.fact(value.id, Keys), self.heap.fact(value.id, Items)
        return None if keys is None or items is None else list(zip(keys.values, items.values, strict=True))

    def as_tensor(self, value: Value, place: Place, *, seen: bool = False, depth: int = 0) -> int | None:
        """The tensor that a value is or may be, None where it is surely none. `seen`: this use shows that it is one."""
        tensor: TensorValue | KnownTensor | None = value if isinstance(value, TensorValue) else None
        if isinstance(value, Unknown) and not isinstance(value, NonTensor):
            tensor = self.heap.fact(value.id, KnownTensor)
            if tensor is None:
                tensor = KnownTensor(self._promoted(value, place, depth))
                self.heap.note(value.id, tensor)
                if self.heap.has(value.id, IsArgument):
                    self.autograd.given |= {tensor.ref}
        if tensor is None:
            return None
        if seen:
            self.autograd.mark_as_tensor(tensor.ref)
        return tensor.ref

    def _promoted(self, value: Unknown, place: Place, depth: int) -> int:
        """A tensor for what was unknown so far: connected to what it was computed from, by code out of sight."""
        origin = self.heap.fact(value.id, ComputedFrom)
        if origin is None or depth > MAX_PROMOTED:
            return self.autograd.unknown(place, tensor_seen=False)
        refs = [self.as_tensor(item, place, depth=depth + 1) for item in origin.values]
        return ops.call_unknown(
            self.autograd, origin.function, [ref for ref in refs if ref is not None], place, tensor_seen=False
        )

    def known_tensor(self, value: Value) -> int | None:
        """The tensor that a value has already been found to be, None else; changes nothing."""
        if isinstance(value, TensorValue):
            return value.ref
        known = self.heap.fact(value.id, KnownTensor) if isinstance(value, Unknown) else None
        return None if known is None else known.ref

    def tensors_in(self, value: Value, depth: int = 4) -> list[int]:
        """The tensors that a value is or holds, as far as is known."""
        ref = self.known_tensor(value)
        if ref is not None:
            return [ref]
        items = self.known_items(value)
        if depth == 0 or not items:
            return []
        return [ref for item in items for ref in self.tensors_in(item, depth - 1)]

    def new_dict(self, entries: Iterable[tuple[Value, Value]]) -> DictValue:
        """A new dict object; of entries with the same key, the last one counts."""
        made = DictValue(self.autograd.tick())
        self.set_entries(made, entries)
        return made

    def set_entries(self, value: DictValue, entries: Iterable[tuple[Value, Value]]) -> None:
        """Give a dict these entries and no others."""
        kept = dict(entries)
        if len(kept) > MAX_ITEMS:
            self.forget_items(value)
            return
        self.heap.note(value.id, Keys(tuple(kept)))
        self.heap.note(value.id, Items(tuple(kept.values())))

    def note_cuts(self, root: int) -> None:
        """Remember which leaves a backward that began at `root` could not reach, and what cut them off."""
        tensor = self.autograd.tensors.get(root)
        new = tensor.cuts - self.seen_cuts if tensor is not None else frozenset[Cut]()
        trained = self.autograd.trained
        # What passes no gradient anyway is no loss to learn from.
        kept = [cut for cut in new if cut.kind not in _CUTTING_NO_LEAF and (cut.sure or trained)]
        below = {origins: self.autograd.leaves_below(origins) for origins in {cut.origins for cut in kept}}
        self.cuts |= {(leaf, cut) for cut in kept for leaf in below[cut.origins] if cut.sure or leaf in trained}
        self.seen_cuts |= new

    def forget_items(self, value: Value) -> None:
        """Note that code out of sight may have changed a list or a dict, or gone on with an iterator."""
        if isinstance(value, (ListValue, DictValue)):
            for kind in (Items, Keys, OpenFrom):
                self.heap.forget(value.id, kind)
        elif isinstance(value, IteratorValue):
            self.heap.forget(value.id, Consumed)

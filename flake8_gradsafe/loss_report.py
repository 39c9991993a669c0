"""What a loss trains, and what a backward, a step or a `zero_grad` does to gradients: a row for each parameter or module.

Rows are gathered from the states in which paths come by, and joined: what is true on some of them is said so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.ops import MAX_CUTS
from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.interpreter.domain.facts import MayHoldOthers, OpaqueOptimizer
from flake8_gradsafe.interpreter.domain.gradient_lives import UNTOUCHED, GradientLife, GradientLives
from flake8_gradsafe.interpreter.models.opaque import is_guessed
from flake8_gradsafe.interpreter.models.optimizers import held_by
from flake8_gradsafe.named_values import trainables
from flake8_gradsafe.rules import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from flake8_gradsafe.autograd.graph import Node
    from flake8_gradsafe.autograd.tensor import Cut, Place, Tensor
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.run import Run
    from flake8_gradsafe.named_values import Path, Trainables

#: The name of a loss.
_LOSS = re.compile(r"loss|objective|(?:^|[_.])(?:nll|elbo|err[DG]?|cost)(?:$|[_\d])", re.IGNORECASE)
#: So many reasons of one answer are told.
_MOST_REASONS = 3


class Kind(Enum):
    """What stands on the line."""

    LOSS = "loss"  # it is computed there
    BACKWARD = "backward"
    GRAD = "grad"  # `torch.autograd.grad`
    STEP = "step"
    CLEARING = "zero_grad"


class Verdict(Enum):
    """An answer to a question about a parameter."""

    YES = "yes"
    NO = "no"
    SOME = "on some paths"
    IF = "yes, if"  # the reasons are conditions
    UNKNOWN = "unknown"


class Line(NamedTuple):
    """A line of the file itself, or of another one, whose path is given."""

    number: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer is what it is, and the line where that comes about."""

    text: str
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, with the reasons for it."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()

    def joined(self, other: Answer) -> Answer:
        """What holds where paths differ."""
        reasons = tuple(dict.fromkeys((*self.reasons, *other.reasons)))[:_MOST_REASONS]
        if self.verdict is other.verdict:
            return Answer(self.verdict, reasons)
        if not {Verdict.IF, Verdict.UNKNOWN}.isdisjoint({self.verdict, other.verdict}):
            reasons = tuple(dict.fromkeys((*self._reasons_of_some(), *other._reasons_of_some())))
            return Answer(Verdict.UNKNOWN, reasons[:_MOST_REASONS])
        return Answer(Verdict.SOME, reasons)

    def _reasons_of_some(self) -> Iterator[Reason]:
        """The reasons as they are told where this answer is not that of all paths."""
        for reason in self.reasons:
            yield replace(reason, text=f"yes if {reason.text}") if self.verdict is Verdict.IF else reason


@dataclass(frozen=True, slots=True)
class GradientState:
    """What a parameter's gradient is: none, or the sum of those of some backwards.

    `may_be_older`: an earlier call of the function, or code out of sight, may have left one, which this adds to. `is_repeated`:
    a backward has run more than once. `is_assumed`: it is not sure that all of them reach the parameter. `is_in_sight` is false
    where code out of sight may set it at any time, `is_known` where nothing is known, or it had too many lives to tell of.
    """

    backwards: tuple[Line, ...] = ()
    is_repeated: bool = False
    cleared: Line | None = None
    assigned: Line | None = None
    zeroed: Line | None = None
    clipped: Line | None = None
    used: Line | None = None
    is_newer: bool = False
    may_be_older: bool = False
    is_assumed: bool = False
    is_in_sight: bool = True
    is_known: bool = True

    @property
    def exists(self) -> bool:
        """Whether there surely is one."""
        return bool(self.backwards) or self.assigned is not None or self.zeroed is not None


_UNKNOWN = GradientState(is_known=False)


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """What is known of a parameter, or of all `count` parameters of a module; None of one that is out of sight.

    `reached` is whether the loss reaches it, the step uses it, or its gradient is cleared there. `optimizers` are those that
    hold it, `sometimes` those that do on some paths, `others_may`: others that are not known may, too. `gradient` is its state
    in the first round of the loops around the line, `later` in the others, if it differs. `may_be_more`: a module may have
    others, which are out of sight.
    """

    name: str
    count: int | None
    reached: Answer
    requires_grad: Answer
    optimizers: tuple[str, ...]
    others_may: bool
    gradient: tuple[GradientState, ...]
    later: tuple[GradientState, ...] = ()
    sometimes: tuple[str, ...] = ()
    may_be_more: bool = False


@dataclass(frozen=True, slots=True)
class LossReport:
    """What is known of a line that computes or differentiates a loss, steps or clears; `name` is that of a loss.

    `in_loop`: of the rounds of a loop around it, only the first ones were followed.
    """

    kind: Kind
    name: str
    rows: tuple[ParameterRow, ...]
    in_loop: bool = False


@dataclass(slots=True)
class _Seen:
    """What was seen of one parameter on the paths so far."""

    path: Path
    count: int | None
    reached: Answer
    requires_grad: Answer
    optimizers: dict[str, int]
    others_may: bool
    first: dict[GradientState, None] = field(default_factory=dict)
    later: dict[GradientState, None] = field(default_factory=dict)
    count_of_looks: int = 1

    def add(self, other: _Seen) -> None:
        self.reached = self.reached.joined(other.reached)
        self.requires_grad = self.requires_grad.joined(other.requires_grad)
        self.count_of_looks += other.count_of_looks
        self.optimizers |= {name: count + self.optimizers.get(name, 0) for name, count in other.optimizers.items()}
        self.others_may |= other.others_may
        self.first |= other.first
        self.later |= other.later

    def row(self) -> ParameterRow:
        """The row of it alone."""
        first, later = tuple(self.first or self.later), tuple(self.later if self.first else ())
        return ParameterRow(
            "".join(self.path),
            self.count,
            self.reached,
            self.requires_grad,
            tuple(name for name, count in self.optimizers.items() if count == self.count_of_looks),
            self.others_may,
            first,
            later if set(later) != set(first) else (),
            tuple(name for name, count in self.optimizers.items() if count < self.count_of_looks),
        )


class LineFinder(NamedTuple):
    """Where places stand: the line of one, and the line from which on grad mode is off around one."""

    line: Callable[[Place], Line | None]
    without_grad: Callable[[Place], Line | None]


class Observed:
    """What the paths that come by a call, or by a loss that is computed, show of all parameters."""

    def __init__(self, kind: Kind, name: str, lines: LineFinder) -> None:
        """Nothing was seen yet."""
        self.kind = kind
        self.name = name
        self._lines = lines
        self._seen: dict[Path, _Seen] = {}
        self._modules: dict[Path, int] = {}
        self._open: set[Path] = set()
        self._has_later_rounds = False

    def look(
        self,
        run: Run,
        state: State,
        roots: Iterable[int] = (),
        asked: Iterable[int] = (),
        owner: int | None = None,
    ) -> None:
        """Look at a path: at what is differentiated from its `roots` on, or at what is `asked` for, stepped or cleared.

        The `owner` is the optimizer that steps or clears it, if one does.
        """
        found = trainables(state)
        self._modules |= found.modules
        self._open |= found.open_modules
        graph = _Graph(state, tuple(roots), self._lines) if self.kind in _OF_A_LOSS else None
        holders = _Holders(state, found)
        asked = frozenset(asked)
        others = _HELD_ELSEWHERE if owner is not None and _may_hold_any(owner, state) else Answer(Verdict.NO)
        in_later_round = any(run.rounds)
        self._has_later_rounds |= in_later_round
        for ref, path in found.leaves.items():
            gradients = dict.fromkeys(self._gradients(run, ref, state))
            among = Answer(Verdict.YES) if ref in asked else others
            seen = _Seen(
                path,
                None if path in found.standing_for_all else 1,
                among if graph is None else graph.reaches(ref, asked),
                self._requires_grad(state.autograd.tensors[ref]),
                dict.fromkeys(holders.of(ref), 1),
                holders.may_be_others(ref) or _is_from_before(run, ref),
                {} if in_later_round else gradients,
                gradients if in_later_round else {},
            )
            if path in self._seen:
                self._seen[path].add(seen)
            else:
                self._seen[path] = seen

        for name in [] if graph is None else graph.models_out_of_sight(run):
            self._seen.setdefault((name,), _unseen(name))

    def report(self) -> LossReport:
        """What all of them show, those parameters of a module that share it in one row."""
        for seen in self._seen.values() if self._has_later_rounds else ():
            if not seen.later:  # its name stands for something else by then
                seen.later[_UNKNOWN] = None
        rows = [(seen.path, seen.row() if self._concerns(seen) else None) for seen in self._seen.values()]
        grouped = tuple(_grouped(rows, self._modules, self._open))
        return LossReport(self.kind, self.name, grouped, self._has_later_rounds)

    def _concerns(self, seen: _Seen) -> bool:
        """Whether a parameter has to do with a loss, or with what is stepped or cleared, or has a gradient that is left."""
        if self.kind in _OF_A_LOSS or seen.reached.verdict is not Verdict.NO:
            return True
        return any(each.exists or not each.is_known for each in (*seen.first, *seen.later))

    def _requires_grad(self, tensor: Tensor) -> Answer:
        if tensor.grad.sure:
            return Answer(Verdict.YES)
        if tensor.grad.possible:
            return Answer(Verdict.UNKNOWN)
        if tensor.frozen is not None:
            return Answer(Verdict.NO, (Reason("frozen", self._lines.line(tensor.frozen)),))
        return Answer(Verdict.NO, (Reason("made without", self._lines.line(tensor.place)),))

    def _gradients(self, run: Run, ref: int, state: State) -> Iterator[GradientState]:
        """The states that a leaf's gradient may be in."""
        kept = state.heap.fact(ref, GradientLives)
        lives = frozenset({UNTOUCHED}) if kept is None else kept.lives
        if not lives:
            yield _UNKNOWN
        for life in sorted(lives, key=_order):
            yield self._told(run, ref, life, state)

    def _told(self, run: Run, ref: int, life: GradientLife, state: State) -> GradientState:
        line = self._lines.line
        lines = [told for told in map(line, life.backwards) if told is not None]
        begins_here = any(place is not None for place in (life.cleared, life.assigned, life.zeroed))
        return GradientState(
            tuple(dict.fromkeys(lines)),
            len(set(life.backwards)) < len(life.backwards),
            line(life.cleared),
            line(life.assigned),
            line(life.zeroed),
            line(life.clipped),
            line(life.used),
            life.is_newer,
            may_be_older=not begins_here and _may_have_one(run, ref, state),
            is_assumed=life.is_assumed,
            is_in_sight=ref not in state.escaped and ref not in state.autograd.trained,
        )


def is_named_as_loss(name: str) -> bool:
    """Whether a name is one that losses have."""
    return _LOSS.search(name) is not None


def _unseen(name: str) -> _Seen:
    """What there is to tell of a model that is called and of which nothing is in sight."""
    condition = Answer(Verdict.IF, (Reason("it has parameters that require grad"),))
    return _Seen((name,), None, condition, Answer(Verdict.UNKNOWN), {}, True, {_UNKNOWN: None})


#: What is asked about a loss.
_OF_A_LOSS = frozenset({Kind.LOSS, Kind.BACKWARD, Kind.GRAD})


#: Of a parameter that an optimizer is not seen to hold.
_HELD_ELSEWHERE = Answer(Verdict.UNKNOWN, (Reason("what the optimizer holds is out of sight"),))


def _order(life: GradientLife) -> tuple[int, str]:
    return len(life.backwards), repr(life.cleared is None)


def _may_have_one(run: Run, ref: int, state: State) -> bool:
    """Whether a leaf may have a gradient of which nothing in sight tells."""
    return ref in state.escaped or ref in state.autograd.trained or _is_from_before(run, ref)


def _is_from_before(run: Run, ref: int) -> bool:
    """Whether a leaf was there when the function was entered that is run by itself."""
    return not run.script and ref <= run.entered_at


class _Holders:
    """The optimizers that are known on a path, and what they hold."""

    def __init__(self, state: State, found: Trainables) -> None:
        self._escaped = state.escaped | state.autograd.trained
        self._held = [
            (f"perhaps {''.join(path)}" if _is_taken_by_name(owner, state) else "".join(path), held_by(owner, state))
            for owner, path in found.optimizers.items()
        ]
        self._is_open = any(_is_open(owner, state) for owner in found.optimizers)

    def of(self, ref: int) -> Iterator[str]:
        """The names of those that hold a leaf."""
        return (name for name, held in self._held if ref in held)

    def may_be_others(self, ref: int) -> bool:
        """Whether another may hold it."""
        return ref in self._escaped or self._is_open


def _is_open(owner: int, state: State) -> bool:
    opaque = state.heap.fact(owner, OpaqueOptimizer)
    return state.heap.has(owner, MayHoldOthers) or (opaque is not None and is_guessed(opaque, state))


def _may_hold_any(owner: int, state: State) -> bool:
    """Whether an optimizer may hold more than it is seen to."""
    return _is_open(owner, state) or _is_taken_by_name(owner, state)


def _is_taken_by_name(owner: int, state: State) -> bool:
    """Whether nothing but names tells what an optimizer holds."""
    opaque = state.heap.fact(owner, OpaqueOptimizer)
    return opaque is not None and not opaque.models


def reached_from(roots: Iterable[int], state: State) -> dict[int, bool]:
    """The leaves that may get a gradient of a backward from these tensors on, each with whether it surely does."""
    tensors = state.autograd.tensors
    starts = _starts(tensors[root] for root in roots if root in tensors)
    surely = _leaves_below(starts, state, through_all=False)
    perhaps = [leaf for leaf in _leaves_below(starts, state, through_all=True) if leaf in tensors]
    return {leaf: leaf in surely and tensors[leaf].grad.sure for leaf in perhaps if tensors[leaf].grad.possible}


def _starts(tensors: Iterable[Tensor]) -> list[int]:
    return [tensor.ref if tensor.node is None else tensor.node for tensor in tensors]


def _leaves_below(starts: Iterable[int], state: State, *, through_all: bool) -> dict[int, Node | None]:
    """The leaves below some nodes, each with the first node on the way that is out of sight.

    What a model out of sight holds itself is reached with it; what it is given only `through_all`.
    """
    nodes, trained = state.autograd.nodes, state.autograd.trained
    found: dict[int, Node | None] = {}
    pending: list[tuple[int, Node | None]] = [(start, None) for start in starts]
    seen: set[int] = set()
    while pending:
        start, hidden = pending.pop()
        if start in seen:
            continue
        seen.add(start)
        node = nodes.get(start)
        if node is None:
            found.setdefault(start, hidden)
            continue
        own = {leaf for leaf in node.leaves if not node.opaque or leaf in trained}
        for leaf in own:
            found.setdefault(leaf, hidden)
        is_part = (
            node.trained and node.name == "part"
        )  # what a model out of sight gave comes from it with all its parts
        if through_all or not node.opaque or is_part:
            below = hidden or (node if node.opaque and not is_part else None)
            pending += [
                (each, below) for each in (*node.edges, *node.leaves, *_leaves_saved(node, state)) if each not in own
            ]
    return found


def _leaves_saved(node: Node, state: State) -> Iterator[int]:
    """The leaves that a gradient with a graph of its own may depend on: those that were saved to compute it."""
    for save in node.saves if node.gradient else ():
        yield from (
            tensor.ref for tensor in state.autograd.tensors_sharing(save.storage) if state.autograd.is_leaf(tensor.ref)
        )


class _Graph:
    """The graph below what is differentiated."""

    def __init__(self, state: State, roots: tuple[int, ...], lines: LineFinder) -> None:
        self._state, self._lines = state, lines
        tensors = [state.autograd.refresh_grad_fn(root) for root in roots if root in state.autograd.tensors]
        self._starts = _starts(tensors)
        self._is_unknown = any(
            tensor.node is None and tensor.grad.possible and not tensor.grad.sure for tensor in tensors
        )
        self._surely = _leaves_below(self._starts, state, through_all=False)
        self._perhaps = _leaves_below(self._starts, state, through_all=True)
        cuts = frozenset(cut for tensor in tensors for cut in tensor.cuts)
        self._is_cut_often = len(cuts) >= MAX_CUTS // 2
        self._cuts = [(cut, *self._behind(cut)) for cut in sorted(cuts, key=lambda cut: cut.time)]

    def _behind(self, cut: Cut) -> tuple[set[int], bool]:
        """The leaves behind a cut, and whether all of them are known."""
        autograd = self._state.autograd
        known = all(origin in autograd.nodes or origin in autograd.tensors for origin in cut.origins)
        return autograd.leaves_below(cut.origins), known and bool(cut.origins)

    def reaches(self, ref: int, asked: frozenset[int]) -> Answer:
        """Whether a leaf gets a gradient of it, and if not, why. With `asked`, only of those."""
        answer = self._reaches(ref)
        if asked and ref not in asked and answer.verdict is not Verdict.NO:
            return Answer(Verdict.NO, (Reason("not among the inputs"),))
        return answer

    def _reaches(self, ref: int) -> Answer:
        state, tensor = self._state, self._state.autograd.tensors[ref]
        cuts = tuple(self._cut_reason(cut) for cut, behind, _ in self._cuts if ref in behind)
        if not tensor.grad.possible:
            where = Reason("frozen", self._lines.line(tensor.frozen)) if tensor.frozen is not None else None
            return Answer(Verdict.NO, (where or Reason("requires no grad"),))
        if ref in self._surely and not tensor.grad.sure:
            return Answer(Verdict.IF, (Reason("it requires grad"),))
        if ref in self._surely:
            return Answer(Verdict.YES, tuple(self._partly(ref)))
        if ref in self._perhaps:
            return Answer(Verdict.IF, (self._passed_on(self._perhaps[ref]),))
        if cuts:
            return Answer(Verdict.NO, tuple(Reason(f"cut by {cut.text}", cut.line) for cut in cuts))
        hiding = next((node for node in self._opaque_nodes() if ref in state.escaped), None)
        if hiding is not None:
            return Answer(
                Verdict.IF, (Reason(f"`{wording.operator(hiding)}` uses it", self._lines.line(hiding.place)),)
            )
        return self._unused()

    def _partly(self, ref: int) -> Iterator[Reason]:
        """The first cut, as the program spells it, that keeps a part of what is reached from a leaf."""
        for cut, behind, _ in self._cuts:
            if ref in behind and (cut.kind in _SPELLED or self._begins_without_grad(cut) is not None):
                reason = self._cut_reason(cut)
                yield Reason(f"not through {reason.text}", reason.line)
                return

    def _unused(self) -> Answer:
        if self._is_unknown:
            return Answer(Verdict.UNKNOWN, (Reason("its graph was made out of sight"),))
        lost = next((cut for cut, _, known in self._cuts if not known), None)
        if lost is not None:
            cut = self._cut_reason(lost)
            return Answer(Verdict.NO, (Reason(f"not used by it, or only behind {cut.text}", cut.line),))
        if self._is_cut_often or any(self._is_from_outside(leaf) for leaf in self._perhaps):
            return Answer(Verdict.NO, (Reason("not used by it in sight"),))
        return Answer(Verdict.NO, (Reason("not used by it"),))

    def _is_from_outside(self, leaf: int) -> bool:
        """Whether a caller has given a tensor that may have a graph of its own."""
        autograd = self._state.autograd
        return leaf in autograd.tensors and not autograd.is_trainable(leaf)

    def _opaque_nodes(self) -> Iterator[Node]:
        nodes = self._state.autograd.nodes
        pending, seen = [start for start in self._starts if start in nodes], set[int]()
        while pending:
            start = pending.pop()
            if start not in seen and start in nodes:
                seen.add(start)
                if nodes[start].opaque:
                    yield nodes[start]
                pending += nodes[start].edges

    def _passed_on(self, node: Node | None) -> Reason:
        if node is None:
            return Reason("its graph leads there")
        if node.gradient:
            return Reason("the gradient depends on it", self._lines.line(node.place))
        return Reason(f"`{wording.operator(node)}` passes gradients on", self._lines.line(node.place))

    def models_out_of_sight(self, run: Run) -> Iterator[str]:
        """What is called in the graph, and may be a model of which nothing is known."""
        for node in self._opaque_nodes():
            if run.may_hide_parameters(node):
                yield f"{wording.operator(node)}(…)"

    def _begins_without_grad(self, cut: Cut) -> Line | None:
        return self._lines.without_grad(cut.place) if cut.kind is CutKind.NO_GRAD else None

    def _cut_reason(self, cut: Cut) -> Reason:
        if (begins := self._begins_without_grad(cut)) is not None:
            return Reason("no_grad", begins)
        return Reason(_CUTS[cut.kind], self._lines.line(cut.place))


#: What cuts gradients off, as users call it.
_CUTS = {
    CutKind.DETACH: "detach()",
    CutKind.DATA: ".data",
    CutKind.NO_GRAD: "a call under no_grad",
    CutKind.DETACH_: "detach_()",
    CutKind.READ: "reading numbers out",
    CutKind.FIRST_ORDER: "a gradient without create_graph",
    CutKind.USED_UP: "an iterator that was used up before",
    CutKind.OPERATOR: "an operator that passes no gradient",
}
_SPELLED = frozenset({CutKind.DETACH, CutKind.DATA, CutKind.DETACH_})


def _grouped(
    rows: list[tuple[Path, ParameterRow | None]], modules: dict[Path, int], open_modules: set[Path]
) -> Iterator[ParameterRow]:
    """The rows that there are, those of a module's parameters made one where all have one, and say the same."""
    inside: dict[Path, list[ParameterRow | None]] = {}
    for path, row in rows:
        for length in range(1, len(path)):
            inside.setdefault(path[:length], []).append(row and replace(row, name=""))
    alike = {
        path: len(its) for path, its in inside.items() if len(its) == modules.get(path) != 1 and len(set(its)) == 1
    }
    done: set[Path] = set()
    for path, row in rows:
        if row is None:
            continue
        whole = next((path[:length] for length in range(1, len(path)) if path[:length] in alike), None)
        if whole is None:
            yield row
        elif whole not in done:
            done.add(whole)
            count = None if row.count is None else alike[whole]
            yield replace(row, name="".join(whole), count=count, may_be_more=whole in open_modules)

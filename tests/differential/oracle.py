"""PyTorch's verdict on a program: every backward is right, refused with a RuntimeError, or silently wrong.

"Wrong" is about saved values: the gradient differs from the one that the values give which were saved. A
gradient that `detach_()` or `requires_grad_(False)` lost is no wrong one here.

Run as `python -m tests.differential.oracle 2000` for the shares of the verdicts among generated programs.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as hypothesis_seed

from tests.differential.programs import (
    NUMPY_WRITES,
    OPS,
    VIEWS,
    WRITES,
    Alias,
    Backward,
    Chunk,
    Data,
    Detach,
    DetachInPlace,
    Leaf,
    Numpy,
    NumpyWrite,
    Op,
    Program,
    RequiresGrad,
    SetData,
    Statement,
    Unbind,
    View,
    With,
    Write,
    flatten,
    leaf_values,
    programs,
)

Kind = Literal["right", "error", "wrong"]
Gradients = dict[str, torch.Tensor]

_TOLERANCE = 1e-9  # relative to the largest element of a leaf's gradient
_DOUBTFUL = (1e-13, 1e-6)  # a relative difference in between may be noise, or may be none
_VANISHED = 1e-11

_ERRORS: tuple[tuple[str, str], ...] = (
    ("has been modified by an inplace operation", "modified-inplace"),
    ("saved tensor that has been detached in-place", "saved-detached"),
    ("backward through the graph a second time", "freed"),
    ("does not require grad and does not have a grad_fn", "no-grad"),
    ("a view of a leaf Variable that requires grad is being used in an in-place", "leaf-view-inplace"),
    ("a leaf Variable that requires grad is being used in an in-place operation", "leaf-inplace"),
    ("function that returns multiple views", "multi-view"),
    ("created in no_grad mode", "no-grad-view"),
    ("Can't detach views in-place", "detach-view"),
    ("only change requires_grad flags of leaf variables", "non-leaf-requires-grad"),
    ("functions with out=... arguments don't support automatic differentiation", "out-autograd"),
)


@dataclass(frozen=True)
class Verdict:
    """What PyTorch makes of one statement: of a backward, or (kind "error" only) of the one that raised.

    index: the statement's number in pre-order. error: a name of `_ERRORS`, or "other: " and the message.
    writes: the statements after which a wrong gradient changes. touched: the statements that changed, unseen,
    bytes of saved tensors which this backward reads, with or without effect (empty for errors).
    """

    index: int
    kind: Kind
    error: str | None = None
    writes: frozenset[int] = frozenset()
    touched: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Judgement:
    """The verdicts in order of execution; the last one is an error if anything raised.

    degenerate: the values of this program hide or blur what it does (not finite, a gradient that vanishes or
    changes by next to nothing, writes that cancel one another): there is no verdict to compare with.
    idle: the writes that changed no byte.
    """

    verdicts: tuple[Verdict, ...]
    degenerate: bool = False
    idle: frozenset[int] = frozenset()


def error_name(message: str) -> str:
    """The name of a RuntimeError by the key words of its message."""
    for words, name in _ERRORS:
        if words in message:
            return name
    return f"other: {message}"


# --- source text: the one description of what a statement does, for eyes and for execution --------


def _literal(values: Sequence[float], shape: Sequence[int]) -> str:
    """Nested lists."""
    if not shape:
        return repr(values[0])
    step = len(values) // shape[0]
    rows = (_literal(values[i : i + step], shape[1:]) for i in range(0, len(values), step))
    return f"[{', '.join(rows)}]"


def _leaf_source(leaf: Leaf) -> str:
    values = _literal(leaf_values(leaf.shape, leaf.seed), leaf.shape)
    flag = ", requires_grad=True" if leaf.requires_grad else ""
    return f"torch.tensor({values}, dtype=torch.float64{flag})"


def _op_source(op: Op, args: Sequence[str]) -> str:
    kind = OPS[op.op]
    values = [bool(value) for value in op.constant] if kind.constant == "mask" else list(op.constant)
    constant = f"torch.tensor({values})"
    if kind.constant == "mask":
        constant += f".view({args[0]}.shape)"
    return kind.source.format(*args, k=constant)


def _line(statement: Statement, names: Sequence[str]) -> str:
    """One line of Python, with `names` for `_operands(statement)`; the right-hand side of what binds."""
    match statement:
        case Leaf():
            return _leaf_source(statement)
        case Op(args=args):
            return _op_source(statement, [*names, *(repr(a) for a in args[len(names) :])])
        case View(how=how, constant=constant):
            return VIEWS[how].format(names[0], *constant)
        case Unbind():
            return f"{names[0]}.unbind()"
        case Chunk():
            return f"{names[0]}.chunk(2)"
        case Detach():
            return f"{names[0]}.detach()"
        case Data():
            return f"{names[0]}.data"
        case Alias():
            return names[0]
        case Numpy():
            return f"{names[0]}.detach().numpy()"
        case Write(how=how, args=args, region=region):
            operands = [*names[1:], *(repr(a) for a in args[len(names) - 1 :])]
            return WRITES[how].format(*operands, *region, t=names[0])
        case NumpyWrite(how=how, number=number, region=region):
            return NUMPY_WRITES[how].format(number, *region, t=names[0])
        case SetData(fresh=fresh):
            return f"{names[0]}.data = {names[1]}{'.detach().clone()' if fresh else '.data'}"
        case DetachInPlace():
            return f"{names[0]}.detach_()"
        case RequiresGrad(value=value):
            return f"{names[0]}.requires_grad_({value})"
        case Backward(retain_graph=retain_graph):
            return f"{names[0]}.backward({'retain_graph=True' if retain_graph else ''})"
        case With(mode=mode):
            return f"with torch.{mode}():"


def _operands(statement: Statement) -> tuple[str, ...]:
    """The names that a statement reads, its target first."""
    match statement:
        case Op(args=args):
            return tuple(a for a in args if isinstance(a, str))
        case View(arg=arg) | Unbind(arg=arg) | Chunk(arg=arg) | Detach(arg=arg) | Data(arg=arg) | Alias(arg=arg):
            return (arg,)
        case Numpy(arg=arg):
            return (arg,)
        case Write(target=target, args=args):
            return (target, *(a for a in args if isinstance(a, str)))
        case SetData(target=target, other=other):
            return target, other
        case NumpyWrite(target=target) | DetachInPlace(target=target) | RequiresGrad(target=target):
            return (target,)
        case Backward(target=target):
            return (target,)
    return ()


def _results(statement: Statement) -> tuple[str, ...]:
    """The names that a statement binds."""
    match statement:
        case Unbind(names=names) | Chunk(names=names):
            return names
        case Leaf() | Op() | View() | Detach() | Data() | Alias() | Numpy():
            return (statement.name,)
    return ()


def describe(program: Program) -> str:
    """Runnable Python source text of a program."""
    lines = ["import torch", "import torch.nn.functional as F", ""]
    lines += _described(program, "")
    return "\n".join(lines) + "\n"


def _described(body: Sequence[Statement], indent: str) -> list[str]:
    lines = []
    for statement in body:
        line = _line(statement, _operands(statement))
        results = _results(statement)
        lines.append(f"{indent}{', '.join(results)} = {line}" if results else f"{indent}{line}")
        if isinstance(statement, With):
            lines += _described(statement.body, indent + "    ")
    return lines


@cache
def _compiled(line: str, count: int, returns: bool) -> Callable[..., Any]:
    """A function of `x0, x1, …` that does what a line says."""
    parameters = ", ".join(f"x{i}" for i in range(count))
    namespace: dict[str, Any] = {"torch": torch, "F": torch.nn.functional}
    exec(f"def line({parameters}):\n    {'return ' if returns else ''}{line}", namespace)
    return namespace["line"]  # type: ignore[no-any-return]


# --- running --------------------------------------------------------------------------------------


class _RefusedError(Exception):
    """PyTorch raised a RuntimeError at a statement, or the run was told to stop there."""

    def __init__(self, index: int, message: str = "") -> None:
        super().__init__(index, message)
        self.index = index
        self.message = message


_MODES: Mapping[str, Callable[[], AbstractContextManager[object]]] = {
    "no_grad": torch.no_grad,
    "enable_grad": torch.enable_grad,
}


class _Run:
    """Executes a program; subclasses say what happens around a statement, and at a backward."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.index = -1

    def body(self, body: Sequence[Statement]) -> None:
        for statement in body:
            self.index += 1
            try:
                self.one(statement)
            except RuntimeError as error:
                raise _RefusedError(self.index, str(error)) from error

    def one(self, statement: Statement) -> None:
        if isinstance(statement, With):
            with _MODES[statement.mode]():
                self.body(statement.body)
        elif isinstance(statement, Backward):
            self.backward(statement)
        else:
            self.plain(statement)

    def plain(self, statement: Statement) -> None:
        operands = [self.names[name] for name in _operands(statement)]
        results = _results(statement)
        line = _line(statement, [f"x{i}" for i in range(len(operands))])
        value = _compiled(line, len(operands), bool(results))(*operands)
        if len(results) == 1:
            self.names[results[0]] = value
        else:
            self.names.update(zip(results, value or (), strict=True))

    def backward(self, statement: Backward) -> None:
        raise NotImplementedError

    def differentiate(self, statement: Backward, retain_graph: bool) -> Gradients:
        """The gradients that this one backward gives, by the first name of each leaf."""
        leaves = {id(value): (name, value) for name, value in reversed(self.names.items()) if _is_leaf(value)}
        for _, leaf in leaves.values():
            leaf.grad = None
        self.names[statement.target].backward(retain_graph=retain_graph)
        return {name: leaf.grad for name, leaf in leaves.values() if leaf.grad is not None}


def _is_leaf(value: object) -> bool:
    try:
        return isinstance(value, torch.Tensor) and value.is_leaf
    except RuntimeError:  # a view that may not be looked at any more, since its base was written
        return False


class _PlainRun(_Run):
    """The program as it stands: PyTorch's own checks, and its own gradients."""

    def __init__(self) -> None:
        super().__init__()
        self.gradients: dict[int, Gradients] = {}
        self.idle: set[int] = set()
        self.finite = True

    def plain(self, statement: Statement) -> None:
        if not isinstance(statement, Write | NumpyWrite | SetData):
            super().plain(statement)
            return
        target = self.names[statement.target]
        before = _bytes(target)
        super().plain(statement)
        if _bytes(target) == before:
            self.idle.add(self.index)

    def backward(self, statement: Backward) -> None:
        self.gradients[self.index] = self.differentiate(statement, statement.retain_graph)
        self.finite = self.finite and bool(self.names[statement.target].detach().isfinite())


def _bytes(value: Any) -> bytes:
    array = value.detach().numpy() if isinstance(value, torch.Tensor) else value
    return bytes(array.tobytes())


@dataclass(eq=False)
class _Save:
    """One saved tensor: what backward would read, and its values over time, as (statement, values)."""

    tensor: torch.Tensor
    history: list[tuple[int, torch.Tensor]] = field(default_factory=list)

    def look(self, index: int) -> None:
        """Note the values after a statement, if they are new."""
        if not self.history or not _same(self.history[-1][1], self.tensor):
            self.history.append((index, self.tensor.detach().clone()))

    def as_of(self, index: int) -> torch.Tensor:
        """The values just after a statement, or just saved where that was later."""
        latest = self.history[0][1]
        for changed, values in self.history[1:]:
            if changed > index:
                break
            latest = values
        return latest


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors hold the same values; NaN is the same as NaN."""
    return torch.equal(one, other) or (one.shape == other.shape and _bytes(one) == _bytes(other))


def _node(tensor: torch.Tensor) -> object:
    """The grad_fn before an op; a view whose base was written gets a new one by this look, as by the op's."""
    try:
        return tensor.grad_fn
    except RuntimeError:
        return NotImplemented


@dataclass(frozen=True)
class _Reading:
    """The gradients of one backward as of several moments: from what was saved, …, from what is there now."""

    moments: list[int]
    gradients: list[Gradients]


class _RecordedRun(_Run):
    """The program with its saved tensors in our hands: a backward can be read as of any time.

    PyTorch checks no versions and frees nothing here, so this run says nothing about errors: it follows the
    plain run up to the statement `stop`.
    """

    def __init__(self, stop: int | None) -> None:
        super().__init__()
        self.stop = stop
        self.saves: list[_Save] = []
        self.nodes: dict[int, object] = {}  # id of an operand's object → its grad_fn before the statement
        self.now = -1
        self.unpacked: set[_Save] = set()
        self.readings: dict[int, _Reading] = {}

    def run(self, program: Program) -> None:
        try:
            with torch.autograd.graph.saved_tensors_hooks(self.pack, self.unpack):
                self.body(program)
        except _RefusedError as stopped:
            if stopped.index != self.stop:
                raise

    def one(self, statement: Statement) -> None:
        if self.index == self.stop:
            raise _RefusedError(self.index)
        super().one(statement)

    def plain(self, statement: Statement) -> None:
        self.nodes = {}
        if isinstance(statement, Op | Write) and torch.is_grad_enabled():
            operands = [self.names[name] for name in _operands(statement)]
            self.nodes = {id(operand): _node(operand) for operand in operands}
        super().plain(statement)
        if isinstance(statement, Write | NumpyWrite | SetData):
            for save in self.saves:
                save.look(self.index)

    def pack(self, tensor: torch.Tensor) -> _Save:
        """Keep an input as the very object, so that `x.data = …` shows; a result as a handle on its bytes.

        A tensor that an in-place op saves as its result has another grad_fn by now than before the statement.
        """
        is_input = id(tensor) in self.nodes and self.nodes[id(tensor)] is tensor.grad_fn
        save = _Save(tensor if is_input else tensor.detach())
        save.look(self.index)
        self.saves.append(save)
        return save

    def unpack(self, save: _Save) -> torch.Tensor:
        self.unpacked.add(save)
        return save.as_of(self.now)

    def backward(self, statement: Backward) -> None:
        self.unpacked = set()
        moments = [-1]
        gradients = [self.read(statement, -1)]
        for moment in sorted({changed for save in self.unpacked for changed, _ in save.history[1:]}):
            moments.append(moment)
            gradients.append(self.read(statement, moment))
        self.readings[self.index] = _Reading(moments, gradients)

    def read(self, statement: Backward, moment: int) -> Gradients:
        self.now = moment
        return self.differentiate(statement, retain_graph=True)


# --- judging --------------------------------------------------------------------------------------


def judge(program: Program) -> Judgement:
    """What PyTorch does with a program: a verdict for every backward that it reaches, and for what raised.

    Raises AssertionError where the two runs contradict each other: the fault is here, not in the program.
    """
    plain = _PlainRun()
    stop: _RefusedError | None = None
    try:
        plain.body(program)
    except _RefusedError as stopped:
        stop = stopped
    verdicts: list[Verdict] = []
    degenerate = not plain.finite
    if plain.gradients:
        recorded = _RecordedRun(stop.index if stop else None)
        recorded.run(program)
        for index, gradients in plain.gradients.items():
            verdict, blurred = _compare(index, gradients, recorded.readings[index])
            verdicts.append(verdict)
            degenerate = degenerate or blurred
    if stop:
        verdicts.append(Verdict(stop.index, "error", error_name(stop.message)))
    return Judgement(tuple(verdicts), degenerate, frozenset(plain.idle))


def gradients(program: Program) -> Gradients:
    """The gradients that the program leaves behind, right or wrong, by the first name of each leaf.

    Those of several backwards are added up, and an error ends the program without losing the earlier ones.
    """
    plain = _PlainRun()
    with suppress(_RefusedError):
        plain.body(program)
    total: Gradients = {}
    for each in plain.gradients.values():
        for name, gradient in each.items():
            total[name] = total[name] + gradient if name in total else gradient
    return total


def _compare(index: int, actual: Gradients, reading: _Reading) -> tuple[Verdict, bool]:
    """The verdict on one backward, and whether its values blur it."""
    right, now = reading.gradients[0], reading.gradients[-1]
    if not all(bool(gradient.isfinite().all()) for each in reading.gradients for gradient in each.values()):
        return Verdict(index, "right"), True
    assert _distance(actual, now) < _TOLERANCE, "a backward under hooks must read what a plain one reads"
    steps = [_distance(one, other) for one, other in zip(reading.gradients, reading.gradients[1:], strict=False)]
    guilty = frozenset(k for k, step in zip(reading.moments[1:], steps, strict=True) if step > _TOLERANCE)
    total = _distance(right, actual)
    wrong = total > _TOLERANCE
    blurred = wrong != bool(guilty) or any(_DOUBTFUL[0] < d < _DOUBTFUL[1] for d in (*steps, total))
    blurred = blurred or (bool(steps) and _hides_writes(right))
    touched = frozenset(reading.moments[1:])
    return Verdict(index, "wrong" if wrong else "right", None, guilty if wrong else frozenset(), touched), blurred


def _hides_writes(right: Gradients) -> bool:
    """Whether some leaf's gradient is zero whatever was saved, or no leaf has one at all."""
    return not right or any(float(gradient.abs().max()) < _VANISHED for gradient in right.values())


def _distance(one: Gradients, other: Gradients) -> float:
    """The largest difference of any leaf's gradient, relative to its largest element."""
    assert one.keys() == other.keys(), "the same leaves must get gradients"
    largest = 0.0
    for name, gradient in one.items():
        difference = float((gradient - other[name]).abs().max())
        scale = max(float(gradient.abs().max()), float(other[name].abs().max()), _VANISHED)
        largest = max(largest, difference / scale)
    return largest


# --- shares ---------------------------------------------------------------------------------------


@dataclass
class Shares:
    """Counts over generated programs: verdicts by kind, errors by name, and what the writes did."""

    programs: int = 0
    degenerate: int = 0
    statements: int = 0
    seconds: float = 0.0
    judging: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    harmless: int = 0

    def add(self, program: Program, judgement: Judgement) -> None:
        self.programs += 1
        self.statements += len(list(flatten(program)))
        self.degenerate += judgement.degenerate
        for verdict in judgement.verdicts if not judgement.degenerate else ():
            self.kinds[verdict.kind] += 1
            self.harmless += verdict.kind == "right" and bool(verdict.touched)
            if verdict.error is not None:
                self.errors[verdict.error] += 1

    def __str__(self) -> str:
        verdicts = max(1, sum(self.kinds.values()))
        lines = [
            f"{self.programs} programs of {self.statements / max(1, self.programs):.1f} statements, "
            f"{self.programs / self.seconds:.0f} a second "
            f"({self.programs / self.judging:.0f} without making them), "
            f"{100 * self.degenerate / max(1, self.programs):.1f} % degenerate",
            "verdicts: "
            + ", ".join(f"{kind} {100 * n / verdicts:.1f} %" for kind, n in self.kinds.most_common())
            + f"; right in spite of a write to what was saved: {100 * self.harmless / verdicts:.1f} %",
            *(f"  {100 * n / max(1, self.kinds['error']):5.1f} %  {name}" for name, n in self.errors.most_common()),
        ]
        return "\n".join(lines)


def shares(count: int, seed: int = 0) -> Shares:
    """Judge `count` generated programs, the same ones for the same seed, and count what comes out."""
    counted = Shares()

    @hypothesis_seed(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def count_one(program: Program) -> None:
        started = time.perf_counter()
        judgement = judge(program)
        counted.judging += time.perf_counter() - started
        counted.add(program, judgement)

    started = time.perf_counter()
    count_one()
    counted.seconds = time.perf_counter() - started
    return counted


def main(arguments: Sequence[str]) -> None:
    """Print the shares among as many programs as the first argument says, for the seed of the second."""
    torch.set_num_threads(1)
    count, seed = [*map(int, arguments), 1000, 0][:2] if len(arguments) < 2 else map(int, arguments[:2])
    print(shares(count, seed))


if __name__ == "__main__":
    main(sys.argv[1:])

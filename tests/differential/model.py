"""The model's verdict on a program, to be held against PyTorch's.

A program is run on `flake8_gradsafe.autograd` statement by statement: operators by their measured rows,
places are the statements' numbers. `difference` says where the two verdicts part.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import zip_longest

import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as hypothesis_seed

from flake8_gradsafe.autograd import ops, writes
from flake8_gradsafe.autograd.backward import backward
from flake8_gradsafe.autograd.graph import AutogradError, BackwardResult, Doubt, Node, Premise, Reads, StaleSave
from flake8_gradsafe.autograd.operators import OpBehaviour, OpRef, operator_table
from flake8_gradsafe.autograd.region import IndexItem, Region
from flake8_gradsafe.autograd.state import AutogradState, Operands
from flake8_gradsafe.autograd.tensor import NO, YES, Effect, Via
from flake8_gradsafe.knowledge.effects import effect_of
from tests.differential.oracle import Judgement, Kind, Verdict, describe, judge
from tests.differential.oracle import _PlainRun as PlainRun
from tests.differential.oracle import _RefusedError as RefusedError
from tests.differential.programs import (
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
    Shape,
    Statement,
    Unbind,
    View,
    With,
    Write,
    programs,
    shapes,
)

#: How the calls of `programs` are written: a spelling of the catalogue, and the form of the call.
_OPS: Mapping[str, str] = {
    **{name: f"torch.{name}(T)" for name in ("exp", "sigmoid", "tanh", "relu", "sqrt", "reciprocal")},
    **{name: f"torch.{name}(T)" for name in ("square", "sin", "cos", "log1p", "abs")},
    **{name: f"torch.{name}(T)" for name in ("sum", "mean", "prod", "std", "norm")},
    **{name: f"torch.nn.functional.{name}(T)" for name in ("leaky_relu", "softplus", "gelu")},
    **{name: f"torch.nn.functional.{name}(T,T)" for name in ("mse_loss", "l1_loss")},
    **{name: f"torch.{name}(T,0)" for name in ("softmax", "log_softmax", "cumsum", "cumprod")},
    "logsumexp": "torch.logsumexp(T,0)",
    "max_dim": "torch.max(T,0)",
    "pow2": "__pow__(T,2)",
    "mul": "__mul__(T,T)",
    "div": "__truediv__(T,T)",
    "add": "__add__(T,T)",
    "sub": "__sub__(T,T)",
    "maximum": "torch.maximum(T,T)",
    "matmul": "__matmul__(T,T)",
    "mul_scalar": "__mul__(T,n)",
    "add_scalar": "__add__(T,n)",
    "div_scalar": "__truediv__(T,n)",
    "neg": "__neg__(T)",
    "clone": "clone(T)",
    "clamp_min": "torch.clamp(T,n)",
    "where": "torch.where(B,T,T)",
    "masked_fill": "masked_fill(T,B,n)",
    "index_select": "torch.index_select(T,0,I)",
    "cat2": "torch.cat(L)",
    "stack2": "torch.stack(L)",
}

_VIEWS: Mapping[str, str] = {
    "slice": "__getitem__(T,S)",
    "columns": "__getitem__(T,S)",
    "select": "__getitem__(T,0)",
    "view": "view(T,n)",
    "reshape": "view(T,n)",  # of contiguous memory, the only ones here, it is the same
    "t": "t(T)",
    "transpose": "transpose(T,0,1)",
    "unsqueeze": "unsqueeze(T,0)",
    "expand": "expand(T,t)",
    "unbind": "unbind(T)",
    "chunk": "chunk(T,2)",
}

_WRITES: Mapping[str, str] = {
    "mul_": "mul_(T,{})",
    "add_": "add_(T,{})",
    "iadd": "__iadd__(T,{})",
    "copy_": "copy_(T,{})",
    "clamp_": "clamp_(T,{})",
    "sigmoid_": "sigmoid_(T)",
    "tanh_": "tanh_(T)",
    "exp_": "exp_(T)",
    "relu_": "relu_(T)",
    "relu_inplace": "torch.nn.functional.relu(T,True)",
}


@dataclass(frozen=True)
class Call:
    """A row of the catalogue for one form of call, and the parameters that take its tensors, in order."""

    name: str
    fact: OpBehaviour
    parameters: tuple[str, ...]


@cache
def call(written: str) -> Call:
    """The row for `spelling(kind,…)`, the arguments by position. Raises LookupError where the catalogue has
    none.
    """
    spelled, _, kinds = written.removesuffix(")").partition("(")
    known = operator_table()
    if spelled == "__setitem__":  # a statement, which no method spells
        spelling = OpRef(known.rows[spelled], inplace=True)
    else:
        spelling = (known.functions if "." in spelled else known.methods)[spelled]
    given = list(zip(spelling.operator.parameters, kinds.split(","), strict=False))
    form = ",".join(f"{name}:{kind}" for name, kind in given)
    fact = known.behaviour(spelling, form)
    if fact is None:
        raise LookupError(f"{written}: no form {form}")
    return Call(spelling.operator.name, fact, tuple(name for name, kind in given if kind in "TL"))


_ON_SIGNS = "a reader of signs"
_MEASURED = "a measured maybe"
_ON_A_CONDITION = "a write on a condition"
_POWERS = frozenset(
    {"sqrt", "reciprocal", "mul", "div", "square", "pow", "prod", "cumprod", "norm", "matmul", "logsumexp", "std"}
)
_COMPARING = frozenset({"clamp", "maximum", "nn.functional.l1_loss", "masked_fill", "where"})
_OF_TWO = frozenset({"nn.functional.mse_loss", "maximum", "div"})
_SUBTRACTING = frozenset({"sub", "neg", "div", "nn.functional.mse_loss"})
_OF_DIFFERENCES = frozenset({"softmax", "log_softmax", "logsumexp", "std"})


@dataclass(frozen=True)
class Guilt:
    """A write that makes a gradient wrong, unless one of the model's doubts is right.

    `chances` are identities of mathematics by which the numbers may hide it.
    """

    write: int
    doubts: frozenset[str] = frozenset()
    chances: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Prediction:
    """The model's verdict on one statement.

    `writes` are surely guilty, `perhaps` those of which the model cannot tell. `refusals` are the errors that
    it may give, for all the model knows. `chances` says of a write how the numbers may hide that it is
    guilty.
    """

    index: int
    kind: Kind
    error: str | None = None
    writes: frozenset[int] = frozenset()
    perhaps: tuple[Guilt, ...] = ()
    refusals: frozenset[str] = frozenset()
    chances: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def uncertain(self) -> bool:
        """Whether the model leaves open what kind of verdict it is."""
        return bool(self.refusals) or (self.kind == "right" and bool(self.perhaps))

    @property
    def doubts(self) -> str:
        """Why it is uncertain."""
        doubts = {doubt for guilt in self.perhaps for doubt in guilt.doubts}
        return " + ".join(sorted(doubts | {f"perhaps {error}" for error in self.refusals}))


class _StoppedError(Exception):
    """The model refuses a statement."""

    def __init__(self, error: str, assumed: frozenset[str]) -> None:
        super().__init__(error)
        self.error = error
        self.assumed = assumed


class ModelRun:
    """Executes a program on a world; afterwards `predictions` holds a verdict for each statement that has
    one.
    """

    def __init__(self, program: Program) -> None:
        """Take the program; nothing runs yet."""
        self.program = program
        self.shapes = shapes(program)
        self.world = AutogradState()
        self.names: dict[str, int] = {}
        self.index = -1
        self.predictions: list[Prediction] = []
        self.writes: dict[int, Statement] = {}

    def run(self) -> list[Prediction]:
        """Execute it up to the first refusal."""
        try:
            self._body(self.program)
        except _StoppedError as stopped:
            self.predictions.append(Prediction(self.index, "error", stopped.error, refusals=stopped.assumed))
        return self.predictions

    def _body(self, body: Sequence[Statement]) -> None:
        for statement in body:
            self.index += 1
            self._one(statement)
            self._stop_where(self.world.refused)

    def _stop_where(self, refusals: Sequence[AutogradError]) -> None:
        for refusal in refusals:
            if not refusal.premises:
                assumed = frozenset(each.kind.value for each in refusals if each.premises)
                raise _StoppedError(refusal.kind.value, assumed)

    def _one(self, statement: Statement) -> None:
        match statement:
            case Leaf(name=name, requires_grad=requires_grad):
                self.names[name] = self.world.new(YES if requires_grad else NO, self.index)
            case Op(name=name):
                self.names[name] = self._operator(statement)
            case View() | Unbind() | Chunk():
                self._views(statement)
            case Detach(name=name, arg=arg):
                self.names[name] = ops.alias_outside_graph(self.world, self.names[arg], Via.DETACH, self.index)
            case Data(name=name, arg=arg):
                self.names[name] = ops.alias_outside_graph(self.world, self.names[arg], Via.DATA, self.index)
            case Alias(name=name, arg=arg):
                self.names[name] = self.names[arg]
            case Numpy(name=name, arg=arg):
                detached = ops.alias_outside_graph(self.world, self.names[arg], Via.DETACH, self.index)
                self.names[name] = ops.alias_outside_graph(self.world, detached, Via.NUMPY, self.index)
            case Write():
                self.writes[self.index] = statement
                self._write(statement)
            case NumpyWrite():
                self.writes[self.index] = statement
                self._numpy_write(statement)
            case SetData(target=target, other=other, fresh=fresh):
                value = self.world.new(NO, self.index) if fresh else self.names[other]
                writes.set_data(self.world, self.names[target], value, self.index)
            case DetachInPlace(target=target):
                writes.detach_in_place(self.world, self.names[target], self.index)
            case RequiresGrad(target=target, value=value):
                writes.require_grad(self.world, self.names[target], value)
            case With(mode=mode, body=body):
                self._with(mode == "enable_grad", body)
            case Backward():
                self._backward(statement)

    def _with(self, enabled: bool, body: Sequence[Statement]) -> None:
        before, self.world.grad_enabled = self.world.grad_enabled, enabled
        self._body(body)
        self.world.grad_enabled = before

    def _tensors(self, args: Sequence[str | float]) -> list[int]:
        return [self.names[arg] for arg in args if isinstance(arg, str)]

    def _operator(self, statement: Op) -> int:
        row = call(_OPS[statement.op])
        refs = self._tensors(statement.args)
        if statement.op in {"cat2", "stack2"}:
            operands: Operands = {row.parameters[0]: tuple(refs)}
        else:
            operands = {name: (ref,) for name, ref in zip(row.parameters, refs, strict=True)}
        return ops.apply(self.world, row.name, row.fact, operands, self.index)[0]

    def _views(self, statement: View | Unbind | Chunk) -> None:
        how = statement.how if isinstance(statement, View) else type(statement).__name__.lower()
        row = call(_VIEWS[how])
        source = self.names[statement.arg]
        names = (statement.name,) if isinstance(statement, View) else statement.names
        regions = _regions(statement, self.world.tensors[source].region, self.shapes[statement.arg])
        fact = replace(row.fact, count=1)
        for place, name in enumerate(names):
            operands: Operands = {row.parameters[0]: (source,)}
            (self.names[name],) = ops.apply(
                self.world, row.name, fact, operands, self.index, regions[place : place + 1]
            )

    def _write(self, statement: Write) -> None:
        target, refs = self.names[statement.target], self._tensors(statement.args)
        number = statement.args[0] if statement.args and not refs else None
        match statement.how:
            case "setitem":
                effect = effect_of("__setitem__", number)
                region = self._slice(statement)
                row = call("fill_(T,n)" if region is None else "__setitem__(T,S,n)")
                writes.write(self.world, target, effect, self.index, name=row.name, fact=row.fact, region=region)
            case "constant_":
                before, self.world.grad_enabled = self.world.grad_enabled, False
                writes.write(self.world, target, effect_of("constant_", number), self.index, name="constant_")
                self.world.grad_enabled = before
            case "out":
                writes.write(
                    self.world,
                    target,
                    Effect.CHANGES,
                    self.index,
                    name="add",
                    operands={"input": tuple(refs)},
                    out=True,
                )
            case how:
                method = {"iadd": "add_", "relu_inplace": "relu_"}.get(how, how)
                row = call(_WRITES[how].format("T" if refs else "n"))
                operands: Operands = {row.parameters[1]: tuple(refs)} if refs else {}
                effect = effect_of(method, number)
                writes.write(self.world, target, effect, self.index, name=row.name, fact=row.fact, operands=operands)

    def _numpy_write(self, statement: NumpyWrite) -> None:
        region = self._slice(statement) if statement.how == "setitem" else None
        method = {"multiply": "mul_", "fill": "fill_", "setitem": "__setitem__"}[statement.how]
        effect = effect_of(method, statement.number)
        writes.write(self.world, self.names[statement.target], effect, self.index, name=method, region=region)

    def _slice(self, statement: Write | NumpyWrite) -> Region | None:
        """What a `setitem` covers; None for all of it, which Python does not slice."""
        start, stop = statement.region
        if start == 0 and stop == self.shapes[statement.target][0]:
            return None
        return self.world.tensors[self.names[statement.target]].region.at(((start, stop),))

    def _backward(self, statement: Backward) -> None:
        outcome = backward(self.world, self.names[statement.target], retain_graph=statement.retain_graph)
        self._stop_where(self.world.refused)
        self._stop_where(outcome.errors)
        self.predictions.append(_predicted(self.index, outcome, self.writes))


def _predicted(index: int, outcome: BackwardResult, writes: Mapping[int, Statement]) -> Prediction:
    chances = _Chances(outcome, writes)
    guilty = [
        Guilt(_place(each), frozenset(_doubts(each)), frozenset(chances.of(each))) for each in outcome.stale_saves
    ]
    sure = frozenset(guilt.write for guilt in guilty if not guilt.doubts)
    perhaps = tuple(guilt for guilt in guilty if guilt.write not in sure)
    hidden = {write: _hiding([each for each in guilty if each.write == write]) for write in sure}
    return Prediction(index, "wrong" if sure else "right", None, sure, perhaps, _assumed(outcome), hidden)


def _hiding(guilty: Sequence[Guilt]) -> frozenset[str]:
    """The chances that hide one write; none if it is guilty in a way that nothing can hide."""
    proven = [guilt.chances for guilt in guilty if not guilt.doubts]
    return frozenset[str]().union(*proven) if all(proven) else frozenset()


def _assumed(outcome: BackwardResult) -> frozenset[str]:
    return frozenset(refusal.kind.value for refusal in outcome.errors if refusal.premises)


def _place(corruption: StaleSave) -> int:
    place = corruption.write.place
    assert isinstance(place, int)
    return place


def _doubts(corruption: StaleSave) -> Iterator[str]:
    """Why the model cannot tell whether a write is guilty."""
    save, doubts = corruption.save, corruption.doubts
    if Premise.SAVED in corruption.premises or Doubt.OBJECT in doubts or not save.reads_sure:
        yield _MEASURED
        doubts -= {Doubt.OBJECT} if save.reads_sure else {Doubt.OBJECT, Doubt.READS}
    if Doubt.EFFECT in doubts:
        yield _ON_SIGNS if save.reads is Reads.SIGN else _ON_A_CONDITION
        if not save.region.covers(corruption.write.region):
            yield Doubt.REGION.value
        if save.reads is Reads.SIGN:  # where a sign changed, it was read
            doubts -= {Doubt.READS}
    yield from (doubt.value for doubt in doubts - {Doubt.EFFECT})


class _Chances:
    """How the numbers may hide a guilty write: identities of mathematics, which no model of saved tensors can
    know.

    Each names the operators that it is about. They are looked at only where PyTorch does not find a write
    guilty.
    """

    def __init__(self, outcome: BackwardResult, writes: Mapping[int, Statement]) -> None:
        self.nodes = {node.id: node for node in outcome.nodes}
        self.corruptions = outcome.stale_saves
        self.writes = writes

    def of(self, corruption: StaleSave) -> Iterator[str]:
        """Those that may hide this corruption."""
        node, write = corruption.node, corruption.write
        alike = [each for each in self.corruptions if each.write is write]
        if node.name in _COMPARING or any(self._related(node, each) for each in self._named(_COMPARING)):
            yield "a comparison or a mask that lets nothing through"
        if node.name == "std" and write.effect is Effect.CHANGES:
            yield "a shift that std does not see"
        if write.effect is Effect.CHANGES and any(self._related(node, each) for each in self._named({"softmax"})):
            yield "a shift that softmax does not pass on"  # what arrives there may be greater by a constant
        if len({each.node.id for each in alike if each.node.name in _POWERS}) > 1:
            yield "powers that cancel one another"  # the gradient of sqrt(x) ** 2 is 1, whatever x is by now
        if len([each for each in alike if each.node is node and node.name in _OF_TWO]) > 1:
            yield "two operands that change alike"
        if node.name in _OF_TWO and len(corruption.save.feeds) > 1:
            yield "two ways whose gradients cancel one another"  # mse_loss(x, abs(x))
        if any(self._related(node, each) for each in self._named(_SUBTRACTING)):
            yield "ways that are subtracted from one another"  # (y - x) + (-y), 2 * y / y
        differences = self._named(_OF_DIFFERENCES)
        if node in differences and any(self._related(node, each) for each in differences):
            yield "differences that add up to zero"
        earlier = [each for place, each in self.writes.items() if place < _place(corruption)]
        own = self.writes.get(_place(corruption))
        if own is not None and _is_constant(own) and any(map(_is_constant, earlier)):
            yield "a constant that was there already"
        constant = any(map(_is_constant, self.writes.values()))
        if constant and any(each is node or self._related(node, each) for each in differences):
            yield "constants whose differences are zero"

    def _named(self, names: Collection[str]) -> list[Node]:
        return [node for node in self.nodes.values() if node.name in names]

    def _related(self, node: Node, other: Node) -> bool:
        return node.id in self._below(other.id) or other.id in self._below(node.id)

    def _below(self, start: int) -> set[int]:
        seen: set[int] = set()
        pending = [*self.nodes[start].edges]
        while pending:
            each = pending.pop()
            if each in self.nodes and each not in seen:
                seen.add(each)
                pending += self.nodes[each].edges
        return seen


def _is_constant(write: Statement) -> bool:
    """Whether a write may leave equal numbers behind."""
    return isinstance(write, Write | NumpyWrite) and write.how in {"constant_", "setitem", "fill", "clamp_"}


def _regions(statement: View | Unbind | Chunk, source: Region, shape: Shape) -> list[Region]:
    """What the results cover of the source's memory."""
    match statement:
        case Unbind(names=names):
            return [source.at((index,)) for index in range(len(names))]
        case Chunk():
            first = -(-shape[0] // 2)
            return [source.at(((0, first),)), source.at(((first, shape[0]),))]
        case View(how="slice" | "select" | "columns", constant=constant):
            index: dict[str, tuple[IndexItem, ...]] = {
                "slice": (constant,),  # type: ignore[dict-item]
                "columns": ((None, None), constant),  # type: ignore[dict-item]
                "select": (constant[0],),
            }
            return [source.at(index[statement.how])]
        case View(how="t" | "transpose"):
            return [source.swapped(0, 1)]
        case View(how="unsqueeze"):
            return [source.with_axis(0)]
        case View(how="expand"):
            return [source.with_axis(0)]
    return []


def predict(program: Program) -> list[Prediction]:
    """The model's verdicts in order of execution; the last one is an error if anything is refused."""
    return ModelRun(program).run()


def resolve(prediction: Prediction, program: Program, judgement: Judgement) -> Prediction:
    """The prediction once the values have their say: which writes changed no byte, which changed signs."""
    if not prediction.perhaps and not prediction.writes & judgement.idle:
        return prediction
    sure = set(prediction.writes - judgement.idle)
    chances = dict(prediction.chances)
    perhaps = []
    signs = frozenset[int]()
    if any(_ON_SIGNS in guilt.doubts for guilt in prediction.perhaps):
        signs = _sign_changes(program)
    for guilt in prediction.perhaps:
        if guilt.write in judgement.idle or (_ON_SIGNS in guilt.doubts and guilt.write not in signs):
            continue
        doubts = guilt.doubts - {_ON_SIGNS, _ON_A_CONDITION}
        if doubts:
            perhaps.append(replace(guilt, doubts=doubts))
        else:
            sure.add(guilt.write)
            chances[guilt.write] = guilt.chances
    kind = prediction.kind if prediction.kind == "error" else "wrong" if sure else "right"
    left = tuple(guilt for guilt in perhaps if guilt.write not in sure)
    return replace(prediction, kind=kind, writes=frozenset(sure), perhaps=left, chances=chances)


class _SignRun(PlainRun):
    """The program as it stands, and which of its writes changed the sign of an element."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: set[int] = set()

    def plain(self, statement: Statement) -> None:
        if not isinstance(statement, Write | NumpyWrite | SetData):
            super().plain(statement)
            return
        before = self._signs(statement.target)
        super().plain(statement)
        if not torch.equal(before, self._signs(statement.target)):
            self.changes.add(self.index)

    def _signs(self, name: str) -> torch.Tensor:
        return torch.as_tensor(self.names[name]).detach().sign()


def _sign_changes(program: Program) -> frozenset[int]:
    run = _SignRun()
    with suppress(RefusedError):
        run.body(program)
    return frozenset(run.changes)


def difference(predictions: Sequence[Prediction], judgement: Judgement) -> str | None:
    """The first difference between the model's resolved verdicts and PyTorch's, in words; None where they
    agree.

    Right and wrong are not compared where the program's values hide what it does.
    """
    for prediction, verdict in zip_longest(predictions, judgement.verdicts):
        if prediction is None or verdict is None or prediction.index != verdict.index:
            return f"model {_said(prediction)}, PyTorch {_said(verdict)}"
        if verdict.error in prediction.refusals:
            return None
        if (prediction.error, prediction.kind == "error") != (verdict.error, verdict.kind == "error"):
            return f"model {_said(prediction)}, PyTorch {_said(verdict)}"
        if not judgement.degenerate and not _agree(prediction, verdict):
            return f"model {_said(prediction)}, PyTorch {_said(verdict)}"
    return None


def _agree(prediction: Prediction, verdict: Verdict) -> bool:
    """Whether all guilty writes were predicted, and all that were predicted are guilty, or touched and hidden
    by chance.
    """
    known = prediction.writes | {guilt.write for guilt in prediction.perhaps}
    return (
        verdict.writes <= known
        and prediction.writes <= verdict.touched
        and all(prediction.chances[write] for write in hidden(prediction, verdict))
    )


def hidden(prediction: Prediction, verdict: Verdict) -> frozenset[int]:
    """The writes that the model surely finds guilty, and PyTorch does not."""
    return prediction.writes - verdict.writes


def _said(verdict: Prediction | Verdict | None) -> str:
    if verdict is None:
        return "has no verdict"
    if verdict.error is not None:
        return f"refuses statement {verdict.index}: {verdict.error}"
    words = f"calls statement {verdict.index} {verdict.kind}"
    if verdict.writes:
        words += f" because of {sorted(verdict.writes)}"
    if isinstance(verdict, Prediction) and verdict.perhaps:
        words += f", perhaps because of {verdict.perhaps}"
    return words


@dataclass
class Report:
    """Counts over compared programs: verdicts by kind, what the model left open, and the differences."""

    programs: int = 0
    degenerate: int = 0
    seconds: float = 0.0
    predicting: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    open: int = 0
    hidden: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    differences: list[tuple[Program, str]] = field(default_factory=list)

    @property
    def verdicts(self) -> int:
        """How many verdicts were compared."""
        return sum(self.kinds.values())

    @property
    def uncertain(self) -> int:
        """How many of them the model left open even where the values are known."""
        return sum(self.doubts.values())

    @property
    def measured_maybes(self) -> int:
        """How many of these because the catalogue is not sure of what an operator saves."""
        return sum(n for why, n in self.doubts.items() if _MEASURED in why or "perhaps" in why)

    def add(self, program: Program) -> str | None:
        """Judge and compare one program; what differs, if anything does."""
        judgement = judge(program)
        started = time.perf_counter()
        predictions = predict(program)
        self.open += sum(prediction.uncertain for prediction in predictions)
        self.predicting += time.perf_counter() - started
        predictions = [resolve(prediction, program, judgement) for prediction in predictions]
        self.programs += 1
        self.degenerate += judgement.degenerate
        found = difference(predictions, judgement)
        if found is not None:
            self.differences.append((program, found))
        for prediction, verdict in zip(predictions, judgement.verdicts, strict=False):
            if verdict.kind == "error" or not judgement.degenerate:
                self.kinds[verdict.kind] += 1
                if prediction.uncertain:
                    self.doubts[prediction.doubts] += 1
                for write in hidden(prediction, verdict) if verdict.kind != "error" else ():
                    self.hidden[" + ".join(sorted(prediction.chances[write]))] += 1
        return found

    def __str__(self) -> str:
        """The figures, a line each."""
        total = max(1, self.verdicts)
        return "\n".join(
            [
                f"{self.programs} programs, {self.programs / max(self.seconds, 1e-9):.0f} a second, "
                f"{1e6 * self.predicting / max(1, self.programs):.0f} µs each for the model; "
                f"{100 * self.degenerate / max(1, self.programs):.1f} % degenerate",
                "verdicts: " + ", ".join(f"{kind} {100 * n / total:.1f} %" for kind, n in self.kinds.most_common()),
                f"left open by the text: {100 * self.open / total:.2f} %, "
                f"and by the values: {100 * self.uncertain / total:.2f} %",
                *(f"  {100 * n / total:5.2f} %  {why}" for why, n in self.doubts.most_common()),
                f"guilty writes hidden by chance: {100 * sum(self.hidden.values()) / total:.2f} %",
                *(f"  {100 * n / total:5.2f} %  {why}" for why, n in self.hidden.most_common()),
                f"differences: {len(self.differences)}",
            ]
        )


def compare_many(count: int, seed: int, *, print_difference: bool = False) -> Report:
    """Compare the model with PyTorch on `count` generated programs, the same ones for the same seed."""
    report = Report()

    @hypothesis_seed(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(programs())
    def compare(program: Program) -> None:
        found = report.add(program)
        if found and print_difference:
            print(f"{describe(program)}# {found}\n", flush=True)

    started = time.perf_counter()
    compare()
    report.seconds = time.perf_counter() - started
    return report

"""Random tensor programs: what a statement is, and a hypothesis strategy that makes valid programs of them.

A program is a tuple of statements. Names are the strings "t0", "t1", …, each bound once, and every constant
stands in its statement, so that a program can be printed, replayed and translated. Statements are numbered in
pre-order: a `With` counts as one, and its body follows. Nothing here imports torch, or knows more of autograd
than the guesses that steer the generator towards programs worth judging.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import Any, TypeAlias

from hypothesis import strategies as st

Shape: TypeAlias = tuple[int, ...]
Interval: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Leaf:
    """`name = torch.tensor(leaf_values(shape, seed))`, in float64, values between 0.5 and 1.5."""

    name: str
    shape: Shape
    requires_grad: bool
    seed: int


@dataclass(frozen=True)
class Op:
    """`name = op(*args)`, out of place: a key of `OPS`, its tensors' names, then its number if it takes one.

    `constant` is a mask (flat, in the first argument's shape, as 0 and 1) or an index of rows.
    """

    name: str
    op: str
    args: tuple[str | float, ...]
    constant: tuple[int, ...] = ()


@dataclass(frozen=True)
class View:
    """`name = ` a view of `arg`: a key of `VIEWS` and its integers.

    The integers of slice and columns are start and stop, of select the index, of expand the sizes.
    """

    name: str
    how: str
    arg: str
    constant: tuple[int, ...] = ()


@dataclass(frozen=True)
class Unbind:
    """`names = arg.unbind()`: one view for each index of the first dimension."""

    names: tuple[str, ...]
    arg: str


@dataclass(frozen=True)
class Chunk:
    """`names = arg.chunk(2)`: two slices of the first dimension."""

    names: tuple[str, ...]
    arg: str


@dataclass(frozen=True)
class Detach:
    """`name = arg.detach()`"""

    name: str
    arg: str


@dataclass(frozen=True)
class Data:
    """`name = arg.data`"""

    name: str
    arg: str


@dataclass(frozen=True)
class Alias:
    """`name = arg`: one object under two names."""

    name: str
    arg: str


@dataclass(frozen=True)
class Numpy:
    """`name = arg.detach().numpy()`: only `NumpyWrite` takes the name."""

    name: str
    arg: str


@dataclass(frozen=True)
class Write:
    """An in-place write through the tensor `target`: a key of `WRITES`, its operands (names or numbers).

    `region` is the (start, stop) of a `setitem`, in the first dimension.
    """

    target: str
    how: str
    args: tuple[str | float, ...] = ()
    region: tuple[int, ...] = ()


@dataclass(frozen=True)
class NumpyWrite:
    """A write through the array `target`: a key of `NUMPY_WRITES`, its number, the region of a `setitem`."""

    target: str
    how: str
    number: float
    region: tuple[int, ...] = ()


@dataclass(frozen=True)
class SetData:
    """`target.data = other.detach().clone()` where `fresh`, else `target.data = other.data`."""

    target: str
    other: str
    fresh: bool


@dataclass(frozen=True)
class DetachInPlace:
    """`target.detach_()`"""

    target: str


@dataclass(frozen=True)
class RequiresGrad:
    """`target.requires_grad_(value)`"""

    target: str
    value: bool


@dataclass(frozen=True)
class With:
    """`with torch.no_grad():` or `with torch.enable_grad():` around `body`; mode is the context's name."""

    mode: str
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Backward:
    """`target.backward(retain_graph=retain_graph)`; target has one element and no dimension."""

    target: str
    retain_graph: bool


Statement: TypeAlias = (
    Leaf
    | Op
    | View
    | Unbind
    | Chunk
    | Detach
    | Data
    | Alias
    | Numpy
    | Write
    | NumpyWrite
    | SetData
    | DetachInPlace
    | RequiresGrad
    | With
    | Backward
)
Program: TypeAlias = tuple[Statement, ...]


def leaf_values(shape: Shape, seed: int) -> list[float]:
    """The flat values of a leaf: between 0.5 and 1.5, and others for another seed or another size."""
    size = math.prod(shape)
    start = 0.7548776662 * (seed + 1) + 0.5698402910 * size
    return [round(0.5 + (start + 0.6180339887 * (i + 1)) % 1.0, 4) for i in range(size)]


def flatten(program: Sequence[Statement]) -> Iterator[Statement]:
    """The statements in pre-order; the position in this sequence is the statement's number."""
    for statement in program:
        yield statement
        if isinstance(statement, With):
            yield from flatten(statement.body)


# --- what there is to choose from: how it is written, what shape and which values come out --------


@dataclass(frozen=True)
class OpKind:
    """How an op is written ({0}, {1} its arguments, {k} its constant), and what comes out of it.

    tensors: how many of the arguments are tensors; number: what follows them, or None; shape: a case of
    `_op_shape`; bounds: the interval of the result; domain: the values that the last tensor may have;
    constant: "mask", "rows" or "".
    """

    source: str
    bounds: Callable[[Sequence[Interval]], Interval]
    tensors: int = 1
    number: float | None = None
    shape: str = "same"
    domain: Interval = (-30.0, 30.0)
    constant: str = ""


def _monotone(function: Callable[[float], float]) -> Callable[[Sequence[Interval]], Interval]:
    return lambda bounds: (function(bounds[0][0]), function(bounds[0][1]))


def _corners(function: Callable[[float, float], float]) -> Callable[[Sequence[Interval]], Interval]:
    def of(bounds: Sequence[Interval]) -> Interval:
        values = [function(x, y) for x in bounds[0] for y in bounds[-1]]
        return min(values), max(values)

    return of


def _fixed(low: float, high: float) -> Callable[[Sequence[Interval]], Interval]:
    return lambda bounds: (low, high)


def _square(bounds: Sequence[Interval]) -> Interval:
    low, high = bounds[0]
    return (0.0 if low <= 0.0 <= high else min(low * low, high * high)), max(low * low, high * high)


def _magnitude(bounds: Sequence[Interval]) -> Interval:
    low, high = bounds[0]
    return (0.0 if low <= 0.0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))


def _hull(bounds: Sequence[Interval]) -> Interval:
    return min(low for low, _ in bounds), max(high for _, high in bounds)


def _times(factor: float) -> Callable[[Sequence[Interval]], Interval]:
    return lambda bounds: (min(0.0, factor * bounds[0][0]), max(0.0, factor * bounds[0][1]))


_POSITIVE = (0.05, 30.0)
_MANY = 8.0  # about as many elements as a reduction adds up

OPS: Mapping[str, OpKind] = {
    "exp": OpKind("torch.exp({0})", _monotone(math.exp), domain=(-4.0, 2.5)),
    "sigmoid": OpKind("torch.sigmoid({0})", _monotone(lambda x: 1 / (1 + math.exp(-x))), domain=(-4.0, 4.0)),
    "tanh": OpKind("torch.tanh({0})", _monotone(math.tanh), domain=(-3.0, 3.0)),
    "relu": OpKind("torch.relu({0})", _monotone(lambda x: max(x, 0.0)), domain=(0.01, 30.0)),
    "sqrt": OpKind("torch.sqrt({0})", _monotone(math.sqrt), domain=_POSITIVE),
    "reciprocal": OpKind("torch.reciprocal({0})", lambda b: (1 / b[0][1], 1 / b[0][0]), domain=_POSITIVE),
    "softmax": OpKind("torch.softmax({0}, dim=0)", _fixed(0.02, 1.0), shape="vector", domain=(-2.0, 2.5)),
    "log_softmax": OpKind("torch.log_softmax({0}, dim=0)", _fixed(-5.0, -0.01), shape="vector", domain=(-2.0, 2.5)),
    "pow2": OpKind("{0} ** 2", _square, domain=(-6.0, 6.0)),
    "square": OpKind("torch.square({0})", _square, domain=(-6.0, 6.0)),
    "sin": OpKind("torch.sin({0})", _fixed(-1.0, 1.0)),
    "cos": OpKind("torch.cos({0})", _fixed(-1.0, 1.0)),
    "log1p": OpKind("torch.log1p({0})", _monotone(math.log1p), domain=(-0.5, 30.0)),
    "abs": OpKind("torch.abs({0})", _magnitude),
    "mul": OpKind("{0} * {1}", _corners(lambda x, y: x * y), tensors=2, shape="pair"),
    "div": OpKind("{0} / {1}", _corners(lambda x, y: x / y), tensors=2, shape="pair", domain=(0.2, 30.0)),
    "add": OpKind("{0} + {1}", _corners(lambda x, y: x + y), tensors=2, shape="pair"),
    "sub": OpKind("{0} - {1}", _corners(lambda x, y: x - y), tensors=2, shape="pair"),
    "maximum": OpKind("torch.maximum({0}, {1})", _hull, tensors=2, shape="pair"),
    "matmul": OpKind("{0} @ {1}", lambda b: _times(4.0)([_corners(lambda x, y: x * y)(b)]), tensors=2, shape="matmul"),
    "mul_scalar": OpKind("{0} * {1}", lambda b: (2.5 * b[0][0], 2.5 * b[0][1]), number=2.5),
    "add_scalar": OpKind("{0} + {1}", lambda b: (b[0][0] + 0.5, b[0][1] + 0.5), number=0.5),
    "div_scalar": OpKind("{0} / {1}", lambda b: (b[0][0] / 1.6, b[0][1] / 1.6), number=1.6),
    "neg": OpKind("-{0}", lambda b: (-b[0][1], -b[0][0])),
    "clone": OpKind("{0}.clone()", _hull),
    "leaky_relu": OpKind("F.leaky_relu({0})", _monotone(lambda x: max(x, 0.01 * x))),
    "softplus": OpKind("F.softplus({0})", _monotone(lambda x: math.log1p(math.exp(x)))),
    "gelu": OpKind("F.gelu({0})", lambda b: (min(-0.17, b[0][0]), max(0.0, b[0][1])), domain=(-2.0, 30.0)),
    "clamp_min": OpKind("torch.clamp({0}, min={1})", _monotone(lambda x: max(x, 0.6)), number=0.6, domain=(-0.5, 30.0)),
    "cumsum": OpKind("torch.cumsum({0}, dim=0)", _times(4.0), shape="vector"),
    "cumprod": OpKind("torch.cumprod({0}, dim=0)", _fixed(-6.0, 6.0), shape="vector", domain=(-1.5, 1.5)),
    "where": OpKind("torch.where({k}, {0}, {1})", _hull, tensors=2, shape="equal", constant="mask"),
    "masked_fill": OpKind(
        "{0}.masked_fill({k}, {1})", lambda b: _hull([b[0], (0.3, 0.3)]), number=0.3, constant="mask"
    ),
    "index_select": OpKind("torch.index_select({0}, 0, {k})", _hull, shape="rows", constant="rows"),
    "cat2": OpKind("torch.cat(({0}, {1}))", _hull, tensors=2, shape="cat"),
    "stack2": OpKind("torch.stack(({0}, {1}))", _hull, tensors=2, shape="stack"),
    "max_dim": OpKind("torch.max({0}, dim=0).values", _hull, shape="drop"),
    "logsumexp": OpKind(
        "torch.logsumexp({0}, dim=0)", lambda b: (b[0][0], b[0][1] + 2.0), shape="drop", domain=(-6.0, 6.0)
    ),
    "sum": OpKind("torch.sum({0})", _times(_MANY), shape="scalar"),
    "mean": OpKind("torch.mean({0})", _hull, shape="scalar"),
    "prod": OpKind("torch.prod({0})", _fixed(-20.0, 20.0), shape="scalar", domain=(-1.6, 1.6)),
    "std": OpKind("torch.std({0})", _fixed(0.0, 8.0), shape="scalar"),
    "norm": OpKind("torch.norm({0})", lambda b: (_magnitude(b)[0], 4.0 * _magnitude(b)[1]), shape="scalar"),
    "mse_loss": OpKind(
        "F.mse_loss({0}, {1})", lambda b: _square([_corners(lambda x, y: x - y)(b)]), tensors=2, shape="loss"
    ),
    "l1_loss": OpKind(
        "F.l1_loss({0}, {1})",
        lambda b: _magnitude([_corners(lambda x, y: x - y)(b)]),
        tensors=2,
        shape="loss",
    ),
}

VIEWS: Mapping[str, str] = {
    "slice": "{0}[{1}:{2}]",
    "columns": "{0}[:, {1}:{2}]",
    "select": "{0}[{1}]",
    "view": "{0}.view(-1)",
    "reshape": "{0}.reshape(-1)",
    "t": "{0}.t()",
    "transpose": "{0}.transpose(0, 1)",
    "unsqueeze": "{0}.unsqueeze(0)",
    "expand": "{0}.expand({1}, {2})",
}

WRITES: Mapping[str, str] = {
    "mul_": "{t}.mul_({0})",
    "add_": "{t}.add_({0})",
    "iadd": "{t} += {0}",
    "copy_": "{t}.copy_({0})",
    "setitem": "{t}[{1}:{2}] = {0}",
    "constant_": "torch.nn.init.constant_({t}, {0})",
    "clamp_": "{t}.clamp_(min={0})",
    "sigmoid_": "{t}.sigmoid_()",
    "tanh_": "{t}.tanh_()",
    "exp_": "{t}.exp_()",
    "relu_": "{t}.relu_()",
    "relu_inplace": "F.relu({t}, inplace=True)",
    "out": "torch.add({0}, {1}, out={t})",
}

NUMPY_WRITES: Mapping[str, str] = {
    "multiply": "{t} *= {0}",
    "setitem": "{t}[{1}:{2}] = {0}",
    "fill": "{t}.fill({0})",
}


def shapes(program: Sequence[Statement]) -> dict[str, Shape]:
    """The shape of every name that a program binds (an array has its tensor's)."""
    known: dict[str, Shape] = {}
    for statement in flatten(program):
        known.update(_bound_shapes(statement, known))
    return known


def _bound_shapes(statement: Statement, known: Mapping[str, Shape]) -> dict[str, Shape]:
    match statement:
        case Leaf(name, shape):
            return {name: shape}
        case Op(name, op, args, constant):
            return {name: _op_shape(OPS[op], [known[a] for a in args if isinstance(a, str)], constant)}
        case View(name, how, arg, constant):
            return {name: _view_shape(how, known[arg], constant)}
        case Unbind(names, arg):
            return dict.fromkeys(names, known[arg][1:])
        case Chunk(names, arg):
            size, *rest = known[arg]
            first = -(-size // 2)
            return {names[0]: (first, *rest), names[1]: (size - first, *rest)}
        case Detach(name, arg) | Data(name, arg) | Alias(name, arg) | Numpy(name, arg):
            return {name: known[arg]}
    return {}


def _op_shape(kind: OpKind, args: Sequence[Shape], constant: tuple[int, ...]) -> Shape:
    first = args[0]
    match kind.shape:
        case "scalar" | "loss":
            return ()
        case "drop":
            return first[1:]
        case "pair":
            return first or args[1]
        case "matmul":
            return first[0], args[1][1]
        case "rows":
            return (len(constant), *first[1:])
        case "cat":
            return (2 * first[0], *first[1:])
        case "stack":
            return (2, *first)
    return first


def _fits(kind: OpKind, args: Sequence[Shape]) -> bool:
    """Whether the op accepts these shapes, and its result stays small."""
    first, last = args[0], args[-1]
    match kind.shape:
        case "pair":
            return first == last or first == () or last == ()
        case "matmul":
            return len(first) == len(last) == 2 and first[1] == last[0]
        case "rows" | "vector" | "drop":
            return bool(first) and first[0] > 1
        case "cat":
            return first == last and bool(first) and math.prod(first) <= 9
        case "stack":
            return first == last and len(first) < 3 and math.prod(first) <= 9
        case "scalar":
            return math.prod(first) > 1
        case "equal" | "loss":
            return first == last and bool(first)
    return kind.constant == "" or bool(first)


def _view_shape(how: str, shape: Shape, constant: tuple[int, ...]) -> Shape:
    match how:
        case "slice":
            return (constant[1] - constant[0], *shape[1:])
        case "columns":
            return (shape[0], constant[1] - constant[0], *shape[2:])
        case "select":
            return shape[1:]
        case "view" | "reshape":
            return (math.prod(shape),)
        case "t" | "transpose":
            return (shape[1], shape[0], *shape[2:])
        case "unsqueeze":
            return (1, *shape)
    return constant


# --- the generator --------------------------------------------------------------------------------

Choose: TypeAlias = Callable[[int], int]  # choose(n) is one of 0 … n-1, and 0 the simplest

_SAVES_RESULT = ("exp", "sigmoid", "tanh", "sqrt", "reciprocal", "softmax", "log_softmax", "relu", "cumprod")
_SAVES_INPUT = (
    *("pow2", "mul", "sin", "cos", "log1p", "square", "div", "matmul", "gelu", "softplus", "abs", "mse_loss"),
    *("leaky_relu", "logsumexp", "clamp_min", "std", "norm", "prod", "maximum"),
)
_COMMON_OPS = ("add", "mul", "exp", "sigmoid", "pow2", "tanh", "mul_scalar", "add_scalar", "clone")
_REDUCING_OPS = tuple(name for name, kind in OPS.items() if kind.shape in ("scalar", "loss", "drop"))
_OTHER_OPS = tuple(name for name in OPS if name not in _COMMON_OPS and name not in _REDUCING_OPS)
_SHAPES_OF_LEAVES: tuple[Shape, ...] = ((4,), (3, 3), (2, 3), (3,), (4, 2))
_FACTORS = (1.5, 2.0, 0.5)
_TERMS = (0.3, 0.8)
_FILLS = (0.7, 1.3, 0.25)
_STEPS = 6
_MOST_STATEMENTS = 14


@dataclass
class _Bytes:
    """A storage as the generator guesses it: the values that it may hold, now or at an earlier time."""

    bounds: Interval

    def widen(self, bounds: Interval) -> None:
        self.bounds = _hull([self.bounds, bounds])


@dataclass
class _Tensor:
    """A name as the generator guesses it: enough to steer by, never relied upon for a verdict."""

    name: str
    shape: Shape
    bytes: _Bytes
    graph: bool = False
    leaf: bool = False
    view: bool = False
    refused: bool = False  # an in-place op with grad mode on is likely to raise at once
    expanded: bool = False
    contiguous: bool = True
    constant_sum: bool = False  # adding it up gives a constant, and so a gradient of zero
    array: bool = False


class _Scene:
    """Builds one program by a sequence of choices."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.tensors: list[_Tensor] = []
        self.bodies: list[list[Statement]] = [[]]
        self.modes = [True]
        self.names = 0
        self.length = 0

    # choices

    def one_of(self, options: Sequence[Any]) -> Any:
        return options[self.choose(len(options))]

    def likely(self, of_ten: int) -> bool:
        """True `of_ten` times in ten; the simplest choice is True."""
        return self.choose(10) < of_ten

    def weighted(self, weights: Mapping[Any, int]) -> Any:
        totals = list(accumulate(weights.values()))
        return list(weights)[bisect_right(totals, self.choose(totals[-1]))]

    def recent(self, tensors: Sequence[_Tensor]) -> _Tensor:
        """One of the tensors, late ones more often; the simplest choice is the first."""
        return tensors[math.isqrt(self.choose(len(tensors) ** 2))]

    # building blocks

    def emit(self, statement: Statement) -> None:
        self.bodies[-1].append(statement)
        self.length += 1

    def fresh_name(self) -> str:
        self.names += 1
        return f"t{self.names - 1}"

    def bind(self, name: str, shape: Shape, bounds: _Bytes, **guesses: bool) -> _Tensor:
        tensor = _Tensor(name, shape, bounds, **guesses)
        self.tensors.append(tensor)
        return tensor

    def graph_tensors(self) -> list[_Tensor]:
        return [t for t in self.tensors if t.graph]

    def plain(self) -> list[_Tensor]:
        return [t for t in self.tensors if not t.array]

    def inside(self, mode: str, build: Callable[[], object]) -> None:
        """Emit what `build` emits as the body of a `With`."""
        self.bodies.append([])
        self.modes.append(mode == "enable_grad")
        self.length += 1
        build()
        self.modes.pop()
        body = tuple(self.bodies.pop())
        if body:
            self.bodies[-1].append(With(mode, body))

    # statements that make names

    def leaf(self, requires_grad: bool, shape: Shape | None = None) -> _Tensor:
        shape = self.one_of(_SHAPES_OF_LEAVES) if shape is None else shape
        name = self.fresh_name()
        self.emit(Leaf(name, shape, requires_grad, self.choose(9)))
        return self.bind(name, shape, _Bytes((0.5, 1.5)), graph=requires_grad, leaf=True)

    def op(self, op: str, args: Sequence[_Tensor]) -> _Tensor:
        kind = OPS[op]
        constant = self.constant(kind.constant, args[0].shape)
        numbers = () if kind.number is None else (kind.number,)
        name = self.fresh_name()
        self.emit(Op(name, op, (*(a.name for a in args), *numbers), constant))
        return self.bind(
            name,
            _op_shape(kind, [a.shape for a in args], constant),
            _Bytes(kind.bounds([a.bytes.bounds for a in args])),
            graph=self.modes[-1] and any(a.graph for a in args),
            contiguous=all(a.contiguous for a in args),
            constant_sum=op == "softmax"
            or (op in ("clone", "mul_scalar", "add_scalar", "neg") and args[0].constant_sum),
        )

    def constant(self, kind: str, shape: Shape) -> tuple[int, ...]:
        if kind == "mask":
            pattern = self.one_of(((1, 0), (0, 1, 1)))
            return tuple(pattern[i % len(pattern)] for i in range(math.prod(shape)))
        if kind == "rows":
            return self.one_of(((0, 1), (1, 0), (1,), (0, 0)))  # type: ignore[no-any-return]
        return ()

    def partners(self, op: str, tensor: _Tensor) -> list[_Tensor]:
        """The second operands that fit."""
        same_is_dull = op in ("sub", "div", "mse_loss", "l1_loss", "maximum", "where")
        return [
            t
            for t in self.plain()
            if _fits(OPS[op], [tensor.shape, t.shape])
            and _within(OPS[op], [tensor, t])
            and not (same_is_dull and t.bytes is tensor.bytes)
        ]

    def allows(self, op: str, tensor: _Tensor) -> bool:
        """Whether `op` can take the tensor, by its shape, its values and its partners'."""
        if OPS[op].tensors == 1:
            return _fits(OPS[op], [tensor.shape]) and _within(OPS[op], [tensor])
        return bool(self.partners(op, tensor))

    def op_of(self, ops: Sequence[str], tensor: _Tensor) -> _Tensor | None:
        """One of the ops of the tensor (and a partner), or None where it allows none of them."""
        allowed = [op for op in ops if self.allows(op, tensor)]
        if not allowed:
            return None
        op = self.one_of(allowed)
        if OPS[op].tensors == 1:
            return self.op(op, [tensor])
        return self.op(op, [tensor, self.recent(self.partners(op, tensor))])

    def any_op(self) -> None:
        tensor = self.recent(self.graph_tensors() if self.likely(8) else self.plain())
        self.op_of(self.weighted({_COMMON_OPS: 2, _OTHER_OPS: 5, _REDUCING_OPS: 2}), tensor)

    def view(self, tensor: _Tensor) -> _Tensor:
        """A view of the tensor: whole, or a part that leaves something out."""
        options = _view_options(tensor)
        if not options:
            return self.hop("Alias", tensor)
        how, constant = self.one_of(options)
        name = self.fresh_name()
        self.emit(View(name, how, tensor.name, constant))
        shape = _view_shape(how, tensor.shape, constant)
        part = how in ("slice", "columns", "select")
        return self.bind(
            name,
            shape,
            tensor.bytes,
            graph=tensor.graph,
            view=True,
            refused=tensor.refused or (tensor.leaf and tensor.graph) or not self.modes[-1],
            expanded=tensor.expanded or how == "expand",
            contiguous=tensor.contiguous and how not in ("t", "transpose", "columns", "expand"),
            constant_sum=tensor.constant_sum and not part,
        )

    def split(self, tensor: _Tensor) -> _Tensor:
        """Bind all parts of the tensor at once; the last one is returned."""
        if not tensor.shape or tensor.shape[0] < 2:
            return self.view(tensor)
        unbind = len(tensor.shape) > 1 and self.likely(5)
        count = tensor.shape[0] if unbind else 2
        names = tuple(self.fresh_name() for _ in range(count))
        statement = Unbind(names, tensor.name) if unbind else Chunk(names, tensor.name)
        self.emit(statement)
        bound = _bound_shapes(statement, {tensor.name: tensor.shape})
        parts = [
            self.bind(
                name,
                bound[name],
                tensor.bytes,
                graph=tensor.graph,
                view=True,
                refused=tensor.graph,
                expanded=tensor.expanded,
                contiguous=tensor.contiguous,
            )
            for name in names
        ]
        return parts[-1]

    def hop(self, kind: str, tensor: _Tensor) -> _Tensor:
        """Another handle on the same bytes: the name of its statement, or "View" or "Split"."""
        if kind == "View":
            return self.view(tensor)
        if kind == "Split":
            return self.split(tensor)
        name = self.fresh_name()
        kinds: dict[str, Callable[[str, str], Statement]] = {
            "Alias": Alias,
            "Detach": Detach,
            "Data": Data,
            "Numpy": Numpy,
        }
        self.emit(kinds[kind](name, tensor.name))
        cut = kind != "Alias"
        return self.bind(
            name,
            tensor.shape,
            tensor.bytes,
            graph=tensor.graph and not cut,
            leaf=cut or tensor.leaf,
            view=tensor.view and not cut,
            refused=tensor.refused and not cut,
            expanded=tensor.expanded,
            contiguous=tensor.contiguous,
            constant_sum=tensor.constant_sum,
            array=kind == "Numpy",
        )

    # statements that write

    def handle(self, victim: _Tensor) -> _Tensor:
        """A name on the victim's bytes, by a random route of up to three hops."""
        handle = victim
        for _ in range(3):
            hop = self.weighted({None: 5, "Data": 12, "Detach": 3, "View": 4, "Numpy": 4, "Alias": 1, "Split": 1})
            if hop is None or handle.expanded:
                break
            handle = self.hop(hop, handle)
            if handle.array:
                break
        return handle

    def write(self, target: _Tensor) -> None:
        """One write through the handle, under no_grad where it would be refused (most of the time)."""
        if target.expanded:
            return
        if target.array:
            self.numpy_write(target)
            return
        tracked = self.modes[-1] and target.graph
        if tracked and (((target.leaf or target.refused) and self.likely(8)) or self.likely(3)):
            self.inside("no_grad", lambda: self.plain_write(target))
        else:
            self.plain_write(target)

    def numpy_write(self, target: _Tensor) -> None:
        how = self.one_of(("multiply", "fill", "setitem") if target.shape else ("multiply", "fill"))
        number = self.one_of(_FACTORS if how == "multiply" else _FILLS)
        self.emit(NumpyWrite(target.name, how, number, self.region(target) if how == "setitem" else ()))
        low, high = target.bytes.bounds
        target.bytes.widen((number * low, number * high) if how == "multiply" else (number, number))

    def region(self, target: _Tensor) -> tuple[int, int]:
        size = target.shape[0]
        return self.one_of(((0, min(2, size)), (size // 2, size), (0, size)))  # type: ignore[no-any-return]

    def plain_write(self, target: _Tensor) -> None:
        low, high = target.bytes.bounds
        how = self.one_of([how for how in WRITES if _may_write(how, target)])
        match how:
            case "mul_":
                self.write_operand(target, how, self.one_of(_FACTORS), lambda x, y: x * y)
            case "add_" | "iadd":
                self.write_operand(target, how, self.one_of(_TERMS), lambda x, y: x + y)
            case "copy_":
                other = self.same_shape(target)
                self.emit_write(target, how, (other.name,), other.bytes.bounds, graph=other.graph)
            case "setitem":
                value = self.one_of(_FILLS)
                self.emit_write(target, how, (value,), (value, value), region=self.region(target))
            case "constant_":
                value = self.one_of(_FILLS)
                self.emit_write(target, how, (value,), (value, value))
            case "clamp_":
                value = round((low + high) / 2, 3)
                self.emit_write(target, how, (value,), (value, high))
            case "out":
                self.write_out(target)
            case _:
                self.emit_write(target, how, (), _IN_PLACE_BOUNDS[how]([(low, high)]))

    def emit_write(
        self,
        target: _Tensor,
        how: str,
        args: tuple[str | float, ...],
        bounds: Interval,
        *,
        region: tuple[int, ...] = (),
        graph: bool = False,
    ) -> None:
        self.emit(Write(target.name, how, args, region))
        target.bytes.widen(bounds)
        if graph and self.modes[-1]:
            target.graph, target.leaf = True, False

    def write_operand(
        self, target: _Tensor, how: str, number: float, function: Callable[[float, float], float]
    ) -> None:
        """A write with a number, or with a tensor of the same shape."""
        others = [
            t
            for t in self.plain()
            if t.shape == target.shape and t.bytes is not target.bytes and 0.0 < t.bytes.bounds[0] < 4.0
        ]
        if self.likely(7) or not others:
            self.emit_write(target, how, (number,), _corners(function)([target.bytes.bounds, (number, number)]))
            return
        other = self.recent(others)
        bounds = _corners(function)([target.bytes.bounds, other.bytes.bounds])
        self.emit_write(target, how, (other.name,), bounds, graph=other.graph)

    def write_out(self, target: _Tensor) -> None:
        """`out=`, of tensors that are in no graph: it refuses all others."""
        other = self.same_shape(target, graph=False)
        low, high = other.bytes.bounds
        self.emit_write(target, "out", (other.name, other.name), (2 * low, 2 * high))

    def same_shape(self, target: _Tensor, graph: bool = True) -> _Tensor:
        """A tensor of the target's shape on other bytes: one that is there, or a new constant leaf."""
        others = [
            t
            for t in self.plain()
            if t.shape == target.shape and t.bytes is not target.bytes and (graph or not t.graph)
        ]
        return self.recent(others) if others and self.likely(6) else self.leaf(False, target.shape)

    def set_data(self, target: _Tensor) -> None:
        other = self.same_shape(target)
        fresh = self.likely(7)
        self.emit(SetData(target.name, other.name, fresh))
        target.bytes = _Bytes(other.bytes.bounds) if fresh else other.bytes
        target.bytes.widen((0.5, 1.5))
        target.contiguous = target.contiguous and fresh and other.contiguous
        target.expanded = target.expanded or other.expanded

    # steps of a program

    def save_and_write(self) -> None:
        """The story in which bugs live: an op saves a tensor, and a handle on its bytes is written."""
        tensors = [t for t in self.graph_tensors() if t.shape] or self.graph_tensors()
        tensor = self.recent(tensors)
        result_saved = self.likely(5)
        result = self.op_of(_SAVES_RESULT if result_saved else _SAVES_INPUT, tensor)
        if result is None:
            result = self.op("sigmoid" if result_saved else "sin", [tensor])
        victim = result if result_saved == self.likely(9) else tensor
        match self.weighted({"write": 16, "set": 2, "detach": 1}):
            case "write":
                self.write(self.handle(victim))
            case "set":
                self.set_data(victim)
            case "detach" if not victim.leaf:
                self.detach_in_place(victim)

    def write_somewhere(self) -> None:
        target = self.recent(self.tensors)
        self.write(target if target.array else self.handle(target))

    def view_somewhere(self) -> None:
        tensor = self.recent(self.graph_tensors())
        self.hop(self.weighted({"View": 6, "Split": 2, "Alias": 1, "Detach": 1, "Data": 1}), tensor)

    def nothing(self) -> None:
        """The simplest step."""

    def cut_in_place(self) -> None:
        """detach_(), most of the time where PyTorch allows it."""
        tensors = self.graph_tensors()
        inner = [t for t in tensors if not t.leaf]
        target = self.recent([t for t in inner if not t.view] or inner or tensors)
        self.detach_in_place(target)

    def detach_in_place(self, target: _Tensor) -> None:
        self.emit(DetachInPlace(target.name))
        if not target.view:
            target.graph, target.leaf = False, True

    def change_flag(self) -> None:
        """requires_grad_(), most of the time where PyTorch allows it."""
        leaves = [t for t in self.plain() if t.leaf]
        target = self.recent(leaves if leaves and self.likely(9) else self.graph_tensors())
        self.emit(RequiresGrad(target.name, not target.graph))
        if target.leaf:
            target.graph = not target.graph

    def block(self) -> None:
        """A few statements in another grad mode."""
        mode = "no_grad" if self.modes[-1] or self.choose(4) == 3 else "enable_grad"
        self.inside(mode, self.short_body)

    def short_body(self) -> None:
        steps: dict[Callable[[], None], int] = {
            self.any_op: 3,
            self.write_somewhere: 3,
            self.view_somewhere: 2,
            self.save_and_write: 1,
        }
        if len(self.modes) < 3:
            steps[self.block] = 1
        for _ in range(1 + self.choose(2)):
            self.weighted(steps)()

    def backward(self, retain: int = 0) -> None:
        """Sum up a few recent results, and differentiate the sum; or differentiate an earlier sum again.

        retain: how often in ten times the graph is kept for more.
        """
        sums = [t for t in self.graph_tensors() if t.shape == () and not t.leaf]
        if sums and self.choose(4) == 3:
            target = self.recent(sums)
        else:
            target = self.term()
            for _ in range(self.choose(3)):
                target = self.op("add", [target, self.term()])
        self.emit(Backward(target.name, self.choose(10) >= 10 - retain))

    def term(self) -> _Tensor:
        tensors = self.graph_tensors()
        tensor = self.recent([t for t in tensors if not t.leaf] or tensors or self.plain())
        if tensor.constant_sum:
            tensor = self.op("square", [tensor])
        if tensor.shape == ():
            return tensor
        return self.op(self.one_of(("sum", "sum", "sum", "mean")), [tensor])

    def program(self) -> Program:
        """Leaves, some steps, a backward; sometimes more steps and another backward."""
        self.leaf(True)
        for requires_grad in (self.weighted({None: 3, False: 3, True: 2}) for _ in range(2)):
            if requires_grad is not None:
                self.leaf(requires_grad, self.tensors[0].shape if self.likely(7) else None)
        steps: dict[Callable[[], object], int] = {
            self.nothing: 16,
            self.save_and_write: 40,
            self.any_op: 18,
            self.view_somewhere: 8,
            self.write_somewhere: 6,
            self.block: 3,
            self.cut_in_place: 3,
            self.change_flag: 2,
            lambda: self.backward(retain=6): 3,
        }
        for _ in range(_STEPS):
            if self.length < _MOST_STATEMENTS and self.graph_tensors():
                self.weighted(steps)()
        self.backward(retain=1)
        return tuple(self.bodies[0])


_IN_PLACE_BOUNDS: Mapping[str, Callable[[Sequence[Interval]], Interval]] = {
    "sigmoid_": OPS["sigmoid"].bounds,
    "tanh_": OPS["tanh"].bounds,
    "exp_": OPS["exp"].bounds,
    "relu_": OPS["relu"].bounds,
    "relu_inplace": OPS["relu"].bounds,
}


def _within(kind: OpKind, args: Sequence[_Tensor]) -> bool:
    """Whether the operands' values are in the op's domain, and its result is neither huge nor steep."""
    low, high = args[-1].bytes.bounds
    if low < kind.domain[0] or high > kind.domain[1]:
        return False
    result = kind.bounds([a.bytes.bounds for a in args])
    return max(abs(result[0]), abs(result[1])) <= 30.0


def _may_write(how: str, target: _Tensor) -> bool:
    """Whether the write makes sense: it changes something, and nothing grows out of bounds."""
    low, high = target.bytes.bounds
    match how:
        case "setitem":
            return bool(target.shape)
        case "relu_" | "relu_inplace":
            return low < 0.0
        case "exp_":
            return high < 2.5
        case "mul_" | "add_" | "iadd":
            return high < 8.0
        case "sigmoid_" | "tanh_":
            return low >= -3.0 and high <= 3.0
    return True


def _view_options(tensor: _Tensor) -> list[tuple[str, tuple[int, ...]]]:
    shape = tensor.shape
    options: list[tuple[str, tuple[int, ...]]] = []
    if shape and shape[0] >= 2:
        options += [("slice", (0, 2)), ("slice", (shape[0] // 2, shape[0]))]
    if len(shape) >= 2:
        options += [("select", (0,)), ("select", (shape[0] - 1,))]
        if shape[1] >= 2:
            options.append(("columns", (0, shape[1] - 1)))
    if len(shape) == 2:
        options += [("t", ()), ("transpose", (0, 1))]
    if shape and tensor.contiguous and not tensor.expanded:
        options += [("view", (-1,)), ("reshape", (-1,))]
    if len(shape) <= 1:
        options.append(("unsqueeze", (0,)))
    if len(shape) == 1:
        options.append(("expand", (2, shape[0])))
    return options


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Programs that are valid but for what autograd refuses; every choice is a small integer."""
    return _Scene(lambda count: 0 if count == 1 else draw(_below(count))).program()

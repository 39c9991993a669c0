"""Generated source programs in the styles that people write, and a hypothesis strategy that makes them.

A program makes a few leaves, tells some stories (something is saved, an alias is made, something is
written, cut or frozen), adds up what came of them, differentiates, and perhaps goes on. All tensors of a
program have one shape, so that every story fits every tensor. Nothing here knows what PyTorch will do with
the program: that is found out by running it.
"""

from __future__ import annotations

import contextlib
import math
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
Choose = Callable[[int], int]  # a number below the argument; 0 is the simplest choice


@dataclass(frozen=True)
class Program:
    """A module's text, the styles that it is written in, and the conditions in it that only a run decides."""

    source: str
    styles: frozenset[str]
    opaque: tuple[str, ...]


@dataclass
class Tensor:
    """A name as the author thinks of it: enough to write by, never relied upon for a verdict."""

    name: str
    graph: bool = False
    leaf: bool = False
    tame: bool = True  # between 0.05 and 3, so that log, sqrt and exp are fine
    flat: bool = False  # its sum is a constant
    view: bool = False


# --- words ----------------------------------------------------------------------------------------

_NAMES: Mapping[str, Sequence[str]] = {
    "leaf": ("weights", "scale", "theta", "inputs", "alpha", "w", "x", "coeffs", "gain", "embedding", "beta"),
    "constant": ("targets", "batch", "noise", "mask", "reference", "offsets", "labels"),
    "value": (
        *(
            "hidden",
            "out",
            "scores",
            "gate",
            "features",
            "probs",
            "attn",
            "state",
            "pred",
            "logits",
            "z",
            "y",
        ),
        *(
            "h",
            "mixed",
            "context",
            "activation",
            "residual",
            "signal",
            "encoded",
            "decoded",
            "latent",
            "query",
        ),
        *("key", "energy_map", "field"),
    ),
    "alias": ("raw", "handle", "values", "snapshot", "buffer", "ref", "cached", "window", "head", "view"),
    "array": ("array", "arr", "np_values", "host"),
    "loss": ("loss", "total", "objective", "penalty", "energy", "cost", "regularizer"),
    "flag": ("flag", "training", "debug", "use_mask", "normalize", "warm", "verbose", "frozen_phase"),
    "counter": ("step", "i", "k", "epoch", "t", "count", "index"),
    "pair": ("pair", "outputs", "parts", "bundle", "results", "history"),
    "module": ("linear", "layer", "encoder", "proj", "model"),
    "optimizer": ("optimizer", "opt", "sgd"),
    "gradient": ("grad", "grads", "g", "sensitivity"),
    "function": ("main", "train", "run", "fit", "train_step", "experiment"),
}

_SAVING: Mapping[str, tuple[str, ...]] = {
    "sigmoid": ("torch.sigmoid({x})", "{x}.sigmoid()"),
    "tanh": ("torch.tanh({x})", "{x}.tanh()"),
    "square": ("{x} ** 2", "torch.square({x})", "{x}.pow(2)", "{x} * {x}", "torch.pow({x}, 2)"),
    "exp": ("torch.exp({x})", "{x}.exp()"),
    "sin": ("torch.sin({x})", "{x}.sin()"),
    "cos": ("torch.cos({x})", "{x}.cos()"),
    "sqrt": ("torch.sqrt({x})", "{x}.sqrt()"),
    "log": ("torch.log({x})", "{x}.log()"),
    "reciprocal": ("1.0 / {x}", "torch.reciprocal({x})", "{x}.reciprocal()"),
    "softmax": ("F.softmax({x}, dim=-1)", "torch.softmax({x}, dim=-1)", "{x}.softmax(-1)"),
    "log_softmax": ("F.log_softmax({x}, dim=-1)", "{x}.log_softmax(dim=-1)"),
    "softplus": ("F.softplus({x})",),
    "gelu": ("F.gelu({x})",),
    "silu": ("F.silu({x})",),
    "relu": ("F.relu({x})", "torch.relu({x})", "{x}.relu()"),
    "mul": ("{x} * {y}", "torch.mul({x}, {y})", "{x}.mul({y})"),
    "div": ("{x} / {y}", "torch.div({x}, {y})"),
    "erf": ("torch.erf({x})", "{x}.erf()"),
    "mish": ("F.mish({x})",),
    "atan": ("torch.atan({x})", "{x}.atan()"),
}
_OTHER: Mapping[str, tuple[str, ...]] = {
    "add": ("{x} + {y}", "torch.add({x}, {y})", "{x}.add({y})"),
    "sub": ("{x} - {y}", "torch.sub({x}, {y})"),
    "double": ("{x} * 2.0", "2.0 * {x}", "torch.mul({x}, 2.0)"),
    "shift": ("{x} + 1.0", "0.5 + {x}"),
    "halve": ("{x} / 2.0", "torch.div({x}, 2.0)"),
    "negate": ("-{x}", "torch.neg({x})", "{x}.neg()"),
    "clone": ("{x}.clone()", "torch.clone({x})"),
    "cumsum": ("torch.cumsum({x}, dim=0)", "{x}.cumsum(0)"),
    "flip": ("torch.flip({x}, (0,))", "{x}.flip(0)"),
    "where": ("torch.where({x} > {x}.mean(), {x}, {y})",),
}
_TAME_ARGUMENT = frozenset(
    ("exp", "sqrt", "log", "reciprocal", "softmax", "log_softmax", "div", "square", "mul", "relu")
)
_TAME_RESULT = frozenset(("sigmoid", "softmax", "softplus", "sqrt", "clone", "flip"))
_BINARY = frozenset(("mul", "div", "add", "sub", "where"))

_WRITES: Sequence[str] = (
    "{t}.mul_(2.0)",
    "{t}.mul_(0.5)",
    "{t}.add_(1.0)",
    "{t}.sub_(0.3)",
    "{t}.zero_()",
    "{t}.fill_({v})",
    "{t}.copy_(torch.full_like({t}, {v}))",
    "{t} += 1.0",
    "{t} *= 3.0",
    "{t} -= 0.25",
    "{t}[0] = {v}",
    "{t}[0] += 1.0",
    "{t}[:2] = {v}",
    "{t}[1] *= 4.0",
    "{t}.div_(3.0)",
    "{t}.neg_()",
    "{t}.exp_()",
    "{t}.pow_(2)",
    "torch.add({c}, 1.0, out={t})",
    "torch.mul({c}, {c}, out={t})",
    "F.leaky_relu({t}.neg_(), inplace=True)",
    "F.relu({t}.sub_(0.6), inplace=True)",
    "F.silu({t}, inplace=True)",
    "F.threshold({t}, 9.0, {v}, inplace=True)",
    "nn.init.zeros_({t})",
    "nn.init.constant_({t}, {v})",
    "nn.init.uniform_({t})",
)
_SWAPS: Sequence[str] = (
    "{t}.data = torch.full_like({t}, {v})",
    "{t}.data = torch.rand_like({t})",
    "{t}.data = {t}.data * 0.5",
    "{t}.data = 1.0 - {t}.detach()",
)
_WHOLE_WRITES = tuple(write for write in _WRITES if "[" not in write and "out=" not in write)
_ARRAY_WRITES: Sequence[str] = (
    "{t}[0] = {v}",
    "{t} *= 2.0",
    "{t} += 1.0",
    "{t}.fill({v})",
    "{t}[:2] = {v}",
    "np.multiply({t}, 3.0, out={t})",
    "np.copyto({t}, {v})",
)
_ARRAYS: Sequence[str] = (
    "{x}.detach().numpy()",
    "{x}.data.numpy()",
    "np.asarray({x}.detach())",
    "{x}.detach().cpu().numpy()",
)
_VIEWS: Sequence[str] = (
    "{x}[:2]",
    "{x}[1:]",
    "{x}[0]",
    "{x}.view(-1)",
    "{x}[1:3]",
    "{x}.unsqueeze(0)",
    "{x}.T",
)
_CLONES: Sequence[str] = ("{x}.clone()", "{x}.detach().clone()", "{x}.data.clone()", "{x} + 0.0")

_TRUE_AT_RUN: Sequence[str] = (
    "len(sys.argv) > 0",
    "sys.maxsize > 10",
    "float({x}.sum()) > -1e6",
    "{x}.shape[0] > 2",
)
_FALSE_AT_RUN: Sequence[str] = (
    "len(sys.argv) > 90",
    "sys.maxsize < 10",
    "float({x}.sum()) > 1e6",
    "{x}.shape[0] > 9",
)

_LOSSES: Sequence[str] = (
    "{x}.sum()",
    "torch.sum({x})",
    "{x}.mean()",
    "torch.mean({x})",
    "({x} ** 2).sum()",
    "{x}.pow(2).mean()",
    "({x} * {c}).sum()",
    "F.mse_loss({x}, {c})",
)
_LINE_LIMIT = 30


class Author:
    """Writes one program by a sequence of choices."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.lines: list[str] = []
        self.definitions: list[str] = []  # what stands before everything else
        self.indent = 0
        self.used: set[str] = set()
        self.styles: set[str] = set()
        self.opaque: list[str] = []
        self.tensors: list[Tensor] = []
        self.constants: list[str] = []
        self.flags: dict[str, bool] = {}
        self.terms: list[str] = []  # scalars to be added up
        self.later: list[Callable[[], None]] = []  # what is to happen once backward has run
        self.in_function = False
        self.optimizer: str | None = None
        self.module: str | None = None
        self.parameters: list[str] = []
        self.shape = "4"
        self.numbers = 0

    # choices

    def one_of(self, options: Sequence[T]) -> T:
        return options[self.choose(len(options))]

    def chance(self, of_hundred: int) -> bool:
        """True `of_hundred` times in a hundred; the simplest choice is False."""
        return self.choose(100) >= 100 - of_hundred

    def weighted(self, weights: Mapping[Any, int]) -> Any:
        totals = list(accumulate(weights.values()))
        return list(weights)[bisect_right(totals, self.choose(totals[-1]))]

    def recent(self, tensors: Sequence[Tensor]) -> Tensor:
        return tensors[math.isqrt(self.choose(len(tensors) ** 2))]

    # text

    def emit(self, line: str) -> None:
        self.lines.append("    " * self.indent + line)

    def act(self, line: str) -> None:
        """Emit a statement that binds no name; an author who knows functions may put it into one."""
        self.emit(line)

    def valued(self, text: str) -> str:
        """A spelling of the value; an author who knows functions may let one compute it."""
        return text

    @contextlib.contextmanager
    def block(self, header: str) -> Iterator[None]:
        """An indented block; `pass` where nothing is put into it."""
        self.emit(header)
        self.indent += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.emit("pass")
        self.indent -= 1

    def name(self, kind: str) -> str:
        free = [name for name in _NAMES[kind] if name not in self.used]
        name = self.one_of(free) if free else f"{self.one_of(_NAMES[kind])}_{len(self.used)}"
        self.used.add(name)
        return str(name)

    def style(self, *names: str) -> None:
        self.styles.update(names)

    # tensors

    def leaf(self) -> Tensor:
        name = self.name("leaf")
        self.emit(f"{name} = {self.leaf_text()}")
        tensor = Tensor(name, graph=True, leaf=True)
        self.tensors.append(tensor)
        self.parameters.append(name)
        return tensor

    def leaf_text(self) -> str:
        """Values between 0.2 and 1.5, no two leaves alike."""
        self.numbers += 1
        first = f"{0.2 + 0.1 * (self.numbers % 7):.1f}"
        match self.choose(5):
            case 0 if self.shape == "4":
                return f"torch.tensor([{first}, 0.9, 1.{self.numbers % 5}, 1.2], requires_grad=True)"
            case 1:
                self.style("nn.Parameter")
                return f"nn.Parameter(torch.rand({self.shape}) + 0.{self.choose(4) + 1})"
            case 2:
                return f"torch.rand({self.shape}).add_(0.2).requires_grad_()"
            case 3 if self.shape == "4":
                return f"torch.linspace({first}, 1.4, 4, requires_grad=True)"
        return f"torch.rand({self.shape}, requires_grad=True)"

    def constant(self) -> str:
        if self.constants and not self.chance(10):
            return str(self.one_of(self.constants))
        name = self.name("constant")
        text = f"torch.rand({self.shape})" if self.chance(60) else f"torch.full(({self.shape},), 0.8)"
        self.emit(f"{name} = {text}")
        self.constants.append(name)
        return name

    def graph_tensors(self) -> list[Tensor]:
        return [tensor for tensor in self.tensors if tensor.graph]

    def any_tensor(self) -> Tensor:
        return self.recent(self.graph_tensors() or self.tensors)

    def expression(self, tensor: Tensor, saving: bool = True) -> tuple[str, str]:
        """The name of an op and its spelling on the tensor."""
        table = _SAVING if saving else _OTHER
        names = [op for op in table if tensor.tame or op not in _TAME_ARGUMENT]
        op = self.one_of(names)
        other = self.constant() if self.chance(35) else self.any_tensor().name
        if op == "div" or (op == "sub" and other == tensor.name):
            other = self.constant()
        return op, self.one_of(table[op]).format(x=tensor.name, y=other)

    def op(self, tensor: Tensor, saving: bool = True) -> Tensor:
        """`name = op(tensor)`, sometimes by a detour."""
        op, text = self.expression(tensor, saving)
        return self.bind(text, tame=op in _TAME_RESULT and (op != "clone" or tensor.tame), flat=op == "softmax")

    def bind(self, text: str, *, tame: bool = False, flat: bool = False, graph: bool = True) -> Tensor:
        """A new name for a value, spelled in one of several ways."""
        text = self.valued(text)
        name = self.name("value")
        how = self.weighted({"plain": 30, "walrus": 1, "ternary": 2, "tuple": 2, "list": 1, "if": 2})
        match how:
            case "walrus":
                self.style("walrus")
                if self.chance(40):
                    self.emit(f"if ({name} := {text}).ndim < 9:")
                    self.emit("    pass")
                else:
                    loss = self.name("loss")
                    self.emit(f"{loss} = ({name} := {text}).sum()")
                    self.terms.append(loss)
            case "ternary":
                condition, value = self.condition()
                other = self.any_tensor().name
                first, second = (text, f"{other} + 0.1") if value else (f"{other} + 0.1", text)
                self.style("ternary")
                self.emit(f"{name} = {first} if {condition} else {second}")
            case "tuple":
                self.style("tuple")
                second = self.name("value")
                self.emit(f"{name}, {second} = {text}, {self.any_tensor().name} + 0.2")
                self.tensors.append(Tensor(second, graph=True, tame=False))
            case "list":
                self.style("list")
                bundle = self.name("pair")
                self.emit(f"{bundle} = [{text}]")
                self.emit(f"{name} = {bundle}[{self.one_of((0, -1))}]")
            case "if":
                condition, value = self.condition()
                other = self.any_tensor().name
                self.style("if-else-value")
                with self.block(f"if {condition}:"):
                    self.emit(f"{name} = {text if value else other + ' * 0.5'}")
                with self.block("else:"):
                    self.emit(f"{name} = {other + ' * 0.5' if value else text}")
            case _:
                self.emit(f"{name} = {text}")
        tensor = Tensor(name, graph=graph, tame=tame and how in ("plain", "tuple", "list"), flat=flat)
        self.tensors.append(tensor)
        return tensor

    # control

    def flag(self) -> tuple[str, bool]:
        """A name with a constant truth value, made now or before."""
        if self.flags and self.chance(60):
            name = self.one_of(list(self.flags))
            self.style("same-condition")
        else:
            name = self.name("flag")
            value = not self.chance(40)
            self.emit(f"{name} = {value}")
            self.flags[name] = value
        if self.chance(15):
            return f"not {name}", not self.flags[name]
        return name, self.flags[name]

    def condition(self) -> tuple[str, bool]:
        """A condition, and what it is at run time."""
        if self.chance(65):
            self.style("constant-condition")
            return self.flag()
        spelled = {each.format(x=self.tensors[0].name) for each in (*_TRUE_AT_RUN, *_FALSE_AT_RUN)}
        known = [text for text in self.opaque if text in spelled]
        if known and self.chance(50):
            text = self.one_of(known)
            self.style("same-condition")
            return text, text in {each.format(x=self.tensors[0].name) for each in _TRUE_AT_RUN}
        value = not self.chance(35)
        text = self.one_of(_TRUE_AT_RUN if value else _FALSE_AT_RUN).format(x=self.tensors[0].name)
        self.style("opaque-condition")
        if text not in self.opaque:
            self.opaque.append(text)
        return text, value

    def controlled(self, build: Callable[[], None]) -> None:
        """What `build` emits, under some control flow or none; `build` binds nothing that is needed later."""
        how = self.weighted(
            {
                "plain": 26,
                "if": 9,
                "else": 3,
                "nested": 2,
                "for": 4,
                "while": 2,
                "match": 2,
                "try": 2,
                "break": 2,
                "continue": 2,
                "return": 2,
                "twice": 1,
                "and": 1,
            }
        )
        if how == "plain" or self.indent > 2:
            build()
            return
        self.style(f"control-{how}")
        getattr(self, f"control_{how}")(build)

    def control_if(self, build: Callable[[], None]) -> None:
        condition, _ = self.condition()
        with self.block(f"if {condition}:"):
            build()

    def control_and(self, build: Callable[[], None]) -> None:
        (first, _), (second, _) = self.condition(), self.condition()
        with self.block(f"if {first} {self.one_of(('and', 'or'))} {second}:"):
            build()

    def control_else(self, build: Callable[[], None]) -> None:
        condition, value = self.condition()
        with self.block(f"if {'not ' if value and self.chance(70) and ' ' not in condition else ''}{condition}:"):
            self.emit("skipped = True")
        with self.block("else:"):
            build()

    def control_nested(self, build: Callable[[], None]) -> None:
        (first, _), (second, _) = self.condition(), self.condition()
        with self.block(f"if {first}:"), self.block(f"if {second}:"):
            build()

    def control_twice(self, build: Callable[[], None]) -> None:
        condition, _ = self.condition()
        with self.block(f"if {condition}:"):
            build()
        with self.block(f"if {condition}:"):
            self.emit("skipped = False")

    def control_for(self, build: Callable[[], None]) -> None:
        with self.block(f"for _ in range({1 + self.choose(3)}):"):
            build()

    def control_while(self, build: Callable[[], None]) -> None:
        counter = self.name("counter")
        self.emit(f"{counter} = 0")
        with self.block(f"while {counter} < {1 + self.choose(3)}:"):
            build()
            self.emit(f"{counter} += 1")

    def control_match(self, build: Callable[[], None]) -> None:
        mode = self.name("flag")
        value = self.one_of(("fast", "slow", "other"))
        self.emit(f'{mode} = "{value}"')
        with self.block(f"match {mode}:"):
            with self.block('case "fast":' if value != "slow" else 'case "slow" | "fast":'):
                build()
            with self.block("case _:"):
                self.emit("skipped = True")

    def control_try(self, build: Callable[[], None]) -> None:
        if self.chance(50):
            with self.block("try:"):
                build()
            with self.block("finally:"):
                self.emit("finished = True")
        else:
            with self.block("try:"):
                self.emit("finished = True")
            with self.block("finally:"):
                build()

    def control_break(self, build: Callable[[], None]) -> None:
        counter = self.name("counter")
        with self.block(f"for {counter} in range(3):"):
            if self.chance(50):
                build()
            with self.block(f"if {counter} == {self.choose(3)}:"):
                self.emit("break")
            build()

    def control_continue(self, build: Callable[[], None]) -> None:
        counter = self.name("counter")
        with self.block(f"for {counter} in range({1 + self.choose(3)}):"):
            with self.block(f"if {counter} == {self.choose(2)}:"):
                self.emit("continue")
            build()

    def control_return(self, build: Callable[[], None]) -> None:
        if not self.in_function or self.indent > 1:
            build()
            return
        condition, value = self.condition()
        loss = self.differentiated()
        with self.block(f"if {'not ' + condition if value and condition.isidentifier() else condition}:"):
            self.emit(f"{loss}.backward(retain_graph=True)")
            self.emit(f"return {loss}")
        build()

    # handles and writes

    def handle(self, victim: Tensor) -> tuple[str, str]:
        """The kind and a spelling of the victim's bytes (or of a copy of them)."""
        kind = self.weighted({"data": 36, "detach": 10, "numpy": 17, "view": 5, "plain": 7, "data-view": 9, "clone": 5})
        self.style(f"handle-{kind}")
        x = victim.name
        match kind:
            case "data":
                text = f"{x}.data"
            case "detach":
                text = f"{x}.detach()"
            case "numpy":
                array = self.name("array")
                self.emit(f"{array} = {self.valued(self.one_of(_ARRAYS).format(x=x))}")
                return kind, array
            case "view":
                text = self.one_of(_VIEWS).format(x=x)
            case "data-view":
                text = self.one_of(_VIEWS).format(x=f"{x}.{self.one_of(('data', 'data', 'detach()'))}")
            case "clone":
                text = self.one_of(_CLONES).format(x=x)
                return kind, self.named(text)
            case _:
                return kind, self.route(x) if self.chance(40) else x
        if kind == "data" and self.chance(50):
            return kind, text
        return kind, self.named(text)

    def named(self, text: str) -> str:
        """A name for a handle; sometimes the handle goes through a tuple, a condition or a short circuit."""
        text = self.valued(text)
        name = self.name("alias")
        how = self.weighted({"plain": 16, "ternary": 2, "or": 1, "and": 1, "tuple": 2, "if": 2})
        match how:
            case "ternary":
                condition, value = self.condition()
                copy = f"{self.any_tensor().name}.detach().clone()"
                first, second = (text, copy) if value != self.chance(25) else (copy, text)
                self.emit(f"{name} = {first} if {condition} else {second}")
            case "or":
                self.emit(f"{name} = None")
                self.emit(f"{name} = {name} or {text}")
            case "and":
                self.emit(f"{name} = True and {text}")
            case "tuple":
                bundle = self.name("pair")
                self.emit(f"{bundle} = ({text}, {self.any_tensor().name})")
                self.emit(f"{name}, _ = {bundle}" if self.chance(50) else f"{name} = {bundle}[0]")
            case "if":
                condition, _ = self.condition()
                self.emit(f"{name} = {self.any_tensor().name}.detach().clone()")
                with self.block(f"if {condition}:"):
                    self.emit(f"{name} = {text}")
            case _:
                self.emit(f"{name} = {text}")
        if how != "plain":
            self.style(f"alias-{how}")
        return name

    def route(self, x: str) -> str:
        """Another name for the same object, by a detour."""
        name = self.name("alias")
        match self.choose(4):
            case 0:
                self.emit(f"{name} = {x}")
            case 1:
                other = self.name("alias")
                self.emit(f"{name}, {other} = {self.any_tensor().name}, {x}")
                self.emit(f"{name}, {other} = {other}, {name}")
                self.style("swap")
            case 2:
                self.emit(f'{name} = {{"value": {x}}}["value"]')
                self.style("dict")
            case _:
                self.emit(f"*_, {name} = ({self.any_tensor().name}, {x})")
                self.style("star-unpack")
        return name

    def writing(self, spellings: Sequence[str], target: str) -> str:
        """A statement that writes to the target, with a number of its own."""
        spelling = self.one_of(spellings)
        self.numbers += 1
        constant = self.constant() if "{c}" in spelling else ""
        return str(spelling.format(t=target, c=constant, v=f"{0.1 * self.numbers + 0.05:.2f}"))

    def write(self, victim: Tensor, careful: int = 60) -> None:
        """A write through a handle on the victim, under some control flow."""
        kind, handle = self.handle(victim)
        part = kind in ("view", "data-view")
        if kind == "numpy":
            line = self.writing(_ARRAY_WRITES, handle)
            self.controlled(lambda: self.act(line))
        else:
            line = self.writing(_WHOLE_WRITES if part else _WRITES, handle)
            if "(" in handle and line.startswith(f"{handle} "):
                line = f"{handle}.mul_(1.5)"
            untracked = "data" in handle or "detach" in handle
            guarded = not untracked and (self.chance(careful) or "out=" in line)
            self.controlled(lambda: self.no_grad(lambda: self.act(line)) if guarded else self.emit(line))
        victim.tame = False

    def no_grad(self, build: Callable[[], None]) -> None:
        match self.choose(6):
            case 4:
                self.style("set_grad_enabled")
                with self.block("with torch.set_grad_enabled(False):"):
                    build()
            case 5:
                self.style("set_grad_enabled")
                self.emit("torch.set_grad_enabled(False)")
                build()
                self.emit("torch.set_grad_enabled(True)")
            case _:
                self.style("no_grad")
                with self.block("with torch.no_grad():"):
                    build()

    # losses

    def loss_text(self, tensor: Tensor) -> str:
        forms = [form for form in _LOSSES if not (tensor.flat and form.startswith(("{x}.sum", "{x}.mean", "torch")))]
        form = self.one_of(forms)
        return str(form.format(x=tensor.name, c=self.constant() if "{c}" in form else ""))

    def term(self, tensor: Tensor) -> None:
        """Keep the tensor's loss to be added up."""
        name = self.name("loss")
        self.emit(f"{name} = {self.valued(self.loss_text(tensor))}")
        self.terms.append(name)

    def differentiated(self) -> str:
        """The name of the sum of what there is to differentiate."""
        if not self.terms:
            self.term(self.any_tensor())
        if len(self.terms) == 1:
            return self.terms[0]
        name = self.name("loss")
        match self.choose(4):
            case 0:
                self.emit(f"{name} = {' + '.join(self.terms)}")
            case 1:
                self.style("list")
                self.emit(f"{name} = sum([{', '.join(self.terms)}])")
            case 2:
                self.style("list")
                self.emit(f"{name} = torch.stack([{', '.join(self.terms)}]).sum()")
            case _:
                self.style("comprehension")
                self.emit(f"{name} = sum([each * 0.5 for each in ({', '.join(self.terms)},)])")
        self.terms = [name]
        return name

    def backward(self, retain: int = 20) -> None:
        loss = self.differentiated()
        how = self.weighted({"backward": 16, "torch": 1, "grad": 2, "controlled": 2})
        options = "retain_graph=True" if self.chance(retain) else ""
        if how == "grad":
            self.style("autograd.grad")
            leaf = ", ".join(self.parameters) if not self.chance(10) else self.one_of(self.parameters)
            extra = f", {options}" if options else ""
            self.emit(f"{self.name('gradient')} = torch.autograd.grad({loss}, [{leaf}], allow_unused=True{extra})")
        elif how == "torch":
            extra = f", {options}" if options else ""
            self.act(f"torch.autograd.backward({loss}{extra})")
        elif how == "controlled":
            self.controlled(lambda: self.act(f"{loss}.backward({options})"))
        else:
            self.act(f"{loss}.backward({options})")

    # stories: between the leaves and the backward

    def saved_then_written(self) -> None:
        """An op saves something, then what it may have saved is written."""
        tensor = self.any_tensor()
        result = self.op(tensor, saving=self.chance(80))
        if self.chance(40):
            self.op(result, saving=self.chance(50))
        self.term(self.tensors[-1] if self.chance(60) else result)
        victim = result if self.chance(60) or (tensor.leaf and self.chance(60)) else tensor
        if self.chance(16):
            self.later.append(lambda: self.write(victim))
        else:
            self.write(victim)

    def computed(self) -> None:
        """Ordinary computing."""
        result = self.op(self.any_tensor(), saving=self.chance(60))
        if self.chance(50):
            self.term(result)

    def copy_written(self) -> None:
        """A private copy is written, or what nothing saved."""
        tensor = self.op(self.any_tensor(), saving=False)
        self.term(tensor)
        copy = self.named(self.one_of(_CLONES[1:3]).format(x=tensor.name))
        line = self.writing(_WRITES[:16], copy)
        self.controlled(lambda: self.act(line))

    def unsaved_written(self) -> None:
        """A result that nothing saved is written, in the graph."""
        source = self.any_tensor()
        tensor = self.bind(self.one_of(_OTHER["shift"] + _OTHER["double"]).format(x=source.name))
        line = self.writing(_WRITES[:12], tensor.name)
        self.controlled(lambda: self.act(line))
        self.term(tensor)

    def data_swapped(self) -> None:
        """`x.data = …` between the forward and the backward."""
        self.style("set-data")
        tensor = self.any_tensor()
        result = self.op(tensor)
        self.term(result)
        victim = tensor if self.chance(75) else result
        line = self.writing(_SWAPS, victim.name)
        victim.tame = False
        if self.chance(20):
            self.later.append(lambda: self.act(line))
        else:
            self.controlled(lambda: self.act(line))

    def leaf_written(self) -> None:
        """A leaf is written: refused, allowed without grad, or unseen."""
        self.style("leaf-write")
        leaf = self.recent([t for t in self.tensors if t.leaf])
        line = self.writing([each for each in _WRITES if "{c}" not in each], leaf.name)
        guarded = self.chance(70)
        self.controlled(lambda: self.no_grad(lambda: self.act(line)) if guarded else self.emit(line))
        leaf.tame = False

    def cut_in_place(self) -> None:
        """`detach_()` somewhere around the uses of a tensor."""
        self.style("detach_")
        tensor = self.op(self.any_tensor(), saving=self.chance(50))
        if self.chance(75):
            self.term(self.op(tensor, saving=self.chance(35)))
        target = self.route(tensor.name) if self.chance(25) else tensor.name
        if self.chance(8):
            target = f"{tensor.name}{self.one_of(('[:2]', '.view(-1)', '[0]'))}"
        line = f"{target}.detach_()"
        if self.chance(20):
            self.later.append(lambda: self.controlled(lambda: self.act(line)))
            return
        self.controlled(lambda: self.act(line))
        if self.chance(80):
            self.term(self.bind(f"{tensor.name} * {self.recent([t for t in self.tensors if t.leaf]).name}"))

    def frozen(self) -> None:
        """`requires_grad_(False)` on a leaf or on what was computed."""
        self.style("requires_grad_")
        tensor = self.recent([t for t in self.tensors if t.leaf]) if self.chance(70) else self.op(self.any_tensor())
        self.term(self.op(tensor, saving=self.chance(60)))
        line = f"{tensor.name}.requires_grad_(False)"
        if tensor.name in self.parameters and len(self.parameters) > 1:
            self.parameters.remove(tensor.name)
        if self.chance(30):
            self.later.append(lambda: self.act(line))
        else:
            self.controlled(lambda: self.act(line))

    def cut_off(self) -> None:
        """A loss term without a graph, perhaps the only one."""
        self.style("no-graph")
        tensor = self.any_tensor()
        how = self.one_of(("no_grad", "operand", "alias"))
        name = self.name("value")
        if how == "no_grad":
            with self.block("with torch.no_grad():"):
                self.emit(f"{name} = {self.valued(self.expression(tensor)[1])}")
        elif how == "operand":
            text = self.expression(replace(tensor, name=f"{tensor.name}.detach()"))[1]
            self.emit(f"{name} = {self.valued(text)}")
        else:
            text = f"{tensor.name}.{self.one_of(('detach()', 'data'))}"
            self.emit(f"{name} = {self.valued(text)}")
        if self.chance(50):
            self.terms = []
        self.term(Tensor(name, graph=False, tame=False))

    def several_views(self) -> None:
        """unbind, chunk and split, or a view made without grad, and a write to it."""
        self.style("views")
        tensor = self.op(self.any_tensor(), saving=self.chance(40))
        if self.chance(30):
            window = self.name("alias")
            with self.block("with torch.no_grad():"):
                self.emit(f"{window} = {tensor.name}{self.one_of(('[:2]', '[1:]', '.view(-1)'))}")
        else:
            window, rest = self.name("alias"), self.name("alias")
            split = self.one_of((".chunk(2)", ".split(2)", ".unbind()[:2]"))
            self.emit(f"{window}, {rest} = {tensor.name}{split}")
        line = self.writing(_WHOLE_WRITES[:9], window)
        guarded = self.chance(45)
        if self.chance(50):
            self.term(self.op(tensor))
        self.controlled(lambda: self.no_grad(lambda: self.act(line)) if guarded else self.emit(line))
        self.term(tensor)

    def inference(self) -> None:
        """A tensor made in inference mode and used with the graph."""
        self.style("inference_mode")
        frozen = self.name("value")
        with self.block("with torch.inference_mode():"):
            self.emit(f"{frozen} = {self.constant()} * 2.0")
        operand = frozen if self.chance(60) else f"{frozen}.clone()"
        op = self.one_of(("*", "*", "+"))
        self.term(self.bind(f"{self.any_tensor().name} {op} {operand}"))

    def moduled(self) -> None:
        """A linear layer, and perhaps a write to its weight."""
        if self.module is None:
            self.style("module")
            self.module = self.name("module")
            self.emit(f"{self.module} = nn.Linear(4, 4)")
            self.parameters.append(f"{self.module}.weight")
        result = self.bind(f"{self.module}({self.any_tensor().name})")
        if self.chance(40):
            result = self.op(result)
        self.term(result)
        if self.chance(60):
            weight = f"{self.module}.{self.one_of(('weight', 'weight', 'bias'))}"
            line = self.one_of(
                (
                    "{w}.data.mul_(0.9)",
                    "{w}.data.clamp_(-0.01, 0.01)",
                    "nn.init.zeros_({w})",
                    "{w}.data[0] = 0.5",
                    "{w}.data = {w}.data * 0.5",
                    "{w}.add_(0.1)",
                )
            ).format(w=weight)
            build = (
                (lambda: self.no_grad(lambda: self.act(line)))
                if "add_" in line and self.chance(70)
                else (lambda: self.act(line))
            )
            self.later.append(build) if self.chance(40) else self.controlled(build)

    def optimized(self) -> None:
        """An optimizer's step after the backward, or between the forward and the backward of another loss."""
        if self.optimizer is not None:
            return
        self.style("optimizer")
        self.optimizer = self.name("optimizer")
        listed = [t.name for t in self.tensors if t.leaf]
        self.emit(f"{self.optimizer} = torch.optim.SGD([{', '.join(listed)}], lr=0.1)")
        optimizer = self.optimizer
        if self.chance(55):
            self.emit(f"{optimizer}.zero_grad()")
            first, second = (
                self.op(self.any_tensor()),
                self.op(self.recent([t for t in self.tensors if t.leaf])),
            )
            one, two = self.name("loss"), self.name("loss")
            self.emit(f"{one} = {self.loss_text(first)}")
            self.emit(f"{two} = {self.loss_text(second)}")
            self.act(f"{one}.backward({'retain_graph=True' if self.chance(50) else ''})")
            self.controlled(lambda: self.act(f"{optimizer}.step()"))
            self.act(f"{two}.backward()")
        self.later.append(lambda: self.act(f"{optimizer}.step()"))

    # stories of their own loops

    def loop_header(self, rounds: int) -> str:
        return f"for {self.name('counter') if self.chance(50) else '_'} in range({rounds}):"

    @contextlib.contextmanager
    def loop(self, rounds: int) -> Iterator[None]:
        """A loop of that many rounds, as `for` or as `while`."""
        if self.chance(70):
            with self.block(self.loop_header(rounds)):
                yield
            return
        self.style("while")
        counter = self.name("counter")
        self.emit(f"{counter} = 0")
        with self.block(f"while {counter} < {rounds}:"):
            yield
            self.emit(f"{counter} += 1")

    def recurrent(self) -> None:
        """A state that goes through a loop, with a write, a cut or nothing at the end of the body."""
        self.style("recurrent-loop")
        leaf = self.recent([t for t in self.tensors if t.leaf])
        state = self.name("value")
        losses = self.name("pair")
        collects = self.chance(50)
        self.emit(f"{state} = torch.zeros({self.shape})")
        if collects:
            self.emit(f"{losses} = []")
        with self.loop(1 + self.choose(3)):
            step = self.one_of(
                (
                    "torch.tanh({s} * {w} + 0.5)",
                    "({s} + {w}).sigmoid()",
                    "torch.sin({w} - {s})",
                    "{s} + {w} * {w}",
                    "{s} + {w}",
                )
            )
            self.emit(f"{state} = {self.valued(step.format(s=state, w=leaf.name))}")
            if collects:
                self.emit(f"{losses}.append({self.loss_text(Tensor(state))})")
            self.end_of_round(state, leaf.name)
        if collects:
            total = self.name("loss")
            self.emit(f"{total} = {self.one_of(('sum({})', 'torch.stack({}).sum()', '{}[-1]')).format(losses)}")
            self.terms.append(total)
        else:
            self.tensors.append(Tensor(state, graph=True, tame=False))
            self.term(self.tensors[-1])

    def end_of_round(self, state: str, leaf: str) -> None:
        match self.weighted(
            {
                "nothing": 4,
                "data": 6,
                "numpy": 2,
                "detach": 2,
                "cut": 3,
                "detached": 2,
                "leaf": 3,
                "plain": 2,
                "noted": 2,
            }
        ):
            case "data":
                target = self.one_of((state, state, leaf))
                self.controlled(lambda: self.act(self.writing(_WRITES[:4], f"{target}.data")))
            case "numpy":
                self.act(f"{state}.detach().numpy()[{self.one_of(('0', ':2'))}] = 0.3")
            case "detach":
                self.controlled(lambda: self.act(self.writing(_WRITES[:4], f"{state}.detach()")))
            case "cut":
                self.controlled(lambda: self.act(f"{state}.detach_()"))
            case "detached":
                self.emit(f"{state} = {state}.detach()")
            case "leaf":
                self.no_grad(lambda: self.act(f"{leaf} -= 0.1"))
            case "plain":
                self.controlled(lambda: self.act(self.writing(_WRITES[:12], state)))
            case "noted":
                self.emit(f"magnitude = {state}.abs().max().item()")

    def buffered(self) -> None:
        """A recurrence through the items of one buffer."""
        self.style("buffer")
        leaf = self.recent([t for t in self.tensors if t.leaf])
        buffer, counter = self.name("value"), self.name("counter")
        self.emit(f"{buffer} = torch.zeros(4)" if self.chance(70) else f"{buffer} = torch.ones(4) * 0.5")
        source = f"{leaf.name}[{counter}]" if self.shape == "4" else f"{leaf.name}[{counter}].sum()"
        before = f"{buffer}[{counter} - 1]{self.one_of(('', '', '.clone()'))}"
        step = self.one_of(
            (
                "{a} * {b} + 1.0",
                "{a} + {b}",
                "torch.tanh({a} + {b})",
                "{a} * torch.exp(-{b})",
                "{b} * 0.5 + {a}",
            )
        )
        with self.block(f"for {counter} in range(1, {self.one_of((2, 3, 4))}):"):
            self.emit(f"{buffer}[{counter}] = {step.format(a=source, b=before)}")
        tensor = Tensor(buffer, graph=True, tame=False)
        if self.shape == "4":
            self.tensors.append(tensor)
        name = self.name("loss")
        self.emit(f"{name} = {buffer}.sum()")
        self.terms.append(name)

    def trained(self) -> None:
        """A training loop: accumulated gradients, steps, a graph kept over the rounds, truncated backprop."""
        self.style("training-loop")
        leaf = self.recent([t for t in self.tensors if t.leaf])
        kind = self.weighted({"manual": 5, "accumulate": 3, "kept": 1, "truncated": 4, "stepped": 4})
        before = self.op(leaf, saving=self.chance(60)) if kind == "kept" else leaf
        state, loss = self.name("value"), self.name("loss")
        if kind == "truncated":
            self.emit(f"{state} = torch.zeros({self.shape})")
        if kind == "stepped" and self.optimizer is None:
            self.optimizer = self.name("optimizer")
            self.emit(f"{self.optimizer} = torch.optim.SGD([{leaf.name}], lr=0.05)")
        with self.loop(1 + self.choose(3)):
            op, text = self.expression(before)
            if kind == "truncated":
                op, text = "tanh", f"torch.tanh({state} + {leaf.name})"
            self.emit(f"{state} = {self.valued(text)}")
            self.emit(f"{loss} = {self.loss_text(Tensor(state, flat=op == 'softmax'))}")
            if self.chance(25):
                self.act(f"{self.one_of((state, leaf.name))}.data.{self.one_of(('mul_(0.5)', 'add_(0.1)'))}")
            self.act(f"{loss}.backward({'retain_graph=True' if self.chance(25) else ''})")
            self.after_round(kind, state, leaf.name)
        self.tensors.append(Tensor(state, graph=True, tame=False))

    def after_round(self, kind: str, state: str, leaf: str) -> None:
        match kind:
            case "manual":
                if self.chance(50):
                    with self.block("with torch.no_grad():"):
                        self.act(f"{leaf} -= 0.1 * {leaf}.grad")
                        self.emit(f"{leaf}.grad.zero_()")
                else:
                    self.act(f"{leaf}.data -= 0.1 * {leaf}.grad")
            case "truncated" if self.chance(75):
                self.emit(self.one_of(("{s} = {s}.detach()", "{s}.detach_()", "{s} = {s}.data")).format(s=state))
            case "stepped":
                self.act(f"{self.optimizer}.step()")
                if self.chance(70):
                    self.emit(f"{self.optimizer}.zero_grad()")

    # the whole

    _SHAPES: Sequence[str] = ("4", "4", "4", "3, 4", "4, 4")
    _IMPORTS: Sequence[tuple[str, str]] = (
        ("sys.", "import sys\n"),
        ("np.", "import numpy as np"),
        ("", "import torch"),
        ("F.", "import torch.nn.functional as F"),
        ("nn.", "from torch import nn"),
    )
    _STORIES: Mapping[str, int] = {
        "saved_then_written": 64,
        "computed": 12,
        "copy_written": 4,
        "unsaved_written": 4,
        "data_swapped": 13,
        "leaf_written": 3,
        "cut_in_place": 6,
        "frozen": 4,
        "cut_off": 4,
        "several_views": 4,
        "inference": 2,
        "moduled": 6,
        "optimized": 5,
        "recurrent": 9,
        "buffered": 4,
        "trained": 6,
    }

    def program(self) -> Program:
        """Leaves, stories, a backward, what comes after it, and sometimes a second backward."""
        self.shape = self.one_of(self._SHAPES)
        self.in_function = self.chance(45)
        self.style("function" if self.in_function else "module-level")
        if self.in_function:
            function = self.name("function")
            self.lines.append("")
            with self.block(f"def {function}():"):
                self.body()
            self.lines += ["", "", f"{function}()"]
        else:
            self.body()
        text = "\n".join((*self.imports(), "", *self.definitions, *self.lines)) + "\n"
        return Program(text, frozenset(self.styles), tuple(self.opaque))

    def body(self) -> None:
        if self.chance(50):
            self.emit("torch.manual_seed(0)")
        for _ in range(1 + self.choose(3)):
            self.leaf()
        if self.chance(50):
            self.constant()
        for _ in range(1 + self.choose(3)):
            if len(self.lines) < _LINE_LIMIT - 12:
                getattr(self, self.weighted(self._STORIES))()
        self.backward()
        for build in self.later:
            build()
        if self.chance(6):
            if self.chance(60):
                self.terms = []
            self.backward()

    def imports(self) -> list[str]:
        text = "\n".join((*self.definitions, *self.lines))
        return [line for word, line in self._IMPORTS if word in text]


@cache
def _below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


@st.composite
def programs(draw: st.DrawFn, author: type[Author] = Author) -> Program:
    """Programs by hypothesis: every choice is a small integer."""
    return author(lambda count: 0 if count == 1 else draw(_below(count))).program()


def random_programs(seed: int, author: type[Author] = Author) -> Iterator[Program]:
    """Programs without end, no two alike, the same ones for the same seed and author."""
    source = random.Random(seed)
    seen: set[str] = set()
    while True:
        program = author(source.randrange).program()
        if program.source not in seen:
            seen.add(program.source)
            yield program

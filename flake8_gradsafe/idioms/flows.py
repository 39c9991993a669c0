"""Which trained models' graphs the values of a function carry, told by its spelling, statement by statement.

A value carries the graph of a model that is called for it with grad mode on, until it is cut off. What is done with it on the
way leaves marks: it is a log probability, a bootstrapped target, a regression's loss.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.idioms.bindings import blocks_of
from flake8_gradsafe.idioms.trained_names import is_backward, loss_of, name_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, children, last_name, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flake8_gradsafe.syntax.program import Place
    from flake8_gradsafe.syntax.queries import Chain


class Mark(NamedTuple):
    """What was done on the way of a value: a `kind`, where, and of which models' graphs."""

    kind: str
    place: Place = None
    models: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Flow:
    """What a value carries: the models whose graphs it is in, each with the place of a call, and its marks."""

    calls: frozenset[tuple[str, Place]] = frozenset()
    marks: frozenset[Mark] = frozenset()

    @property
    def models(self) -> frozenset[str]:
        """The names of the models."""
        return frozenset(name for name, _ in self.calls)

    def has(self, kind: str) -> bool:
        """Whether it has a mark of a kind."""
        return any(mark.kind == kind for mark in self.marks)

    def marked(self, kind: str) -> list[Mark]:
        """Its marks of a kind."""
        return [mark for mark in self.marks if mark.kind == kind]

    def without(self, *kinds: str) -> Flow:
        """The same, without the marks of some kinds."""
        return Flow(self.calls, frozenset(mark for mark in self.marks if mark.kind not in kinds))

    def plus(self, *marks: Mark) -> Flow:
        """The same, with more marks."""
        return Flow(self.calls, self.marks | frozenset(marks))


NONE = Flow()


def union(flows: Iterable[Flow]) -> Flow:
    """What a value carries that is computed of several."""
    flows = [each for each in flows if each is not NONE]
    if len(flows) < 2:
        return flows[0] if flows else NONE
    return Flow(
        frozenset(call for each in flows for call in each.calls),
        frozenset(mark for each in flows for mark in each.marks),
    )


#: Attributes and methods behind which a value is out of the graph, or is no tensor.
_CUTTING = frozenset(
    "detach detach_ item data numpy tolist argmax argmin argsort size dim shape ndim dtype device is_cuda indices grad numel "
    "sample multinomial bernoulli eq ne gt lt ge le sign long int bool byte isnan get_device new_tensor new_zeros "
    "new_ones".split()
)
#: Functions of Python that pass on what they are given.
_PASSING = frozenset("sum list tuple zip reversed enumerate max min abs Variable namedtuple dict".split())
#: Modules whose functions pass on what they are given.
_LIBRARIES = frozenset({"torch", "F", "nn", "functional", "distributions", "D", "dist"})
#: Methods and functions of torch that give no graph, or none of their further arguments.
_MAKING = frozenset(
    "tensor from_numpy Tensor FloatTensor zeros ones zeros_like ones_like full full_like rand randn rand_like "
    "randn_like randint arange linspace empty empty_like eye save load no_grad device manual_seed argmax argmin argsort "
    "multinomial bernoulli sign eq ne gt lt ge le isnan isfinite one_hot".split()
)
_DISTRIBUTIONS = re.compile(
    r"^(?:Categorical|Normal|MultivariateNormal|Bernoulli|Beta|Gamma|Dirichlet|OneHotCategorical|Independent|Laplace|"
    r"TransformedDistribution|(?:Tanh|Squashed|Diag)\w*(?:Normal|Gaussian)|MixtureSameFamily|RelaxedOneHotCategorical|"
    r"LogNormal|Uniform|Poisson|Geometric)$"
)
#: Methods of a list that keep what they are given.
_KEEPING = frozenset({"append", "insert", "extend", "appendleft"})
#: Methods of a tensor by operator.
_OPERATORS = {
    "add": "__add__",
    "sub": "__sub__",
    "mul": "__mul__",
    "pow": "__pow__",
    "square": "__pow__",
    "div": "__truediv__",
}
#: Methods that pick values: their further arguments pass nothing.
_PICKING = frozenset(
    {"gather", "index_select", "scatter", "masked_select", "take", "where_", "view", "reshape", "expand"}
)
_WITH_INDICES = frozenset({"max", "min", "topk", "sort", "kthvalue", "median", "mode", "cummax"})
#: Methods of a model that compute nothing differentiable, or may do so with grad mode off.
_NOT_COMPUTING = re.compile(
    r"^(?:(?:named_)?(?:parameters|modules|buffers|children)|state_dict|load_.*|train|eval|zero_grad|to|cuda|cpu|half|float|"
    r"save.*|requires_grad_|apply|share_memory|init.*|reset.*|set_.*|update.*|copy.*|predict.*|explore.*|.*(?:hidden|state|size|dim|"
    r"no_grad|target|optimi[sz]er|optim|opt|scheduler))$|^_*(?:(?:get_|select_|choose_)?(?:act|actions?)$|select|choose|sample|take|"
    r"step|store|remember|log|print)"
)
_GRAD_OFF = frozenset({"no_grad", "inference_mode", "set_grad_enabled"})
_STEPS = 1500
_DEPTH = 3


class Listener:
    """What is told of operators, distances, backwards and returns on the way; each does nothing by itself."""

    def on_operator(self, node: ir.Expression, method: str, given: list[Flow], parts: list[ir.Expression]) -> Flow:
        """What an arithmetic operator gives."""
        del node, method, parts
        return union(given)

    def on_distance(self, node: ir.Call, given: list[Flow]) -> Flow:
        """What a function gives that measures how far two values are apart."""
        del node
        return union(given)

    def on_function(self, node: ir.Call, name: str, given: list[Flow]) -> Flow:
        """What another function or method gives that passes gradients."""
        del node, name
        return union(given)

    def on_backward(self, node: ir.Call, loss: Flow) -> None:
        """A value is differentiated."""

    def on_call(self, node: ir.Call) -> None:
        """Something is called as a statement or within one."""

    def on_cut(self, node: ir.Expression, kind: CutKind, flow: Flow) -> Flow:
        """What is left of a value that is cut off from the graphs that it carries."""
        del node, kind, flow
        return NONE

    def on_lost(self, flow: Flow) -> None:
        """A value goes where nothing is known of it any more: to code out of sight, or to an attribute of `self`."""


def _asks_for_training(test: ir.Expression) -> bool | None:
    """Whether a condition holds in training, as its name tells; None where it asks for something else."""
    if isinstance(test, ir.Not):
        found = _asks_for_training(test.operand)
        return None if found is None else not found
    return True if isinstance(test, (ir.Name, ir.Attribute)) and last_name(test) in _IN_TRAINING else None


_IN_TRAINING = frozenset({"training", "is_training", "is_train"})


class Walk:
    """Goes through a function's statements in their order, with what each name carries."""

    def __init__(
        self,
        models: frozenset[str],
        functions: Mapping[str, ir.Function],
        listener: Listener,
        cutting: frozenset[str] = frozenset(),
        keeping: frozenset[str] = frozenset(),
        layers: frozenset[str] = frozenset(),
    ) -> None:
        """Follow calls of `models`, and of these functions of the file.

        `cutting` are methods that may cut off what they give, `keeping` those that keep what they are given as it is. `layers`
        are attributes of `self` that are parts of one model, `self`.
        """
        self.models = models
        self.functions = functions
        self.listener = listener
        self.cutting = cutting
        self.keeping = _KEEPING | keeping
        self.layers = layers
        self.names: dict[Chain, Flow] = {}
        self.off = self.surely_off = False
        self.returned: list[list[Flow]] = []
        self.inside: tuple[str, ...] = ()
        self.steps = 0

    # -- statements -------------------------------------------------------------------------------------------------

    def run(self, body: ir.Body) -> None:
        """Go through a body."""
        for statement in body:
            self.steps += 1
            if self.steps > _STEPS:
                return
            self._run_one(statement)

    def _run_one(self, statement: ir.Statement) -> None:
        if isinstance(statement, ir.Assign) and statement.value is not None:
            self._assign(statement.targets, statement.value)
        elif isinstance(statement, ir.Augmented):
            given = [self.value(statement.target), self.value(statement.value)]
            method = f"__{statement.method[3:]}"
            parts = [statement.target, statement.value]
            self._bind(statement.target, self.listener.on_operator(statement.value, method, given, parts))
        elif isinstance(statement, ir.Evaluate):
            self._evaluate(statement.value)
        elif isinstance(statement, ir.Return):
            if statement.value is not None and not statement.raises:
                self.returned.append(self._items(statement.value, None))
        elif isinstance(statement, ir.Branch):
            self._branch(statement)
        elif isinstance(statement, ir.Loop):
            self._loop(statement)
        elif isinstance(statement, ir.With):
            self._with(statement)
        elif isinstance(statement, ir.Try):
            for block in blocks_of(statement):
                self.run(block)

    def _assign(self, targets: tuple[ir.Expression, ...], value: ir.Expression) -> None:
        for target in targets:
            if isinstance(target, ir.Sequence):
                for item, flow in zip(target.items, self._items(value, len(target.items)), strict=False):
                    self._bind(item, flow)
            else:
                self._bind(target, self.value(value))
                self._bind_parts(target, value)

    def _bind_parts(self, target: ir.Expression, value: ir.Expression) -> None:
        """What is known of the attributes of a container is known of what is taken out of it."""
        container = chain_of(value.function)[:-1] if isinstance(value, ir.Call) else chain_of(value)
        if container in {(), ("self",)}:
            return
        parts = [chain for chain in self.names if len(chain) > len(container) and chain[: len(container)] == container]
        for chain in parts:
            self.names[chain_of(target) + chain[len(container) :]] = self.names[chain]

    def _bind(self, target: ir.Expression, flow: Flow) -> None:
        if isinstance(target, ir.Sequence):
            for item in target.items:
                self._bind(item, flow)
        elif isinstance(target, ir.Subscript):
            chain = chain_of(target)
            self.names[chain] = union((self.names.get(chain, NONE), flow))
        elif isinstance(target, ir.Starred):
            self._bind(target.value, flow)
        else:
            if isinstance(target, ir.Attribute):
                self.listener.on_lost(flow)
            self.names[chain_of(target)] = flow

    def _evaluate(self, value: ir.Expression) -> None:
        if isinstance(value, ir.Call) and isinstance(value.function, ir.Attribute):
            method, receiver = value.function.attr, chain_of(value.function.value)
            if method == "detach_":
                self.listener.on_cut(value, CutKind.DETACH_, self.value(value.function.value))
                self.names[receiver] = NONE
                return
            if method in self.keeping and not self._is_call(value.function.value):
                kept = union(self.value(each.value) for each in value.arguments)
                self.names[receiver] = union((self.names.get(receiver, NONE), kept))
                return
        self.value(value)

    @staticmethod
    def _is_call(node: ir.Expression) -> bool:
        return any(isinstance(part, ir.Call) for part in within(node))

    def _branch(self, statement: ir.Branch) -> None:
        trains = _asks_for_training(statement.test)
        if trains is not None:
            self.run(statement.body if trains else statement.orelse)
            return
        before = dict(self.names)
        self.run(statement.body)
        taken, self.names = self.names, before
        self.run(statement.orelse)
        self.names = {
            chain: union((taken.get(chain, NONE), self.names.get(chain, NONE)))
            for chain in taken.keys() | self.names.keys()
        }

    def _loop(self, statement: ir.Loop) -> None:
        for _ in range(2):
            if statement.target is not None:
                self._bind_from(statement.target, statement.source)
            self.run(statement.body)
        self.run(statement.orelse)

    def _bind_from(self, target: ir.Expression, source: ir.Expression) -> None:
        """Bind what a loop goes through: the parts of what `zip` and `enumerate` give, each to its own."""
        if isinstance(source, ir.Call) and isinstance(target, ir.Sequence) and isinstance(source.function, ir.Name):
            given = [argument.value for argument in source.arguments]
            if source.function.id == "zip" and len(given) == len(target.items):
                for item, each in zip(target.items, given, strict=True):
                    self._bind_from(item, each)
                return
            if source.function.id == "enumerate" and len(target.items) == 2 and given:
                self._bind(target.items[0], NONE)
                self._bind_from(target.items[1], given[0])
                return
        self._bind(target, self.value(source))

    def _with(self, statement: ir.With) -> None:
        before = self.off, self.surely_off
        if not _GRAD_OFF.isdisjoint(names_in(statement.context)):
            self.off = True
            self.surely_off |= last_name(statement.context) in {"no_grad", "inference_mode"}
        self.value(statement.context)
        self.run(statement.body)
        self.off, self.surely_off = before

    # -- expressions ------------------------------------------------------------------------------------------------

    def value(self, node: ir.Expression) -> Flow:
        """What an expression's value carries."""
        if isinstance(node, (ir.Name, ir.Attribute, ir.Subscript)):
            return self._read(node)
        if isinstance(node, ir.Call):
            return self._call(node)
        if isinstance(node, ir.Binary):
            parts = [node.left, node.right]
            return self._operate(node, node.method, parts)
        if isinstance(node, (ir.Unary, ir.Starred)):
            return self.value(node.operand if isinstance(node, ir.Unary) else node.value)
        if isinstance(node, ir.Choice):
            self.value(node.test)
            return union((self.value(node.body), self.value(node.orelse)))
        if isinstance(node, (ir.Sequence, ir.Mapping)):
            return union(map(self.value, node.items if isinstance(node, ir.Sequence) else node.values))
        if isinstance(node, ir.Comprehension):
            for clause in node.clauses:
                self._bind_from(clause.target, clause.source)
            return self.value(node.element)
        for part in children(node):
            flow = NONE if part is None else self.value(part)
            if not isinstance(node, (ir.Comparison, ir.Not)):
                self.listener.on_lost(flow)
        return NONE

    def _items(self, node: ir.Expression, count: int | None) -> list[Flow]:
        """What each of the items carries that an expression is unpacked into; with no count, those that it is spelled with."""
        if isinstance(node, ir.Sequence) and (count is None or len(node.items) == count):
            return [self.value(item) for item in node.items]
        if isinstance(node, ir.Call):
            found = self._follow(node) if self._function_of(node) is not None else None
            if found is not None and (count is None or len(found) == count):
                return found
            if _gives_indices(node) and count == 2:
                return [self.value(node), NONE]
        return [self.value(node)] * (count or 1)

    def _operate(self, node: ir.Expression, method: str, parts: list[ir.Expression]) -> Flow:
        given = list(map(self.value, parts))
        if all(each is NONE for each in given):
            return NONE
        return self.listener.on_operator(node, method, given, parts)

    def _read(self, node: ir.Expression) -> Flow:
        chain = chain_of(node)
        plain = isinstance(node, (ir.Name, ir.Attribute)) and not self._is_call(node)
        if plain and chain in self.names:
            return self.names[chain]
        if isinstance(node, ir.Name):
            return NONE
        if isinstance(node, ir.Attribute):
            if node.attr in _CUTTING:
                return self.listener.on_cut(node, CutKind.DATA, self.value(node.value)) if node.attr == "data" else NONE
            return self.value(node.value)
        if isinstance(node, ir.Subscript):
            if not self._is_call(node.value) and chain in self.names:
                return self.names[chain]
            picks_index = isinstance(node.index, ir.Constant) and node.index.value == 1
            if picks_index and isinstance(node.value, ir.Call) and _gives_indices(node.value):
                return NONE
            return self.value(node.value)
        return NONE

    def _call(self, node: ir.Call) -> Flow:
        if self.steps > _STEPS:
            return NONE
        self.steps += 1
        if is_backward(node):
            self.listener.on_backward(node, self.value(_unscaled(loss_of(node))))
            return NONE
        self.listener.on_call(node)
        if self._function_of(node) is not None:
            found = self._follow(node)
            return NONE if found is None else union(found)
        if self._computes(node):
            given = union(self.value(each.value) for each in node.arguments)
            flow = Flow(given.calls | {(self._model_of(node), node.place)})
            if self.surely_off:
                self.listener.on_cut(node, CutKind.NO_GRAD, flow)
            if self.off:
                return NONE
            if "volatile" in {argument.name for part in within(node) for argument in _arguments(part)}:
                return NONE
            return flow
        return self._library_call(node)

    def _computes(self, node: ir.Call) -> bool:
        """Whether a call computes something with a trained model: of the model itself, or of one of its methods."""
        function = node.function
        if name_of(function) in self.models or self._is_layer(function):
            return True
        if not isinstance(function, ir.Attribute) or name_of(function.value) not in self.models:
            return False
        return function.attr not in self.cutting and _NOT_COMPUTING.search(function.attr) is None

    def _is_layer(self, function: ir.Expression) -> bool:
        return bool(self.layers) and chain_of(function)[:1] == ("self",) and name_of(function) in self.layers

    def _model_of(self, node: ir.Call) -> str:
        if self._is_layer(node.function):
            return "self"
        name = name_of(node.function)
        return (
            name if name in self.models or not isinstance(node.function, ir.Attribute) else name_of(node.function.value)
        )

    def _library_call(self, node: ir.Call) -> Flow:
        name, function = last_name(node.function), node.function
        root = () if self._is_call(function) else chain_of(function)[:1]
        arguments = [each.value for each in node.arguments]
        if isinstance(function, ir.Attribute) and (root in self.names or not root or root[0] not in _LIBRARIES):
            return self._method(node, function, name, arguments)
        if name in _MAKING or self.off:
            given = list(map(self.value, arguments))
            return self.listener.on_cut(node, CutKind.READ, given[0]) if name == "tensor" and given else NONE
        if name in _OPERATORS and root == ("torch",):
            return self._operate(node, _OPERATORS[name], arguments[:2])
        if _DISTANCE.search(name):
            return self._distance(node, arguments)
        known = (root and root[0] in _LIBRARIES) or name in _PASSING or _DISTRIBUTIONS.search(name)
        given = list(map(self.value, arguments))
        return self._passed(node, name, given) if known or name in _OF_TENSORS else self._lose(given)

    def _distance(self, node: ir.Call, arguments: list[ir.Expression]) -> Flow:
        given = list(map(self.value, arguments))
        return self.listener.on_distance(node, given) if any(each is not NONE for each in given) else NONE

    def _method(self, node: ir.Call, function: ir.Attribute, name: str, arguments: list[ir.Expression]) -> Flow:
        receiver = self.value(function.value)
        if name in _CUTTING or self.off:
            given = list(map(self.value, arguments))
            if name == "new_tensor" and given:
                return self.listener.on_cut(node, CutKind.READ, given[0])
            return self.listener.on_cut(node, CutKind.DETACH, receiver) if name == "detach" else NONE
        if name in _OPERATORS:
            return self._operate(node, _OPERATORS[name], [function.value, *arguments[:1]])
        given = list(map(self.value, arguments))
        if receiver is NONE:
            if _DISTANCE.search(name) and not name.startswith("log"):
                return self.listener.on_distance(node, given) if any(each is not NONE for each in given) else NONE
            if name in _LIKE_ANOTHER:
                return NONE
            return self._passed(node, name, given) if name in _OF_TENSORS else self._lose(given)
        return self._passed(node, name, [receiver] if name in _PICKING else [receiver, *given])

    def _lose(self, given: Iterable[Flow]) -> Flow:
        self.listener.on_lost(union(given))
        return NONE

    def _passed(self, node: ir.Call, name: str, given: list[Flow]) -> Flow:
        return self.listener.on_function(node, name, given) if any(each is not NONE for each in given) else NONE

    # -- functions of the file --------------------------------------------------------------------------------------

    def _function_of(self, node: ir.Call) -> ir.Function | None:
        """The function of the file that is called by its name, or as a method of `self`."""
        function = node.function
        by_self = isinstance(function, ir.Attribute) and chain_of(function)[:-1] == ("self",)
        if not by_self and not isinstance(function, ir.Name):
            return None
        return None if chain_of(function) in self.names else self.functions.get(last_name(function))

    def _follow(self, node: ir.Call) -> list[Flow] | None:
        """What a function of the file gives, item by item; None where it is not followed."""
        code = self._function_of(node)
        given = [(each, self.value(each.value)) for each in node.arguments]
        if code is None or code.name in self.inside or len(self.inside) >= _DEPTH or code.generates:
            self._lose(flow for _, flow in given)
            return None
        if any(not _GRAD_OFF.isdisjoint(names_in(decorator)) for decorator in code.decorators):
            return [NONE]
        names = [parameter.name for parameter in code.parameters if not parameter.star]
        if names[:1] == ["self"]:
            names = names[1:]
        bound: dict[Chain, Flow] = {
            (name,): flow
            for name, (each, flow) in zip(names, given, strict=False)
            if not each.star and each.name is None
        }
        bound |= {(each.name,): flow for each, flow in given if each.name is not None}
        outer, returned, inside = self.names, self.returned, self.inside
        own = {chain: flow for chain, flow in outer.items() if chain[:1] == ("self",)}
        self.names, self.returned, self.inside = {**own, **bound}, [], (*inside, code.name)
        self.run(code.body)
        found = self.returned
        kept = {chain: flow for chain, flow in self.names.items() if chain[:1] == ("self",)}
        self.names, self.returned, self.inside = {**outer, **kept}, returned, inside
        if not found:
            return [NONE]
        counts = {len(each) for each in found}
        if len(counts) > 1:
            return [union(flow for each in found for flow in each)]
        return [union(flows) for flows in zip(*found, strict=True)]


#: Methods that give what they are called on the dtype or the shape of their argument.
_LIKE_ANOTHER = frozenset({"to", "type_as", "view_as", "expand_as", "reshape_as"})
#: Functions and methods that measure how far two values are apart.
_DISTANCE = re.compile(
    r"mse|smooth_?l1|huber|l1_?loss|^_*(?:criterion|loss_?(?:fn|func|function)?|crit|\w+_(?:criterion|loss_?fn|loss_?func))$",
    re.IGNORECASE,
)
#: Methods that only tensors have, and which pass on what they are given.
_OF_TENSORS = frozenset("where lerp addcmul log_prob matmul mm bmm clamp max min maximum minimum scale".split())


def _unscaled(loss: ir.Expression) -> ir.Expression:
    """What is scaled by a scaler before it is differentiated."""
    if isinstance(loss, ir.Call) and last_name(loss.function) == "scale" and loss.arguments:
        return loss.arguments[0].value
    return loss


def _gives_indices(node: ir.Call) -> bool:
    """Whether a call gives values and their indices, side by side."""
    if last_name(node.function) not in _WITH_INDICES:
        return False
    of_torch = isinstance(node.function, ir.Attribute) and isinstance(node.function.value, ir.Name)
    return len(node.arguments) > int(of_torch and chain_of(node.function)[:1] == ("torch",))


def _arguments(node: ir.Expression) -> tuple[ir.Argument, ...]:
    return node.arguments if isinstance(node, ir.Call) else ()

"""What is meant as a constant of a loss and keeps its graph: a bootstrapped target, an advantage, old log probabilities.

Reinforcement learning computes targets and weights with the networks that it trains. The loss is meant to be differentiated by
the prediction, or by the log probability, alone: with the graph of the target in it, the same backward trains something else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.flows import Flow, Listener, Mark, Walk, union
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, names_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flake8_gradsafe.syntax.program import Place

TARGET = "target"
ADVANTAGE = "advantage"
OLD = "old"
REPARAMETRIZED = "reparametrized"
#: The kinds of what is meant as a constant.
_MEANT = (TARGET, ADVANTAGE, OLD, REPARAMETRIZED)

_REWARD = re.compile(r"^(?:\w*_)?(?:rewards?|rews?|rwds?)(?:_\w+)?$|^(?:b_|s_)?r(?:_?t|s|\d)?$|^R$", re.IGNORECASE)
_DISCOUNT = re.compile(r"gamma|discount", re.IGNORECASE)
_LOG_PROBABILITY = re.compile(
    r"log_?p(?:i|rob|robs|s|ac|olicy)?(?:s|_|$|\d)|logprob|ratio|(?:^|_)logp|log_?likelihood", re.IGNORECASE
)
_ADVANTAGE = re.compile(r"(?:^|_)adv|(?:td|temporal)_?(?:err|delta|diff)|(?:^|_)gae(?:$|_)|^deltas?$", re.IGNORECASE)
_OLD = re.compile(r"(?:^|_)(?:old|prev|previous|behaviou?r|rollout|sampl(?:ed|ing))(?:_|$|\d)|old$|^old", re.IGNORECASE)
#: Words of functions that differentiate the target on purpose.
_ON_PURPOSE = re.compile(
    r"residual|full_?grad|naive_grad|bellman_grad|meta|inner|maml|lola|reinforce_dice|dice", re.IGNORECASE
)
#: Names of classes, which variables may have.
_CLASS = re.compile(r"[A-Z]\w*(?:[a-z]\w|CLS|Class)")
#: What a function mentions that freezes models, or turns grad mode off, in ways that are not followed here.
_OTHERWISE = frozenset(
    {"requires_grad", "requires_grad_", "set_grad_enabled", "stop_gradient", "volatile", "functional_call"}
)
_SQUARING = frozenset({"square", "pow"})


class Differentiated(NamedTuple):
    """At `place`, what is meant as a constant is used with the graph of `model`, whose call stands at `made`.

    `kind` tells what it is, `backward` where it is differentiated, if that is seen.
    """

    place: Place
    kind: str
    model: str
    made: Place
    backward: Place


def concerns_constants(
    code: ir.Function, models: frozenset[str], differentiating: frozenset[str] = training.BACKWARD_METHODS
) -> bool:
    """Whether a function may use what is meant as a constant: it differentiates, or gives back a loss.

    `models` are the names of models, and of what computes with them, `differentiating` those of functions that differentiate.
    """
    differentiates = not code.calls.isdisjoint(differentiating) or _gives_loss(code)
    if not differentiates or code.mentions.isdisjoint(models) or not code.mentions.isdisjoint(_OTHERWISE):
        return False
    if _ON_PURPOSE.search(code.name):
        return False
    return any(
        _DISCOUNT.search(name) or _ADVANTAGE.search(name) or _LOG_PROBABILITY.search(name) for name in code.mentions
    )


def differentiated_constants(
    code: ir.Function,
    models: frozenset[str],
    functions: Mapping[str, ir.Function],
    cutting: frozenset[str],
    keeping: frozenset[str],
    layers: frozenset[str] = frozenset(),
) -> Iterator[Differentiated]:
    """What a function uses so. `models` are those that the file trains, `functions` the file's own.

    `cutting` are methods that may cut off what they give, `keeping` those that keep what they are given, `layers` attributes of
    `self` that are parts of the model that the function belongs to.
    """
    listener = _Constants()
    trained = frozenset(name for name in models if not library.NOT_TRAINED.search(name) and not _CLASS.match(name))
    walk = Walk(trained, functions, listener, cutting, keeping, layers)
    walk.inside = (code.name,)
    walk.run(code.body)
    if _gives_loss(code):
        for items in walk.returned:
            listener.differentiate(None, union(items))
    yield from listener.found.values()


def _gives_loss(code: ir.Function) -> bool:
    return code.name == "training_step" or training.gives_loss(code.name, "")


class _Constants(Listener):
    """Marks values on their way, and finds what is meant as a constant where a backward comes to it."""

    def __init__(self) -> None:
        self.found: dict[Place, Differentiated] = {}
        self.waiting: list[tuple[Place, Mark, Flow]] = []
        self.fitted: frozenset[str] = frozenset()

    # -- marks ------------------------------------------------------------------------------------------------------

    def on_operator(self, node: ir.Expression, method: str, given: list[Flow], parts: list[ir.Expression]) -> Flow:
        """Mark bootstrapped targets, errors, their squares, and products with log probabilities."""
        whole = union(given)
        if method == "__add__":
            return whole.plus(*_bootstrapped(node.place, given, parts))
        if method == "__sub__":
            return self._difference(node.place, given, parts)
        if method == "__pow__":
            return self._squared(whole)
        if method == "__mul__":
            return self._product(whole, given, parts)
        return whole

    def _difference(self, place: Place, given: list[Flow], parts: list[ir.Expression]) -> Flow:
        left, right = given
        whole = union(given)
        logs = list(map(_is_log, parts, given))
        if all(logs) and (ratio := _of_old(given, parts)) is not None:
            return whole.plus(ratio)
        if any(logs):
            return whole
        if errors := _errors(left, right):
            return whole.without("boot").plus(*errors, Mark("error", place, whole.models))
        of_two_predictions = left.models and right.models and not left.has("boot") and not right.has("boot")
        return whole if of_two_predictions else whole.plus(Mark("error", place, whole.models))

    @staticmethod
    def _squared(whole: Flow) -> Flow:
        targets = [Mark(TARGET, mark.place, mark.models) for mark in whole.marked("off")]
        return whole.without("off", "error").plus(*targets, Mark("fits", None, whole.models))

    def _product(self, whole: Flow, given: list[Flow], parts: list[ir.Expression]) -> Flow:
        if len(parts) == 2 and parts[0] == parts[1] and whole.has("off"):
            return self._squared(whole)
        for number in (0, 1) if len(parts) == 2 else ():
            factor, weighed, part = given[number], given[1 - number], parts[number]
            if _is_advantage(part, factor) and _is_log(parts[1 - number], weighed) and not _is_log(part, factor):
                marks = [Mark(ADVANTAGE, part.place, factor.models, weighed.models)] if factor.models else []
                marks += [Mark(REPARAMETRIZED, mark.place, mark.models) for mark in weighed.marked("pathwise")]
                return whole.without("error", "off", "boot").plus(*marks)
        return whole

    def on_distance(self, node: ir.Call, given: list[Flow]) -> Flow:
        """Mark the target that a regression's loss compares with a prediction of the same model."""
        whole = union(given)
        targets = [Mark(TARGET, mark.place, mark.models) for mark in whole.marked("off")]
        if len(given) >= 2:
            errors = _errors(given[0], given[1])
            targets += [Mark(TARGET, mark.place, mark.models) for mark in errors if mark.kind == "off"]
        return whole.without("off", "error", "boot").plus(*targets, Mark("fits", None, whole.models))

    def on_function(self, node: ir.Call, name: str, given: list[Flow]) -> Flow:
        """Mark log probabilities, and what a distribution samples with its graph."""
        whole = union(given)
        if name in {"log_prob", "log_softmax", "log"}:
            sampled = [Mark("pathwise", mark.place, mark.models) for mark in whole.marked("sampled")]
            return whole.without("sampled").plus(Mark("log"), *sampled)
        if name == "rsample":
            return whole.plus(Mark("sampled", node.place, whole.models))
        if name in _SQUARING:
            return self._squared(whole)
        if name == "exp":
            return whole.without("ratio").plus(*(Mark(OLD, mark.place, mark.models) for mark in whole.marked("ratio")))
        return whole

    # -- backwards --------------------------------------------------------------------------------------------------

    def on_backward(self, node: ir.Call, loss: Flow) -> None:
        """Find what a backward differentiates, at once or together with the next one."""
        self.differentiate(node.place, loss)

    def differentiate(self, backward: Place, loss: Flow) -> None:
        """Find what is meant as a constant and differentiated."""
        fitted = frozenset(name for mark in loss.marked("fits") for name in mark.models)
        for kind in _MEANT:
            for mark in sorted(loss.marked(kind), key=lambda each: _position(each.place)):
                if kind != ADVANTAGE or not mark.models.isdisjoint(mark.others | fitted | self.fitted):
                    self._find(backward, mark, loss)
                else:
                    self.waiting.append((backward, mark, loss))
        for earlier, mark, flow in self.waiting:
            if not mark.models.isdisjoint(fitted):
                self._find(earlier, mark, flow)
        self.fitted |= fitted

    def on_call(self, node: ir.Call) -> None:
        """Gradients that are cleared or used do no more harm."""
        if last_name(node.function) in {"zero_grad", "step"}:
            self.waiting, self.fitted = [], frozenset()

    def _find(self, backward: Place, mark: Mark, loss: Flow) -> None:
        for model in sorted(mark.models)[:1]:
            made = sorted((place for name, place in loss.calls if name == model), key=_position)
            found = Differentiated(mark.place, mark.kind, model, made[0] if made else None, backward)
            self.found.setdefault(mark.place, found)


def _position(place: Place) -> tuple[int, int]:
    return getattr(place, "lineno", 0), getattr(place, "col_offset", 0)


def _bootstrapped(place: Place, given: list[Flow], parts: list[ir.Expression]) -> list[Mark]:
    """The mark of `reward + discount * value`."""
    for number in (0, 1):
        flow, other = given[number], given[1 - number]
        names = names_in(parts[number])
        rewarded = any(map(_REWARD.search, names_in(parts[1 - number]))) and not other.models
        if flow.models and rewarded and any(map(_DISCOUNT.search, names)) and not flow.has("log"):
            return [Mark("boot", place, flow.models)]
    return []


def _errors(one: Flow, other: Flow) -> list[Mark]:
    """The marks of the difference of a target and of what the same model predicts."""
    for target, prediction in ((one, other), (other, one)):
        if not prediction.has("boot"):
            for mark in target.marked("boot"):
                if same := mark.models & prediction.models:
                    return [Mark("off", mark.place, same)]
    return []


def _of_old(given: list[Flow], parts: list[ir.Expression]) -> Mark | None:
    """The mark of the difference of new and old log probabilities that one model gives."""
    for number in (0, 1):
        old, new = given[number], given[1 - number]
        told = _OLD.search(last_name(parts[number])) and not _OLD.search(last_name(parts[1 - number]))
        if told and (same := old.models & new.models):
            return Mark("ratio", parts[number].place, same)
    return None


def _is_advantage(node: ir.Expression, flow: Flow) -> bool:
    """Whether a value is how much better something was than expected, by its name or by how it was computed."""
    return flow.has("error") or flow.has("off") or _ADVANTAGE.search(_name_in(node)) is not None


def _is_log(node: ir.Expression, flow: Flow) -> bool:
    """Whether a value is a log probability, or a ratio of probabilities, that a model gives."""
    return flow.has("log") or (bool(flow.models) and _LOG_PROBABILITY.search(_name_in(node)) is not None)


def _name_in(node: ir.Expression) -> str:
    """The name of what is only negated, moved or indexed."""
    while True:
        if isinstance(node, ir.Unary):
            node = node.operand
        elif isinstance(node, ir.Call) and isinstance(node.function, ir.Attribute):
            node = node.function.value
        elif isinstance(node, ir.Subscript):
            node = node.value
        else:
            return last_name(node)

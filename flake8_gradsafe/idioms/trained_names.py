"""The names by which a file calls the models that it trains, and the optimizers that step them, told from how it uses them."""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_gradsafe.syntax.module import Part
    from flake8_gradsafe.syntax.nodes import Nodes

#: Words in the names of what is called in a training step and is no model that it trains.
_NO_MODEL = re.compile(
    r"(?:^|_)(?:crit|criterion\w*|loss\w*|losses|transform\w*|target|teacher|ema|avg|old|ref|reference|frozen|buffer|memory|env|"
    r"loader|dataloader|dataset|data|augment\w*|metric\w*|scheduler|sched|tokenizer|vocab|logger|writer|scaler|accelerator|sampler|"
    r"noise|fn|func|function|pbar|step|train|test|eval|evaluate|validate|backward|self|super|print|len|range|trainer|"
    r"experiment|runner|config|cfg|args|opt|options|tqdm|softmax|sigmoid|log|exp|sum|mean|cat|stack|zip|enumerate|float|int)(?:$|_|\d)",
    re.IGNORECASE,
)
#: How the names of functions begin: of what makes models, and of methods.
_MAKES = re.compile(
    r"^_*(?:make|build|create|get|load|init|new|setup|prepare|instantiate|parse|compute|calc|calculate|process|extract|encode|"
    r"decode|verify|check|unpack|collate|"
    r"embed|sample|run|apply|update|predict|forward|set|do|infer|generate|call|convert|collect|select|normali[sz]e)_|"
    r"_(?:factory|cls|class|builder)$",
    re.IGNORECASE,
)
_NO_OPTIMIZER = re.compile(r"sched|scaler|^env|warmup|pbar|bar$|logger|writer|timer|profiler", re.IGNORECASE)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
#: Methods of an optimizer, or of what wraps one, that step it.
_STEPS = re.compile(r"step(?:$|_and_|_update)")
#: The names of functions that may clear gradients.
_CLEARS_GRADIENTS = re.compile(
    r"(?:zero|clear|reset|clean|flush|none)\w*grad|grad\w*(?:zero|clear|reset|none)|^zero_?$", re.IGNORECASE
)
#: Words that the names of optimizers and models have, whichever they belong to.
_COMMON = frozenset("optimizer optim opt optimiser solver net network model module the self".split())
#: What only a module, or what wraps one, is asked for.
_OF_MODULES = frozenset(
    {"parameters", "named_parameters", "state_dict", "load_state_dict", "eval", "modules", "children"}
)


class TrainedNames:
    """The names of trained models and optimizers in one file: the last of a dotted name, `module` left out.

    A name is a model's if its `parameters()` go to an optimizer or to a function that clips gradients, if it is put into
    training mode or its gradients are cleared, or if what it computes is differentiated in a file that steps an optimizer.
    """

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        """Take the parts of a module; nothing is looked at before somebody asks."""
        self._parts = tuple(parts)

    @cached_property
    def models(self) -> frozenset[str]:
        """The names of models that the file trains."""
        if not self.optimizers:
            return frozenset()
        called = self._told | self._differentiated | self._of_optimizers | self._holders
        likely = {name for name in called if not _NO_MODEL.search(name) and not _MAKES.search(name)}
        return frozenset((self._handed | likely) - self.optimizers - self._defined)

    @cached_property
    def optimizers(self) -> frozenset[str]:
        """The names of optimizers: what is stepped, and clears gradients or was made as an optimizer."""
        steps = [
            (receiver, call)
            for method in self._methods
            if _STEPS.match(method)
            for receiver, call in self._calls_of(method)
        ]
        clearing = {receiver for receiver, _ in self._calls_of("zero_grad")}
        handed = {last_name(call.arguments[0].value) for _, call in steps if call.arguments}
        told = {name for name in handed & clearing | self._holding.keys() if name and not _NO_OPTIMIZER.search(name)}
        stepped = {receiver for receiver, _ in steps if receiver}
        named = {name for name in stepped if "opt" in name.lower() and not _NO_OPTIMIZER.search(name)}
        return frozenset(told | (stepped & clearing) | named)

    @cached_property
    def held(self) -> Mapping[str, frozenset[str]]:
        """The names of the models whose parameters an optimizer was given, by its own name, as far as the file tells.

        Of a model that several hold, each has a part: which one is not known.
        """
        holders = Counter(model for models in self._holding.values() for model in models)
        return {
            name: frozenset(each for each in models if holders[each] == 1) for name, models in self._holding.items()
        }

    @cached_property
    def uncleared(self) -> frozenset[str]:
        """The names of the optimizers whose gradients nothing in the file clears, which clears those of others by their names.

        There are none where anything may clear gradients in another way.
        """
        cleared = {receiver for receiver, _ in self._calls_of("zero_grad")}
        if not cleared or not cleared <= self._holding.keys() or self._clears_otherwise:
            return frozenset()
        stepped = {receiver for receiver, _ in self._calls_of("step")}
        stepped |= {last_name(call.arguments[0].value) for _, call in self._calls_of("step") if call.arguments}
        return frozenset((stepped & self._holding.keys()) - cleared)

    @cached_property
    def _clears_otherwise(self) -> bool:
        """Whether a gradient is set in the file, or a function has a name that tells of clearing gradients."""
        names = {function.name for nodes in self._units for function in nodes.functions}
        names |= {last_name(call.function) for nodes in self._units for call in nodes.calls}
        stored = (target for nodes in self._units for target in nodes.stored)
        sets = any(isinstance(target, ir.Attribute) and target.attr == "grad" for target in stored)
        return sets or any(map(_CLEARS_GRADIENTS.search, names - {"zero_grad"}))

    def may_be_held(self, name: str) -> bool:
        """Whether an optimizer may hold a tensor of this name: one that shares a telling word with it."""
        return not telling_words(name).isdisjoint(word for each in self.optimizers for word in telling_words(each))

    @cached_property
    def training_functions(self) -> frozenset[str]:
        """The names of the functions that differentiate, or call one that does, in a file that trains a model."""
        if not self.models:
            return frozenset()
        functions = [function for nodes in self._units for function in nodes.functions]
        found = {each.name for each in functions if not training.DIFFERENTIATING.isdisjoint(each.calls)}
        grown = bool(found)
        while grown:
            more = {each.name for each in functions if each.name not in found and not found.isdisjoint(each.calls)}
            found |= more
            grown = bool(more)
        return frozenset(found)

    # -- what the file says -----------------------------------------------------------------------------------------

    @cached_property
    def _units(self) -> list[Nodes]:
        return list(_nodes_of(self._parts))

    @cached_property
    def _methods(self) -> dict[str, list[tuple[str, ir.Call]]]:
        """The calls of methods, by the method's name, each with the last name of what it is called on."""
        found: dict[str, list[tuple[str, ir.Call]]] = {}
        for nodes in self._units:
            for call in nodes.calls:
                if isinstance(call.function, ir.Attribute):
                    found.setdefault(call.function.attr, []).append((name_of(call.function.value), call))
        return found

    def _calls_of(self, method: str) -> list[tuple[str, ir.Call]]:
        return self._methods.get(method, [])

    @cached_property
    def _holding(self) -> dict[str, set[str]]:
        holding: dict[str, set[str]] = {}
        for nodes in self._units:
            for assigned in nodes.assigned:
                if assigned.value is not None and _makes_an_optimizer(assigned.value):
                    for target in assigned.targets:
                        holding.setdefault(last_name(target), set()).update(_given_parameters(assigned.value))
        return holding

    @cached_property
    def _handed(self) -> set[str]:
        """The names whose parameters go to an optimizer, or to a function that clips gradients."""
        return set(map(name_of, self._given)) - {"", "self"}

    @cached_property
    def _given(self) -> list[ir.Expression]:
        """The models whose parameters go to an optimizer, or to a function that clips gradients."""
        takers = [(call, nodes) for nodes in self._units for call in nodes.calls if _takes_parameters(call)]
        return [
            model
            for call, nodes in takers
            for value in (call, *_lists_given(call, nodes))
            for model in _models_given(value)
        ]

    @cached_property
    def _told(self) -> set[str]:
        """The names of what is put into training mode, or told to clear its gradients, and used as a module elsewhere."""
        trained = {receiver for method in ("train", "zero_grad") for receiver, _ in self._calls_of(method)}
        called = {name_of(call.function) for nodes in self._units for call in nodes.calls}
        of_modules = {receiver for method in _OF_MODULES for receiver, _ in self._calls_of(method)}
        return trained & (called | of_modules)

    @cached_property
    def _of_optimizers(self) -> set[str]:
        """The names of what is called and shares a telling word with an optimizer: `self.D`, `self.D_opt`."""
        words = {word for name in self.optimizers for word in telling_words(name)}
        return {name for name in self._called if (own := telling_words(name)) and own <= words}

    @cached_property
    def _holders(self) -> set[str]:
        """The names of what holds a model, or an optimizer, that is trained: `self.policy.actor`, `self.policy.optimizer`."""
        methods = (call.function for method in ("step", "zero_grad") for _, call in self._calls_of(method))
        told = [method.value for method in methods if isinstance(method, ir.Attribute)]
        held = [value for value in told if last_name(value) in self.optimizers] + self._given
        return {name_of(value.value) for value in held if isinstance(value, ir.Attribute)} - {"", "self"}

    @cached_property
    def _called(self) -> set[str]:
        """The names of attributes of `self` and of variables that are called."""
        found = set()
        for nodes in self._units:
            given = _variables_of(nodes)
            found |= {name_of(call.function) for call in nodes.calls if _may_be_a_model(call.function, given)}
        return found

    @cached_property
    def _differentiated(self) -> set[str]:
        """The names of attributes of `self` and of variables that are called for what is differentiated.

        What a function of the file returns is differentiated where its call is.
        """
        found: set[str] = set()
        seen: set[str] = set()
        pending = {name for nodes in self._units for name in _called_for(nodes, _losses_in(nodes), found)}
        by_name = self._unit_of_function
        while pending := {name for name in pending if name in by_name} - seen:
            seen |= pending
            pending = {
                name
                for each in pending
                for name in _called_for(
                    by_name[each], [made.value for made in by_name[each].returns if made.value], found
                )
            }
        return found

    @cached_property
    def _unit_of_function(self) -> dict[str, Nodes]:
        """The elements of the part that a function is, by the function's name."""
        return {function.name: nodes for nodes in self._units for function in nodes.functions}

    @cached_property
    def _defined(self) -> frozenset[str]:
        """The functions and classes of the file."""
        functions = {function.name for nodes in self._units for function in nodes.functions}
        return frozenset(functions | {made.name for nodes in self._units for made, _ in nodes.classes})


def name_of(node: ir.Expression) -> str:
    """The last of a dotted name, but for `module`, the model that a wrapper holds, and `forward`, which a call of it runs."""
    if isinstance(node, ir.Attribute):
        return name_of(node.value) if node.attr in {"module", "forward"} else node.attr
    return node.id if isinstance(node, ir.Name) else ""


def telling_words(name: str) -> set[str]:
    """The words of a name that tell one model or optimizer from another."""
    return {word.lower() for word in _WORDS.findall(name)} - _COMMON


def _nodes_of(parts: Iterable[Part]) -> Iterator[Nodes]:
    for part in parts:
        yield part.nodes
        yield from _nodes_of(part.parts)


def _makes_an_optimizer(value: ir.Expression) -> bool:
    return any(isinstance(each, ir.Call) and _is_optimizer(each) for each in within(value))


def _is_optimizer(call: ir.Call) -> bool:
    """Whether a call makes an optimizer, by the name of what is called."""
    name = last_name(call.function)
    return training.is_optimizer(f".{name}") or (name[:1].isupper() and name.endswith(("Optimizer", "Optim")))


def _takes_parameters(call: ir.Call) -> bool:
    return _is_optimizer(call) or "clip_grad" in last_name(call.function)


def _lists_given(call: ir.Call, nodes: Nodes) -> Iterator[ir.Expression]:
    """What the names were bound to, in the same function, that a call is given as its first argument."""
    given = call.arguments[0].value if call.arguments else None
    if isinstance(given, ir.Name):
        for made in nodes.assigned:
            if made.value is not None and any(
                isinstance(each, ir.Name) and each.id == given.id for each in made.targets
            ):
                yield made.value


def _given_parameters(value: ir.Expression) -> Iterator[str]:
    """The names of the models whose `parameters()`, or groups of parameters, stand in an expression."""
    return (name_of(model) for model in _models_given(value))


def _models_given(value: ir.Expression) -> Iterator[ir.Expression]:
    """The models whose `parameters()`, or groups of parameters, stand in an expression."""
    for each in within(value):
        method = each.function if isinstance(each, ir.Call) else None
        if isinstance(method, ir.Attribute) and "param" in method.attr:
            yield method.value


def _called_for(nodes: Nodes, values: list[ir.Expression], models: set[str]) -> set[str]:
    """The last names of what is called in one function for some values; those that may be models are added to `models`."""
    reaching = {name for value in values for name in names_in(value)}
    binding = [(made.value, _bound_by(*made.targets)) for made in nodes.assigned if made.value is not None]
    binding += [(added.value, _bound_by(added.target)) for added in nodes.augmented]
    flowing: list[ir.Expression] = []
    grown = bool(reaching)
    while grown:
        flowing = [value for value, bound in binding if not reaching.isdisjoint(bound)]
        more = {name for value in flowing for name in names_in(value)} - reaching
        reaching |= more
        grown = bool(more)
    given = _variables_of(nodes)
    calls = [each for value in (*values, *flowing) for each in within(value) if isinstance(each, ir.Call)]
    models |= {name_of(call.function) for call in calls if _may_be_a_model(call.function, given)}
    return {last_name(call.function) for call in calls}


def _variables_of(nodes: Nodes) -> set[str]:
    """The names of parameters, and of what is assigned."""
    assigned = {target.id for made in nodes.assigned for target in made.targets if isinstance(target, ir.Name)}
    return assigned | {parameter.name for parameter in nodes.parameters}


def _losses_in(nodes: Nodes) -> list[ir.Expression]:
    return [loss_of(call) for call in nodes.calls if is_backward(call)]


def is_backward(call: ir.Call) -> bool:
    """Whether a call differentiates, by the name of its method."""
    return isinstance(call.function, ir.Attribute) and call.function.attr in training.BACKWARD_METHODS


def loss_of(call: ir.Call) -> ir.Expression:
    """What is differentiated: the receiver of `loss.backward()`, the argument of `accelerator.backward(loss)`."""
    given = [argument.value for argument in call.arguments if argument.name is None]
    of_framework = given and not isinstance(given[0], ir.Constant) and "ones" not in names_in(given[0])
    return given[0] if of_framework else call.function.value if isinstance(call.function, ir.Attribute) else call


def _bound_by(*targets: ir.Expression) -> set[str]:
    return {name for target in targets for name in names_in(target) if name != "self"}


def _may_be_a_model(function: ir.Expression, given: set[str]) -> bool:
    """Whether what is called is an attribute of `self`, or one of the function's variables."""
    if isinstance(function, ir.Attribute) and function.attr in {"module", "forward"}:
        return _may_be_a_model(function.value, given)
    if isinstance(function, ir.Attribute):
        return isinstance(function.value, ir.Name) and function.value.id == "self"
    return isinstance(function, ir.Name) and function.id in given


#: Of a file of which nothing is known.
NO_NAMES = TrainedNames()

"""What optimizers leave out: a layer among the parts of a module that are listed one by one, a loss with parameters."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import calls_in, statements_in, values_of
from flake8_gradsafe.idioms.trained_names import telling_words
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, is_attribute_of_self, last_name, methods_of, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from flake8_gradsafe.syntax.program import Place
    from flake8_gradsafe.syntax.queries import Chain


class LeftOut(NamedTuple):
    """The layers that an optimizer, made at `place`, and all others of the module leave out, each with where it is made."""

    place: Place
    layers: tuple[tuple[Place, str], ...]


#: What gives the parameters of all parts at once.
_OF_ALL = frozenset({"parameters", "named_parameters", "modules", "named_modules", "children", "named_children"})
#: With one of these, a method may give a layer to an optimizer, or says that it is not to be trained.
_HANDING = frozenset(
    {"parameters", "named_parameters", "requires_grad", "requires_grad_", "add_param_group", "no_grad"}
)


def left_out(cls: ir.Class) -> LeftOut | None:
    """What the optimizers of a module leave out, if one of its methods makes them all, part by part."""
    methods = methods_of(cls)
    making = [method for method in methods if any(map(_is_optimizer, calls_in(method.body)))]
    made = [call for method in making for call in calls_in(method.body) if _is_optimizer(call)]
    lists = {} if len(making) != 1 else _lists_bound(making[0])
    listing = next((call for call in made if len(set(_parts_given(call, lists))) > 1), None)
    if listing is None or len(making) != 1 or any(map(_takes_all, methods)):
        return None
    handed = _names_in_values(making[0])
    layers = tuple(
        (value.place, name)
        for name, value in _layers_made(methods)
        if name not in handed and _is_used(name, methods) and not _may_be_handed(name, methods)
    )
    return LeftOut(listing.place, layers) if layers else None


def given_twice(cls: ir.Class) -> LeftOut | None:
    """The part of a module that its optimizers leave out, where a list of parameters has another one of its class twice."""
    methods = methods_of(cls)
    if not any("parameters" in method.calls for method in methods) or any(map(_takes_all, methods)):
        return None
    if not any(_is_optimizer(call) for method in methods for call in calls_in(method.body)):
        return None
    made = dict(_parts_made(methods))
    for method in methods:
        for statement in statements_in(method.body):
            for value in values_of(statement):
                twice = [name for name, count in Counter(_parts_in(value)).items() if count > 1 and name in made]
                for name in twice:
                    left = [each for each in made if _is_twin(each, name, made) and not _is_given(each, methods)]
                    if len(left) == 1 and any(left[0] in each.mentions for each in methods if each.name != "__init__"):
                        return LeftOut(value.place, ((made[left[0]].place, left[0]),))
    return None


def network_left_out(cls: ir.Class) -> LeftOut | None:
    """What the optimizers of a class leave out of the networks that its constructor gets at once, and gives attributes."""
    methods = methods_of(cls)
    together = [names for method in methods if method.name == "__init__" for names in _unpacked(method)]
    making = [method for method in methods if any(map(_is_optimizer, calls_in(method.body)))] if together else []
    if len(making) != 1 or any(map(_takes_all, methods)):
        return None
    lists, handed = _lists_bound(making[0]), _names_in_values(making[0])
    made = [call for call in calls_in(making[0].body) if _is_optimizer(call)]
    given = {part for call in made for part in _parts_given(call, lists)}
    for place, names in together:
        left = tuple(
            (place, name)
            for name in names
            if name not in handed
            and _is_used(name, methods)
            and not _may_be_handed(name, methods)
            and not any(_is_set_aside(name, method) for method in methods)
        )
        if left and len(given.intersection(names)) > 1:
            return LeftOut(made[0].place, left)
    return None


def _unpacked(constructor: ir.Function) -> Iterator[tuple[Place, list[str]]]:
    """The attributes that a constructor binds together to what one call gives."""
    for statement in statements_in(constructor.body):
        for target in statement.targets if isinstance(statement, ir.Assign) else ():
            call = statement.value if isinstance(statement, ir.Assign) else None
            if (
                isinstance(target, ir.Sequence)
                and isinstance(call, ir.Call)
                and all(map(is_attribute_of_self, target.items))
            ):
                yield call.place, [last_name(item) for item in target.items]


def _is_set_aside(name: str, method: ir.Function) -> bool:
    """Whether a method puts a network into evaluation mode, freezes it, or loads it: it may be one that is not trained."""
    return any(
        isinstance(call.function, ir.Attribute)
        and last_name(call.function.value) == name
        and call.function.attr in {"eval", "requires_grad_", "load_state_dict", "load", "load_weights"}
        for call in calls_in(method.body)
    )


class ListedLate(NamedTuple):
    """The parameters of a model are `listed` when the `optimizer` has taken the list."""

    optimizer: Place
    listed: Place
    model: str


def listed_late(body: ir.Body) -> Iterator[ListedLate]:
    """The models whose parameters a body adds to a list when an optimizer has been made of that, and gives to none."""
    statements = list(statements_in(body))
    made = [
        (number, call) for number, each in enumerate(statements) for call in _own_calls(each) if _is_optimizer(call)
    ]
    for number, call in made:
        lists = {chain_of(value) for value in _lists_taken(call)}
        later = statements[number + 1 :] if lists else []
        if any(map(_is_optimizer, calls_in(later))) or any("add_param_group" in each for each in map(_called, later)):
            continue
        for statement in later:
            for model in _models_listed(statement, lists):
                before = [value for each in statements[:number] for value in values_of(each)]
                if not any(_takes_parameters(model, value) for value in before):
                    yield ListedLate(call.place, statement.place, ".".join(model))


def _own_calls(statement: ir.Statement) -> list[ir.Call]:
    return [part for value in values_of(statement) for part in within(value) if isinstance(part, ir.Call)]


def _called(statement: ir.Statement) -> set[str]:
    return {last_name(call.function) for call in _own_calls(statement)}


def _lists_taken(call: ir.Call) -> Iterator[ir.Expression]:
    """The names and attributes of lists that an optimizer is given, as they are or in groups."""
    first = next((each.value for each in call.arguments if each.name in {None, "params"}), None)
    groups = first.items if isinstance(first, ir.Sequence) else (first,)
    for group in groups:
        values = group.values if isinstance(group, ir.Mapping) else (group,)
        yield from (value for value in values if isinstance(value, (ir.Name, ir.Attribute)))


def _models_listed(statement: ir.Statement, lists: set[Chain]) -> Iterator[Chain]:
    """The models whose parameters a statement adds to one of some lists."""
    added: list[ir.Expression] = []
    if isinstance(statement, ir.Augmented) and chain_of(statement.target) in lists:
        added = [statement.value]
    elif isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Call):
        method = statement.value.function
        if isinstance(method, ir.Attribute) and method.attr in {"extend", "append"} and chain_of(method.value) in lists:
            added = [argument.value for argument in statement.value.arguments]
    for value in added:
        for part in within(value):
            if isinstance(part, ir.Call) and last_name(part.function) == "parameters":
                yield chain_of(part.function)[:-1]


def _takes_parameters(model: Chain, value: ir.Expression) -> bool:
    return any(isinstance(part, ir.Attribute) and chain_of(part) == (*model, "parameters") for part in within(value))


class OptimizedTwice(NamedTuple):
    """At `place`, the `optimizer` is given a model that another one has. None is given `left`, which is `made` there."""

    place: Place
    optimizer: ir.Expression
    left: str
    made: Place


def optimized_twice(body: ir.Body) -> Iterator[OptimizedTwice]:
    """The optimizers whose names tell of one model, and that are given another one, which has an optimizer of its own."""
    assigned = [each for each in statements_in(body) if isinstance(each, ir.Assign) and len(each.targets) == 1]
    made = [(each.targets[0], call, model) for each in assigned for call, model in _whole_models(each)]
    given = {model for _, _, model in made}
    others = {
        chain_of(each.targets[0]): each for each in assigned if isinstance(each.targets[0], (ir.Name, ir.Attribute))
    }
    for target, call, model in made:
        if sum(each == model and chain_of(of) != chain_of(target) for of, _, each in made) == 0:
            continue
        name = last_name(target)
        if _tells_of(name, model[-1]):
            continue
        left = [each for each in others if each not in given and each != chain_of(target) and _tells_of(name, each[-1])]
        if len(left) == 1 and others[left[0]].value is not None:
            yield OptimizedTwice(call.arguments[0].value.place, target, ".".join(left[0]), others[left[0]].place)


def _whole_models(statement: ir.Assign) -> Iterator[tuple[ir.Call, Chain]]:
    """The call by which a statement makes an optimizer of all parameters of one model, with that model."""
    call = statement.value
    given = call.arguments[0].value if isinstance(call, ir.Call) and call.arguments and _is_optimizer(call) else None
    if isinstance(call, ir.Call) and isinstance(given, ir.Call) and last_name(given.function) == "parameters":
        yield call, chain_of(given.function)[:-1]


def _tells_of(optimizer: str, model: str) -> bool:
    """Whether the name of an optimizer tells of a model: by a word that the model's begins with, or by its first letter."""
    words, of_model = telling_words(optimizer), telling_words(model)
    return any(
        one == other or (len(one) > 2 and other.startswith(one)) or (len(one) == 1 and other[0] == one)
        for one in words
        for other in of_model
    )


def _parts_made(methods: list[ir.Function]) -> Iterator[tuple[str, ir.Call]]:
    """What a constructor makes, by the attributes that it binds that to."""
    for method in methods:
        for statement in statements_in(method.body) if method.name == "__init__" else ():
            if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call):
                yield from (
                    (last_name(each), statement.value) for each in statement.targets if is_attribute_of_self(each)
                )


def _is_twin(name: str, other: str, made: Mapping[str, ir.Call]) -> bool:
    same = last_name(made[name].function) == last_name(made[other].function)
    stem = next((number for number, (one, two) in enumerate(zip(name, other, strict=False)) if one != two), 0)
    alike = stem > 2 and max(len(name), len(other)) - stem <= _LONGEST_SUFFIX
    return same and alike and name != other and library.NOT_TRAINED.search(name) is None


#: The names of two parts that do the same work differ at their ends: `encoder_a` and `encoder_b`, `critic1` and `critic2`.
_LONGEST_SUFFIX = 3


def _is_given(name: str, methods: list[ir.Function]) -> bool:
    """Whether a method takes the parameters of a part, or hands the part itself on."""
    values = [value for each in methods for statement in statements_in(each.body) for value in values_of(statement)]
    if any(name in _parts_in(value) for value in values):
        return True
    calls = [part for value in values for part in within(value) if isinstance(part, ir.Call)]
    given = [
        argument.value for call in calls for argument in call.arguments if _TAKING.search(last_name(call.function))
    ]
    return any(is_attribute_of_self(part) and last_name(part) == name for value in given for part in within(value))


def _parts_in(value: ir.Expression) -> list[str]:
    """The attributes of `self` whose `parameters()` stand in an expression, each time that they do."""
    found = []
    for part in within(value):
        method = part.function if isinstance(part, ir.Call) else None
        if isinstance(method, ir.Attribute) and method.attr == "parameters" and is_attribute_of_self(method.value):
            found.append(last_name(method.value))
    return found


def _is_optimizer(call: ir.Call) -> bool:
    name = last_name(call.function)
    return name in training.OPTIMIZER_NAMES or _MAKES_OPTIMIZER.search(name) is not None


#: Names of what is handed to a constructor to make its optimizers.
_MAKES_OPTIMIZER = re.compile(r"(?:^|_)opt(?:im|imi[sz]er)?_?(?:fn|func|cls|class|factory)$")


def _lists_bound(method: ir.Function) -> dict[str, ir.Expression]:
    """What a method binds to names and to attributes of `self`, by these."""
    return {
        last_name(target): statement.value
        for statement in statements_in(method.body)
        if isinstance(statement, ir.Assign) and statement.value is not None
        for target in statement.targets
        if isinstance(target, ir.Name) or is_attribute_of_self(target)
    }


def _parts_given(call: ir.Call, lists: Mapping[str, ir.Expression]) -> Iterator[str]:
    """The attributes of `self` whose `parameters()` an optimizer is given, or lists of such, each by its name."""
    given = [argument.value for argument in call.arguments]
    named = {name for value in given for name in names_in(value)}
    for value in (*given, *(lists[name] for name in sorted(named & lists.keys()))):
        yield from _parts_in(value)


def _takes_all(method: ir.Function) -> bool:
    """Whether a method goes through all parts of the module."""
    return any(
        isinstance(call.function, ir.Attribute)
        and call.function.attr in _OF_ALL
        and is_attribute_of_self(call.function)
        for call in calls_in(method.body)
    )


def _names_in_values(method: ir.Function) -> set[str]:
    return {
        name for statement in statements_in(method.body) for value in values_of(statement) for name in names_in(value)
    }


def _layers_made(methods: list[ir.Function]) -> Iterator[tuple[str, ir.Expression]]:
    """The layers of torch.nn with parameters that the constructor makes in any case, by their attributes."""
    for method in methods:
        for statement in method.body if method.name == "__init__" else ():
            value = statement.value if isinstance(statement, ir.Assign) else None
            if isinstance(statement, ir.Assign) and isinstance(value, ir.Call) and _makes_layer(value):
                for target in statement.targets:
                    if isinstance(target, ir.Attribute) and is_attribute_of_self(target):
                        yield target.attr, value


def _makes_layer(call: ir.Call) -> bool:
    """Whether a call makes a layer, or initialises the one that it is given."""
    first = call.arguments[0].value if call.arguments else None
    initialises = "init" in last_name(call.function).lower() and isinstance(first, ir.Call)
    return _is_layer(first) if initialises and isinstance(first, ir.Call) else _is_layer(call)


def _is_layer(call: ir.Call) -> bool:
    if any(isinstance(each.value, ir.Constant) and each.name == "requires_grad" for each in call.arguments):
        return False
    return library.LAYERS_WITH_PARAMETERS.fullmatch(last_name(call.function)) is not None


def _is_used(name: str, methods: list[ir.Function]) -> bool:
    """Whether a method calls a layer, and nothing in its name says that it is not to be trained."""
    called = any(name in method.calls for method in methods if method.name != "__init__")
    return called and library.NOT_TRAINED.search(name) is None


def _may_be_handed(name: str, methods: list[ir.Function]) -> bool:
    others = (method for method in methods if method.name != "__init__")
    return any(name in method.mentions and not method.mentions.isdisjoint(_HANDING) for method in others)


class LossLeftOut(NamedTuple):
    """A loss, made at `made`, with parameters of these `names`, which the `optimizer` is not given."""

    optimizer: Place
    made: Place
    names: tuple[str, ...]


def losses_left_out(
    bodies: Iterable[ir.Body],
    others: Iterable[ir.Body],
    classes: Mapping[str, ir.Class],
    optimizers: Set[str],
) -> Iterator[LossLeftOut]:
    """The losses that these bodies make and no optimizer is given. `classes` are modules that compute losses; `others` are
    bodies of other files, which may give them to one as well.
    """
    own = [list(statements_in(body)) for body in bodies]
    assigned = [
        each for statements in own for each in statements if isinstance(each, ir.Assign) and each.value is not None
    ]
    made = {name: call for each in assigned for name, call in _objects_made(each, classes)}
    values = [each.value for each in assigned if any(last_name(target) in optimizers for target in each.targets)]
    optimizer = next((value for value in values if isinstance(value, ir.Call)), None)
    if not made or optimizer is None:
        return
    expressions = [value for statements in own for each in statements for value in values_of(each)]
    expressions += [value for body in others for each in statements_in(body) for value in values_of(each)]
    for name, call in made.items():
        attributes = tuple(_parameters_of(classes[last_name(call.function)]))
        if attributes and not any(_may_give(name, attributes, value) for value in expressions):
            yield LossLeftOut(optimizer.place, call.place, tuple(f"{name}.{each}" for each in attributes))


def _objects_made(statement: ir.Assign, classes: Mapping[str, ir.Class]) -> Iterator[tuple[str, ir.Call]]:
    call = statement.value
    while (
        isinstance(call, ir.Call) and isinstance(call.function, ir.Attribute) and call.function.attr in {"to", "cuda"}
    ):
        call = call.function.value
    if isinstance(call, ir.Call) and last_name(call.function) in classes:
        yield from ((target.id, call) for target in statement.targets if isinstance(target, ir.Name))


def _parameters_of(cls: ir.Class) -> Iterator[str]:
    """The parameters that a constructor makes and a method computes with, by their attributes."""
    methods = methods_of(cls)
    for method in methods:
        for statement in statements_in(method.body) if method.name == "__init__" else ():
            value = statement.value if isinstance(statement, ir.Assign) else None
            if (
                isinstance(statement, ir.Assign)
                and isinstance(value, ir.Call)
                and last_name(value.function) == "Parameter"
            ):
                names = [last_name(each) for each in statement.targets if is_attribute_of_self(each)]
                yield from (each for each in names if _is_layer(value) and _is_read(each, methods))


def _is_read(name: str, methods: list[ir.Function]) -> bool:
    return any(name in method.mentions for method in methods if method.name != "__init__")


def _may_give(name: str, attributes: tuple[str, ...], value: ir.Expression) -> bool:
    """Whether an expression takes the parameters of what has a name, or hands it to what may do so."""
    for part in within(value):
        if isinstance(part, ir.Attribute) and last_name(part.value) == name and part.attr in {*_OF_ALL, *attributes}:
            return True
        if isinstance(part, ir.Call) and _TAKING.search(last_name(part.function)) and _is_argument(name, part):
            return True
    return False


def _is_argument(name: str, call: ir.Call) -> bool:
    return any(name in names_in(argument.value) for argument in call.arguments)


#: Names of what is given models to optimize or to wrap: classes, and functions that make optimizers or prepare.
_TAKING = re.compile(
    r"^[A-Z]|optim|[Oo]ptimizer|param|prepare|setup|compile|wrap|initialize|group|list|append|extend|chain"
)

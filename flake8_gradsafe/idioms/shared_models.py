"""What is meant to be a copy of a model and is the model itself: a target that is bound to it anew, a shallow copy of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import blocks_in, calls_in, statements_in
from flake8_gradsafe.idioms.parameter_loops import loops_over_parameters
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, is_attribute_of_self, last_name, methods_of, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flake8_gradsafe.syntax.program import Place
    from flake8_gradsafe.syntax.queries import Chain

    #: How an expression is spelled.
    Spelling = tuple[object, ...]

#: Words in the names of methods that do without a copy on purpose.
_ON_PURPOSE = re.compile(
    r"disable|remove|delete|without|swap|discard|drop|merge|finali[sz]e|^_*(?:eval|test)", re.IGNORECASE
)


class SharedModel(NamedTuple):
    """A model that is taken at `place` for a copy of itself. `frozen` is where the copy is frozen, if it is.

    `may_be_tensor`: nothing but its name tells that it is a model.
    """

    place: Place
    model: ir.Expression
    frozen: Place = None
    may_be_tensor: bool = True


def rebound_targets(cls: ir.Class) -> Iterator[SharedModel]:
    """The attributes that the constructor makes as copies of others, and that another method binds to these themselves."""
    methods = methods_of(cls)
    constructors = [method for method in methods if method.name == "__init__"]
    others = [method for method in methods if method.name != "__init__" and not _ON_PURPOSE.search(method.name)]
    bound = {name for method in constructors for name in method.assigns}
    if not any(bound & method.assigns for method in others):
        return
    copies = {pair for each in constructors for pair in (*_copied(each.body), *_made_alike(each.body))}
    for method in others if copies else ():
        yield from _bound_without_copying(method, copies)


def targets_of_themselves(cls: ir.Class) -> Iterator[SharedModel]:
    """The attributes with a target's name that the constructor binds to the model itself, which a method updates them from."""
    methods = methods_of(cls)
    for method in methods:
        for target, value in _bindings(method.body if method.name == "__init__" else ()):
            if isinstance(value, ir.Attribute) and is_attribute_of_self(value) and FOLLOWING.search(target.attr):
                pair = {target.attr, value.attr}
                if len(pair) == 2 and any(_updates(call, pair) for each in methods for call in calls_in(each.body)):
                    yield SharedModel(value.place, value)


class KeptModel(NamedTuple):
    """A class that averages a model keeps the one that its constructor is `given`, at `place`, as the average."""

    place: Place
    given: str
    position: int


def averages_of_themselves(cls: ir.Class) -> Iterator[KeptModel]:
    """The models that a class keeps as it is given them, and updates from others that it is given later."""
    methods = methods_of(cls)
    for method in methods if _AVERAGES.search(cls.name) or _AVERAGES_IN_CAPITALS.search(cls.name) else ():
        names = [parameter.name for parameter in method.parameters]
        bound = list(_bindings(method.body if method.name == "__init__" else ()))
        for target, value in bound:
            once = sum(other.attr == target.attr for other, _ in bound) == 1
            models = [name for name in names[1:] if _MODEL.search(name)]
            if not once or not isinstance(value, ir.Name) or models != [value.id]:
                continue
            if any(_is_updated(target.attr, each) for each in methods if each is not method):
                yield KeptModel(value.place, value.id, names.index(value.id) - 1)


#: Names of classes that average a model, and of what they are given.
_AVERAGES = re.compile(r"averag(?!e_?meter)|teacher|polyak|momentum", re.IGNORECASE)
_AVERAGES_IN_CAPITALS = re.compile(r"EMA|Ema(?![a-z])")
_MODEL = re.compile(
    r"^(?!.*(?:ema|averag|teacher|target|copy|shadow|slow))\w*(?:model|net|network|module|encoder|backbone|student)$"
)


def _is_updated(attribute: str, method: ir.Function) -> bool:
    """Whether a method changes an attribute's parameters by those of a model that it is given."""
    given = {parameter.name for parameter in method.parameters[1:]}
    return any(
        ("self", attribute) in names.values() and any(len(each) == 1 and each[0] in given for each in names.values())
        for _, names in loops_over_parameters(method.body)
    )


def _updates(call: ir.Call, pair: set[str]) -> bool:
    """Whether a call is given both models, or the parameters of both, one by one."""
    given = (part for argument in call.arguments for part in within(argument.value))
    return {part.attr for part in given if isinstance(part, ir.Attribute) and is_attribute_of_self(part)} >= pair


#: Words in the names of networks that follow another one.
FOLLOWING = re.compile(
    r"target|(?:^|_)ema(?:_|$)|teacher|momentum|slow|shadow|averag|_old$|^old_|(?:^|_)(?:k|key|tgt|avg|prev|delayed)(?:_|$)",
    re.IGNORECASE,
)


def _copied(body: ir.Body) -> Iterator[tuple[str, str]]:
    """The attributes that are `copy.deepcopy` of another one, each with that."""
    for target, value in _bindings(body):
        if isinstance(value, ir.Call) and last_name(value.function) == "deepcopy" and value.arguments:
            given = value.arguments[0].value
            if isinstance(given, ir.Attribute) and is_attribute_of_self(given):
                yield target.attr, given.attr


def _made_alike(body: ir.Body) -> Iterator[tuple[str, str]]:
    """The attributes with a target's name that are made just as another one is, each with that."""
    bound = list(_bindings(body))
    made: dict[Spelling, str] = {}
    for target, value in bound if any(FOLLOWING.search(target.attr) for target, _ in bound) else ():
        spelling = _spelling(value) if isinstance(value, ir.Call) else ()
        if not spelling:
            continue
        first = made.setdefault(spelling, target.attr)
        if first != target.attr and FOLLOWING.search(target.attr) and not FOLLOWING.search(first):
            yield target.attr, first


def _spelling(node: ir.Expression) -> Spelling:
    """How an expression is spelled: what is called, and all names and constants in what it is given."""
    if not isinstance(node, ir.Call):
        return ()
    return tuple(
        part.value if isinstance(part, ir.Constant) else chain_of(part)
        for part in within(node)
        if isinstance(part, (ir.Constant, ir.Name, ir.Attribute, ir.Call))
    )


def _bound_without_copying(method: ir.Function, copies: set[tuple[str, str]]) -> Iterator[SharedModel]:
    latest: dict[str, tuple[ir.Statement, ir.Expression]] = {}
    for statement in method.body:
        for target, value in _bindings((statement,)):
            if isinstance(value, ir.Attribute) and is_attribute_of_self(value) and (target.attr, value.attr) in copies:
                latest[target.attr] = statement, value
            else:
                latest.pop(target.attr, None)
                latest = {name: found for name, found in latest.items() if last_name(found[1]) != target.attr}
    for statement, value in latest.values():
        yield SharedModel(statement.place, value)


def _bindings(body: ir.Body) -> Iterator[tuple[ir.Attribute, ir.Expression]]:
    """The attributes of `self` that a body binds, with what it binds them to."""
    for statement in statements_in(body):
        if isinstance(statement, ir.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, ir.Attribute) and is_attribute_of_self(target):
                    yield target, statement.value


def shallow_copies(body: ir.Body) -> Iterator[SharedModel]:
    """What `copy.copy` makes of a model, where it is frozen behind it, or named as what follows that model."""
    for block in blocks_in(body):
        for number, statement in enumerate(block):
            if not isinstance(statement, ir.Assign) or not isinstance(statement.value, ir.Call):
                continue
            call = statement.value
            if last_name(call.function) != "copy" or len(statement.targets) != 1 or len(call.arguments) != 1:
                continue
            if isinstance(call.function, ir.Attribute) and chain_of(call.function)[:1] != ("copy",):
                continue
            name, behind = chain_of(statement.targets[0]), block[number + 1 :]
            if (frozen := _freezing_of_parameters(name, behind)) is not None:
                yield SharedModel(call.place, call.arguments[0].value, frozen, may_be_tensor=False)
            elif (frozen := _freezing(name, behind)) is not None:
                yield SharedModel(call.place, call.arguments[0].value, frozen)


def _freezing_of_parameters(name: Chain, body: ir.Body) -> Place:
    """Where each parameter of what has a name is told to require no grad; None where it is not."""
    for statement in statements_in(body):
        if isinstance(statement, ir.Loop) and _goes_through_parameters(name, statement) and _freezes_each(statement):
            return statement.source.place
    return next((call.place for call in _telling(body) if _is_handed(name, call)), None)


def _freezing(name: Chain, body: ir.Body) -> Place:
    """Where what has a name is told itself to require no grad; None where it is not."""
    return next((call.place for call in _telling(body) if chain_of(call.function) == (*name, "requires_grad_")), None)


def _telling(body: ir.Body) -> Iterator[ir.Call]:
    """The calls that tell something to require no grad: of the method, or of a function of such a name."""
    for call in calls_in(body):
        if _FREEZES.search(last_name(call.function)) and any(_is_false(argument.value) for argument in call.arguments):
            yield call


def _is_handed(name: Chain, call: ir.Call) -> bool:
    return last_name(call.function) != "requires_grad_" and chain_of(call.arguments[0].value) == name


_FREEZES = re.compile(r"requires_?grad", re.IGNORECASE)


def _goes_through_parameters(name: Chain, loop: ir.Loop) -> bool:
    return isinstance(loop.source, ir.Call) and chain_of(loop.source) in {
        (*name, "parameters"),
        (*name, "named_parameters"),
    }


def _freezes_each(loop: ir.Loop) -> bool:
    for statement in loop.body:
        if isinstance(statement, ir.Assign) and statement.value is not None and _is_false(statement.value):
            return any(
                isinstance(target, ir.Attribute) and target.attr == "requires_grad" for target in statement.targets
            )
    return any(last_name(call.function) in {"requires_grad_", "detach_"} for call in calls_in(loop.body))


def _is_false(node: ir.Expression) -> bool:
    return isinstance(node, ir.Constant) and node.value is False

"""Values of parameters that are kept without a copy: of a model that is to follow another, of averages, of what is restored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import blocks_in, calls_in, statements_in, values_of
from flake8_gradsafe.idioms.parameter_loops import LISTING, loops_over_parameters, models_by_name
from flake8_gradsafe.idioms.shared_models import FOLLOWING
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, is_attribute_of_self, last_name, methods_of, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.syntax.program import Place
    from flake8_gradsafe.syntax.queries import Chain


# -- a model that is given the memory of another one -----------------------------------------------------------------------


def bound_values(function: ir.Function) -> Iterator[ir.Assign]:
    """The statements by which a model that is to follow another one is given the memory of its parameters."""
    for loop, names in loops_over_parameters(function.body):
        if len(names) < 2:
            continue
        for statement in statements_in(loop.body):
            target, source = _bound_data(statement)
            if target not in names or source not in names or target == source or not isinstance(statement, ir.Assign):
                continue
            followed = (source, *names[source][-1:])
            told = any(FOLLOWING.search(name) for name in (target, *names[target][-1:]))
            told |= _UPDATES.search(function.name) is not None and _SHARES.search(function.name) is None
            if told and not any(map(FOLLOWING.search, followed)):
                yield statement


#: Names of functions that have one model follow another.
_UPDATES = re.compile(
    r"hard_?update|hard_?copy|soft_?update|polyak|momentum|(?:^|_)ema(?:_|$)|(?:update|sync)_?(?:target|teacher)"
)
#: Names of functions that have models share what they hold.
_SHARES = re.compile(r"share|(?:^|_)(?:un)?tie|link|swap|restore|load")


def binds_computed_values(body: ir.Body) -> bool:
    """Whether a loop over parameters binds `.data` of one to what is computed: it has memory of its own from then on."""
    return any(
        last_name(target) == "data" and names_in(target) & names.keys() and not _bound_data(statement)[1]
        for loop, names in loops_over_parameters(body)
        for statement in statements_in(loop.body)
        if isinstance(statement, ir.Assign)
        for target in statement.targets
        if isinstance(target, ir.Attribute)
    )


def _bound_data(statement: ir.Statement) -> tuple[str, str]:
    """The names in `ours.data = theirs.data`, or of a handle on it; empty where a statement is none such."""
    if not isinstance(statement, ir.Assign) or len(statement.targets) != 1 or statement.value is None:
        return "", ""
    target, source = statement.targets[0], _without_handles(statement.value)
    if not isinstance(target, ir.Attribute) or target.attr != "data" or not isinstance(target.value, ir.Name):
        return "", ""
    return target.value.id, source.id if isinstance(source, ir.Name) else ""


def _without_handles(node: ir.Expression) -> ir.Expression:
    """`p` of `p.data`, `p.detach()`, `p.detach().data`."""
    while True:
        if isinstance(node, ir.Attribute) and node.attr == "data":
            node = node.value
        elif isinstance(node, ir.Call) and isinstance(node.function, ir.Attribute) and node.function.attr == "detach":
            node = node.function.value
        else:
            return node


# -- values that are kept in a list or a dict --------------------------------------------------------------------------------


class KeptValues(NamedTuple):
    """Values of parameters that are `kept` without a copy, `changed` where they are, and `read` as those of before.

    `restored`: they are written back to the parameters; else they are changed in place as averages of them.
    """

    kept: Place
    changed: Place
    read: Place
    restored: bool


def averages_in_place(cls: ir.Class) -> Iterator[KeptValues]:
    """The averages that a class keeps in the memory of the parameters themselves, and updates in place."""
    methods = methods_of(cls)
    keeping = [method for method in methods if not method.calls.isdisjoint(LISTING) or method.name == "__init__"]
    if not any(_AVERAGES.search(name) for method in keeping for name in method.assigns):
        return
    stored = [each for method in keeping for each in _stored(method.body)]
    for name, kept in stored:
        if len(name) != 2 or not _AVERAGES.search(name[1]):
            continue
        if sum(other == name for other, _ in stored) > 1 or any(_is_replaced(name, method.body) for method in methods):
            continue
        changed = next((place for method in methods for place in _changed_in_place(name, method.body)), None)
        if changed is not None:
            yield KeptValues(kept, changed, changed, restored=False)


#: Names of what averages are kept under.
_AVERAGES = re.compile(
    r"shadow|(?:^|_)(?:ema|swa|avg)(?:_|s?$)|averag|mean|smooth|target|teacher|slow|moving", re.IGNORECASE
)


def _stored(body: ir.Body) -> Iterator[tuple[Chain, Place]]:
    """The attributes under which the parameters, or handles on them, are kept, each with the value that is kept."""
    for loop, names in loops_over_parameters(body):
        for statement in statements_in(loop.body):
            for target, value in _items_set(statement):
                if _is_handle(value, names):
                    yield chain_of(target), value.place
    for statement in statements_in(body):
        if isinstance(statement, ir.Assign) and statement.value is not None and _keeps_all(statement.value):
            for target in statement.targets:
                if is_attribute_of_self(target):
                    yield chain_of(target), statement.value.place


def _items_set(statement: ir.Statement) -> Iterator[tuple[ir.Expression, ir.Expression]]:
    """What stands under a key, or is appended, with what it is: `kept[name] = p.data`, `kept.append(p.data)`."""
    if isinstance(statement, ir.Assign) and statement.value is not None:
        yield from ((each, statement.value) for each in statement.targets if isinstance(each, ir.Subscript))
    call = statement.value if isinstance(statement, ir.Evaluate) else None
    if isinstance(call, ir.Call) and isinstance(call.function, ir.Attribute) and call.function.attr == "append":
        yield from ((call.function.value, argument.value) for argument in call.arguments)


def _is_handle(value: ir.Expression, names: Iterable[str]) -> bool:
    of = _without_handles(value)
    return isinstance(of, ir.Name) and of.id in names


def _keeps_all(value: ir.Expression) -> bool:
    """Whether a value is a list or a dict of all parameters of something, or of handles on them."""
    if isinstance(value, ir.Comprehension) and value.form in {"list", "dict"} and len(value.clauses) == 1:
        clause = value.clauses[0]
        names = models_by_name(clause.target, clause.source) or _names_of_given(clause)
        return _is_handle(value.element, names)
    return False


def _names_of_given(clause: ir.Clause) -> dict[str, Chain]:
    """The name that goes through `parameters`, as an argument of that name."""
    through = isinstance(clause.source, ir.Name) and clause.source.id in {"parameters", "params"}
    return {clause.target.id: chain_of(clause.source)} if through and isinstance(clause.target, ir.Name) else {}


def _is_replaced(name: Chain, body: ir.Body) -> bool:
    """Whether an item is set to something that is computed, or to a copy."""
    for loop in (each for each in statements_in(body) if isinstance(each, ir.Loop)):
        bound = set() if loop.target is None else names_in(loop.target)
        for statement in statements_in(loop.body):
            for target, value in _items_set(statement):
                if chain_of(target) == name and not _is_handle(value, bound):
                    return True
    return False


def _changed_in_place(name: Chain, body: ir.Body) -> Iterator[Place]:
    """Where items of what has a name are written in place."""
    items = {name}
    for loop in (each for each in statements_in(body) if isinstance(each, ir.Loop)):
        items |= {(item,) for item in _items_bound(name, loop)}
    for statement in statements_in(body):
        if isinstance(statement, ir.Augmented) and _is_item(statement.target, name, items):
            yield statement.target.place
        for value in values_of(statement):
            yield from (call.place for call in _inplace_calls(value) if _is_item(_receiver(call), name, items))


def _is_item(node: ir.Expression, name: Chain, items: set[Chain]) -> bool:
    """Whether an expression is an item of what has a name, or a name that a loop binds to one, perhaps by a handle."""
    node = _without_handles(node)
    if isinstance(node, ir.Subscript):
        return chain_of(node.value) == name
    return isinstance(node, ir.Name) and (node.id,) in items


def _items_bound(name: Chain, loop: ir.Loop) -> Iterator[str]:
    """The names that a loop binds to the items of what has a name: alone, with others by `zip`, or with their keys."""
    pairs: list[tuple[ir.Expression | None, ir.Expression]] = [(loop.target, loop.source)]
    call = loop.source
    if isinstance(call, ir.Call) and last_name(call) == "zip" and isinstance(loop.target, ir.Sequence):
        pairs = list(zip(loop.target.items, (each.value for each in call.arguments if each.name is None), strict=False))
    for target, source in pairs:
        method = source.function if isinstance(source, ir.Call) else None
        if isinstance(target, ir.Name) and isinstance(source, ir.Attribute) and chain_of(source) == name:
            yield target.id
        elif isinstance(method, ir.Attribute) and chain_of(method.value) == name:
            last = target.items[-1] if isinstance(target, ir.Sequence) and method.attr == "items" else target
            if isinstance(last, ir.Name) and method.attr in {"items", "values"}:
                yield last.id


def _inplace_calls(value: ir.Expression) -> Iterator[ir.Call]:
    for part in within(value):
        if isinstance(part, ir.Call) and isinstance(part.function, ir.Attribute) and _is_inplace(part.function.attr):
            yield part


def _is_inplace(name: str) -> bool:
    return name.endswith("_") and not name.startswith("_") and name != "requires_grad_"


def _receiver(call: ir.Call) -> ir.Expression:
    """What a chain of methods in place begins with: `p.data` of `p.data.mul_(0.9).add_(1)`."""
    node: ir.Expression = call
    while isinstance(node, ir.Call) and isinstance(node.function, ir.Attribute) and _is_inplace(node.function.attr):
        node = node.function.value
    return node


def restored_in_vain(bodies: list[ir.Body], keeping: ir.Body | None = None) -> Iterator[KeptValues]:
    """The values of parameters that one of some bodies keeps without a copy, and changes in place in the same round, and that
    are written back then. With `keeping`, that is the one that keeps them.
    """
    for body in bodies if keeping is None else [keeping]:
        for loop, names in loops_over_parameters(body):
            statements = list(statements_in(loop.body))
            for number, statement in enumerate(statements):
                for target, value in _items_set(statement):
                    of = _without_handles(value)
                    if not isinstance(of, ir.Name) or of.id not in names:
                        continue
                    changed = _change_behind(of.id, statements[number + 1 :])
                    read = None if changed is None else _writing_back(chain_of(target), bodies)
                    if changed is not None and read is not None:
                        yield KeptValues(value.place, changed, read, restored=True)


def _change_behind(name: str, statements: list[ir.Statement]) -> Place:
    """Where a parameter is first written in place, if it is bound to no other memory before."""
    for statement in statements:
        if isinstance(statement, ir.Assign) and any(_is_data_of(each, name) for each in statement.targets):
            return None
        if isinstance(statement, ir.Augmented) and _is_handle(statement.target, (name,)):
            return statement.target.place
        for call in (call for value in values_of(statement) for call in _inplace_calls(value)):
            if _is_handle(_receiver(call), (name,)):
                return call.place
    return None


def _is_data_of(node: ir.Expression, name: str) -> bool:
    return isinstance(node, ir.Attribute) and node.attr == "data" and _is_handle(node, (name,))


def _writing_back(kept: Chain, bodies: list[ir.Body]) -> Place:
    """Where what was kept is written to parameters: `p.data = kept[name]`, `p.copy_(kept[name])`."""
    for body in bodies:
        for statement in statements_in(body):
            value = statement.value if isinstance(statement, ir.Assign) else None
            if value is not None and _is_kept_item(value, kept) and _binds_data(statement):
                return value.place
        for call in calls_in(body):
            given = [argument.value for argument in call.arguments]
            if last_name(call.function) == "copy_" and given and _is_kept_item(given[0], kept):
                return call.place
    return None


def _binds_data(statement: ir.Statement) -> bool:
    return isinstance(statement, ir.Assign) and any(last_name(target) == "data" for target in statement.targets)


def _is_kept_item(node: ir.Expression, kept: Chain) -> bool:
    node = _without_handles(node)
    return isinstance(node, ir.Subscript) and chain_of(node) == kept


# -- buffers and parameters of one tensor ------------------------------------------------------------------------------------


class RegisteredTwice(NamedTuple):
    """A tensor that a module registers at `again` under a second name. `changed` is where the one or the other is written in
    place; None where a step writes it.
    """

    again: Place
    first: str
    second: str
    changed: Place


def registered_twice(cls: ir.Class) -> Iterator[RegisteredTwice]:
    """The tensors that a module's constructor registers under two names, and of which one is then written in place."""
    methods = methods_of(cls)
    for method in methods:
        for block in blocks_in(method.body) if method.name == "__init__" and method.calls & _REGISTERING else ():
            for one, other in _pairs_registered(block):
                changed = next(_writes_to({one.attribute, other.attribute}, methods), None)
                together = {one.attribute, other.attribute}
                read = any(together <= each.mentions for each in methods if each is not method)
                if changed is not None or (read and (one.trained or other.trained)):
                    yield RegisteredTwice(other.place, one.attribute, other.attribute, changed)


#: What has a module hold a tensor.
_REGISTERING = frozenset({"register_buffer", "Parameter", "Buffer"})


class _Registered(NamedTuple):
    """A tensor that a module registers under the name of an attribute. `trained`: as a parameter that is to be trained."""

    tensor: str
    attribute: str
    trained: bool
    place: Place


def _pairs_registered(block: ir.Body) -> Iterator[tuple[_Registered, _Registered]]:
    """What the statements of one block register of the same tensor under two names."""
    held: dict[str, _Registered] = {}
    for statement in block:
        for name in _names_bound(statement):
            held.pop(name, None)
        for found in _registered(statement):
            first = held.setdefault(found.tensor, found)
            if first.attribute != found.attribute:
                yield first, found


def _names_bound(statement: ir.Statement) -> set[str]:
    """The names that a statement, or one in its blocks, binds or changes."""
    inner = [each for each in statements_in((statement,)) if isinstance(each, ir.Assign)]
    return {target.id for each in inner for target in each.targets if isinstance(target, ir.Name)}


def _registered(statement: ir.Statement) -> Iterator[_Registered]:
    """What a statement registers with the module, if it is a tensor that has a name."""
    if isinstance(statement, ir.Evaluate) and isinstance(statement.value, ir.Call):
        call = statement.value
        given = [_without_handles(argument.value) for argument in call.arguments]
        own = isinstance(call.function, ir.Attribute) and chain_of(call.function) == ("self", "register_buffer")
        if own and len(given) > 1 and isinstance(given[1], ir.Name) and isinstance(given[0], ir.Constant):
            yield _Registered(given[1].id, str(given[0].value), False, call.place)
    elif isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call) and statement.value.arguments:
        call = statement.value
        tensor, frozen = _without_handles(call.arguments[0].value), any(map(_is_false, call.arguments[1:]))
        if last_name(call.function) in {"Parameter", "Buffer"} and isinstance(tensor, ir.Name):
            trained = last_name(call.function) == "Parameter" and not frozen
            for target in statement.targets:
                if isinstance(target, ir.Attribute) and is_attribute_of_self(target):
                    yield _Registered(tensor.id, target.attr, trained, call.place)


def _is_false(argument: ir.Argument) -> bool:
    return isinstance(argument.value, ir.Constant) and argument.value.value is False


def _writes_to(attributes: set[str], methods: list[ir.Function]) -> Iterator[Place]:
    """Where a method other than the constructor writes one of these attributes of `self` in place."""
    for method in methods:
        if method.name == "__init__" or attributes.isdisjoint(method.mentions):
            continue
        for statement in statements_in(method.body):
            if isinstance(statement, ir.Augmented) and _is_one_of(statement.target, attributes):
                yield statement.target.place
            if isinstance(statement, ir.Assign):
                yield from (
                    each.place
                    for each in statement.targets
                    if isinstance(each, ir.Subscript) and _is_one_of(each.value, attributes)
                )
            for value in values_of(statement):
                yield from (call.place for call in _inplace_calls(value) if _is_one_of(_receiver(call), attributes))


def _is_one_of(node: ir.Expression, attributes: set[str]) -> bool:
    node = _without_handles(node)
    while isinstance(node, ir.Subscript):
        node = node.value
    return isinstance(node, ir.Attribute) and is_attribute_of_self(node) and node.attr in attributes

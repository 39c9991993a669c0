"""Losses that are added up with their graphs: what only counts, in a sum or in a meter, keeps the graph of each round.

A loss is differentiated in a loop. What it is added to comes from outside of the loop, and is not differentiated itself.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import blocks_of, calls_in, calls_of, statements_in
from flake8_gradsafe.idioms.trained_names import is_backward
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, last_name, methods_of, names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from flake8_gradsafe.syntax.program import Place
    from flake8_gradsafe.syntax.queries import Chain

#: Methods that give something of the same graph.
_PASSING = frozenset("mean sum clone cpu cuda to float double half squeeze view reshape abs".split())
#: What leads out of a graph.
_CUTTING = frozenset("item detach detach_ data numpy tolist float".split())
_NO_GRAPH = frozenset({"no_grad", "inference_mode", "set_grad_enabled"})

#: The methods of meters that add up an argument, by the meter's class and the method: the places of these arguments.
Meters = dict[tuple[str, str], frozenset[int]]


class KeptLoss(NamedTuple):
    """At `place`, the loss that `backward` differentiates in each round of a loop is added to what outlives the round.

    `meter`: to what an object adds up.
    """

    place: Place
    backward: Place
    meter: bool


def meters_among(classes: Iterable[ir.Class]) -> Meters:
    """The methods of classes that add up what they are given, as it is."""
    return {
        (cls.name, method.name): places
        for cls in classes
        for method in methods_of(cls)
        if (places := frozenset(_added_up(method)))
    }


def _added_up(method: ir.Function) -> Iterator[int]:
    statements = list(with_graph(method.body))
    rebound = {name for each in statements if isinstance(each, ir.Assign) for name in _names_bound(each)}
    for number, parameter in enumerate(method.parameters[1:]):
        own = frozenset({parameter.name})
        if parameter.name not in rebound and not parameter.star and any(_sums(each, own) for each in statements):
            yield number


def _sums(statement: ir.Statement, losses: Set[str]) -> bool:
    """Whether a statement adds what has one of these names to an attribute of `self`."""
    added = _addition(statement)
    return added is not None and added[0][:1] == ("self",) and _holds(added[1], losses)


def _names_bound(statement: ir.Assign) -> set[str]:
    return {target.id for target in statement.targets if isinstance(target, ir.Name)}


def kept_losses(body: ir.Body, meters: Meters) -> Iterator[KeptLoss]:
    """The losses of a body's loops that are added up with their graphs."""
    loops = [each for each in statements_in(body) if isinstance(each, ir.Loop) and not _is_over_a_display(each)]
    backwards = [
        (loop, call) for loop in loops for each in _own(loop.body) for call in calls_of(each) if is_backward(call)
    ]
    if not backwards:
        return
    reaching = _reaching(body)
    objects = _made_of(body, {cls for cls, _ in meters})
    for loop, backward in backwards:
        losses = {name for name in names_in(_loss_of(backward)) if not _is_cut(name, loop.body)}
        for statement in with_graph(_own(loop.body)):
            added = _addition(statement)
            if added is not None and _holds(added[1], losses) and not _is_let_go(added[0], loop.body, reaching):
                yield KeptLoss(statement.place, backward.place, meter=False)
            call = statement.value if isinstance(statement, ir.Evaluate) else None
            if isinstance(call, ir.Call) and _is_metered(call, losses, meters, objects):
                yield KeptLoss(call.place, backward.place, meter=True)


def _is_over_a_display(loop: ir.Loop) -> bool:
    """Whether a loop goes through items that are written out: it keeps no more graphs than these."""
    return loop.target is not None and isinstance(loop.source, ir.Sequence)


def _own(body: ir.Body) -> Iterator[ir.Statement]:
    """The statements of a loop's body, without those of loops in it."""
    for statement in body:
        yield statement
        if not isinstance(statement, ir.Loop):
            for block in blocks_of(statement):
                yield from _own(block)


def with_graph(statements: Iterable[ir.Statement]) -> Iterator[ir.Statement]:
    """The statements, without those that are run with grad mode off."""
    statements = list(statements)
    off = [
        each for each in statements if isinstance(each, ir.With) and not _NO_GRAPH.isdisjoint(names_in(each.context))
    ]
    passed = {id(inner) for each in off for inner in statements_in(each.body)}
    found = (inner for each in statements for inner in statements_in((each,)))
    yield from {id(each): each for each in found if id(each) not in passed}.values()


def _loss_of(call: ir.Call) -> ir.Expression:
    """What is differentiated: `loss` of `loss.backward()`, of `scaler.scale(loss).backward()`, of `fabric.backward(loss)`."""
    given = [argument.value for argument in call.arguments if argument.name is None]
    receiver = call.function.value if isinstance(call.function, ir.Attribute) else call
    if isinstance(receiver, ir.Call) and last_name(receiver.function) == "scale" and receiver.arguments:
        return receiver.arguments[0].value
    loss = given[0] if given and isinstance(given[0], ir.Name) else receiver
    return loss if isinstance(loss, ir.Name) else ir.Constant(call.place, None)


def _addition(statement: ir.Statement) -> tuple[Chain, ir.Expression] | None:
    """What is added to, and what: of `total += loss` and `total = total + loss`."""
    if isinstance(statement, ir.Augmented) and statement.method == "__iadd__":
        target = statement.target
        return (chain_of(target), statement.value) if isinstance(target, (ir.Name, ir.Attribute)) else None
    if isinstance(statement, ir.Assign) and len(statement.targets) == 1 and isinstance(statement.value, ir.Binary):
        target, value = statement.targets[0], statement.value
        if value.method == "__add__" and isinstance(target, (ir.Name, ir.Attribute)):
            for one, other in ((value.left, value.right), (value.right, value.left)):
                if isinstance(one, (ir.Name, ir.Attribute)) and chain_of(one) == chain_of(target):
                    return chain_of(target), other
    return None


def _holds(node: ir.Expression, losses: Set[str]) -> bool:
    """Whether a value is of the graph of what has one of these names, by arithmetic and what only moves it."""
    if isinstance(node, ir.Name):
        return node.id in losses
    if isinstance(node, ir.Binary):
        return _holds(node.left, losses) or _holds(node.right, losses)
    if isinstance(node, ir.Unary):
        return _holds(node.operand, losses)
    if isinstance(node, ir.Call) and isinstance(node.function, ir.Attribute) and node.function.attr in _PASSING:
        return _holds(node.function.value, losses)
    return False


def _is_cut(name: str, body: ir.Body) -> bool:
    """Whether a name is bound to numbers, or to what has no graph, somewhere in a loop."""
    return any(map(partial(_cuts, name), statements_in(body)))


def _cuts(name: str, statement: ir.Statement) -> bool:
    if isinstance(statement, ir.Evaluate):
        return chain_of(statement.value)[:2] == (name, "detach_")
    if not isinstance(statement, ir.Assign) or statement.value is None or name not in _names_bound(statement):
        return False
    return not _CUTTING.isdisjoint(names_in(statement.value))


def _is_let_go(name: Chain, body: ir.Body, reaching: Set[str]) -> bool:
    """Whether what is added to is differentiated itself, or begun anew within the loop."""
    if not name or name[-1] in reaching or any(each[:-1] == name for each in _called(body)):
        return True
    for statement in statements_in(body):
        bound = statement.targets if isinstance(statement, (ir.Assign, ir.Delete)) else ()
        if any(chain_of(target) == name for target in bound) and _addition(statement) is None:
            return True
    return False


def _called(body: ir.Body) -> set[Chain]:
    """The methods that are called of what may be cut off in place."""
    return {
        chain_of(call.function)
        for call in calls_in(body)
        if last_name(call.function) in {"detach_", "zero_", "backward"}
    }


def _reaching(body: ir.Body) -> set[str]:
    """The names of what is computed to something that is differentiated, or handed to code that may do so."""
    statements = list(statements_in(body))
    found = {name for call in calls_in(body) if is_backward(call) for name in names_in(call)}
    flowing = [
        ({name for target in targets for name in names_in(target)}, names_in(each.value))
        for each in statements
        if isinstance(each, (ir.Assign, ir.Augmented)) and each.value is not None
        for targets in [each.targets if isinstance(each, ir.Assign) else (each.target,)]
    ]
    grown = True
    while grown:
        more = {name for bound, names in flowing if not found.isdisjoint(bound) for name in names}
        grown = not more <= found
        found |= more
    return found


def _made_of(body: ir.Body, classes: Set[str]) -> Mapping[str, str]:
    """The names that a body binds to new objects of some classes, each with the class."""
    return {
        target.id: last_name(statement.value.function)
        for statement in statements_in(body)
        if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Call)
        for target in statement.targets
        if isinstance(target, ir.Name) and last_name(statement.value.function) in classes
    }


def _is_metered(call: ir.Call, losses: Set[str], meters: Meters, objects: Mapping[str, str]) -> bool:
    """Whether a call hands a loss with its graph to a meter that adds it up."""
    chain = chain_of(call.function)
    if len(chain) != 2 or chain[0] not in objects:
        return False
    places = meters.get((objects[chain[0]], chain[1]), frozenset())
    given = [argument for argument in call.arguments if argument.name is None and not argument.star]
    return any(number in places and _holds(each.value, losses) for number, each in enumerate(given))

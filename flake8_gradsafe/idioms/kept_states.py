"""The state of a model that is kept in a loop which trains it, and loaded behind the loop: the steps have changed it by then.

`state_dict()` gives the parameters themselves. Whatever a loop takes of it under a condition, "the best so far", moves on with
each later step, unless it is copied before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import blocks_of, calls_in, statements_in
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, last_name, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.syntax.program import Place
    from flake8_gradsafe.syntax.queries import Chain


class KeptState(NamedTuple):
    """The state of a model that is `taken` in one round of a loop, without a copy, and `loaded` when the loop is done.

    `calls` are all that the loop makes.
    """

    taken: Place
    loaded: Place
    model: ir.Expression
    calls: tuple[ir.Call, ...]


def kept_states(body: ir.Body) -> Iterator[KeptState]:
    """The states that a body keeps so."""
    loads = [call for call in calls_in(body) if last_name(call.function) == "load_state_dict" and call.arguments]
    if not loads:
        return
    for loop, later in _loops_in(body, ()):
        takings = [taking for taking in _takings(loop.body, conditional=False) if not _is_changed(taking[0], body)]
        if not takings:
            continue
        loaded = [call for call in calls_in(later) if call in loads]
        for name, taken in takings:
            model = taken.function.value if isinstance(taken.function, ir.Attribute) else taken
            load = next((call for call in loaded if _loads(call, name, model)), None)
            if load is not None and not _is_bound_anew(name, later):
                yield KeptState(taken.place, load.place, model, tuple(calls_in(loop.body)))


def _loops_in(body: ir.Body, later: ir.Body) -> Iterator[tuple[ir.Loop, ir.Body]]:
    """The loops of a body, each with the statements that are run when it is done."""
    for number, statement in enumerate(body):
        behind = (*body[number + 1 :], *later)
        if isinstance(statement, ir.Loop):
            yield statement, behind
        for block in blocks_of(statement):
            yield from _loops_in(block, behind)


def _takings(body: ir.Body, *, conditional: bool) -> Iterator[tuple[Chain, ir.Call]]:
    """The states that are bound to a name where only some rounds come by, and after which the loop goes on."""
    for number, statement in enumerate(body):
        if isinstance(statement, ir.Assign) and conditional and not _ends(body[number + 1 :]):
            yield from _bound_states(statement)
        elif isinstance(statement, ir.Branch):
            if not _asks_for_one_round(statement.test) and not _ends(body[number + 1 :]):
                yield from _takings(statement.body, conditional=True)
            yield from _takings(statement.orelse, conditional=True)
        elif not isinstance(statement, ir.Loop):
            for block in blocks_of(statement):
                yield from _takings(block, conditional=conditional)


def _ends(rest: Iterable[ir.Statement]) -> bool:
    """Whether the loop, or the function, is left in any case behind a statement."""
    return any(isinstance(each, ir.Return) or (isinstance(each, ir.Jump) and each.breaks) for each in rest)


def _asks_for_one_round(test: ir.Expression) -> bool:
    """Whether a condition may hold in one round alone: `epoch == last`."""
    return any(
        isinstance(part, ir.Comparison)
        and part.operator == "=="
        and not any(isinstance(side, ir.Binary) and side.method == "__mod__" for side in (part.left, part.right))
        for part in within(test)
    )


def _bound_states(statement: ir.Assign) -> Iterator[tuple[Chain, ir.Call]]:
    for target in statement.targets:
        for part, value in _side_by_side(target, statement.value):
            if isinstance(part, (ir.Name, ir.Attribute)) and isinstance(value, ir.Call) and _is_state(value):
                yield chain_of(part), value


def _side_by_side(target: ir.Expression, value: ir.Expression | None) -> Iterator[tuple[ir.Expression, ir.Expression]]:
    if isinstance(target, ir.Sequence) and isinstance(value, ir.Sequence) and len(target.items) == len(value.items):
        yield from zip(target.items, value.items, strict=True)
    elif value is not None:
        yield target, value


def _is_state(call: ir.Call) -> bool:
    return isinstance(call.function, ir.Attribute) and call.function.attr == "state_dict" and not call.arguments


def _loads(call: ir.Call, name: Chain, model: ir.Expression) -> bool:
    """Whether a model is given what was kept of its own state under a name."""
    given = call.arguments[0].value
    of_itself = isinstance(call.function, ir.Attribute) and _model_of(call.function.value) == _model_of(model)
    return of_itself and isinstance(given, (ir.Name, ir.Attribute)) and chain_of(given) == name


def _model_of(node: ir.Expression) -> Chain:
    return tuple(name for name in chain_of(node) if name != "module")


def _is_changed(name: Chain, body: ir.Body) -> bool:
    """Whether an item of what is kept is set, or it is copied where it is kept."""
    for statement in statements_in(body):
        targets = statement.targets if isinstance(statement, ir.Assign) else ()
        if any(isinstance(target, ir.Subscript) and chain_of(target) == name for target in targets):
            return True
        if isinstance(statement, ir.Assign) and statement.value is not None and _copies_itself(name, statement):
            return True
    return any(chain_of(call.function) == (*name, "update") for call in calls_in(body))


def _copies_itself(name: Chain, statement: ir.Assign) -> bool:
    """Whether a name is bound to what is made of it: `best = copy.deepcopy(best)`."""
    if not any(chain_of(target) == name for target in statement.targets) or statement.value is None:
        return False
    return any(isinstance(part, (ir.Name, ir.Attribute)) and chain_of(part) == name for part in within(statement.value))


def _is_bound_anew(name: Chain, body: ir.Body) -> bool:
    return any(
        isinstance(statement, ir.Assign) and any(chain_of(target) == name for target in statement.targets)
        for statement in statements_in(body)
    )

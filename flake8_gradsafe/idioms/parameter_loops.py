"""Loops over the parameters of models: which names they bind to these, and of which model each is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import statements_in, values_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, last_name, names_in, within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flake8_gradsafe.syntax.queries import Chain

#: Methods of a module that give its parameters or buffers, alone or each with its name.
_ALONE = frozenset({"parameters", "buffers"})
_WITH_NAMES = frozenset({"named_parameters", "named_buffers"})
#: All that give a loop parameters or buffers.
LISTING = _ALONE | _WITH_NAMES | {"state_dict"}


def models_by_name(target: ir.Expression | None, source: ir.Expression) -> Mapping[str, Chain]:
    """The names that a loop binds to the parameters of models, each with that model."""
    if target is None or not isinstance(source, ir.Call):
        return {}
    given = [argument.value for argument in source.arguments if argument.name is None]
    paired = isinstance(source.function, ir.Name) and isinstance(target, ir.Sequence)
    if paired and last_name(source) == "zip" and isinstance(target, ir.Sequence) and len(given) == len(target.items):
        found: dict[str, Chain] = {}
        for item, each in zip(target.items, given, strict=True):
            found.update(models_by_name(item, each))
        return found
    if paired and last_name(source) == "enumerate" and isinstance(target, ir.Sequence) and given:
        return models_by_name(target.items[-1], given[0])
    bound = target.items[-1] if isinstance(target, ir.Sequence) and _gives_names(source) else target
    model = _model_of(source)
    return {bound.id: model} if isinstance(bound, ir.Name) and model else {}


def loops_over_parameters(body: ir.Body) -> Iterator[tuple[ir.Loop, Mapping[str, Chain]]]:
    """The loops of a body that bind names to parameters, with these."""
    for statement in statements_in(body):
        if isinstance(statement, ir.Loop) and (names := models_by_name(statement.target, statement.source)):
            yield statement, names


def _gives_names(source: ir.Call) -> bool:
    return last_name(source) in _WITH_NAMES or (last_name(source) == "items" and _model_of(source) != ())


def _model_of(source: ir.Call) -> Chain:
    """The model whose parameters a call gives: `model.parameters()`, `model.state_dict().items()`; () where it gives none."""
    method = source.function
    if not isinstance(method, ir.Attribute):
        return ()
    if method.attr in _ALONE | _WITH_NAMES:
        return chain_of(method.value)
    inner = method.value
    if method.attr in {"items", "values"} and isinstance(inner, ir.Call) and last_name(inner) == "state_dict":
        return chain_of(inner)[:-1]
    return ()


def vain_bindings(body: ir.Body) -> Iterator[ir.Assign]:
    """The statements that bind a loop's own name to what is computed of a parameter, and which nobody reads then."""
    for loop, names in loops_over_parameters(body):
        for statement in statements_in(loop.body):
            if not isinstance(statement, ir.Assign) or len(statement.targets) != 1 or statement.value is None:
                continue
            target = statement.targets[0]
            if (
                isinstance(target, ir.Name)
                and target.id in names
                and target.id in names_in(statement.value)
                and _only_computes(statement.value)
                and not _is_read_behind(target.id, statement, loop, body)
            ):
                yield statement


def _only_computes(value: ir.Expression) -> bool:
    """Whether an expression is arithmetic, or calls of methods that write nothing and that PyTorch's tensors have."""
    calls = [part for part in within(value) if isinstance(part, ir.Call)]
    computes = any(isinstance(part, ir.Binary) for part in within(value))
    return (computes or bool(calls)) and all(last_name(call.function) in _COMPUTING for call in calls)


_COMPUTING = frozenset(
    "add sub mul div true_divide pow lerp clamp clamp_min clamp_max clip sign abs square sqrt exp log detach clone "
    "float half double to cpu cuda type type_as masked_fill where minimum maximum addcmul addcdiv neg round "
    "zeros_like ones_like randn_like rand_like mean sum norm".split()
)


def _is_read_behind(name: str, bound: ir.Assign, loop: ir.Loop, body: ir.Body) -> bool:
    """Whether a name is read in the same round of a loop, behind a statement that binds it, or behind the loop."""
    inside = list(statements_in(loop.body))
    if any(isinstance(each, ir.Loop) for each in inside):
        return True  # an inner loop may come back to it
    rebinding = {
        id(inner)
        for each in statements_in(body)
        if isinstance(each, ir.Loop) and each is not loop and name in _names_bound(each)
        for inner in (each, *statements_in(each.body))
    }
    everywhere = [each for each in statements_in(body) if id(each) not in rebinding]
    own = {id(each) for each in (loop, *inside)}
    behind = inside[inside.index(bound) + 1 :] + [each for each in everywhere if id(each) not in own]
    return any(name in _names_read(each) for each in behind)


def _names_bound(loop: ir.Loop) -> set[str]:
    return set() if loop.target is None else names_in(loop.target)


def _names_read(statement: ir.Statement) -> set[str]:
    if isinstance(statement, (ir.Function, ir.Class)):
        return set(statement.mentions) if isinstance(statement, ir.Function) else set()
    if isinstance(statement, ir.Augmented) and isinstance(statement.target, ir.Name):
        return names_in(statement.value) - {statement.target.id}
    found = {name for value in values_of(statement) for name in names_in(value)}
    if isinstance(statement, ir.Assign):
        found |= {name for each in statement.targets if not isinstance(each, ir.Name) for name in names_in(each)}
    return found

"""Where gradients are cleared and clipped, by the spelling of a training step."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import blocks_in, calls_in, calls_of, statements_in, unconditional, values_of
from flake8_gradsafe.idioms.trained_names import is_backward, loss_of
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import chain_of, last_name, names_in, within

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from flake8_gradsafe.syntax.program import Place
    from flake8_gradsafe.syntax.queries import Chain


class ClearedPart(NamedTuple):
    """Gradients are `cleared` in each round of a loop that differentiates, and the `step` comes when the loop is done."""

    cleared: Place
    backward: Place
    step: Place
    optimizer: ir.Expression


class StepUncleared(NamedTuple):
    """A `step` uses the gradients of an optimizer that nothing clears, next to others that are, as one is at `cleared`."""

    step: Place
    backward: Place
    optimizer: ir.Expression
    cleared: Place = None


class StepInVain(NamedTuple):
    """A `step` finds no gradient: those of its optimizer were `cleared` last, with no backward in between."""

    step: Place
    cleared: Place
    backward: Place
    optimizer: ir.Expression


class ClippedLate(NamedTuple):
    """Gradients are `clipped` when the `step` has used them, and cleared before the next ones are computed."""

    clipped: Place
    step: Place
    optimizer: ir.Expression


class ClippedEarly(NamedTuple):
    """Gradients are `clipped` when they have just been cleared, before the `backward` that computes the next ones."""

    clipped: Place
    backward: Place
    optimizer: ir.Expression


def cleared_parts(body: ir.Body) -> Iterator[ClearedPart]:
    """The loops of a body that clear gradients in each round, and leave the step to what comes behind them."""
    for block in blocks_in(body):
        for number, statement in enumerate(block):
            if isinstance(statement, ir.Loop) and (found := _cleared_in(statement, block[number + 1 :])) is not None:
                yield found


def _cleared_in(loop: ir.Loop, behind: ir.Body) -> ClearedPart | None:
    step = _step_before_backward(behind)
    optimizer = None if step is None else stepped(step)
    if step is None or optimizer is None:
        return None
    always = [call for statement in unconditional(loop.body) for call in calls_of(statement)]
    backward = next((call for call in always if is_backward(call)), None)
    clear = next((call for call in always if chain_of(call.function) == (*chain_of(optimizer), "zero_grad")), None)
    if clear is None or backward is None or _looks_at_gradients(loop.body):
        return None
    if any(_may_step(call, chain_of(optimizer)) for call in calls_in(loop.body)) or _may_be_left(loop.body):
        return None
    return ClearedPart(clear.place, backward.place, step.place, optimizer)


def _step_before_backward(body: ir.Body) -> ir.Call | None:
    """The first step of a body, if no backward and no loop comes before it."""
    for statement in unconditional(body):
        calls = [*calls_of(statement)] if not isinstance(statement, ir.Branch) else [*calls_in((statement,))]
        for call in calls:
            if stepped(call) is not None:
                return None if isinstance(statement, ir.Branch) else call
            if is_backward(call):
                return None
        if isinstance(statement, (ir.Loop, ir.Try)):
            return None
    return None


def _may_be_left(body: ir.Body) -> bool:
    """Whether a round may be the last one because of what it has computed."""
    return any(
        isinstance(each, ir.Return) or (isinstance(each, ir.Jump) and each.breaks) for each in statements_in(body)
    )


def _may_step(call: ir.Call, optimizer: Chain) -> bool:
    """Whether a call steps an optimizer, or is handed it."""
    if last_name(call.function).startswith("step") or last_name(call.function) == "optimizer_step":
        return True
    given = (part for argument in call.arguments for part in within(argument.value))
    return any(isinstance(part, (ir.Name, ir.Attribute)) and chain_of(part) == optimizer for part in given)


def _looks_at_gradients(body: ir.Body) -> bool:
    parts = (part for statement in statements_in(body) for value in values_of(statement) for part in within(value))
    return any(isinstance(part, ir.Attribute) and part.attr == "grad" for part in parts)


def stepped(call: ir.Call) -> ir.Expression | None:
    """The optimizer that a call steps, by itself or by a scaler; None where it steps none."""
    if not isinstance(call.function, ir.Attribute) or call.function.attr != "step":
        return None
    if len(call.arguments) == 1 and "scaler" in last_name(call.function.value).lower():
        return call.arguments[0].value
    return None if call.arguments else call.function.value


def steps_uncleared(body: ir.Body, uncleared: frozenset[str]) -> Iterator[StepUncleared]:
    """The steps of optimizers of these names behind a backward, in a body that clears others by their names."""
    calls = sorted(calls_in(body), key=_position)
    if not any(last_name(call.function) == "zero_grad" for call in calls):
        return
    backward: ir.Call | None = None
    for call in calls:
        if is_backward(call):
            backward = call
        optimizer = stepped(call)
        if optimizer is not None and backward is not None and last_name(optimizer) in uncleared:
            yield StepUncleared(call.place, backward.place, optimizer)


def steps_of_another(body: ir.Body) -> Iterator[StepUncleared]:
    """The steps of an optimizer that a body never clears, behind the backward before which it clears another one alone."""
    calls = sorted(calls_in(body), key=_position)
    cleared = {chain_of(call.function)[:-1] for call in calls if last_name(call.function) == "zero_grad"}
    clear: ir.Call | None = None
    backward: ir.Call | None = None
    for call in calls:
        role = _role(call)
        if role == "clear":
            clear = call
        elif role == "backward":
            backward = call if clear is not None else None
        elif role == "step":
            optimizer = stepped(call)
            if (
                optimizer is not None
                and clear is not None
                and backward is not None
                and chain_of(optimizer) not in cleared
            ):
                yield StepUncleared(call.place, backward.place, optimizer, clear.place)
            clear = backward = None


def steps_in_vain(body: ir.Body, differentiating: Container[str]) -> Iterator[StepInVain]:
    """The steps of a body right behind the call that clears their gradients, and those that come before the backward of the
    loss that was computed for them. `differentiating` are functions that may compute gradients, by name.
    """
    for block in blocks_in(body):
        cleared: dict[Chain, tuple[int, ir.Call]] = {}
        backward: ir.Call | None = None
        for number, statement in enumerate(block):
            if not isinstance(statement, (ir.Assign, ir.Evaluate, ir.Augmented)):
                if any(_may_differentiate(call, differentiating) for call in calls_in((statement,))):
                    cleared, backward = {}, None
                continue
            for call in calls_of(statement):
                optimizer, role = stepped(call), _role(call)
                if role == "clear":
                    cleared[chain_of(call.function)[:-1]] = number, call
                elif is_backward(call):
                    cleared, backward = {}, call
                elif role == "step" and optimizer is not None and chain_of(optimizer) in cleared:
                    since, clear = cleared.pop(chain_of(optimizer))
                    late = _backward_of_what_was_computed(block, since, number, chain_of(optimizer))
                    used = late or (backward if since == number - 1 else None)
                    if used is not None:
                        yield StepInVain(call.place, clear.place, used.place, optimizer)
                elif _may_differentiate(call, differentiating):
                    cleared = {}
            if _looks_at_gradients((statement,)):
                cleared = {}


def _may_differentiate(call: ir.Call, differentiating: Container[str]) -> bool:
    name = last_name(call.function)
    return is_backward(call) or name in differentiating or bool(_DIFFERENTIATES.search(name))


#: Names of what may compute gradients, or put them in place.
_DIFFERENTIATES = re.compile(
    r"backward|backprop|grad(?!_norm_$|_value_$)|train|step_|closure|optimi[sz]e_", re.IGNORECASE
)


def _backward_of_what_was_computed(block: ir.Body, since: int, step: int, optimizer: Chain) -> ir.Call | None:
    """The backward behind a step of what was computed between clearing and the step, unless another step follows."""
    computed = {
        name for statement in block[since:step] if isinstance(statement, ir.Assign) for name in _bound_by(statement)
    }
    behind = [call for statement in block[step + 1 :] for call in calls_in((statement,))]
    if any((found := stepped(call)) is not None and chain_of(found) == optimizer for call in behind):
        return None
    return next(
        (call for call in behind if is_backward(call) and not computed.isdisjoint(names_in(loss_of(call)))), None
    )


def _bound_by(statement: ir.Assign) -> set[str]:
    return {target.id for target in statement.targets if isinstance(target, ir.Name)}


def clipped_late(body: ir.Body) -> Iterator[ClippedLate]:
    """The calls of a body that clip gradients behind its last step, where it clears them before its backwards."""
    calls = sorted(calls_in(body), key=_position)
    order = [_role(call) for call in calls]
    if "clear" not in order or "step" not in order or "backward" not in order[order.index("clear") :]:
        return
    last = max(number for number, role in enumerate(order) if role == "step")
    if "backward" in order[last:] or order.index("clear") > order.index("backward"):
        return
    optimizer = stepped(calls[last])
    for call, role in zip(calls[last:], order[last:], strict=True):
        if role == "clip" and optimizer is not None and not _is_for_its_norm(call):
            yield ClippedLate(call.place, calls[last].place, optimizer)


def clipped_early(body: ir.Body) -> Iterator[ClippedEarly]:
    """The calls of a body that clip gradients between clearing them and the backward, where none clips them behind it."""
    told = [(role, call) for call in sorted(calls_in(body), key=_position) if (role := _role(call))]
    roles = [role for role, _ in told]
    for number, (role, call) in enumerate(told):
        if roles[number - 1 : number + 3] == ["clear", "clip", "backward", "step"] and not _is_for_its_norm(call):
            optimizer = stepped(told[number + 2][1])
            if role == "clip" and optimizer is not None:
                yield ClippedEarly(call.place, told[number + 1][1].place, optimizer)


def _role(call: ir.Call) -> str:
    """What a call does in a training step: clear, clip, step or backward; empty for others."""
    name = last_name(call.function)
    if name in {"clip_grad_norm_", "clip_grad_value_"}:
        return "clip"
    optimizer = stepped(call)
    if optimizer is not None and "sched" not in last_name(optimizer).lower():
        return "step"
    return "clear" if name == "zero_grad" else "backward" if is_backward(call) else ""


def _is_for_its_norm(call: ir.Call) -> bool:
    """Whether a bound is so large that nothing is clipped: the norm alone is asked for."""
    given = [argument.value for argument in call.arguments[1:]]
    parts = [part for value in given for part in within(value)]
    large = any(isinstance(part, ir.Constant) and _is_large(part.value) for part in parts)
    return large or not given or any(last_name(part).lower() in {"inf", "infinity"} for part in parts)


def _is_large(value: object) -> bool:
    return value == "inf" or (isinstance(value, (int, float)) and value >= _LARGEST_BOUND)


_LARGEST_BOUND = 100


def _position(call: ir.Call) -> tuple[int, int]:
    return getattr(call.place, "lineno", 0), getattr(call.place, "col_offset", 0)

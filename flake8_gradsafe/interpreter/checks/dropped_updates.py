"""Operators whose result is dropped as if they had written a parameter, a gradient, or another tensor, in place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import statements_in
from flake8_gradsafe.idioms.dropped_layers import dropped_layers, is_needed_beside
from flake8_gradsafe.idioms.parameter_loops import LISTING, loops_over_parameters, vain_bindings
from flake8_gradsafe.idioms.used_as_tensor import is_used_as_tensor
from flake8_gradsafe.interpreter.domain.facts import IsParameter
from flake8_gradsafe.interpreter.events import Discarded, UpdateDropped
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.dropped_updates import EDITING, Update, dropped_update
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.paths.liveness import Liveness
    from flake8_gradsafe.interpreter.run import Run


def update_dropped(run: Run, call: ir.Call, live: Liveness, state: State) -> UpdateDropped | None:
    """What an operator leaves as it is, if the training goes on to use that."""
    update = dropped_update(call)
    if update is None or _is_shown(run) or _stands_apart(run.body, call) or _tries(run, update):
        return None
    written_to = _written_to(run, call, update, live, state)
    if not written_to:
        return None
    return UpdateDropped(call.place, frozenset(), update.written.place, written_to, update.operator)


def _is_shown(run: Run) -> bool:
    """Whether a notebook may show the value of a statement."""
    return run.by_hand and not run.running


def _written_to(run: Run, call: ir.Call, update: Update, live: Liveness, state: State) -> str:
    """What the call would change, if it wrote in place; nothing where that is not sure to be a tensor that is used."""
    is_gradient = last_name(_without_handle(update.written)) == "grad"
    if _is_bound_to_parameters(run.body, update.written):
        return "gradient" if is_gradient else "parameter"
    ref = run.dropped_operand
    seen = ref in state.autograd.tensors and state.autograd.tensors[ref].tensor_seen
    if not run.trains or not (seen or is_used_as_tensor(run.body, update.written)):
        return ""
    if is_gradient:
        return "gradient"
    if not _goes_on(update.written, live) or not is_needed_beside(run.body, call, update.written):
        return ""
    if ref in state.autograd.tensors and _is_of_leaf(ref, state):
        return "parameter"
    return "tensor" if run.running or run.rounds else ""


def _tries(run: Run, update: Update) -> bool:
    """Whether the function that runs is there to try, time or trace operators, by its name: tests edit tensors as well."""
    name = run.running[-1].name if run.running else ""
    return _TIMES.search(name) is not None or (update.operator not in EDITING and _TESTS.search(name) is not None)


_TIMES = re.compile(r"(?:^|_)(?:bench\w*|time|timing|profile\w*|warm\w*|flops|trace|smoke)(?:_|$)")
_TESTS = re.compile(r"(?:^|_)tests?(?:_|$)")


def _without_handle(node: ir.Expression) -> ir.Expression:
    """`p.grad` of `p.grad.data`."""
    return node.value if isinstance(node, ir.Attribute) and node.attr == "data" else node


def _is_bound_to_parameters(body: ir.Body, written: ir.Expression) -> bool:
    """Whether a tensor is what a loop binds over the parameters of something, or belongs to that."""
    while isinstance(written, ir.Attribute) and written.attr in {"data", "grad"}:
        written = written.value
    return isinstance(written, ir.Name) and any(written.id in names for _, names in loops_over_parameters(body))


def emit_vain_bindings(run: Run, body: ir.Body) -> None:
    """Tell of what is bound to the name by which a loop goes through parameters, as if that changed them."""
    for each in (body, *(code.body for code in run.own_functions if not code.calls.isdisjoint(LISTING))):
        for bound in vain_bindings(each):
            if not any(event.place is bound.place for event in run.events if isinstance(event, Discarded)):
                written = bound.targets[0].place
                run.events.append(UpdateDropped(bound.place, frozenset(), written, "parameter", "copy", bound=True))


def emit_dropped_layers(run: Run) -> None:
    """Tell of the calls by which the methods of the file's modules drop what their layers give."""
    own = [cls for cls in run.classes.values() if cls.kind == "module" and id(cls.code) not in run.foreign]
    bases = {last_name(base) for cls in run.classes.values() for base in cls.code.bases}
    for cls in own:
        if cls.code.name not in bases and not (run.users is not None and run.users.derive_from(cls.code.name)):
            for dropped in dropped_layers(cls.code):
                event = UpdateDropped(dropped.place, frozenset(), dropped.given.place, "tensor", dropped.layer)
                run.events.append(event)


def _is_of_leaf(ref: int, state: State) -> bool:
    """Whether a tensor is a parameter, or another leaf that surely requires grad, or a handle on the memory of one."""
    tensor = state.autograd.tensors[ref]
    if tensor.node is not None:
        return False
    sharing = state.autograd.tensors_sharing(tensor.storage)
    return any(each.node is None and (each.grad.sure or state.heap.has(each.ref, IsParameter)) for each in sharing)


def _goes_on(written: ir.Expression, live: Liveness) -> bool:
    """Whether a later statement may read what has not been written: it is an attribute, or a name that occurs again."""
    return not isinstance(written, ir.Name) or live.is_live(written.id)


def _stands_apart(body: ir.Body, call: ir.Call) -> bool:
    """Whether a statement stands where it may be there to be tried, timed, or traced."""
    return any(
        _is_apart(statement) and any(_is_statement(each, call) for each in statements_in((statement,)))
        for statement in statements_in(body)
    )


def _is_apart(statement: ir.Statement) -> bool:
    return isinstance(statement, ir.Try) or (isinstance(statement, ir.With) and not _is_mode(statement.context))


def _is_statement(statement: ir.Statement, call: ir.Call) -> bool:
    return isinstance(statement, ir.Evaluate) and statement.value is call


def _is_mode(context: ir.Expression) -> bool:
    return last_name(context) in {"no_grad", "enable_grad", "set_grad_enabled", "inference_mode", "autocast"}

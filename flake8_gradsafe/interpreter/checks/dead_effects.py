"""What has no effect: a result that nobody keeps, a write to a copy that nobody holds, a name that is bound anew at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.detaching_helpers import is_dropped, is_own
from flake8_gradsafe.idioms.used_as_tensor import is_used_as_tensor
from flake8_gradsafe.interpreter.checks.dropped_updates import update_dropped
from flake8_gradsafe.interpreter.domain.facts import DetachedAt
from flake8_gradsafe.interpreter.domain.values import TensorValue, Value
from flake8_gradsafe.interpreter.events import Discarded, UpdateDropped
from flake8_gradsafe.knowledge import einops
from flake8_gradsafe.knowledge.effects import VALUELESS
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.operators import OperatorTable
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.paths.liveness import Liveness
    from flake8_gradsafe.interpreter.run import Run


def discarded_effect(
    run: Run, call: ir.Expression, value: Value, live: Liveness, state: State
) -> Discarded | UpdateDropped | None:
    """What is lost with the value of a call that stands as a statement; None where nothing is."""
    if not isinstance(call, ir.Call) or state.signal:
        return None
    if is_dropped(call, run.detaching_helpers) and (is_own(call) or _is_detached(value, state)):
        return Discarded(call.place, frozenset(), "helper")
    if not isinstance(call.function, ir.Attribute):
        return None
    if call.function.attr == "detach" and not call.arguments:
        is_tensor = _is_seen_tensor(value, state) or is_used_as_tensor(run.body, call.function.value)
        return Discarded(call.place, frozenset(), "detach") if is_tensor else None
    if _writes_to_a_copy(call.function, value, run.operators, state):
        return Discarded(call.place, frozenset(), "copy")
    return update_dropped(run, call, live, state)


def rebound(loop: ir.Loop, source: Value, live: Liveness, state: State) -> Discarded | None:
    """`for h in hs: h = h.detach()`: only the loop's own name is bound, and the next round binds it anew."""
    last = loop.body[-1] if loop.body else None
    if not isinstance(loop.target, ir.Name) or not isinstance(last, ir.Assign) or len(last.targets) != 1:
        return None
    target, value, name = last.targets[0], last.value, loop.target.id
    rebinds = isinstance(target, ir.Name) and target.id == name
    if not rebinds or not _is_detach_of(value, name) or live.is_live(name):
        return None
    tensors = any(_is_seen_tensor(item, state) for item in state.items_of(source) or ())
    return Discarded(last.place, frozenset(), "rebound") if tensors else None


def _is_detached(value: Value, state: State) -> bool:
    """Whether a value is the result of `detach()`, or holds nothing but such results."""
    refs = state.tensors_in(value)
    return bool(refs) and all(state.heap.has(ref, DetachedAt) for ref in refs)


def _is_seen_tensor(value: Value, state: State) -> bool:
    return isinstance(value, TensorValue) and state.autograd.tensors[value.ref].tensor_seen


def _writes_to_a_copy(function: ir.Attribute, value: Value, operators: OperatorTable, state: State) -> bool:
    """Whether a method writes in place to a tensor that was copied in the same statement and that nobody else holds."""
    maker = _first_maker(function.value)
    if not _is_inplace(function.attr) or not isinstance(value, TensorValue) or isinstance(maker, ir.Attribute):
        return False  # an attribute is held by its object, though it be seen here first: `x.grad`
    autograd = state.autograd
    tensor = autograd.tensors[value.ref]
    if tensor.place is not maker.place:
        return False  # an item of a list, something that has a name, or what `out=` was given
    if isinstance(maker, ir.Call) and last_name(maker.function) in einops.FUNCTIONS.values():
        return False  # a view, where an axis has length one
    if isinstance(maker, ir.Call) and isinstance(maker.function, ir.Attribute):
        spelling = operators.methods.get(maker.function.attr)
        if spelling is None or operators.may_alias(spelling):
            return False
    return (
        len(autograd.tensors_sharing(tensor.storage)) == 1
        and not autograd.shares.get(tensor.storage)
        and tensor.tensor_seen
    )


def _first_maker(node: ir.Expression) -> ir.Expression:
    """What made the receiver of a chain of in-place methods: `x.clone()` in `x.clone().add_(1).mul_(2)`, `x[mask]`, `x + 1`."""
    while isinstance(node, ir.Call) and isinstance(node.function, ir.Attribute):
        if not _is_inplace(node.function.attr):
            return node
        node = node.function.value
    return node


def _is_inplace(method: str) -> bool:
    return method.endswith("_") and not method.startswith("_") and method not in VALUELESS


def _is_detach_of(node: ir.Expression | None, name: str) -> bool:
    if not isinstance(node, ir.Call) or not isinstance(node.function, ir.Attribute) or node.arguments:
        return False
    receiver = node.function.value
    return node.function.attr == "detach" and isinstance(receiver, ir.Name) and receiver.id == name

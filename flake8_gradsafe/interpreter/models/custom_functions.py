"""Custom autograd.Functions: what `ctx` keeps, the node that `apply` makes, and gradients that are edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd import ops, writes
from flake8_gradsafe.autograd.tensor import NO, Effect
from flake8_gradsafe.interpreter.call import CallContext, method_model
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.facts import (
    AssignedAt,
    DirtyTensors,
    GradientHooks,
    IsIncomingGradient,
    RetainsGrad,
    SavedForBackward,
)
from flake8_gradsafe.interpreter.domain.frames import MODULE_FRAME
from flake8_gradsafe.interpreter.domain.state import EditedGradient, State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    ClassValue,
    FunctionValue,
    LibraryInstance,
    ListValue,
    TensorValue,
    TupleValue,
    Value,
)
from flake8_gradsafe.interpreter.events import GradientEdited, SavedThenWritten
from flake8_gradsafe.interpreter.models.classes import class_attribute
from flake8_gradsafe.interpreter.models.saved_values import kept_tensors, surely_read
from flake8_gradsafe.interpreter.models.unknown import unknown_call, unknown_result
from flake8_gradsafe.interpreter.paths.premises import path_premises
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.graph import Node
    from flake8_gradsafe.interpreter.interpreter import Interpreter

CONTEXT = "context"
_SAVED = "saved_tensors"


def apply_function(call: CallContext, cls: ClassValue) -> Value:
    """`Function.apply(…)`: forward runs without grad, and what it gives back gets a node over its arguments."""
    interp, arguments, state = call.interp, call.arguments, call.state
    forward = class_attribute(cls, "forward", state)
    backward = class_attribute(cls, "backward", state)
    if not isinstance(forward, FunctionValue) or len(forward.code.parameters) == len(arguments.positional):
        return unknown_call(cls.code.name, arguments.all(), call.node, state)
    interp.run.applied.add(id(cls.code))
    context = state.recall(cls.code)
    if not isinstance(context, LibraryInstance):
        context = _new_context(state)
        state.remember(state.cursor, cls.code, context)
    enabled = state.autograd.switch_off()
    result = interp.call_function(forward, arguments.after(context), call.node, state)
    state.autograd.grad_enabled = enabled
    if state.signal:
        return result
    _tell_of_late_attributes(interp, context, backward, state)
    reads = _reads_saved(backward)
    return _given_back(call, cls, context, result, reads=reads)


def context_method(
    context: LibraryInstance, name: str, arguments: Arguments, node: ir.Expression, state: State
) -> Value:
    """A method of a custom Function's `ctx`."""
    if name == "save_for_backward":
        state.heap[context.id, _SAVED] = TupleValue(arguments.positional)
        saved = tuple((value, state.autograd.clock) for value in arguments.positional)
        state.heap.note(context.id, SavedForBackward(node.place, saved))
    elif name == "mark_dirty":
        state.heap.note(context.id, DirtyTensors(arguments.positional))
    return NONE


def _given_back(
    call: CallContext,
    cls: ClassValue,
    context: LibraryInstance,
    result: Value,
    *,
    reads: bool,
) -> Value:
    node, state = call.node, call.state
    for value in call.arguments.all():
        state.as_tensor(value, node.place)
    inputs = [ref for value in call.arguments.all() for ref in state.tensors_in(value)]
    _tell_of_late_writes(call.interp, context, state, reads=reads)
    dirty = state.heap.fact(context.id, DirtyTensors)
    written = () if dirty is None else state.tensors_in(TupleValue(dirty.values))
    for ref in written:
        writes.mark_dirty(state.autograd, ref)
    call.interp.run.emit_errors(state, node.place)
    if state.signal:
        return result
    result = _without_inputs(result, frozenset(inputs).difference(written), node.place, state)
    refs = state.tensors_in(result)
    if not refs:
        return unknown_result(cls.code.name, inputs, node.place, state)
    saved = state.tensors_in(state.heap.get((context.id, _SAVED), NONE))
    kept = [
        ref
        for name, value in state.heap.attributes(context.id)
        if isinstance(value, (TensorValue, TupleValue, ListValue)) and name.isidentifier()
        for ref in state.tensors_in(value)
    ]
    surely = _inputs_by_read(call, cls, context, len(state.items_of(result) or (result,)))
    ops.apply_custom_function(
        state.autograd,
        cls.code.name,
        refs,
        inputs,
        saved,
        kept,
        node.place,
        reads=reads,
        function=cls.id,
        surely=surely,
    )
    return result


def _inputs_by_read(
    call: CallContext, cls: ClassValue, context: LibraryInstance, outputs: int
) -> dict[int, tuple[int, ...]]:
    """The inputs whose gradients surely depend on the values of a tensor that the context keeps, for each such tensor."""
    state, run = call.state, call.interp.run
    kept = kept_tensors(context, state)
    backward = class_attribute(cls, "backward", state)
    if not kept or not isinstance(backward, FunctionValue) or call.arguments.keywords or call.arguments.unclear:
        return {}
    given = [state.known_tensor(value) for value in call.arguments.positional]
    if cls.id not in run.surely_read:
        run.surely_read[cls.id] = {}  # while its backward is run
        run.surely_read[cls.id] = surely_read(call, backward, context, outputs, given)
    found: dict[int, tuple[int, ...]] = {}
    for place, numbers in run.surely_read[cls.id].items():
        known = [ref for number in numbers if number < len(given) and (ref := given[number]) is not None]
        if place in kept and known:
            found[kept[place]] = tuple(known)
    return found


def _without_inputs(result: Value, inputs: frozenset[int], place: ir.Place, state: State) -> Value:
    """What forward gives back, where an input that it returns as it is becomes another tensor on the same memory."""
    if isinstance(result, TupleValue):
        return TupleValue(tuple(_without_inputs(item, inputs, place, state) for item in result.items))
    if isinstance(result, TensorValue) and result.ref in inputs:
        return TensorValue(ops.same_memory(state.autograd, result.ref, place))
    return result


def _tell_of_late_writes(interp: Interpreter, context: LibraryInstance, state: State, *, reads: bool) -> None:
    """What was written between `save_for_backward` and the end of the same forward, where the version is taken."""
    kept = state.heap.fact(context.id, SavedForBackward)
    if kept is None or not reads:
        return
    for value, time in kept.saved:
        ref = state.known_tensor(value)
        if ref is not None:
            _tell_of_writes_since(interp, ref, time, kept.place, "", state)


def _tell_of_writes_since(interp: Interpreter, ref: int, time: int, place: ir.Place, what: str, state: State) -> None:
    tensor = state.autograd.tensors[ref]
    for write in state.autograd.logs.get(tensor.storage, ()):
        changes = write.effect is not Effect.NOTHING and not write.may
        if write.time > time and changes and tensor.region.overlaps(write.region) is not False:
            interp.run.events.append(SavedThenWritten(write.place, path_premises(state), place, what))


def _tell_of_late_attributes(
    interp: Interpreter, context: LibraryInstance, backward: Value | None, state: State
) -> None:
    """The same for what was kept as an attribute of `ctx`, and is read by backward under that name."""
    mentions = backward.code.mentions if isinstance(backward, FunctionValue) else frozenset()
    for name, value in state.heap.attributes(context.id):
        since = state.heap.attribute_fact(context.id, name, AssignedAt)
        ref = state.known_tensor(value)
        if name in mentions and since is not None and ref is not None:
            _tell_of_writes_since(interp, ref, since.time, since.place, name, state)


# -- gradients --------------------------------------------------------------------------------------------------
@method_model("register_post_accumulate_grad_hook")
def register_gradient_hook(call: CallContext) -> Value:
    """`p.register_post_accumulate_grad_hook(fn)`: backward calls fn with the leaf once it has its gradient."""
    state = call.state
    ref = state.as_tensor(call.receiver, call.node.place)
    function = call.arguments.get(0, "hook")
    if ref is not None and function is not None:
        before = state.heap.fact(ref, GradientHooks)
        state.heap.note(ref, GradientHooks((*(() if before is None else before.values), function)))
        state.heap.note(ref, RetainsGrad())  # for all that is known: the hook may keep it there
    return state.unknown()


@method_model("register_hook")
def register_hook(call: CallContext) -> Value:
    """`x.register_hook(fn)`: fn is run on a gradient, to see whether it writes it."""
    state = call.state
    ref = state.as_tensor(call.receiver, call.node.place)
    function = call.arguments.get(0, "hook")
    if ref is None or function is None:
        return state.unknown()
    state.heap.note(ref, RetainsGrad())  # for all that is known: the hook may keep it there
    edits = edits_of(call._replace(arguments=Arguments((incoming_gradient(call.node.place, state),))), function)
    if edits:
        tensor = state.autograd.refresh_grad_fn(ref)
        goal = ref if tensor.node is None else tensor.node
        state.edited_gradients = (
            *state.edited_gradients,
            *(EditedGradient(goal, place, "hook") for place in edits),
        )
    return state.unknown()


def incoming_gradient(place: ir.Place, state: State) -> Value:
    """A gradient that backward hands to code of the file."""
    ref = state.autograd.new(NO, place)
    state.heap.note(ref, IsIncomingGradient())
    return TensorValue(ref)


def _given_to_backward(backward: FunctionValue, place: ir.Place, state: State) -> Arguments:
    """What a custom Function's backward is called with: a context, and a gradient for each other parameter."""
    gradients = [incoming_gradient(place, state) for _ in backward.code.parameters[1:]]
    return Arguments((_new_context(state), *gradients))


def enter_custom(interp: Interpreter, function: FunctionValue, owner: ClassValue, state: State) -> None:
    """Run the forward or the backward of a custom Function that is not seen to be applied."""
    site = ir.Opaque(function.code.place, ())
    if function.code.name == "backward":
        for place in edits_of(
            CallContext(interp, "", _given_to_backward(function, site.place, state), site, state), function
        ):
            interp.run.events.append(GradientEdited(place, frozenset(), "backward", None))
    else:
        context, given = _new_context(state), [state.unknown() for _ in function.code.parameters[1:]]
        for value in given:
            state.as_tensor(value, site.place, seen=True)
        interp.call_function(function, Arguments((context, *given)), site, state)
        reads = _reads_saved(class_attribute(owner, "backward", state))
        _tell_of_late_writes(interp, context, state, reads=reads)


def edits_of(call: CallContext, function: Value) -> tuple[object, ...]:
    """Where a function writes the gradients that it is given, on a state of its own."""
    twin = call.state.fork()
    twin.autograd.switch_off()
    refs = [ref for value in call.arguments.all() for ref in twin.tensors_in(value)]
    storages = {twin.autograd.tensors[ref].storage for ref in refs if twin.heap.has(ref, IsIncomingGradient)}
    twin.frames[MODULE_FRAME]["(edited)"] = TupleValue(tuple(map(TensorValue, refs)))  # so that their writes are kept
    with call.interp.run.following_one_outcome():
        call.interp.call(function, call.arguments, call.node, twin)
    return tuple(
        dict.fromkeys(
            write.place
            for storage in storages
            for write in twin.autograd.logs.get(storage, ())
            if write.effect is not Effect.NOTHING and not write.may
        )
    )


def emit_edited_gradients(interp: Interpreter, nodes: Iterable[Node], state: State) -> None:
    """Which edits of gradients hurt a branch that is handed the same gradient later."""
    made = {node.id: node for node in nodes}
    edits = list(state.edited_gradients)
    for node in made.values():
        cls = interp.run.classes.get(node.function) if node.function is not None else None
        if cls is not None:
            places = _edits_of_class(interp, cls, node, state)
            edits += [EditedGradient(node.id, place, "backward") for place in places]
    leaves = {leaf for node in made.values() for leaf in node.leaves}
    state.edited_gradients = tuple(
        edit for edit in state.edited_gradients if edit.goal not in made and edit.goal not in leaves
    )
    for edit in edits:
        shared = _shared_with(edit.goal, made)
        if shared is not None:
            interp.run.events.append(GradientEdited(edit.place, path_premises(state), edit.source, shared.place))


def _edits_of_class(interp: Interpreter, cls: ClassValue, node: Node, state: State) -> tuple[object, ...]:
    if cls.id not in interp.run.edits:
        backward = class_attribute(cls, "backward", state)
        if not isinstance(backward, FunctionValue):
            return ()
        given = _given_to_backward(backward, node.place, state)
        interp.run.edits[cls.id] = edits_of(CallContext(interp, "", given, ir.Opaque(node.place, ()), state), backward)
    return interp.run.edits[cls.id]


def _shared_with(goal: int, nodes: dict[int, Node]) -> Node | None:
    """The node that hands the gradient of one node to another as well, which is read later: older nodes run later."""
    for node in nodes.values():
        if goal in node.passes_unchanged and any(other < goal and other in nodes for other in node.passes_unchanged):
            return node
    return None


def _new_context(state: State) -> LibraryInstance:
    return LibraryInstance(state.autograd.tick(), CONTEXT)


def _reads_saved(backward: Value | None) -> bool:
    """Whether a custom Function's backward looks at what went through `save_for_backward`."""
    return isinstance(backward, FunctionValue) and _SAVED in backward.code.mentions

"""Parameters that an optimizer steps, that nothing cuts off, and that no backward reaches all the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import blocks_of, statements_in
from flake8_gradsafe.interpreter.domain.facts import (
    FrozenAt,
    HeldTensors,
    LeadsNowhere,
    MadeAsOptimizer,
    OpaqueModel,
    SteppedLast,
    Thawed,
)
from flake8_gradsafe.interpreter.domain.values import Literal
from flake8_gradsafe.interpreter.events import DeadEnd, OutOfReach
from flake8_gradsafe.interpreter.paths.liveness import Liveness
from flake8_gradsafe.interpreter.paths.premises import if_trained, with_path
from flake8_gradsafe.interpreter.run import call_or_place, made_at
from flake8_gradsafe.interpreter.tensor_names import Names
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.autograd.tensor import Cut, Place
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.interpreter.run import Run

_LOSS = re.compile(r"loss|objective|penalty|(?:^|_)(?:nll|bce|mse|elbo|kld?)(?:_|$)", re.IGNORECASE)
_EVALUATED = re.compile(r"(?:^|_)(?:val|valid|validation|test|eval|dev|best|old|prev|last)(?:_|$)", re.IGNORECASE)
#: Code out of sight of such a name only looks at what it is given.
_LOOKS_ON = re.compile(r"log|print|writ|scalar|record|meter|append|track|report|format|info|debug", re.IGNORECASE)
_THAWS = re.compile(r"requires_grad|freez|thaw|trainable", re.IGNORECASE)


# -- what leads nowhere --------------------------------------------------------------------------------------------------


def note_bound(run: Run, node: ir.Assign, value: Value, state: State) -> None:
    """Note the leaves below a loss that a name is bound to, and below what a module's forward computes and never uses."""
    name = node.targets[0].id if len(node.targets) == 1 and isinstance(node.targets[0], ir.Name) else ""
    if not name or node.value is None or not _trains_in_sight(state):
        return
    why = DeadEnd.LOSS if _is_loss(name) else DeadEnd.RESULT if _is_dropped(run, name, node) else None
    refs = () if why is None else state.tensors_in(value)
    for ref in refs:
        tensor = state.autograd.tensors[ref]
        place = node.value.place if len(refs) == 1 else tensor.place
        for leaf in _leaves_of(ref, state) - state.autograd.graded:
            known = state.heap.fact(leaf, LeadsNowhere)
            if known is None or known.place is place:
                state.heap.note(leaf, LeadsNowhere(place, state.autograd.clock, why, name, tensor.node or 0))


def note_handed_on(name: str, refs: Iterable[int], state: State) -> None:
    """Note the leaves below what is handed to code out of sight, which may differentiate it."""
    if _LOOKS_ON.search(name) or not _trains_in_sight(state):
        return
    for leaf in {leaf for ref in refs for leaf in _leaves_of(ref, state)}:
        state.heap.note(leaf, LeadsNowhere(None, state.autograd.clock, None))


def _is_loss(name: str) -> bool:
    return _LOSS.search(name) is not None and _EVALUATED.search(name) is None


def _trains_in_sight(state: State) -> bool:
    return bool(state.autograd.trained) or bool(state.heap.owners(HeldTensors))


def _leaves_of(ref: int, state: State) -> set[int]:
    """The leaves below a tensor that an optimizer may hold."""
    tensor = state.autograd.tensors.get(ref)
    return set() if tensor is None or tensor.node is None else state.autograd.trainable_below((tensor.node,))


def _is_dropped(run: Run, name: str, node: ir.Assign) -> bool:
    """Whether a module's method binds what it computes to a name that is bound anew, or forgotten, before it is read."""
    if not run.running or name.startswith("_") or not isinstance(node.value, ir.Call):
        return False
    known = run.dead_stores.get(id(node))
    if known is None:
        owner = run.owner_of(run.running[-1])
        known = owner is not None and owner.kind == "module" and _is_never_read(run, name, node)
        run.dead_stores[id(node)] = known
    return known


def _is_never_read(run: Run, name: str, node: ir.Assign) -> bool:
    names = Liveness(run.mentions)
    block = _block_of(node, run.body)
    for statement in block[block.index(node) + 1 :]:
        if isinstance(statement, ir.Assign) and _rebinds(statement, name, names):
            return True
        if name in names.mentioned_in(statement):
            return False
    return block is run.body


def _block_of(node: ir.Statement, body: ir.Body) -> ir.Body:
    """The innermost block in which a statement of a body stands."""
    pending = [body]
    while pending:
        block = pending.pop()
        if any(each is node for each in block):
            return block
        pending += [inner for statement in block for inner in blocks_of(statement)]
    return (node,)


def _rebinds(statement: ir.Assign, name: str, names: Liveness) -> bool:
    bound = all(isinstance(target, ir.Name) and target.id == name for target in statement.targets)
    return bound and statement.value is not None and name not in names.mentioned_in(statement.value)


# -- what is left frozen -------------------------------------------------------------------------------------------------


def note_left_frozen(owner: int, held: list[int], state: State) -> None:
    """Note the leaves that an optimizer is about to step, and that are frozen where they were meant to be trained.

    That is so where others of it were frozen with them, for the backward of another loss, and told to require grad again; and
    where all that it holds is frozen.
    """
    made, stepped = state.heap.fact(owner, MadeAsOptimizer), state.heap.fact(owner, SteppedLast)
    state.heap.note(owner, SteppedLast(state.autograd.clock))
    frozen = {ref: fact for ref in held if (fact := _frozen(ref, state)) is not None}
    if made is None or not frozen:
        return
    whole = len(frozen) == len(set(held))
    for ref, since in frozen.items():
        thawed = _thawed_without(ref, since, held, made.time, 0 if stepped is None else stepped.time, state)
        if thawed is not None:
            where, why = call_or_place(thawed.place, thawed.calls, state.autograd.calls), DeadEnd.THAW
        elif whole and since.time > made.time:
            where, why = call_or_place(since.place, since.calls, state.autograd.calls), DeadEnd.FREEZE
        else:
            continue
        state.heap.note(ref, LeadsNowhere(where, since.time, why))


def _frozen(ref: int, state: State) -> FrozenAt | None:
    """How a leaf was frozen that nobody has trained."""
    tensor = state.autograd.tensors.get(ref)
    if tensor is None or tensor.grad.possible or tensor.frozen is None or ref in state.autograd.graded:
        return None
    return state.heap.fact(ref, FrozenAt)


def emit_frozen_since(run: Run, owner: int, held: list[int], step: Place, state: State) -> None:
    """Tell of models out of sight that were trained, then frozen with all that an optimizer holds, and are stepped again."""
    made = state.heap.fact(owner, MadeAsOptimizer)
    frozen = [state.heap.fact(ref, FrozenAt) for ref in held if not state.autograd.tensors[ref].grad.possible]
    since = frozen[0] if frozen else None
    if made is None or since is None or len(frozen) < len(held) or not state.autograd.trained.issuperset(held):
        return
    trained_before = any(past.had_gradient and set(held) <= set(past.held) for past in state.optimizer_steps)
    if not trained_before or since.time < made.time or state.autograd.walks <= since.walks:
        return
    names = tuple((made_at(state, ref), _model_of(ref, state)) for ref in held)
    where = call_or_place(since.place, since.calls, state.autograd.calls)
    premises = with_path(if_trained(held, state), state, since.time)
    run.emit(OutOfReach(where, premises, step, names, DeadEnd.FREEZE, trained_before=True), state)


def _thawed_without(
    ref: int, frozen: FrozenAt, held: Iterable[int], made: int, stepped: int, state: State
) -> Thawed | None:
    """How another leaf of the same optimizer was told to require grad again that was frozen together with this one, for a
    backward in between that was not for a step of this optimizer.
    """
    for other in held:
        with_it, thawed = state.heap.fact(other, FrozenAt), state.heap.fact(other, Thawed)
        if with_it is None or thawed is None or not state.autograd.tensors[other].grad.possible:
            continue
        together = with_it.place is frozen.place and with_it.calls == frozen.calls
        meanwhile = made < with_it.time < thawed.time and stepped < with_it.time and thawed.walks > with_it.walks
        if together and meanwhile:
            return thawed
    return None


# -- the end -------------------------------------------------------------------------------------------------------------


def emit_out_of_reach(run: Run, untrained: Iterable[tuple[Place, int]], state: State) -> None:
    """Tell of parameters that were stepped, each with its step, and that no backward on this path has reached."""
    if not state.autograd.walks:
        return
    found: dict[tuple[LeadsNowhere, Place], dict[int, None]] = {}
    for step, ref in untrained:
        nowhere = state.heap.fact(ref, LeadsNowhere)
        if nowhere is not None and nowhere.why is not None and _is_meant(ref, state):
            found.setdefault((nowhere, step), {})[ref] = None
    known = Names(state)
    for (nowhere, step), refs in found.items():
        held = tuple((made_at(state, ref), _name(ref, known, state)) for ref in refs)
        if nowhere.why is not None and not any(library.NOT_TRAINED.search(name) for _, name in held):
            premises = with_path(if_trained(refs, state), state, nowhere.time)
            run.emit(OutOfReach(nowhere.place, premises, step, held, nowhere.why, nowhere.name), state)


def _name(ref: int, known: Names, state: State) -> str:
    """What the program calls a parameter, or the model out of sight for all of whose parameters it stands."""
    return next(iter(known.of((ref,), frozen=True)), "") or _model_of(ref, state)


def _model_of(ref: int, state: State) -> str:
    """The name of the model out of sight for all of whose parameters a tensor stands."""
    models = (state.heap.fact(owner, OpaqueModel) for owner, _ in state.heap.holding(ref))
    return next((each.name for each in models if each is not None), "")


def has_loss(ref: int, cuts: Iterable[Cut], state: State) -> bool:
    """Whether a loss is computed with a leaf that nothing in sight differentiates, and that none of these cuts is taken of."""
    nowhere = state.heap.fact(ref, LeadsNowhere)
    if nowhere is None or nowhere.why is not DeadEnd.LOSS or not _is_meant(ref, state):
        return False
    return not any(origin >= nowhere.node for cut in cuts for origin in cut.origins)


def _is_meant(ref: int, state: State) -> bool:
    """Whether nothing speaks against a leaf being meant to be trained: it is none of a module in eval mode, and nobody asks for
    its gradient otherwise.
    """
    if ref in state.escaped or ref in state.differentiated or (ref, "grad") in state.heap:
        return False
    holders = [owner for owner, _ in state.heap.holding(ref)]
    return not any(state.heap.get((owner, "training")) == Literal(False) for owner in holders)


def may_be_reached(event: OutOfReach, run: Run, body: ir.Body) -> bool:
    """Whether statements that no path came by may use the loss, or unfreeze the parameters."""
    names = Liveness(run.mentions)
    functions = [function.code for function, _ in run.definitions.values()]
    thawing = {code.name for code in functions if any(map(_THAWS.search, (code.name, *code.mentions)))}
    frozen = event.why in {DeadEnd.THAW, DeadEnd.FREEZE}
    for block in (body, *(code.body for code in functions)):
        for statement in statements_in(block):
            if id(statement) in run.executed or isinstance(statement, (ir.Function, ir.Class)):
                continue
            mentioned = names.mentioned_in(statement)
            if event.name in mentioned or (frozen and _thaws(mentioned, thawing)):
                return True
    return False


def _thaws(mentioned: Iterable[str], thawing: set[str]) -> bool:
    return any(name in thawing or _THAWS.search(name) for name in mentioned)

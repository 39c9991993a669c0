"""Run one call on real PyTorch and observe what autograd saves, checks, reads, aliases and writes.

A `Subject` is one call with concrete tensors; `observe` runs it again and again, each time on fresh copies,
and disturbs one thing at a time: a version counter, the bytes of a saved tensor, one element of it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.autograd.graph import increment_version, saved_tensors_hooks
from torch.utils._pytree import tree_flatten

from flake8_gradsafe.runtime.signatures import tensor_kind

POKED_POSITIONS = 8
SINGLES = 16
Gradients = list[Tensor | None]
Write = Callable[[Tensor], object]


class Subject(Protocol):
    """One call that can be repeated on fresh tensors."""

    names: Sequence[str]
    """The parameter each tensor belongs to; a list of tensors gives its name to each of them."""
    originals: Sequence[Tensor]
    """The values that every run starts from."""

    def fresh(self, requires: frozenset[str]) -> tuple[list[Tensor], list[Tensor]]:
        """Copies of the originals, and the leaves that gradients are taken for."""

    def leaf_names(self, requires: frozenset[str]) -> list[str]:
        """The parameter that each leaf given by `fresh` belongs to."""

    def call(self, tensors: list[Tensor]) -> object:
        """The call itself, on tensors given by `fresh`."""


@dataclass
class Save:
    """One tensor that the caller holds too and that is kept for backward."""

    by: str
    when: set[str] = field(default_factory=set)
    readers: set[str] | None = None
    """The inputs whose gradient is computed from it, where each of several inputs alone makes the call keep it."""
    checked: bool | None = None
    reads: str | None = None
    whole: bool | None = None
    sure: bool = True


@dataclass
class Observation:
    """What one call did; `merge` in facts.py joins several into a row of operators.json."""

    outputs: str
    count: int
    differentiable: set[int] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)
    saves: dict[str, Save] = field(default_factory=dict)
    frees: bool = False
    frees_when: set[str] = field(default_factory=set)
    aliases: set[tuple[int, str, str]] = field(default_factory=set)
    multi_view: bool = False
    writes: dict[str, bool] = field(default_factory=dict)
    passes: dict[str, bool] = field(default_factory=dict)
    shapes: set[str] = field(default_factory=set)
    axes: set[tuple[str, int]] = field(default_factory=set)
    stored: set[str] | None = None
    kinds: tuple[str, ...] = ()
    """The kind of each output where that is not a matter of course: complex numbers are given or made, or there are
    integers or booleans alone."""


@dataclass
class Run:
    """A forward that has been run and can be differentiated."""

    tensors: list[Tensor]
    leaves: list[Tensor]
    outputs: list[Tensor]
    kind: str
    kept: list[Tensor]
    versions: list[int]


class Unusable(Exception):
    """The call cannot be measured; the message says why."""


def observe(subject: Subject, probe_reads: bool) -> Observation:
    """Observe one call.

    `probe_reads` asks for the slow part as well: what backward reads of each saved tensor.
    Raises Unusable where the call fails on CPU in float64.
    """
    candidates = [
        name
        for name in dict.fromkeys(subject.names)
        if any(_differentiable(t) for n, t in zip(subject.names, subject.originals, strict=True) if n == name)
    ]
    singles = candidates[:SINGLES] if len(candidates) > 1 else []
    trials = {name: _try(subject, frozenset([name])) for name in singles}
    usable = [name for name, trial in trials.items() if trial]
    together = frozenset([*usable, *candidates[SINGLES:]]) if singles else frozenset(candidates)
    whole = _try(subject, together)
    if whole is None and _lacks_derivative(subject, together):
        together = frozenset()
        whole = _try(subject, together)
    if whole is None:
        raise Unusable("backward fails with every input requiring grad")
    observation = _observe_forward(subject, together)
    observation.frees = whole.frees
    patterns = {together: whole} | {frozenset([name]): trials[name] for name in usable}
    for pattern, trial in patterns.items():
        if trial and len(pattern) == 1:
            observation.needs |= pattern if trial.in_graph else set()
            observation.frees_when |= pattern if trial.frees else set()
        _observe_saves(subject, pattern, pattern == together, observation)
    _settle_when(observation, together)
    observation.passes = _observe_passes(subject, together)
    if probe_reads:
        for pattern in patterns:
            _probe_saves(subject, pattern, observation)
        for pattern in patterns.keys() - {together}:
            _probe_readers(subject, pattern, observation)
    return observation


def seed(number: int) -> None:
    """Seed the CPU alone: torch.manual_seed also asks every accelerator, at thirty times the cost."""
    torch.default_generator.manual_seed(number)


def forward(subject: Subject, requires: frozenset[str], keep: bool = False) -> Run:
    """Run the call once from the same seed; with `keep`, list what autograd packs, its checks being off."""
    seed(11)
    tensors, leaves = subject.fresh(requires)
    versions = [t._version for t in tensors]
    kept: list[Tensor] = []
    try:
        if keep:
            with saved_tensors_hooks(kept.append, _never_unpacked):
                result = subject.call(tensors)
        else:
            result = subject.call(tensors)
    except Exception as error:  # any operator may refuse its sample in its own way
        raise Unusable(_first_line(error)) from error
    kind, outputs = _outputs_of(result)
    return Run(tensors, leaves, outputs, kind, kept, versions)


def gradients(run: Run, retain: bool = False) -> Gradients:
    """Gradients of every leaf for the same random upstream gradient; RuntimeError where backward raises."""
    return _gradients_of(run, _upstream(run), retain)


def _upstream(run: Run) -> list[Tensor]:
    """A random gradient for each output that can be differentiated."""
    outputs = [t for t in run.outputs if t.requires_grad]
    if not run.leaves or any(t.is_meta for t in outputs):
        return []
    seed(12)
    return [torch.randn_like(t.detach()) for t in outputs]


def _gradients_of(run: Run, upstream: list[Tensor], retain: bool = False) -> Gradients:
    if not upstream:
        return []
    outputs = [t for t in run.outputs if t.requires_grad]
    return list(torch.autograd.grad(outputs, run.leaves, upstream, retain_graph=retain, allow_unused=True))


def kept_names(subject: Subject, requires: frozenset[str]) -> dict[str, str]:
    """Name and manner of every tensor of the caller's that the call keeps for backward."""
    run = forward(subject, requires, keep=True)
    return {what: by for what, (by, _) in _classify(subject, run).items()}


def same_values(left: Tensor, right: Tensor) -> bool:
    """Whether two tensors hold equal values, NaN being equal to NaN."""
    if left.device != right.device or left.shape != right.shape or left.dtype != right.dtype:
        return False
    if left.is_meta:
        return True
    if left.layout != torch.strided or right.layout != torch.strided:
        return False
    if left.is_floating_point() or left.is_complex():
        return bool(torch.allclose(left, right, rtol=1e-9, atol=0.0, equal_nan=True))
    return bool(torch.equal(left, right))


def _never_unpacked(_: object) -> Tensor:
    raise AssertionError("a run that lists saved tensors is not differentiated")


def _differentiable(tensor: Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {(str(error).strip().splitlines() or [''])[0][:80]}"


def _outputs_of(result: object) -> tuple[str, list[Tensor]]:
    if isinstance(result, Tensor):
        return "tensor", [result]
    tensors = [leaf for leaf in tree_flatten(result)[0] if isinstance(leaf, Tensor)]
    if isinstance(result, (tuple, list)) and tensors:
        named = isinstance(result, tuple) and type(result) is not tuple
        return ("named" if named else "sequence"), tensors
    return "other", tensors


@dataclass(frozen=True)
class _Trial:
    """A call that forward and backward accept: whether its result is in the graph, and backward frees it."""

    in_graph: bool
    frees: bool


def _try(subject: Subject, requires: frozenset[str]) -> _Trial | None:
    try:
        run = forward(subject, requires)
        gradients(run)
    except (Unusable, RuntimeError):
        return None
    in_graph = any(t.requires_grad for t in run.outputs)
    try:
        gradients(run)
    except RuntimeError as error:
        return _Trial(in_graph, "second time" in str(error))
    return _Trial(in_graph, False)


def _lacks_derivative(subject: Subject, requires: frozenset[str]) -> bool:
    """Whether PyTorch has no derivative of the call: what it gives is in no graph that a backward could go through."""
    try:
        gradients(forward(subject, requires))
    except Unusable:
        return False
    except RuntimeError as error:
        return "derivative for" in str(error) and "is not implemented" in str(error)
    return False


def _address(tensor: Tensor) -> int:
    if tensor.layout != torch.strided or tensor.numel() == 0 or tensor._is_zerotensor():
        return 0
    return tensor.untyped_storage().data_ptr()


def _observe_forward(subject: Subject, together: frozenset[str]) -> Observation:
    run = forward(subject, together)
    observation = Observation(run.kind, len(run.outputs))
    for position, output in enumerate(run.outputs):
        if output.requires_grad:
            observation.differentiable.add(position)
        for name, tensor in zip(subject.names, run.tensors, strict=True):
            if output is tensor:
                observation.aliases.add((position, name, "same"))
            elif output._base is tensor or (_address(output) and _address(output) == _address(tensor)):
                observation.aliases.add((position, name, "view"))
    for name, tensor, before, version in zip(subject.names, run.tensors, subject.originals, run.versions, strict=True):
        bumped = tensor._version != version
        if bumped or not same_values(tensor.detach(), before):
            observation.writes[name] = bumped or observation.writes.get(name, False)
    observation.kinds = _kinds_of_outputs(run)
    observation.multi_view = _is_multi_view(run)
    tensors = dict(zip(subject.names, run.tensors, strict=True))
    observation.aliases = {
        (at, of, _kind_of_alias(run.outputs[at], tensors[of]) if kind == "view" else kind)
        for at, of, kind in observation.aliases
    }
    return observation


def _kind_of_alias(output: Tensor, tensor: Tensor) -> str:
    """What an output is that shares memory with a tensor: a view of all or of a part of it, or no view at all."""
    if _counts_apart(output, tensor):
        return "memory"
    return "part" if _size_in_bytes(output) < _size_in_bytes(tensor) else "view"


def _size_in_bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _kinds_of_outputs(run: Run) -> tuple[str, ...]:
    kinds = tuple(map(tensor_kind, run.outputs))
    no_gradient = not any(t.requires_grad for t in run.outputs)
    is_complex = "C" in {*kinds, *map(tensor_kind, run.tensors)}
    return kinds if is_complex or (no_gradient and set(kinds) - {"T"}) else ()


def _counts_apart(output: Tensor, tensor: Tensor) -> bool:
    """Whether a write to an output leaves the version of the tensor whose memory it has as it was: it is no view."""
    if output._base is not None:
        return False
    before = tensor._version
    with torch.no_grad():
        output.add_(0)
    return tensor._version == before


def _is_multi_view(run: Run) -> bool:
    try:
        for output in run.outputs:
            if output.requires_grad:
                output.add_(0)
    except RuntimeError as error:
        return "multiple views" in str(error)
    return False


def _observe_passes(subject: Subject, together: frozenset[str]) -> dict[str, bool]:
    """For each parameter whether its gradient shares memory with the incoming one.

    Left out is a parameter that the other operands broadcast: its gradient is a sum because of their shapes, which says
    nothing of the operator.
    """
    run = forward(subject, together)
    upstream = _upstream(run)
    incoming = {_address(gradient) for gradient in upstream} - {0}
    passes: dict[str, bool] = {}
    found = zip(subject.leaf_names(together), run.leaves, _gradients_of(run, upstream), strict=False)
    taking_part = [(name, leaf, gradient) for name, leaf, gradient in found if gradient is not None]
    shapes = [leaf.shape for _, leaf, _ in taking_part]
    for name, leaf, gradient in taking_part:
        if not _is_broadcast(leaf, shapes, run.outputs):
            passes[name] = passes.get(name, True) and _address(gradient) in incoming
    return passes


def _is_broadcast(operand: Tensor, operands: Sequence[torch.Size], outputs: Sequence[Tensor]) -> bool:
    try:
        common = torch.broadcast_shapes(*operands)  # type: ignore[no-untyped-call]
    except RuntimeError:
        return False
    return operand.shape != common and all(output.shape == common for output in outputs)


def _observe_saves(subject: Subject, pattern: frozenset[str], is_all: bool, observation: Observation) -> None:
    run = forward(subject, pattern, keep=True)
    found = _classify(subject, run)
    for what, (by, _) in found.items():
        save = observation.saves.setdefault(what, Save(by))
        if by == "reference":
            save.by = by
        if len(pattern) == 1:
            save.when |= pattern
    if is_all:
        for what, save in observation.saves.items():
            save.sure = save.sure and what in found


def _settle_when(observation: Observation, together: frozenset[str]) -> None:
    """A save seen only with several inputs requiring grad is no OR of single ones: say so by sure=False."""
    for save in observation.saves.values():
        if not save.when:
            save.when = set(together)
            save.sure = False


def _classify(subject: Subject, run: Run) -> dict[str, tuple[str, Tensor]]:
    """The kept tensors that the caller holds too: name → (manner, the caller's own tensor)."""
    found: dict[str, tuple[str, Tensor]] = {}
    for kept in (t for t in run.kept if _address(t)):
        place = _place_of(subject, run, kept)
        if place is None:
            continue
        what, by, tensor = place
        if what not in found or (by == "reference" and found[what][0] != "reference"):
            found[what] = (by, tensor)
    return found


def _place_of(subject: Subject, run: Run, kept: Tensor) -> tuple[str, str, Tensor] | None:
    written = {id(t) for t, v in zip(run.tensors, run.versions, strict=True) if t._version != v}
    for name, tensor in zip(subject.names, run.tensors, strict=True):
        if kept is tensor and id(tensor) not in written:
            return name, "reference", tensor
    for position, output in enumerate(run.outputs):
        if kept is output:
            return f"output.{position}", "handle" if output.requires_grad else "reference", output
    address = _address(kept)
    if not address:
        return None
    for name, tensor in zip(subject.names, run.tensors, strict=True):
        if _address(tensor) == address and id(tensor) not in written:
            return name, "alias", tensor
    for position, output in enumerate(run.outputs):
        if _address(output) == address:
            return f"output.{position}", "alias", output
    return None


def _probe_saves(subject: Subject, pattern: frozenset[str], observation: Observation) -> None:
    """Disturb each saved tensor in turn, unless a pattern with more inputs has told already."""
    pending = {what: save for what, save in observation.saves.items() if save.checked is None}
    if not pending:
        return
    places = _positions(subject, pattern)
    for what, save in pending.items():
        if what in places:
            _probe_save(subject, pattern, places[what], save)


def _positions(subject: Subject, pattern: frozenset[str]) -> dict[str, tuple[bool, int]]:
    """For each saved name: whether it is an output, and its index among the tensors of that side."""
    run = forward(subject, pattern, keep=True)
    places: dict[str, tuple[bool, int]] = {}
    for what, (_, tensor) in _classify(subject, run).items():
        side = run.outputs if what.startswith("output.") else run.tensors
        places[what] = (side is run.outputs, next(i for i, t in enumerate(side) if t is tensor))
    return places


def _probe_readers(subject: Subject, pattern: frozenset[str], observation: Observation) -> None:
    """Whether what a single input makes the call keep is read for that input's gradient, or kept in vain."""
    pending = {
        what: save
        for what, save in observation.saves.items()
        if save.reads not in {None, "shape"} and pattern < save.when
    }
    places = _positions(subject, pattern) if pending else {}
    for what, save in pending.items():
        if what in places:
            probe = Save(save.by)
            _probe_save(subject, pattern, places[what], probe)
            read = pattern if probe.reads != "shape" else frozenset[str]()
            save.readers = (save.readers or set()) | read


def _probe_save(subject: Subject, pattern: frozenset[str], place: tuple[bool, int], save: Save) -> None:
    def disturbed(write: Write) -> Gradients | None:
        run = forward(subject, pattern)
        is_output, index = place
        target = (run.outputs if is_output else run.tensors)[index]
        with torch.no_grad():
            write(target)
        return gradients(run)

    try:
        right = gradients(forward(subject, pattern))
    except RuntimeError:
        return
    save.checked = _raises_when_bumped(disturbed)

    def changes(write: Write) -> bool:
        try:
            return not _same_gradients(disturbed(write), right)
        except _CannotWrite:
            return False
        except RuntimeError:
            return True

    run = forward(subject, pattern)
    target = (run.outputs if place[0] else run.tensors)[place[1]]
    save.reads = _reads(target, changes)
    if save.reads in ("value", "magnitude", "sign"):
        save.whole = _whole(target, changes)


class _CannotWrite(Exception):
    pass


def _raises_when_bumped(disturbed: Callable[[Write], Gradients | None]) -> bool:
    """Whatever the words: a saved view of a changed base is refused in other ones than a changed tensor."""
    try:
        disturbed(increment_version)
    except RuntimeError:
        return True
    return False


def _same_gradients(left: Gradients | None, right: Gradients) -> bool:
    if left is None or len(left) != len(right):
        return False
    for one, other in zip(left, right, strict=True):
        if (one is None) != (other is None):
            return False
        if one is not None and other is not None and not same_values(one, other):
            return False
    return True


def _silently(change: Callable[[Tensor], object]) -> Write:
    def write(tensor: Tensor) -> None:
        try:
            change(tensor.data)  # noqa: GRD912
        except RuntimeError as error:  # an expanded tensor cannot be written whole
            raise _CannotWrite from error

    return write


def _reads(target: Tensor, changes: Callable[[Write], bool]) -> str | None:
    """ "value", "magnitude", "sign" or "shape"; None where the tensor has no other valid value."""
    if not _differentiable(target):
        writes = _other_valid_values(target)
        if not writes:
            return None
        return "value" if any(changes(write) for write in writes) else "shape"
    keeps_sign: list[Callable[[Tensor], object]] = [
        lambda t: t.mul_(2),
        lambda t: t.mul_(0.5),
        lambda t: t.add_(torch.sgn(t), alpha=0.37),
    ]
    keeps_magnitude: list[Callable[[Tensor], object]] = [
        lambda t: t.neg_(),
        lambda t: t.abs_().neg_(),
        lambda t: t.abs_(),
    ]
    if any(changes(_silently(write)) for write in keeps_sign):
        return "value" if any(changes(_silently(write)) for write in keeps_magnitude) else "magnitude"
    changes_sign: list[Callable[[Tensor], object]] = [
        lambda t: t.neg_(),
        lambda t: t.zero_(),
        lambda t: t.fill_(0.83),
    ]
    if any(changes(_silently(write)) for write in changes_sign):
        return "sign"
    return "shape"


def _other_valid_values(target: Tensor) -> list[Write]:
    """The inverted mask; or other indices, none outside the range seen, for kernels crash on those."""
    if target.dtype == torch.bool:
        return [_silently(lambda t: t.logical_not_())]  # noqa: GRD911
    values = target.detach().reshape(-1)
    low, high = values.min(), values.max()
    if low == high:
        return [_silently(lambda t: t.sub_(1))] if int(high) > 0 else []  # noqa: GRD911
    others = [values.flip(0), values.roll(1), low + high - values, (values - 1).clamp(low, high)]
    return [_silently(functools.partial(_overwrite, values=v)) for v in others if not torch.equal(v, values)]


def _overwrite(tensor: Tensor, values: Tensor) -> None:
    tensor.copy_(values.view_as(tensor))  # noqa: GRD911


def _whole(target: Tensor, changes: Callable[[Write], bool]) -> bool:
    """Whether every element that is poked changes a gradient."""
    positions = list(itertools.islice(_spread(target), POKED_POSITIONS))
    return all(any(changes(poke) for poke in _pokes(target, position)) for position in positions)


def _spread(target: Tensor) -> Iterator[tuple[int, ...]]:
    count = target.numel()
    step = max(1, -(-count // POKED_POSITIONS))
    for flat in range(0, count, step):
        position: list[int] = []
        for size in reversed(target.shape):
            flat, index = divmod(flat, size)
            position.insert(0, index)
        yield tuple(position)


def _pokes(target: Tensor, position: tuple[int, ...]) -> Iterator[Write]:
    if target.dtype == torch.bool:
        yield _silently(lambda t: t[position].logical_not_())
    elif not _differentiable(target):
        old = target[position]
        low, high = int(target.min()), int(target.max())
        for value in sorted({low, high, max(int(old) - 1, low)} - {int(old)}):
            yield _silently(lambda t, value=value: t[position].fill_(value))  # type: ignore[misc]
    else:
        yield _silently(lambda t: t[position].mul_(-1.7).sub_(torch.sgn(-t[position]), alpha=-0.9))
        yield _silently(lambda t: t[position].mul_(3))
        yield _silently(lambda t: t[position].mul_(0.1))
        yield _silently(lambda t: t[position].fill_(0.83))


def values_of(result: Any) -> list[Tensor]:
    """The tensors of a call's result, in order."""
    return [t.detach() for t in _outputs_of(result)[1]]

"""The guard itself: it sees what is saved, what is written, and what backward reads."""

import functools
import threading
import warnings
import weakref
from collections.abc import Sequence
from contextlib import ContextDecorator, ExitStack
from typing import Any, Literal, cast

import torch
from torch.autograd.graph import Node, saved_tensors_hooks

from flake8_gradsafe.runtime.auditing.findings import GradientError, GradientWarning, Seen
from flake8_gradsafe.runtime.auditing.lost import LossAudit
from flake8_gradsafe.runtime.auditing.modes import Calls, Function, Writes, tensors_in
from flake8_gradsafe.runtime.auditing.nodes import new_nodes
from flake8_gradsafe.runtime.auditing.places import Line, running_line
from flake8_gradsafe.runtime.auditing.raw_writes import EXPORTING, LineTrace
from flake8_gradsafe.runtime.auditing.saves import Operation, Save, can_be_watched, storage_of
from flake8_gradsafe.runtime.auditing.training import TrainingAudit

Mode = Literal["raise", "warn", "record"]

_UNSEEN = "code that PyTorch does not see (NumPy, or raw memory)"
#: Said where nobody has tried whether what has changed matters.
_UNTRIED = "the gradient that it gives on may be wrong"
#: What no operator below tells: that a tensor gets other memory, or is cut off, and that running statistics are written.
_CHANGING = frozenset({"data=", "detach_", "batch_norm", "instance_norm"})
#: While so much memory is saved, no further nodes are tried: PyTorch cannot free a deep graph whose nodes Python has looked at.
_MOST_LIVE = 10_000


class Guard(ContextDecorator):
    """Watches a program for gradients that are wrong or lost, though PyTorch raises nothing.

    While it is entered, `findings` grows. `notes` are what may be meant so: parameters without a gradient that an optimizer
    holds, and parameters with one that none holds; they are made when it is left. With `exact`, a copy of each saved tensor is
    kept, and a change is told only where it changes what an operator's backward gives on; else a sample of it is kept, and any
    change is told.
    Raises GradientError where `mode` is `raise`, and issues a GradientWarning where it is `warn`. A backward that PyTorch
    refuses, since a saved tensor was modified in place, is refused in any mode, with the line that wrote.
    """

    def __init__(self, mode: Mode = "raise", *, exact: bool = True, steps: int = 2) -> None:
        """Be ready to watch. Parameters without a gradient are noted after so many `steps` of their optimizer."""
        if mode not in {"raise", "warn", "record"}:
            raise ValueError(f'mode: {mode!r}; expected "raise", "warn" or "record"')
        self.mode = mode
        self.exact = exact
        self.findings: list[Seen] = []
        self.notes: list[Seen] = []
        self._training = TrainingAudit(steps)
        self._losses = LossAudit(self._tell)
        self._lines = LineTrace(self._after_line)
        self._exported: set[int] = set()
        self._live: dict[int, list[weakref.ref[Save]]] = {}
        self._here = threading.local()
        self._entered: list[ExitStack] = []
        self._told: set[tuple[object, ...]] = set()

    def __enter__(self) -> "Guard":
        """Begin to watch."""
        stack = ExitStack()
        stack.enter_context(self._training)
        stack.enter_context(self._losses)
        stack.enter_context(self._lines)
        stack.enter_context(saved_tensors_hooks(self._pack, self._unpack))
        stack.enter_context(Writes(self))
        stack.enter_context(Calls(self))
        stack.enter_context(_custom_functions_seen(self))
        self._entered.append(stack)
        return self

    def __exit__(self, *error: object) -> None:
        """Watch no longer, and note what was never trained."""
        self._entered.pop().close()
        self.notes = list(self._training.notes())

    def trace_lines(self) -> set[Line]:
        """Note each line that the program comes by, from here on; they are added to the set that this gives."""
        self._lines.begin()
        return self._lines.reached

    def called(self, function: Function, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call a function of PyTorch for the program, and look at the nodes that it makes."""
        outer = self._call()
        call = self._here.call = _Call(Operation(name, running_line()), (args, kwargs))
        try:
            self._losses.before(call.operation, args)
            before = self._saves_of(*tensors_in(call.given)) if name in _CHANGING else []
            result = function(*args, **kwargs)
            for save in before:
                save.note_change(call.operation)
            if call.saves and self.exact and len(self._live) < _MOST_LIVE:
                self._watch_nodes(result, call.saves)
            self._losses.after(call.operation, call.given, result)
            if name in EXPORTING:
                self._exports(call.given, result)
            return result
        finally:
            self._here.call = outer

    def wrote(self, tensor: torch.Tensor, name: str) -> None:
        """Remember what has written memory that an operator saved, if it holds something else now."""
        saves = self._saves_of(tensor)
        if saves:
            call = self._call()
            operation = Operation(name if call is None else call.operation.name, running_line())
            for save in saves:
                save.note_change(operation)

    def _exports(self, *values: Any) -> None:
        """Others have a hand in the memory of some tensors from here on."""
        self._exported |= {storage_of(tensor) for tensor in tensors_in(list(values)) if can_be_watched(tensor)}
        self._lines.begin()

    def _after_line(self, line: Line) -> None:
        for storage in self._exported & self._live.keys():
            for save in self._saves_in(storage):
                save.note_change(Operation(line.text, line))

    def _call(self) -> "_Call | None":
        """The function of PyTorch that runs on this thread."""
        return getattr(self._here, "call", None)

    def _saves_of(self, *tensors: torch.Tensor) -> list[Save]:
        """What operators saved of some tensors' memory."""
        storages = [storage_of(tensor) for tensor in tensors if can_be_watched(tensor)] if self._live else []
        return [save for storage in storages for save in self._saves_in(storage)]

    def _saves_in(self, storage: int) -> list[Save]:
        return [save for reference in self._live.get(storage, ()) if (save := reference()) is not None]

    def _pack(self, tensor: torch.Tensor) -> Save | torch.Tensor:
        if not can_be_watched(tensor):
            return tensor.detach()
        call = self._call() or _Call(Operation("an operator", running_line()), ())
        save = Save(tensor, call.operation, is_result=not call.was_given(tensor), whole=self.exact)
        self._live.setdefault(save.storage, []).append(weakref.ref(save, _forgetting(save.storage, self._live)))
        call.saves.append(save)
        return save

    def _unpack(self, saved: Save | torch.Tensor) -> torch.Tensor:
        if not isinstance(saved, Save):
            return saved
        if self._reads_as_saved():
            return saved.kept
        refusal = saved.refusal()
        if refusal:
            raise RuntimeError(refusal)
        if not saved.is_tried and saved.was_changed():
            self._tell(_corruption(saved, _UNTRIED))
        return saved.as_pytorch_reads_it()

    def _reads_as_saved(self) -> bool:
        """Whether a node is tried just now with what was saved."""
        return getattr(self._here, "as_saved", False)

    def _watch_nodes(self, result: Any, saves: Sequence[Save]) -> None:
        for save in saves:
            save.is_tried = True
        for node in new_nodes(result):
            node.register_prehook(functools.partial(self._before_node, tuple(saves)))

    def _before_node(self, saves: Sequence[Save], gradients: Sequence[torch.Tensor | None]) -> None:
        """Tell of saved tensors that were changed behind autograd's back, where that changes what a node gives on."""
        backward = torch._C._current_graph_task_id()
        changed = [save for save in saves if save.is_changed_in(backward) and not save.refusal()]
        node = torch._C._current_autograd_node() if changed else None
        if node is None or self._reads_as_saved():
            return
        now, then = self._given_on(node, gradients, as_saved=False), self._given_on(node, gradients, as_saved=True)
        if now is None or then is None or all(map(_is_same_gradient, now, then)):
            return
        for save in changed:
            self._tell(_corruption(save, "the gradient that it gives on is wrong"))

    def _given_on(
        self, node: Node, gradients: Sequence[torch.Tensor | None], *, as_saved: bool
    ) -> tuple[torch.Tensor | None, ...] | None:
        """The gradients that a node gives on, of what was saved or of what is there now; None where it cannot be tried."""
        self._here.as_saved = as_saved
        try:
            with torch.no_grad():
                given = _apply(node)(*gradients)
        except Exception:
            return None
        finally:
            self._here.as_saved = False
        return given if isinstance(given, tuple) else (given,)

    def _tell(self, seen: Seen) -> None:
        """Raise, warn or only remember; what happens at the same lines again is told once."""
        key = (seen.kind, seen.lines)
        if key in self._told:
            return
        self._told.add(key)
        self.findings.append(seen)
        if self.mode == "raise":
            raise GradientError(seen.message)
        if self.mode == "warn":
            warnings.warn(seen.message, GradientWarning, stacklevel=2)


def guard(mode: Mode = "raise", *, exact: bool = True, steps: int = 2) -> Guard:
    """Watch a block, `with guard():`, or a function, `@guard()`, for gradients that are wrong or lost.

    `mode` is what happens then: `raise` a GradientError, `warn`, or `record` in the guard's `findings`. `exact` keeps a copy of
    each saved tensor, which takes as much memory again as these; without, it keeps a sample. After so many `steps` of an
    optimizer, parameters that never had a gradient are noted.
    Raises ValueError for another mode.
    """
    return Guard(mode, exact=exact, steps=steps)


class _Call:
    """A function of PyTorch that runs: what it was given, and what was saved in it so far."""

    __slots__ = ("given", "operation", "saves")

    def __init__(self, operation: Operation, given: Any) -> None:
        self.operation = operation
        self.given = given
        self.saves: list[Save] = []

    def was_given(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor is an argument that the function does not make its result."""
        name = self.operation.name
        is_in_place = name.endswith("_") and not name.endswith("__")
        return not is_in_place and any(each is tensor for each in tensors_in(self.given))


def _apply(node: Node) -> Function:
    """What a node does to gradients: a method of a custom Function's, else the node itself."""
    return cast("Function", getattr(node, "apply", node))


def _corruption(save: Save, what: str) -> Seen:
    kind = "replaced" if save.was_replaced() else "overwritten"
    writer = save.writer
    how = _UNSEEN if writer is None else str(writer)
    message = f"{how} has {kind} a tensor {save.described} that {save.operation} saved for backward: {what}"
    return Seen(kind, message, (save.operation.line, *(() if writer is None else (writer.line,))))


def _custom_functions_seen(watching: Guard) -> ExitStack:
    """Let the guard see calls of custom Functions, which no mode of PyTorch sees."""
    plain = torch.autograd.Function.__dict__["apply"]

    def apply(cls: type[torch.autograd.Function], *args: Any, **kwargs: Any) -> Any:
        return watching.called(plain.__get__(None, cls), f"{cls.__name__}.apply", args, kwargs)

    stack = ExitStack()
    stack.callback(setattr, torch.autograd.Function, "apply", plain)
    setattr(torch.autograd.Function, "apply", classmethod(apply))  # noqa: B010
    return stack


def _forgetting(storage: int, live: dict[int, list[weakref.ref[Save]]]) -> Any:
    """What takes a save out of `live` when its graph lets go of it."""

    def forget(reference: weakref.ref[Save]) -> None:
        if storage in live:
            live[storage].remove(reference)
            if not live[storage]:
                del live[storage]

    return forget


def _is_same_gradient(one: torch.Tensor | None, other: torch.Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and torch.allclose(one, other, rtol=1e-6, atol=1e-12, equal_nan=True)

"""PyTorch's verdict on a source program, with the lines that are to blame.

A program is run twice in this process. The plain run is PyTorch as it is: it gives the RuntimeError, and the
gradients of every backward. The recorded run keeps every saved tensor in our hands and looks at them after
each executed line, so that a backward can be read as of any earlier line. A tracer attributes what happens to
lines.
"""

from __future__ import annotations

import contextlib
import io
import math
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType, ModuleType
from typing import Any, Literal

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.optim.optimizer import register_optimizer_step_pre_hook

Kind = Literal["refused", "wrong", "lost"]
Verdict = Literal["right", "refused", "wrong", "lost", "discarded"]
Leaves = list[torch.Tensor]
Gradients = list[torch.Tensor | None]

_FILE = "<program>"
_MOST_STEPS = 600  # executed lines
_TOLERANCE = 1e-9  # relative to the largest element of a leaf's gradient
_DOUBTFUL = (1e-13, 1e-6)  # a relative difference in between may be noise, or may be none
_VANISHED = 1e-11
_TINY = 1e-3  # gradients below this are compared absolutely: what vanishes but for rounding is the same

#: Key words of PyTorch's message, and the name that we give to that kind of RuntimeError.
ERRORS: tuple[tuple[str, str], ...] = (
    ("has been modified by an inplace operation", "modified-inplace"),
    ("saved tensor that has been detached in-place", "saved-detached"),
    ("backward through the graph a second time", "freed"),
    ("does not require grad and does not have a grad_fn", "no-grad"),
    ("One of the differentiated Tensors does not require grad", "input-no-grad"),
    ("a view of a leaf Variable that requires grad is being used in an in-place", "leaf-inplace"),
    ("a leaf Variable that requires grad is being used in an in-place operation", "leaf-inplace"),
    ("function that returns multiple views", "multi-view"),
    ("created in no_grad mode", "no-grad-view"),
    ("Can't detach views in-place", "detach-view"),
    ("only change requires_grad flags of leaf variables", "non-leaf-requires-grad"),
    ("Inference tensors cannot be saved for backward", "inference-saved"),
)


_CUT_OFF = ("saved-detached", "no-grad", "input-no-grad")


@dataclass(frozen=True)
class Harm:
    """One thing that goes wrong: how it is called, the line where it shows, and the lines that cause it.

    cause: a name of `ERRORS` for what is refused, else "unseen-write", "detached" or "frozen".
    """

    kind: Kind
    cause: str
    line: int
    guilty: frozenset[int]


@dataclass(frozen=True)
class Label:
    """What PyTorch does with a program: its verdict, and every harm in the order of execution.

    The verdict is that of the gravest harm (refused, then wrong, then lost). `reason` says why a program was
    discarded; `executed` are the lines that ran; `untrained`: at no step of its optimizer did some parameter
    have a gradient, which need not be a harm.
    """

    verdict: Verdict
    harms: tuple[Harm, ...] = ()
    reason: str = ""
    executed: frozenset[int] = frozenset()
    untrained: bool = False

    @property
    def causes(self) -> frozenset[str]:
        """What PyTorch showed, by name."""
        return frozenset(harm.cause for harm in self.harms) | ({"never-trained"} if self.untrained else set())


class _Discarded(Exception):
    """The program says nothing that we could hold a linter to."""


class _Stopped(BaseException):
    """The recorded run has followed the plain one as far as that went."""


@dataclass(frozen=True)
class _Refusal:
    """The RuntimeError that ended the plain run: its name, its line, and how many lines had run before."""

    cause: str
    line: int
    step: int


# --- running and tracing --------------------------------------------------------------------------


class _Tracer:
    """Counts the executed lines of the program, and calls `finished(line)` after each."""

    def __init__(self, finished: Callable[[int], None], stop: int | None = None) -> None:
        self.finished = finished
        self.stop = stop
        self.line = 0
        self.steps = 0
        self.error_step: int | None = None
        self.executed: set[int] = set()
        self.frame: FrameType | None = None

    def enter(self, frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
        """The trace function of the interpreter: follows frames of the program only."""
        if frame.f_code.co_filename != _FILE:
            return None
        self.finished(self.line)
        self.frame = frame
        return self.inside

    def inside(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
        """The trace function of a frame of the program."""
        if event == "line":
            self.finished(self.line)
            self.line = frame.f_lineno
            self.executed.add(self.line)
            self.steps += 1
            if self.steps == self.stop:
                raise _Stopped
            if self.steps > _MOST_STEPS:
                raise _Discarded("too long")
        elif event == "return":
            self.finished(self.line)
            caller = next(_frames_of_program(frame.f_back), None)
            if caller is not None:
                self.line, self.frame = caller.f_lineno, caller
        elif event == "exception" and self.error_step is None and issubclass(argument[0], RuntimeError):
            self.error_step = self.steps
        return self.inside


def _frames_of_program(frame: FrameType | None) -> Iterator[FrameType]:
    """The frame and its callers as far as they belong to the program; library code may lie in between."""
    while frame is not None:
        if frame.f_code.co_filename == _FILE:
            yield frame
        frame = frame.f_back


def _lines_of_stack() -> tuple[int, ...]:
    """Where the program is: the line that is being executed, the line that called it, and so on."""
    return tuple(frame.f_lineno for frame in _frames_of_program(sys._getframe()))


def _execute(code: CodeType, tracer: _Tracer, run: _Run) -> None:
    """Run the program under the tracer, with `run` in the place of what differentiates and cuts."""
    namespace = {"__name__": "__main__"}
    before = sys.gettrace()
    with quiet_and_repeatable(), _patched(run):
        sys.settrace(tracer.enter)
        try:
            exec(code, namespace)
        except _Stopped:
            pass
        finally:
            sys.settrace(before)
        tracer.finished(tracer.line)


@contextlib.contextmanager
def quiet_and_repeatable() -> Iterator[None]:
    dtype, grad_mode = torch.get_default_dtype(), torch.is_grad_enabled()
    random_state = torch.random.get_rng_state()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad_mode)
        torch.random.set_rng_state(random_state)


_next_node: Callable[[], int] = torch.autograd._get_sequence_nr  # type: ignore[attr-defined]
_BACKWARD = torch.Tensor.backward
_ENGINE = torch.autograd.backward
_GRAD = torch.autograd.grad
_REQUIRES_GRAD = torch.Tensor.requires_grad_
_REQUIRES_GRAD_FLAG = torch.Tensor.requires_grad
_DETACH = torch.Tensor.detach_


@contextlib.contextmanager
def _patched(run: _Run) -> Iterator[None]:
    def backward(
        loss: torch.Tensor,
        gradient: torch.Tensor | None = None,
        retain_graph: bool | None = None,
        **options: Any,
    ) -> None:
        run.backward(loss, gradient, bool(retain_graph), options)

    def engine(tensors: torch.Tensor, *arguments: Any, **options: Any) -> None:
        backward(tensors, *arguments, **options)

    def grad(outputs: Any, inputs: Any, **options: Any) -> tuple[torch.Tensor | None, ...]:
        return run.grad(outputs, inputs, options)

    def detach_(tensor: torch.Tensor) -> torch.Tensor:
        return run.detach_(tensor)

    def requires_grad_(tensor: torch.Tensor, requires_grad: bool = True) -> torch.Tensor:
        return run.requires_grad_(tensor, requires_grad)

    def flag(tensor: torch.Tensor) -> bool:
        return bool(_REQUIRES_GRAD_FLAG.__get__(tensor))  # type: ignore[attr-defined]

    def set_flag(tensor: torch.Tensor, requires_grad: bool) -> None:
        if requires_grad or not tensor.is_leaf:
            _REQUIRES_GRAD_FLAG.__set__(tensor, requires_grad)  # type: ignore[attr-defined]
        else:
            run.requires_grad_(tensor, requires_grad)

    torch.Tensor.backward = backward  # type: ignore[method-assign, assignment]
    torch.autograd.backward = engine  # type: ignore[assignment]
    torch.autograd.grad = grad  # type: ignore[assignment]
    torch.Tensor.detach_ = detach_  # type: ignore[assignment]
    torch.Tensor.requires_grad_ = requires_grad_  # type: ignore[method-assign, assignment]
    torch.Tensor.requires_grad = property(flag, set_flag)  # type: ignore[assignment]
    steps = register_optimizer_step_pre_hook(lambda optimizer, *_: run.stepped(optimizer))
    try:
        yield
    finally:
        steps.remove()
        torch.Tensor.backward = _BACKWARD  # type: ignore[method-assign]
        torch.autograd.backward = _ENGINE
        torch.autograd.grad = _GRAD
        # These are inherited from the C base class: a plain assignment would leave a copy behind.
        del torch.Tensor.detach_
        del torch.Tensor.requires_grad_
        del torch.Tensor.requires_grad


def _roots(outputs: Any) -> list[torch.Tensor]:
    return [outputs] if isinstance(outputs, torch.Tensor) else list(outputs)


def _nodes(roots: Iterable[torch.Tensor]) -> dict[Any, None]:
    """Every node that a backward from these tensors reaches, always in the same order."""
    found: dict[Any, None] = {}
    waiting: list[Any] = [root.grad_fn for root in roots]
    while waiting:
        node = waiting.pop()
        if node is None or node in found:
            continue
        found[node] = None
        waiting += [following for following, _ in node.next_functions]
    return found


def _edges(roots: Iterable[torch.Tensor]) -> int:
    """How many edges a backward from these tensors follows."""
    return sum(following is not None for node in _nodes(roots) for following, _ in node.next_functions)


def reached_leaves(root: torch.Tensor) -> Leaves:
    """The leaves that a backward from `root` reaches, also those that were frozen since."""
    if root.grad_fn is None:
        return [root] if root.requires_grad else []
    return [node.variable for node in _nodes([root]) if hasattr(node, "variable")]


# --- the two runs ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Cut:
    """A call of `detach_()` or `requires_grad_(False)`: its line and its callers', and what it was called on."""

    site: tuple[int, ...]
    tensor: torch.Tensor
    node: Any
    cause: str

    @property
    def lines(self) -> frozenset[int]:
        """The lines to blame: a helper that sets a flag does so for the one who calls it."""
        return frozenset(self.site[: 2 if self.cause == "frozen" else 1])


@dataclass
class _Backward:
    """One backward of the plain run: its line, its gradients, and the cuts behind which it still reached."""

    line: int
    gradients: Gradients
    cuts: list[_Cut] = field(default_factory=list)


class _Run:
    """PyTorch as it is; subclasses change what a backward does."""

    def __init__(self, ignored_site: tuple[int, ...] | None = None) -> None:
        self.ignored_site = ignored_site
        self.ignored: list[torch.Tensor] = []
        self.cuts: list[_Cut] = []
        self.backwards: list[_Backward] = []
        self.trained: dict[torch.Tensor, bool] = {}  # of all that optimizers hold: whether it had a gradient at a step
        self.tracer = _Tracer(self.finished)

    def finished(self, line: int) -> None:
        """A line has been executed."""

    def execute(self, code: CodeType) -> None:
        _execute(code, self.tracer, self)

    def backward(
        self, loss: torch.Tensor, gradient: torch.Tensor | None, retain_graph: bool, options: dict[str, Any]
    ) -> None:
        leaves = reached_leaves(loss)
        cuts = self.cuts_behind([loss])
        earlier = [leaf.grad for leaf in leaves]
        for leaf in leaves:
            leaf.grad = None
        _ENGINE(loss, gradient, retain_graph=retain_graph, **options)
        gradients = [leaf.grad for leaf in leaves]
        _accumulate(leaves, earlier, gradients)
        self.backwards.append(_Backward(self.tracer.line, _copies(gradients), cuts))

    def grad(self, outputs: Any, inputs: Any, options: dict[str, Any]) -> tuple[torch.Tensor | None, ...]:
        cuts = self.cuts_behind(_roots(outputs))
        gradients: tuple[torch.Tensor | None, ...] = _GRAD(outputs, inputs, **options)
        self.backwards.append(_Backward(self.tracer.line, _copies(gradients), cuts))
        return gradients

    def stepped(self, optimizer: torch.optim.Optimizer) -> None:
        """An optimizer is about to step."""
        for parameter in (parameter for group in optimizer.param_groups for parameter in group["params"]):
            self.trained[parameter] = self.trained.get(parameter, False) or parameter.grad is not None

    def detach_(self, tensor: torch.Tensor) -> torch.Tensor:
        return tensor if self.cut(tensor, "detached") else _DETACH(tensor)  # noqa: GRD931

    def requires_grad_(self, tensor: torch.Tensor, requires_grad: bool) -> torch.Tensor:
        if not requires_grad and self.cut(tensor, "frozen"):
            return tensor
        return _REQUIRES_GRAD(tensor, requires_grad)

    def cut(self, tensor: torch.Tensor, cause: str) -> bool:
        """Note a cut; whether it is to be ignored, as are all further ones of the same tensor."""
        site = _lines_of_stack()
        if site == self.ignored_site:
            self.ignored.append(tensor)
        if any(tensor is each for each in self.ignored):
            return True
        if tensor.requires_grad:
            self.cuts.append(_Cut(site, tensor, tensor.grad_fn, cause))
        return False

    def cuts_behind(self, roots: Sequence[torch.Tensor]) -> list[_Cut]:
        """The cuts whose tensor was used before, in what these roots are computed from."""
        if not self.cuts:
            return []
        nodes = _nodes(roots)
        leaves = {id(node.variable) for node in nodes if hasattr(node, "variable")}
        return [
            cut
            for cut in self.cuts
            if (cut.node in nodes if cut.node is not None else id(cut.tensor) in leaves)
            and (cut.node is not None or not cut.tensor.requires_grad)
        ]


def _copies(gradients: Iterable[torch.Tensor | None]) -> Gradients:
    return [None if gradient is None else gradient.detach().clone() for gradient in gradients]


def _accumulate(leaves: Leaves, earlier: Gradients, gradients: Gradients) -> None:
    for leaf, before, now in zip(leaves, earlier, gradients, strict=True):
        leaf.grad = before if now is None else now if before is None else before + now


@dataclass(eq=False)
class _Save:
    """One saved tensor: what backward would read, and its values over time, as (moment, bytes, values).

    `bumps` are the moments at which its version moved.
    """

    tensor: torch.Tensor
    version: int
    values: bytes
    history: list[tuple[int, torch.Tensor]]
    bumps: list[int] = field(default_factory=list)

    def look(self, moment: int) -> None:
        """Note what is new after a moment."""
        if self.tensor._version != self.version:
            self.version = self.tensor._version
            self.bumps.append(moment)
        values = _bytes(self.tensor)
        if values != self.values:
            self.values = values
            self.history.append((moment, self.tensor.detach().clone()))

    def as_of(self, moment: int) -> torch.Tensor:
        """The values just after a moment, or just saved where that was later."""
        latest = self.history[0][1]
        for changed, values in self.history[1:]:
            if changed > moment:
                break
            latest = values
        return latest


def _bytes(tensor: torch.Tensor) -> bytes:
    return tensor.detach().numpy().tobytes()


@dataclass(frozen=True)
class _Reading:
    """The gradients of one backward as of several moments: first as they were saved, last as they are now.

    edges: how many edges of the graph it follows. cancels: a write that shows no effect would show one if
    another saved tensor had not changed with it.
    """

    moments: list[int]
    gradients: list[Gradients]
    edges: int
    cancels: bool = False


class _RecordedRun(_Run):
    """The program with its saved tensors in our hands, up to where the plain run was refused.

    PyTorch checks no versions and frees nothing here.
    """

    def __init__(self, refusal: _Refusal | None, ignored_site: tuple[int, ...] | None = None) -> None:
        super().__init__(ignored_site)
        blames_writes = refusal is not None and refusal.cause == "modified-inplace"
        self.tracer = _Tracer(self.finished, refusal.step if refusal and not blames_writes else None)
        self.last = refusal.step if refusal and blames_writes else None
        self.saves: list[_Save] = []
        self.lines: list[int] = []  # the line of each moment
        self.unpacked: dict[_Save, None] = {}
        self.now: int | None = None
        self.alone: _Save | None = None
        self.readings: list[_Reading] = []
        self.bumped: frozenset[int] = frozenset()

    def execute(self, code: CodeType) -> None:
        with saved_tensors_hooks(self.pack, self.unpack):
            super().execute(code)

    def finished(self, line: int) -> None:
        for save in self.saves:
            save.look(len(self.lines))
        self.lines.append(line)

    def pack(self, tensor: torch.Tensor) -> _Save:
        """Keep an input as the very object, so that `x.data = …` shows; a result as a handle on its bytes.

        A result belongs to the node that was made last, an input to an older one or to none.
        """
        is_result = False
        with contextlib.suppress(RuntimeError):
            node = tensor.grad_fn
            is_result = node is not None and node._sequence_nr() == _next_node() - 1
        kept = tensor.detach() if is_result else tensor
        save = _Save(kept, kept._version, _bytes(kept), [(-1, kept.detach().clone())])
        self.saves.append(save)
        return save

    def unpack(self, save: _Save) -> torch.Tensor:
        self.unpacked[save] = None
        if self.now is None:
            return save.tensor
        return save.as_of(self.now if self.alone in (None, save) else -1)

    def backward(
        self, loss: torch.Tensor, gradient: torch.Tensor | None, retain_graph: bool, options: dict[str, Any]
    ) -> None:
        leaves = [leaf for leaf in reached_leaves(loss) if leaf.requires_grad]
        earlier = [leaf.grad for leaf in leaves]
        if self.tracer.steps == self.last:
            self.read(loss, lambda: [_ENGINE(loss, gradient, retain_graph=True)])
        if not leaves:
            self.readings.append(_Reading([], [[]], _edges(_roots(loss))))
            return
        now = self.read(loss, lambda: _GRAD(loss, leaves, gradient, retain_graph=True, allow_unused=True))
        _accumulate(leaves, earlier, _copies(now))

    def grad(self, outputs: Any, inputs: Any, options: dict[str, Any]) -> tuple[torch.Tensor | None, ...]:
        options = {**options, "retain_graph": True}
        saves = len(self.saves)
        gradients = self.read(outputs, lambda: _GRAD(outputs, inputs, **options))
        if options.get("create_graph"):
            # What the readings saved are copies; the program goes on with the tensors themselves.
            del self.saves[saves:]
            gradients = list(_GRAD(outputs, inputs, **options))
        return tuple(gradients)

    def read(self, roots: Any, differentiate: Callable[[], Sequence[torch.Tensor | None]]) -> Gradients:
        """Differentiate as of every moment at which something changed that this backward reads."""
        for save in self.saves:
            save.look(len(self.lines))
        self.unpacked, self.now = {}, -1
        try:
            gradients = [list(differentiate())]
            if self.tracer.steps == self.last:
                moments_of_bumps = {moment for save in self.unpacked for moment in save.bumps}
                self.bumped = frozenset(map(self.line_of, moments_of_bumps))
                raise _Stopped
            changed = {save: {moment for moment, _ in save.history[1:]} for save in self.unpacked}
            moments = sorted(set().union(*changed.values()))
            for moment in moments:
                self.now = moment
                gradients.append(list(differentiate()))
            idle = {moments[i] for i in range(len(moments)) if _distance(gradients[i], gradients[i + 1]) == 0.0}
            cancels = self.matter_alone([s for s, at in changed.items() if at & idle], gradients[0], differentiate)
        finally:
            self.now = None
        copies = [_copies(each) for each in gradients]  # the program may write to its gradients
        self.readings.append(_Reading(moments, copies, _edges(_roots(roots)), cancels))
        return gradients[-1]

    def matter_alone(
        self,
        saves: Sequence[_Save],
        right: Gradients,
        differentiate: Callable[[], Sequence[torch.Tensor | None]],
    ) -> bool:
        """Whether some gradient would change if one of these tensors alone were read as of some moment."""
        try:
            for save in saves if len(self.unpacked) > 1 else ():
                self.alone = save
                for moment, _ in save.history[1:]:
                    self.now = moment
                    if _distance(right, list(differentiate())) > _TOLERANCE:
                        return True
        finally:
            self.alone = None
        return False

    def line_of(self, moment: int) -> int:
        """The line that was being executed at a moment."""
        return self.lines[moment] if moment < len(self.lines) else self.tracer.line


@dataclass(frozen=True)
class _Seen:
    """What a tensor of the program was like after the last line."""

    tensor: torch.Tensor
    values: bytes
    node: Any


class _WatchedRun(_Run):
    """Looks for graph tensors whose values change behind autograd's back, and are saved afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[int, _Seen] = {}
        self.altered: dict[int, int] = {}  # address of the bytes → line
        self.used: set[int] = set()

    def execute(self, code: CodeType) -> None:
        with saved_tensors_hooks(self.pack, lambda tensor: tensor):
            super().execute(code)

    def pack(self, tensor: torch.Tensor) -> torch.Tensor:
        line = self.altered.get(tensor.untyped_storage().data_ptr())
        if line is not None:
            self.used.add(line)
        return tensor

    def finished(self, line: int) -> None:
        frames = list(_frames_of_program(self.tracer.frame))
        values = [value for frame in frames for value in (*frame.f_locals.values(), *frame.f_globals.values())]
        for value in _tensors_in(values):
            if value.requires_grad and value._base is None:
                self.look(value, line)

    def look(self, tensor: torch.Tensor, line: int) -> None:
        now = _Seen(tensor, _bytes(tensor), tensor.grad_fn)
        before = self.seen.get(id(tensor))
        self.seen[id(tensor)] = now
        if before is not None and before.values != now.values and now.node is not None and before.node is now.node:
            self.altered[tensor.untyped_storage().data_ptr()] = line


def _tensors_in(values: Iterable[Any], depth: int = 3) -> Iterator[torch.Tensor]:
    """The tensors among the values, in containers and in attributes, each perhaps several times."""
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif depth and isinstance(value, (list, tuple, set)):
            yield from _tensors_in(value, depth - 1)
        elif depth and isinstance(value, dict):
            yield from _tensors_in(value.values(), depth - 1)
        elif depth and not isinstance(value, (type, ModuleType)) and hasattr(value, "__dict__"):
            yield from _tensors_in(vars(value).values(), depth - 1)


# --- judging --------------------------------------------------------------------------------------


def label(source: str) -> Label:
    """What PyTorch does with a program; "discarded" where that says nothing of autograd, or is blurred."""
    try:
        code = compile(source, _FILE, "exec")
        return _label(code)
    except _Discarded as discarded:
        return Label("discarded", reason=str(discarded))


def changed_before_saved(source: str) -> frozenset[int]:
    """The lines that change a computed tensor behind autograd's back before an op saves it.

    The gradient is right, but for another function than the one that the program computes.
    """
    run = _WatchedRun()
    with contextlib.suppress(RuntimeError, _Discarded):
        run.execute(compile(source, _FILE, "exec"))
    return frozenset(run.used)


def _label(code: CodeType) -> Label:
    plain = _Run()
    refusal = _run_to_its_end(plain, code)
    recorded = _RecordedRun(refusal)
    try:
        recorded.execute(code)
    except RuntimeError as error:
        raise _Discarded(f"under hooks: {str(error).splitlines()[0][:80]}") from None
    harms = _unseen_writes(plain, recorded)
    harms += _losses(plain, recorded, code)
    if refusal is not None:
        guilty = recorded.bumped if refusal.cause == "modified-inplace" else _causes(refusal, plain)
        if not guilty:
            raise _Discarded("no write to blame")
        harms.append(Harm("refused", refusal.cause, refusal.line, guilty))
    elif not plain.backwards:
        raise _Discarded("no backward")
    return Label(
        _gravest(harms),
        tuple(harms),
        executed=frozenset(plain.tracer.executed),
        untrained=not all(plain.trained.values()),
    )


def _gravest(harms: Sequence[Harm]) -> Verdict:
    kinds = {harm.kind for harm in harms}
    order: tuple[Kind, ...] = ("refused", "wrong", "lost")
    return next((kind for kind in order if kind in kinds), "right")


def _run_to_its_end(plain: _Run, code: CodeType) -> _Refusal | None:
    try:
        plain.execute(code)
    except _Discarded:
        raise
    except RuntimeError as error:
        cause = next((name for words, name in ERRORS if words in str(error)), None)
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]
        if cause is None or not lines or lines[-1] is None or plain.tracer.error_step is None:
            raise _Discarded(f"RuntimeError: {str(error).splitlines()[0][:80]}") from None
        return _Refusal(cause, lines[-1], plain.tracer.error_step)
    except Exception as error:  # noqa: BLE001
        raise _Discarded(f"{type(error).__name__}: {str(error)[:80]}") from None
    return None


def _causes(refusal: _Refusal, plain: _Run) -> frozenset[int]:
    """The lines to blame for what is refused without a write: the refusal's own, and a cut's."""
    cuts = plain.cuts if refusal.cause in _CUT_OFF else []
    return frozenset({refusal.line}).union(*(cut.lines for cut in cuts))


def _unseen_writes(plain: _Run, recorded: _RecordedRun) -> list[Harm]:
    if len(plain.backwards) != len(recorded.readings):
        raise _Discarded("the two runs differ")
    harms = []
    for backward, reading in zip(plain.backwards, recorded.readings, strict=True):
        guilty = _guilty_moments(backward.gradients, reading)
        if guilty:
            lines = frozenset(recorded.line_of(moment) for moment in guilty)
            harms.append(Harm("wrong", "unseen-write", backward.line, lines))
    return harms


def _guilty_moments(actual: Gradients, reading: _Reading) -> list[int]:
    """The moments after which this backward's gradient changes."""
    right, now = reading.gradients[0], reading.gradients[-1]
    if not all(bool(gradient.isfinite().all()) for gradient in _present(right)):
        raise _Discarded("not finite")
    if reading.moments and _vanishes(right):
        raise _Discarded("a gradient that is zero whatever was saved")
    if reading.cancels:
        raise _Discarded("writes that cancel one another")
    if _distance(_present(actual), _present(now)) > _TOLERANCE:
        raise _Discarded("the two runs differ")
    steps = [_distance(one, other) for one, other in zip(reading.gradients, reading.gradients[1:], strict=False)]
    total = _distance(right, now)
    guilty = [moment for moment, step in zip(reading.moments, steps, strict=True) if step > _TOLERANCE]
    if (total > _TOLERANCE) != bool(guilty) or any(_DOUBTFUL[0] < d < _DOUBTFUL[1] for d in (*steps, total)):
        raise _Discarded("blurred")
    return guilty


def _vanishes(gradients: Gradients) -> bool:
    return any(float(gradient.abs().max()) < _VANISHED for gradient in _present(gradients) if gradient.numel())


def _present(gradients: Gradients) -> list[torch.Tensor]:
    return [gradient for gradient in gradients if gradient is not None]


def _distance(one: Sequence[torch.Tensor | None], other: Sequence[torch.Tensor | None]) -> float:
    """The largest difference of any gradient, relative to its largest element; infinite if one lacks it."""
    if len(one) != len(other):
        return float("inf")
    largest = 0.0
    for first, second in zip(one, other, strict=True):
        if first is None or second is None:
            if first is not second:
                return float("inf")
            continue
        if _bytes(first) == _bytes(second):
            continue
        difference = float((first - second).abs().max())
        scale = max(float(first.abs().max()), float(second.abs().max()), _TINY)
        if not math.isfinite(difference):
            return float("inf")
        largest = max(largest, difference / scale)
    return largest


def _losses(plain: _Run, recorded: _RecordedRun, code: CodeType) -> list[Harm]:
    """What `detach_()` and `requires_grad_(False)` took from a backward that reaches an earlier use."""
    harms = []
    for site in sorted({cut.site for backward in plain.backwards for cut in backward.cuts}):
        without = _RecordedRun(None, ignored_site=site)
        with contextlib.suppress(RuntimeError):
            without.execute(code)
        if len(without.readings) < len(recorded.readings):
            raise _Discarded("without a cut it goes another way")
        for backward, one, other in zip(plain.backwards, recorded.readings, without.readings, strict=False):
            cut = next((cut for cut in backward.cuts if cut.site == site), None)
            if cut is None:
                continue
            if not _same_set(one.gradients[0], other.gradients[0]):
                harms.append(Harm("lost", cut.cause, backward.line, cut.lines))
            elif one.edges != other.edges:
                raise _Discarded("a lost share that happens to be zero")
    return harms


def _same_set(one: Gradients, other: Gradients) -> bool:
    """Whether two backwards gave the same gradients; the order of the leaves may differ with the graph."""
    left = _present(other)
    for gradient in _present(one):
        match = next((i for i, each in enumerate(left) if _alike(gradient, each)), None)
        if match is None:
            return False
        del left[match]
    return not left


def _alike(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and _distance([one], [other]) <= _TOLERANCE

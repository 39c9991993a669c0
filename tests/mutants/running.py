"""Running a subject's file, as it is or mutated: what a trainer would see of it, in a process of its own."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np
import torch
import torch._dynamo  # an optimizer would import it: here once, before the processes part
from numpy.typing import NDArray
from torch.optim.optimizer import Optimizer, register_optimizer_step_post_hook

_SECONDS = 60
_LARGE = 4096

Array = NDArray[Any]


@dataclass(frozen=True)
class Observed:
    """The gradients (None where there is none) and the values of parameters, after a training step or a backward."""

    gradients: tuple[Array | None, ...]
    values: tuple[Array, ...]


@dataclass
class Run:
    """What came of a run: the exception that ended it, or what was observed; and the file's lines that ran."""

    error: str = ""
    where: str = ""
    observed: list[Observed] = field(default_factory=list)
    lines: frozenset[int] = frozenset()


class EnoughError(BaseException):
    """Ends a script after its first training steps; no `except Exception` of the script holds it up."""


class Program:
    """A subject's file as its driver gets it. Every step of every optimizer is observed without the driver's doing."""

    def __init__(self, path: Path, source: str) -> None:
        self.path = path
        self.run = Run()
        self._code = compile(source, str(path), "exec")
        self._steps = 0

    def module(self, package: str = "") -> Any:
        """The module made from the file, as if imported; `package` is where its relative imports start."""
        name = f"{package}.{self.path.stem}" if package else self.path.stem
        if package:
            importlib.import_module(package)
        module = ModuleType(name)
        module.__file__ = str(self.path)
        module.__package__ = package
        sys.modules[name] = module
        exec(self._code, module.__dict__)
        return module

    def script(self, *arguments: str, steps: int = 2) -> None:
        """Run the file as a program with these arguments, for so many optimizer steps."""
        self._steps = steps
        sys.argv = [str(self.path), *arguments]
        main = ModuleType("__main__")
        main.__file__ = str(self.path)
        sys.modules["__main__"] = main
        with contextlib.suppress(EnoughError):
            exec(self._code, main.__dict__)

    def observe(self, parameters: Iterable[torch.Tensor]) -> None:
        """Keep what these tensors and their gradients are now."""
        kept = list(parameters)
        gradients = tuple(None if each.grad is None else _array(each.grad) for each in kept)
        self.run.observed.append(Observed(gradients, tuple(_array(each) for each in kept)))

    def stepped(self, optimizer: Optimizer) -> None:
        """Called after each step of an optimizer."""
        self.observe(parameter for group in optimizer.param_groups for parameter in group["params"])
        self._steps -= 1
        if self._steps == 0:
            raise EnoughError


def _array(tensor: torch.Tensor) -> Array:
    """The elements; of a large tensor sums over groups of them, which differ where any element does."""
    array: Array = tensor.detach().cpu().numpy().copy()
    if array.size <= _LARGE:
        return array
    return np.add.reduceat(array.ravel(), range(0, array.size, -(-array.size // _LARGE)))


def run(program: Program, drive: Any, root: Path, stubs: Mapping[str, ModuleType], *, private: bool) -> Run:
    """Drive a program; to be called in a fresh process, which it changes for good.

    `private` gives each operator a copy of its own of what it saves. Imports come from the file's folder and `root`;
    there is no GPU, so `.cuda()` leaves everything where it is.
    """
    sys.path[:0] = [str(program.path.parent), str(root)]
    sys.modules.update(stubs)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)
    torch.Tensor.cuda = lambda self, *_, **__: self  # type: ignore[method-assign]
    torch.nn.Module.cuda = lambda self, *_, **__: self  # type: ignore[method-assign]
    register_optimizer_step_post_hook(lambda optimizer, *_: program.stepped(optimizer))
    saving = torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor.detach().clone(), lambda tensor: tensor)
    with _in_empty_folder(), _time_limit(), _lines_of(program), saving if private else contextlib.nullcontext():
        try:
            drive(program)
        except Exception as error:  # noqa: BLE001
            program.run.error, program.run.where = _told(error), _where(error)
    return program.run


def _told(error: BaseException) -> str:
    first_line = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {first_line}"


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""


@contextlib.contextmanager
def _in_empty_folder() -> Iterator[None]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a" / "b").mkdir(parents=True)
        os.chdir(Path(folder) / "a" / "b")  # a script may write above its own folder
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                yield
        finally:
            os.chdir(before)


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    def expired(*_: object) -> None:
        raise TimeoutError(f"longer than {_SECONDS} s")

    signal.signal(signal.SIGALRM, expired)
    signal.alarm(_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)


@contextlib.contextmanager
def _lines_of(program: Program) -> Iterator[None]:
    path, lines = str(program.path), set()

    def in_file(frame: FrameType, event: str, _: object) -> Any:
        lines.add(frame.f_lineno)
        return in_file

    def entered(frame: FrameType, event: str, _: object) -> Any:
        return in_file if frame.f_code.co_filename == path else None

    sys.settrace(entered)
    try:
        yield
    finally:
        sys.settrace(None)
        program.run.lines = frozenset(lines)

"""Runs a fixture program, plainly or under one changed condition, and keeps what it left behind."""

import ast
import contextlib
import io
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import torch
from torch.autograd.graph import saved_tensors_hooks

Namespace = dict[str, Any]

NUDGE = "__nudge__"

#: The name of the program that a project of several files is run by.
MAIN = "main.py"


@dataclass(frozen=True)
class Outcome:
    """What one run of a program left: its globals, its output, its error and what backward did.

    `error_line` is the line of the innermost frame that belongs to the program itself, not to its driver or
    to a library. `unpacked` counts how often backward asked for a saved tensor, in the cloning run only.
    """

    namespace: Namespace
    printed: str
    error: Exception | None
    error_line: int | None
    unpacked: int = 0


@dataclass
class _Counter:
    value: int = 0


def run_plainly(program: Path, driver: Path | None) -> Outcome:
    """Run `program`, then `driver` in the same globals, changing nothing. Errors are kept, not raised."""
    return _run([_compiled(program), *_compiled_driver(driver)], program, {})


def run_cloning(program: Path, driver: Path | None) -> Outcome:
    """Run with a private copy of every saved tensor, so that no later write can reach what backward reads."""
    count = _Counter()

    def unpack(saved: torch.Tensor) -> torch.Tensor:
        count.value += 1
        return saved

    with saved_tensors_hooks(lambda tensor: tensor.detach().clone(), unpack):
        outcome = _run([_compiled(program), *_compiled_driver(driver)], program, {})
    return Outcome(outcome.namespace, outcome.printed, outcome.error, outcome.error_line, count.value)


def run_without_detaching_in_place(program: Path, driver: Path | None) -> Outcome:
    """Run with every `detach_()` call made to do nothing."""
    with _replaced("detach_", lambda tensor: tensor):
        return run_plainly(program, driver)


def run_measuring_loss(
    program: Path, driver: Path | None, name: str, nudge: Callable[[Any], None]
) -> tuple[Outcome, float]:
    """Run in float64 and return the outcome with the sum of all that `backward()` was called on.

    `nudge` receives the value of the global `name` right after the program first assigns it.
    Raises ValueError if the program does not assign `name` at module level.
    """
    losses: list[float] = []
    backward: Callable[..., None] = torch.Tensor.backward

    def recording(loss: torch.Tensor, *args: Any, **kwargs: Any) -> None:
        losses.append(float(loss.detach().sum()))
        backward(loss, *args, **kwargs)

    codes = [_compiled_with_nudge(program, name), *_compiled_driver(driver)]
    with _replaced("backward", recording), _default_dtype(torch.float64):
        outcome = _run(codes, program, {NUDGE: nudge})
    return outcome, sum(losses)


def _run(codes: list[CodeType], program: Path, extra: Mapping[str, Any]) -> Outcome:
    namespace: Namespace = {"__name__": "__main__", "__file__": str(program), **extra}
    printed = io.StringIO()
    error: Exception | None = None
    with _quiet_and_repeatable(), _importing_from(program), contextlib.redirect_stdout(printed):
        try:
            for code in codes:
                exec(code, namespace)
        except Exception as raised:
            error = raised
    line = _line_in(program, error) if error is not None else None
    return Outcome(namespace, printed.getvalue(), error, line)


@contextlib.contextmanager
def _importing_from(program: Path) -> Iterator[None]:
    """Let a project's main program import the modules beside it, and forget them afterwards: each run imports them anew."""
    if program.name != MAIN:
        yield
        return
    folder = str(program.parent)
    path, known, writing = sys.path.copy(), set(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    try:
        yield
    finally:
        sys.path[:], sys.dont_write_bytecode = path, writing
        for name in set(sys.modules) - known:
            if _stands_in(sys.modules[name], folder):
                del sys.modules[name]


def _stands_in(module: ModuleType, folder: str) -> bool:
    places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", ())]
    return any(place.startswith(folder + os.sep) for place in places)


@contextlib.contextmanager
def _quiet_and_repeatable() -> Iterator[None]:
    threads = torch.get_num_threads()
    grad_mode = torch.is_grad_enabled()
    torch.set_num_threads(1)
    try:
        same_dtype = _default_dtype(torch.get_default_dtype())
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings(), same_dtype:
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            yield
    finally:
        torch.set_num_threads(threads)
        torch.set_grad_enabled(grad_mode)


@contextlib.contextmanager
def _replaced(method: str, replacement: Callable[..., Any]) -> Iterator[None]:
    # detach_ is inherited from the C base class: a plain setattr would leave a copy of it on Tensor.
    own = torch.Tensor.__dict__.get(method)
    setattr(torch.Tensor, method, replacement)
    try:
        yield
    finally:
        if own is None:
            delattr(torch.Tensor, method)
        else:
            setattr(torch.Tensor, method, own)


@contextlib.contextmanager
def _default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _compiled(path: Path) -> CodeType:
    return compile(path.read_text(encoding="utf-8"), str(path), "exec")


def _compiled_driver(driver: Path | None) -> list[CodeType]:
    return [] if driver is None else [_compiled(driver)]


def _compiled_with_nudge(program: Path, name: str) -> CodeType:
    tree = ast.parse(program.read_text(encoding="utf-8"), str(program))
    for index, statement in enumerate(tree.body):
        if _assigns(statement, name):
            call = ast.parse(f"{NUDGE}({name})").body[0]
            tree.body.insert(index + 1, ast.copy_location(call, statement))
            return compile(ast.fix_missing_locations(tree), str(program), "exec")
    raise ValueError(f"{program.name} does not assign {name} at module level")


def _assigns(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.Assign) and any(
        isinstance(node, ast.Name) and node.id == name for target in statement.targets for node in ast.walk(target)
    )


def _line_in(program: Path, error: Exception) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(program)]
    return lines[-1] if lines else None

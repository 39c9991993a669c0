"""Runs a program as its author meant it: every write takes effect where it stands, and no backward is harmed by it.

Whatever an operator saves is a private copy, so that no write reaches what backward reads. A write that PyTorch refuses at once
is made all the same: a leaf is written with grad mode off, and each of several views is a view of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.overrides import TorchFunctionMode

from flake8_gradsafe.runtime.run import Outcome, run_cloning, run_plainly

_REFUSED = ("a leaf Variable that requires grad", "a view of a leaf Variable", "created in no_grad mode")
_MANY_VIEWS = frozenset(
    "unbind chunk split split_with_sizes tensor_split hsplit vsplit dsplit unsafe_chunk unsafe_split __iter__".split()
)


@dataclass(frozen=True)
class Ran:
    """What a run left, and the sums of all that was differentiated, in order."""

    outcome: Outcome
    losses: tuple[float, ...]


def run_as_given(program: Path, driver: Path | None) -> Ran:
    """Run a program, changing nothing."""
    return _measured(lambda: run_plainly(program, driver))


def run_as_intended(program: Path, driver: Path | None) -> Ran:
    """Run a program with every write in effect, and with private copies of all that is saved."""

    def run() -> Outcome:
        try:
            with _EveryWriteTakesEffect():
                return run_cloning(program, driver)
        except pytest.fail.Exception as missing:
            # The program expects that a write is refused, and here it took effect.
            return Outcome({}, "", AssertionError(str(missing)), None)

    return _measured(run)


class _EveryWriteTakesEffect(TorchFunctionMode):
    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = getattr(func, "__name__", "")
        if name in _MANY_VIEWS:
            return _apart(name, func, args, kwargs or {})
        try:
            return func(*args, **(kwargs or {}))
        except RuntimeError as error:
            if not any(words in str(error) for words in _REFUSED):
                raise
            with torch.no_grad():
                return func(*args, **(kwargs or {}))


def _apart(name: str, func: Any, args: Any, kwargs: Any) -> Any:
    """The views of a tensor, made one by one, so that each may be written."""
    pieces = args[0].unbind(0) if name == "__iter__" else func(*args, **kwargs)
    base = args[0] if args else kwargs.get("input", kwargs.get("tensor"))
    if not isinstance(base, torch.Tensor) or not all(isinstance(piece, torch.Tensor) for piece in pieces):
        return pieces
    made = tuple(base.as_strided(piece.size(), piece.stride(), piece.storage_offset()) for piece in pieces)
    return iter(made) if name == "__iter__" else made


def _measured(run: Callable[[], Outcome]) -> Ran:
    losses: list[float] = []
    with _noting(losses):
        outcome = run()
    return Ran(outcome, tuple(losses))


@contextmanager
def _noting(losses: list[float]) -> Iterator[None]:
    """Note the sum of each tensor that is differentiated."""
    engine: Any = torch.autograd
    before = {name: getattr(engine, name) for name in ("backward", "grad")}
    depth = 0

    def noting(original: Any) -> Any:
        def called(tensors: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            if not depth:
                given = [tensors] if isinstance(tensors, torch.Tensor) else list(tensors)
                losses.extend(float(tensor.detach().sum()) for tensor in given if isinstance(tensor, torch.Tensor))
            # A mode for functions calls them once more, from inside.
            depth += 1
            try:
                return original(tensors, *args, **kwargs)
            finally:
                depth -= 1

        return called

    for name, original in before.items():
        setattr(engine, name, noting(original))
    try:
        yield
    finally:
        for name, original in before.items():
            setattr(engine, name, original)

"""Conversions to another dtype: they give a new tensor where the given one surely has another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.metadata import DEFAULT_DTYPE
from flake8_gradsafe.interpreter.domain.facts import MayBeMoved
from flake8_gradsafe.interpreter.domain.values import Literal, QualifiedName, Unknown, Value
from flake8_gradsafe.knowledge import library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.interpreter.domain.state import State

_METHODS = {"double": "float64", "float": "float32", "half": "float16", "bfloat16": "bfloat16"}
_TO_A_DTYPE = frozenset({"to", "type"})


def is_converted(name: str, bound: Mapping[str, Value], state: State, *, keeps_defaults: bool) -> bool:
    """Whether an operator surely gives a tensor of another dtype than that of its operand."""
    wanted = _METHODS.get(name) or (_dtype_among(bound) if name in _TO_A_DTYPE else None)
    ref = None if wanted is None else state.known_tensor(bound.get("input", Literal(None)))
    given = None if ref is None else state.autograd.tensors[ref].metadata.dtype
    if given == DEFAULT_DTYPE:
        given = "float32" if keeps_defaults else None
    return given is not None and given != wanted


def _dtype_among(bound: Mapping[str, Value]) -> str | None:
    paths = (value.path for value in bound.values() if isinstance(value, QualifiedName))
    return next((library.FULL_DTYPES[path] for path in paths if path in library.FULL_DTYPES), None)


def note_move(name: str, bound: Mapping[str, Value], ref: int, state: State) -> None:
    """Note that a leaf may have been moved to another device, or converted to another dtype: where is not in sight."""
    given = state.known_tensor(bound.get("input", Literal(None)))
    if given is None or not state.autograd.is_leaf(given) or not state.autograd.tensors[given].grad.sure:
        return
    told = [bound[each] for each in ("device", "dtype") if each in bound] if name == "to" else []
    if name == "cuda" or any(isinstance(value, Unknown) for value in told) or any(map(_is_elsewhere, told)):
        state.heap.note(ref, MayBeMoved())


def _is_elsewhere(device: Value) -> bool:
    return isinstance(device, Literal) and isinstance(device.value, str) and not device.value.startswith("cpu")

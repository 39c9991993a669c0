"""Parameter names of PyTorch's callables, and the form keys of their calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any

import torch
from torch import Tensor

Call = Callable[..., Any]
Bound = dict[str, Any]
SCHEMA_PREFIXES = ("", "linalg_", "special_", "fft_")


@dataclass(frozen=True)
class Signature:
    """One way to call: names in order, `keyword_only` ones after, with the defaults that are known."""

    positional: tuple[str, ...]
    keyword_only: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    types: tuple[str, ...] = ()
    returns_list: bool = False

    def accepts(self, args: Sequence[Any], kwargs: dict[str, Any]) -> bool:
        """Whether the arguments fit, by number, name and (where types are known) by type."""
        if len(args) > len(self.positional):
            return False
        names = {*self.positional[len(args) :], *self.keyword_only}
        given = {*self.positional[: len(args)], *kwargs}
        required = {n for n in (*self.positional, *self.keyword_only) if n not in self.defaults}
        if not set(kwargs) <= names or not required <= given:
            return False
        return all(_fits(value, kind) for value, kind in zip(args, self.types, strict=False))


def signatures_of(name: str, function: Call | None) -> list[Signature]:
    """Every signature known for an operator, from its op_db name and its public function, if it has one."""
    if function is not None:
        known = _python_signature(function)
        if known is not None:
            return [known]
    last = name.split(".")[-1]
    own = name.replace(".", "_") if "." in name else last
    spellings = dict.fromkeys([own, last, *(prefix + last for prefix in SCHEMA_PREFIXES)])
    for spelling in spellings:
        schemas = torch._C._jit_get_schemas_for_operator(f"aten::{spelling}")
        found = [s for s in (_from_schema(schema) for schema in schemas) if s is not None]
        if found:
            return found
    return []


def parameters_of(matched: Iterable[Signature]) -> list[str]:
    """One list of parameter names for all overloads in use: positional ones, "*", keyword-only ones.

    Overloads with other names in the same places count as keyword-only: a caller may write them as keywords.
    """
    overloads = list(matched)
    if not overloads:
        return []
    longest = max(overloads, key=lambda s: len(s.positional))
    rest = [
        name
        for overload in overloads
        for name in (*overload.positional, *overload.keyword_only)
        if name not in longest.positional
    ]
    keyword_only = sorted(dict.fromkeys(rest))
    return [*longest.positional, *(["*", *keyword_only] if keyword_only else [])]


def bind(names: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> Bound:
    """Arguments by name, in parameter order, None left out; surplus numbers join the last positional one."""
    places = list(names[: names.index("*")]) if "*" in names else list(names)
    values = list(args)
    if places and len(values) > len(places) and all(_is_number(v) for v in values[len(places) - 1 :]):
        values[len(places) - 1 :] = [tuple(values[len(places) - 1 :])]
    bound = {(places[i] if i < len(places) else f"arg{i}"): value for i, value in enumerate(values)} | kwargs
    order = {name: i for i, name in enumerate(names)}
    ordered = sorted(bound, key=lambda name: (order.get(name, len(order)), name))
    return {name: bound[name] for name in ordered if bound[name] is not None or name == "index"}


def form_key(bound: Bound) -> str:
    """The key of a call's form, such as `input:T,dim:1,keepdim:True`."""
    return ",".join(f"{name}:{kind_of(value)}" for name, value in bound.items())


def kind_of(value: Any) -> str:
    """One letter (or a literal) for what a value is; see operators.py for the list."""
    if isinstance(value, Tensor):
        return tensor_kind(value)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, complex):
        return "j"
    if isinstance(value, (int, float)):
        return str(int(value)) if value in (0, 1, 2) else "n"
    if isinstance(value, (tuple, list)):
        return _sequence_kind(value)
    return _OTHER_KINDS.get(type(value), "o")


_OTHER_KINDS: dict[type, str] = {str: "s", slice: "S", EllipsisType: "E", torch.dtype: "d"}


def index_kind(index: Any) -> str:
    """Kind of a subscript: tuples of more than numbers are spelt out, as in `(SSn)`; a list is `(t)`."""
    if index is None:
        return "N"
    if isinstance(index, list):
        return f"({kind_of(index)})"
    if isinstance(index, tuple) and not all(_is_number(i) for i in index):
        return "(" + "".join("N" if i is None else kind_of(i) for i in index) + ")"
    return kind_of(index)


def tensor_kind(tensor: Tensor) -> str:
    """Boolean, complex, floating or integer."""
    if tensor.dtype == torch.bool:
        return "B"
    return "C" if tensor.is_complex() else "T" if tensor.is_floating_point() else "I"


def _sequence_kind(values: Sequence[Any]) -> str:
    if values and all(isinstance(v, Tensor) for v in values):
        return "L"
    return "t" if all(_is_number(v) for v in values) else "o"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _python_signature(function: Call) -> Signature | None:
    """From inspect; of a function that only dispatches on a flag, that of its plain branch."""
    branch = _plain_branch(function)
    try:
        parameters = list(inspect.signature(branch).parameters.values())
    except (TypeError, ValueError):
        return None
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return None
    keyword_only = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
    return Signature(
        positional=tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY),
        keyword_only=keyword_only,
        defaults={p.name: p.default for p in parameters if p.default is not p.empty},
    )


def _plain_branch(function: Call) -> Call:
    if not inspect.isfunction(function):
        return function
    branch = inspect.getclosurevars(function).nonlocals.get("if_false")
    return branch if callable(branch) else function


def _from_schema(schema: Any) -> Signature | None:
    arguments = [a for a in schema.arguments if not a.is_out]
    if len(arguments) != len(schema.arguments) or any("Dimname" in str(a.type) for a in arguments):
        return None
    named = [("input" if a.name == "self" else a.name, a) for a in arguments]
    positional = [(n, a) for n, a in named if not a.kwarg_only]
    returns = [str(r.type) for r in schema.returns]
    return Signature(
        positional=tuple(n for n, _ in positional),
        keyword_only=tuple(n for n, a in named if a.kwarg_only),
        defaults={n: a.default_value for n, a in named if a.has_default_value()},
        types=tuple(str(a.type) for _, a in positional),
        returns_list=returns == ["List[Tensor]"],
    )


def _fits(value: Any, kind: str) -> bool:
    kind = kind.removeprefix("Optional[").removesuffix("]") if kind.startswith("Optional") else kind
    if value is None:
        return True
    if kind == "Tensor":
        return isinstance(value, Tensor)
    if kind.startswith(("List[Tensor", "List[Optional[Tensor")):
        return isinstance(value, (tuple, list)) and all(isinstance(v, Tensor) for v in value)
    if kind.startswith("List["):
        return _is_number(value) or (isinstance(value, (tuple, list)) and all(_is_number(v) for v in value))
    if kind == "bool":
        return isinstance(value, bool)
    if kind in ("number", "int", "float"):
        return isinstance(value, (int, float, complex, bool)) or value is None
    if kind == "str":
        return isinstance(value, str)
    return not isinstance(value, Tensor)

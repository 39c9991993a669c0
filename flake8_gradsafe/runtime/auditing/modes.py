"""Modes of PyTorch that see what a program calls, and what the operators below write."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from flake8_gradsafe.runtime.auditing.saves import can_be_watched

Function = Callable[..., Any]


class Watcher(Protocol):
    """What the modes tell of."""

    def called(self, function: Function, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Call a function of PyTorch for the program, and give its result."""

    def wrote(self, tensor: torch.Tensor, name: str) -> None:
        """An operator has written a tensor."""


class Calls(TorchFunctionMode):
    """Sees each function, method and attribute of PyTorch that the program uses.

    An attribute that is assigned is called by its name with `=` behind it: `data=`.
    """

    def __init__(self, watcher: Watcher) -> None:
        """Tell `watcher`."""
        super().__init__()
        self.watcher = watcher

    def __torch_function__(
        self, func: Function, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Let the watcher call it."""
        name = getattr(func, "__name__", "")
        if name in {"__get__", "__set__"}:
            name = getattr(getattr(func, "__self__", None), "__name__", "") + ("=" if name == "__set__" else "")
        return self.watcher.called(func, name, args, kwargs or {})


class Writes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Sees each operator that runs, below functions and in backward as well, and tells what it has written."""

    def __init__(self, watcher: Watcher) -> None:
        """Tell `watcher`."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.watcher = watcher

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run the operator, and tell of the tensors that it writes."""
        result = func(*args, **(kwargs or {}))
        operator, written = _described(func)
        for number, name in written:
            for tensor in tensors_in(args[number] if number < len(args) else (kwargs or {}).get(name)):
                if can_be_watched(tensor):
                    if operator.startswith("_foreach_") and _foreach_is_not_counted():
                        torch.autograd.graph.increment_version(tensor)
                    self.watcher.wrote(tensor, operator)
        return result


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """The tensors of a value, and of the lists, tuples and dicts in it."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(each)


@functools.cache
def _described(operator: Any) -> tuple[str, tuple[tuple[int, str], ...]]:
    """An operator's name, and the arguments that it writes, by number and name."""
    name = str(operator).rpartition(".")[0].removeprefix("aten.")
    arguments = enumerate(operator._schema.arguments)
    return name, tuple(
        (n, each.name) for n, each in arguments if each.alias_info is not None and each.alias_info.is_write
    )


@functools.cache
def _foreach_is_not_counted() -> bool:
    """Whether PyTorch forgets, below a mode, to count the writes of `_foreach_` operators, which it counts elsewhere."""
    tensor = torch.zeros(1)
    with _Unseeing():  # type: ignore[no-untyped-call]
        torch._foreach_add_([tensor], 1.0)
    return tensor._version == 0


class _Unseeing(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Does nothing: it shows what PyTorch does below a mode."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return func(*args, **(kwargs or {}))

"""Calls made repeatable: of an operator, and of a module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten

from flake8_gradsafe.runtime.probe import seed
from flake8_gradsafe.runtime.samples import Sample


class CallSubject:
    """A call of an operator; every tensor that requires grad is a non-leaf, so that it may be written."""

    def __init__(self, sample: Sample, bound: dict[str, Any]) -> None:
        self._function = sample.function
        self._values, self._spec = tree_flatten((list(sample.args), dict(sample.kwargs)))
        self._places = [i for i, value in enumerate(self._values) if isinstance(value, Tensor)]
        owners = {id(t): name for name, value in bound.items() for t in _tensors_in(value)}
        self.originals: Sequence[Tensor] = [self._values[i].detach() for i in self._places]
        self.names: Sequence[str] = [owners.get(id(self._values[i]), "other") for i in self._places]

    def fresh(self, requires: frozenset[str]) -> tuple[list[Tensor], list[Tensor]]:
        """See Subject."""
        tensors, leaves = [], []
        for name, original in zip(self.names, self.originals, strict=True):
            tensor = original.clone()
            if name in requires and (tensor.is_floating_point() or tensor.is_complex()):
                leaves.append(tensor.requires_grad_())
                tensor = tensor.clone()
            tensors.append(tensor)
        return tensors, leaves

    def leaf_names(self, requires: frozenset[str]) -> list[str]:
        """See Subject."""
        owned = zip(self.names, self.originals, strict=True)
        return [name for name, t in owned if name in requires and (t.is_floating_point() or t.is_complex())]

    def call(self, tensors: list[Tensor]) -> object:
        """See Subject."""
        values = list(self._values)
        for place, tensor in zip(self._places, tensors, strict=True):
            values[place] = tensor
        args, kwargs = _unflatten(values, self._spec)
        return self._function(*args, **kwargs)


class ModuleSubject:
    """A call of one module, whose parameters and buffers are put back before every run."""

    def __init__(self, module: nn.Module, sample: Sample) -> None:
        self._module = module
        self._inputs = CallSubject(sample, _input_names(sample))
        state = dict(module.named_parameters()) | dict(module.named_buffers())
        self._state = list(state.values())
        seed(15)
        self._saved = [_generic(t.detach()) for t in self._state]
        self.names: Sequence[str] = [*self._inputs.names, *(f"self.{name}" for name in state)]
        self.originals: Sequence[Tensor] = [*self._inputs.originals, *self._saved]

    def fresh(self, requires: frozenset[str]) -> tuple[list[Tensor], list[Tensor]]:
        """See Subject."""
        tensors, leaves = self._inputs.fresh(requires)
        names = self.names[len(tensors) :]
        for name, tensor, saved in zip(names, self._state, self._saved, strict=True):
            tensor.data.copy_(saved)  # noqa: GRD911
            if isinstance(tensor, nn.Parameter):
                tensor.requires_grad_(name in requires and tensor.is_floating_point())
                if tensor.requires_grad:
                    leaves.append(tensor)
        return [*tensors, *self._state], leaves

    def leaf_names(self, requires: frozenset[str]) -> list[str]:
        """See Subject."""
        inputs = self._inputs.leaf_names(requires)
        state = zip(self.names[len(self._inputs.names) :], self._state, strict=True)
        return [
            *inputs,
            *(n for n, t in state if isinstance(t, nn.Parameter) and n in requires and t.is_floating_point()),
        ]

    def call(self, tensors: list[Tensor]) -> object:
        """See Subject."""
        return self._inputs.call(tensors[: len(self._inputs.names)])


def _generic(tensor: Tensor) -> Tensor:
    """A copy off the special values that state starts with, such as a running mean of zero."""
    return tensor + 0.3 * torch.rand_like(tensor) if tensor.is_floating_point() else tensor.clone()


def _input_names(sample: Sample) -> dict[str, Any]:
    positional = {"input" if i == 0 else f"input{i + 1}": a for i, a in enumerate(sample.args)}
    return positional | sample.kwargs


def _unflatten(values: list[Any], spec: TreeSpec) -> tuple[list[Any], dict[str, Any]]:
    args, kwargs = tree_unflatten(values, spec)
    return args, kwargs


def _tensors_in(value: Any) -> list[Tensor]:
    return [leaf for leaf in tree_flatten(value)[0] if isinstance(leaf, torch.Tensor)]

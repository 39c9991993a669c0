"""What is said of computed parameters is what PyTorch does with them."""

import copy
from collections.abc import Callable
from importlib import import_module

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from flake8_gradsafe.knowledge.parametrizations import ACCESSED, HOOKED, REGISTERING, REMOVING

pytestmark = pytest.mark.filterwarnings("ignore")


class _Symmetric(nn.Module):
    def forward(self, weight: Tensor) -> Tensor:
        return weight.triu() + weight.triu(1).transpose(-1, -2)


def _function(path: str) -> Callable[..., nn.Module]:
    module, _, name = path.rpartition(".")
    found: Callable[..., nn.Module] = getattr(import_module(module), name)
    return found


def _layer(path: str) -> nn.Module:
    if path == REGISTERING:
        return parametrize.register_parametrization(nn.Linear(2, 2), "weight", _Symmetric())
    return _function(path)(nn.Linear(2, 2))


def _weight(layer: nn.Module) -> Tensor:
    found = layer.weight
    assert isinstance(found, Tensor)
    return found


@torch.no_grad()
def _zero(weight: Tensor) -> None:
    weight.zero_()


def _hooked() -> list[str]:
    """The functions by their usual names: behind the others is the same, where nothing hides it."""
    return [path for path in HOOKED if path.count(".") == 3]


@pytest.mark.parametrize("path", _hooked())
def test_a_hook_keeps_the_weight_of_the_last_call(path: str) -> None:
    given = nn.Linear(2, 2)
    before = given.weight
    layer = _function(path)(given)
    assert layer is given
    assert {name for name, _ in layer.named_parameters()} == {"bias", *(f"weight{end}" for end in HOOKED[path])}
    if len(HOOKED[path]) == 1:
        assert getattr(layer, f"weight{HOOKED[path][0]}") is before
    result = layer(torch.rand(1, 2))
    kept = _weight(layer)
    assert kept.grad_fn is not None
    assert layer.weight is kept
    _zero(kept)
    assert result.grad_fn is not None
    layer(torch.rand(1, 2))
    assert _weight(layer) is not kept
    assert _weight(layer).any()
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly"):
        copy.deepcopy(layer)


@pytest.mark.parametrize("path", [*ACCESSED, REGISTERING])
def test_others_compute_the_weight_at_each_access(path: str) -> None:
    layer = _layer(path)
    names = ACCESSED.get(path, ("original",))
    originals = {name for name, _ in layer.named_parameters()} - {"bias"}
    assert originals == {f"parametrizations.weight.{name}" for name in names}
    weight = _weight(layer)
    assert weight.grad_fn is not None
    assert layer.weight is not weight
    _zero(weight)
    assert _weight(layer).any()
    layer(torch.rand(1, 2))
    copy.deepcopy(layer)


@pytest.mark.parametrize("path", [*ACCESSED, REGISTERING])
def test_a_single_original_is_the_parameter_itself(path: str) -> None:
    given = nn.Linear(2, 2)
    before = given.weight
    if path == REGISTERING:
        parametrize.register_parametrization(given, "weight", _Symmetric())
    else:
        _function(path)(given)
    names = ACCESSED.get(path, ("original",))
    parameters = dict(given.named_parameters())
    held = [parameters[f"parametrizations.weight.{name}"] for name in names]
    assert (held[0] is before) == (len(held) == 1)


@pytest.mark.parametrize("path", sorted(REMOVING))
def test_the_weight_is_a_parameter_again(path: str) -> None:
    maker = next(made for made in (*_hooked(), *ACCESSED) if made.rpartition(".")[2] in path or "remove_param" in path)
    layer = _layer("torch.nn.utils.parametrizations.orthogonal" if "remove_param" in path else maker)
    remove = _function(path)
    assert (remove(layer, "weight") if "remove_param" in path else remove(layer)) is layer
    assert isinstance(layer.weight, nn.Parameter)

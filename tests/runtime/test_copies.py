"""What is said of copies of modules and tensors is what PyTorch makes of them."""

import copy

import pytest
import torch
from torch import nn


def test_a_deep_copy_of_a_module_has_parameters_of_its_own() -> None:
    layer = nn.Linear(2, 2).requires_grad_(False)
    twin = copy.deepcopy(layer)
    assert twin.weight.data_ptr() != layer.weight.data_ptr()
    assert not twin.weight.requires_grad
    twin.requires_grad_(True)
    assert not layer.weight.requires_grad


def test_a_shallow_copy_of_a_module_has_the_same_parameters_and_modules() -> None:
    net = nn.Sequential(nn.Linear(2, 2))
    twin = copy.copy(net)
    assert twin is not net
    assert twin[0] is net[0]
    layer = copy.copy(net[0])
    assert layer.weight is net[0].weight
    twin.eval()
    assert net.training
    assert not net[0].training


def test_hooks_are_copied() -> None:
    layer = nn.Linear(2, 2)
    layer.register_forward_hook(lambda module, given, result: result.detach())
    assert copy.deepcopy(layer)(torch.ones(1, 2)).grad_fn is None


def test_what_is_computed_refuses_a_deep_copy() -> None:
    leaf = torch.ones(2, requires_grad=True)
    for computed in (leaf * 2, leaf[:1]):
        with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
            copy.deepcopy(computed)
    assert copy.deepcopy((leaf * 2).detach()).grad_fn is None


def test_the_gradient_of_a_leaf_is_copied_and_that_of_a_parameter_is_not() -> None:
    leaf, parameter = torch.ones(2, requires_grad=True), nn.Parameter(torch.ones(2))
    torch.autograd.backward((leaf * parameter).sum())
    assert copy.deepcopy(leaf).grad is not None
    assert copy.deepcopy(parameter).grad is None

"""What is said of the results of einops is what it does with PyTorch's tensors."""

import random
from itertools import pairwise

import einops
import pytest
import torch
from einops.layers import torch as layers
from torch import Tensor, nn

from flake8_gradsafe.knowledge.einops import KINDS, REDUCTIONS, Result, axes_of, read_pattern, rearranged

#: The lengths of the axes that the patterns are made of.
LENGTHS = {"a": 2, "b": 3, "c": 2, "d": 4, "e": 3}
PATTERNS = 300
WRITTEN = [
    "... d -> d ...",
    "... d -> (... d)",
    "a b c d -> a b 1 c d",
    "a b c d -> () a b (c d)",
    "a ... -> a (...)",
    "a ... d -> a d (...)",
    "a b c d -> a b c d",
    "... -> ...",
    "a (b 1) c d -> a b c d",
    "a (b 1) c d -> (a) b 1 c d",
]


def _sides(chance: random.Random) -> str:
    """A pattern: the same axes on both sides, in any order, some of them put together."""
    names = list(LENGTHS)
    left = _grouped(names, chance)
    if chance.random() < 0.6:
        chance.shuffle(names)
    return f"{left} -> {_grouped(names, chance)}"


def _grouped(names: list[str], chance: random.Random) -> str:
    cuts = sorted({0, len(names), *(place for place in range(1, len(names)) if chance.random() < 0.6)})
    groups = [names[start:end] for start, end in pairwise(cuts)]
    return " ".join(group[0] if len(group) == 1 else f"({' '.join(group)})" for group in groups)


def _operand(pattern: str, lengths: dict[str, int], *, contiguous: bool) -> Tensor:
    """A tensor that fits the left side."""
    read = read_pattern(pattern)
    assert read is not None
    groups = [group for group in read.left if group != ("…",)]
    sizes = [torch.Size(lengths.get(name, 1) for name in group).numel() for group in groups]
    if len(groups) < len(read.left):
        sizes[1:1] = [2, 3]
    if contiguous:
        return torch.rand(sizes)
    return torch.rand(sizes[::-1]).permute(*range(len(sizes))[::-1])


def _confirm(said: Result, made: Tensor, given: Tensor) -> None:
    shared = made.untyped_storage().data_ptr() == given.untyped_storage().data_ptr()
    if said is Result.ITSELF:
        assert made is given
    elif said is not Result.EITHER:
        assert shared == (said is Result.VIEW)
        assert made is not given


@pytest.mark.parametrize("contiguous", [True, False])
def test_views_and_copies_of_any_pattern(contiguous: bool) -> None:
    chance = random.Random(7)
    said = set()
    for pattern in [*WRITTEN, *(_sides(chance) for _ in range(PATTERNS))]:
        lengths = {} if pattern in WRITTEN else LENGTHS
        given = _operand(pattern, LENGTHS, contiguous=contiguous)
        read = read_pattern(pattern)
        assert read is not None
        made = einops.rearrange(given, pattern, **{name: lengths[name] for name in _composed(pattern) & lengths.keys()})
        result = rearranged(read, lengths, contiguous=contiguous)
        said.add(result)
        _confirm(result, made, given)
        assert axes_of(read.left) in {None, given.dim()}
        assert axes_of(read.right) in {None, made.dim()}
    assert said == set(Result) - ({Result.EITHER} if contiguous else {Result.COPY})


def _composed(pattern: str) -> set[str]:
    read = read_pattern(pattern)
    assert read is not None
    return {name for group in read.left for name in group if len(group) > 1}


@pytest.mark.parametrize("length", [1, 2])
def test_what_is_repeated_within_an_axis_is_copied(length: int) -> None:
    given = torch.rand(2, 3)
    for pattern in ("a b -> a (b k)", "a b -> (k a) b", "a b -> a b k", "a b -> k b a"):
        read = read_pattern(pattern)
        assert read is not None
        _confirm(rearranged(read, {"k": length}, contiguous=True), einops.repeat(given, pattern, k=length), given)
    read = read_pattern("a b -> a (b 3)")
    assert read is not None
    _confirm(rearranged(read, {}, contiguous=True), einops.repeat(given, "a b -> a (b 3)"), given)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_is_an_operator_of_torch(name: str) -> None:
    given = torch.rand(2, 3, 4, requires_grad=True)
    made = einops.reduce(given, "a b c -> a c", name)
    ours = getattr(torch, REDUCTIONS[name])(given, dim=1)
    assert torch.equal(made, ours)
    assert type(made.grad_fn).__name__ == type(ours.grad_fn).__name__
    assert made.untyped_storage().data_ptr() != given.untyped_storage().data_ptr()


def test_a_reduction_of_nothing_gives_a_view() -> None:
    given = torch.rand(2, 3)
    assert einops.reduce(given, "a b -> a b", "sum") is given
    assert einops.reduce(given, "a b -> b a", "sum").data_ptr() == given.data_ptr()


def test_layers_have_no_parameters() -> None:
    made = {"Rearrange": layers.Rearrange("a b -> b a"), "Reduce": layers.Reduce("a b -> a", "max")}
    assert made.keys() == KINDS.keys()
    for layer in made.values():
        assert isinstance(layer, nn.Module)
        assert not list(layer.parameters())


@pytest.mark.parametrize("text", ["a b", "a -> b -> c", "a - b -> c", "a a -> a", "(a (b)) -> a"])
def test_what_is_no_pattern_is_not_read(text: str) -> None:
    assert read_pattern(text) is None

"""Facts beside attributes: what the heap gives back of them, what is left of them where paths meet, and what they lead to."""

import inspect

import pytest

from flake8_gradsafe.engine import check
from flake8_gradsafe.interpreter.domain import facts
from flake8_gradsafe.interpreter.domain.facts import (
    AssignedAt,
    ClearedGradient,
    DefaultFactory,
    Fact,
    HeldTensors,
    IsParameter,
    Items,
    KnownTensor,
    OpenFrom,
    SavedForBackward,
    Unclear,
    UnusedGradient,
)
from flake8_gradsafe.interpreter.domain.heap import Heap
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import Literal, TensorValue, Unknown
from flake8_gradsafe.interpreter.paths.join import join_all

OWNER = 7
ONE, TWO = TensorValue(1), TensorValue(2)


def test_facts_lie_beside_the_attributes_of_the_program() -> None:
    heap = Heap()
    heap[OWNER, "tensor"] = Literal(3)
    heap.note(OWNER, KnownTensor(1))
    heap.note_attribute(OWNER, "tensor", AssignedAt(5, "here"))
    assert heap.attributes(OWNER) == [("tensor", Literal(3))]
    assert heap.fact(OWNER, KnownTensor) == KnownTensor(1)
    assert heap.attribute_fact(OWNER, "tensor", AssignedAt) == AssignedAt(5, "here")
    assert heap.entries(OWNER) == [
        ("tensor", Literal(3)),
        (KnownTensor, KnownTensor(1)),
        ((AssignedAt, "tensor"), AssignedAt(5, "here")),
    ]


def test_a_fact_is_kept_until_it_is_forgotten() -> None:
    heap = Heap()
    heap.note(OWNER, OpenFrom(1))
    heap.note(OWNER, OpenFrom(2))
    twin = heap.copy()
    assert heap.forget(OWNER, OpenFrom) == OpenFrom(2)
    assert not heap.has(OWNER, OpenFrom)
    assert heap.facts_of_kind(OpenFrom) == []
    assert twin.facts_of_kind(OpenFrom) == [(OWNER, OpenFrom(2))]


def test_a_tensor_is_held_by_facts_and_attributes() -> None:
    heap = Heap()
    heap[OWNER, "weight"] = ONE
    heap.note(OWNER, Items((TWO, ONE)))
    heap.note(OWNER, IsParameter())
    assert list(heap.holding(1)) == [(OWNER, "weight"), (OWNER, Items)]
    assert list(heap.holding(2)) == [(OWNER, Items)]


def _after_joining(mine: Fact | None, other: Fact | None) -> Heap:
    one, two = State(), State()
    for state, fact in ((one, mine), (two, other)):
        if fact is not None:
            state.heap.note(OWNER, fact)
    (joined,) = join_all([one, two], searching=None)
    return joined.heap


@pytest.mark.parametrize(("mine", "other"), [(OpenFrom(1), OpenFrom(2)), (OpenFrom(1), None), (None, OpenFrom(2))])
def test_what_paths_do_not_agree_on_is_there_but_unclear(mine: Fact | None, other: Fact | None) -> None:
    heap = _after_joining(mine, other)
    assert heap.has(OWNER, OpenFrom)
    assert heap.fact(OWNER, OpenFrom) is None
    assert heap.facts_of_kind(OpenFrom) == []


def test_a_factory_that_paths_do_not_agree_on_makes_something_unknown() -> None:
    heap = _after_joining(DefaultFactory(Literal(1)), DefaultFactory(Literal(2)))
    factory = heap.fact(OWNER, DefaultFactory)
    assert factory is not None
    assert isinstance(factory.value, Unknown)


@pytest.mark.parametrize("fact", [UnusedGradient("here"), ClearedGradient("here", "there", 1)])
def test_what_became_of_a_gradient_on_one_path_stays(fact: Fact) -> None:
    assert _after_joining(fact, None).fact(OWNER, type(fact)) == fact
    assert _after_joining(None, fact).fact(OWNER, type(fact)) == fact


def test_facts_that_lead_to_different_tensors_keep_paths_apart() -> None:
    one, two = State(), State()
    one.heap.note(OWNER, Items((ONE,)))
    two.heap.note(OWNER, Items((TWO,)))
    assert len(join_all([one, two], searching=None)) == 2


def test_all_kinds_that_hold_values_are_followed() -> None:
    kinds = {kind for _, kind in inspect.getmembers(facts, inspect.isclass) if issubclass(kind, Fact)}
    holding = {kind for kind in kinds if kind.values is not Fact.values and not kind.__name__.startswith("_")}
    assert set(facts.HOLDING) == holding


@pytest.mark.parametrize(
    "fact",
    [
        Unclear(Unknown(1)),
        KnownTensor(1),
        HeldTensors((ONE,)),
        Items((ONE,)),
        DefaultFactory(ONE),
        SavedForBackward("here", ((ONE, 3),)),
    ],
)
def test_a_copy_holds_other_values(fact: Fact) -> None:
    copy = fact.with_values((TWO,))
    assert type(copy) is type(fact)
    assert copy.values == (TWO,)
    assert copy.with_values(fact.values) == fact


def test_an_attribute_may_have_the_name_of_a_fact() -> None:
    program = """\
import torch
def f(box):
    w = torch.ones(3, requires_grad=True)
    y = w.exp()
    box.tensor = y
    {target}.add_(1)
    y.sum().backward()
"""
    assert check(program.format(target="box")) == []
    assert [finding.code for finding in check(program.format(target="box.tensor"))] == ["GRD141"]

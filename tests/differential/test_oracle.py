"""The judge is judged: on programs whose outcome is known, and against other ways to find it out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, assume, find, given, settings

from tests.differential.oracle import Judgement, describe, error_name, gradients, judge, shares
from tests.differential.programs import (
    NUMPY_WRITES,
    OPS,
    VIEWS,
    WRITES,
    Alias,
    Backward,
    Chunk,
    Data,
    Detach,
    DetachInPlace,
    Leaf,
    Numpy,
    NumpyWrite,
    Op,
    Program,
    RequiresGrad,
    SetData,
    Statement,
    Unbind,
    View,
    With,
    Write,
    flatten,
    programs,
    shapes,
)

torch.set_num_threads(1)

A = Leaf("a", (3,), True, 0)
B = Leaf("b", (3,), False, 1)
ROWS = Leaf("rows", (2, 3), True, 2)
SIGMOID = Op("out", "sigmoid", ("a",))
DOUBLE = Op("m", "mul_scalar", ("a", 2.0))
SQUARE = Op("y", "pow2", ("m",))


def sum_of(name: str, retain_graph: bool = False) -> tuple[Statement, Statement]:
    return Op("loss", "sum", (name,)), Backward("loss", retain_graph)


def no_grad(*body: Statement) -> With:
    return With("no_grad", body)


RIGHT = "right"
WRONG = "wrong"

# program → its verdicts: "right", an error's name, or "wrong" and the numbers of the guilty writes
KNOWN: dict[str, tuple[Program, list[Any]]] = {
    "no write": ((A, SIGMOID, *sum_of("out")), [RIGHT]),
    "data of a saved result": (
        (A, SIGMOID, Data("c", "out"), Write("c", "mul_", (2.0,)), *sum_of("out")),
        [(WRONG, {3})],
    ),
    "detach of a saved result": (
        (A, SIGMOID, Detach("c", "out"), Write("c", "mul_", (2.0,)), *sum_of("out")),
        ["modified-inplace"],
    ),
    "data of a detach": (
        (A, SIGMOID, Detach("c", "out"), Data("d", "c"), Write("d", "add_", (1.0,)), *sum_of("out")),
        [(WRONG, {4})],
    ),
    "detach of a data": (
        (A, SIGMOID, Data("c", "out"), Detach("d", "c"), Write("d", "add_", (1.0,)), *sum_of("out")),
        [(WRONG, {4})],
    ),
    "a view of an alias of data": (
        (
            A,
            SIGMOID,
            Data("c", "out"),
            Alias("d", "c"),
            View("v", "slice", "d", (0, 2)),
            Write("v", "exp_"),
            *sum_of("out"),
        ),
        [(WRONG, {5})],
    ),
    "numpy": (
        (A, SIGMOID, Numpy("n", "out"), NumpyWrite("n", "multiply", 1.5), *sum_of("out")),
        [(WRONG, {3})],
    ),
    "numpy, a region": (
        (A, SIGMOID, Numpy("n", "out"), NumpyWrite("n", "setitem", 0.7, (0, 2)), *sum_of("out")),
        [(WRONG, {3})],
    ),
    "add saves nothing": (
        (
            A,
            Op("out", "add_scalar", ("a", 1.0)),
            Detach("c", "out"),
            Write("c", "mul_", (2.0,)),
            *sum_of("out"),
        ),
        [RIGHT],
    ),
    "nothing saved was touched": (
        (
            A,
            SIGMOID,
            Op("s", "sum", ("out",)),
            Data("d", "s"),
            Write("d", "mul_", (2.0,)),
            Backward("s", False),
        ),
        [RIGHT],
    ),
    "write before the save": (
        (A, Data("d", "a"), Write("d", "mul_", (2.0,)), Op("y", "pow2", ("a",)), *sum_of("y")),
        [RIGHT],
    ),
    "out= of data": (
        (A, B, SIGMOID, Data("c", "out"), Write("c", "out", ("b", "b")), *sum_of("out")),
        [(WRONG, {4})],
    ),
    "out= of detach": (
        (A, B, SIGMOID, Detach("c", "out"), Write("c", "out", ("b", "b")), *sum_of("out")),
        ["modified-inplace"],
    ),
    "out= of a tensor in the graph": ((A, SIGMOID, Write("out", "out", ("a", "a"))), ["out-autograd"]),
    "relu(inplace=True) of data": (
        (
            A,
            Op("n", "neg", ("a",)),
            Op("y", "pow2", ("n",)),
            Data("d", "n"),
            Write("d", "relu_inplace"),
            *sum_of("y"),
        ),
        [(WRONG, {4})],
    ),
    "init of data": (
        (A, SIGMOID, Data("c", "out"), Write("c", "constant_", (0.0,)), *sum_of("out")),
        [(WRONG, {3})],
    ),
    "data of a leaf": (
        (A, Op("y", "pow2", ("a",)), Data("d", "a"), Write("d", "add_", (1.0,)), *sum_of("y")),
        [(WRONG, {3})],
    ),
    "detach of a leaf": (
        (A, Op("y", "pow2", ("a",)), Detach("d", "a"), Write("d", "add_", (1.0,)), *sum_of("y")),
        ["modified-inplace"],
    ),
    "a leaf under no_grad": (
        (A, Op("y", "pow2", ("a",)), no_grad(Write("a", "add_", (1.0,))), *sum_of("y")),
        ["modified-inplace"],
    ),
    "only one operand is saved": (
        (A, B, Op("y", "mul", ("a", "b")), Detach("d", "a"), Write("d", "add_", (1.0,)), *sum_of("y")),
        [RIGHT],
    ),
    "the saved operand": (
        (A, B, Op("y", "mul", ("a", "b")), Data("d", "b"), Write("d", "add_", (1.0,)), *sum_of("y")),
        [(WRONG, {4})],
    ),
    "another region, unseen": (
        (
            A,
            DOUBLE,
            View("v", "slice", "m", (0, 2)),
            Op("y", "pow2", ("v",)),
            Data("d", "m"),
            Write("d", "setitem", (0.7,), (2, 3)),
            *sum_of("y"),
        ),
        [RIGHT],
    ),
    "another region, seen": (
        (
            A,
            DOUBLE,
            View("v", "slice", "m", (0, 2)),
            Op("y", "pow2", ("v",)),
            Detach("d", "m"),
            Write("d", "setitem", (0.7,), (2, 3)),
            *sum_of("y"),
        ),
        ["modified-inplace"],
    ),
    "relu, then +=": (
        (A, B, Op("out", "relu", ("a",)), Write("out", "iadd", ("b",)), *sum_of("out")),
        ["modified-inplace"],
    ),
    "an op in place, that nothing saved": ((A, DOUBLE, Write("m", "sigmoid_"), *sum_of("m")), [RIGHT]),
    "the result of an op in place": (
        (A, DOUBLE, Write("m", "sigmoid_"), Data("d", "m"), Write("d", "mul_", (2.0,)), *sum_of("m")),
        [(WRONG, {4})],
    ),
    "times itself in place": ((A, DOUBLE, Write("m", "mul_", ("m",)), *sum_of("m")), ["modified-inplace"]),
    "two writes": (
        (
            A,
            SIGMOID,
            Data("c", "out"),
            Write("c", "mul_", (2.0,)),
            Write("c", "add_", (1.0,)),
            *sum_of("out"),
        ),
        [(WRONG, {3, 4})],
    ),
    "two writes, one of them without effect": (
        (
            A,
            DOUBLE,
            Op("y", "abs", ("m",)),
            Op("z", "sin", ("y",)),
            Data("d", "m"),
            Write("d", "mul_", (2.0,)),
            Data("e", "y"),
            Write("e", "mul_", (2.0,)),
            *sum_of("z"),
        ),
        [(WRONG, {7})],
    ),
    "write between two backwards": (
        (
            A,
            SIGMOID,
            Op("s", "sum", ("out",)),
            Backward("s", True),
            Data("c", "out"),
            Write("c", "mul_", (2.0,)),
            Backward("s", False),
        ),
        [RIGHT, (WRONG, {5})],
    ),
    "write after backward": ((A, SIGMOID, *sum_of("out"), Data("c", "out"), Write("c", "exp_")), [RIGHT]),
    "wrong, then an error": (
        (
            A,
            SIGMOID,
            Op("s", "sum", ("out",)),
            Data("c", "out"),
            Write("c", "mul_", (2.0,)),
            Backward("s", False),
            Backward("s", False),
        ),
        [(WRONG, {4}), "freed"],
    ),
    "in-place on a leaf": ((A, Write("a", "add_", (1.0,))), ["leaf-inplace"]),
    "in-place on a view of a leaf": (
        (A, View("v", "slice", "a", (0, 2)), Write("v", "add_", (1.0,))),
        ["leaf-view-inplace"],
    ),
    "in-place on one of several views": (
        (ROWS, Unbind(("u", "v"), "rows"), Write("v", "mul_", (2.0,))),
        ["multi-view"],
    ),
    "in-place on a chunk": ((A, DOUBLE, Chunk(("u", "v"), "m"), Write("v", "mul_", (2.0,))), ["multi-view"]),
    "one of several views, saved, and another written through detach": (
        (
            ROWS,
            Unbind(("u", "v"), "rows"),
            Op("y", "pow2", ("v",)),
            Detach("d", "u"),
            Write("d", "mul_", (2.0,)),
            *sum_of("y"),
        ),
        ["multi-view"],
    ),
    "one of several views, and another written through detach": (
        (
            ROWS,
            Unbind(("u", "v"), "rows"),
            Op("y", "exp", ("v",)),
            Detach("d", "u"),
            Write("d", "mul_", (2.0,)),
            *sum_of("y"),
        ),
        [RIGHT],
    ),
    "init of one of several views, after a write that makes it useless": (
        (
            ROWS,
            Op("s", "sum", ("rows",)),
            Backward("s", True),
            Unbind(("u", "v"), "rows"),
            Detach("d", "u"),
            Write("d", "mul_", (2.0,)),
            Write("v", "constant_", (1.0,)),
            Backward("s", True),
            Write("v", "mul_", (2.0,)),
        ),
        [RIGHT, RIGHT, "multi-view"],
    ),
    "a view made under no_grad leads to no leaf": (
        (A, no_grad(View("v", "slice", "a", (0, 2))), *sum_of("v")),
        [RIGHT],
    ),
    "a view made under no_grad": (
        (A, DOUBLE, no_grad(View("v", "slice", "m", (0, 2))), Write("v", "add_", (1.0,))),
        ["no-grad-view"],
    ),
    "detach_, then backward": ((A, DOUBLE, DetachInPlace("m"), SQUARE, *sum_of("y")), ["no-grad"]),
    "detach_ of what saved a result": (
        (A, DOUBLE, Op("y", "exp", ("m",)), DetachInPlace("m"), *sum_of("y")),
        [RIGHT],
    ),
    "detach_ of a saved input": ((A, DOUBLE, SQUARE, DetachInPlace("m"), *sum_of("y")), ["saved-detached"]),
    "detach_ between two uses loses a gradient, from right values": (
        (
            A,
            DOUBLE,
            Op("y", "exp", ("m",)),
            DetachInPlace("m"),
            Op("z", "pow2", ("m",)),
            Op("s", "add", ("y", "z")),
            *sum_of("s"),
        ),
        [RIGHT],
    ),
    "detach_ of a view": ((A, DOUBLE, View("v", "slice", "m", (0, 2)), DetachInPlace("v")), ["detach-view"]),
    "a view keeps its node": (
        (A, DOUBLE, View("v", "slice", "m", (0, 2)), DetachInPlace("m"), *sum_of("v")),
        [RIGHT],
    ),
    "requires_grad_(False) of a result": (
        (A, DOUBLE, RequiresGrad("m", False)),
        ["non-leaf-requires-grad"],
    ),
    "a detached tensor as a new leaf": (
        (A, SIGMOID, Detach("c", "out"), RequiresGrad("c", True), Op("y", "pow2", ("c",)), *sum_of("y")),
        [RIGHT],
    ),
    "a loss under no_grad": ((A, no_grad(DOUBLE, Op("s", "sum", ("m",))), Backward("s", False)), ["no-grad"]),
    "enable_grad within no_grad": (
        (A, no_grad(With("enable_grad", (DOUBLE, Op("s", "sum", ("m",)))), Backward("s", False))),
        [RIGHT],
    ),
    "twice over a graph that saved nothing": (
        (A, Op("s", "sum", ("a",)), Backward("s", False), Backward("s", False)),
        [RIGHT, RIGHT],
    ),
    "twice, retained": ((A, SIGMOID, *sum_of("out", True), Backward("loss", False)), [RIGHT, RIGHT]),
    "data of a saved input replaced": (
        (A, B, DOUBLE, SQUARE, SetData("m", "b", True), *sum_of("y")),
        [(WRONG, {4})],
    ),
    "data of a saved input replaced by another's": (
        (A, B, DOUBLE, SQUARE, SetData("m", "b", False), Write("b", "mul_", (2.0,)), *sum_of("y")),
        [(WRONG, {4, 5})],
    ),
    "data of a saved result replaced": ((A, B, SIGMOID, SetData("out", "b", True), *sum_of("out")), [RIGHT]),
    "data of a tensor replaced that an op in place saved as its result": (
        (A, B, DOUBLE, Write("m", "sigmoid_"), SetData("m", "b", True), *sum_of("m")),
        [RIGHT],
    ),
    "data of a view replaced, after a write to its base": (
        (
            A,
            Leaf("c", (2,), False, 3),
            DOUBLE,
            View("v", "slice", "m", (0, 2)),
            Write("m", "mul_", (2.0,)),
            Op("y", "pow2", ("v",)),
            SetData("v", "c", True),
            *sum_of("y"),
        ),
        [(WRONG, {6})],
    ),
    "several backwards, one of them wrong": (
        (
            A,
            SIGMOID,
            Op("s", "sum", ("out",)),
            Op("t", "sum", ("a",)),
            Data("c", "out"),
            Write("c", "mul_", (2.0,)),
            Backward("t", False),
            Backward("s", False),
        ),
        [RIGHT, (WRONG, {5})],
    ),
}


def in_short(judgement: Judgement) -> list[Any]:
    return [
        verdict.error or ((WRONG, set(verdict.writes)) if verdict.kind == WRONG else verdict.kind)
        for verdict in judgement.verdicts
    ]


@pytest.mark.parametrize("name", KNOWN)
def test_known_program(name: str) -> None:
    program, expected = KNOWN[name]
    judgement = judge(program)
    assert in_short(judgement) == expected, describe(program)
    assert not judgement.degenerate
    assert [v.kind == "error" for v in judgement.verdicts] == [isinstance(e, str) and e != RIGHT for e in expected]


@pytest.mark.parametrize(("op", "victim"), [("relu", "y"), ("abs", "m"), ("leaky_relu", "m")])
def test_a_write_that_keeps_the_sign_is_touched_but_right(op: str, victim: str) -> None:
    program = (A, DOUBLE, Op("y", op, ("m",)), Data("d", victim), Write("d", "mul_", (2.0,)), *sum_of("y"))
    (verdict,) = judge(program).verdicts
    assert (verdict.kind, set(verdict.touched), set(verdict.writes)) == (RIGHT, {4}, set())


def test_an_error_stands_at_the_statement_that_raised() -> None:
    program = (A, no_grad(DOUBLE), Write("a", "add_", (1.0,)))
    assert [verdict.index for verdict in judge(program).verdicts] == [3]


def test_writes_that_cancel_are_degenerate() -> None:
    program = (
        *(A, SIGMOID, Data("c", "out"), Write("c", "mul_", (2.0,)), Write("c", "mul_", (0.5,))),
        *sum_of("out"),
    )
    assert judge(program).degenerate


def test_writes_that_a_zero_hides_are_degenerate() -> None:
    zero = Op("y", "mul_scalar", ("out", 0.0))
    assert judge((A, SIGMOID, zero, Data("c", "out"), Write("c", "mul_", (2.0,)), *sum_of("y"))).degenerate


def test_values_out_of_bounds_are_degenerate() -> None:
    root = Op("y", "sqrt", ("z",))
    assert judge((A, Op("z", "mul_scalar", ("a", 0.0)), root, *sum_of("y"))).degenerate


def test_a_write_that_changes_no_byte_is_idle() -> None:
    program = (A, Data("d", "a"), Write("d", "clamp_", (0.1,)), Write("d", "clamp_", (1.2,)))
    assert judge(program).idle == {2}


def test_unknown_messages_are_kept() -> None:
    assert error_name("new text") == "other: new text"


few = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def executed(program: Program) -> tuple[dict[str, Any], str | None]:
    """What the source text of a program leaves behind: its names, and its error."""
    namespace: dict[str, Any] = {}
    try:
        exec(describe(program), namespace)
    except RuntimeError as error:
        return namespace, error_name(str(error))
    return namespace, None


def grad(value: Any) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a leaf may have become a result since
        gradient = value.grad
    assert isinstance(gradient, torch.Tensor)
    return gradient


@few
@given(programs())
def test_the_source_text_does_what_the_program_does(program: Program) -> None:
    namespace, error = executed(program)
    assert error == judge(program).verdicts[-1].error
    assert all(torch.equal(grad(namespace[name]), value) for name, value in gradients(program).items())


@few
@given(programs())
def test_wrong_is_what_private_copies_of_saved_tensors_tell(program: Program) -> None:
    judgement = judge(program)
    assume(not judgement.degenerate and [v.kind for v in judgement.verdicts] in (["right"], ["wrong"]))
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach().clone(), lambda t: t):
        namespace, _ = executed(program)
    same = [torch.allclose(grad(namespace[name]), g, rtol=1e-9, atol=1e-12) for name, g in gradients(program).items()]
    assume(same)
    assert all(same) == (judgement.verdicts[0].kind == "right")


@few
@given(programs())
def test_shapes_are_those_of_torch(program: Program) -> None:
    namespace, _ = executed(program)
    known = shapes(program)
    assert {name: tuple(namespace[name].shape) for name in known if name in namespace} == {
        name: shape for name, shape in known.items() if name in namespace
    }


def test_the_generator_leaves_nothing_out() -> None:
    seen: set[object] = set()

    @settings(few, max_examples=2500)
    @given(programs())
    def look(program: Program) -> None:
        for statement in flatten(program):
            seen.add(type(statement))
            match statement:
                case Op(op=op):
                    seen.add(("op", op))
                case View(how=how) | Write(how=how) | NumpyWrite(how=how):
                    seen.add((type(statement), how))
                case With(mode=mode):
                    seen.add(mode)

    look()
    wanted: set[object] = {
        Leaf,
        Op,
        View,
        Unbind,
        Chunk,
        Detach,
        Data,
        Alias,
        Numpy,
        Write,
        NumpyWrite,
        SetData,
    }
    wanted |= {DetachInPlace, RequiresGrad, With, Backward, "no_grad", "enable_grad"}
    wanted |= {("op", op) for op in OPS} | {(View, how) for how in VIEWS}
    wanted |= {(Write, how) for how in WRITES} | {(NumpyWrite, how) for how in NUMPY_WRITES}
    assert wanted - seen == set()


def test_every_kind_of_verdict_is_a_fifth_at_least() -> None:
    counted = shares(1500, seed=1)
    verdicts = sum(counted.kinds.values())
    assert all(counted.kinds[kind] >= verdicts / 5 for kind in ("right", "error", "wrong")), counted
    assert counted.degenerate < 0.05 * counted.programs
    assert not [name for name in counted.errors if name.startswith("other")]


def is_wrong(program: Program) -> bool:
    judgement = judge(program)
    return not judgement.degenerate and any(v.kind == "wrong" for v in judgement.verdicts)


def is_refused_at_backward(program: Program) -> bool:
    return any(v.error == "modified-inplace" for v in judge(program).verdicts)


@pytest.mark.parametrize("interesting", [is_wrong, is_refused_at_backward])
def test_programs_shrink_to_the_story(interesting: Callable[[Program], bool]) -> None:
    program = find(programs(), interesting, settings=settings(few, max_examples=1000))
    assert len(list(flatten(program))) <= 7, describe(program)

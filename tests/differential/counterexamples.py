"""Programs that once parted the model from PyTorch; each says what PyTorch does.

They are the shortest that were found, with the numbers that the generator gave them.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.differential.programs import (
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
    Unbind,
    View,
    With,
    Write,
)

_A = Leaf("a", (4,), True, 0)
_B = Leaf("b", (3, 3), True, 1)
_K = Leaf("k", (4,), False, 2)


def _end(name: str, *, retain_graph: bool = False) -> Program:
    return (Op("loss", "sum", (name,)), Backward("loss", retain_graph))


COUNTEREXAMPLES: Mapping[str, Program] = {
    # `.data` and `.detach()` do not ask for the grad_fn of a stale view: only what uses the view is refused.
    "data_of_a_stale_multi_view": (
        _B,
        Op("m", "cos", ("b",)),
        Unbind(("r", "s", "t"), "m"),
        With("no_grad", (Write("s", "mul_", (2.0,)),)),
        Data("d", "t"),
        Write("d", "constant_", (1.3,)),
        *_end("t"),
    ),
    # A view's node is made anew when it is next looked at: of a base that was detached meanwhile, it leads
    # nowhere.
    "view_made_anew_of_a_detached_base": (
        _B,
        Op("m", "tanh", ("b",)),
        View("v", "t", "m"),
        With("no_grad", (Write("v", "mul_", (2.0,)),)),
        Data("d", "v"),
        DetachInPlace("m"),
        *_end("v"),
    ),
    # A view keeps requiring grad after its base was detached, and a multi-view is refused for that.
    "multi_view_of_a_detached_base": (
        _B,
        Op("m", "log_softmax", ("b",)),
        Unbind(("r", "s", "t"), "m"),
        Detach("d", "t"),
        Write("d", "add_", (0.3,)),
        DetachInPlace("m"),
        *_end("t"),
    ),
    # Unpacking a tensor kept by reference asks for its grad_fn, also of one that was a leaf: refused before
    # versions are.
    "saved_no_grad_view_asked_for_its_node": (
        _A,
        With("no_grad", (View("v", "slice", "a", (0, 2)),)),
        Op("c", "log1p", ("v",)),
        Detach("d", "v"),
        Write("d", "add_", (0.3,)),
        *_end("c"),
    ),
    # A view made under no_grad requires grad as soon as its base does, but has no edge: nothing is kept for
    # it.
    "no_grad_view_has_no_edge": (
        _A,
        _K,
        With("no_grad", (View("v", "view", "a", (-1,)),)),
        Op("c", "mul", ("v", "k")),
        Write("k", "mul_", (2.0,)),
        *_end("c"),
    ),
    # What is written into a view is part of the base's node, which a backward frees even if the operator
    # keeps nothing.
    "write_into_a_view_is_freed": (
        _A,
        Op("c", "add_scalar", ("a", 0.5)),
        View("v", "slice", "c", (0, 2)),
        Write("v", "add_", (0.3,)),
        Op("loss", "sum", ("c",)),
        Backward("loss", False),
        Backward("loss", False),
    ),
    # A store to a slice of a leaf goes through a view of it, and is refused as one.
    "slice_store_into_a_leaf": (_A, Write("a", "setitem", (0.7,), (0, 2)), *_end("a")),
    # A view that requires grad itself may not be written either if its base is a leaf, which need not require
    # grad.
    "view_of_a_constant_that_requires_grad": (
        _K,
        View("v", "slice", "k", (0, 2)),
        RequiresGrad("v", True),
        Write("v", "mul_", (2.0,)),
        *_end("v"),
    ),
    # out= is refused if any of its tensors requires grad, and is a write like any other if none does.
    "out_of_a_graph_tensor": (
        _A,
        _K,
        Op("c", "exp", ("a",)),
        Write("c", "out", ("k", "k")),
        *_end("c"),
    ),
    "out_through_data": (
        _A,
        _K,
        Op("c", "exp", ("a",)),
        Data("d", "c"),
        Write("d", "out", ("k", "k")),
        *_end("c"),
    ),
    # Both the write to the old memory and the assignment to .data change what the operator will read.
    "write_and_then_other_data": (
        _A,
        _K,
        Op("c", "mul_scalar", ("a", 2.5)),
        Op("s", "sin", ("c",)),
        Numpy("n", "c"),
        NumpyWrite("n", "multiply", 1.5),
        SetData("c", "k", True),
        Data("d", "c"),
        Write("d", "mul_", (2.0,)),
        *_end("s"),
    ),
    # Writes to the old memory after an assignment to .data are read by nobody.
    "write_to_memory_that_was_left": (
        _A,
        Op("c", "mul_scalar", ("a", 2.5)),
        Op("s", "sin", ("c",)),
        Data("d", "c"),
        SetData("c", "a", True),
        Write("d", "mul_", (2.0,)),
        *_end("s"),
    ),
    # The gradient of a leaf that was frozen is dropped: what is read for it alone does no harm.
    "read_for_a_frozen_leaf_only": (
        _A,
        Leaf("f", (4,), True, 3),
        Op("p", "mul", ("a", "f")),
        Data("d", "a"),
        Write("d", "mul_", (2.0,)),
        RequiresGrad("f", False),
        *_end("p"),
    ),
    # copy_ lets nothing through to what was there: a saved tensor of the old value is read, and multiplied by
    # zero.
    "overwritten_value_gets_no_gradient": (
        _A,
        _K,
        Leaf("e", (4,), True, 4),
        Op("c", "exp", ("a",)),
        Op("x", "clone", ("c",)),
        Data("d", "c"),
        Write("d", "mul_", (2.0,)),
        Write("x", "copy_", ("e",)),
        Op("y", "add", ("x", "a")),
        *_end("y"),
    ),
    # The gradient arrives through a slice: a write to the other elements is read, and multiplied by zero.
    "write_where_no_gradient_arrives": (
        _A,
        Op("c", "exp", ("a",)),
        Data("d", "c"),
        Write("d", "setitem", (0.7,), (2, 4)),
        View("v", "slice", "c", (0, 2)),
        *_end("v"),
    ),
    # Of what was put together, only a part has a leaf behind it: the other part's gradient goes nowhere.
    "write_to_the_constant_half": (
        _A,
        _K,
        Op("c", "cat2", ("a", "k")),
        Op("t", "tanh", ("c",)),
        Data("d", "t"),
        Chunk(("u", "v"), "d"),
        Numpy("n", "v"),
        NumpyWrite("n", "multiply", 1.5),
        *_end("t"),
    ),
    # Saved by an operator that keeps its operand by reference, a tensor detached in place is refused.
    "detached_in_place_while_saved": (
        _A,
        Op("c", "mul_scalar", ("a", 2.5)),
        Op("s", "pow2", ("c",)),
        DetachInPlace("c"),
        *_end("s"),
    ),
    # What an operator saved is unpacked by its native names' order, `other` before `self`: the first error is
    # the one.
    "other_is_unpacked_before_self": (
        _A,
        Leaf("e", (4,), True, 4),
        Op("c", "exp", ("a",)),
        Op("m", "exp", ("e",)),
        Op("q", "div", ("c", "m")),
        DetachInPlace("c"),
        Detach("d", "m"),
        Write("d", "add_", (0.8,)),
        *_end("q"),
    ),
    # A store to a slice of a view makes anew the slice, not the view, which follows its base if that is then
    # detached.
    "slice_store_leaves_the_view_stale": (
        _B,
        Op("c", "exp", ("b",)),
        View("v", "view", "c", (-1,)),
        Write("v", "setitem", (0.7,), (3, 6)),
        DetachInPlace("c"),
        Op("s", "sqrt", ("v",)),
        *_end("s"),
    ),
    # requires_grad_() looks at the grad_fn that a stale view has, and does not make it anew.
    "flag_of_a_stale_multi_view": (
        _B,
        Op("m", "sigmoid", ("b",)),
        Unbind(("r", "s", "t"), "m"),
        With("no_grad", (Write("t", "mul_", (2.0,)),)),
        RequiresGrad("s", False),
        *_end("m"),
    ),
    # A store to all of a tensor goes through no view, and is not freed by a backward.
    "store_to_all_of_a_tensor": (
        _A,
        Op("d", "add_scalar", ("a", 0.5)),
        Write("d", "setitem", (0.7,), (0, 4)),
        Op("loss", "sum", ("d",)),
        Backward("loss", False),
        Backward("loss", False),
    ),
    # The part of a joined tensor that belongs to a frozen leaf gets no gradient.
    "write_to_the_frozen_half": (
        _A,
        Leaf("e", (4,), True, 4),
        Op("c", "cat2", ("a", "e")),
        RequiresGrad("a", False),
        Op("p", "exp", ("c",)),
        Data("d", "p"),
        Write("d", "setitem", (1.3,), (0, 4)),
        *_end("p"),
    ),
    # clamp compares with a number: other values on the same side of it change nothing.
    "clamp_reads_a_comparison": (
        _A,
        Op("c", "mul_scalar", ("a", 2.5)),
        Op("m", "clamp_min", ("c", 0.6)),
        Data("d", "c"),
        Write("d", "add_", (0.8,)),
        *_end("m"),
    ),
    # A transposed view's columns are its base's rows.
    "columns_of_a_transposed_view": (
        _B,
        Op("c", "mul_scalar", ("b", 2.5)),
        View("v", "t", "c"),
        View("w", "columns", "v", (0, 1)),
        Op("s", "sin", ("w",)),
        Data("d", "c"),
        Write("d", "setitem", (0.7,), (1, 3)),
        *_end("s"),
    ),
}

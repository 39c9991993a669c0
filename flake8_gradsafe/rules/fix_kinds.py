"""The kinds of fixes, as data: what each does, and when it is safe. The room `fixes` has a module of the same name for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FixKind:
    """One kind of fix. `title` says what is done; `safe_where` and `unsafe_where` are empty where it never is the one or the
    other."""

    name: str
    title: str
    safe_where: str = ""
    unsafe_where: str = ""


COPY = FixKind(
    "copy",
    "write to a copy: .detach().clone()",
    "nobody reads the original after the write",
    "the original is read after the write, and no longer changes with the copy",
)
OUT_OF_PLACE = FixKind(
    "out_of_place",
    "write it out of place, and rebind the name",
    "nobody else in sight holds the tensor",
    "somebody else holds the tensor, and keeps the old values",
)
NO_GRAD = FixKind(
    "no_grad",
    "write in place under torch.no_grad()",
    "a parameter, a buffer or a gradient is written, and no graph in sight has saved it",
    "what is written may be part of a graph: a backward that was silently wrong then raises",
)
READ_DETACHED = FixKind("read_detached", "read through detach()", "what is read are the same values in the same memory")
REBIND_DETACHED = FixKind(
    "rebind_detached",
    "detach and rebind: x = x.detach()",
    "nobody else in sight holds the tensor",
    "somebody else holds the tensor, and keeps its graph",
)
BIND_DETACHED = FixKind(
    "bind_detached",
    "bind the result: x = x.detach()",
    "",
    "the cut, which had no effect, now keeps gradients from what came before",
)

REMEDIES = {
    remedy.name: remedy for remedy in (COPY, OUT_OF_PLACE, NO_GRAD, READ_DETACHED, REBIND_DETACHED, BIND_DETACHED)
}

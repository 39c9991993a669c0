"""The words that messages and traces share, so that they say the same thing everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import CutKind, Via
from flake8_gradsafe.rules.rule import Mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_gradsafe.autograd.graph import Corruption, Node, Premise, Refusal, Save
    from flake8_gradsafe.autograd.tensor import Cut, Hop, Write

_HOPS = {
    Via.DATA: "shares the memory, not the version counter",
    Via.DETACH: "shares the memory and the version counter, outside the graph",
    Via.NUMPY: "shares the memory; nothing counts its writes",
}

_CUTS = {
    CutKind.DETACH: "cut off from the graph here, by detach()",
    CutKind.DATA: "cut off from the graph here, by .data",
    CutKind.NO_GRAD: "computed without a graph here: grad mode is off",
    CutKind.DETACH_: "cut off from the graph here, by detach_()",
    CutKind.READ: "read out of the graph here, as plain numbers",
    CutKind.OPERATOR: "cut off from the graph here: no gradient passes this operator",
}

WRITE_A_COPY = "to change only the copy, take x.detach().clone(); to change the tensor itself, rebind it: x = …"
WRITE_BELOW_BACKWARD = "move the write below the last backward of what was computed before"
CLONE_THE_STATE = "use a copy of the state in the graph: self.state.clone()"
RETURN_A_NEW_GRADIENT = "leave the incoming gradient as it is, and return a new tensor: return grad * factor"
REBIND = "write it out of place and rebind the name: x = x.op(…) or x = x + …"


def operator(node: Node) -> str:
    """An operator by the name that people know: `relu`, `mul`, `Linear`."""
    return node.name.rpartition(".")[2].strip("_")


def saved(node: Node, save: Save) -> str:
    """What was saved: the output that sigmoid saved, an input that mul saved, the weight that Linear saved."""
    if save.assumed:
        return f"what {operator(node)} may have saved"
    if save.what.startswith("output.") or (save.ref is None and save.what == "input"):
        return f"the output that {operator(node)} saved"
    if save.what.startswith("self."):
        return f"the {save.what[5:]} that {operator(node)} saved"
    return f"an input that {operator(node)} saved"


def gradients(leaves: Iterable[str]) -> str:
    """The gradients of named leaves, or gradients at large where none has a name."""
    names = [f"{leaf}.grad" for leaf in leaves]
    return listed(names) if names else "the gradient"


def listed(names: Sequence[str]) -> str:
    """At least one name, in a row: a, b and c."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def save_mark(node: Node, save: Save) -> Mark:
    """Saved here."""
    kept = "its output" if save.what.startswith("output.") else "its input"
    if save.what.startswith("self."):
        kept = f"its {save.what[5:]}"
    return Mark("saved", node.place, f"saved here: {operator(node)} keeps {kept} for backward")


def hop_marks(hops: Iterable[Hop]) -> tuple[Mark, ...]:
    """Aliased here."""
    return tuple(Mark("aliased", hop.place, _HOPS[hop.via]) for hop in hops if hop.via in _HOPS)


def call_marks(write: Write) -> tuple[Mark, ...]:
    """Called here: the calls through which the program comes to a write."""
    return tuple(Mark("called", place, "called here") for place in write.calls)


def cut_marks(cuts: Iterable[Cut]) -> tuple[Mark, ...]:
    """Cut off here."""
    return tuple(cut_mark(cut.kind, cut.place) for cut in cuts)


def cut_mark(kind: CutKind, place: object) -> Mark:
    """Cut off at this place."""
    return Mark("cut", place, _CUTS[kind])


def shared_gradient_mark(place: object) -> Mark:
    """The operator whose operands get the same gradient."""
    return Mark("aliased", place, "backward hands one and the same gradient to both branches here")


def corruption_trace(corruption: Corruption, backward: object) -> tuple[Mark, ...]:
    """Saved, aliased, overwritten, read."""
    write = corruption.write
    marks = (save_mark(corruption.node, corruption.save), *hop_marks(write.hops), *call_marks(write))
    marks += (Mark("written", write.place, "overwritten here, unseen by autograd"),)
    return marks + read_mark(backward)


def refusal_trace(refusal: Refusal, place: object, backward: object) -> tuple[Mark, ...]:
    """Saved, aliased, overwritten, refused."""
    marks: tuple[Mark, ...] = ()
    if refusal.node is not None and refusal.save is not None:
        marks = (save_mark(refusal.node, refusal.save),)
    for write in refusal.writes:
        if write.place is place:
            marks += (*hop_marks(write.hops), *call_marks(write))
    marks += (Mark("written", place, "overwritten here, which moves the version"),)
    return marks + read_mark(backward, "refused here")


def made_trace(refusal: Refusal, place: object, what: str) -> tuple[Mark, ...]:
    """Made here, refused here: for what PyTorch refuses at once."""
    refused = Mark("written", place, "refused here")
    return (refused,) if refusal.made is None else (Mark("made", refusal.made, f"made here: {what}"), refused)


def read_mark(backward: object, text: str = "read here") -> tuple[Mark, ...]:
    """Read, or refused, by the backward in sight, if there is one."""
    return () if backward is None else (Mark("read", backward, text),)


def assuming(premises: Iterable[Premise]) -> str:
    """The premises in words, for the end of a message."""
    words = sorted(premise.value for premise in premises)
    return f" (assuming {' and '.join(words)})" if words else ""

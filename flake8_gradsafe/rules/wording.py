"""The words that messages and traces share, so that they say the same thing everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import ErrorKind, Premise
from flake8_gradsafe.autograd.tensor import CutKind, Via
from flake8_gradsafe.rules.rule import TraceMark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flake8_gradsafe.autograd.graph import AutogradError, Node, SavedTensor, StaleSave
    from flake8_gradsafe.autograd.tensor import Cut, Hop, Write

_HOPS = {
    Via.DATA: "shares the memory, not the version counter",
    Via.DETACH: "shares the memory and the version counter, outside the graph",
    Via.NUMPY: "shares the memory; no version counter counts its writes",
}

_CUTS = {
    CutKind.DETACH: "cut off from the graph here, by detach()",
    CutKind.DATA: "cut off from the graph here, by .data",
    CutKind.NO_GRAD: "computed without a graph here: grad mode is off",
    CutKind.DETACH_: "cut off from the graph here, by detach_()",
    CutKind.READ: "read out of the graph here, as plain numbers",
    CutKind.FIRST_ORDER: "a gradient without a graph, since it is computed without create_graph=True",
    CutKind.USED_UP: "nothing is left of this iterator here: it was gone through before",
    CutKind.OPERATOR: "cut off from the graph here: no gradient passes this operator",
}

#: The words of PyTorch's errors that people search for. The whole of each stands on the page.
SENTENCES = {
    ErrorKind.MODIFIED: "has been modified by an inplace operation",
    ErrorKind.SAVED_DETACHED: "Trying to use a saved tensor that has been detached in-place",
    ErrorKind.FREED: "Trying to backward through the graph a second time",
    ErrorKind.NO_GRAD: "element 0 of tensors does not require grad and does not have a grad_fn",
    ErrorKind.INPUT_NO_GRAD: "One of the differentiated Tensors does not require grad",
    ErrorKind.LEAF_WRITE: "a leaf Variable that requires grad is being used in an in-place operation.",
    ErrorKind.LEAF_DIRTY: "a leaf Variable that requires grad has been used in an in-place operation.",
    ErrorKind.LEAF_VIEW_WRITE: "a view of a leaf Variable that requires grad is being used in an in-place operation.",
    ErrorKind.MULTI_VIEW_WRITE: "This view is the output of a function that returns multiple views.",
    ErrorKind.CUSTOM_VIEW_WRITE: "This view was created inside a custom Function",
    ErrorKind.NO_GRAD_VIEW_WRITE: "A view was created in no_grad mode",
    ErrorKind.DETACH_VIEW: "Can't detach views in-place. Use detach() instead.",
    ErrorKind.NON_LEAF: "you can only change requires_grad flags of leaf variables.",
    ErrorKind.INFERENCE_SAVED: "Inference tensors cannot be saved for backward.",
}

_ASSUMED = {
    Premise.REQUIRES_GRAD: "that an input of {operator} requires grad",
    Premise.DIFFERENTIATED: "that a caller differentiates the result",
    Premise.SHARES_MEMORY: "that the two tensors share memory",
    Premise.SAVED: "that {operator} saved it",
    Premise.IS_TENSOR: "that what is written is a tensor",
}


def raised(reason: ErrorKind) -> str:
    """PyTorch's error in its own words, as far as one searches for them."""
    return f'RuntimeError "{SENTENCES[reason]}"'


def operator(node: Node) -> str:
    """An operator by the name that people know: `relu`, `mul`, `Linear`."""
    return node.name.rpartition(".")[2].strip("_")


def saved(node: Node, save: SavedTensor) -> str:
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


def save_mark(node: Node, save: SavedTensor) -> TraceMark:
    """Saved here."""
    kept = "its output" if save.what.startswith("output.") else "its input"
    if save.what.startswith("self."):
        kept = f"its {save.what[5:]}"
    return TraceMark("saved", node.place, f"saved here: {operator(node)} keeps {kept} for backward")


def hop_marks(hops: Iterable[Hop]) -> tuple[TraceMark, ...]:
    """Aliased here."""
    return tuple(TraceMark("aliased", hop.place, _HOPS[hop.via]) for hop in hops if hop.via in _HOPS)


def call_marks(write: Write) -> tuple[TraceMark, ...]:
    """Called here: the calls through which the program comes to a write."""
    return tuple(TraceMark("called", place, "called here") for place in write.calls)


def cut_marks(cuts: Iterable[Cut]) -> tuple[TraceMark, ...]:
    """Cut off here."""
    return tuple(cut_mark(cut.kind, cut.place) for cut in cuts)


def cut_mark(kind: CutKind, place: object) -> TraceMark:
    """Cut off at this place."""
    return TraceMark("cut", place, _CUTS[kind])


def shared_gradient_mark(place: object) -> TraceMark:
    """The operator whose operands get the same gradient."""
    return TraceMark("aliased", place, "backward hands one and the same gradient to both branches here")


def corruption_trace(corruption: StaleSave, backward: object) -> tuple[TraceMark, ...]:
    """Saved, aliased, overwritten, read."""
    write = corruption.write
    marks = (save_mark(corruption.node, corruption.save), *hop_marks(write.hops), *call_marks(write))
    marks += (TraceMark("written", write.place, "overwritten here, unseen by autograd"),)
    return marks + read_mark(backward)


def refusal_trace(refusal: AutogradError, place: object, backward: object) -> tuple[TraceMark, ...]:
    """Saved, aliased, overwritten, refused."""
    marks: tuple[TraceMark, ...] = ()
    if refusal.node is not None and refusal.save is not None:
        marks = (save_mark(refusal.node, refusal.save),)
    for write in refusal.writes:
        if write.place is place:
            hops = (
                () if write.via is Via.DATA else write.hops
            )  # of a `.data` handle that was saved itself, the way does not matter
            marks += (*hop_marks(hops), *call_marks(write))
    marks += (TraceMark("written", place, "overwritten here, which moves the version counter"),)
    return marks + read_mark(backward, "refused here")


def made_trace(refusal: AutogradError, place: object, what: str) -> tuple[TraceMark, ...]:
    """Made here, refused here: for what PyTorch refuses at once."""
    refused = TraceMark("written", place, "refused here")
    return (refused,) if refusal.made is None else (TraceMark("made", refusal.made, f"made here: {what}"), refused)


def read_mark(backward: object, text: str = "read here") -> tuple[TraceMark, ...]:
    """Read, or refused, by the backward in sight, if there is one."""
    return () if backward is None else (TraceMark("read", backward, text),)


def assuming(premises: Iterable[Premise], node: Node | None = None) -> str:
    """The premises in words, for the end of a message. `node` is the operator that they are about."""
    whose = "the operator" if node is None else operator(node)
    named = set(premises) - {Premise.MENDED}
    words = sorted(_ASSUMED.get(premise, premise.value).replace("{operator}", whose) for premise in named)
    return f" (assuming {' and '.join(words)})" if words else ""

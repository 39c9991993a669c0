"""A refusal for a saved tensor that was modified, taken apart for the rules that blame the write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import ErrorKind
from flake8_gradsafe.autograd.region import WHOLE
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Raised
from flake8_gradsafe.rules import advice, corrupted, wording
from flake8_gradsafe.rules.rule import Diagnosis

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.graph import AutogradError, Node, SavedTensor
    from flake8_gradsafe.autograd.tensor import Write
    from flake8_gradsafe.rules.advice import Advice


@dataclass(frozen=True, slots=True)
class Modified:
    """What was saved, by which node, and the first write after it."""

    refusal: AutogradError
    node: Node
    save: SavedTensor
    write: Write

    @property
    def is_plain(self) -> bool:
        """Whether the very tensor that was saved was written, by an ordinary in-place operator; it may be a `.data` handle."""
        return self.write.via in {Via.PLAIN, Via.DATA} and not self.is_update

    @property
    def handle(self) -> Write:
        """The write, without the way to its handle if that itself was saved."""
        return self.write._replace(hops=()) if self.write.via is Via.DATA else self.write

    @property
    def is_update(self) -> bool:
        """Whether the write is an optimizer's step, or the like of it on a leaf under no_grad."""
        return self.write.via is Via.STEP or (self.write.via is Via.PLAIN and self.write.updates_leaf)


def overwritten(found: Modified, event: Raised, how: str, when: str, advised: Advice) -> Diagnosis:
    """The report on the write: what it overwrites, how, and when PyTorch refuses it."""
    saved = how.format(saved=wording.saved(found.node, found.save))
    return Diagnosis(
        found.write.place,
        f"`{{here}}` {saved}: {when} {wording.raised(ErrorKind.MODIFIED)}{wording.assuming(event.premises, found.node)}",
        wording.refusal_trace(found.refusal, found.write.place, event.place),
        advised,
        event.premises,
        corrupted.subjects(found.handle, event.place, wording.operator(found.node)),
    )


WILL_RAISE = "backward will raise"
MAY_RAISE = "a backward will raise"


def out_of_place(found: Modified) -> Advice:
    """What to write instead of an ordinary in-place operator."""
    if corrupted.is_given(found.save):
        return advice.WRITE_BELOW_BACKWARD
    if found.write.region == WHOLE:
        return advice.REBIND
    return advice.CLONE_ABOVE_THE_WRITE if corrupted.is_output(found.save) else advice.CLONE_WHERE_IT_IS_READ


#: All that `out_of_place` gives.
ADVICE = (
    advice.WRITE_BELOW_BACKWARD,
    advice.REBIND,
    advice.CLONE_ABOVE_THE_WRITE,
    advice.CLONE_WHERE_IT_IS_READ,
)


def modified(event: Raised) -> Modified | None:
    """The parts of a refusal because of a version that moved, None for any other event."""
    if event.error.kind is not ErrorKind.MODIFIED:
        return None
    refusal = event.error
    if refusal.node is None or refusal.save is None or not refusal.writes:
        return None
    return Modified(refusal, refusal.node, refusal.save, refusal.writes[0])

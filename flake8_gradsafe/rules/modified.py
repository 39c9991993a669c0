"""A refusal for a saved tensor that was modified, taken apart for the rules that blame the write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Reason
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.events import Event, Refused
from flake8_gradsafe.rules import wording
from flake8_gradsafe.rules.rule import Report

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.graph import Node, Refusal, Save
    from flake8_gradsafe.autograd.tensor import Write


@dataclass(frozen=True, slots=True)
class Modified:
    """What was saved, by which node, and the first write after it."""

    refusal: Refusal
    node: Node
    save: Save
    write: Write

    @property
    def is_update(self) -> bool:
        """Whether the write is an optimizer's step, or the like of it on a leaf under no_grad."""
        return self.write.via is Via.STEP or (self.write.via is Via.PLAIN and self.write.updates_leaf)


def overwritten(found: Modified, event: Event, how: str, consequence: str, advice: str) -> Report:
    """The report on the write: what it overwrites, how, and what PyTorch makes of it."""
    saved = how.format(saved=wording.saved(found.node, found.save))
    return Report(
        found.write.place,
        f"`{{here}}` {saved}: {consequence}{wording.assuming(event.premises)}",
        wording.refusal_trace(found.refusal, found.write.place, event.place),
        advice,
        event.premises,
    )


WILL_RAISE = "backward will raise RuntimeError (modified by an inplace operation)"


def modified(event: Event) -> Modified | None:
    """The parts of a refusal because of a version that moved, None for any other event."""
    if not isinstance(event, Refused) or event.refusal.reason is not Reason.MODIFIED:
        return None
    refusal = event.refusal
    if refusal.node is None or refusal.save is None or not refusal.writes:
        return None
    return Modified(refusal, refusal.node, refusal.save, refusal.writes[0])

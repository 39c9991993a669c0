"""What is meant as a constant of a loss and keeps its graph, told by the spelling of a training step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.meant_constants import concerns_constants, differentiated_constants
from flake8_gradsafe.interpreter.events import ConstantDifferentiated
from flake8_gradsafe.knowledge import training

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.run import Run

_PREMISES = frozenset({Premise.CONSTANT, Premise.TRAINED})


def emit_differentiated_constants(run: Run) -> None:
    """Tell of the targets, advantages and old log probabilities that the file's losses differentiate."""
    own = [code for code in run.own_functions if concerns_constants(code, run.names.models)]
    if not own:
        return
    codes = [function.code for function, _ in run.definitions.values()]
    functions = {code.name: code for code in codes if not code.name.startswith("__")}
    cutting = frozenset(code.name for code in codes if not code.mentions.isdisjoint(training.CUTTING))
    keeping = frozenset(code.name for code in codes if "append" in code.mentions) - cutting
    told = set()
    for code in own:
        for found in differentiated_constants(code, run.names.models, functions, cutting, keeping):
            if found.place not in told:
                told.add(found.place)
                run.events.append(ConstantDifferentiated(found.place, _PREMISES, *found[1:]))

"""Parameters that a module of the file holds, and does not register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.registration import unregistered
from flake8_gradsafe.interpreter.events import NotRegistered

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.run import Run


def emit_unregistered(run: Run) -> None:
    """Tell of what the constructors of the file's modules make and do not register, by their spelling."""
    if not run.trains:
        return
    classes = {cls.code.name: cls.code for cls in run.classes.values()}
    modules = [cls.code.name for cls in run.classes.values() if cls.kind == "module"]
    premises = frozenset({Premise.NOT_HANDED})
    functions = [function.code for function, _ in run.definitions.values()]
    for found in unregistered(classes, modules, functions):
        run.events.append(NotRegistered(found.place, premises, found.attribute, found.computed))

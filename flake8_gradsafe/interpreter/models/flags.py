"""Attributes that are set on tensors and modules and that mean nothing to PyTorch, although they look as if they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.graph import Premise
from flake8_gradsafe.idioms.bindings import statements_in
from flake8_gradsafe.interpreter.domain.values import Instance, Literal, ModuleValue, NonTensor, Unknown, Value
from flake8_gradsafe.interpreter.events import Misspelt
from flake8_gradsafe.interpreter.models.classes import class_attribute
from flake8_gradsafe.interpreter.models.opaque import is_opaque
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.misspelt import SWITCHES, meant_by
from flake8_gradsafe.syntax.queries import last_name, methods_of, names_in

if TYPE_CHECKING:
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.interpreter import Interpreter
    from flake8_gradsafe.interpreter.run import Run

_HANDING_OUT = frozenset({"parameters", "named_parameters"})
_NAMED = frozenset({Premise.NAMED})


def knows_nothing_of(owner: Value, name: str, state: State) -> bool:
    """Whether a value is a module whose class has no attribute of this name, and does nothing with it."""
    if isinstance(owner, ModuleValue):
        return not is_opaque(owner)
    if not isinstance(owner, Instance) or owner.cls.kind != "module":
        return False
    methods = [method for cls in owner.cls.lineage for method in methods_of(cls.code)]
    return class_attribute(owner.cls, name, state) is None and not any(
        name in method.mentions or method.name == "__setattr__" for method in methods
    )


def misspelt_attribute(
    interp: Interpreter, target: ir.Attribute, owner: Value, value: Value, node: ir.Statement, state: State
) -> Misspelt | None:
    """`p.require_grad = False` and its kin, where it is known, or likely, what is told so."""
    name = target.attr
    meant = "training" if name in SWITCHES else meant_by(name)
    if not meant or (name in SWITCHES and not _is_flag(value)):
        return None
    overwrites = name in SWITCHES or name == "requires_grad_"
    if meant != "grad" and _is_misspelt_of_module(owner, name, state):
        premises = _NAMED if is_opaque(owner) else frozenset[Premise]()
        return Misspelt(node.place, premises, meant, overwrites, of_module=True)
    if meant == "training":
        return None
    ref = state.known_tensor(owner)
    if ref is not None and state.autograd.tensors[ref].tensor_seen:
        premises = _NAMED if ref in state.autograd.trained else frozenset[Premise]()
        return Misspelt(node.place, premises, meant, overwrites, of_module=False)
    if isinstance(owner, Unknown) and not isinstance(owner, NonTensor) and _is_handed_out(interp.run, target.value):
        return Misspelt(node.place, _NAMED, meant, overwrites, of_module=False)
    return None


def _is_misspelt_of_module(owner: Value, name: str, state: State) -> bool:
    return is_opaque(owner) or knows_nothing_of(owner, name, state)


def _is_flag(value: Value) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, bool)


def _is_handed_out(run: Run, node: ir.Expression) -> bool:
    """Whether a name is bound by a loop over the parameters of something that is made out of sight."""
    return isinstance(node, ir.Name) and any(
        isinstance(statement, ir.Loop)
        and statement.target is not None
        and node.id in names_in(statement.target)
        and last_name(statement.source) in _HANDING_OUT
        for statement in statements_in(run.body)
    )

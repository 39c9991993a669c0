"""A call that is being interpreted, and the registries of the models that say what library calls do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from flake8_gradsafe.interpreter.domain.values import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.interpreter.domain.arguments import Arguments
    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.interpreter.interpreter import Interpreter
    from flake8_gradsafe.syntax import program as ir


class CallContext(NamedTuple):
    """A call, with the state in which it is made and the interpreter that makes it.

    `callee` is the full name of a function, such as `torch.autograd.grad`, or the name of a method; `receiver` is what a method
    is called on, and `node` the expression that makes the call.
    """

    interp: Interpreter
    callee: str
    arguments: Arguments
    node: ir.Expression
    state: State
    receiver: Value = NONE


Model: TypeAlias = "Callable[[CallContext], Value]"

#: Models of functions by their full names, and of a tensor's methods by theirs.
FUNCTION_MODELS: dict[str, Model] = {}
METHOD_MODELS: dict[str, Model] = {}


def function_model(*paths: str) -> Callable[[Model], Model]:
    """Register the model of the functions with these full names."""
    return _registered_in(FUNCTION_MODELS, paths)


def method_model(*names: str) -> Callable[[Model], Model]:
    """Register the model of a tensor's methods with these names."""
    return _registered_in(METHOD_MODELS, names)


def _registered_in(models: dict[str, Model], names: Iterable[str]) -> Callable[[Model], Model]:
    def register(model: Model) -> Model:
        models.update(dict.fromkeys(names, model))
        return model

    return register

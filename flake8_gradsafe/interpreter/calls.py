"""Calls: who is called, by full name or by method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.operators import Spelling
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter import sites
from flake8_gradsafe.interpreter.arguments import Arguments
from flake8_gradsafe.interpreter.events import DetachedInPlace
from flake8_gradsafe.interpreter.python import Builtins, list_after
from flake8_gradsafe.interpreter.session import path_premises
from flake8_gradsafe.interpreter.state import State
from flake8_gradsafe.interpreter.values import (
    NOTHING,
    DictValue,
    Dotted,
    Items,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    OptimizerValue,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.knowledge.effects import VALUELESS
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable


class Calls(Builtins):
    """Calls: who is called, by full name or by method."""

    def value(self, callee: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a value."""
        if isinstance(callee, Dotted):
            return self.function(callee.path, arguments, node, state)
        if isinstance(callee, Method):
            return self.method(callee.receiver, callee.name, arguments, node, state)
        if isinstance(callee, ModuleValue):
            return self._module(callee, arguments, node, state)
        return self._out_of_sight("call", arguments.all(), node, state, receiver=callee)

    def function(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call something by its full name."""
        special = _FUNCTIONS.get(path)
        if special is not None:
            return special(self, path, arguments, node, state)
        spelling = self.operators.functions.get(path)
        if spelling is not None:
            return self.operator(spelling, arguments, node, state, seen=True)
        return self._by_prefix(path, arguments, node, state)

    def _by_prefix(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        if path in library.GRAD_MODES:
            return self._grad_mode(path, arguments, state)
        if path.startswith("numpy."):
            return self._numpy_function(path, arguments, node, state)
        if path.startswith(library.INITIALISERS):
            return self._initialise(path, arguments, node, state)
        if path.startswith(("torch.Tensor.", "torch.nn.Module.")) and arguments.positional:
            rest = replace(arguments, positional=arguments.positional[1:])
            return self.method(arguments.positional[0], path.rpartition(".")[2], rest, node, state)
        if path.startswith("torch.nn.") and (made := self._make_module(path, arguments, node, state)):
            return made
        if path.startswith(library.OPTIMIZERS) and path.rpartition(".")[2][:1].isupper():
            return self._make_optimizer(arguments, state)
        if path.rpartition(".")[2].rstrip("_") != path.rpartition(".")[2] and path.startswith("torch."):
            return self._unmeasured_inplace(path, arguments, node, state)
        if path.startswith("builtins.") and path.partition(".")[2] not in _HOLDING_BUILTINS:
            return self._plain(arguments, state)
        return self._out_of_sight(path, arguments.all(), node, state)

    def method(self, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a method."""
        if isinstance(receiver, ModuleValue):
            return self._module_method(receiver, name, arguments, node, state)
        if isinstance(receiver, OptimizerValue):
            return self._optimizer_method(receiver, name, node, state)
        if isinstance(receiver, (TensorValue, Unknown)):
            return self._tensor_method(receiver, name, arguments, node, state)
        if isinstance(receiver, ListValue) and (
            changed := list_after(name, state.items_of(receiver), arguments, state)
        ):
            state.heap[receiver.id, "items"] = Items(changed[0])
            return changed[1]
        if isinstance(receiver, DictValue) and name in {"values", "items", "keys"} and not arguments.all():
            return self._dict_view(receiver, name, node, state)
        return self._out_of_sight(name, arguments.all(), node, state, receiver=receiver)

    def binary(self, method: str, left: Value, right: Value, node: ir.Expression, state: State) -> Value:
        """An arithmetic operator: of its left side, or of its right where only that is a tensor."""
        if isinstance(left, (TensorValue, Unknown)):
            return self.method(left, method, Arguments((right,)), node, state)
        spelling = self.operators.methods.get(method)
        if isinstance(right, (TensorValue, Unknown)) and isinstance(left, Literal) and spelling is not None:
            return self.operator(replace(spelling, reflected=False), Arguments((left, right)), node, state)
        return self._out_of_sight(method, (left, right), node, state)

    def _unmeasured_inplace(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        if not arguments.positional:
            return state.unknown()
        return self._tensor_method(
            arguments.positional[0],
            path.rpartition(".")[2],
            replace(arguments, positional=arguments.positional[1:]),
            node,
            state,
        )

    def _tensor_method(
        self, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State
    ) -> Value:
        special = _METHODS.get(name)
        if special is not None and not (name in _WITHOUT_ARGUMENTS and arguments.all()):
            return special(self, receiver, arguments, node, state)
        if name in library.PLAIN_METHODS:
            return state.unknown()
        known = state.known_tensor(receiver)
        spelling = self.operators.methods.get(name)
        if spelling is not None:
            return self._measured_method(receiver, name, spelling, arguments, node, state)
        if known is None:
            return self._out_of_sight(name, arguments.all(), node, state, receiver=receiver)
        if state.world.tensors[known].counter is None and name in library.ARRAY_WRITERS:
            self.write(known, name, node, state, arguments=arguments.positional)
            return NOTHING
        if name in library.FACTORY_METHODS:
            return self._factory(name, arguments, node, state)
        if name in library.COMPARISONS or name in _COMPARING_DUNDERS:
            dtype = "I" if name in library.INTEGER_RESULTS else "B"
            return self.plain_tensor(node.place, state, dtype, seen=state.world.tensors[known].tensor_seen)
        if name.endswith("_") and not name.endswith("__"):
            if name not in VALUELESS:
                self.write(known, name, node, state, arguments=arguments.positional)
            elif state.world.tensors[known].via is Via.DATA:
                self.note_untracked(known, Via.DATA, name, node, state)
            return receiver
        return self._out_of_sight(name, arguments.all(), node, state, receiver=receiver)

    def _measured_method(
        self, receiver: Value, name: str, spelling: Spelling, arguments: Arguments, node: ir.Expression, state: State
    ) -> Value:
        inplace = spelling.inplace and not name.startswith("__")
        state.as_tensor(receiver, node.place, seen=inplace)
        if name == "copy_" or not spelling.inplace:
            return self.operator(spelling, arguments.after(receiver), node, state)
        ref = state.known_tensor(receiver)
        fact, operands, values = self._prepared(spelling, arguments.after(receiver), node, state)
        if ref is not None:
            self.write(ref, name, node, state, fact=fact, operands=operands, arguments=values)
        return receiver

    def _detach(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.as_tensor(receiver, node.place, seen=isinstance(receiver, TensorValue))
        return state.unknown() if ref is None else TensorValue(state.world.shared(ref, Via.DETACH, node.place))

    def _detach_in_place(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.as_tensor(receiver, node.place)
        if ref is not None:
            tensor = state.world.tensors[ref]
            filled = bool(state.world.logs.get(tensor.storage))  # an argument that this function fills is its to cut
            possible = tensor.grad.possible and not filled
            state.world.detach_in_place(ref, node.place)
            self.session.emit_refusals(state, node.place)
            if "grad" not in sites.chain_of(node):
                argument = self._argument(node, state) if possible else ""
                self.session.events.append(DetachedInPlace(node.place, path_premises(state), argument))
        return receiver

    def _argument(self, node: ir.Expression, state: State) -> str:
        """The name of the function's own argument on which a method is called, while grad mode is on; else empty."""
        if not self.session.trains or not state.world.grad_enabled or not isinstance(node, ir.Call):
            return ""
        receiver = node.function.value if isinstance(node.function, ir.Attribute) else None
        is_argument = isinstance(receiver, ir.Name) and receiver.id in self.session.scope.parameters
        return receiver.id if is_argument and isinstance(receiver, ir.Name) else ""

    def _to_numpy(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.known_tensor(receiver)
        if ref is None:
            return self._out_of_sight("numpy", (), node, state, receiver=receiver)
        return TensorValue(state.world.shared(ref, Via.NUMPY, node.place))


_HOLDING_BUILTINS = frozenset("getattr sum max min list tuple dict set reversed sorted iter next".split())
_COMPARING_DUNDERS = frozenset(
    {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__invert__", "__and__", "__or__", "__xor__"}
)

_METHODS: dict[str, Callable[..., Value]] = {
    "detach": Calls._detach,
    "detach_": Calls._detach_in_place,
    "requires_grad_": Calls._require_grad,
    "backward": Calls._backward,
    **dict.fromkeys(library.TO_NUMPY_METHODS, Calls._to_numpy),
}

#: With arguments, these are other objects' methods.
_WITHOUT_ARGUMENTS = frozenset({"detach", "detach_"})

_FUNCTIONS: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(library.FACTORIES, Calls._factory),
    **dict.fromkeys(library.FROM_NUMPY, Calls._from_numpy),
    **dict.fromkeys(library.TO_NUMPY, Calls._as_array),
    **dict.fromkeys(library.PARAMETERS, Calls._parameter),
    **dict.fromkeys(library.VARIABLES, Calls._variable),
    "torch.autograd.grad": Calls._autograd_grad,
    "torch.autograd.backward": Calls._autograd_backward,
    "builtins.range": Calls._range,
    "builtins.enumerate": Calls._enumerate,
    "builtins.zip": Calls._zip,
    "builtins.len": Calls._length,
    "builtins.sum": Calls._sum,
    "builtins.list": Calls._copied,
    "builtins.tuple": Calls._copied,
}

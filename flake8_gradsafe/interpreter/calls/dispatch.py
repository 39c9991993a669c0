"""Calls: who is called, by full name or by method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.operators import OpRef
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.constants import string_method
from flake8_gradsafe.interpreter.domain.state import MAX_ITEMS, State
from flake8_gradsafe.interpreter.domain.tensor_metadata import known_method_result
from flake8_gradsafe.interpreter.domain.values import (
    DETACHED,
    NONE,
    PACKED,
    RETAINS_GRAD,
    ClassValue,
    DictValue,
    FunctionValue,
    Generator,
    Instance,
    IteratorValue,
    LibraryInstance,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    NonTensor,
    OptimizerValue,
    Partial,
    QualifiedName,
    SuperValue,
    TensorValue,
    Text,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.events import DetachedInPlace
from flake8_gradsafe.interpreter.models.builtins import Builtins, one_after_another
from flake8_gradsafe.interpreter.run import path_premises
from flake8_gradsafe.knowledge import contexts, library, training
from flake8_gradsafe.knowledge.effects import VALUELESS
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax import queries

if TYPE_CHECKING:
    from collections.abc import Callable


class Calls(Builtins):
    """Calls: who is called, by full name or by method."""

    def call(self, callee: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a value."""
        if isinstance(callee, QualifiedName):
            return self.function(callee.path, arguments, node, state)
        if isinstance(callee, Method):
            return self.method(callee.receiver, callee.name, arguments, node, state)
        if isinstance(callee, FunctionValue):
            return self.call_function(callee, arguments, node, state)
        if isinstance(callee, ClassValue):
            return self.instantiate(callee, arguments, node, state)
        if isinstance(callee, ModuleValue):
            return self.call_module(callee, arguments, node, state)
        if isinstance(callee, Instance):
            return self.call_object(callee, arguments, node, state)
        if isinstance(callee, Partial):
            return self.call_partial(callee, arguments, node, state)
        if isinstance(callee, LibraryInstance):
            return self.call_library_object(callee, arguments, node, state)
        return self.unknown_call("call", arguments.all(), node, state, receiver=callee)

    def function(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call something by its full name."""
        drains = (Generator, IteratorValue) if path not in _STEPPING else Generator
        if any(isinstance(value, drains) for value in arguments.positional):
            listed = tuple(
                self.exhaust(value, node, state) if isinstance(value, drains) else value
                for value in arguments.positional
            )
            arguments = replace(arguments, positional=listed)
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
        if path in contexts.MODES and arguments.positional:
            return self._in_mode(path, arguments.positional[0], state)
        if path.startswith("numpy."):
            return self._numpy_function(path, arguments, node, state)
        if path.startswith(library.INITIALISERS):
            return self._initialise(path, arguments, node, state)
        if path.startswith(("torch.Tensor.", "torch.nn.Module.")) and arguments.positional:
            rest = replace(arguments, positional=arguments.positional[1:])
            return self.method(arguments.positional[0], path.rpartition(".")[2], rest, node, state)
        if path.startswith("torch.nn.") and (made := self.make_module(path, arguments, node, state)):
            return made
        if training.is_optimizer(path):
            return self.make_optimizer(arguments, node, state)
        if path in training.OBJECTS:
            return self.make_library_object(training.OBJECTS[path], arguments, state)
        if path.endswith("_") and path.rpartition(".")[0] in library.INPLACE_MODULES:
            return self._unmeasured_inplace(path, arguments, node, state)
        if path in library.PACKING:
            packed = self.unknown_call(path, arguments.all(), node, state)
            if isinstance(packed, Unknown):
                state.heap[packed.id, PACKED] = Literal(True)
            return packed
        if path.rpartition(".")[2] in library.EXPECTING_CONTEXTS and (code := _code_in(arguments)):
            return self._expecting(code, node, state)
        if path in library.COMPARING_FUNCTIONS and arguments.positional:
            return self._compared(path, arguments, node, state)
        if path.startswith("builtins.") and path.partition(".")[2] not in _HOLDING_BUILTINS:
            made = self._text(arguments, state) if path in library.TEXT_BUILTINS else self._plain(arguments, state)
            return made if path.partition(".")[2] in library.PLAIN_BUILTINS else state.unknown()
        return self.unknown_call(path, arguments.all(), node, state)

    def _sampled(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """A random tensor by the values of others, which gets a graph from them (of zeros), or by numbers."""
        first = arguments.positional[0] if arguments.positional else NONE
        if isinstance(first, Literal) or "size" in arguments.keywords:
            return self._factory(path, arguments, node, state)
        operator = self.operators.rows.get(path.rpartition(".")[2])
        if operator is None:
            return self.unknown_call(path, arguments.all(), node, state)
        return self.operator(OpRef(operator), arguments, node, state, seen=True)

    def _compared(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """A function that gives integers or booleans, which no gradient passes: `torch.argmax(x)`, `torch.isnan(x)`."""
        dtype = "I" if path.rpartition(".")[2] in library.INTEGER_RESULTS else "B"
        first = state.as_tensor(arguments.positional[0], node.place)
        sources = [ref for value in arguments.all() if (ref := state.known_tensor(value)) is not None]
        seen = first is not None and state.world.tensors[first].tensor_seen
        return self.plain_tensor(node.place, state, dtype, sources, seen=seen)

    def method(self, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a method."""
        if name in library.EXPECTING_CONTEXTS and (code := _code_in(arguments)):
            return self._expecting(code, node, state)
        if isinstance(receiver, ModuleValue):
            return self.module_method(receiver, name, arguments, node, state)
        if isinstance(receiver, OptimizerValue):
            return self.optimizer_method(receiver.id, name, arguments, node, state)
        if isinstance(receiver, (Instance, ClassValue, SuperValue, FunctionValue)):
            return self.method_of_object(receiver, name, arguments, node, state)
        if isinstance(receiver, LibraryInstance):
            return self.library_method(receiver, name, arguments, node, state)
        if name in training.BACKWARD_METHODS and self.is_run_by_a_framework(receiver, arguments, state):
            return self.run_backward(arguments.positional[0], node, state)
        if isinstance(receiver, (TensorValue, Unknown)):
            return self._tensor_method(receiver, name, arguments, node, state)
        if isinstance(receiver, Literal) and isinstance(receiver.value, str):
            return string_method(receiver.value, name, arguments.positional) or self._text(arguments, state)
        if isinstance(receiver, ListValue) and (answer := self.list_method(receiver, name, arguments, node, state)):
            return answer
        if isinstance(receiver, DictValue) and (answer := self.dict_method(receiver, name, arguments, node, state)):
            return answer
        return self.unknown_call(name, arguments.all(), node, state, receiver=receiver)

    def _expecting(self, code: tuple[Value, ...], node: ir.Expression, state: State) -> Value:
        """`assertRaises(error, function, …)`, `pytest.raises(error, function, …)`: the function is called for its error."""
        function, *given = code
        state.expects_error += 1
        with self.session.following_one_outcome():
            self.call(function, Arguments(tuple(given)), node, state)
        state.expects_error -= 1
        state.signal = "" if state.signal == "raise" else state.signal
        return NONE

    def binary(self, method: str, left: Value, right: Value, node: ir.Expression, state: State) -> Value:
        """An arithmetic operator: of its left side, or of its right where only that is a tensor."""
        if (_is_text(left) and not isinstance(right, Instance)) or (_is_text(right) and isinstance(left, _NUMBERS)):
            return self._text(Arguments((right,)), state)
        if isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS):
            return state.plain()
        if isinstance(left, (TensorValue, Unknown)) and not isinstance(left, NonTensor):
            return self.method(left, method, Arguments((right,)), node, state)
        if (
            method == "__add__"
            and isinstance(left, (TupleValue, ListValue))
            and isinstance(right, (TupleValue, ListValue))
        ):
            both = one_after_another((left, right), state)
            closed_tuple = isinstance(left, TupleValue) and both.unknown_from is None and len(both.items) <= MAX_ITEMS
            return TupleValue(both.items) if closed_tuple else state.new_list(*both)
        if method == "__mul__" and isinstance(left, (TupleValue, ListValue)) and isinstance(right, Literal):
            items, times = state.items_of(left), right.value
            if items is not None and isinstance(times, int) and times * len(items) <= MAX_ITEMS:
                return TupleValue(items * times) if isinstance(left, TupleValue) else state.new_list(items * times)
        if isinstance(left, Instance) and (own := self.attribute(left, method, node, state)) is not None:
            return self.call(own, Arguments((right,)), node, state)
        spelling = self.operators.methods.get(method)
        if isinstance(right, (TensorValue, Unknown)) and isinstance(left, _NUMBERS) and spelling is not None:
            return self.operator(replace(spelling, reflected=False), Arguments((left, right)), node, state)
        return self.unknown_call(method, (left, right), node, state)

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
            if (described := self._described(receiver, name, arguments, state)) is not None:
                return described
            reading = _READING.get(name)
            return state.plain() if reading is None else reading(self, receiver, node, state)
        known = state.known_tensor(receiver)
        spelling = self.operators.methods.get(name)
        if spelling is not None:
            return self._measured_method(receiver, name, spelling, arguments, node, state)
        if known is None:
            return self.unknown_call(name, arguments.all(), node, state, receiver=receiver)
        if state.world.tensors[known].counter is None and name in library.ARRAY_WRITERS:
            self.write(known, name, node, state, arguments=arguments.positional)
            return NONE
        if name in library.FACTORY_METHODS:
            return self._factory(name, arguments, node, state)
        if name in library.COMPARISONS or name in _COMPARING_DUNDERS:
            dtype = "I" if name in library.INTEGER_RESULTS else "B"
            given = [state.known_tensor(value) for value in (receiver, *arguments.all())]
            sources = [ref for ref in given if ref is not None]
            return self.plain_tensor(node.place, state, dtype, sources, seen=state.world.tensors[known].tensor_seen)
        if name.endswith("_") and not name.endswith("__"):
            state.world.note_reshape(known)
            if name in _EXCHANGING:
                state.escaped |= {known}
            if name not in VALUELESS:
                self.write(known, name, node, state, arguments=arguments.positional)
            elif state.world.tensors[known].via is Via.DATA:
                self.record_data_write(known, Via.DATA, name, node, state)
            return receiver
        return self.unknown_call(name, arguments.all(), node, state, receiver=receiver)

    def _described(self, receiver: Value, name: str, arguments: Arguments, state: State) -> Value | None:
        """What a method says of a tensor's shape, where that is known. `retain_grad()` is remembered."""
        ref = state.known_tensor(receiver)
        if ref is None:
            return None
        if name == "retain_grad":
            state.heap[ref, RETAINS_GRAD] = Literal(True)
        return known_method_result(state.world.tensors[ref].metadata, name, arguments)

    def _measured_method(
        self, receiver: Value, name: str, spelling: OpRef, arguments: Arguments, node: ir.Expression, state: State
    ) -> Value:
        inplace = spelling.inplace and not name.startswith("__")
        state.as_tensor(receiver, node.place, seen=inplace)
        if name == "copy_" or not spelling.inplace:
            return self.operator(spelling, arguments.after(receiver), node, state)
        ref = state.known_tensor(receiver)
        fact, operands, given = self._prepared(spelling, arguments.after(receiver), node, state)
        if ref is not None:
            self.write(ref, name, node, state, fact=fact, operands=operands, given=given)
            if name in VALUELESS:
                state.world.note_reshape(ref)
        return receiver

    def _detach(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.as_tensor(receiver, node.place, seen=isinstance(receiver, TensorValue))
        if ref is None:
            return state.unknown()
        made = state.world.alias_outside_graph(ref, Via.DETACH, node.place)
        state.heap[made, DETACHED] = Literal(node.place)
        return TensorValue(made)

    def _detach_in_place(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.as_tensor(receiver, node.place)
        if ref is not None:
            tensor = state.world.tensors[ref]
            filled = bool(state.world.logs.get(tensor.storage))  # an argument that this function fills is its to cut
            possible = tensor.grad.possible and not filled
            state.world.detach_in_place(ref, node.place)
            self.session.emit_errors(state, node.place)
            if "grad" not in queries.chain_of(node):
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
            return self.unknown_call("numpy", (), node, state, receiver=receiver)
        function = node.function if isinstance(node, ir.Call) else None
        storage = isinstance(function, ir.Attribute) and function.attr in library.STORAGE_METHODS
        return TensorValue(state.world.alias_outside_graph(ref, Via.NUMPY, node.place, storage=storage))


def _code_in(arguments: Arguments) -> tuple[Value, ...]:
    """The first argument that can be called but the error, and those that follow it; nothing where there is none."""
    given = arguments.positional
    start = next((place for place in range(1, len(given)) if isinstance(given[place], _CODE)), len(given))
    return given[start:]


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) or (isinstance(value, Literal) and isinstance(value.value, str))


#: What takes an iterator as it is, and does not go through all of it.
_STEPPING = frozenset({"builtins.iter", "builtins.next"})
_HOLDING_BUILTINS = frozenset(
    "getattr sum max min list tuple dict set reversed sorted iter next zip map filter".split()
)
_NUMBERS = (Literal, NonTensor)
_CODE = (FunctionValue, Method, Partial, Instance, ModuleValue)
_COMPARING_DUNDERS = frozenset(
    {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__invert__", "__and__", "__or__", "__xor__"}
)

_METHODS: dict[str, Callable[..., Value]] = {
    "detach": Calls._detach,
    "detach_": Calls._detach_in_place,
    "requires_grad_": Calls._require_grad,
    "backward": Calls._backward,
    **dict.fromkeys(["register_hook", "register_post_accumulate_grad_hook"], Calls.hook),
    **dict.fromkeys(library.TO_NUMPY_METHODS, Calls._to_numpy),
}

#: Methods that give a tensor other memory, or another size.
_EXCHANGING = frozenset({"set_", "swap_", "resize_", "resize_as_"})

#: Methods that give a tensor's numbers.
_READING: dict[str, Callable[..., Value]] = {"item": Calls.item_of_tensor, "tolist": Calls.numbers_of}
#: With arguments, these are other objects' methods.
_WITHOUT_ARGUMENTS = frozenset({"detach", "detach_"})

_FUNCTIONS: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(library.FACTORIES, Calls._factory),
    **dict.fromkeys(library.SAMPLERS, Calls._sampled),
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
    "builtins.type": Calls._type,
    **dict.fromkeys(["builtins.bool", "builtins.int", "builtins.float"], Calls._number),
    "builtins.sum": Calls._sum,
    "builtins.list": Calls._copied,
    "builtins.tuple": Calls._copied,
    "torch.Size": Calls._copied,
    "builtins.dict": Calls._dict,
    "collections.namedtuple": Calls._namedtuple,
    "torch.is_grad_enabled": Calls._is_grad_enabled,
    "builtins.map": Calls._map,
    "builtins.iter": Calls._iter,
    "builtins.next": Calls._next,
    "builtins.reversed": Calls._reversed,
    "builtins.sorted": Calls._reordered,
    "builtins.super": Calls._super,
    "builtins.getattr": Calls._getattr,
    "builtins.setattr": Calls._setattr,
    "builtins.hasattr": Calls._hasattr,
    "builtins.isinstance": Calls._isinstance,
    "collections.deque": Calls._copied,
    "collections.OrderedDict": Calls._dict,
    "collections.defaultdict": Calls._defaultdict,
    "itertools.chain": Calls._chain,
    "functools.partial": Calls._partial,
    "copy.deepcopy": Calls._deepcopy,
    "copy.copy": Calls._shallow_copy,
    **dict.fromkeys(training.CHECKPOINTS, Calls._checkpoint),
    **dict.fromkeys(training.GRADIENT_CLIPPERS, Calls._clip_gradients),
}

"""Calls: who is called, by full name or by method."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.operators import OpRef
from flake8_gradsafe.autograd.tensor import Via
from flake8_gradsafe.interpreter.calls import program
from flake8_gradsafe.interpreter.calls.program import call_object, call_partial, instantiate, method_of_object
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
from flake8_gradsafe.interpreter.models.backward import autograd_backward, autograd_grad, backward_method
from flake8_gradsafe.interpreter.models.builtins import (
    call_chain,
    call_copy,
    call_deepcopy,
    call_defaultdict,
    call_dict,
    call_enumerate,
    call_functools_partial,
    call_getattr,
    call_hasattr,
    call_isinstance,
    call_iter,
    call_len,
    call_map,
    call_namedtuple,
    call_next,
    call_number,
    call_range,
    call_reversed,
    call_setattr,
    call_sorted,
    call_sum,
    call_super,
    call_type,
    call_zip,
    copy_items,
    decorate_with_mode,
    dict_method,
    is_grad_enabled,
    list_method,
    make_grad_mode,
    one_after_another,
)
from flake8_gradsafe.interpreter.models.custom_functions import register_hook
from flake8_gradsafe.interpreter.models.frameworks import (
    call_checkpoint,
    call_library_object,
    clip_gradients,
    is_run_by_a_framework,
    library_method,
    make_library_object,
    run_backward,
)
from flake8_gradsafe.interpreter.models.inplace import initialise, prepare_in_place, record_data_write, write_in_place
from flake8_gradsafe.interpreter.models.module_tree import call_module, module_method
from flake8_gradsafe.interpreter.models.modules import make_module
from flake8_gradsafe.interpreter.models.operators import call_operator
from flake8_gradsafe.interpreter.models.optimizers import make_optimizer, optimizer_method
from flake8_gradsafe.interpreter.models.tensors import (
    call_as_array,
    call_from_numpy,
    call_numpy_function,
    factory,
    item_of_tensor,
    make_parameter,
    make_variable,
    numbers_of,
    plain_tensor,
    requires_grad_method,
)
from flake8_gradsafe.interpreter.models.unknown import non_tensor_result, text_result, unknown_call
from flake8_gradsafe.interpreter.run import path_premises
from flake8_gradsafe.knowledge import contexts, library, training
from flake8_gradsafe.knowledge.effects import VALUELESS
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax import queries

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.interpreter import Interpreter
    from flake8_gradsafe.interpreter.run import Run


class Dispatcher:
    """Calls whatever a program calls: the functions, methods and operators of libraries by their models, its own by running
    them.

    The interpreter of expressions is given by `evaluate` and `look_up`, that of the body which is being run by `enter_body`.
    """

    def __init__(self, run: Run) -> None:
        """Work within a run."""
        self.run = run
        self.operators = run.operators
        self.evaluate: Callable[[ir.Expression, State], Value]
        self.look_up: Callable[[Value, ir.Attribute, State], Value]
        self.enter_body: Callable[..., list[State]]

    def call(self, callee: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a value."""
        return call_value(self, callee, arguments, node, state)

    def call_method(self, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a method, of whatever kind its receiver is."""
        return call_method(self, receiver, name, arguments, node, state)

    def call_function(
        self,
        function: FunctionValue,
        arguments: Arguments,
        node: ir.Expression,
        state: State,
        *,
        made: Instance | None = None,
    ) -> Value:
        """Call a function of the program. `made` is the object that it constructs, where it is a constructor."""
        return program.call_function(self, function, arguments, node, state, made=made)

    def binary(self, method: str, left: Value, right: Value, node: ir.Expression, state: State) -> Value:
        """Apply an arithmetic operator, which is named by its method: `__mul__`."""
        return apply_binary(self, method, left, right, node, state)

    def attribute(self, receiver: Value, name: str, node: ir.Expression, state: State) -> Value | None:
        """Look up an attribute of an object, class or function of the program; None where the program does not tell."""
        return program.attribute(self, receiver, name, node, state)

    def exhaust(self, source: Value, node: ir.Expression | ir.Statement, state: State) -> Value:
        """List all that a generator or an iterator yields from here on; any other value is given back as it is."""
        return program.exhaust(self, source, node, state)


def call_value(interp: Interpreter, callee: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
    """Call a value."""
    if isinstance(callee, QualifiedName):
        return call_by_name(interp, callee.path, arguments, node, state)
    if isinstance(callee, Method):
        return interp.call_method(callee.receiver, callee.name, arguments, node, state)
    if isinstance(callee, FunctionValue):
        return interp.call_function(callee, arguments, node, state)
    if isinstance(callee, ClassValue):
        return instantiate(interp, callee, arguments, node, state)
    if isinstance(callee, ModuleValue):
        return call_module(interp, callee, arguments, node, state)
    if isinstance(callee, Instance):
        return call_object(interp, callee, arguments, node, state)
    if isinstance(callee, Partial):
        return call_partial(interp, callee, arguments, node, state)
    if isinstance(callee, LibraryInstance):
        return call_library_object(callee, arguments, node, state)
    return unknown_call("call", arguments.all(), node, state, receiver=callee)


def call_by_name(interp: Interpreter, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
    """Call something by its full name."""
    drains = (Generator, IteratorValue) if path not in _STEPPING else Generator
    if any(isinstance(value, drains) for value in arguments.positional):
        listed = tuple(
            interp.exhaust(value, node, state) if isinstance(value, drains) else value for value in arguments.positional
        )
        arguments = replace(arguments, positional=listed)
    special = _FUNCTIONS.get(path)
    if special is not None:
        return special(interp, path, arguments, node, state)
    spelling = interp.operators.functions.get(path)
    if spelling is not None:
        return call_operator(interp, spelling, arguments, node, state, seen=True)
    return _by_prefix(interp, path, arguments, node, state)


def _by_prefix(interp: Interpreter, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
    if path in library.GRAD_MODES:
        return make_grad_mode(path, arguments, state)
    if path in contexts.MODES and arguments.positional:
        return decorate_with_mode(path, arguments.positional[0], state)
    if path.startswith("numpy."):
        return call_numpy_function(interp, path, arguments, node, state)
    if path.startswith(library.INITIALISERS):
        return initialise(interp, path, arguments, node, state)
    if path.startswith(("torch.Tensor.", "torch.nn.Module.")) and arguments.positional:
        rest = replace(arguments, positional=arguments.positional[1:])
        return interp.call_method(arguments.positional[0], path.rpartition(".")[2], rest, node, state)
    if path.startswith("torch.nn.") and (made := make_module(interp, path, arguments, node, state)):
        return made
    if training.is_optimizer(path):
        return make_optimizer(arguments, node, state)
    if path in training.OBJECTS:
        return make_library_object(training.OBJECTS[path], arguments, state)
    if path.endswith("_") and path.rpartition(".")[0] in library.INPLACE_MODULES:
        return _unmeasured_inplace(interp, path, arguments, node, state)
    if path in library.PACKING:
        packed = unknown_call(path, arguments.all(), node, state)
        if isinstance(packed, Unknown):
            state.heap[packed.id, PACKED] = Literal(True)
        return packed
    if path.rpartition(".")[2] in library.EXPECTING_CONTEXTS and (code := _code_in(arguments)):
        return _expecting(interp, code, node, state)
    if path in library.COMPARING_FUNCTIONS and arguments.positional:
        return _compared(path, arguments, node, state)
    if path.startswith("builtins.") and path.partition(".")[2] not in _HOLDING_BUILTINS:
        made = text_result(arguments, state) if path in library.TEXT_BUILTINS else non_tensor_result(arguments, state)
        return made if path.partition(".")[2] in library.PLAIN_BUILTINS else state.unknown()
    return unknown_call(path, arguments.all(), node, state)


def call_sampler(interp: Interpreter, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
    """A random tensor by the values of others, which gets a graph from them (of zeros), or by numbers."""
    first = arguments.positional[0] if arguments.positional else NONE
    if isinstance(first, Literal) or "size" in arguments.keywords:
        return factory(interp, path, arguments, node, state)
    operator = interp.operators.rows.get(path.rpartition(".")[2])
    if operator is None:
        return unknown_call(path, arguments.all(), node, state)
    return call_operator(interp, OpRef(operator), arguments, node, state, seen=True)


def _compared(path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
    """A function that gives integers or booleans, which no gradient passes: `torch.argmax(x)`, `torch.isnan(x)`."""
    dtype = "I" if path.rpartition(".")[2] in library.INTEGER_RESULTS else "B"
    first = state.as_tensor(arguments.positional[0], node.place)
    sources = [ref for value in arguments.all() if (ref := state.known_tensor(value)) is not None]
    seen = first is not None and state.world.tensors[first].tensor_seen
    return plain_tensor(node.place, state, dtype, sources, seen=seen)


def call_method(
    interp: Interpreter, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State
) -> Value:
    """Call a method."""
    if name in library.EXPECTING_CONTEXTS and (code := _code_in(arguments)):
        return _expecting(interp, code, node, state)
    if isinstance(receiver, ModuleValue):
        return module_method(interp, receiver, name, arguments, node, state)
    if isinstance(receiver, OptimizerValue):
        return optimizer_method(interp, receiver.id, name, arguments, node, state)
    if isinstance(receiver, (Instance, ClassValue, SuperValue, FunctionValue)):
        return method_of_object(interp, receiver, name, arguments, node, state)
    if isinstance(receiver, LibraryInstance):
        return library_method(interp, receiver, name, arguments, node, state)
    if name in training.BACKWARD_METHODS and is_run_by_a_framework(receiver, arguments, state):
        return run_backward(interp, arguments.positional[0], node, state)
    if isinstance(receiver, (TensorValue, Unknown)):
        return _tensor_method(interp, receiver, name, arguments, node, state)
    if isinstance(receiver, Literal) and isinstance(receiver.value, str):
        return string_method(receiver.value, name, arguments.positional) or text_result(arguments, state)
    if isinstance(receiver, ListValue) and (answer := list_method(interp, receiver, name, arguments, node, state)):
        return answer
    if isinstance(receiver, DictValue) and (answer := dict_method(receiver, name, arguments, node, state)):
        return answer
    return unknown_call(name, arguments.all(), node, state, receiver=receiver)


def _expecting(interp: Interpreter, code: tuple[Value, ...], node: ir.Expression, state: State) -> Value:
    """`assertRaises(error, function, …)`, `pytest.raises(error, function, …)`: the function is called for its error."""
    function, *given = code
    state.expects_error += 1
    with interp.run.following_one_outcome():
        interp.call(function, Arguments(tuple(given)), node, state)
    state.expects_error -= 1
    state.signal = "" if state.signal == "raise" else state.signal
    return NONE


def apply_binary(
    interp: Interpreter, method: str, left: Value, right: Value, node: ir.Expression, state: State
) -> Value:
    """An arithmetic operator: of its left side, or of its right where only that is a tensor."""
    if (_is_text(left) and not isinstance(right, Instance)) or (_is_text(right) and isinstance(left, _NUMBERS)):
        return text_result(Arguments((right,)), state)
    if isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS):
        return state.plain()
    if isinstance(left, (TensorValue, Unknown)) and not isinstance(left, NonTensor):
        return interp.call_method(left, method, Arguments((right,)), node, state)
    if method == "__add__" and isinstance(left, (TupleValue, ListValue)) and isinstance(right, (TupleValue, ListValue)):
        both = one_after_another((left, right), state)
        closed_tuple = isinstance(left, TupleValue) and both.unknown_from is None and len(both.items) <= MAX_ITEMS
        return TupleValue(both.items) if closed_tuple else state.new_list(*both)
    if method == "__mul__" and isinstance(left, (TupleValue, ListValue)) and isinstance(right, Literal):
        items, times = state.items_of(left), right.value
        if items is not None and isinstance(times, int) and times * len(items) <= MAX_ITEMS:
            return TupleValue(items * times) if isinstance(left, TupleValue) else state.new_list(items * times)
    if isinstance(left, Instance) and (own := interp.attribute(left, method, node, state)) is not None:
        return interp.call(own, Arguments((right,)), node, state)
    spelling = interp.operators.methods.get(method)
    if isinstance(right, (TensorValue, Unknown)) and isinstance(left, _NUMBERS) and spelling is not None:
        return call_operator(interp, replace(spelling, reflected=False), Arguments((left, right)), node, state)
    return unknown_call(method, (left, right), node, state)


def _unmeasured_inplace(
    interp: Interpreter, path: str, arguments: Arguments, node: ir.Expression, state: State
) -> Value:
    if not arguments.positional:
        return state.unknown()
    return _tensor_method(
        interp,
        arguments.positional[0],
        path.rpartition(".")[2],
        replace(arguments, positional=arguments.positional[1:]),
        node,
        state,
    )


def _tensor_method(
    interp: Interpreter, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State
) -> Value:
    special = _METHODS.get(name)
    if special is not None and not (name in _WITHOUT_ARGUMENTS and arguments.all()):
        return special(interp, receiver, arguments, node, state)
    if name in library.PLAIN_METHODS:
        if (described := _described(receiver, name, arguments, state)) is not None:
            return described
        reading = _READING.get(name)
        return state.plain() if reading is None else reading(interp, receiver, node, state)
    known = state.known_tensor(receiver)
    spelling = interp.operators.methods.get(name)
    if spelling is not None:
        return _measured_method(interp, receiver, name, spelling, arguments, node, state)
    if known is None:
        return unknown_call(name, arguments.all(), node, state, receiver=receiver)
    if state.world.tensors[known].counter is None and name in library.ARRAY_WRITERS:
        write_in_place(interp, known, name, node, state, arguments=arguments.positional)
        return NONE
    if name in library.FACTORY_METHODS:
        return factory(interp, name, arguments, node, state)
    if name in library.COMPARISONS or name in _COMPARING_DUNDERS:
        dtype = "I" if name in library.INTEGER_RESULTS else "B"
        given = [state.known_tensor(value) for value in (receiver, *arguments.all())]
        sources = [ref for ref in given if ref is not None]
        return plain_tensor(node.place, state, dtype, sources, seen=state.world.tensors[known].tensor_seen)
    if name.endswith("_") and not name.endswith("__"):
        state.world.note_reshape(known)
        if name in _EXCHANGING:
            state.escaped |= {known}
        if name not in VALUELESS:
            write_in_place(interp, known, name, node, state, arguments=arguments.positional)
        elif state.world.tensors[known].via is Via.DATA:
            record_data_write(interp, known, Via.DATA, name, node, state)
        return receiver
    return unknown_call(name, arguments.all(), node, state, receiver=receiver)


def _described(receiver: Value, name: str, arguments: Arguments, state: State) -> Value | None:
    """What a method says of a tensor's shape, where that is known. `retain_grad()` is remembered."""
    ref = state.known_tensor(receiver)
    if ref is None:
        return None
    if name == "retain_grad":
        state.heap[ref, RETAINS_GRAD] = Literal(True)
    return known_method_result(state.world.tensors[ref].metadata, name, arguments)


def _measured_method(
    interp: Interpreter,
    receiver: Value,
    name: str,
    spelling: OpRef,
    arguments: Arguments,
    node: ir.Expression,
    state: State,
) -> Value:
    inplace = spelling.inplace and not name.startswith("__")
    state.as_tensor(receiver, node.place, seen=inplace)
    if name == "copy_" or not spelling.inplace:
        return call_operator(interp, spelling, arguments.after(receiver), node, state)
    ref = state.known_tensor(receiver)
    fact, operands, given = prepare_in_place(interp, spelling, arguments.after(receiver), node, state)
    if ref is not None:
        write_in_place(interp, ref, name, node, state, fact=fact, operands=operands, given=given)
        if name in VALUELESS:
            state.world.note_reshape(ref)
    return receiver


def detach_method(
    interp: Interpreter, receiver: Value, arguments: Arguments, node: ir.Expression, state: State
) -> Value:
    ref = state.as_tensor(receiver, node.place, seen=isinstance(receiver, TensorValue))
    if ref is None:
        return state.unknown()
    made = state.world.alias_outside_graph(ref, Via.DETACH, node.place)
    state.heap[made, DETACHED] = Literal(node.place)
    return TensorValue(made)


def detach_in_place_method(
    interp: Interpreter, receiver: Value, arguments: Arguments, node: ir.Expression, state: State
) -> Value:
    ref = state.as_tensor(receiver, node.place)
    if ref is not None:
        tensor = state.world.tensors[ref]
        filled = bool(state.world.logs.get(tensor.storage))  # an argument that this function fills is its to cut
        possible = tensor.grad.possible and not filled
        state.world.detach_in_place(ref, node.place)
        interp.run.emit_errors(state, node.place)
        if "grad" not in queries.chain_of(node):
            argument = _argument(interp, node, state) if possible else ""
            interp.run.events.append(DetachedInPlace(node.place, path_premises(state), argument))
    return receiver


def _argument(interp: Interpreter, node: ir.Expression, state: State) -> str:
    """The name of the function's own argument on which a method is called, while grad mode is on; else empty."""
    if not interp.run.trains or not state.world.grad_enabled or not isinstance(node, ir.Call):
        return ""
    receiver = node.function.value if isinstance(node.function, ir.Attribute) else None
    is_argument = isinstance(receiver, ir.Name) and receiver.id in interp.run.scope.parameters
    return receiver.id if is_argument and isinstance(receiver, ir.Name) else ""


def to_numpy_method(
    interp: Interpreter, receiver: Value, arguments: Arguments, node: ir.Expression, state: State
) -> Value:
    ref = state.known_tensor(receiver)
    if ref is None:
        return unknown_call("numpy", (), node, state, receiver=receiver)
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
    "detach": detach_method,
    "detach_": detach_in_place_method,
    "requires_grad_": requires_grad_method,
    "backward": backward_method,
    **dict.fromkeys(["register_hook", "register_post_accumulate_grad_hook"], register_hook),
    **dict.fromkeys(library.TO_NUMPY_METHODS, to_numpy_method),
}

#: Methods that give a tensor other memory, or another size.
_EXCHANGING = frozenset({"set_", "swap_", "resize_", "resize_as_"})

#: Methods that give a tensor's numbers.
_READING: dict[str, Callable[..., Value]] = {"item": item_of_tensor, "tolist": numbers_of}
#: With arguments, these are other objects' methods.
_WITHOUT_ARGUMENTS = frozenset({"detach", "detach_"})

_FUNCTIONS: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(library.FACTORIES, factory),
    **dict.fromkeys(library.SAMPLERS, call_sampler),
    **dict.fromkeys(library.FROM_NUMPY, call_from_numpy),
    **dict.fromkeys(library.TO_NUMPY, call_as_array),
    **dict.fromkeys(library.PARAMETERS, make_parameter),
    **dict.fromkeys(library.VARIABLES, make_variable),
    "torch.autograd.grad": autograd_grad,
    "torch.autograd.backward": autograd_backward,
    "builtins.range": call_range,
    "builtins.enumerate": call_enumerate,
    "builtins.zip": call_zip,
    "builtins.len": call_len,
    "builtins.type": call_type,
    **dict.fromkeys(["builtins.bool", "builtins.int", "builtins.float"], call_number),
    "builtins.sum": call_sum,
    "builtins.list": copy_items,
    "builtins.tuple": copy_items,
    "torch.Size": copy_items,
    "builtins.dict": call_dict,
    "collections.namedtuple": call_namedtuple,
    "torch.is_grad_enabled": is_grad_enabled,
    "builtins.map": call_map,
    "builtins.iter": call_iter,
    "builtins.next": call_next,
    "builtins.reversed": call_reversed,
    "builtins.sorted": call_sorted,
    "builtins.super": call_super,
    "builtins.getattr": call_getattr,
    "builtins.setattr": call_setattr,
    "builtins.hasattr": call_hasattr,
    "builtins.isinstance": call_isinstance,
    "collections.deque": copy_items,
    "collections.OrderedDict": call_dict,
    "collections.defaultdict": call_defaultdict,
    "itertools.chain": call_chain,
    "functools.partial": call_functools_partial,
    "copy.deepcopy": call_deepcopy,
    "copy.copy": call_copy,
    **dict.fromkeys(training.CHECKPOINTS, call_checkpoint),
    **dict.fromkeys(training.GRADIENT_CLIPPERS, clip_gradients),
}

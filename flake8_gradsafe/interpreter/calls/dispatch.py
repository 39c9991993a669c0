"""Calls: who is called, by full name or by method."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.interpreter.call import FUNCTION_MODELS, CallContext
from flake8_gradsafe.interpreter.calls import program
from flake8_gradsafe.interpreter.calls.program import call_object, call_partial, instantiate, method_of_object
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.constants import string_method
from flake8_gradsafe.interpreter.domain.facts import IsPackedSequence, IsScheduler
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    ClassValue,
    DictValue,
    FunctionValue,
    Generator,
    Instance,
    IteratorValue,
    LibraryInstance,
    LinkedModuleValue,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    OptimizerValue,
    Partial,
    QualifiedName,
    SuperValue,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.arithmetic import apply_binary, cuts_of_numbers, made_of_numbers
from flake8_gradsafe.interpreter.models.builtins import decorate_with_mode, dict_method, list_method, make_grad_mode
from flake8_gradsafe.interpreter.models.distributions import KIND, distribution_method, make_distribution
from flake8_gradsafe.interpreter.models.frameworks import (
    call_library_object,
    is_run_by_a_framework,
    library_method,
    make_library_object,
    run_backward,
    step_by_scaler,
)
from flake8_gradsafe.interpreter.models.inplace import initialise
from flake8_gradsafe.interpreter.models.library_writes import call_foreach
from flake8_gradsafe.interpreter.models.module_tree import (
    REGISTERING,
    call_module,
    module_method,
    register_with_unknown,
)
from flake8_gradsafe.interpreter.models.modules import make_module
from flake8_gradsafe.interpreter.models.numpy_arrays import (
    call_numpy_function,
    note_axes_of_array,
    write_what_is_put_out,
)
from flake8_gradsafe.interpreter.models.opaque import library_model, part_of_model
from flake8_gradsafe.interpreter.models.operators import call_operator
from flake8_gradsafe.interpreter.models.optimizers import make_optimizer, optimizer_method
from flake8_gradsafe.interpreter.models.spelling import formatted
from flake8_gradsafe.interpreter.models.tensor_methods import (
    call_comparison,
    call_tensor_method,
    call_unmeasured_in_place,
)
from flake8_gradsafe.interpreter.models.unknown import non_tensor_result, text_result, unknown_call
from flake8_gradsafe.knowledge import arrays, contexts, distributions, library, training
from flake8_gradsafe.knowledge.model_libraries import makes_a_model
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.interpreter import Interpreter
    from flake8_gradsafe.interpreter.run import Run


class Dispatcher(ABC):
    """Calls whatever a program calls: the functions, methods and operators of libraries by their models, its own by running
    them.

    Expressions are evaluated by a class above this one. `enter_body` is what runs a body of the program.
    """

    def __init__(self, run: Run) -> None:
        """Work within a run."""
        self.run = run
        self.enter_body: Callable[..., list[State]]

    @abstractmethod
    def evaluate(self, node: ir.Expression, state: State) -> Value:
        """Evaluate an expression; its effects happen to the state."""

    @abstractmethod
    def look_up(self, receiver: Value, node: ir.Attribute, state: State) -> Value:
        """Look up an attribute of a value, as the expression `receiver.attr` does."""

    def call(self, callee: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a value."""
        return call_value(CallContext(self, "", arguments, node, state), callee)

    def call_method(self, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a method, of whatever kind its receiver is."""
        return call_method(CallContext(self, name, arguments, node, state, receiver))

    call_function = program.call_function
    attribute = program.attribute
    exhaust = program.exhaust
    one_of = program.one_of
    binary = apply_binary


def call_value(call: CallContext, callee: Value) -> Value:
    """Call a value."""
    arguments, node, state = call.arguments, call.node, call.state
    if isinstance(callee, QualifiedName):
        return call_by_name(call._replace(callee=callee.path))
    if isinstance(callee, Method):
        return call.interp.call_method(callee.receiver, callee.name, arguments, node, state)
    if isinstance(callee, FunctionValue):
        return call.interp.call_function(callee, arguments, node, state)
    if isinstance(callee, ClassValue):
        return instantiate(call, callee)
    if isinstance(callee, ModuleValue):
        return call_module(call, callee)
    if isinstance(callee, Instance):
        return call_object(call, callee)
    if isinstance(callee, Partial):
        return call_partial(call, callee)
    if isinstance(callee, LibraryInstance):
        return call_library_object(callee, arguments, node, state)
    if (part := part_of_model(callee, node.place, state)) is not None:
        return call_module(call, part)
    name = last_name(node.function) if isinstance(node, ir.Call) else "call"
    receiver = NONE if state.known_tensor(callee) is not None else callee  # a tensor cannot be called
    return unknown_call(name or "call", arguments.all(), node, state, receiver=receiver)


def call_by_name(call: CallContext) -> Value:
    """Call something by its full name."""
    read = cuts_of_numbers(call.arguments, call.state) if call.callee.startswith(library.OF_NUMBERS) else None
    result = _called_by_name(call)
    return made_of_numbers(call.callee, read, result, call.state) if read else result


def _called_by_name(call: CallContext) -> Value:
    itself = call.callee in _STEPPING or call.callee in training.GRADIENT_CLIPPERS or training.is_optimizer(call.callee)
    drains = Generator if itself else (Generator, IteratorValue)
    if any(isinstance(value, drains) for value in call.arguments.positional):
        listed = tuple(
            _drained(call, place, value) if isinstance(value, drains) else value
            for place, value in enumerate(call.arguments.positional)
        )
        call = call._replace(arguments=replace(call.arguments, positional=listed))
    if call.callee in library.GOING_THROUGH:
        for value in call.arguments.positional:
            call.state.note_gone_through(value)
    model = FUNCTION_MODELS.get(call.callee)
    if model is not None:
        return model(call)
    operator = call.interp.run.operators.functions.get(call.callee)
    if operator is not None:
        return call_operator(call, operator, seen=True)
    return _by_prefix(call)


def _drained(call: CallContext, place: int, value: Value) -> Value:
    """The items of an iterator as a list; of one that stands twice among the arguments nobody knows who gets which."""
    if isinstance(value, IteratorValue) and value in call.arguments.positional[:place]:
        return call.state.new_list((), 0)
    return call.interp.exhaust(value, call.node, call.state)


def _by_prefix(call: CallContext) -> Value:
    arguments, node, state, path = call.arguments, call.node, call.state, call.callee
    if path in library.GRAD_MODES:
        return make_grad_mode(path, arguments, state)
    if path in contexts.MODES and arguments.positional:
        return decorate_with_mode(path, arguments.positional[0], state)
    if path.startswith(arrays.LIBRARIES):
        return call_numpy_function(call)
    if path.startswith(library.INITIALISERS):
        return initialise(call)
    if path.startswith(("torch.Tensor.", "torch.nn.Module.")) and arguments.positional:
        rest = replace(arguments, positional=arguments.positional[1:])
        return call.interp.call_method(arguments.positional[0], path.rpartition(".")[2], rest, node, state)
    if path.startswith("torch._foreach_"):
        return call_foreach(call)
    if distributions.is_distribution(path):
        return make_distribution(call)
    if path.startswith("torch.nn.") and (made := make_module(call)):
        return made
    if makes_a_model(path, _text_of(arguments)):
        return library_model(node.place, state)
    if training.is_optimizer(path):
        return make_optimizer(call)
    if path in training.OBJECTS:
        return make_library_object(training.OBJECTS[path], arguments, state)
    if path.endswith("_") and path.rpartition(".")[0] in library.INPLACE_MODULES:
        return call_unmeasured_in_place(call)
    if path in library.PACKING:
        packed = unknown_call(path, arguments.all(), node, state)
        if isinstance(packed, Unknown):
            state.heap.note(packed.id, IsPackedSequence())
        return packed
    if path.startswith(training.SCHEDULERS):
        made = unknown_call(path, arguments.all(), node, state)
        if isinstance(made, Unknown):
            state.heap.note(made.id, IsScheduler())
        return made
    if path.rpartition(".")[2] in library.EXPECTING_CONTEXTS and (code := _code_in(arguments)):
        return _expecting(call.interp, code, node, state)
    if path in library.COMPARING_FUNCTIONS and arguments.positional:
        return call_comparison(path, arguments, node, state)
    if path.startswith("builtins.") and path.partition(".")[2] not in _HOLDING_BUILTINS:
        made = text_result(arguments, state) if path in library.TEXT_BUILTINS else non_tensor_result(arguments, state)
        return made if path.partition(".")[2] in library.PLAIN_BUILTINS else state.unknown()
    return unknown_call(path, arguments.all(), node, state)


def _text_of(arguments: Arguments) -> str:
    """The texts that a call is given by position."""
    given = (value.value for value in arguments.positional if isinstance(value, Literal))
    return " ".join(text for text in given if isinstance(text, str))


def call_method(call: CallContext) -> Value:
    """Call a method."""
    arguments, node, state, name, receiver = call.arguments, call.node, call.state, call.callee, call.receiver
    if name in library.EXPECTING_CONTEXTS and (code := _code_in(arguments)):
        return _expecting(call.interp, code, node, state)
    if isinstance(receiver, ModuleValue):
        return module_method(call, receiver)
    if isinstance(receiver, OptimizerValue):
        return optimizer_method(call, receiver.id)
    if isinstance(receiver, (Instance, ClassValue, SuperValue, FunctionValue, LinkedModuleValue)):
        return method_of_object(call)
    if isinstance(receiver, LibraryInstance):
        return distribution_method(call, receiver) if receiver.kind == KIND else library_method(call, receiver)
    if name in library.MODULE_METHODS and (part := part_of_model(receiver, node.place, state)) is not None:
        return module_method(call, part)
    if name == "step" and isinstance(receiver, Unknown) and _is_given_optimizer(arguments):
        return step_by_scaler(call)
    if name in training.BACKWARD_METHODS and is_run_by_a_framework(receiver, arguments, state):
        return run_backward(call.interp, arguments.positional[0], node, state)
    if name in REGISTERING and isinstance(receiver, Unknown) and state.known_tensor(receiver) is None:
        return register_with_unknown(call, receiver)
    if isinstance(receiver, Unknown):
        write_what_is_put_out(call)
        result = call_tensor_method(call)
        note_axes_of_array(call, result)
        return result
    if isinstance(receiver, TensorValue):
        return call_tensor_method(call)
    if isinstance(receiver, Literal) and isinstance(receiver.value, str):
        if name == "format" and not arguments.keywords:
            return formatted(receiver.value, arguments.positional, "{}", state)
        return string_method(receiver.value, name, arguments.positional) or text_result(arguments, state)
    if isinstance(receiver, ListValue) and (answer := list_method(call, receiver)):
        return answer
    if isinstance(receiver, DictValue) and (answer := dict_method(receiver, name, arguments, node, state)):
        return answer
    return unknown_call(name, arguments.all(), node, state, receiver=receiver)


def _is_given_optimizer(arguments: Arguments) -> bool:
    return bool(arguments.positional) and isinstance(arguments.positional[0], OptimizerValue)


def _expecting(interp: Interpreter, code: tuple[Value, ...], node: ir.Expression, state: State) -> Value:
    """`assertRaises(error, function, …)`, `pytest.raises(error, function, …)`: the function is called for its error."""
    function, *given = code
    state.expects_error += 1
    with interp.run.following_one_outcome():
        interp.call(function, Arguments(tuple(given)), node, state)
    state.expects_error -= 1
    state.signal = "" if state.signal == "raise" else state.signal
    return NONE


def _code_in(arguments: Arguments) -> tuple[Value, ...]:
    """The first argument that can be called but the error, and those that follow it; nothing where there is none."""
    given = arguments.positional
    start = next((place for place in range(1, len(given)) if isinstance(given[place], _CODE)), len(given))
    return given[start:]


#: What takes an iterator as it is, and does not go through all of it.
_STEPPING = frozenset({"builtins.iter", "builtins.next"})
_HOLDING_BUILTINS = frozenset(
    "getattr sum max min list tuple dict set reversed sorted iter next zip map filter".split()
)
_CODE = (FunctionValue, Method, Partial, Instance, ModuleValue)

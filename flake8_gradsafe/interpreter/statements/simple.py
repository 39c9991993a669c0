"""Statements without a body, and those that a generator hands its items out by."""

from __future__ import annotations

from flake8_gradsafe.idioms.write_site import is_tensor_annotation
from flake8_gradsafe.interpreter.calls.program import make_function
from flake8_gradsafe.interpreter.checks.dead_effects import discarded_effect
from flake8_gradsafe.interpreter.checks.out_of_reach import note_bound
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.frames import REBINDS
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    RETURNED,
    ClassValue,
    FunctionValue,
    LinkedModuleValue,
    ListValue,
    Literal,
    Partial,
    QualifiedName,
    Value,
)
from flake8_gradsafe.interpreter.expressions.calls import decorated
from flake8_gradsafe.interpreter.expressions.names import bind_unknown
from flake8_gradsafe.interpreter.models.classes import finish_class, frame_of_class, make_class
from flake8_gradsafe.interpreter.models.spelling import spelling_of
from flake8_gradsafe.interpreter.paths.join import keep_most_certain
from flake8_gradsafe.interpreter.statements.running import StatementInterpreter, compound, simple
from flake8_gradsafe.interpreter.statements.uncalled import evaluate_looking_effective
from flake8_gradsafe.interpreter.targets import augment_target, bind, delete_item
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.linked import ImportTarget, LinkedModule
from flake8_gradsafe.syntax.uncalled import may_do_nothing


@simple(ir.Import)
def run_import(statements: StatementInterpreter, node: ir.Import, state: State) -> None:
    """An import binds a dotted name, or what a module of the project binds."""
    target = statements.run.linked.get(node)
    if target is not None and (target.name is None or state.linked_module(target.module) is not None):
        _import_linked(node.bound, target, state)
    elif node.bound == "*":
        statements.run.star_imports.append(node.origin)
    else:
        state.bind(node.bound, QualifiedName(node.origin))


def _import_linked(bound: str, target: ImportTarget, state: State) -> None:
    """Bind a linked module, a name of it, or all of them; what is not bound by now, because of a circle, is unknown."""
    module = _begun(target.module, state)
    if target.name is None:
        state.bind(bound, module)
        return
    names = state.frames[module.frame]
    if target.name == "*":
        for each, value in list(names.items()):
            if each in target.all_names:
                state.bind(each, value)
    else:
        state.bind(bound, names.get(target.name) or state.unknown())


def _begun(key: str, state: State) -> LinkedModuleValue:
    """A linked module, which may be without names yet: in a circle, it is imported before it runs."""
    return state.linked_module(key) or LinkedModuleValue(state.new_globals(key), key)


@compound(LinkedModule)
def run_linked_module(statements: StatementInterpreter, node: LinkedModule, state: State) -> list[State]:
    """Another module of the project: it runs in a frame of its own; one that ends by an error leaves what it has bound."""
    state.push_frame(_begun(node.name, state).frame)
    ends = statements.run_called(node.body, state)
    for end in ends:
        if end.signal == "raise":
            end.signal = ""
            end.assume(UNMODELLED)
        end.pop_frame()
    return keep_most_certain(ends, 1)  # it runs once, before anything that is checked


@simple(ir.Function)
def run_function_definition(statements: StatementInterpreter, node: ir.Function, state: State) -> None:
    """A function is bound, as its decorators leave it."""
    made: Value = make_function(statements.interp, node, state)
    for decorator in reversed(node.decorators):
        made = decorated(statements.interp, made, decorator, node, state)
    state.bind(node.name, made)


@compound(ir.Class)
def run_class_definition(statements: StatementInterpreter, node: ir.Class, state: State) -> list[State]:
    """A class: its body runs in a frame of its own, whose names become the class's attributes."""
    states = []
    for way, bases in statements.outcomes_of(
        lambda way: [(way, tuple(statements.interp.evaluate(base, way) for base in node.bases))], state
    ):
        made = make_class(statements.interp, node, bases, way)
        if way.signal:
            states.append(way)
            continue
        way.push_frame(frame_of_class(made, way))
        for end in statements.run_called(node.body, way):
            finish_class(made, end)
            states += _decorated_class(statements, made, node, end)
    return states


def _decorated_class(statements: StatementInterpreter, made: ClassValue, node: ir.Class, state: State) -> list[State]:
    """Bind a class; functions of the program that decorate it are called, and may put it into a table."""

    def bind_class(way: State) -> list[tuple[State, None]]:
        for decorator in reversed(node.decorators):
            function = statements.interp.evaluate(decorator, way)
            if isinstance(function, (FunctionValue, Partial)):
                statements.interp.call(function, Arguments((made,)), decorator, way)
        way.bind(node.name, made)
        return [(way, None)]

    if not node.decorators:
        state.bind(node.name, made)
        return [state]
    return [way for way, _ in statements.outcomes_of(bind_class, state)]


@compound(ir.Assign)
def run_assignment(statements: StatementInterpreter, node: ir.Assign, state: State) -> list[State]:
    """`targets = value`."""
    if isinstance(node.value, ir.Yield) and statements.consumer is not None:
        states = _yield(statements, node.value, state)
        for each in states:
            for target in node.targets:
                bind_unknown(target, each)
        return states
    return statements.on_each_outcome(lambda way: _assign(statements, node, way), state)


def _assign(statements: StatementInterpreter, node: ir.Assign, state: State) -> None:
    if node.value is None:
        return
    value = statements.interp.evaluate(node.value, state)
    if isinstance(value, ListValue) and _is_generator(node.value):
        value = state.new_iterator(value)
    if node.annotation is not None and is_tensor_annotation(node.annotation):
        state.as_tensor(value, node.place, seen=True)
    for target in node.targets:
        bind(statements.interp, target, value, node, state)
    note_bound(statements.run, node, value, state)


def _is_generator(node: ir.Expression) -> bool:
    """Whether something hands out its items once only: whoever goes through it a second time finds none."""
    return isinstance(node, ir.Comprehension) and node.form == "generator"


@simple(ir.Augmented)
def run_augmented_assignment(statements: StatementInterpreter, node: ir.Augmented, state: State) -> None:
    """`target += value`."""
    augment_target(statements.interp, node, state)


@simple(ir.Delete)
def run_delete(statements: StatementInterpreter, node: ir.Delete, state: State) -> None:
    """`del name`, `del owner.name`."""
    for target in node.targets:
        if isinstance(target, ir.Name):
            state.frame.pop(target.id, None)
        elif isinstance(target, ir.Attribute):
            owner = statements.interp.evaluate(target.value, state)
            if hasattr(owner, "id"):
                state.heap.pop((owner.id, target.attr), None)
        elif isinstance(target, ir.Subscript) and not _unregister(statements, target, state):
            delete_item(statements.interp, target, state)


def _unregister(statements: StatementInterpreter, target: ir.Subscript, state: State) -> bool:
    """`del module._parameters[name]`: the module has no attribute of this name any more. False for any other item."""
    table = target.value
    if not isinstance(table, ir.Attribute) or table.attr not in _REGISTERS:
        return False
    owner = statements.interp.evaluate(table.value, state)
    name = spelling_of(statements.interp.evaluate(target.index, state), state)
    if name is not None and hasattr(owner, "id"):
        state.heap.pop((owner.id, name), None)
    return True


#: Where a module keeps what is registered with it, by name.
_REGISTERS = frozenset({"_parameters", "_buffers", "_modules"})


@simple(ir.Global)
def run_global(statements: StatementInterpreter, node: ir.Global, state: State) -> None:
    """`global name`, `nonlocal name`: it is bound in another frame from here on."""
    state.frame[REBINDS] = Literal(True)
    for name in node.names:
        state.frame[f"(in) {name}"] = Literal(state.frame_of(name) if node.encloses else state.globals_frame)


@compound(ir.Evaluate)
def run_expression_statement(statements: StatementInterpreter, node: ir.Evaluate, state: State) -> list[State]:
    """An expression as a statement; a generator hands out what it yields."""
    if isinstance(node.value, ir.Yield) and statements.consumer is not None:
        return _yield(statements, node.value, state)
    return statements.on_each_outcome(lambda way: _evaluate(statements, node, way), state)


def _yield(statements: StatementInterpreter, node: ir.Yield, state: State) -> list[State]:
    value = node.value
    ways: list[tuple[State, Value]] = [(state, NONE)]
    if value is not None and not node.delegates:
        ways = statements.outcomes_of(lambda way: [(way, statements.interp.evaluate(value, way))], state)
    elif value is not None:
        exhaust = statements.interp.exhaust
        ways = statements.outcomes_of(
            lambda way: [(way, exhaust(statements.interp.evaluate(value, way), node, way))], state
        )
    out: list[State] = []
    for way, given in ways:
        states = [way]
        for item in (way.items_of(given) or ()) if node.delegates else (given,):
            states = [end for each in states for end in _hand_to_consumer(statements, item, each)]
        out += states
    return out


def _hand_to_consumer(statements: StatementInterpreter, item: Value, state: State) -> list[State]:
    return [state] if state.signal or statements.consumer is None else statements.consumer(item, state)


def _evaluate(statements: StatementInterpreter, node: ir.Evaluate, state: State) -> None:
    """Evaluate, and tell where that has no effect at all."""
    if may_do_nothing(node.value):
        evaluate_looking_effective(statements.interp, node.value, state)
        return
    run = statements.run
    run.dropped, run.dropped_operand = node.value.place, None
    value = statements.interp.evaluate(node.value, state)
    lost = None if state.expects_error else discarded_effect(run, node.value, value, statements.liveness, state)
    if lost is not None:
        run.events.append(lost)


@simple(ir.Return)
def run_return(statements: StatementInterpreter, node: ir.Return, state: State) -> None:
    """`return` and `raise`."""
    if node.value is not None:
        value = statements.interp.evaluate(node.value, state)
        if not node.raises:
            state.frame[RETURNED] = value
    state.signal = state.signal or ("raise" if node.raises else "return")


@simple(ir.Jump)
def run_jump(statements: StatementInterpreter, node: ir.Jump, state: State) -> None:
    """`break` and `continue`."""
    state.signal = "break" if node.breaks else "continue"

"""Code of the file: functions, classes and generators are run where they are called, on the caller's state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.write_site import is_plain, is_tensor_annotation
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import CONDITION, UNMODELLED, PathCertainty
from flake8_gradsafe.interpreter.domain.facts import (
    ChangedByDecorator,
    Fact,
    GradModeOf,
    IsClassMethod,
    IsProperty,
    IsStaticMethod,
)
from flake8_gradsafe.interpreter.domain.frames import CLASS_BODY, ENCLOSING
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    RETURNED,
    ClassValue,
    FunctionValue,
    Generator,
    Instance,
    IteratorValue,
    LibraryInstance,
    LinkedModuleValue,
    Literal,
    Partial,
    QualifiedName,
    SuperValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.classes import class_attribute, foreign_base
from flake8_gradsafe.interpreter.models.custom_functions import apply_function
from flake8_gradsafe.interpreter.models.module_tree import call_module, forward_of_base, module_method
from flake8_gradsafe.interpreter.models.modules import make_module
from flake8_gradsafe.interpreter.models.opaque import result_of_forward
from flake8_gradsafe.interpreter.models.optimizers import hold_parameters, optimizer_method
from flake8_gradsafe.interpreter.models.unknown import unknown_call, unknown_holding
from flake8_gradsafe.interpreter.paths.join import join_all, keep_most_certain
from flake8_gradsafe.interpreter.run import ENDLESS, SPENT
from flake8_gradsafe.interpreter.scope import Scope
from flake8_gradsafe.knowledge import contexts
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.interpreter.interpreter import Consumer, Interpreter

#: Calls inside one another that are followed, and those of the same function.
MAX_DEPTH = 12
MAX_RECURSION = 3
#: Ways out of one call that are followed apart.
MAX_OUTCOMES = 4
#: Ways through one statement that may wait: while there are so many, each call in it goes on by its likeliest way alone.
MAX_PENDING = 8
#: Ways out of one call that are compared, to see which of them are the same.
MAX_CALL_OUTCOMES = 16

_RESULT = "(result)"

#: What decorators that change how a function is called tell of it, by their last names.
_MARKING_DECORATORS: dict[str, type[Fact]] = {
    "staticmethod": IsStaticMethod,
    "classmethod": IsClassMethod,
    "property": IsProperty,
    "cached_property": IsProperty,
}


# -- functions --------------------------------------------------------------------------------------------------
def make_function(interp: Interpreter, code: ir.Function, state: State) -> FunctionValue:
    """A function, where its definition is run; its defaults are evaluated now."""
    inside = state.frame.get(CLASS_BODY)
    owner = inside.value if isinstance(inside, Literal) and isinstance(inside.value, int) else None
    frame = state.current
    if owner is not None and isinstance(around := state.frame[ENCLOSING], Literal) and isinstance(around.value, int):
        frame = around.value
    made = FunctionValue(state.autograd.tick(), code, frame, owner)
    for parameter in code.parameters:
        if parameter.default is not None:
            state.heap[made.id, parameter.name] = interp.evaluate(parameter.default, state)
    interp.run.define(made, state)
    return made


def call_function(
    interp: Interpreter,
    function: FunctionValue,
    arguments: Arguments,
    node: ir.Expression,
    state: State,
    *,
    made: Instance | None = None,
) -> Value:
    """Run a function of the file on the state, which goes on as the first of the ways out of it.

    `made` is the object that it constructs, where it is a constructor.
    """
    code = function.code
    key = code if made is None else made.cls.code
    done = state.recall(key)
    if done is not None:
        return done
    if not _may_enter(interp, code) or (id(code) in interp.run.foreign and interp.run.budget.is_linked_spent):
        state.truncate()
        given = arguments.all()
        result = unknown_call(code.name, given, node, state)
        module = _module_in(given, code)
        return result if module is None else result_of_forward(module, given[1:], node.place, state)
    names = bind_arguments(function, arguments, node, state)
    if made is not None:  # its constructor may be done with it before it ends
        names["(made)"] = made
    frame = state.new_frame(function.frame, names)
    if code.generates:
        return Generator(function, frame)
    mark, before = state.cursor, state.certainty
    ways = _run(interp, function, frame, node, state)
    for way in ways:
        value = way.frames[frame].get(RETURNED, NONE) if made is None else made
        _leave_frame(frame, code, way)
        way.frame[_RESULT] = value
    return _resume(interp, key, mark, ways, state, before)


def _module_in(given: Sequence[Value], code: ir.Function) -> Instance | None:
    """The module whose forward a function is, by what it is given."""
    first = given[0] if given and code.name == "forward" else None
    return first if isinstance(first, Instance) and first.cls.kind == "module" else None


def _may_enter(interp: Interpreter, code: ir.Function) -> bool:
    running = interp.run.running
    return (
        len(running) < MAX_DEPTH
        and sum(each is code for each in running) < MAX_RECURSION
        and not interp.run.budget.is_spent
    )


def _run(
    interp: Interpreter,
    function: FunctionValue,
    frame: int,
    node: ir.Expression | ir.Statement,
    state: State,
    consumer: Consumer | None = None,
) -> list[State]:
    """Run a function's body in its frame. The states stand in that frame still, and have been left by a signal."""
    code, autograd = function.code, state.autograd
    enabled, inference = autograd.grad_enabled, autograd.inference
    has_mode = take_decorators(function, state)
    state.push_frame(frame)
    autograd.calls = (*autograd.calls, node.place)
    outer_scope, interp.run.scope = interp.run.scope, _scope_of(interp, function)
    interp.run.called_back.append(isinstance(node, ir.Call) and _is_renamed(node.function, code))
    limit = interp.run.begin_call(code)
    ways = interp.enter_body(code.body, state, consumer)
    interp.run.end_call(limit, ways)
    interp.run.scope = outer_scope
    for way in ways:
        way.autograd.calls = way.autograd.calls[:-1]
        if has_mode:
            way.autograd.grad_enabled, way.autograd.inference = enabled, inference
        if way.signal in {SPENT, ENDLESS}:
            way.truncate()
            way.assume(UNMODELLED)
            way.frame[RETURNED] = way.unknown()
        way.signal = "" if way.signal in {"return", SPENT, ENDLESS} else way.signal
    return ways


def _is_renamed(called: ir.Expression, code: ir.Function) -> bool:
    """Whether a function is called by a name that is not its own."""
    return isinstance(called, ir.Name) and called.id != code.name


def _scope_of(interp: Interpreter, function: FunctionValue) -> Scope:
    outer = interp.run.scope
    owner = interp.run.classes.get(function.owner) if function.owner is not None else None
    bases = tuple(last_name(base) for base in owner.code.bases) if owner is not None else ()
    name = owner.code.name if owner is not None else ""
    return Scope(function.code.name, bases, outer.in_forward, owner=name, body=function.code.body)


def _leave_frame(frame: int, code: ir.Function, state: State) -> None:
    state.pop_frame()
    if not code.nests:
        del state.frames[frame]


def _resume(
    interp: Interpreter, key: object, mark: int, ways: list[State], state: State, before: PathCertainty
) -> Value:
    """Make the state the first of the ways on; the others wait until the statement has been evaluated on this one."""
    ways = [way.moved_out() if way is state else way for way in ways]
    going = keep_most_certain([way for way in ways if not way.signal], MAX_CALL_OUTCOMES)
    raised = [way for way in ways if way.signal][:MAX_OUTCOMES]
    for way in raised:
        way.frame.pop(_RESULT, None)
    if not going:
        state.become(raised.pop(0))
    if not interp.run.single_outcome:
        interp.run.raised += raised
    if not going:
        return state.unknown()
    kept = join_all(going, searching=interp.run.searching)
    if len(kept) == 1:  # whoever goes on has come this way
        kept[0].certainty = min(before, kept[0].certainty)
    for way in kept if len(kept) > 1 else ():
        way.certainty = way.certainty.leave(before, way.autograd.clock)
    single = interp.run.single_outcome or len(interp.run.pending) >= MAX_PENDING
    if len(kept) > MAX_OUTCOMES or (len(kept) > 1 and single):
        kept = keep_most_certain(kept, 1 if single else MAX_OUTCOMES)
    for way in kept:
        way.remember(mark, key, way.frame.pop(_RESULT))
    interp.run.pending += kept[1:]
    value = kept[0].log[mark][1]
    state.become(kept[0])
    return value


def one_of(interp: Interpreter, values: Sequence[Value], place: ir.Place, state: State) -> Value:
    """One of some values, each on a path of its own: which one is an open condition."""
    done = state.recall(place)
    if done is not None:
        return done
    mark, before = state.cursor, state.certainty
    ways = [state.fork() for _ in values]
    for way, value in zip(ways, values, strict=True):
        if len(values) > 1:
            way.assume(CONDITION)
        way.frame[_RESULT] = value
    return _resume(interp, place, mark, ways, state, before)


# -- arguments --------------------------------------------------------------------------------------------------
def bind_arguments(
    function: FunctionValue, arguments: Arguments, node: ir.Expression, state: State
) -> dict[str, Value]:
    """The names that a call binds; what cannot be told is unknown."""
    names: dict[str, Value] = {}
    positional, keywords = list(arguments.positional), dict(arguments.keywords)
    for parameter in function.code.parameters:
        if parameter.star == "*":
            names[parameter.name] = TupleValue(tuple(positional))
            positional = []
        elif parameter.star:
            names[parameter.name] = state.new_dict((Literal(key), value) for key, value in keywords.items())
        elif arguments.unclear and parameter.name not in keywords:
            refs = [ref for value in arguments.all() for ref in state.tensors_in(value)]
            names[parameter.name] = unknown_holding(refs, node.place, state)
        elif positional and not parameter.keyword_only:
            names[parameter.name] = positional.pop(0)
        elif parameter.name in keywords:
            names[parameter.name] = keywords.pop(parameter.name)
        else:
            default = state.heap.get((function.id, parameter.name))
            names[parameter.name] = state.unknown() if default is None else default
        value = names[parameter.name]
        if isinstance(value, Unknown) and is_plain(parameter):
            names[parameter.name] = state.as_plain(value)
        elif parameter.annotation is not None and is_tensor_annotation(parameter.annotation):
            state.as_tensor(names[parameter.name], function.code.place, seen=True)
    return names


def call_partial(call: CallContext, partial: Partial) -> Value:
    """Call a function some of whose arguments were given before."""
    arguments = call.arguments
    keywords = dict(partial.keywords) | arguments.keywords
    given = Arguments((*partial.positional, *arguments.positional), keywords, arguments.unclear)
    return call.interp.call(partial.function, given, call.node, call.state)


# -- generators -------------------------------------------------------------------------------------------------
def run_generator(
    interp: Interpreter, generator: Generator, consumer: Consumer, node: ir.Expression | ir.Statement, state: State
) -> list[State]:
    """Run a generator's body, each item that it hands out given to the consumer in the generator's frame."""
    code = generator.function.code
    if _is_over_or_running(generator, state) or not _may_enter(interp, code):
        state.truncate()
        state.assume(UNMODELLED)
        return [state]
    ways = _run(interp, generator.function, generator.frame, node, state, consumer=consumer)
    for way in ways:
        _leave_frame(generator.frame, code, way)
    return ways


def exhaust(interp: Interpreter, source: Value, node: ir.Expression | ir.Statement, state: State) -> Value:
    """A list of all that a generator, or an iterator from here on, hands out; another value as it is."""
    if not isinstance(source, (Generator, IteratorValue)):
        return source
    done = state.recall(source)
    if done is not None:
        return done
    if isinstance(source, IteratorValue) or _is_over_or_running(source, state):
        if isinstance(source, Generator) and source.frame in state.frames:
            state.truncate()
        made = state.use_up(source) if isinstance(source, IteratorValue) else state.new_list((), 0)
        state.remember(state.cursor, source, made)
        return made
    made = state.new_list(())
    state.frame[f"(drained {source.frame})"] = made
    mark, before = state.cursor, state.certainty

    def collect(item: Value, way: State) -> list[State]:
        way.set_items(made, (*way.known_items(made), item))
        return [way]

    ways = run_generator(interp, source, collect, node, state)
    for way in ways:
        way.frame[_RESULT] = made
    return _resume(interp, source, mark, ways, state, before)


def instantiate(call: CallContext, cls: ClassValue) -> Value:
    """Make an object of a class of the file, by running its constructor."""
    state = call.state
    done = state.recall(cls.code)
    if done is not None:
        return done
    made = Instance(state.autograd.tick(), cls)
    if cls.kind == "module":
        state.heap[made.id, "training"] = Literal(True)
    init = class_attribute(cls, "__init__", state)
    if isinstance(init, FunctionValue):
        return call.interp.call_function(init, call.arguments.after(made), call.node, state, made=made)
    if cls.fields is not None:
        _set_fields(call, made, cls.fields)
        after = class_attribute(cls, "__post_init__", state)
        if isinstance(after, FunctionValue):
            return call.interp.call_function(after, Arguments((made,)), call.node, state, made=made)
    else:
        _construct_base(call, made)
    state.remember(state.cursor, cls.code, made)
    return made


def _set_fields(call: CallContext, made: Instance, fields: tuple[str, ...]) -> None:
    state = call.state
    for position, name in enumerate(fields):
        value = call.arguments.get(position, name)
        if value is None:
            value = _default_of(call.interp, class_attribute(made.cls, name, state), call.node, state)
        state.heap[made.id, name] = state.unknown() if value is None else value


def _default_of(interp: Interpreter, declared: Value | None, node: ir.Expression, state: State) -> Value | None:
    """What a field begins with that is declared by `field(…)`, or by a value."""
    if not isinstance(declared, LibraryInstance) or declared.kind != "field":
        return declared
    factory = state.heap.get((declared.id, "default_factory"))
    if factory is None:
        return state.heap.get((declared.id, "default"))
    return interp.call(factory, Arguments(), node, state)


def _construct_base(call: CallContext, made: Instance) -> Value:
    """What a base outside of the file makes of an object: parameters, a list of modules, groups of parameters."""
    base = foreign_base(made.cls)
    if made.cls.kind == "module":
        make_module(call._replace(callee=base), made.id)
    elif made.cls.kind == "optimizer":
        hold_parameters(made.id, call)
    return NONE


# -- attributes -------------------------------------------------------------------------------------------------
def attribute(interp: Interpreter, receiver: Value, name: str, node: ir.Expression, state: State) -> Value | None:
    """An attribute of an object, class or function of the file; None where the file does not tell."""
    if isinstance(receiver, Instance):
        kept = state.heap.get((receiver.id, name))
        if kept is not None:
            return kept
        found = class_attribute(receiver.cls, name, state)
        return None if found is None else _of_instance(interp, found, receiver, node, state)
    if isinstance(receiver, ClassValue):
        found = class_attribute(receiver, name, state)
        if isinstance(found, FunctionValue) and state.heap.has(found.id, IsClassMethod):
            return Partial(found, (receiver,), ())
        return found
    if isinstance(receiver, SuperValue):
        return _of_super(interp, receiver, name, node, state)
    if isinstance(receiver, FunctionValue):
        return state.heap.get((receiver.id, name))
    return _of_module(receiver, name, state) if isinstance(receiver, LinkedModuleValue) else None


def _of_module(module: LinkedModuleValue, name: str, state: State) -> Value:
    """A name of another module, or a module of a package; what it does not bind is unknown, and the same each time."""
    names = state.frames[module.frame]
    if name not in names:
        names[name] = _inner_module(module, name, state) or state.unknown()
    return names[name]


def _inner_module(package: LinkedModuleValue, name: str, state: State) -> Value | None:
    folder = package.key.removesuffix("__init__.py")
    return next(
        (found for end in (".py", "/__init__.py", "/") if (found := state.linked_module(f"{folder}{name}{end}"))), None
    )


def _of_instance(interp: Interpreter, found: Value, instance: Value, node: ir.Expression, state: State) -> Value:
    if not isinstance(found, FunctionValue):
        return found
    if state.heap.has(found.id, IsProperty):
        return interp.call_function(found, Arguments((instance,)), node, state)
    if state.heap.has(found.id, IsStaticMethod):
        return found
    first = instance
    if state.heap.has(found.id, IsClassMethod) and isinstance(instance, Instance):
        first = instance.cls
    return Partial(found, (first,), ())


def _of_super(interp: Interpreter, receiver: SuperValue, name: str, node: ir.Expression, state: State) -> Value | None:
    instance = receiver.instance
    cls = instance.cls if isinstance(instance, Instance) else instance
    if not isinstance(cls, ClassValue):
        return None
    found = class_attribute(cls, name, state, after=receiver.cls)
    return None if found is None else _of_instance(interp, found, instance, node, state)


def decorate(
    interp: Interpreter, made: Value, decorator: Value, spelled: ir.Expression, function: ir.Function, state: State
) -> Value:
    """What a decorator makes of a function; `spelled` is what stands after the `@`."""
    if isinstance(decorator, (FunctionValue, Partial)):
        return interp.call(decorator, Arguments((made,)), spelled, state)
    if not isinstance(made, FunctionValue):
        return made
    path, name = decorator.path if isinstance(decorator, QualifiedName) else "", last_name(spelled)
    mode = contexts.mode_of(path)
    if mode:
        state.heap.note(made.id, GradModeOf(mode))
    elif name in _MARKING_DECORATORS:
        state.heap.note(made.id, _MARKING_DECORATORS[name]())
    elif name in {"setter", "deleter"}:
        return state.frame.get(function.name, made)
    elif not contexts.is_harmless_decorator(name):
        state.heap.note(made.id, ChangedByDecorator())
    return made


def take_decorators(function: FunctionValue, state: State) -> bool:
    """Whether a decorator gives a function a grad mode, which is set; what others make of it is not known."""
    if state.heap.has(function.id, ChangedByDecorator):
        state.assume(UNMODELLED)
    decorated = state.heap.fact(function.id, GradModeOf)
    if decorated is None:
        return False
    state.set_mode(decorated.mode)
    return True


# -- objects ----------------------------------------------------------------------------------------------------
def method_of_object(call: CallContext) -> Value:
    """Call a method of an object, class or function of the file."""
    interp, name, arguments, node, state, receiver = call
    found = interp.attribute(receiver, name, node, state)
    if found is not None:
        return interp.call(found, arguments, node, state)
    if isinstance(receiver, SuperValue):
        return _method_of_base(call, receiver)
    if isinstance(receiver, ClassValue) and receiver.kind == "function" and name == "apply":
        return apply_function(call, receiver)
    if isinstance(receiver, ClassValue) and receiver.kind == "module" and arguments.positional:
        rest = replace(arguments, positional=arguments.positional[1:])
        return interp.call_method(arguments.positional[0], name, rest, node, state)
    if isinstance(receiver, Instance) and receiver.cls.kind == "tuple" and name == "_replace":
        made = Instance(state.autograd.tick(), receiver.cls)
        for field in receiver.cls.fields or ():
            kept = arguments.keywords.get(field) or state.heap.get((receiver.id, field))
            state.heap[made.id, field] = kept or state.unknown()
        return made
    if isinstance(receiver, Instance) and receiver.cls.kind == "module":
        return module_method(call, receiver)
    if isinstance(receiver, Instance) and receiver.cls.kind == "optimizer":
        return optimizer_method(call, receiver.id)
    return unknown_call(name, arguments.all(), node, state, receiver=receiver)


def _method_of_base(call: CallContext, receiver: SuperValue) -> Value:
    name = call.callee
    instance = receiver.instance
    if not isinstance(instance, Instance):
        return unknown_call(name, call.arguments.all(), call.node, call.state)
    if name == "__init__":
        return _construct_base(call, instance)
    if instance.cls.kind == "module":
        return forward_of_base(call, instance) if name == "forward" else module_method(call, instance)
    if instance.cls.kind == "optimizer":
        return optimizer_method(call, instance.id)
    return unknown_call(name, call.arguments.all(), call.node, call.state, receiver=instance)


def is_context(instance: Instance, state: State) -> bool:
    """Whether an object can be entered by a `with` statement, as far as the file tells."""
    return class_attribute(instance.cls, "__enter__", state) is not None


def enter_context(interp: Interpreter, instance: Instance, node: ir.Expression, state: State) -> Value:
    """What an object does when it is entered by a `with` statement."""
    return method_of_object(CallContext(interp, "__enter__", Arguments(), node, state, instance))


def leave_context(interp: Interpreter, instance: Instance, node: ir.Expression, state: State) -> Value:
    """What it does when that is left."""
    if class_attribute(instance.cls, "__exit__", state) is None:
        return NONE
    return method_of_object(CallContext(interp, "__exit__", Arguments((NONE, NONE, NONE)), node, state, instance))


def call_object(call: CallContext, instance: Instance) -> Value:
    """Call an object of a class of the file."""
    called = class_attribute(instance.cls, "__call__", call.state)
    if called is not None:
        return call.interp.call(called, call.arguments.after(instance), call.node, call.state)
    return call_module(call, instance)


def _is_over_or_running(generator: Generator, state: State) -> bool:
    """Whether a generator has come to its end, or waits for the very loop that asks it for more."""
    return generator.frame not in state.frames or generator.frame in (state.current, *state.callers)

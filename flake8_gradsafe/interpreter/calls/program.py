"""Code of the file: functions, classes and generators are run where they are called, on the caller's state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.write_site import is_plain, is_tensor_annotation
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED, Certainty
from flake8_gradsafe.interpreter.domain.frames import ENCLOSING
from flake8_gradsafe.interpreter.domain.lineage import ancestors
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
    Literal,
    Partial,
    QualifiedName,
    SuperValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.optimizers import Optimizers
from flake8_gradsafe.interpreter.paths.join import join_all, keep_most_certain
from flake8_gradsafe.interpreter.run import SPENT, Scope
from flake8_gradsafe.knowledge import classes, contexts
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Calls inside one another that are followed, and those of the same function.
MAX_DEPTH = 12
MAX_RECURSION = 3
#: Ways out of one call that are followed apart.
MAX_OUTCOMES = 4
#: Ways through one statement that may wait: while there are so many, each call in it goes on by its likeliest way alone.
MAX_PENDING = 8
#: Ways out of one call that are compared, to see which of them are the same.
MAX_CALL_OUTCOMES = 16

_CLASS = "(class)"
_RESULT = "(result)"

Consumer = Callable[[Value, State], list[State]]


class ProgramCalls(Optimizers):
    """Code of the file: functions, classes and generators are run where they are called, on the caller's state."""

    # -- functions --------------------------------------------------------------------------------------------------

    def make_function(self, code: ir.Function, state: State) -> FunctionValue:
        """A function, where its definition is run; its defaults are evaluated now."""
        inside = state.frame.get(_CLASS)
        owner = inside.value if isinstance(inside, Literal) and isinstance(inside.value, int) else None
        frame = state.current
        if (
            owner is not None
            and isinstance(around := state.frame[ENCLOSING], Literal)
            and isinstance(around.value, int)
        ):
            frame = around.value
        made = FunctionValue(state.world.tick(), code, frame, owner)
        for parameter in code.parameters:
            if parameter.default is not None:
                state.heap[made.id, parameter.name] = self.evaluate(parameter.default, state)
        self.session.define(made, state)
        return made

    def call_function(
        self,
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
        if not self._may_enter(code, state):
            state.truncated = True
            return self.unknown_call(code.name, arguments.all(), node, state)
        names = self.bind_arguments(function, arguments, node, state)
        if made is not None:  # its constructor may be done with it before it ends
            names["(made)"] = made
        frame = state.new_frame(function.frame, names)
        if code.generates:
            return Generator(function, frame)
        mark, certainty = state.cursor, state.certainty
        ways = self._run(function, frame, node, state)
        for way in ways:
            value = way.frames[frame].get(RETURNED, NONE) if made is None else made
            self._leave_frame(frame, code, way)
            way.frame[_RESULT] = value
        return self._resume(key, mark, ways, state, certainty)

    def _may_enter(self, code: ir.Function, state: State) -> bool:
        running = self.session.running
        return (
            len(running) < MAX_DEPTH
            and sum(each is code for each in running) < MAX_RECURSION
            and not self.session.is_spent()
        )

    def _run(
        self,
        function: FunctionValue,
        frame: int,
        node: ir.Expression | ir.Statement,
        state: State,
        consumer: Consumer | None = None,
    ) -> list[State]:
        """Run a function's body in its frame. The states stand in that frame still, and have been left by a signal."""
        code, world = function.code, state.world
        enabled, inference = world.grad_enabled, world.inference
        has_mode = self.take_decorators(function, state)
        state.push_frame(frame)
        world.calls = (*world.calls, node.place)
        outer_scope, self.session.scope = self.session.scope, self._scope_of(function)
        limit, statement = self.session.begin_call(code), self.session.statement
        ways = self.enter_body(code.body, state, consumer)
        self.session.end_call(limit)
        self.session.statement = statement
        self.session.scope = outer_scope
        for way in ways:
            way.world.calls = way.world.calls[:-1]
            if has_mode:
                way.world.grad_enabled, way.world.inference = enabled, inference
            if way.signal == SPENT:
                way.truncated = True
                way.certainty += UNMODELLED
                way.frame[RETURNED] = way.unknown()
            way.signal = "" if way.signal in {"return", SPENT} else way.signal
        return ways

    def _scope_of(self, function: FunctionValue) -> Scope:
        outer = self.session.scope
        owner = self.session.classes.get(function.owner) if function.owner is not None else None
        bases = tuple(last_name(base) for base in owner.code.bases) if owner is not None else ()
        name = owner.code.name if owner is not None else ""
        return Scope(function.code.name, bases, outer.in_forward, owner=name, body=function.code.body)

    def _leave_frame(self, frame: int, code: ir.Function, state: State) -> None:
        state.pop_frame()
        if not code.nests:
            del state.frames[frame]

    def _resume(self, key: object, mark: int, ways: list[State], state: State, certainty: Certainty) -> Value:
        """Make the state the first of the ways on; the others wait until the statement has been evaluated on this one."""
        ways = [way.moved_out() if way is state else way for way in ways]
        going = keep_most_certain([way for way in ways if not way.signal], MAX_CALL_OUTCOMES)
        raised = [way for way in ways if way.signal][:MAX_OUTCOMES]
        for way in raised:
            way.frame.pop(_RESULT, None)
        if not going:
            state.become(raised.pop(0))
        if not self.session.single_outcome:
            self.session.raised += raised
        if not going:
            return state.unknown()
        kept = join_all(going, searching=self.session.searching)
        if len(kept) == 1:  # whoever goes on has come this way
            kept[0].certainty = min(certainty, kept[0].certainty)
        single = self.session.single_outcome or len(self.session.pending) >= MAX_PENDING
        if len(kept) > MAX_OUTCOMES or (len(kept) > 1 and single):
            kept = keep_most_certain(kept, 1 if single else MAX_OUTCOMES)
        for way in kept:
            way.remember(mark, key, way.frame.pop(_RESULT))
        self.session.pending += kept[1:]
        value = kept[0].log[mark][1]
        state.become(kept[0])
        return value

    # -- arguments --------------------------------------------------------------------------------------------------

    def bind_arguments(
        self, function: FunctionValue, arguments: Arguments, node: ir.Expression, state: State
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
                names[parameter.name] = self.unknown_holding(refs, node.place, state)
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

    def call_partial(self, partial: Partial, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a function some of whose arguments were given before."""
        keywords = dict(partial.keywords) | arguments.keywords
        given = Arguments((*partial.positional, *arguments.positional), keywords, arguments.unclear)
        return self.call(partial.function, given, node, state)

    # -- generators -------------------------------------------------------------------------------------------------

    def run_generator(
        self, generator: Generator, consumer: Consumer, node: ir.Expression | ir.Statement, state: State
    ) -> list[State]:
        """Run a generator's body, each item that it hands out given to the consumer in the generator's frame."""
        code = generator.function.code
        if _is_over_or_running(generator, state) or not self._may_enter(code, state):
            state.truncated = True
            state.certainty += UNMODELLED
            return [state]
        ways = self._run(generator.function, generator.frame, node, state, consumer=consumer)
        for way in ways:
            self._leave_frame(generator.frame, code, way)
        return ways

    def exhaust(self, source: Value, node: ir.Expression | ir.Statement, state: State) -> Value:
        """A list of all that a generator, or an iterator from here on, hands out; another value as it is."""
        if not isinstance(source, (Generator, IteratorValue)):
            return source
        done = state.recall(source)
        if done is not None:
            return done
        if isinstance(source, IteratorValue) or _is_over_or_running(source, state):
            state.truncated |= isinstance(source, Generator) and source.frame in state.frames
            made = state.new_list(state.known_items(source), state.unknown_from(source))
            state.forget_items(source)
            state.remember(state.cursor, source, made)
            return made
        made = state.new_list(())
        state.frame[f"(drained {source.frame})"] = made
        mark, certainty = state.cursor, state.certainty

        def collect(item: Value, way: State) -> list[State]:
            way.set_items(made, (*way.known_items(made), item))
            return [way]

        ways = self.run_generator(source, collect, node, state)
        for way in ways:
            way.frame[_RESULT] = made
        return self._resume(source, mark, ways, state, certainty)

    # -- classes ----------------------------------------------------------------------------------------------------

    def make_class(self, code: ir.Class, bases: tuple[Value, ...], state: State) -> ClassValue:
        """A class, before its body is run."""
        kind = _kind_of(bases)
        fields = (*_inherited(bases), *_field_names(code)) if kind == "tuple" or _is_dataclass(code) else None
        order = ancestors(bases)
        if order is None:  # Python raises a TypeError
            state.signal = "raise"
        made = ClassValue(state.world.tick(), code, bases, kind, fields, order or ())
        self.session.classes[made.id] = made
        return made

    def frame_of_class(self, cls: ClassValue, state: State) -> int:
        """The frame in which a class's body is run."""
        return state.new_frame(state.current, {_CLASS: Literal(cls.id)})

    def make_named_tuple(self, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """`collections.namedtuple(name, fields)`."""
        given = arguments.get(1, "field_names")
        names = [] if given is None else list(state.known_items(given))
        if isinstance(given, Literal) and isinstance(given.value, str):
            names = [Literal(name) for name in given.value.replace(",", " ").split()]
        fields = tuple(name.value for name in names if isinstance(name, Literal) and isinstance(name.value, str))
        if not fields or len(fields) < len(names):
            return state.unknown()
        code = ir.Class(node.place, "namedtuple", (), (), ())
        return ClassValue(state.world.tick(), code, (), "tuple", fields)

    def finish_class(self, cls: ClassValue, state: State) -> None:
        """Keep what a class's body has bound, and leave its frame."""
        frame = state.current
        for name, value in state.frame.items():
            if not name.startswith("("):
                state.heap[cls.id, name] = value
        state.pop_frame()
        del state.frames[frame]

    def class_attribute(
        self, cls: ClassValue, name: str, state: State, after: ClassValue | None = None
    ) -> Value | None:
        """An attribute of a class, or of its bases; with `after`, of those that follow that one."""
        lineage = cls.lineage
        if after in lineage:
            lineage = lineage[lineage.index(after) + 1 :]
        for each in lineage:
            value = state.heap.get((each.id, name))
            if value is not None:
                return value
        return None

    def foreign_base(self, cls: ClassValue) -> str:
        """The full name of the first base outside of the file, empty where there is none or it has no name."""
        for each in cls.lineage:
            for base in each.bases:
                if isinstance(base, QualifiedName):
                    return base.path
        return ""

    def instantiate(self, cls: ClassValue, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Make an object of a class of the file, by running its constructor."""
        done = state.recall(cls.code)
        if done is not None:
            return done
        made = Instance(state.world.tick(), cls)
        if cls.kind == "module":
            state.heap[made.id, "training"] = Literal(True)
        init = self.class_attribute(cls, "__init__", state)
        if isinstance(init, FunctionValue):
            return self.call_function(init, arguments.after(made), node, state, made=made)
        if cls.fields is not None:
            self._set_fields(made, cls.fields, arguments, node, state)
            after = self.class_attribute(cls, "__post_init__", state)
            if isinstance(after, FunctionValue):
                return self.call_function(after, Arguments((made,)), node, state, made=made)
        else:
            self._construct_base(made, arguments, node, state)
        state.remember(state.cursor, cls.code, made)
        return made

    def _set_fields(
        self, made: Instance, fields: tuple[str, ...], arguments: Arguments, node: ir.Expression, state: State
    ) -> None:
        for position, name in enumerate(fields):
            value = arguments.get(position, name)
            if value is None:
                value = self._default_of(self.class_attribute(made.cls, name, state), node, state)
            state.heap[made.id, name] = state.unknown() if value is None else value

    def _default_of(self, declared: Value | None, node: ir.Expression, state: State) -> Value | None:
        """What a field begins with that is declared by `field(…)`, or by a value."""
        if not isinstance(declared, LibraryInstance) or declared.kind != "field":
            return declared
        factory = state.heap.get((declared.id, "default_factory"))
        if factory is None:
            return state.heap.get((declared.id, "default"))
        return self.call(factory, Arguments(), node, state)

    def _construct_base(self, made: Instance, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """What a base outside of the file makes of an object: parameters, a list of modules, groups of parameters."""
        base = self.foreign_base(made.cls)
        if made.cls.kind == "module":
            self.make_module(base, arguments, node, state, made.id)
        elif made.cls.kind == "optimizer":
            self.hold(made.id, arguments, state)
        return NONE

    # -- attributes -------------------------------------------------------------------------------------------------

    def attribute(self, receiver: Value, name: str, node: ir.Expression, state: State) -> Value | None:
        """An attribute of an object, class or function of the file; None where the file does not tell."""
        if isinstance(receiver, Instance):
            kept = state.heap.get((receiver.id, name))
            if kept is not None:
                return kept
            found = self.class_attribute(receiver.cls, name, state)
            return None if found is None else self._of_instance(found, receiver, name, node, state)
        if isinstance(receiver, ClassValue):
            found = self.class_attribute(receiver, name, state)
            if isinstance(found, FunctionValue) and self.has_flag(found, "classmethod", state):
                return Partial(found, (receiver,), ())
            return found
        if isinstance(receiver, SuperValue):
            return self._of_super(receiver, name, node, state)
        if isinstance(receiver, FunctionValue):
            return state.heap.get((receiver.id, name))
        return None

    def _of_instance(self, found: Value, instance: Value, name: str, node: ir.Expression, state: State) -> Value:
        if not isinstance(found, FunctionValue):
            return found
        if self.has_flag(found, "property", state):
            return self.call_function(found, Arguments((instance,)), node, state)
        if self.has_flag(found, "staticmethod", state):
            return found
        first = instance
        if self.has_flag(found, "classmethod", state) and isinstance(instance, Instance):
            first = instance.cls
        return Partial(found, (first,), ())

    def _of_super(self, receiver: SuperValue, name: str, node: ir.Expression, state: State) -> Value | None:
        instance = receiver.instance
        cls = instance.cls if isinstance(instance, Instance) else instance
        if not isinstance(cls, ClassValue):
            return None
        found = self.class_attribute(cls, name, state, after=receiver.cls)
        return None if found is None else self._of_instance(found, instance, name, node, state)

    def super_of(self, arguments: Arguments, state: State) -> Value:
        """`super()`, in a method of the file."""
        if len(arguments.positional) == 2:
            cls, instance = arguments.positional
            return SuperValue(instance, cls) if isinstance(cls, ClassValue) else state.unknown()
        running = self.session.running
        names = [parameter.name for parameter in running[-1].parameters[:1]] if running else []
        owner = self.session.owner_of(running[-1]) if running else None
        first = state.frame.get(names[0]) if names else None
        if owner is None or not isinstance(first, (Instance, ClassValue)):
            return state.unknown()
        return SuperValue(first, owner)

    def has_flag(self, function: FunctionValue, flag: str, state: State) -> bool:
        """Whether a decorator has made a function a property, a static method or the like."""
        return (function.id, f"({flag})") in state.heap

    def decorate(
        self, made: Value, decorator: Value, spelled: ir.Expression, function: ir.Function, state: State
    ) -> Value:
        """What a decorator makes of a function; `spelled` is what stands after the `@`."""
        if isinstance(decorator, (FunctionValue, Partial)):
            return self.call(decorator, Arguments((made,)), spelled, state)
        if not isinstance(made, FunctionValue):
            return made
        path, name = decorator.path if isinstance(decorator, QualifiedName) else "", last_name(spelled)
        mode = contexts.mode_of(path)
        if mode:
            state.heap[made.id, "(mode)"] = Literal(mode)
        elif name in contexts.FLAGS:
            state.heap[made.id, f"({contexts.FLAGS[name]})"] = Literal(True)
        elif name in {"setter", "deleter"}:
            return state.frame.get(function.name, made)
        elif not contexts.is_harmless_decorator(name):
            state.heap[made.id, "(changed)"] = Literal(True)
        return made

    def take_decorators(self, function: FunctionValue, state: State) -> bool:
        """Whether a decorator gives a function a grad mode, which is set; what others make of it is not known."""
        if (function.id, "(changed)") in state.heap:
            state.certainty += UNMODELLED
        mode = state.heap.get((function.id, "(mode)"))
        if not isinstance(mode, Literal):
            return False
        state.set_mode(str(mode.value))
        return True

    # -- objects ----------------------------------------------------------------------------------------------------

    def method_of_object(
        self, receiver: Value, name: str, arguments: Arguments, node: ir.Expression, state: State
    ) -> Value:
        """Call a method of an object, class or function of the file."""
        found = self.attribute(receiver, name, node, state)
        if found is not None:
            return self.call(found, arguments, node, state)
        if isinstance(receiver, SuperValue):
            return self._method_of_base(receiver, name, arguments, node, state)
        if isinstance(receiver, ClassValue) and receiver.kind == "function" and name == "apply":
            return self.apply_function(receiver, arguments, node, state)
        if isinstance(receiver, ClassValue) and receiver.kind == "module" and arguments.positional:
            rest = replace(arguments, positional=arguments.positional[1:])
            return self.method(arguments.positional[0], name, rest, node, state)
        if isinstance(receiver, Instance) and receiver.cls.kind == "tuple" and name == "_replace":
            made = Instance(state.world.tick(), receiver.cls)
            for field in receiver.cls.fields or ():
                kept = arguments.keywords.get(field) or state.heap.get((receiver.id, field))
                state.heap[made.id, field] = kept or state.unknown()
            return made
        if isinstance(receiver, Instance) and receiver.cls.kind == "module":
            return self.module_method(receiver, name, arguments, node, state)
        if isinstance(receiver, Instance) and receiver.cls.kind == "optimizer":
            return self.optimizer_method(receiver.id, name, arguments, node, state)
        return self.unknown_call(name, arguments.all(), node, state, receiver=receiver)

    def _method_of_base(
        self, receiver: SuperValue, name: str, arguments: Arguments, node: ir.Expression, state: State
    ) -> Value:
        instance = receiver.instance
        if not isinstance(instance, Instance):
            return self.unknown_call(name, arguments.all(), node, state)
        if name == "__init__":
            return self._construct_base(instance, arguments, node, state)
        if instance.cls.kind == "module":
            return self.module_method(instance, name, arguments, node, state)
        if instance.cls.kind == "optimizer":
            return self.optimizer_method(instance.id, name, arguments, node, state)
        return self.unknown_call(name, arguments.all(), node, state, receiver=instance)

    def is_context(self, instance: Instance, state: State) -> bool:
        """Whether an object can be entered by a `with` statement, as far as the file tells."""
        return self.class_attribute(instance.cls, "__enter__", state) is not None

    def enter_context(self, instance: Instance, node: ir.Expression, state: State) -> Value:
        """What an object does when it is entered by a `with` statement."""
        return self.method_of_object(instance, "__enter__", Arguments(), node, state)

    def leave_context(self, instance: Instance, node: ir.Expression, state: State) -> Value:
        """What it does when that is left."""
        if self.class_attribute(instance.cls, "__exit__", state) is None:
            return NONE
        return self.method_of_object(instance, "__exit__", Arguments((NONE, NONE, NONE)), node, state)

    def call_object(self, instance: Instance, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call an object of a class of the file."""
        called = self.class_attribute(instance.cls, "__call__", state)
        if called is not None:
            return self.call(called, arguments.after(instance), node, state)
        return self.call_module(instance, arguments, node, state)


def _is_over_or_running(generator: Generator, state: State) -> bool:
    """Whether a generator has come to its end, or waits for the very loop that asks it for more."""
    return generator.frame not in state.frames or generator.frame in (state.current, *state.callers)


def _is_dataclass(code: ir.Class) -> bool:
    return any(last_name(decorator) == "dataclass" for decorator in code.decorators)


def _inherited(bases: Iterable[Value]) -> tuple[str, ...]:
    """The fields of the bases, which come first."""
    return tuple(dict.fromkeys(name for base in bases if isinstance(base, ClassValue) for name in base.fields or ()))


def _field_names(code: ir.Class) -> tuple[str, ...]:
    """The names that a dataclass's or a named tuple's body annotates."""
    return tuple(
        target.id
        for statement in code.body
        if isinstance(statement, ir.Assign) and statement.annotation is not None
        for target in statement.targets
        if isinstance(target, ir.Name)
    )


def _kind_of(bases: Iterable[Value]) -> str:
    kinds = []
    for base in bases:
        if isinstance(base, ClassValue):
            kinds.append(base.kind)
        else:
            kinds.append(classes.kind_of(base.path) if isinstance(base, QualifiedName) else "")
    known = [kind for kind in classes.KINDS if kind in kinds]
    return known[0] if known else "" if "" in kinds else "plain"

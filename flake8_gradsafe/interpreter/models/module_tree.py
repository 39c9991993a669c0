"""Trees of modules: containers of torch.nn, modules of the file, and what all modules can do."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import NO, Via
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.state import ITEMS, MORE, State
from flake8_gradsafe.interpreter.domain.values import (
    BUFFER,
    CLEARED,
    NONE,
    PACKED,
    PARAMETER,
    UNUSED,
    ClassValue,
    DictValue,
    Instance,
    ListValue,
    Literal,
    ModuleValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.modules import Modules
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_HOOKS, _PRE_HOOKS = "(forward hooks)", "(forward pre-hooks)"
_HOOKED = {"register_forward_hook": _HOOKS, "register_forward_pre_hook": _PRE_HOOKS}
#: Calls of the same module inside one another that are followed.
MAX_NESTED_CALLS = 3
#: How deep trees of modules are walked.
_MAX_LEVELS = 8

Tree = Instance | ModuleValue


class ModuleTree(Modules):
    """Trees of modules: containers of torch.nn, modules of the file, and what all modules can do."""

    # -- looking ----------------------------------------------------------------------------------------------------

    def children_of(self, module: Tree, state: State) -> list[tuple[str, Value]]:
        """The modules directly inside one, by name."""
        inside: list[tuple[str, Value]] = [
            (str(number), item)
            for number, item in enumerate(self.module_items(module, state) or ())
            if isinstance(item, (Instance, ModuleValue))
        ]
        if isinstance(module, ModuleValue) and module.kind in library.KEYED_CONTAINERS:
            inside = [(_key_text(key), item) for key, item in self.module_entries(module, state)]
        listed = {item.id for _, item in inside if isinstance(item, (Instance, ModuleValue))}
        return inside + [
            (name, value)
            for name, value in _attributes(module.id, state)
            if isinstance(value, ModuleValue) or (isinstance(value, Instance) and value.cls.kind == "module")
            if value.id not in listed
        ]

    def module_items(self, module: Tree, state: State) -> tuple[Value, ...] | None:
        """The items of a Sequential, a ModuleList or a ParameterList; None for other modules."""
        held = state.heap.get((module.id, ITEMS))
        return held.items if isinstance(held, TupleValue) else None

    def module_entries(self, module: Tree, state: State) -> list[tuple[Value, Value]]:
        """The keys and values of a ModuleDict or a ParameterDict."""
        return state.entries_of(DictValue(module.id)) or []

    def modules_of(self, module: Tree, state: State) -> list[tuple[str, Tree]]:
        """A module and all inside it, each once, by their dotted names."""
        return self._walked(module, state, "", 0)

    def _walked(self, module: Tree, state: State, prefix: str, level: int) -> list[tuple[str, Tree]]:
        found: dict[int, tuple[str, Tree]] = {module.id: (prefix, module)}
        if level < _MAX_LEVELS:
            for name, child in self.children_of(module, state):
                if isinstance(child, (Instance, ModuleValue)) and child.id not in found:
                    for dotted, each in self._walked(child, state, f"{prefix}.{name}".strip("."), level + 1):
                        found.setdefault(each.id, (dotted, each))
        return list(found.values())

    def parameters_of(self, module: Tree, state: State) -> list[tuple[str, TensorValue]]:
        """All parameters of a module and of those inside it, each once, by their dotted names."""
        return self._tensors_of(module, state, lambda value: (value.ref, PARAMETER) in state.heap)

    def state_of_tree(self, module: Tree, state: State) -> list[tuple[str, TensorValue]]:
        """All parameters and buffers, each once, by their dotted names."""
        return self._tensors_of(
            module, state, lambda value: (value.ref, PARAMETER) in state.heap or (value.ref, BUFFER) in state.heap
        )

    def _tensors_of(
        self, module: Tree, state: State, wanted: Callable[[TensorValue], bool]
    ) -> list[tuple[str, TensorValue]]:
        found: dict[int, tuple[str, TensorValue]] = {}
        for dotted, each in self._walked(module, state, "", 0):
            held = _attributes(each.id, state)
            held += [(str(number), item) for number, item in enumerate(self.module_items(each, state) or ())]
            for name, value in held:
                if isinstance(value, TensorValue) and wanted(value):
                    found.setdefault(value.ref, (f"{dotted}.{name}".strip("."), value))
        return list(found.values())

    def _is_in_sight(self, module: Tree, state: State, first: set[int], level: int = 0) -> bool:
        """Whether a module holds nothing that is out of sight; `first` gathers what comes before the first such thing.

        What a module holds itself comes before what the modules in it hold.
        """
        first.add(module.id)
        held = [*(self.module_items(module, state) or ()), *(value for _, value in _attributes(module.id, state))]
        inside: list[Tree] = []
        for value in held:
            if isinstance(value, Unknown):
                break
            if isinstance(value, TensorValue):
                first.add(value.ref)
            elif isinstance(value, ModuleValue) or (isinstance(value, Instance) and value.cls.kind == "module"):
                inside.append(value)
        for child in inside if level < _MAX_LEVELS else ():
            if child.id not in first and not self._is_in_sight(child, state, first, level + 1):
                return False
        known = not any(isinstance(value, Unknown) for value in held)
        return known and (module.id, MORE) not in state.heap and not self._is_forgotten(module, state)

    def _is_forgotten(self, module: Tree, state: State) -> bool:
        """Whether code out of sight may have changed what a container holds."""
        made = module if isinstance(module, ModuleValue) else state.heap.get((module.id, "(base)"))
        holds = isinstance(made, ModuleValue) and made.kind in library.CONTAINERS
        return holds and (module.id, ITEMS) not in state.heap

    # -- calling ----------------------------------------------------------------------------------------------------

    def call_module(self, module: Tree, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """Call a module: hooks before, its forward, hooks after. One that calls itself is followed but a few times."""
        if self.session.modules.count(module.id) >= MAX_NESTED_CALLS:
            return self.unknown_call("module", arguments.all(), node, state)
        self.session.modules.append(module.id)
        result = self._hooked(module, arguments, node, state)
        self.session.modules.pop()
        return result

    def _hooked(self, module: Tree, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        for hook in self._hooks(module, _PRE_HOOKS, state):
            given = self.call(hook, Arguments((module, TupleValue(arguments.positional))), node, state)
            if given != NONE and not isinstance(given, Unknown):
                positional = given.items if isinstance(given, TupleValue) else (given,)
                arguments = replace(arguments, positional=positional)
        result = self.forward_of(module, arguments, node, state)
        for hook in self._hooks(module, _HOOKS, state):
            given = self.call(hook, Arguments((module, TupleValue(arguments.positional), result)), node, state)
            if given != NONE and not isinstance(given, Unknown):
                result = given
        return result

    def forward_of(self, module: Tree, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """What a module's forward gives."""
        if isinstance(module, Instance):
            forward = self.attribute(module, "forward", node, state)
            if forward is None:
                return self._forward_of_base(module, arguments, node, state)
            return self.call(forward, arguments, node, state)
        if module.kind == "Sequential":
            return self._in_sequence(module, arguments, node, state)
        if module.kind in library.CONTAINERS or any(_is_packed(value, state) for value in arguments.positional[:1]):
            return self.unknown_call(module.kind, arguments.all(), node, state, receiver=module)
        mark = state.cursor
        done = state.recall(module)
        if done is None:
            done = self.call_measured_module(module, arguments, node, state)
            state.remember(mark, module, done)
        return done

    def _forward_of_base(self, module: Instance, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        base = state.heap.get((module.id, "(base)"))
        if isinstance(base, ModuleValue):
            return self.forward_of(base, arguments, node, state)
        held = tuple(value for _, value in self.parameters_of(module, state))
        return self.unknown_call("module", (*arguments.all(), *held), node, state)

    def _in_sequence(self, module: ModuleValue, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = self.module_items(module, state)
        if items is None or not arguments.positional or (not items and (module.id, MORE) in state.heap):
            return self.unknown_call(module.kind, arguments.all(), node, state)
        value = arguments.positional[0]
        for item in items:
            value = self.call(item, Arguments((value,)), node, state)
        return value

    def _hooks(self, module: Tree, kind: str, state: State) -> tuple[Value, ...]:
        held = state.heap.get((module.id, kind))
        return held.items if isinstance(held, TupleValue) else ()

    # -- methods ----------------------------------------------------------------------------------------------------

    def module_method(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """A method that every module has."""
        special = _METHODS.get(name)
        if special is not None:
            return special(self, module, name, arguments, node, state)
        if name in library.MODULE_SELF:
            for _, value in self.state_of_tree(module, state):
                state.world.note_move(value.ref)
            return module
        if name in _HOOKED and arguments.positional:
            key = (module.id, _HOOKED[name])
            state.heap[key] = TupleValue((*self._hooks(module, _HOOKED[name], state), arguments.positional[0]))
            return state.unknown()
        if name in {"forward", "__call__"}:
            return self.forward_of(module, arguments, node, state)
        if isinstance(module, ModuleValue) and module.kind in library.CONTAINERS:
            return self.method(as_container(module), name, arguments, node, state)
        if name in library.MODULE_LOOKS:
            return state.unknown()
        return self._forget_module(module, arguments, node, state)

    def _forget_module(self, module: Tree, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """A method that may do anything with what the module holds."""
        held = tuple(value for _, value in self.state_of_tree(module, state))
        return self.unknown_call("method", (*held, *arguments.all()), node, state)

    def _parameters(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        recurse = arguments.get(1 if name.startswith("named") else 0, "recurse") != Literal(False)
        return self._listed(self.parameters_of(module, state) if recurse else [], module, name, state)

    def _buffers(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        found = self._tensors_of(module, state, lambda value: (value.ref, BUFFER) in state.heap)
        return self._listed(found, module, name, state)

    def _submodules(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        inside = self.children_of if name.endswith("children") else self.modules_of
        return self._listed(inside(module, state), module, name, state)

    def _listed(self, found: Iterable[tuple[str, Value]], module: Tree, method: str, state: State) -> Value:
        """An iterator over what a method found in a module, each with its name where the method's name says so."""
        named = method.startswith("named")
        found = list(found)
        listed = tuple(TupleValue((Literal(dotted), value)) if named else value for dotted, value in found)
        first: set[int] = set()
        if self._is_in_sight(module, state, first):
            return state.new_iterator(TupleValue(listed))
        placed = takewhile(first.__contains__, (_number_of(value) for _, value in found))
        return state.new_iterator(state.new_list(listed, len(list(placed))))

    def _state_dict(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        entries: list[tuple[Value, Value]] = [
            (Literal(dotted), TensorValue(state.world.alias_outside_graph(value.ref, Via.DETACH, node.place)))
            for dotted, value in self.state_of_tree(module, state)
        ]
        made = state.new_dict(entries)
        if not self._is_in_sight(module, state, set()):
            state.forget_items(made)
        return made

    def _load(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        for _, value in self.state_of_tree(module, state):
            self.write_under_no_grad(value.ref, name, node, state)
        return state.unknown()

    def _mode(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        off = name == "eval" or arguments.get(0, "mode") == Literal(False)
        for _, each in self.modules_of(module, state):
            state.heap[each.id, "training"] = Literal(not off)
        return module

    def _flag(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        flag = arguments.get(0, "requires_grad") or Literal(True)
        for _, value in self.parameters_of(module, state):
            self.set_requires_grad(value.ref, flag, node.place, state)
        return module

    def _zero_grad(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        self.clear_gradients([value.ref for _, value in self.parameters_of(module, state)], node, state)
        return NONE

    def clear_gradients(self, refs: list[int], node: ir.Expression, state: State) -> None:
        """`zero_grad()`: remember where, and of which backward a gradient was cleared that nothing had used."""
        state.world.graded -= frozenset(refs)
        for ref in refs:
            was_read = state.heap.pop((ref, "grad"), None) is not None
            backward = state.heap.pop((ref, UNUSED), NONE)
            state.heap[ref, CLEARED] = TupleValue((NONE if was_read else backward, Literal(node.place)))

    def _register(self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        label, value = arguments.get(0, "name"), arguments.get(1, _REGISTERED[name])
        if name == "add_module" and isinstance(container := container_of(module, state), ListValue):
            self._add_layer(container, label, value or NONE, state)
        if not isinstance(label, Literal) or not isinstance(label.value, str):
            return NONE
        state.heap[module.id, label.value] = value or NONE
        is_tensor = value is not None and _REGISTERED[name] != "module"
        ref = state.as_tensor(value or NONE, node.place) if is_tensor else None
        if name == "register_buffer" and ref is not None:
            state.heap[ref, BUFFER] = Literal(True)
        return NONE

    def _add_layer(self, container: ListValue, label: Value | None, layer: Value, state: State) -> None:
        """Put a layer at the end of a container, or where the one is that had its name."""
        if not isinstance(label, Literal) or not isinstance(label.value, str) or label.value.isdigit():
            state.forget_items(container)
            return
        items, before = state.known_items(container), state.heap.get((container.id, label.value))
        replaced = tuple(layer if item == before else item for item in items)
        state.set_items(container, replaced if before in items else (*items, layer), state.unknown_from(container))

    def _apply_function(
        self, module: Tree, name: str, arguments: Arguments, node: ir.Expression, state: State
    ) -> Value:
        if arguments.positional:
            for _, each in reversed(self.modules_of(module, state)):
                self.call(arguments.positional[0], Arguments((each,)), node, state)
        return module

    def part_of_container(self, module: ModuleValue, items: Value, state: State) -> Value:
        """A slice of a Sequential or a list of modules: another one with some of the items."""
        made = replace(module, id=state.world.tick())
        state.set_items(ListValue(made.id), state.known_items(items), state.unknown_from(items))
        state.heap[made.id, "training"] = state.heap.get((module.id, "training"), Literal(True))
        return made

    # -- copies -----------------------------------------------------------------------------------------------------

    def deep_copy(self, value: Value, node: ir.Expression, state: State, made: dict[int, Value]) -> Value:
        """`copy.deepcopy`: other objects with memory of their own."""
        if isinstance(value, TensorValue):
            if value.ref not in made:
                tensor = state.world.tensors[value.ref]
                ref = state.world.new(tensor.grad if tensor.node is None else NO, node.place)
                for mark in (PARAMETER, BUFFER):
                    if (value.ref, mark) in state.heap:
                        state.heap[ref, mark] = Literal(True)
                made[value.ref] = TensorValue(ref)
            return made[value.ref]
        if isinstance(value, TupleValue):
            return TupleValue(tuple(self.deep_copy(item, node, state, made) for item in value.items))
        if isinstance(value, (Instance, ModuleValue, ListValue, DictValue)):
            if value.id not in made:
                twin = replace(value, id=state.world.tick())
                made[value.id] = twin
                for name, held in state.heap.attributes(value.id):
                    state.heap[twin.id, name] = self.deep_copy(held, node, state, made)
            return made[value.id]
        return value if isinstance(value, Literal) else state.unknown()


def _is_packed(value: Value, state: State) -> bool:
    """Whether a value is a PackedSequence, whose `.data` is differentiable; what a recurrent module makes of it is one, too."""
    return isinstance(value, Unknown) and (value.id, PACKED) in state.heap


_REGISTERED = {
    "register_buffer": "tensor",
    "register_parameter": "param",
    "add_module": "module",
    "register_module": "module",
}

_METHODS: dict[str, Callable[..., Value]] = {
    **dict.fromkeys(["parameters", "named_parameters"], ModuleTree._parameters),
    **dict.fromkeys(["buffers", "named_buffers"], ModuleTree._buffers),
    **dict.fromkeys(["children", "named_children", "modules", "named_modules"], ModuleTree._submodules),
    **dict.fromkeys(["train", "eval"], ModuleTree._mode),
    **dict.fromkeys(_REGISTERED, ModuleTree._register),
    **dict.fromkeys(["load_state_dict", "reset_parameters"], ModuleTree._load),
    "state_dict": ModuleTree._state_dict,
    "requires_grad_": ModuleTree._flag,
    "zero_grad": ModuleTree._zero_grad,
    "apply": ModuleTree._apply_function,
}


def as_container(value: Value) -> Value:
    """A module that holds others as the list or dict that it is; any other value as it is."""
    if isinstance(value, ModuleValue) and value.kind in library.CONTAINERS:
        return DictValue(value.id) if value.kind in library.KEYED_CONTAINERS else ListValue(value.id)
    return value


def container_of(value: Value, state: State) -> Value:
    """What holds a value's items: the list or dict that a container of modules is, by a base of its class as well."""
    if isinstance(value, Instance) and isinstance(base := state.heap.get((value.id, "(base)")), ModuleValue):
        return value if _has_own_items(value.cls, state) else as_container(base)
    return as_container(value)


def _has_own_items(cls: ClassValue, state: State) -> bool:
    """Whether a class of the file tells itself what a loop over its objects goes through."""
    return any((each.id, name) in state.heap for each in cls.lineage for name in ("__iter__", "__getitem__", "__len__"))


def _number_of(value: Value) -> int:
    """The number by which the heap knows a tensor or a module."""
    return (
        value.ref if isinstance(value, TensorValue) else value.id if isinstance(value, (Instance, ModuleValue)) else -1
    )


def _key_text(key: Value) -> str:
    return str(key.value) if isinstance(key, Literal) else ""


def _attributes(owner: int, state: State) -> list[tuple[str, Value]]:
    """The attributes that were set of an object, in order."""
    return [(name, value) for name, value in state.heap.attributes(owner) if name[:1] != "("]

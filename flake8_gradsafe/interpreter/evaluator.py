"""Expressions: what value each has, and what evaluating it does to the world."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import CutKind
from flake8_gradsafe.interpreter.arguments import Arguments
from flake8_gradsafe.interpreter.arithmetic import arithmetic
from flake8_gradsafe.interpreter.calls import Calls
from flake8_gradsafe.interpreter.events import GradOfDetached
from flake8_gradsafe.interpreter.session import path_premises
from flake8_gradsafe.interpreter.truth import compare, truth_of
from flake8_gradsafe.interpreter.values import (
    NOTHING,
    DictValue,
    Dotted,
    Items,
    Literal,
    Method,
    ModuleValue,
    Pieces,
    RangeValue,
    SliceValue,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.session import Session
    from flake8_gradsafe.interpreter.state import State

_BUILTINS = frozenset(dir(builtins))

#: Receivers whose `.data` is no tensor's.
_HOLDERS_OF_DATA = frozenset(
    "self cls args opt opts options cfg config conf hparams batch dataset ds event request response".split()
)


#: A comprehension over more items than this is not taken apart.
MAX_COMPREHENDED = 8
#: More of the pieces of a tensor than this are not taken apart.
MAX_PIECES = 16


_DETACHING = frozenset({CutKind.DETACH, CutKind.DATA})


class Evaluator:
    """Evaluates expressions on a state."""

    def __init__(self, session: Session) -> None:
        """Work within a session."""
        self.session = session
        self.calls = Calls(session)
        self.decided = 0
        self.asking = False

    def value(self, node: ir.Expression, state: State) -> Value:
        """The value of an expression; its effects happen to the state."""
        return _DISPATCH[type(node)](self, node, state)

    def visit_name(self, node: ir.Name, state: State) -> Value:
        """A name: local, of the file, builtin, or unknown from now on."""
        value = state.frame.get(node.id)
        if value is None:
            value = self.session.names.get(node.id) or self._elsewhere(node.id, state)
        return value

    def _elsewhere(self, name: str, state: State) -> Value:
        for origin in self.session.star_imports:
            path = f"{origin}.{name}"
            if path in self.session.operators.functions or path in library.FACTORIES or path in library.GRAD_MODES:
                return Dotted(path)
            if origin == "torch.nn" and name in self.session.operators.modules:
                return Dotted(path)
        if name in _BUILTINS:
            return Dotted(f"builtins.{name}")
        state.frame[name] = unknown = state.unknown()
        return unknown

    def visit_constant(self, node: ir.Constant, state: State) -> Value:
        """A literal."""
        return Literal(node.value)

    def visit_attribute(self, node: ir.Attribute, state: State) -> Value:
        """`value.attr`."""
        receiver = self.value(node.value, state)
        if isinstance(receiver, Dotted):
            return Dotted(f"{receiver.path}.{node.attr}")
        if isinstance(receiver, Unknown) and node.attr == "data" and may_be_tensor(node.value):
            state.as_tensor(receiver, node.place)
        ref = state.known_tensor(receiver)
        if ref is not None:
            return self._tensor_attribute(ref, receiver, node, state)
        if isinstance(receiver, (Unknown, ModuleValue)):
            return attribute_of(receiver.id, node.attr, state)
        if isinstance(receiver, Items) and node.attr in library.NAMED_OUTPUTS:
            return self.item(receiver, library.NAMED_OUTPUTS[node.attr], node.place, state) or state.unknown()
        return Method(receiver, node.attr)

    def _tensor_attribute(self, ref: int, receiver: Value, node: ir.Attribute, state: State) -> Value:
        if node.attr == "data":
            return TensorValue(self.calls.data_of(ref, node.place, state))
        if node.attr == "grad":
            self._tell_of_missing_grad(ref, node, state)
            return attribute_of(ref, "grad", state)
        if node.attr in library.PLAIN_ATTRIBUTES:
            return attribute_of(ref, node.attr, state)
        if node.attr in {"T", "mT", "H", "mH", "real", "imag"}:
            return self.calls.method(receiver, node.attr, Arguments(), node, state)
        kept = state.heap.get((ref, node.attr))
        return kept if kept is not None else Method(receiver, node.attr)

    def _tell_of_missing_grad(self, ref: int, node: ir.Attribute, state: State) -> None:
        """`.grad` of a detached tensor: None for ever, unless it was made a leaf or given a gradient by hand."""
        tensor = state.world.tensors[ref]
        if self.asking or tensor.grad.possible or not tensor.tensor_seen or (ref, "grad") in state.heap:
            return
        places = [hop.place for hop in tensor.hops]
        cut = next((cut for cut in tensor.cuts if cut.sure and cut.place in places and cut.kind in _DETACHING), None)
        if cut is not None and tensor.base is None:
            self.session.events.append(GradOfDetached(node.place, path_premises(state), cut.place))

    def visit_subscript(self, node: ir.Subscript, state: State) -> Value:
        """`value[index]`."""
        receiver = self.value(node.value, state)
        index = self.value(node.index, state)
        if isinstance(index, Literal) and isinstance(index.value, int):
            item = self.item(receiver, index.value, node.place, state)
            if item is not None:
                return item
        if isinstance(receiver, DictValue):
            kept = state.heap.get((receiver.id, f"[{index.value!r}]")) if isinstance(index, Literal) else None
            return kept or self.calls.holder(state.tensors_in(receiver), node.place, state)
        items = state.items_of(receiver)
        if isinstance(receiver, Pieces) and isinstance(index, SliceValue):
            items = self._first_pieces(receiver, index, state)
        if items is not None and isinstance(index, SliceValue):
            return self._slice_of_items(items, index, state)
        return self.calls.subscript(receiver, index, node.place, state)

    def item(self, container: Value, index: int, place: ir.Place, state: State) -> Value | None:
        """An item of a tuple, a list or the pieces of a tensor, where it is known."""
        items = state.items_of(container)
        if items is not None:
            return items[index] if -len(items) <= index < len(items) else None
        if isinstance(container, Pieces):
            return self.calls.piece(container, index, state)
        return None

    def _first_pieces(self, pieces: Pieces, index: SliceValue, state: State) -> tuple[Value, ...] | None:
        stop = index.upper.value if isinstance(index.upper, Literal) else None
        if not isinstance(stop, int) or not 0 <= stop <= MAX_PIECES:
            return None
        return tuple(self.calls.piece(pieces, number, state) for number in range(stop))

    def _slice_of_items(self, items: tuple[Value, ...], index: SliceValue, state: State) -> Value:
        bounds: list[int | None] = []
        for bound in (index.lower, index.upper, index.step):
            if not isinstance(bound, Literal) or not (bound.value is None or isinstance(bound.value, int)):
                return state.unknown()
            bounds.append(bound.value)
        return Items(items[slice(*bounds)])

    def visit_slice(self, node: ir.Slice, state: State) -> Value:
        """`lower:upper:step`."""
        lower, upper, step = (
            NOTHING if part is None else self.value(part, state) for part in (node.lower, node.upper, node.step)
        )
        return SliceValue(lower, upper, step)

    def visit_call(self, node: ir.Call, state: State) -> Value:
        """`function(arguments)`."""
        function = node.function
        if isinstance(function, ir.Attribute):
            receiver = self.value(function.value, state)
            arguments = self._arguments(node, state)
            if isinstance(receiver, Dotted):
                return self.calls.function(f"{receiver.path}.{function.attr}", arguments, node, state)
            kept = (
                state.heap.get((receiver.id, function.attr)) if isinstance(receiver, (Unknown, ModuleValue)) else None
            )
            if kept is not None:
                return self.calls.value(kept, arguments, node, state)
            return self.calls.method(receiver, function.attr, arguments, node, state)
        callee = self.value(function, state)
        return self.calls.value(callee, self._arguments(node, state), node, state)

    def _arguments(self, node: ir.Call, state: State) -> Arguments:
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        unclear = False
        for argument in node.arguments:
            value = self.value(argument.value, state)
            if argument.name is not None:
                keywords[argument.name] = value
            elif argument.star == "*" and (items := state.items_of(value)) is not None:
                positional += items
            elif argument.star:
                unclear = True
                positional.append(value)
            else:
                positional.append(value)
        return Arguments(tuple(positional), keywords, unclear)

    def visit_binary(self, node: ir.Binary, state: State) -> Value:
        """`left * right`."""
        chain: list[ir.Binary] = []
        left: ir.Expression = node
        while isinstance(left, ir.Binary):
            chain.append(left)
            left = left.left
        value = self.value(left, state)
        for link in reversed(chain):
            right = self.value(link.right, state)
            known = arithmetic(link.method, value, right)
            value = known or self.calls.binary(link.method, value, right, link, state)
        return value

    def visit_comparison(self, node: ir.Comparison, state: State) -> Value:
        """`left < right`: a tensor outside the graph where one side is a tensor."""
        self.asking = node.operator in {"is", "is not"}
        values = [self.value(side, state) for side in (node.left, node.right)]
        self.asking = False
        known = compare(node.operator, *values)
        if known is not None:
            return Literal(known)
        if node.operator not in _ORDERINGS:
            return state.unknown()
        sides = [state.known_tensor(value) for value in values]
        seen = [state.world.tensors[ref].tensor_seen for ref in sides if ref is not None]
        return self.calls.plain_tensor(node.place, state, "B", seen=any(seen)) if seen else state.unknown()

    def visit_unary(self, node: ir.Unary, state: State) -> Value:
        """`-x`."""
        operand = self.value(node.operand, state)
        if isinstance(operand, Literal):
            return state.unknown()
        return self.calls.method(operand, node.method, Arguments(), node, state)

    def visit_sequence(self, node: ir.Sequence, state: State) -> Value:
        """A tuple or list."""
        items: list[Value] = []
        known = True
        for item in node.items:
            if isinstance(item, ir.Starred):
                inner = state.items_of(self.value(item.value, state))
                known = known and inner is not None
                items += inner or ()
            else:
                items.append(self.value(item, state))
        if not known:
            return state.unknown()
        return state.new_list(tuple(items)) if node.mutable else Items(tuple(items))

    def visit_mapping(self, node: ir.Mapping, state: State) -> Value:
        """A dict, known where all its keys are."""
        keys = [self.value(key, state) for key in node.keys]
        values = [self.value(value, state) for value in node.values]
        known = [key for key in keys if isinstance(key, Literal)]
        if len(known) < len(keys):
            refs = [ref for value in values for ref in state.tensors_in(value)]
            return self.calls.holder(refs, node.place, state)
        return state.new_dict({repr(key.value): value for key, value in zip(known, values, strict=True)})

    def visit_starred(self, node: ir.Starred, state: State) -> Value:
        """`*value` where it stands alone."""
        return self.value(node.value, state)

    def visit_walrus(self, node: ir.Walrus, state: State) -> Value:
        """`name := value`."""
        value = self.value(node.value, state)
        state.frame[node.target.id] = value
        return value

    def visit_choice(self, node: ir.Choice, state: State) -> Value:
        """`body if test else orelse`: either, and what evaluating them does is not followed."""
        self.value(node.test, state)
        return self._either((node.body, node.orelse), node.place, state)

    def visit_logical(self, node: ir.Logical, state: State) -> Value:
        """`left and right`, `left or right`: the left one where its truth decides, else either."""
        left = self.value(node.left, state)
        truth = truth_of(left, state)
        if truth is not None:
            return self.value(node.right, state) if truth is node.conjunction else left
        return self._either((node.left, node.right), node.place, state)

    def _either(self, options: tuple[ir.Expression, ...], place: ir.Place, state: State) -> Value:
        evaluated = []
        for option in options:
            twin = state.fork()
            evaluated.append((self.value(option, twin), twin))
        return self.calls.any_of_values(evaluated, place, state)

    def visit_not(self, node: ir.Not, state: State) -> Value:
        """`not x`."""
        truth = truth_of(self.value(node.operand, state), state)
        return state.unknown() if truth is None else Literal(not truth)

    def length_of(self, source: Value, state: State) -> int | None:
        """How many rounds a loop over this value has, where that is known."""
        if isinstance(source, RangeValue):
            return source.count
        items = state.items_of(source)
        return None if items is None else len(items)

    def round_of(self, source: Value, number: int, place: ir.Place, state: State) -> Value | None:
        """What a loop over this value gives in one of its rounds, where that is known."""
        if isinstance(source, RangeValue):
            return Literal(source.start + number * source.step)
        return self.item(source, number, place, state)

    def visit_opaque(self, node: ir.Opaque, state: State) -> Value:
        """A value that is not modelled: its parts are evaluated, and it may hold them."""
        if node.deferred:
            return state.unknown()
        parts = [self.value(part, state) for part in node.parts]
        refs = [ref for part in parts for ref in state.tensors_in(part)]
        for part in parts:
            state.forget_items(part)
        return self.calls.holder(refs, node.place, state)

    def visit_comprehension(self, node: ir.Comprehension, state: State) -> Value:
        """A comprehension: the source is evaluated here, its body on a state of its own."""
        source = self.value(node.loop.source, state)
        items = self._comprehended(node.loop, source, state)
        if items is not None:
            return items
        state.forget_items(source)
        tensors = state.tensors_in(source)
        twin = state.fork()
        if node.loop.target is not None:
            bind_unknown(node.loop.target, twin)
        twin.undecided += 2
        for statement in node.loop.body:
            if isinstance(statement, ir.Evaluate):
                tensors += twin.tensors_in(self.value(statement.value, twin))
        known = [ref for ref in tensors if ref in state.world.tensors]
        return self.calls.unknown_result("comprehension", known, node.place, state)

    def _comprehended(self, loop: ir.Loop, source: Value, state: State) -> Value | None:
        """The list that a comprehension over a few known items gives, where it has no condition."""
        count = self.length_of(source, state)
        if count is None or count > MAX_COMPREHENDED or len(loop.body) != 1 or not isinstance(loop.target, ir.Name):
            return None
        body = loop.body[0]
        if not isinstance(body, ir.Evaluate):
            return None
        name, items = loop.target.id, list[Value]()
        outer = state.frame.get(name)
        for number in range(count):
            item = self.round_of(source, number, loop.place, state)
            state.frame[name] = state.unknown() if item is None else item
            items.append(self.value(body.value, state))
        state.frame.pop(name, None)
        if outer is not None:
            state.frame[name] = outer
        return state.new_list(tuple(items))


def attribute_of(owner: int, name: str, state: State) -> Value:
    """An attribute of something unknown: unknown, but the same one each time."""
    value = state.heap.get((owner, name))
    if value is None:
        value = state.heap[owner, name] = state.unknown()
    return value


def bind_unknown(target: ir.Expression, state: State) -> None:
    """Give every name of a target a new unknown value."""
    if isinstance(target, ir.Name):
        state.frame[target.id] = state.unknown()
    elif isinstance(target, ir.Sequence):
        for item in target.items:
            bind_unknown(item, state)
    elif isinstance(target, ir.Starred):
        bind_unknown(target.value, state)


def may_be_tensor(node: ir.Expression) -> bool:
    """Whether an expression before `.data` may be a tensor, by its name: datasets, configurations and `self` are none."""
    return not (isinstance(node, ir.Name) and node.id in _HOLDERS_OF_DATA)


_ORDERINGS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_DISPATCH: dict[type[ir.Expression], Callable[..., Value]] = {
    ir.Name: Evaluator.visit_name,
    ir.Constant: Evaluator.visit_constant,
    ir.Attribute: Evaluator.visit_attribute,
    ir.Subscript: Evaluator.visit_subscript,
    ir.Slice: Evaluator.visit_slice,
    ir.Call: Evaluator.visit_call,
    ir.Binary: Evaluator.visit_binary,
    ir.Unary: Evaluator.visit_unary,
    ir.Comparison: Evaluator.visit_comparison,
    ir.Not: Evaluator.visit_not,
    ir.Logical: Evaluator.visit_logical,
    ir.Sequence: Evaluator.visit_sequence,
    ir.Mapping: Evaluator.visit_mapping,
    ir.Starred: Evaluator.visit_starred,
    ir.Walrus: Evaluator.visit_walrus,
    ir.Choice: Evaluator.visit_choice,
    ir.Opaque: Evaluator.visit_opaque,
    ir.Comprehension: Evaluator.visit_comprehension,
}

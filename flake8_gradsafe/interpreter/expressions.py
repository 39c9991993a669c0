"""Expressions: what value each has, and what evaluating it does to the state."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import NO, CutKind
from flake8_gradsafe.interpreter.call import CallContext
from flake8_gradsafe.interpreter.calls.dispatch import Dispatcher, call_by_name
from flake8_gradsafe.interpreter.calls.program import decorate, make_function
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.constants import arithmetic, class_name, class_of, negated
from flake8_gradsafe.interpreter.domain.frames import MODULE_FRAME
from flake8_gradsafe.interpreter.domain.state import MAX_ITEMS, SAMPLED_ITEMS
from flake8_gradsafe.interpreter.domain.tensor_metadata import known_attribute
from flake8_gradsafe.interpreter.domain.truth import compare, truth_of
from flake8_gradsafe.interpreter.domain.values import (
    DETACHED,
    NONE,
    RETAINS_GRAD,
    DictValue,
    Instance,
    LibraryInstance,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    OptimizerValue,
    QualifiedName,
    SliceValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.events import GradOfDetached
from flake8_gradsafe.interpreter.models.module_walk import container_of
from flake8_gradsafe.interpreter.models.tensors import data_of, plain_tensor
from flake8_gradsafe.interpreter.models.unknown import join_values, unknown_holding
from flake8_gradsafe.interpreter.paths.premises import path_premises
from flake8_gradsafe.interpreter.subscripts import Subscripts
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.domain.state import State
    from flake8_gradsafe.interpreter.run import Run

_BUILTINS = frozenset(dir(builtins))

#: Receivers whose `.data` is no tensor's.
_HOLDERS_OF_DATA = frozenset(
    "self cls args opt opts options cfg config conf hparams batch dataset ds event request response".split()
)


#: A comprehension over more items than this is not taken apart.
MAX_COMPREHENDED = 32
#: A text longer than this is not put together.
MAX_TEXT = 1000


_DETACHING = frozenset({CutKind.DETACH, CutKind.DATA})


class ExpressionInterpreter(Subscripts):
    """Evaluates expressions on a state."""

    def __init__(self, run: Run) -> None:
        """Work within a run."""
        super().__init__(Dispatcher(run))
        self.run = run
        self.calls.evaluate = self.evaluate
        self.calls.look_up = self.look_up
        self._literals: dict[ir.Constant, Literal] = {}
        self.decided = 0
        self.asking = False

    def evaluate(self, node: ir.Expression, state: State) -> Value:
        """The value of an expression; its effects happen to the state.

        Where a call of the file's code has several ways out, the statement is evaluated again for each of the others, and
        finds in the state's log what was evaluated before that call.
        """
        method = _DISPATCH[type(node)]
        if method in _PURE:
            return method(self, node, state)
        mark = state.cursor
        if mark < len(state.log) and state.log[mark][0] is node:
            state.cursor = mark + 1
            return state.log[mark][1]
        value = method(self, node, state)
        del state.log[mark:]
        state.log.append((node, value))
        state.cursor = mark + 1
        return value

    def visit_name(self, node: ir.Name, state: State) -> Value:
        """A name: local, of a frame around this one, builtin, or unknown from now on."""
        value = state.frame.get(node.id)
        if value is None:
            value = state.enclosing_value(node.id) or self._unbound_name(node.id, state)
        return value

    def _unbound_name(self, name: str, state: State) -> Value:
        for origin in self.run.star_imports:
            path = f"{origin}.{name}"
            if path in self.run.operators.functions or path in library.FACTORIES or path in library.GRAD_MODES:
                return QualifiedName(path)
            if origin == "torch.nn" and name in self.run.operators.modules:
                return QualifiedName(path)
        if name in _BUILTINS:
            return QualifiedName(f"builtins.{name}")
        state.frames[MODULE_FRAME][name] = unknown = state.unknown()
        return unknown

    def visit_constant(self, node: ir.Constant, state: State) -> Value:
        """A literal."""
        literal = self._literals.get(node)
        if literal is None:
            literal = self._literals[node] = Literal(node.value)
        return literal

    def visit_attribute(self, node: ir.Attribute, state: State) -> Value:
        """`value.attr`."""
        return self.look_up(self.evaluate(node.value, state), node, state)

    def look_up(self, receiver: Value, node: ir.Attribute, state: State) -> Value:
        """An attribute of a value."""
        if node.attr == "__name__" and (name := class_name(receiver)) is not None:
            return Literal(name)
        if isinstance(receiver, QualifiedName):
            return QualifiedName(f"{receiver.path}.{node.attr}")
        if isinstance(receiver, Unknown) and node.attr == "data" and may_be_tensor(node.value):
            state.as_tensor(receiver, node.place)
        ref = state.known_tensor(receiver)
        if ref is not None:
            return self._tensor_attribute(ref, receiver, node, state)
        if node.attr == "__class__" and (cls := class_of(receiver)) is not None:
            return cls
        found = self.calls.attribute(receiver, node.attr, node, state)
        if found is not None:
            return found
        if node.attr in library.MODULE_METHODS and _is_module(receiver):
            return Method(receiver, node.attr)
        if isinstance(receiver, (Unknown, ModuleValue, Instance, OptimizerValue)):
            return attribute_of(receiver.id, node.attr, state)
        if isinstance(receiver, LibraryInstance):
            if receiver.kind in library.OPEN_OBJECTS and node.attr not in library.METHODS_OF_OPEN_OBJECTS:
                return attribute_of(receiver.id, node.attr, state)
            return state.heap.get((receiver.id, node.attr)) or Method(receiver, node.attr)
        if isinstance(receiver, TupleValue) and node.attr in library.NAMED_OUTPUTS:
            return self.item(receiver, library.NAMED_OUTPUTS[node.attr], node.place, state) or state.unknown()
        return Method(receiver, node.attr)

    def _tensor_attribute(self, ref: int, receiver: Value, node: ir.Attribute, state: State) -> Value:
        if node.attr == "data":
            return TensorValue(data_of(self.calls, ref, node.place, state))
        if node.attr == "grad":
            self._emit_missing_grad(ref, node, state)
            return self._gradient_of(ref, node, state)
        if node.attr == "requires_grad":
            return self._requires_grad(ref, state)
        if node.attr == "is_leaf":
            return self._is_leaf(ref, state)
        if node.attr in library.PLAIN_ATTRIBUTES:
            told = known_attribute(state.autograd.tensors[ref].metadata, node.attr)
            return told or attribute_of(ref, node.attr, state)
        if node.attr in {"T", "mT", "H", "mH", "real", "imag"}:
            return self.calls.call_method(receiver, node.attr, Arguments(), node, state)
        kept = state.heap.get((ref, node.attr))
        return kept if kept is not None else Method(receiver, node.attr)

    def _gradient_of(self, ref: int, node: ir.Attribute, state: State) -> Value:
        """`.grad`: a tensor once a backward has reached the leaf, None before, where all that could set it is in sight.

        What is computed keeps none unless it is told to.
        """
        tensor = state.autograd.tensors[ref]
        kept = state.heap.get((ref, "grad"))
        if kept is None and _keeps_no_gradient(ref, state):
            return NONE
        if kept is not None or tensor.node is not None or not tensor.tensor_seen:
            return attribute_of(ref, "grad", state)
        if ref in state.autograd.graded:
            made = TensorValue(state.autograd.new(NO, node.place))
            state.heap[ref, "grad"] = made
            return made
        if tensor.grad.sure and ref not in state.escaped:
            return NONE
        return attribute_of(ref, "grad", state)

    def _requires_grad(self, ref: int, state: State) -> Value:
        grad = state.autograd.grad_of(state.autograd.tensors[ref])
        if grad.sure or (not grad.possible and state.autograd.tensors[ref].tensor_seen):
            return Literal(grad.sure)
        return attribute_of(ref, "requires_grad", state)

    def _is_leaf(self, ref: int, state: State) -> Value:
        tensor = state.autograd.tensors[ref]
        if tensor.node is None and (tensor.grad.sure or (not tensor.grad.possible and tensor.tensor_seen)):
            return Literal(True)
        if _is_computed(ref, state):
            return Literal(False)
        return attribute_of(ref, "is_leaf", state)

    def _emit_missing_grad(self, ref: int, node: ir.Attribute, state: State) -> None:
        """`.grad` of a detached tensor: None for ever, unless it was made a leaf or given a gradient by hand."""
        tensor = state.autograd.tensors[ref]
        if self.asking or tensor.grad.possible or not tensor.tensor_seen or (ref, "grad") in state.heap:
            return
        if ref in state.autograd.graded or ref in state.escaped or tensor.base is not None:
            return
        cuts = [cut.place for cut in tensor.cuts if cut.sure and cut.kind in _DETACHING]
        detached = state.heap.get((ref, DETACHED))
        places = [detached.value] if isinstance(detached, Literal) else cuts
        if places:
            self.run.events.append(GradOfDetached(node.place, path_premises(state), places[0]))

    def visit_subscript(self, node: ir.Subscript, state: State) -> Value:
        """`value[index]`."""
        receiver = self.evaluate(node.value, state)
        return self.item_of(receiver, self.evaluate(node.index, state), node.place, state)

    def visit_slice(self, node: ir.Slice, state: State) -> Value:
        """`lower:upper:step`."""
        lower, upper, step = (
            NONE if part is None else self.evaluate(part, state) for part in (node.lower, node.upper, node.step)
        )
        return SliceValue(lower, upper, step)

    def visit_call(self, node: ir.Call, state: State) -> Value:
        """`function(arguments)`."""
        function = node.function
        if isinstance(function, ir.Attribute):
            receiver = self.evaluate(function.value, state)
            arguments = self._arguments(node, state)
            if isinstance(receiver, QualifiedName):
                return call_by_name(CallContext(self.calls, f"{receiver.path}.{function.attr}", arguments, node, state))
            kept = state.heap.get((receiver.id, function.attr)) if isinstance(receiver, _WITH_ATTRIBUTES) else None
            if kept is not None:
                return self.calls.call(kept, arguments, node, state)
            return self.calls.call_method(receiver, function.attr, arguments, node, state)
        callee = self.evaluate(function, state)
        return self.calls.call(callee, self._arguments(node, state), node, state)

    def _arguments(self, node: ir.Call, state: State) -> Arguments:
        positional: list[Value] = []
        keywords: dict[str, Value] = {}
        unclear = False
        for argument in node.arguments:
            value = self.evaluate(argument.value, state)
            if argument.name is not None:
                keywords[argument.name] = value
            elif argument.star == "*" and (items := self._items(value, node, state)) is not None:
                positional += items
            elif argument.star == "**" and isinstance(value, DictValue) and (named := _named(value, state)) is not None:
                keywords |= named
            elif argument.star:
                unclear = True
                positional.append(value)
            else:
                positional.append(value)
        return Arguments(tuple(positional), keywords, unclear)

    def _items(self, value: Value, node: ir.Expression, state: State) -> tuple[Value, ...] | None:
        value = container_of(self.calls.exhaust(value, node, state), state)
        return state.items_of(value)

    def visit_binary(self, node: ir.Binary, state: State) -> Value:
        """`left * right`."""
        chain: list[ir.Binary] = []
        left: ir.Expression = node
        while isinstance(left, ir.Binary):
            chain.append(left)
            left = left.left
        links = chain[::-1]
        mark = state.cursor
        done = state.log[mark][0] if mark < len(state.log) else None
        if isinstance(done, ir.Binary) and done in links:  # so far the statement came before
            value = state.recall(done) or NONE
            links = links[links.index(done) + 1 :]
        else:
            value = self.evaluate(left, state)
        for link in links:
            right = self.evaluate(link.right, state)
            known = arithmetic(link.method, value, right)
            value = known or self.calls.binary(link.method, value, right, link, state)
            state.remember(mark, link, value)
        return value

    def visit_comparison(self, node: ir.Comparison, state: State) -> Value:
        """`left < right`: a tensor outside the graph where one side is a tensor."""
        self.asking = node.operator in {"is", "is not"}
        values = [self.evaluate(side, state) for side in (node.left, node.right)]
        self.asking = False
        known = compare(node.operator, *values)
        if known is not None:
            return Literal(known)
        if node.operator not in _ORDERINGS:
            return state.unknown()
        sides = [ref for value in values if (ref := state.known_tensor(value)) is not None]
        seen = any(state.autograd.tensors[ref].tensor_seen for ref in sides)
        return plain_tensor(node.place, state, "B", sides, seen=seen) if sides else state.unknown()

    def visit_unary(self, node: ir.Unary, state: State) -> Value:
        """`-x`."""
        operand = self.evaluate(node.operand, state)
        if isinstance(operand, Literal):
            return (negated(operand) if node.method == "__neg__" else None) or state.unknown()
        return self.calls.call_method(operand, node.method, Arguments(), node, state)

    def visit_sequence(self, node: ir.Sequence, state: State) -> Value:
        """A tuple or list."""
        items: list[Value] = []
        known = True
        for item in node.items:
            if isinstance(item, ir.Starred):
                inner = self._items(self.evaluate(item.value, state), node, state)
                known = known and inner is not None
                items += inner or ()
                known = known and len(items) <= MAX_ITEMS
            else:
                items.append(self.evaluate(item, state))
        if not known:
            return state.unknown()
        return state.new_list(tuple(items)) if node.mutable else TupleValue(tuple(items))

    def visit_mapping(self, node: ir.Mapping, state: State) -> Value:
        """A dict."""
        keys = [self.evaluate(key, state) for key in node.keys]
        values = [self.evaluate(value, state) for value in node.values]
        return state.new_dict(zip(keys, values, strict=True))

    def visit_formatted(self, node: ir.Formatted, state: State) -> Value:
        """An f-string, known where all its parts are."""
        parts = [self.evaluate(part, state) for part in node.parts]
        texts = [str(part.value) for part in parts if isinstance(part, Literal)]
        known = len(texts) == len(parts) and sum(map(len, texts)) <= MAX_TEXT
        return Literal("".join(texts)) if known else state.text()

    def visit_lambda(self, node: ir.Lambda, state: State) -> Value:
        """A function without a name."""
        return make_function(self.calls, node.function, state)

    def visit_yield(self, node: ir.Yield, state: State) -> Value:
        """`yield` where it is no statement of its own: what it hands out is not followed."""
        if node.value is None:
            return state.unknown()
        state.certainty += UNMODELLED
        return unknown_holding(state.tensors_in(self.evaluate(node.value, state)), node.place, state)

    def decorated(self, made: Value, decorator: ir.Expression, node: ir.Function, state: State) -> Value:
        """What a decorator makes of a function."""
        enabled = state.autograd.grad_enabled
        value = self.evaluate(decorator, state)
        state.autograd.grad_enabled = enabled  # `@set_grad_enabled(…)` gives back the mode that it has changed
        return decorate(self.calls, made, value, decorator, node, state)

    def visit_starred(self, node: ir.Starred, state: State) -> Value:
        """`*value` where it stands alone."""
        return self.evaluate(node.value, state)

    def visit_walrus(self, node: ir.Walrus, state: State) -> Value:
        """`name := value`."""
        value = self.evaluate(node.value, state)
        state.bind(node.target.id, value)
        return value

    def visit_choice(self, node: ir.Choice, state: State) -> Value:
        """`body if test else orelse`: either, and what evaluating them does is not followed."""
        self.evaluate(node.test, state)
        return self._join_operands((node.body, node.orelse), node.place, state)

    def visit_logical(self, node: ir.Logical, state: State) -> Value:
        """`left and right`, `left or right`: the left one where its truth decides, else either."""
        left = self.evaluate(node.left, state)
        truth = truth_of(left, state)
        if truth is not None:
            return self.evaluate(node.right, state) if truth is node.conjunction else left
        return self._join_operands((node.left, node.right), node.place, state)

    def _join_operands(self, options: tuple[ir.Expression, ...], place: ir.Place, state: State) -> Value:
        evaluated = []
        with self.run.following_one_outcome():
            for option in options:
                twin = state.fork()
                evaluated.append((self.evaluate(option, twin), twin))
        return join_values(evaluated, place, state)

    def visit_not(self, node: ir.Not, state: State) -> Value:
        """`not x`."""
        truth = truth_of(self.evaluate(node.operand, state), state)
        return state.unknown() if truth is None else Literal(not truth)

    def visit_opaque(self, node: ir.Opaque, state: State) -> Value:
        """A value that is not modelled: its parts are evaluated, and it may hold them."""
        parts = [self.evaluate(part, state) for part in node.parts]
        refs = [ref for part in parts for ref in state.tensors_in(part)]
        for part in parts:
            state.forget_items(part)
        return unknown_holding(refs, node.place, state)

    def visit_comprehension(self, node: ir.Comprehension, state: State) -> Value:
        """A comprehension: its items where all its sources and conditions are known, else a list of what it may hold."""
        first, *_ = node.clauses
        source = self.calls.exhaust(self.evaluate(first.source, state), node, state)
        source = self.iterated(source, node.place, state)
        names = [name for clause in node.clauses for name in _targets(clause.target)]
        outer = {name: state.frame.get(name) for name in names}
        found: list[tuple[Value, Value]] = []
        decided = self.decided
        gaps: list[int] = []
        self._comprehend(node, 0, source, found, gaps, state)
        state.truncated |= bool(gaps) and self.decided > decided
        for name, value in outer.items():
            state.frame.pop(name, None)
            if value is not None:
                state.frame[name] = value
        if node.key is not None:
            made: Value = state.new_dict(found)
            if gaps:
                state.forget_items(made)
            return made
        if not found and gaps:
            return unknown_holding(state.tensors_in(source), node.place, state, name="comprehension")
        return state.new_list(tuple(value for _, value in found), gaps[0] if gaps else None)

    def _comprehend(
        self,
        node: ir.Comprehension,
        level: int,
        source: Value,
        found: list[tuple[Value, Value]],
        gaps: list[int],
        state: State,
    ) -> None:
        """Gather the items of a comprehension from one of its clauses on, and the places where there may be others."""
        if level == len(node.clauses):
            key = NONE if node.key is None else self.evaluate(node.key, state)
            found.append((key, self.evaluate(node.element, state)))
            return
        clause = node.clauses[level]
        count = self.length_of(source, state)
        known = count is not None and count <= MAX_COMPREHENDED
        listed = container_of(source, state)
        open_from = state.unknown_from(listed) if count is not None and isinstance(listed, ListValue) else None
        if count is not None and not known and isinstance(node.element, ir.Call):
            state.truncated = True
        for number in range(count if known and count is not None else SAMPLED_ITEMS):
            if not self.run.spend():
                gaps.append(len(found))
                return
            if number == open_from:
                gaps.append(len(found))
            item = self.round_of(source, number, node.place, state)
            if item is None:
                bind_unknown(clause.target, state)
                if isinstance(clause.target, ir.Name):
                    state.frame[clause.target.id] = unknown_holding(state.tensors_in(source), node.place, state)
            else:
                self._bind_item(clause.target, item, state)
            truths = [truth_of(self.evaluate(condition, state), state) for condition in clause.conditions]
            self.decided += len(truths) - truths.count(None)
            if False in truths:
                continue
            if None in truths:
                gaps.append(len(found))
            following = node.clauses[level + 1 :]
            inner = self.calls.exhaust(self.evaluate(following[0].source, state), node, state) if following else NONE
            inner = self.iterated(inner, node.place, state)
            self._comprehend(node, level + 1, inner, found, gaps, state)
        if not known or (open_from is not None and open_from == count):
            gaps.append(len(found))

    def _bind_item(self, target: ir.Expression, item: Value, state: State) -> None:
        items = state.items_of(item)
        if isinstance(target, ir.Name):
            state.frame[target.id] = item
        elif isinstance(target, ir.Sequence) and items is not None and len(items) == len(target.items):
            for each, value in zip(target.items, items, strict=True):
                self._bind_item(each, value, state)
        else:
            bind_unknown(target, state)


def _is_computed(ref: int, state: State) -> bool:
    """Whether a tensor surely has a node: what a move gives may be the leaf itself."""
    tensor = state.autograd.tensors[ref]
    node = None if tensor.node is None else state.autograd.nodes.get(tensor.node)
    has_node = (
        node is not None and not node.opaque and tensor.grad.sure and not state.autograd.shares.get(tensor.storage)
    )
    return has_node and tensor.tensor_seen


def _keeps_no_gradient(ref: int, state: State) -> bool:
    """Whether a tensor surely is computed, and neither told to keep its gradient nor seen by code that might do so."""
    return _is_computed(ref, state) and ref not in state.escaped and (ref, RETAINS_GRAD) not in state.heap


def _targets(target: ir.Expression) -> list[str]:
    if isinstance(target, ir.Name):
        return [target.id]
    return [name for item in target.items for name in _targets(item)] if isinstance(target, ir.Sequence) else []


def _named(value: DictValue, state: State) -> dict[str, Value] | None:
    """A dict's entries as keyword arguments, where all of them are known."""
    entries = state.entries_of(value)
    if entries is None:
        return None
    named = {key.value: held for key, held in entries if isinstance(key, Literal) and isinstance(key.value, str)}
    return named if len(named) == len(entries) else None


def attribute_of(owner: int, name: str, state: State) -> Value:
    """An attribute of something unknown: unknown, but the same one each time."""
    value = state.heap.get((owner, name))
    if value is None:
        plain = name in library.DESCRIBING_ATTRIBUTES
        value = state.heap[owner, name] = state.plain() if plain else state.unknown()
    return value


def bind_unknown(target: ir.Expression, state: State) -> None:
    """Give every name of a target a new unknown value."""
    if isinstance(target, ir.Name):
        state.bind(target.id, state.unknown())
    elif isinstance(target, ir.Sequence):
        for item in target.items:
            bind_unknown(item, state)
    elif isinstance(target, ir.Starred):
        bind_unknown(target.value, state)


def _is_module(value: Value) -> bool:
    return isinstance(value, ModuleValue) or (isinstance(value, Instance) and value.cls.kind == "module")


def may_be_tensor(node: ir.Expression) -> bool:
    """Whether an expression before `.data` may be a tensor, by its name: datasets, configurations and `self` are none."""
    return not (isinstance(node, ir.Name) and node.id in _HOLDERS_OF_DATA)


_WITH_ATTRIBUTES = (Unknown, ModuleValue, Instance, LibraryInstance)
_ORDERINGS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_DISPATCH: dict[type[ir.Expression], Callable[..., Value]] = {
    ir.Name: ExpressionInterpreter.visit_name,
    ir.Constant: ExpressionInterpreter.visit_constant,
    ir.Attribute: ExpressionInterpreter.visit_attribute,
    ir.Subscript: ExpressionInterpreter.visit_subscript,
    ir.Slice: ExpressionInterpreter.visit_slice,
    ir.Call: ExpressionInterpreter.visit_call,
    ir.Binary: ExpressionInterpreter.visit_binary,
    ir.Unary: ExpressionInterpreter.visit_unary,
    ir.Comparison: ExpressionInterpreter.visit_comparison,
    ir.Not: ExpressionInterpreter.visit_not,
    ir.Logical: ExpressionInterpreter.visit_logical,
    ir.Sequence: ExpressionInterpreter.visit_sequence,
    ir.Mapping: ExpressionInterpreter.visit_mapping,
    ir.Formatted: ExpressionInterpreter.visit_formatted,
    ir.Lambda: ExpressionInterpreter.visit_lambda,
    ir.Yield: ExpressionInterpreter.visit_yield,
    ir.Starred: ExpressionInterpreter.visit_starred,
    ir.Walrus: ExpressionInterpreter.visit_walrus,
    ir.Choice: ExpressionInterpreter.visit_choice,
    ir.Opaque: ExpressionInterpreter.visit_opaque,
    ir.Comprehension: ExpressionInterpreter.visit_comprehension,
}

#: What has no effect, and is evaluated again wherever it stands.
_PURE = frozenset({ExpressionInterpreter.visit_name, ExpressionInterpreter.visit_constant})

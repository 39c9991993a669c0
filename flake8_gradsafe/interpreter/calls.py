"""Calls: of PyTorch's operators, of what makes, leaves or differentiates a graph, and of code that is out of sight."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flake8_gradsafe.autograd.backward import backward
from flake8_gradsafe.autograd.operators import Fact, Spelling
from flake8_gradsafe.autograd.tensor import NO, YES, Effect, Grad, Via
from flake8_gradsafe.interpreter import forms, judge, sites
from flake8_gradsafe.interpreter.arithmetic import arithmetic
from flake8_gradsafe.interpreter.events import DetachedInPlace
from flake8_gradsafe.interpreter.joining import same_world
from flake8_gradsafe.interpreter.session import UNDECIDABLE, path_premises
from flake8_gradsafe.interpreter.state import State, UntrackedWrite
from flake8_gradsafe.interpreter.values import (
    NOTHING,
    REWRAPPED,
    CodeValue,
    DictValue,
    Dotted,
    Items,
    ListValue,
    Literal,
    Method,
    ModuleValue,
    OptimizerValue,
    Pieces,
    RangeValue,
    TensorValue,
    Unknown,
    Value,
)
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.knowledge.effects import VALUELESS, clamps_nothing, effect_of
from flake8_gradsafe.knowledge.idioms import idiom_of
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flake8_gradsafe.autograd.tensor import Tensor
    from flake8_gradsafe.autograd.world import Operands
    from flake8_gradsafe.interpreter.session import Session

_BUFFERS = ("running_", "num_batches")


@dataclass(frozen=True, slots=True)
class Arguments:
    """A call's arguments; `unclear` where a star gave an unknown number of them."""

    positional: tuple[Value, ...] = ()
    keywords: dict[str, Value] = field(default_factory=dict)
    unclear: bool = False

    def all(self) -> tuple[Value, ...]:
        """Every argument."""
        return (*self.positional, *self.keywords.values())

    def get(self, position: int, name: str) -> Value | None:
        """An argument that may be given by position or by name."""
        if name in self.keywords:
            return self.keywords[name]
        return self.positional[position] if position < len(self.positional) else None

    def after(self, first: Value) -> Arguments:
        """The same with a receiver in front."""
        return replace(self, positional=(first, *self.positional))


class Calls:
    """What calls do to a state."""

    def __init__(self, session: Session) -> None:
        """Work within a session."""
        self.session = session
        self.operators = session.operators

    # -- who is called ----------------------------------------------------------------------------------------------

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
            changed := _list_after(name, state.items_of(receiver), arguments, state)
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

    # -- operators --------------------------------------------------------------------------------------------------

    def operator(
        self, spelling: Spelling, arguments: Arguments, node: ir.Expression, state: State, *, seen: bool = False
    ) -> Value:
        """Call a measured operator. `seen`: the call shows that its tensor operands are tensors."""
        positional = tuple(
            Items(state.items_of(value) or ()) if isinstance(value, ListValue) and state.items_of(value) else value
            for value in arguments.positional
        )
        if spelling.reflected and len(positional) == 2:
            positional = (positional[1], positional[0])
        keywords = {name: value for name, value in arguments.keywords.items() if name != "out"}
        bound = forms.bind(spelling.operator, positional, keywords)
        self._promote(spelling, bound, node, state, seen=seen)
        form = forms.form_of(bound, state)
        fact = self.operators.fact(spelling, form)
        if fact is None or arguments.unclear:
            return self._out_of_sight(spelling.operator.name, arguments.all(), node, state)
        if spelling.operator.name in library.DEVICE_MOVES:
            fact = replace(fact, aliases=tuple(replace(alias, sure=False) for alias in fact.aliases))
        operands = {name: tuple(state.tensors_in(value)) for name, value in bound.items() if state.tensors_in(value)}
        out = state.known_tensor(arguments.keywords.get("out", NOTHING))
        if out is not None:
            self.write(out, "out=", node, state)
            return TensorValue(out)
        target = _written(fact, bound)
        if target is not None and target in operands:
            return self._inplace(spelling, fact, operands, target, bound, node, state)
        return self._apply(spelling, form, fact, operands, node, state)

    def _promote(
        self,
        spelling: Spelling,
        bound: dict[str, Value],
        node: ir.Expression | ir.Statement,
        state: State,
        *,
        seen: bool,
    ) -> None:
        for name, value in bound.items():
            if not forms.takes_tensor(spelling.operator, name):
                continue
            for each in state.items_of(value) or (value,):
                state.as_tensor(each, node.place, seen=seen and name == next(iter(bound)))

    def _apply(
        self, spelling: Spelling, form: str, fact: Fact, operands: Operands, node: ir.Expression, state: State
    ) -> Value:
        if fact.outputs == "list" and next(iter(operands.values()), ()):
            return Pieces(state.world.tick(), next(iter(operands.values()))[0], spelling, form, node.place)
        outputs = state.world.apply(spelling.operator.name, fact, operands, node.place)
        self._inherit_doubt(operands, outputs, state)
        self.session.emit_refusals(state, node.place)
        if fact.outputs == "tuple":
            return Items(tuple(TensorValue(ref) for ref in outputs))
        return TensorValue(outputs[0]) if fact.outputs == "tensor" else state.unknown()

    def _inherit_doubt(self, operands: Operands, outputs: Iterable[int], state: State) -> None:
        """What is computed from things of which none was shown to be a tensor is not shown to be one either."""
        tensors = state.world.tensors
        if not any(tensors[ref].tensor_seen for refs in operands.values() for ref in refs):
            for ref in outputs:
                tensors[ref] = replace(tensors[ref], tensor_seen=False)

    def piece(self, pieces: Pieces, index: int, state: State) -> Value:
        """One of the views that unbind, chunk or split return."""
        kept = state.heap.get((pieces.id, str(index)))
        if kept is None:
            fact = self.operators.fact(pieces.spelling, pieces.form)
            if fact is None:
                return state.unknown()
            name = pieces.spelling.operator.name
            source = state.world.tensors[pieces.source]
            first = next(iter(pieces.spelling.operator.parameters))
            region = (
                source.region.at((index,)) if name == "unbind" and pieces.form.count(",") == 0 else source.region.part()
            )
            (ref,) = state.world.apply(name, replace(fact, count=1), {first: (pieces.source,)}, pieces.place, (region,))
            kept = state.heap[pieces.id, str(index)] = TensorValue(ref)
        return kept

    def subscript(self, receiver: Value, index: Value, place: ir.Place, state: State) -> Value:
        """`receiver[index]` where the receiver is no known sequence."""
        ref = state.known_tensor(receiver)
        if ref is None:
            return self._item_of_unknown(receiver, index, state)
        if state.world.tensors[ref].counter is None and not forms.is_slice(index):
            return state.unknown()  # an item of an array is a number, or a view: its number of axes tells
        spelling = self.operators.methods["__getitem__"]
        constant = forms.constant_index(index)
        kind = forms.index_form(index, state)
        if constant is None and kind == "o":
            fact: Fact | None = self.operators.fact_of_any(spelling, ("input:T,index:S", "input:T,index:I"))
        else:
            fact = self.operators.fact(spelling, f"input:T,index:{'S' if constant is not None else kind}")
        if fact is None:
            return self._out_of_sight("index", (receiver, index), ir.Opaque(place, ()), state)
        operands: Operands = {"input": (ref,)}
        if refs := state.tensors_in(index):
            operands["index"] = tuple(refs)
        source = state.world.tensors[ref]
        region = source.region.at(constant) if constant is not None else source.region.part()
        outputs = state.world.apply("index", fact, operands, place, (region,))
        self._inherit_doubt({"input": (ref,)}, outputs, state)
        self.session.emit_refusals(state, place)
        return TensorValue(outputs[0])

    def _item_of_unknown(self, receiver: Value, index: Value, state: State) -> Value:
        if isinstance(receiver, Unknown) and isinstance(index, Literal):
            key = (receiver.id, f"[{index.value!r}]")
            if key not in state.heap:
                state.heap[key] = state.unknown()
            return state.heap[key]
        return state.unknown()

    # -- writes -----------------------------------------------------------------------------------------------------

    def _inplace(
        self,
        spelling: Spelling,
        fact: Fact,
        operands: Operands,
        target: str,
        bound: dict[str, Value],
        node: ir.Expression,
        state: State,
    ) -> Value:
        method = spelling.operator.name.rpartition(".")[2].strip("_") + "_"
        others = {name: refs for name, refs in operands.items() if name != target}
        (ref, *_) = operands[target]
        values = [value for name, value in bound.items() if name != target]
        self.write(ref, method, node, state, fact=fact, operands=others, arguments=values)
        return TensorValue(ref)

    def write(
        self,
        ref: int,
        method: str,
        node: ir.Expression | ir.Statement,
        state: State,
        *,
        fact: Fact | None = None,
        operands: Operands | None = None,
        arguments: Iterable[Value] = (),
        index: Value | None = None,
        via: Via | None = None,
    ) -> None:
        """Write into a tensor in place by a method, an operator, a subscript store or `out=`."""
        constants = [value.value for value in arguments if isinstance(value, Literal)]
        tensor = state.world.tensors[ref]
        effect = effect_of(method, constants[0] if len(constants) == 1 else None)
        if effect is Effect.MAY_CHANGE and self._within_range(tensor, method, constants, state):
            effect = Effect.NOTHING
        region = None
        if index is not None:
            constant = forms.constant_index(index)
            region = tensor.region.at(constant) if constant is not None else tensor.region.part()
        if method.endswith("_") and not method.endswith("__"):
            state.world.see_tensor(ref)
        name = method.strip("_")
        self.session.written.update(hop.place for hop in tensor.hops)
        state.world.write(ref, effect, node.place, name=name, fact=fact, operands=operands, region=region, via=via)
        self.session.emit_refusals(state, node.place)
        if tensor.via is Via.DATA and via is None:
            self.note_untracked(ref, Via.DATA, method, node, state)

    def augment(
        self, ref: int, method: str, value: Value, node: ir.Augmented, state: State, index: Value | None = None
    ) -> None:
        """`target += value` and its kin on a tensor, or on the elements of it that an index picks."""
        spelling = self.operators.methods.get(method)
        if spelling is None and isinstance(node.target, ir.Name):
            state.frame[node.target.id] = self.rebound(method, TensorValue(ref), value, node, state)
            return
        fact, operands = self._arithmetic(spelling, TensorValue(ref), value, node, state)
        self.write(ref, method, node, state, fact=fact, operands=operands, arguments=(value,), index=index)

    def _arithmetic(
        self, spelling: Spelling | None, target: Value, value: Value, node: ir.Augmented, state: State
    ) -> tuple[Fact | None, Operands]:
        if spelling is None:
            return None, {}
        bound = forms.bind(spelling.operator, (target, value), {})
        self._promote(spelling, bound, node, state, seen=False)
        first = next(iter(bound))
        operands = {name: tuple(state.tensors_in(each)) for name, each in bound.items() if name != first}
        fact = self.operators.fact(spelling, forms.form_of(bound, state))
        return fact, {name: refs for name, refs in operands.items() if refs}

    def rebound(self, method: str, target: Value, value: Value, node: ir.Augmented, state: State) -> Value:
        """`name += value` where the name holds no tensor: what the plain operator gives."""
        plain = f"__{method.strip('_')[1:]}__"
        return arithmetic(plain, target, value) or self.binary(plain, target, value, ir.Opaque(node.place, ()), state)

    def store(self, ref: int, index: Value, value: Value, node: ir.Statement, state: State) -> None:
        """`target[index] = value`."""
        operands: Operands = {"value": tuple(state.tensors_in(value))} if state.tensors_in(value) else {}
        spelling = Spelling(self.operators.rows["__setitem__"], inplace=True)
        kind = "T" if operands else forms.kind_of(value, state) or "n"
        indexed = "S" if forms.constant_index(index) is not None else forms.index_form(index, state)
        fact = self.operators.fact(spelling, f"input:T,index:{indexed},value:{kind}")
        if picked := tuple(state.tensors_in(index)):
            operands["index"] = picked
        self.write(ref, "__setitem__", node, state, fact=fact, operands=operands, arguments=(value,), index=index)

    def _within_range(self, tensor: Tensor, method: str, constants: list[object], state: State) -> bool:
        """Whether a clamp allows all values that the operator which made the tensor can give."""
        makers = {cut.node for cut in tensor.cuts if cut.node is not None} | {tensor.node}
        nodes = [state.world.nodes[maker] for maker in makers if maker in state.world.nodes]
        return len(nodes) == 1 and clamps_nothing(nodes[0].name, method, constants)

    def note_untracked(self, ref: int, via: Via, method: str, node: ir.Expression | ir.Statement, state: State) -> None:
        """Remember a `.data` write until the end of its path."""
        tensor = state.world.tensors[ref]
        site = sites.site_of(node, method, self.session.scope, grad_off=not state.world.grad_enabled)
        modules = {value.id for value in state.frame.values() if isinstance(value, ModuleValue)}
        owned = any(
            isinstance(value, TensorValue) and state.world.tensors[value.ref].storage == tensor.storage
            for (owner, _), value in state.heap.items()
            if owner in modules
        )
        evident = tensor.tensor_seen or sites.looks_like_a_tensor(site)
        proven = not path_premises(state)
        write = UntrackedWrite(node.place, ref, state.world.clock, via, idiom_of(site), evident, owned, proven)
        state.writes = (*state.writes, write)
        self.session.writing.add(self.session.statement)
        self.session.untracked.setdefault(node.place, [judge.untracked(state, write)])

    def _initialise(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        target = arguments.get(0, "tensor")
        ref = None if target is None else state.as_tensor(target, node.place, seen=True)
        if ref is not None and path.endswith("_"):
            enabled, state.world.grad_enabled = state.world.grad_enabled, False
            self.write(ref, path.rpartition(".")[2], node, state, arguments=arguments.positional[1:])
            state.world.grad_enabled = enabled
        return target or state.unknown()

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

    # -- methods of a tensor ----------------------------------------------------------------------------------------

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
        bound = forms.bind(spelling.operator, (receiver, *arguments.positional), arguments.keywords)
        self._promote(spelling, bound, node, state, seen=False)
        fact = self.operators.fact(spelling, forms.form_of(bound, state))
        first = next(iter(bound))
        operands = {key: tuple(state.tensors_in(value)) for key, value in bound.items() if key != first}
        operands = {key: refs for key, refs in operands.items() if refs}
        if ref is not None:
            values = [value for key, value in bound.items() if key != first]
            self.write(ref, name, node, state, fact=fact, operands=operands, arguments=values)
        return receiver

    def data_of(self, ref: int, place: ir.Place, state: State) -> int:
        """`.data`: where nothing shows that the receiver is a tensor, whether the result requires grad is open."""
        if state.world.tensors[ref].tensor_seen:
            self.session.reads.setdefault(place, self.session.statement)
        handle = state.world.shared(ref, Via.DATA, place)
        tensor = state.world.tensors[handle]
        if not tensor.tensor_seen:
            state.world.tensors[handle] = replace(tensor, grad=Grad(sources=frozenset({handle})))
        return handle

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

    def _require_grad(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.as_tensor(receiver, node.place)
        flag = arguments.get(0, "requires_grad")
        if ref is not None:
            self.set_requires_grad(ref, Literal(True) if flag is None else flag, node.place, state)
        return receiver

    def set_requires_grad(self, ref: int, flag: Value, place: ir.Place, state: State, *, wraps: bool = False) -> None:
        """`requires_grad_(flag)` and `requires_grad = flag`; `wraps`: by a new Parameter or Variable."""
        if isinstance(flag, Literal) and isinstance(flag.value, bool):
            tensor = state.world.tensors[ref]
            cut = next((cut for cut in tensor.cuts if cut.sure and cut.node is not None), None)
            if flag.value and cut is not None and not tensor.grad.possible:
                state.heap[ref, REWRAPPED] = Items((Literal(place), Literal(cut.place), NOTHING, Literal(wraps)))
            state.world.require_grad(ref, flag.value, place)
            self.session.emit_refusals(state, place)
        else:
            tensor = state.world.tensors[ref]
            state.world.tensors[ref] = replace(tensor, grad=Grad(sources=frozenset({ref})))

    # -- differentiation --------------------------------------------------------------------------------------------

    def _backward(self, receiver: Value, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        ref = state.as_tensor(receiver, node.place, seen=isinstance(receiver, TensorValue))
        if ref is not None:
            self._differentiate(ref, arguments, node, state)
        return NOTHING

    def _differentiate(
        self, ref: int, arguments: Arguments, node: ir.Expression, state: State, inputs: frozenset[int] | None = None
    ) -> None:
        retain = arguments.keywords.get("retain_graph") or arguments.keywords.get("create_graph") or Literal(False)
        keeps = not (isinstance(retain, Literal) and not retain.value)
        outcome = backward(state.world, ref, retain_graph=keeps, inputs=inputs)
        self.session.emit_outcome(state, outcome, node.place)

    def _autograd_backward(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        roots = arguments.get(0, "tensors")
        for ref in [] if roots is None else self._roots(roots, node, state):
            self._differentiate(ref, arguments, node, state)
        return NOTHING

    def _autograd_grad(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        roots, inputs = arguments.get(0, "outputs"), arguments.get(1, "inputs")
        wanted = None if inputs is None else frozenset(self._roots(inputs, node, state))
        for ref in [] if roots is None else self._roots(roots, node, state):
            self._differentiate(ref, arguments, node, state, wanted or None)
        for ref in wanted or ():
            state.heap.pop((ref, REWRAPPED), None)  # its gradient is asked for
        state.differentiated |= wanted or frozenset()
        return state.unknown()

    def _roots(self, value: Value, node: ir.Expression, state: State) -> list[int]:
        items = state.items_of(value) or (value,)
        refs = [state.as_tensor(item, node.place, seen=True) for item in items]
        return [ref for ref in refs if ref is not None]

    # -- makers -----------------------------------------------------------------------------------------------------

    def _factory(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        flag = arguments.keywords.get("requires_grad", Literal(False))
        known = isinstance(flag, Literal)
        ref = state.world.new(YES if known and flag == Literal(True) else NO, node.place)
        if not known:
            self.set_requires_grad(ref, flag, node.place, state)
        dtype = _dtype_made(path, arguments, state)
        state.world.tensors[ref] = replace(state.world.tensors[ref], dtype=dtype)
        return TensorValue(ref)

    def plain_tensor(self, place: ir.Place, state: State, dtype: str, *, seen: bool) -> Value:
        """A new tensor of integers (`I`) or booleans (`B`), which no gradient passes."""
        ref = state.world.new(NO, place, tensor_seen=seen)
        state.world.tensors[ref] = replace(state.world.tensors[ref], dtype=dtype)
        return TensorValue(ref)

    def _from_numpy(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        source = arguments.get(0, "data")
        ref = None if source is None else state.known_tensor(source)
        if ref is None and isinstance(source, Unknown) and path == "torch.from_numpy":
            ref = self._as_array_of(source, node.place, state)
        if ref is None:
            return TensorValue(state.world.new(NO, node.place))
        if state.world.tensors[ref].counter is not None and path in {"torch.as_tensor", "torch.asarray"}:
            return TensorValue(ref)
        made = state.world.shared(ref, Via.DATA, node.place)
        state.world.tensors[made] = replace(state.world.tensors[made], via=Via.NUMPY)
        return TensorValue(made)

    def _as_array_of(self, source: Unknown, place: ir.Place, state: State) -> int:
        """The array that an unknown value must be: memory whose writes nothing counts."""
        ref = state.world.new(NO, place)
        state.world.tensors[ref] = replace(state.world.tensors[ref], counter=None, via=Via.NUMPY)
        state.heap[source.id, "tensor"] = TensorValue(ref)
        return ref

    def _as_array(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        source = arguments.get(0, "a")
        ref = None if source is None else state.known_tensor(source)
        if ref is None or len(arguments.all()) > 1:
            return self._out_of_sight(path, arguments.all(), node, state)
        return TensorValue(state.world.shared(ref, Via.NUMPY, node.place))

    def _numpy_function(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """A function of NumPy: some write their first argument, all write what `out=` gives."""
        written = arguments.keywords.get("out")
        if written is None and path in library.NUMPY_WRITERS:
            written = arguments.get(0, "dst")
        ref = None if written is None else state.known_tensor(written)
        if ref is None or written is None:
            return self._out_of_sight(path, arguments.all(), node, state)
        self.write(ref, path.rpartition(".")[2], node, state)
        return written

    def _parameter(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        source = arguments.get(0, "data")
        flag = arguments.get(1, "requires_grad")
        ref = None if source is None else state.known_tensor(source)
        made = state.world.new(NO, node.place) if ref is None else state.world.shared(ref, Via.DETACH, node.place)
        self.set_requires_grad(made, Literal(True) if flag is None else flag, node.place, state, wraps=True)
        return TensorValue(made)

    def _variable(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        source = arguments.get(0, "data")
        ref = None if source is None else state.known_tensor(source)
        flag = arguments.keywords.get("requires_grad")
        if ref is None:
            return (
                self._out_of_sight(path, arguments.all(), node, state)
                if flag is None
                else self._factory(path, arguments, node, state)
            )
        if flag is None and not state.world.tensors[ref].grad.possible:
            return TensorValue(ref)
        made = state.world.shared(ref, Via.DETACH, node.place)
        self.set_requires_grad(made, flag or Literal(False), node.place, state, wraps=True)
        return TensorValue(made)

    def _make_module(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value | None:
        kind = path.rpartition(".")[2]
        row = self.operators.modules.get(kind)
        if row is None or path.startswith("torch.nn.functional."):
            return None
        flags = [*arguments.keywords.items(), *(("inplace", value) for value in arguments.positional[-1:])]
        switches = tuple(
            sorted(
                f"{name}:{flag.value}"
                for name, flag in flags
                if isinstance(flag, Literal) and isinstance(flag.value, bool) and _is_switch(row, name)
            )
        )
        made = ModuleValue(state.world.tick(), kind, switches)
        for name in row["state"]:
            if arguments.keywords.get(name) != Literal(False):
                grad = NO if name.startswith(_BUFFERS) else YES
                state.heap[made.id, name] = TensorValue(state.world.new(grad, node.place))
        return made

    def _make_optimizer(self, arguments: Arguments, state: State) -> Value:
        holds = tuple(ref for value in arguments.all() for ref in state.tensors_in(value))
        fused = arguments.keywords.get("fused") == Literal(True)
        return OptimizerValue(state.world.tick(), holds, fused)

    # -- modules and optimizers -------------------------------------------------------------------------------------

    def _module(self, module: ModuleValue, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        mode = state.heap.get((module.id, "mode"), Literal("train"))
        form = ",".join((str(mode.value) if isinstance(mode, Literal) else "train", *module.switches))
        fact = self.operators.module_fact(module.kind, form)
        inputs: Operands = {}
        for number, value in enumerate(arguments.all()):
            state.as_tensor(value, node.place, seen=number == 0)
            if refs := tuple(state.tensors_in(value)):
                inputs["input" if number == 0 else f"input{number + 1}"] = refs
        if fact is None or arguments.unclear:
            return self._out_of_sight(module.kind, arguments.all(), node, state)
        operands = inputs | self._state_of(module, state)
        spelling = self.operators.methods["__getitem__"]
        if _written(fact, dict.fromkeys(inputs, NOTHING)) and "input" in inputs:
            others = {name: refs for name, refs in operands.items() if name != "input"}
            self.write(inputs["input"][0], f"{module.kind.lower()}_", node, state, fact=fact, operands=others)
            return arguments.all()[0]
        return self._apply(
            replace(spelling, operator=replace(spelling.operator, name=module.kind)), form, fact, operands, node, state
        )

    def _parameters_of(self, module: ModuleValue, state: State) -> list[tuple[str, TensorValue]]:
        kept = self._state_of(module, state).items()
        named = [(name.partition(".")[2], TensorValue(refs[0])) for name, refs in kept]
        return [(name, value) for name, value in named if not name.startswith(_BUFFERS)]

    def _state_of(self, module: ModuleValue, state: State) -> Operands:
        row = self.operators.modules[module.kind]
        kept = {name: state.heap.get((module.id, name)) for name in row["state"]}
        return {f"self.{name}": (value.ref,) for name, value in kept.items() if isinstance(value, TensorValue)}

    def _module_method(
        self, module: ModuleValue, name: str, arguments: Arguments, node: ir.Expression, state: State
    ) -> Value:
        tensors = [ref for refs in self._state_of(module, state).values() for ref in refs]
        if name in {"train", "eval"}:
            off = name == "eval" or arguments.get(0, "mode") == Literal(False)
            state.heap[module.id, "mode"] = Literal("eval" if off else "train")
        if name == "requires_grad_":
            for ref in tensors:
                self._require_grad(TensorValue(ref), arguments, node, state)
        if name in library.MODULE_SELF:
            return module
        if name == "forward":
            return self._module(module, arguments, node, state)
        if name == "parameters":
            return state.new_list(tuple(value for _, value in self._parameters_of(module, state)))
        if name == "named_parameters":
            return state.new_list(
                tuple(Items((Literal(key), value)) for key, value in self._parameters_of(module, state))
            )
        if name in {"zero_grad", "register_forward_hook", "extra_repr"}:
            return state.unknown()
        if name in {"load_state_dict", "reset_parameters"}:
            for ref in tensors:
                self._write_under_no_grad(ref, name, node, state)
            return state.unknown()
        return self._forget_module(module, arguments, node, state)

    def _forget_module(self, module: ModuleValue, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        """A method that may do anything: the module's tensors are no longer known."""
        tensors = tuple(TensorValue(ref) for refs in self._state_of(module, state).values() for ref in refs)
        for key in [key for key in state.heap if key[0] == module.id]:
            del state.heap[key]
        state.undecided += UNDECIDABLE
        return self._out_of_sight("method", (*tensors, *arguments.all()), node, state)

    def _write_under_no_grad(
        self, ref: int, method: str, node: ir.Expression, state: State, via: Via | None = None
    ) -> None:
        enabled, state.world.grad_enabled = state.world.grad_enabled, False
        state.world.write(ref, Effect.CHANGES, node.place, name=method, via=via)
        state.world.grad_enabled = enabled

    def _optimizer_method(self, optimizer: OptimizerValue, name: str, node: ir.Expression, state: State) -> Value:
        if name == "step":
            for ref in optimizer.holds:
                if ref not in state.world.graded:
                    continue
                if optimizer.fused:
                    handle = state.world.shared(ref, Via.DATA, node.place)
                    self._write_under_no_grad(handle, "step", node, state, Via.STEP)
                else:
                    self._write_under_no_grad(ref, "step", node, state, Via.STEP)
        return state.unknown()

    # -- builtins that loops go by ----------------------------------------------------------------------------------

    def _range(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        bounds = [value.value if isinstance(value, Literal) else None for value in arguments.positional]
        start, stop, step = (0, *bounds, 1) if len(bounds) == 1 else (*bounds, 1)[:3] if bounds else (None,) * 3
        if not isinstance(start, int) or not isinstance(step, int) or step == 0:
            return state.unknown()
        return RangeValue(start, step, len(range(start, stop, step)) if isinstance(stop, int) else None)

    def _enumerate(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = state.items_of(arguments.positional[0]) if arguments.positional else None
        if items is None or len(arguments.all()) > 1:
            return self._out_of_sight(path, arguments.all(), node, state)
        return Items(tuple(Items((Literal(number), item)) for number, item in enumerate(items)))

    def _zip(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        lists = [state.items_of(value) for value in arguments.positional]
        known = [items for items in lists if items is not None]
        if not lists or len(known) < len(lists) or arguments.keywords or arguments.unclear:
            return self._out_of_sight(path, arguments.all(), node, state)
        return Items(tuple(Items(group) for group in zip(*known, strict=False)))

    def _length(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = state.items_of(arguments.positional[0]) if arguments.positional else None
        return state.unknown() if items is None else Literal(len(items))

    def _sum(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = state.items_of(arguments.positional[0]) if arguments.positional else None
        if not items:
            return self._out_of_sight(path, arguments.all(), node, state)
        start = arguments.get(1, "start")
        first, rest = (items[0], items[1:]) if start is None else (start, items)
        for item in rest:
            first = self.binary("__add__", first, item, node, state)
        return first

    def _copied(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = state.items_of(arguments.positional[0]) if len(arguments.all()) == 1 else None
        if items is None:
            return self._out_of_sight(path, arguments.all(), node, state)
        return state.new_list(items) if path.endswith("list") else Items(items)

    def _dict_view(self, receiver: DictValue, name: str, node: ir.Expression, state: State) -> Value:
        if (receiver.id, "items") not in state.heap:
            return self._out_of_sight(name, (), node, state, receiver=receiver)
        pairs = [(key, value) for (owner, key), value in state.heap.items() if owner == receiver.id and key[0] == "["]
        if name == "values":
            return Items(tuple(value for _, value in pairs))
        keys: list[Value] = [state.unknown() for _ in pairs]
        if name == "keys":
            return Items(tuple(keys))
        return Items(tuple(Items((key, value)) for key, (_, value) in zip(keys, pairs, strict=True)))

    # -- the rest ---------------------------------------------------------------------------------------------------

    def _grad_mode(self, path: str, arguments: Arguments, state: State) -> Value:
        """A grad mode as a value; `set_grad_enabled(flag)` acts at once."""
        mode = library.GRAD_MODES[path]
        if mode is None:
            flag = arguments.get(0, "mode")
            if not (isinstance(flag, Literal) and isinstance(flag.value, bool)):
                state.undecided += UNDECIDABLE
                return Dotted("grad mode unknown")
            mode = flag.value
            state.world.grad_enabled = mode
        elif path.endswith("inference_mode") and arguments.get(0, "mode") == Literal(False):
            mode = True
        elif arguments.positional and isinstance(arguments.positional[0], CodeValue):
            return arguments.positional[0]
        if path.endswith("inference_mode") and not mode:
            return Dotted("inference mode")
        return Dotted("grad mode on" if mode else "grad mode off")

    def _plain(self, arguments: Arguments, state: State) -> Value:
        for value in arguments.all():
            state.forget_items(value)
        return state.unknown()

    def _out_of_sight(
        self, name: str, given: tuple[Value, ...], node: ir.Expression, state: State, receiver: Value = NOTHING
    ) -> Value:
        values = (receiver, *given)
        for value in given:
            if isinstance(value, ModuleValue):
                self._may_unfreeze(value, state)
        refs = [ref for value in values for ref in state.tensors_in(value)]
        unknown = tuple(value for value in given if isinstance(value, Unknown))
        for value in values:
            state.forget_items(value)
            for item in state.items_of(value) or ():
                state.forget_items(item)
        return self.unknown_result(name, refs, node.place, state, unknown)

    def _may_unfreeze(self, module: ModuleValue, state: State) -> None:
        """Code out of sight may make a module's frozen parameters require grad."""
        for _, value in self._parameters_of(module, state):
            tensor = state.world.tensors[value.ref]
            if not tensor.grad.possible:
                state.world.tensors[value.ref] = replace(tensor, grad=Grad(sources=frozenset({value.ref})))

    def unknown_result(
        self, name: str, refs: Iterable[int], place: ir.Place, state: State, unknown: tuple[Unknown, ...] = ()
    ) -> Value:
        """What code out of sight gives back: connected to the tensors that it was given, where there are any.

        Of `unknown` arguments it is not known whether they are tensors: they are taken for some as soon as the result is.
        """
        result = state.unknown()
        refs = list(refs)
        if not refs and unknown:
            state.heap[result.id, "from"] = Items(unknown)
        if refs:
            refs += [ref for each in unknown if (ref := state.as_tensor(each, place)) is not None and ref not in refs]
            made = state.world.call_unknown(name, refs, place, tensor_seen=False)
            state.heap[result.id, "tensor"] = TensorValue(made)
        return result

    def holder(self, refs: Iterable[int], place: ir.Place, state: State) -> Value:
        """Something that holds these tensors, or is one of them."""
        refs = list(refs)
        result = self.unknown_result("container", refs, place, state)
        made = state.known_tensor(result)
        if made is not None:
            for ref in refs:
                state.world.may_share(made, ref)
        return result

    def any_of_values(self, options: list[tuple[Value, State]], place: ir.Place, state: State) -> Value:
        """One of several values, each computed on a fork of its own."""
        values = [value for value, _ in options]
        if all(value == values[0] for value in values) and all(
            same_world(twin.world, state.world) for _, twin in options
        ):
            return values[0]
        if any(twin.world.logs != state.world.logs for _, twin in options):
            state.undecided += UNDECIDABLE
        refs = [ref for value, twin in options for ref in twin.tensors_in(value)]
        known = [ref for ref in refs if ref in state.world.tensors]
        if not refs:
            return state.unknown()
        result = self.unknown_result("choice", known, place, state)
        state.as_tensor(result, place)
        ref = state.known_tensor(result)
        if ref is not None:
            for each in known:
                state.world.may_share(ref, each)
        return result


def _list_after(
    name: str, items: tuple[Value, ...] | None, arguments: Arguments, state: State
) -> tuple[tuple[Value, ...], Value] | None:
    """A list's items after a method, and what the method gives back; None where that is not known."""
    given = arguments.positional
    if items is None or arguments.keywords or arguments.unclear:
        return None
    if name == "append" and len(given) == 1:
        return (*items, given[0]), NOTHING
    if name == "extend" and len(given) == 1 and (more := state.items_of(given[0])) is not None:
        return (*items, *more), NOTHING
    if name == "pop" and items and not given:
        return items[:-1], items[-1]
    if name == "clear" and not given:
        return (), NOTHING
    return None


def _is_switch(row: dict[str, Any], name: str) -> bool:
    return any(f"{name}:" in form for form in row["forms"])


def _dtype_made(path: str, arguments: Arguments, state: State) -> str:
    """The kind of values that a factory makes, as far as its name, its dtype or its literals tell."""
    dtype = arguments.keywords.get("dtype")
    if isinstance(dtype, Dotted):
        return library.DTYPES.get(dtype.path, "T")
    if path in library.INTEGER_FACTORIES:
        return "I"
    value: Value | None = arguments.get(0, "data") if path == "torch.tensor" else None
    while value is not None and (items := state.items_of(value)):
        value = items[0]
    if isinstance(value, Literal):
        return "B" if isinstance(value.value, bool) else "I" if isinstance(value.value, int) else "T"
    return "T"


def _written(fact: Fact, bound: dict[str, Value]) -> str | None:
    """The parameter that the call writes and gives back, where it works in place."""
    for name, seen in fact.writes:
        if seen and name in bound and any(alias.same and alias.parameter == name for alias in fact.aliases):
            return name
    return None


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

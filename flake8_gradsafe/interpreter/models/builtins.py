"""Builtins and containers of Python, and the grad modes."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, islice, product
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.autograd import ops
from flake8_gradsafe.autograd.tensor import Cut, CutKind
from flake8_gradsafe.interpreter.call import CallContext, function_model
from flake8_gradsafe.interpreter.domain.arguments import Arguments
from flake8_gradsafe.interpreter.domain.certainty import UNMODELLED
from flake8_gradsafe.interpreter.domain.constants import class_of
from flake8_gradsafe.interpreter.domain.facts import (
    AtLeast,
    DefaultFactory,
    GradModeOf,
    HandedOut,
    IsParameter,
    MaxLength,
    ReadFrom,
    UsedUp,
)
from flake8_gradsafe.interpreter.domain.state import MAX_ITEMS, SAMPLED_PIECES, State
from flake8_gradsafe.interpreter.domain.truth import truth_of
from flake8_gradsafe.interpreter.domain.values import (
    NONE,
    ClassValue,
    DictValue,
    FunctionValue,
    Instance,
    IteratorValue,
    LazyViews,
    LibraryInstance,
    ListValue,
    Literal,
    ModuleValue,
    NonTensor,
    Partial,
    QualifiedName,
    RangeValue,
    TensorValue,
    TupleValue,
    Unknown,
    Value,
)
from flake8_gradsafe.interpreter.models.choices import definitions_in
from flake8_gradsafe.interpreter.models.classes import class_attribute, make_named_tuple, super_of
from flake8_gradsafe.interpreter.models.module_walk import base_module, container_of
from flake8_gradsafe.interpreter.models.operators import item_of_unknown, view_at
from flake8_gradsafe.interpreter.models.snapshots import copied_snapshot
from flake8_gradsafe.interpreter.models.spelling import spelling_of
from flake8_gradsafe.interpreter.models.tensors import known_number, number_read
from flake8_gradsafe.interpreter.models.unknown import non_tensor_result, unknown_call, unknown_holding
from flake8_gradsafe.knowledge import contexts, library
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from flake8_gradsafe.interpreter.interpreter import Interpreter


class KnownItems(NamedTuple):
    """Items that are known, and from which place on there may be others between and after them; None where there are none."""

    items: tuple[Value, ...]
    unknown_from: int | None


@function_model("builtins.range")
def call_range(call: CallContext) -> Value:
    """`range(…)`, known where its bounds are."""
    bounds = [value.value if isinstance(value, Literal) else None for value in call.arguments.positional]
    start, stop, step = (0, *bounds, 1) if len(bounds) == 1 else (*bounds, 1)[:3] if bounds else (None,) * 3
    if not isinstance(start, int) or not isinstance(step, int) or step == 0:
        return call.state.unknown()
    return RangeValue(start, step, len(range(start, stop, step)) if isinstance(stop, int) else None)


@function_model("builtins.enumerate")
def call_enumerate(call: CallContext) -> Value:
    """`enumerate(items)`: pairs of a number and an item."""
    state = call.state
    given = _given_items(call)
    if given is None or len(call.arguments.all()) > 1:
        return unknown_call(call.callee, call.arguments.all(), call.node, state)
    items, open_from = given
    placed = len(items) if open_from is None else min(open_from, 1)  # behind the first, each stands for all that follow
    numbers = [Literal(number) if number < placed else _number_behind(number, state) for number in range(len(items))]
    return _iterator(tuple(map(TupleValue, zip(numbers, items, strict=True))), open_from, state)


def _number_behind(number: int, state: State) -> Value:
    """The place of an item of which so many others are known to come before, and some that are not known."""
    made = state.plain()
    state.heap.note(made.id, AtLeast(number + 1))
    return made


def _given_items(call: CallContext) -> KnownItems | None:
    """The items of the first argument that are known, for what goes through them one by one; None where none is."""
    state = call.state
    if not call.arguments.positional:
        return None
    given = container_of(call.arguments.positional[0], state)
    if isinstance(given, DictValue):
        entries = state.entries_of(given)
        return None if entries is None else KnownItems(tuple(key for key, _ in entries), None)
    if isinstance(given, TensorValue) and state.autograd.tensors[given.ref].tensor_seen:
        given = call.interp.call_method(given, "unbind", Arguments(), ir.Opaque(call.node.place, ()), state)
    if isinstance(given, Literal) and isinstance(given.value, str):
        return KnownItems(tuple(map(Literal, given.value)), None)
    if isinstance(given, RangeValue):
        most = MAX_ITEMS if given.count is None else min(MAX_ITEMS, given.count)
        numbers = tuple(Literal(given.start + each * given.step) for each in range(most))
        return KnownItems(numbers, None if given.count == most else most) if given.count is not None else None
    if isinstance(given, LazyViews):
        known = given.count is not None and given.count <= MAX_ITEMS
        number = given.count if known and given.count is not None else SAMPLED_PIECES
        views = tuple(view_at(call.interp, given, each, state) for each in range(number))
        return KnownItems(views, None if known else number)
    items, open_from = state.known_items(given), state.unknown_from(given)
    return KnownItems(items, open_from) if items or open_from is None else None


@function_model("builtins.zip")
def call_zip(call: CallContext) -> Value:
    """`zip(…)`: tuples, as many as the shortest sequence has items."""
    arguments, state = call.arguments, call.state
    lists = [_given_items(call._replace(arguments=Arguments((value,)))) for value in arguments.positional]
    lists = _as_long_as_the_shortest(call.interp, arguments.positional, lists, call.node, state)
    known = [given for given in lists if given is not None]
    if len(known) < len(lists) and known and _may_be_lists(arguments.positional, lists, state):
        known = _with_unknown_items(arguments.positional, known, lists, state)
    if not lists or len(known) < len(lists) or arguments.unclear:
        return unknown_call(call.callee, arguments.all(), call.node, state)
    groups = [TupleValue(group) for group in zip(*(given.items for given in known), strict=False)]
    opens = [given.unknown_from for given in known if given.unknown_from is not None]
    ends = [len(given.items) for given in known if given.unknown_from is None]
    if not opens or (ends and min(ends) <= min(opens)):
        return _iterator(tuple(groups), None, state)
    # Where all have gaps, they are taken to be of one kind, and to have them in the same places.
    return _iterator(tuple(groups[: min(opens)] if ends else groups), min(opens), state)


def _as_long_as_the_shortest(
    interp: Interpreter,
    values: tuple[Value, ...],
    lists: list[KnownItems | None],
    node: ir.Expression,
    state: State,
) -> list[KnownItems | None]:
    """The items of what goes into a zip, where those of a tensor, or of views, end with another list that is known whole."""
    lengths = [len(given.items) for given in lists if given is not None and given.unknown_from is None]
    if not lengths or min(lengths) > MAX_ITEMS:
        return lists
    found: list[KnownItems | None] = []
    for value, given in zip(values, lists, strict=True):
        if given is None or given.unknown_from is not None:
            is_tensor = isinstance(value, TensorValue) and state.autograd.tensors[value.ref].tensor_seen
            pieces = (
                interp.call_method(value, "unbind", Arguments(), ir.Opaque(node.place, ()), state)
                if is_tensor
                else value
            )
            if isinstance(pieces, LazyViews) and pieces.count is None:
                given = KnownItems(tuple(view_at(interp, pieces, each, state) for each in range(min(lengths))), None)
        found.append(given)
    return found


def _may_be_lists(values: tuple[Value, ...], lists: Sequence[KnownItems | None], state: State) -> bool:
    """Whether nothing is known of those values whose items are not."""
    unknown = (value for value, given in zip(values, lists, strict=True) if given is None)
    return all(isinstance(value, Unknown) and state.known_tensor(value) is None for value in unknown)


def _with_unknown_items(
    values: Sequence[Value], known: Sequence[KnownItems], lists: Sequence[KnownItems | None], state: State
) -> list[KnownItems]:
    """Where the items of some lists are known, those of the others are taken to be as many, and are not."""
    count = max(len(given.items) for given in known)
    return [
        given or KnownItems(tuple(item_of_unknown(value, state) for _ in range(count)), 0)
        for value, given in zip(values, lists, strict=True)
    ]


@function_model("builtins.len")
def call_len(call: CallContext) -> Value:
    """`len(items)`, where it is known."""
    state = call.state
    given = container_of(call.arguments.positional[0], state) if call.arguments.positional else NONE
    items = state.entries_of(given) if isinstance(given, DictValue) else state.items_of(given)
    if items is None and isinstance(given, TensorValue) and (sizes := state.autograd.tensors[given.ref].metadata.sizes):
        return state.plain() if sizes[0] is None else Literal(sizes[0])
    return state.plain() if items is None else Literal(len(items))


@function_model("builtins.bool", "builtins.int", "builtins.float")
def call_number(call: CallContext) -> Value:
    """`bool(x)`, `int(x)`, `float(x)`."""
    arguments = call.arguments
    number = known_number(arguments.positional[0], call.state) if len(arguments.positional) == 1 else None
    if number is not None:
        return Literal(_NUMBERS[call.callee](number.value))
    non_tensor_result(arguments, call.state)
    return number_read(arguments.all(), call.node, call.state)


@function_model("builtins.sum")
def call_sum(call: CallContext) -> Value:
    """`sum(items)`: the items added one by one."""
    arguments, state = call.arguments, call.state
    items = state.items_of(arguments.positional[0]) if arguments.positional else None
    if not items:
        return _sum_of_nothing(call) or unknown_call(call.callee, arguments.all(), call.node, state)
    start = arguments.get(1, "start")
    first, rest = (items[0], items[1:]) if start is None else (start, items)
    for item in rest:
        first = call.interp.binary("__add__", first, item, call.node, state)
    return first


def _sum_of_nothing(call: CallContext) -> Value | None:
    """The number that `sum` gives of an iterator of tensors which was used up before; None for anything else."""
    state = call.state
    given = call.arguments.positional[0] if len(call.arguments.all()) == 1 else None
    gone = state.heap.fact(given.id, UsedUp) if isinstance(given, ListValue) else None
    refs = [] if gone is None else [ref for item in gone.values for ref in state.tensors_in(item)]
    cuts = [ops.cuts_of_read(state.autograd, ref, call.node.place, CutKind.USED_UP) for ref in refs]
    if not any(cuts):
        return None
    result = state.plain()
    state.heap.note(result.id, ReadFrom(frozenset[Cut]().union(*cuts)))
    return result


@function_model("builtins.list", "builtins.tuple", "torch.Size", "collections.deque")
def copy_items(call: CallContext) -> Value:
    """`list(items)`, `tuple(items)` and their kin: another container of the same items."""
    arguments, state, path = call.arguments, call.state, call.callee
    if not arguments.positional:
        return _limited(TupleValue(()) if path in _TUPLES else state.new_list(()), arguments, state)
    given = _given_items(call)
    if given is None:
        return unknown_call(path, arguments.all(), call.node, state)
    made = _gone_through(*given, state) if path in _TUPLES else state.new_list(*given)
    return _limited(made, arguments, state)


def _limited(made: Value, arguments: Arguments, state: State) -> Value:
    """A deque that holds at most so many items."""
    most = arguments.get(1, "maxlen")
    if isinstance(made, ListValue) and isinstance(most, Literal) and isinstance(most.value, int):
        state.heap.note(made.id, MaxLength(most.value))
    return made


@function_model("collections.namedtuple")
def call_namedtuple(call: CallContext) -> Value:
    """`collections.namedtuple(name, fields)`: a class."""
    return make_named_tuple(call.arguments, call.node, call.state)


@function_model("torch.is_grad_enabled")
def is_grad_enabled(call: CallContext) -> Value:
    """`torch.is_grad_enabled()`."""
    return Literal(call.state.autograd.grad_enabled)


@function_model("builtins.dict", "collections.OrderedDict")
def call_dict(call: CallContext) -> Value:
    """`dict(…)`: from a dict, from pairs or from keyword arguments."""
    arguments, state = call.arguments, call.state
    entries: list[tuple[Value, Value]] | None = []
    if arguments.positional:
        given = arguments.positional[0]
        if (copied := copied_snapshot(given, state)) is not None and not arguments.keywords:
            return copied
        entries = state.entries_of(given) if isinstance(given, DictValue) else _pairs(state.items_of(given), state)
    if entries is None or arguments.unclear:
        return unknown_call(call.callee, arguments.all(), call.node, state)
    return state.new_dict([*entries, *((Literal(name), value) for name, value in arguments.keywords.items())])


@function_model("collections.defaultdict")
def call_defaultdict(call: CallContext) -> Value:
    """`collections.defaultdict(factory)`: a dict that remembers what makes its missing items."""
    arguments = call.arguments
    rest = Arguments(arguments.positional[1:], arguments.keywords, arguments.unclear)
    made = call_dict(call._replace(arguments=rest))
    factory = arguments.get(0, "default_factory")
    if isinstance(made, DictValue) and factory is not None:
        call.state.heap.note(made.id, DefaultFactory(factory))
    return made


@function_model("builtins.map")
def call_map(call: CallContext) -> Value:
    """`map(function, items)`: the function is called for each item now."""
    arguments, state = call.arguments, call.state
    rest = replace(arguments, positional=arguments.positional[1:])
    given = None if len(rest.positional) != 1 else _given_items(call._replace(arguments=rest))
    if given is None or isinstance(arguments.positional[0], Unknown):
        if given is None and isinstance(arguments.get(1, "iterable"), RangeValue):
            state.truncate()
        return unknown_call(call.callee, arguments.all(), call.node, state)
    made = [call.interp.call(arguments.positional[0], Arguments((item,)), call.node, state) for item in given.items]
    return _iterator(tuple(made), given.unknown_from, state)


@function_model("builtins.iter")
def call_iter(call: CallContext) -> Value:
    """`iter(items)`: an iterator at its beginning."""
    arguments, state = call.arguments, call.state
    known = _given_items(call)
    if known is None or len(arguments.all()) > 1 or arguments.unclear:
        return unknown_call(call.callee, arguments.all(), call.node, state)
    given = container_of(arguments.positional[0], state)
    if isinstance(given, IteratorValue):
        return given
    return state.new_iterator(given if isinstance(given, ListValue) else _gone_through(*known, state))


@function_model("builtins.next")
def call_next(call: CallContext) -> Value:
    """The next item of an iterator, or of the list of all that a generator hands out, which it leaves."""
    arguments, state = call.arguments, call.state
    given, default = arguments.get(0, "iterator"), arguments.get(1, "default")
    if not isinstance(given, (IteratorValue, ListValue)) or arguments.unclear:
        return unknown_call(call.callee, arguments.all(), call.node, state)
    items, open_from = state.known_items(given), state.unknown_from(given)
    if not items and open_from is None:
        state.signal = state.signal or ("" if default else "raise")
        return default or state.unknown()
    if isinstance(given, ListValue):
        return _popped(given, "popleft", (), state) or state.unknown()
    if open_from == 0:
        state.forget_items(given)
    return state.advance(given) or state.unknown()


@function_model("builtins.filter")
def call_filter(call: CallContext) -> Value:
    """`filter(function, items)`: the items that pass; where that is not known of one, it may be among them or not."""
    state = call.state
    kept = call.arguments.get(0, "function")
    given = _given_items(call._replace(arguments=Arguments(call.arguments.positional[1:2])))
    if given is None or kept is None:
        return unknown_call(call.callee, call.arguments.all(), call.node, state)
    passing: list[Value] = []
    surely = True
    with call.interp.run.following_one_outcome():
        for item in given.items:
            truth = truth_of(
                item if kept == NONE else call.interp.call(kept, Arguments((item,)), call.node, state), state
            )
            if truth is not False:
                passing.append(item)
            surely &= truth is not None
    return _iterator(tuple(passing), None if given.unknown_from is None and surely else 0, state)


@function_model("builtins.reversed")
def call_reversed(call: CallContext) -> Value:
    """`reversed(items)`."""
    counted = call.arguments.get(0, "sequence")
    if isinstance(counted, RangeValue) and counted.count is not None:
        last = counted.start + counted.step * (counted.count - 1)
        return RangeValue(last, -counted.step, counted.count)
    given = _given_items(call)
    if given is None:
        return unknown_call(call.callee, call.arguments.all(), call.node, call.state)
    return _iterator(given.items[::-1], None if given.unknown_from is None else 0, call.state)


@function_model("builtins.sorted")
def call_sorted(call: CallContext) -> Value:
    """`sorted`: the items in an order that is not known."""
    given = _given_items(call)
    if given is None:
        return unknown_call(call.callee, call.arguments.all(), call.node, call.state)
    return call.state.new_list(given.items, None if given.unknown_from is None and len(given.items) < 2 else 0)


@function_model("itertools.chain")
def call_chain(call: CallContext) -> Value:
    """`itertools.chain(…)`: the items of all, one after another."""
    arguments, state = call.arguments, call.state
    lists = [_given_items(call._replace(arguments=Arguments((value,)))) for value in arguments.positional]
    known = [state.new_list(*given) for given in lists if given is not None]
    if len(known) < len(lists) or arguments.unclear:
        return unknown_call(call.callee, arguments.all(), call.node, state)
    return _iterator(*one_after_another(known, state), state)


@function_model("itertools.chain.from_iterable")
def call_chain_from_iterable(call: CallContext) -> Value:
    """`itertools.chain.from_iterable(lists)`: the items of all the items, one after another."""
    given = _given_items(call)
    if given is None or given.unknown_from is not None:
        return unknown_call(call.callee, call.arguments.all(), call.node, call.state)
    return call_chain(call._replace(arguments=Arguments(given.items)))


@function_model("itertools.islice")
def call_islice(call: CallContext) -> Value:
    """`itertools.islice(items, …)` with known bounds."""
    given = _given_items(call)
    bounds = [value.value if isinstance(value, Literal) else "" for value in call.arguments.positional[1:]]
    known = [bound for bound in bounds if bound is None or (isinstance(bound, int) and bound >= 0)]
    if given is None or not known or len(known) < len(bounds) or given.unknown_from is not None:
        return unknown_call(call.callee, call.arguments.all(), call.node, call.state)
    return _iterator(given.items[slice(*known)], None, call.state)


@function_model("itertools.product", "itertools.combinations")
def call_product(call: CallContext) -> Value:
    """`itertools.product(…)`, `itertools.combinations(items, count)`: tuples of items."""
    arguments, state = call.arguments, call.state
    combines = call.callee.endswith("combinations")
    sources = arguments.positional[:1] if combines else arguments.positional
    lists = [_given_items(call._replace(arguments=Arguments((value,)))) for value in sources]
    items = [given.items for given in lists if given is not None and given.unknown_from is None]
    number = arguments.positional[-1] if combines and len(arguments.positional) > 1 else NONE
    count = number.value if isinstance(number, Literal) and isinstance(number.value, int) else 0
    if len(items) < len(lists) or arguments.keywords or arguments.unclear or (combines and not count):
        return unknown_call(call.callee, arguments.all(), call.node, state)
    groups = combinations(items[0], count) if combines else product(*items)
    listed = tuple(TupleValue(group) for group in islice(groups, MAX_ITEMS + 1))
    return _iterator(listed[:MAX_ITEMS], None if len(listed) <= MAX_ITEMS else MAX_ITEMS, state)


@function_model("functools.partial")
def call_functools_partial(call: CallContext) -> Value:
    """`functools.partial(function, …)`."""
    arguments = call.arguments
    if not arguments.positional or arguments.unclear:
        return unknown_call(call.callee, arguments.all(), call.node, call.state)
    function, *given = arguments.positional
    keywords = arguments.keywords
    if isinstance(function, Partial):  # Python makes one of the two as well
        given = [*function.positional, *given]
        keywords = {**dict(function.keywords), **keywords}
        function = function.function
    return Partial(function, tuple(given), tuple(keywords.items()))


@function_model("builtins.super")
def call_super(call: CallContext) -> Value:
    """`super()`."""
    return super_of(call.interp, call.arguments, call.state)


@function_model("builtins.getattr")
def call_getattr(call: CallContext) -> Value:
    """`getattr(owner, name)` with a known name is `owner.name`; a name that is not known names nothing of a library."""
    arguments, node = call.arguments, call.node
    named = arguments.get(1, "name")
    name = spelling_of(named, call.state)
    of_library = bool(arguments.positional) and isinstance(arguments.positional[0], QualifiedName)
    if name is None and (choices := definitions_in(next(iter(arguments.positional), NONE), call.state)):
        return call.interp.one_of(choices, node.place, call.state)
    if name is None or not arguments.positional or (of_library and not isinstance(named, Literal)):
        return unknown_call(call.callee, arguments.all(), node, call.state)
    return call.interp.look_up(arguments.positional[0], ir.Attribute(node.place, node, name), call.state)


@function_model("builtins.setattr")
def call_setattr(call: CallContext) -> Value:
    """`setattr(owner, name, value)` with a known name."""
    state = call.state
    owner, named, value = (*call.arguments.positional[:3], NONE, NONE, NONE)[:3]
    name = spelling_of(named, state)
    if name is not None:
        if (ref := state.known_tensor(owner)) is not None:
            state.heap[ref, name] = value
        elif isinstance(owner, _OWNERS):
            state.heap[owner.id, name] = value
    elif isinstance(owner, (Instance, Unknown)):
        state.assume(UNMODELLED)
    return NONE


@function_model("builtins.delattr")
def call_delattr(call: CallContext) -> Value:
    """`delattr(owner, name)` with a known name."""
    owner, named = (*call.arguments.positional[:2], NONE, NONE)[:2]
    name = spelling_of(named, call.state)
    if name is not None and isinstance(owner, _OWNERS):
        call.state.heap.pop((owner.id, name), None)
    return NONE


@function_model("builtins.hasattr")
def call_hasattr(call: CallContext) -> Value:
    """`hasattr(owner, name)`, where the program tells."""
    owner, name = (*call.arguments.positional[:2], NONE, NONE)[:2]
    if isinstance(owner, Instance) and isinstance(name, Literal) and isinstance(name.value, str):
        if call.interp.attribute(owner, name.value, call.node, call.state) is not None:
            return Literal(True)
        if owner.cls.kind in {"plain", "tuple"}:
            return Literal(False)
    return non_tensor_result(call.arguments, call.state)


@function_model("builtins.type")
def call_type(call: CallContext) -> Value:
    """`type(x)`: the class of a module or of an object of the file, of a tensor."""
    arguments, state = call.arguments, call.state
    value = arguments.positional[0] if len(arguments.all()) == 1 and arguments.positional else NONE
    if isinstance(value, TensorValue) and _is_surely_tensor(value.ref, state):
        parameter = state.heap.has(value.ref, IsParameter)
        return QualifiedName("torch.nn.Parameter" if parameter else "torch.Tensor")
    cls = class_of(value)
    changed = isinstance(value, (Instance, ModuleValue)) and (
        (value.id, "__class__") in state.heap or state.heap.has(value.id, HandedOut)
    )
    changed |= isinstance(value, Instance) and class_attribute(value.cls, "__new__", state) is not None
    return non_tensor_result(arguments, state) if cls is None or changed else cls


@function_model("builtins.isinstance")
def call_isinstance(call: CallContext) -> Value:
    """`isinstance(value, classes)`, where it is known."""
    value, kinds = (*call.arguments.positional[:2], NONE, NONE)[:2]
    answers = [
        _is_a(call.interp, value, kind, call.state)
        for kind in (kinds.items if isinstance(kinds, TupleValue) else (kinds,))
    ]
    if True in answers:
        return Literal(True)
    return call.state.unknown() if None in answers else Literal(False)


@function_model("torch.is_tensor")
def call_is_tensor(call: CallContext) -> Value:
    """`torch.is_tensor(value)`, where it is known."""
    value = call.arguments.get(0, "obj") or NONE
    answer = _is_a(call.interp, value, QualifiedName("torch.Tensor"), call.state)
    return call.state.unknown() if answer is None else Literal(answer)


def _is_a(interp: Interpreter, value: Value, kind: Value, state: State) -> bool | None:
    if isinstance(value, ModuleValue) and isinstance(kind, QualifiedName) and kind.path.startswith("torch.nn."):
        name = kind.path.rpartition(".")[2]
        if name == "Module" or name == value.kind:
            return True
        return False if name in interp.run.operators.modules or name in library.CONTAINERS else None
    if isinstance(value, ModuleValue) and isinstance(kind, ClassValue) and kind.kind == "module":
        return False  # what torch.nn makes is of no class of the file
    if isinstance(value, Instance) and isinstance(kind, ClassValue):
        return kind in value.cls.lineage or (None if value.cls.kind == "" else False)
    if isinstance(value, Instance) and isinstance(kind, QualifiedName) and value.cls.kind == "module":
        return _is_a_module(interp, value, kind.path, state)
    if isinstance(value, Literal) and isinstance(kind, QualifiedName) and kind.path in _LITERAL_CLASSES:
        return isinstance(value.value, _LITERAL_CLASSES[kind.path])
    if (
        isinstance(value, TensorValue)
        and isinstance(kind, QualifiedName)
        and state.autograd.tensors[value.ref].tensor_seen
    ):
        if kind.path == "torch.Tensor":
            return True
        if kind.path in {"torch.nn.Parameter", "torch.nn.parameter.Parameter"}:
            return state.heap.has(value.ref, IsParameter)
        return False if kind.path in library.BUILTIN_CLASSES else None
    if kind == QualifiedName("torch.Tensor") and isinstance(value, _NO_TENSORS):
        return False
    if isinstance(value, (TupleValue, ListValue, DictValue)) and isinstance(kind, QualifiedName):
        own = {TupleValue: "tuple", ListValue: "list", DictValue: "dict"}[type(value)]
        return kind.path == f"builtins.{own}" if kind.path in library.CLASSES else None
    return None


def _is_a_module(interp: Interpreter, value: Instance, path: str, state: State) -> bool | None:
    """Whether a module of a class of the file is one of torch.nn, too: by a base of its class."""
    if path == "torch.nn.Module":
        return True
    if not path.startswith("torch.nn."):
        return None
    base = base_module(value, state)
    return False if base is None else _is_a(interp, base, QualifiedName(path), state)


_LITERAL_CLASSES = {"builtins.int": int, "builtins.float": float, "builtins.str": str, "builtins.bool": bool}
_NO_TENSORS = (Literal, TupleValue, ListValue, DictValue, ModuleValue, NonTensor)


def list_method(call: CallContext, receiver: ListValue) -> Value | None:
    """A method of a list or a deque; None where it is not known what it does."""
    arguments, state, name = call.arguments, call.state, call.callee
    given = arguments.positional
    if name == "extend":
        given = tuple(listed(call.interp, call.interp.exhaust(value, call.node, state), state) for value in given)
    if arguments.keywords or arguments.unclear:
        return None
    if name in {"pop", "popleft"}:
        return _popped(receiver, name, given, state)
    if name == "copy" and not given:
        return state.new_list(state.known_items(receiver), state.unknown_from(receiver))
    changed = _changed(receiver, name, given, state)
    if changed is None:
        return None
    items, open_from = changed
    limit = state.heap.fact(receiver.id, MaxLength)
    if limit is not None:
        if open_from is not None or name not in {"append", "extend", "clear"} or limit.length < 1:
            return None
        items = items[-limit.length :]
    state.set_items(receiver, items, open_from)
    return NONE


def dict_method(
    receiver: DictValue, name: str, arguments: Arguments, node: ir.Expression, state: State
) -> Value | None:
    """A method of a dict whose entries are known; None for any other."""
    entries = state.entries_of(receiver)
    if entries is None or arguments.unclear:
        return None
    if name == "values":
        return TupleValue(tuple(value for _, value in entries))
    if name == "keys":
        return TupleValue(tuple(key for key, _ in entries))
    if name == "items":
        return TupleValue(tuple(TupleValue((key, value)) for key, value in entries))
    if name == "copy":
        return state.new_dict(entries)
    if name == "clear":
        state.set_entries(receiver, ())
        return NONE
    if name == "update":
        return _updated(receiver, entries, arguments, state)
    key = arguments.get(0, "key")
    if key is None or name not in {"get", "pop", "setdefault"}:
        return None
    kept = next((value for each, value in entries if each == key), None)
    if name == "pop":
        state.set_entries(receiver, [(each, value) for each, value in entries if each != key])
    elif name == "setdefault" and kept is None:
        kept = arguments.get(1, "default") or NONE
        state.set_entries(receiver, [*entries, (key, kept)])
    if kept is None and not isinstance(key, Literal):
        return unknown_holding(state.tensors_in(receiver), node.place, state)
    return kept or arguments.get(1, "default") or NONE


def _updated(
    receiver: DictValue, entries: list[tuple[Value, Value]], arguments: Arguments, state: State
) -> Value | None:
    added: list[tuple[Value, Value]] | None = []
    if arguments.positional:
        given = arguments.positional[0]
        added = state.entries_of(given) if isinstance(given, DictValue) else None
    if added is None:
        return None
    named = ((Literal(name), value) for name, value in arguments.keywords.items())
    state.set_entries(receiver, [*entries, *added, *named])
    return NONE


def make_grad_mode(path: str, arguments: Arguments, state: State) -> Value:
    """A grad mode as a value; `set_grad_enabled(flag)` acts at once."""
    enabled, given = library.GRAD_MODES[path], arguments.get(0, "mode")
    if enabled is None:
        if not _is_flag(given):
            state.assume(UNMODELLED)
            return QualifiedName(contexts.GRAD_UNKNOWN)
        mode = contexts.mode_set(path, given == Literal(True))
        state.set_mode(mode)
        return QualifiedName(mode)
    if given is not None and path.endswith("inference_mode"):
        if _is_flag(given):
            return QualifiedName(contexts.mode_set(path, given == Literal(False)))
        if not _is_code(given):
            return QualifiedName(contexts.GRAD_UNKNOWN)
    mode = contexts.mode_set(path, enabled)
    return decorate_with_mode(mode, given, state) if given is not None and _is_code(given) else QualifiedName(mode)


def decorate_with_mode(mode: str, function: Value, state: State) -> Value:
    """What a grad mode makes of a function of the file, or of one with some of its arguments: another that sets it."""
    if isinstance(function, Partial):
        return replace(function, function=decorate_with_mode(mode, function.function, state))
    if not isinstance(function, FunctionValue):
        return state.unknown()
    twin = replace(function, id=state.autograd.tick())
    for key, entry in state.heap.entries(function.id):
        state.heap[twin.id, key] = entry
    state.heap.note(twin.id, GradModeOf(mode))
    return twin


def _is_surely_tensor(ref: int, state: State) -> bool:
    """Whether something shows a tensor, and not an array on one's memory."""
    tensor = state.autograd.tensors[ref]
    return tensor.tensor_seen and tensor.counter is not None


def _is_flag(value: Value | None) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, bool)


def _is_code(value: Value) -> bool:
    return isinstance(value, FunctionValue) or (isinstance(value, Partial) and _is_code(value.function))


def _gone_through(items: tuple[Value, ...], open_from: int | None, state: State) -> TupleValue | ListValue:
    """What is gone through but not changed: a tuple, where all its items are known."""
    return TupleValue(items) if open_from is None else state.new_list(items, open_from)


def _iterator(items: tuple[Value, ...], open_from: int | None, state: State) -> Value:
    """An iterator over these items, and others from `unknown_from` on."""
    return state.new_iterator(_gone_through(items, open_from, state))


def listed(interp: Interpreter, value: Value, state: State) -> Value:
    """The views that chunk, split or unbind give as a tuple, where few are known to be all; any other value as it is."""
    if not isinstance(value, LazyViews) or value.count is None or value.count > MAX_ITEMS:
        return value
    return TupleValue(tuple(view_at(interp, value, number, state) for number in range(value.count)))


def one_after_another(lists: Iterable[Value], state: State) -> KnownItems:
    """The items of several lists or tuples as those of one."""
    items: tuple[Value, ...] = ()
    open_from: int | None = None
    for each in lists:
        begins = state.unknown_from(each)
        if open_from is None and begins is not None:
            open_from = len(items) + begins
        items += state.known_items(each)
    return KnownItems(items, open_from)


def _changed(receiver: ListValue, name: str, given: tuple[Value, ...], state: State) -> KnownItems | None:
    """A list's items after a method that gives nothing back; None where they are not known."""
    items, open_from = state.known_items(receiver), state.unknown_from(receiver)
    if name == "append" and given:
        return KnownItems((*items, given[-1]), open_from)
    if name == "appendleft" and len(given) == 1:
        return KnownItems((given[0], *items), None if open_from is None else open_from + 1)
    if name == "extend" and len(given) == 1 and isinstance(container_of(given[0], state), (TupleValue, ListValue)):
        return one_after_another((receiver, container_of(given[0], state)), state)
    if name == "insert" and len(given) == 2 and isinstance(given[0], Literal) and isinstance(given[0].value, int):
        place = given[0].value
        if open_from is not None and not 0 <= place <= open_from:
            return KnownItems((*items, given[1]), 0 if place < 0 else open_from)
        kept = list(items)
        kept.insert(place, given[1])
        return KnownItems(tuple(kept), None if open_from is None else open_from + 1)
    if name == "reverse" and not given:
        return KnownItems(items[::-1], None if open_from is None else 0)
    return KnownItems((), None) if name == "clear" and not given else None


def _popped(receiver: ListValue, name: str, given: tuple[Value, ...], state: State) -> Value | None:
    """What a list loses; of one that may hold more than is known, any item may be the one, unless its place is known."""
    items, open_from = state.known_items(receiver), state.unknown_from(receiver)
    place = 0 if name == "popleft" else given[0].value if given and isinstance(given[0], Literal) else -1
    if not isinstance(place, int) or (given and not isinstance(given[0], Literal)):
        return None
    if open_from is not None and not 0 <= place < open_from:
        state.forget_items(receiver)
        return state.unknown()
    if not -len(items) <= place < len(items):
        return None
    kept = list(items)
    taken = kept.pop(place)
    state.set_items(receiver, tuple(kept), None if open_from is None else open_from - 1)
    return taken


def _pairs(items: tuple[Value, ...] | None, state: State) -> list[tuple[Value, Value]] | None:
    pairs = [state.items_of(item) for item in items or ()]
    known = [(pair[0], pair[1]) for pair in pairs if pair is not None and len(pair) == 2]
    return known if items is not None and len(known) == len(pairs) else None


_OWNERS = (Unknown, Instance, ModuleValue, ClassValue, FunctionValue, LibraryInstance)
_NUMBERS: dict[str, Callable[..., object]] = {"builtins.bool": bool, "builtins.int": int, "builtins.float": float}
_TUPLES = frozenset({"builtins.tuple", "torch.Size"})

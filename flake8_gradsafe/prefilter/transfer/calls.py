"""Calls: what they give of what they are given, what they keep of it, and what they write."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.effects import STARRED, Summary
from flake8_gradsafe.prefilter.points_to import (
    EMPTY,
    LEAF,
    UNKNOWN,
    VIA_NUMPY,
    CallArgument,
    CallSite,
    Locations,
    PointsTo,
)
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Calls(PointsTo):
    """Calls of methods, of functions of libraries, and of what the file makes itself."""

    def locations(self, node: ir.Expression) -> Locations:
        """The memory that an expression's value may share."""
        raise NotImplementedError

    def _call(self, node: ir.Call) -> Locations:
        function = node.function
        given = [self.locations(each.value) for each in queries.positional(node)]
        named: dict[str, Locations] = {}
        for keyword in queries.keywords(node):
            for name, memory in self._given_by_name(keyword):
                named[name] = named.get(name, EMPTY) | memory
        if self.inner:
            self._hand_to_inner(node, given, named)
        if isinstance(function, ir.Attribute):
            root = queries.root_of(function)
            if root in self.imported and root not in self.names:
                path = f"{self.imported[root] or root}{queries.dotted(function)[len(root) :]}"
                return self._library_call(node, path, given, named)
            return self._method(node, function, given, named)
        if isinstance(function, ir.Name):
            return self._named_call(node, function, given, named)
        self.locations(function)
        return self._call_own(node, self.around.calling(function), given, named)

    def _given_by_name(self, keyword: ir.Argument) -> Iterator[tuple[str, Locations]]:
        """The name of an argument and what it is; for a dict, those of its items where all are known."""
        value = keyword.value
        if keyword.name is not None:
            yield keyword.name, self.locations(value)
        elif isinstance(value, ir.Name) and (keys := self._keys.get(value.id)) is not None:
            yield from ((key, self.names[value.id]) for key in keys)
        else:
            yield STARRED, self.locations(value)

    def _library_call(self, node: ir.Call, path: str, given: list[Locations], named: dict[str, Locations]) -> Locations:
        """A function that comes from a module."""
        origin, name = path.partition(".")[0], path.rpartition(".")[2]
        if origin == "math":
            return EMPTY
        if origin == "numpy":
            return self._array_call(name, given, named)
        summary = self.operations.function(path)
        if summary is None:
            return self._unknown_call(node, name, given, seen=origin == "torch")
        if given:
            self.found.seen |= self._innermost(given[0])
        return self._result(summary, given, named, node, seen=True)

    def _array_call(self, name: str, given: list[Locations], named: dict[str, Locations]) -> Locations:
        """A function of NumPy: few give memory that they were given."""
        if f"numpy.{name}" in library.NUMPY_WRITERS and given:
            self._write(given[0])
        if "out" in named:
            self._write(named["out"])
        operands = EMPTY.union(*given, *named.values())
        if not operands:
            return EMPTY
        return operands if f"numpy.{name}" in library.TO_NUMPY else self._result_of(EMPTY)

    def _unknown_call(self, node: ir.Call, name: str, given: list[Locations], *, seen: bool) -> Locations:
        """Code of another file: what ends in `_` works in place, and nothing shows that what it gives was computed."""
        if queries.is_inplace(name):
            if given:
                self.found.seen |= self._innermost(given[0])
                self._write(given[0], initialises=True)
            return given[0] if given else EMPTY
        if name in {"Parameter", "Variable"} or any(each.name == "requires_grad" for each in node.arguments):
            made = self._new(seen=True)
            self.found.graded |= made
            return LEAF | made
        made = self._new(outside=name != "apply", seen=seen)  # what a custom Function gives is computed
        if name in _UNGRADED:
            self._ungraded |= made
        if name in self.operations.kinds:
            self.found.graded |= made
        if name == "apply" and self._without_grad:
            return made | UNKNOWN  # a custom Function may give a view
        return made

    def _method(
        self, node: ir.Call, function: ir.Attribute, given: list[Locations], named: dict[str, Locations]
    ) -> Locations:
        name = function.attr
        own = self.around.calling(function)
        receiver = EMPTY if queries.is_own(function.value) else self.locations(function.value)
        if own is not None:
            if not receiver or self._summary(name) is None:
                return self._call_own(node, own, given, named, receiver)
            self._call_own(node, own, given, named)
        if name in queries.CONTAINING:
            taken = EMPTY.union(*given, *named.values())
            self._store_into(function.value, taken)
            return receiver | taken
        special = _METHODS.get(name)
        if special is not None:
            return special(self, node, function, receiver)
        if name in library.PLAIN_METHODS:
            self._tensors |= self._innermost(receiver)
            return EMPTY
        given = [receiver, *given]
        plain = all(each.name is None and not each.star and queries.is_number(each.value) for each in node.arguments)
        summary = self._summary(name, plain=plain) or self._summary(name)
        if summary is None:
            return self._unknown_call(node, name, given, seen=name in library.FACTORY_METHODS)
        if queries.is_inplace(name) or not _OF_TENSORS_ALONE.isdisjoint(named):
            self.found.seen |= self._innermost(receiver)
        return self._result(summary, given, named, node)

    def _detach(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        self.found.detached |= receiver - UNKNOWN
        return receiver | UNKNOWN if not receiver <= self._ungraded else receiver

    def _numpy(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        return receiver | VIA_NUMPY if receiver else EMPTY

    def _same(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        return receiver

    def _requires_grad(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        arguments = queries.positional(node)
        self._require(receiver, arguments[0].value if arguments else ir.Constant(node.place, True))
        return receiver

    def _detach_in_place(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        self._cut_in_place(function.value, receiver)
        return receiver

    def _save(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        """`ctx.save_for_backward(…)`."""
        self.found.keeps |= EMPTY.union(*(self.locations(each.value) for each in queries.positional(node)))
        return EMPTY

    def _saved_tensors(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        return LEAF

    def _load(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        self._write(LEAF, initialises=True)
        return EMPTY

    def _write_array(self, node: ir.Call, function: ir.Attribute, receiver: Locations) -> Locations:
        if receiver <= self.outside or not receiver.isdisjoint(VIA_NUMPY):
            self._write(receiver, doubtful=True)
        return receiver

    def _named_call(
        self, node: ir.Call, function: ir.Name, given: list[Locations], named: dict[str, Locations]
    ) -> Locations:
        name = function.id
        if name in self.inner:
            return self._inner_call(name, given, named)
        own = self.around.calling(function, local=name in self.names)
        if own is not None:
            return self._call_own(node, own, given, named, self.names.get(name, EMPTY))
        if name in self.imported:
            return self._library_call(node, self.imported[name] or name, given, named)
        if name in library.PLAIN_BUILTINS:
            return EMPTY
        if name == "getattr" and given:
            return self._part(given[0], "*") | EMPTY.union(*given[2:])
        if name == "abs":
            return self._result(self._summary("abs"), given, named)
        summary = None if hasattr(builtins, name) else self.operations.function(name)
        everything = EMPTY.union(*given, *named.values())
        return everything if summary is None else everything | self._result(summary, given, named, node, seen=True)

    def _inner_call(self, name: str, given: list[Locations], named: dict[str, Locations]) -> Locations:
        parameters, gives = self.inner[name]
        arguments = EMPTY.union(*given, *named.values())
        self._bind_inner(parameters, arguments)
        if not parameters.isdisjoint(self.found.keeps):
            self._mark_saved(arguments)
        made = self._result_of(arguments) | (gives - parameters)
        return made if gives.isdisjoint(parameters) else made | arguments

    def _bind_inner(self, parameters: Locations, arguments: Locations) -> None:
        """A function inside is given these, by name or by whatever it is handed to."""
        if not arguments.isdisjoint(self.found.keeps):
            self.found.saved_late |= parameters
        if self.is_tensor(arguments):
            self.found.seen |= parameters

    def _hand_to_inner(self, node: ir.Call, given: list[Locations], named: dict[str, Locations]) -> None:
        for each in _plain_values(node):
            handed = (each.function.id,) if isinstance(each, ir.Call) and isinstance(each.function, ir.Name) else ()
            for name in (*handed, each.id if isinstance(each, ir.Name) else ""):
                if name in self.inner:
                    everything = EMPTY.union(*(parameters for parameters, _ in self.inner.values()))
                    self._bind_inner(everything, EMPTY.union(*given, *named.values()))

    def _call_own(
        self,
        node: ir.Call,
        summary: Summary | None,
        given: list[Locations],
        named: dict[str, Locations],
        receiver: Locations = EMPTY,
    ) -> Locations:
        """A call of what the file makes itself: what it is given may be kept, written and given back."""
        if summary is None:
            return self._new()
        placed = queries.placed(queries.positional(node))
        if placed < len(given):
            named = {**named, STARRED: named.get(STARRED, EMPTY).union(*given[placed:])}
        self._pass_on(summary.runs, node, given[:placed], named)
        made = self._new(outside=summary.makes, seen=summary.layer or summary.shows)
        if summary.layer and given:
            self.found.seen |= self._innermost(given[0])
            self._tensors |= made | self._innermost(given[0])
        self._derived[self._made] = EMPTY.union(receiver, *given, *named.values())
        if summary.grades:
            self.found.graded |= made
        if summary.grades or summary.writes:
            self._ungraded -= EMPTY.union(receiver, *given, *named.values())
        arguments = list(summary.by_parameter(given[:placed], named))
        for name, memory in arguments:
            if summary.may(summary.writes, name):
                self._write(memory)
        for name, memory in arguments:
            if summary.may(summary.saves, name):
                self._mark_saved(memory)
        if summary.saves:
            self._mark_saved(receiver)
        if summary.keeps_result:
            self._mark_saved(made)
        if summary.parts:
            return self._tuple_of([self._given_back(part, arguments, receiver) for part in summary.parts])
        return made | self._shared(summary, arguments, receiver)

    def _pass_on(
        self, runs: frozenset[str] | None, node: ir.Call, given: list[Locations], named: dict[str, Locations]
    ) -> None:
        """Note what a call hands to functions of the file."""
        containers: set[int | str | None] = {
            place for place, each in enumerate(_plain_values(node)) if each is not None and self._is_container(each)
        }
        containers.update(each.name for each in queries.keywords(node) if self._is_container(each.value))
        arguments: dict[int | str, Locations] = dict(enumerate(given))
        arguments.update(named)
        handed: list[CallArgument] = []
        for place, memory in arguments.items():
            whole = self._with_wholes(memory)
            handed.append(CallArgument(whole, not whole.isdisjoint(self.found.keeps), place in containers))
        self.found.passed.append(CallSite(runs, tuple(arguments), tuple(handed)))

    def _is_container(self, node: ir.Expression) -> bool:
        return queries.makes_container(node) or (isinstance(node, ir.Name) and node.id in self.containers)

    def _shared(self, summary: Summary, arguments: Iterable[tuple[str, Locations]], receiver: Locations) -> Locations:
        if not summary.shares:
            return EMPTY
        return receiver.union(*(memory for name, memory in arguments if summary.may(summary.shares, name)))

    def _given_back(self, part: Summary, arguments: list[tuple[str, Locations]], receiver: Locations) -> Locations:
        made = self._result_of(EMPTY.union(*(memory for _, memory in arguments)))
        if part.keeps_result:
            self._mark_saved(made)
        return made | self._shared(part, arguments, receiver)

    def _tuple_of(self, items: list[Locations]) -> Locations:
        everything = EMPTY.union(*items)
        self._tuples[everything] = items
        return everything

    def _summary(self, name: str, *, plain: bool = False) -> Summary | None:
        return self.operations.method(name, plain=plain)

    def _result(
        self,
        summary: Summary | None,
        given: list[Locations],
        named: dict[str, Locations],
        node: ir.Call | None = None,
        *,
        seen: bool = False,
    ) -> Locations:
        """What an operator gives of its operands, and what it keeps of them."""
        made = self._new(seen=seen)
        operands = EMPTY.union(*given, *named.values())
        self._derived[self._made] = operands
        if self._passes_none(operands) or (node is not None and queries.called(node) in library.COMPARISONS):
            self._ungraded |= made
        if summary is None:
            return made
        if node is not None:
            self._tensors |= made
            self._write_operands(summary, given, named, node)
        self._save_operands(summary, given, named)
        shared = self._shared(summary, summary.by_parameter(given, named), EMPTY)
        if node is not None and queries.called(node) in library.CONVERSIONS and operands <= self.outside:
            self.outside |= made
        if shared and shared <= self.outside:
            self.outside |= made
        if summary.keeps_result and not self._passes_none(operands):
            self._mark_saved(
                made | (given[0] if given and node is not None and queries.writes_first(node, summary) else EMPTY)
            )
        if summary.guards or (shared and self._without_grad):
            made |= UNKNOWN
        if node is not None and any(each.name == "requires_grad" for each in node.arguments):
            self._ungraded -= made
            self.found.graded |= made
            made |= LEAF
        return made | shared

    def _write_operands(
        self, summary: Summary, given: list[Locations], named: dict[str, Locations], node: ir.Call
    ) -> None:
        if given and queries.writes_first(node, summary):
            self._computed_in(given[0], EMPTY.union(*given[1:], *named.values()))
            self._write(given[0], initialises=queries.initialises(node))
        if "out" in named:
            self._computed_in(named["out"], EMPTY.union(*given))
            self._write(named["out"])


def _plain_values(call: ir.Call) -> list[ir.Expression | None]:
    """What is given at each place, None for what has a star."""
    return [None if each.star else each.value for each in queries.positional(call)]


#: Arguments that only methods of tensors take.
_OF_TENSORS_ALONE = frozenset({"dim", "keepdim"})

#: Functions and methods of these names give what no gradient passes, whatever they are given.
_UNGRADED = library.COMPARISONS | library.FACTORY_METHODS | {path.rpartition(".")[2] for path in library.FACTORIES}

_METHODS: dict[str, Callable[[Calls, ir.Call, ir.Attribute, Locations], Locations]] = {
    "detach": Calls._detach,
    **dict.fromkeys(library.TO_NUMPY_METHODS, Calls._numpy),
    "cpu": Calls._same,
    "requires_grad_": Calls._requires_grad,
    "detach_": Calls._detach_in_place,
    "load_state_dict": Calls._load,
    "save_for_backward": Calls._save,
    **dict.fromkeys(queries.HANDING_OUT, Calls._saved_tensors),
    **dict.fromkeys(library.ARRAY_WRITERS, Calls._write_array),
}

"""The effects of an operation on the memory of its operands, whatever its form.

They are measured facts, looked up by the last of the operation's names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from flake8_gradsafe.autograd.operators import OpBehaviour, OperatorTable, OpRef

#: The place of an argument that may be any of several, or none: what a star gives.
STARRED = "**"


@dataclass(frozen=True, slots=True)
class Summary:
    """The effects that calls of one name may have.

    `parameters` are its operands in order, `saves` those that it may keep for backward. `keeps_result`: it may keep what it
    gives; `shares` are the operands whose memory that may be; `writes` those that it may write in place. `guards`: its
    results may be views that PyTorch guards against writes.

    Of what the file makes itself: `makes`: an object of one of its classes. `layer`: a measured layer, which is given a
    tensor. `runs` names the functions of the file that run then (`f`, `Class.forward`), None where it may be any. `parts`:
    where it gives a tuple, what holds of each of its items. `grades`: what it gives may require grad, whatever it is given;
    `shows`: something shows that what it gives is a tensor.
    """

    parameters: tuple[str, ...] = ()
    saves: frozenset[str] = frozenset()
    keeps_result: bool = False
    shares: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    guards: bool = False
    makes: bool = False
    layer: bool = False
    runs: frozenset[str] | None = frozenset()
    parts: tuple[Summary, ...] = ()
    grades: bool = False
    shows: bool = False

    def __or__(self, other: Summary) -> Summary:
        """The join: what either may do."""
        parameters = max(self.parameters, other.parameters, key=len)
        alike = all(effect.parameters == parameters[: len(effect.parameters)] for effect in (self, other))
        return Summary(
            parameters,
            _either(self.saves, other.saves, alike=alike),
            self.keeps_result or other.keeps_result,
            _either(self.shares, other.shares, alike=alike),
            _either(self.writes, other.writes, alike=alike),
            self.guards or other.guards,
            self.makes or other.makes,
            self.layer or other.layer,
            None if self.runs is None or other.runs is None else self.runs | other.runs,
            _parts_of_either(self, other),
            self.grades or other.grades,
            self.shows or other.shows,
        )

    def __le__(self, other: Summary) -> bool:
        """The order: True if the other may do all that this one may."""
        return self | other == other

    def by_parameter(
        self, given: Sequence[frozenset[int]], named: Mapping[str, frozenset[int]]
    ) -> Iterator[tuple[str, frozenset[int]]]:
        """Yield each argument with its parameter; arguments beyond the last parameter belong to that."""
        last = len(self.parameters) - 1
        for place, argument in enumerate(given):
            yield self.parameters[min(place, last)] if self.parameters else "*", argument
        yield from named.items()

    def may(self, what: frozenset[str], parameter: str) -> bool:
        """True if a parameter is in this set of operands, or may be."""
        return parameter in what or "*" in what or (bool(what) and parameter in {"*", STARRED})


def _parts_of_either(one: Summary, other: Summary) -> tuple[Summary, ...]:
    if one == BOTTOM or other == BOTTOM:
        return one.parts or other.parts
    if len(one.parts) != len(other.parts):
        return ()
    return tuple(first | second for first, second in zip(one.parts, other.parts, strict=True))


def _either(one: frozenset[str], other: frozenset[str], *, alike: bool) -> frozenset[str]:
    """Return the operands of either of two summaries; any operand, where their parameters differ."""
    return one | other if alike or not (one or other) else frozenset({"*"})


#: Any operand.
ANY = frozenset({"*"})

#: Gives what shares no memory with anything and that nobody keeps, and writes nothing.
BOTTOM = Summary()
#: May keep what it is given, give it back, and keep what it gives.
TOP = Summary(saves=ANY, keeps_result=True, shares=ANY, runs=None, grades=True)


class OperatorEffects:
    """The table of operators, looked up by how an operator is called."""

    def __init__(self, table: OperatorTable) -> None:
        """Index the table."""
        self._table = table
        self._by_last_name: dict[str, list[OpRef]] = {}
        for spelled, spelling in table.functions.items():
            self._by_last_name.setdefault(spelled.rpartition(".")[2], []).append(spelling)
        #: The classes of layers that were measured.
        self.kinds = frozenset(table.modules)
        #: The kinds of modules that can work in place.
        self.inplace_kinds = frozenset(
            kind for kind, row in table.modules.items() if any("inplace" in form for form in row["forms"])
        )
        self._known: dict[tuple[OpRef, bool], Summary] = {}
        self._layers: dict[str, Summary | None] = {}

    def method(self, name: str, *, plain: bool = False) -> Summary | None:
        """Return the effects of a tensor's method; None if it has none of this name. `plain`: all arguments are numbers."""
        spelling = self._table.methods.get(name)
        return None if spelling is None else self._summary_of_operator(spelling, plain=plain)

    def function(self, path: str, *, plain: bool = False) -> Summary | None:
        """Return the effects of a function, by its full name, or by the last part of a name that is not known."""
        spelling = self._table.functions.get(path)
        if spelling is not None:
            return self._summary_of_operator(spelling, plain=plain)
        alike = self._by_last_name.get(path.rpartition(".")[2], ())
        return reduce(or_, (self._summary_of_operator(operator, plain=plain) for operator in alike)) if alike else None

    def layer(self, kind: str) -> Summary | None:
        """Return the effects of calling a module of `torch.nn` made without any switch; None if it was not measured."""
        if kind not in self._layers:
            forms = self._table.modules.get(kind, {}).get("forms", {})
            plain = [form for form in forms if "inplace:True" not in form]
            facts = (self._table.module_behaviour(kind, form) for form in plain or forms)
            self._layers[kind] = replace(self._of_facts(("input",), facts), layer=True, grades=True) if forms else None
        return self._layers[kind]

    def _summary_of_operator(self, spelling: OpRef, *, plain: bool) -> Summary:
        key = (spelling, plain)
        if key not in self._known:
            operator = spelling.operator
            forms = operator.inplace_forms if spelling.inplace else operator.forms
            measured = [form for form in forms if not plain or _is_plain(form)] or list(forms)
            parameters = tuple(parameter for parameter in operator.parameters if parameter != "*")
            summary = self._of_facts(parameters, (self._table.behaviour(spelling, form) for form in measured))
            if spelling.reflected:
                summary = replace(summary, parameters=parameters[::-1])
            if operator.name in library.CONVERSIONS:
                summary = replace(summary, shares=summary.shares | frozenset(parameters[:1]))
            self._known[key] = summary
        return self._known[key]

    def _of_facts(self, parameters: tuple[str, ...], facts: Iterable[OpBehaviour | None]) -> Summary:
        known = [fact for fact in facts if fact is not None]
        # What is not sure takes a premise, and with a caller's backward that makes two: that is advice.
        kept = {slot.what for fact in known for slot in fact.saves if slot.sure}
        return Summary(
            parameters,
            frozenset(what for what in kept if not what.startswith("output")),
            any(what.startswith("output") for what in kept),
            frozenset(alias.parameter for fact in known for alias in fact.aliases if alias.sure),
            frozenset(what for fact in known for what, seen in fact.writes if seen and what in parameters),
            any(fact.multi_view for fact in known),
        )


def _is_plain(form: str) -> bool:
    """True if no operand but the first is a tensor."""
    _, *others = form.split(",")
    return all(other.rpartition(":")[2] not in _TENSORS for other in others)


_TENSORS = frozenset("TIBLC")

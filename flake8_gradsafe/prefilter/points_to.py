"""The memory that values share, what may keep it, and what writes it, as one function shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from flake8_gradsafe.prefilter import queries
from flake8_gradsafe.prefilter.effects import Summary
from flake8_gradsafe.syntax import program as ir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.prefilter.effects import OperatorEffects

#: The memory that an expression's value may share: a set of numbers, one for each thing that was made at one time.
Locations = frozenset[int]

EMPTY: Locations = frozenset()
#: Memory that something keeps for all that is known.
UNKNOWN: Locations = frozenset({0})
#: Memory reached through `.data`.
VIA_DATA: Locations = frozenset({1})
#: Memory reached through `.numpy()`.
VIA_NUMPY: Locations = frozenset({2})
#: Memory of a leaf that requires grad, or a view of one: with grad mode on it must not be written.
LEAF: Locations = frozenset({3})
_FIRST = 3


class FileFacts(Protocol):
    """The questions that a function's flow asks of the file that it stands in."""

    def calling(self, callee: ir.Expression, *, local: bool = False) -> Summary | None:
        """Return what calling an expression of the file's own making may do; None where the file does not tell."""

    def attribute(self, node: ir.Attribute) -> Locations:
        """The memory of an object's attribute."""

    def is_rebound(self, name: str) -> bool:
        """True if a function may bind a name of the module's anew."""

    def grades(self, name: str) -> bool:
        """True if a name of the module may stand for what requires grad."""


@dataclass(frozen=True, slots=True)
class Write:
    """A place at which memory may be written, and the memory.

    `saved_before`: something in the function may have kept it before. `maybe_not_tensor`: nothing here says that it is a
    tensor at all; `stores`: a container would take in an item here. `initialises_or_updates`: what is written comes from
    outside and was not used before, and autograd does not look: only code that comes back to it can be hurt.
    """

    memory: Locations
    saved_before: bool
    maybe_not_tensor: bool
    stores: bool
    initialises_or_updates: bool


class CallArgument(NamedTuple):
    """An argument. `saved_before`: something may have kept it before the call; `holds`: it is a container of such memory."""

    memory: Locations
    saved_before: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call of functions of the file and its arguments: `names` are the functions', None where it may be any of them.

    `places` are those of the arguments, as `signatures` has them.
    """

    names: frozenset[str] | None
    places: tuple[int | str, ...]
    given: tuple[CallArgument, ...]


@dataclass(slots=True)
class FunctionEffects:
    """The effects that a function's flow has shown.

    `bound` are the attributes of the function's own object that it binds, with what to; `frozen` is what is told to require
    no grad. `has_no_effect`: a statement may have no effect, or be refused at once. `cuts_given`: it calls `detach_()` on
    what it is given. `returns` is the memory of what is returned, `tuples` that of the items of each tuple that is. `keeps`
    is all that operators may keep, `saved_late` what turns out to be kept before functions inside are run, `graded` what may
    require grad for sure, `seen` what was shown to be a tensor, `detached` what `detach()` gives a handle of.
    """

    writes: list[Write] = field(default_factory=list)
    passed: list[CallSite] = field(default_factory=list)
    frozen: list[Locations] = field(default_factory=list)
    bound: list[tuple[str, Locations]] = field(default_factory=list)
    has_no_effect: bool = False
    cuts_given: bool = False
    returns: Locations = EMPTY
    tuples: list[tuple[Locations, ...]] = field(default_factory=list)
    keeps: set[int] = field(default_factory=lambda: {0})
    saved_late: set[int] = field(default_factory=set)
    graded: set[int] = field(default_factory=set)
    seen: set[int] = field(default_factory=set)
    detached: set[int] = field(default_factory=set)


class PointsTo:
    """The knowledge of memory while one function is gone through."""

    def __init__(
        self,
        operations: OperatorEffects,
        around: FileFacts,
        imported: Mapping[str, str],
        written: Mapping[ir.Statement, ir.Statement],
        *,
        applied: bool = False,
    ) -> None:
        """Begin with nothing known. `imported` are the names of the file that stand for no tensor, with their origin,
        `written` what stands in the text for some statements.

        `applied`: it is a custom Function's, which runs without grad and keeps what its context takes in.
        """
        self.operations = operations
        self.around = around
        self.imported = imported
        self.written = written
        self.found = FunctionEffects()
        #: The memory of the parameters' arguments, the memory of names, and the names that stand for containers.
        self.given: dict[str, Locations] = {}
        self.names: dict[str, Locations] = {}
        self.containers: set[str] = set()
        #: The keys of names that stand for nothing but dicts which are written out; None where one may have others.
        self.keys: dict[str, frozenset[str] | None] = {}
        #: Names that stand for a module's parameters, one after another.
        self.handed_out: set[str] = set()
        #: The parameters of the functions inside, and what they give.
        self.inner: dict[str, tuple[Locations, Locations]] = {}
        #: The memory that may be held elsewhere, of leaves, of tensors for sure, and that which no gradient passes so far.
        self.outside: set[int] = {0, 1, 2, 3}
        self.leaves: set[int] = {*LEAF}
        self.tensors: set[int] = set()
        self.ungraded: set[int] = set()
        #: For each memory, the memory that it was computed from; and the items of tuples that were given.
        self.derived: dict[int, Locations] = {}
        self.tuples: dict[Locations, list[Locations]] = {}
        self._parts: dict[tuple[Locations, str], Locations] = {}
        self._wholes: dict[int, Locations] = {}
        #: The numbers of the rounds that are gone through, and what all rounds but the last bind to names.
        self.counters: set[str] = set()
        self.passing: dict[str, Locations] = {}
        #: The memory that the last conditional expression gives only where its test holds.
        self.first_choice = EMPTY
        #: The last thing that was made, and how many contexts around have grad mode off.
        self.made = _FIRST
        self.without_grad = int(applied)
        self.applied = applied

    @cached_property
    def outer(self) -> Locations:
        """The memory of the function's arguments, and of its object's attributes.

        It is complete once the function has been gone through.
        """
        return EMPTY.union(*self.given.values(), (location for location in self.outside if location < 0))

    def is_tensor(self, memory: Locations) -> bool:
        """True if anything shows that one of these is a tensor, or was computed from one."""
        return self._comes_from(memory, self.found.seen)

    def requires_grad(self, memory: Locations) -> bool:
        """True if one of these is known to require grad, or was computed from what is."""
        return self._comes_from(memory, self.found.graded)

    def _comes_from(self, memory: Locations, marked: set[int]) -> bool:
        pending, looked_at = list(memory), set(memory)
        while pending:
            location = pending.pop()
            if location in marked:
                return True
            more = (self.derived.get(location, EMPTY) | self._wholes.get(location, EMPTY)) - looked_at
            looked_at |= more
            pending += more
        return False

    def new(self, *, outside: bool = False, seen: bool = False) -> Locations:
        """Return memory for a value that is made here. `outside`: it may be held elsewhere; `seen`: it is a tensor."""
        self.made += 1
        if outside:
            self.outside.add(self.made)
        if seen:
            self.found.seen.add(self.made)
        return frozenset({self.made})

    def result_of(self, operands: Locations) -> Locations:
        """Return the memory of a value that is computed from these: a tensor if one of them is."""
        made = self.new()
        if self.passes_none(operands):
            self.ungraded |= made
        self.derived[self.made] = operands
        return made

    def part(self, whole: Locations, name: str) -> Locations:
        """Return the memory that an object holds under a name.

        It is not the object's own, but whoever keeps the object keeps it.
        """
        if not whole:
            return EMPTY
        key = (whole, name)
        if key not in self._parts:
            self._parts[key] = self.new(outside=whole <= self.outside)
            self._wholes[self.made] = whole
            if whole <= self.ungraded:
                self.ungraded |= self._parts[key]
        return self._parts[key]

    def innermost(self, memory: Locations) -> Locations:
        """Return this memory without the wholes of which other parts of it are views.

        A sign of what the parts are is no sign of what the wholes are.
        """
        wholes = [self._wholes[location] for location in memory if location in self._wholes]
        return memory.difference(*wholes) if wholes else memory

    def with_wholes(self, memory: Locations) -> Locations:
        """The memory, and that of what it is a part of."""
        pending = [location for location in memory if location in self._wholes]
        if not pending:
            return memory
        found, looked_at = set(memory), set[int]()
        while pending:
            whole = self._wholes[pending.pop()]
            if id(whole) not in looked_at:
                looked_at.add(id(whole))
                pending += [location for location in whole if location not in found and location in self._wholes]
                found |= whole
        return frozenset(found)

    def split_per_branch(self, elsewhere: Locations, names: Mapping[str, Locations]) -> dict[int, int]:
        """For what other ways keep and this one still has: a number that stands for it as this way leaves it."""
        twins: dict[int, int] = {}
        for location in elsewhere & EMPTY.union(*names.values()):
            if location > _FIRST:
                (twin,) = self.new(outside=location in self.outside, seen=location in self.found.seen)
                twins[location] = twin
                self.derived[twin] = frozenset({location})
                if location in self._wholes:
                    self._wholes[twin] = self._wholes[location]
                for marked in (self.tensors, self.leaves, self.found.saved_late, self.ungraded):
                    if location in marked:
                        marked.add(twin)
                for name, memory in self.given.items():
                    if location in memory:
                        self.given[name] = memory | {twin}
        return twins

    def bind_keys(self, name: str, keys: frozenset[str] | None) -> None:
        """Note that a name is bound to a dict with these keys; None if it is bound to anything else."""
        known = self.keys.get(name, keys)
        self.keys[name] = None if known is None or keys is None else known | keys

    def store_into(self, holder: ir.Expression, memory: Locations) -> None:
        """Note that something may hold these values from now on."""
        while isinstance(holder, (ir.Attribute, ir.Subscript)):
            holder = holder.value
        if isinstance(holder, ir.Name) and holder.id in self.names:
            self.names[holder.id] |= memory

    def mark_saved(self, memory: Locations) -> None:
        """Note that an operator may keep this for backward, if grad mode is on."""
        if not self.without_grad:
            self.found.keeps |= memory

    def passes_none(self, memory: Locations) -> bool:
        """True if no gradient passes any of these: what is computed of them alone saves nothing."""
        return bool(memory) and memory <= self.ungraded

    def computed_in(self, written: Locations, operands: Locations) -> None:
        """Note that the result of these is written in place: a gradient that passes them passes what is written."""
        if operands and not operands <= self.ungraded:
            self.ungraded -= written

    def save_operands(self, summary: Summary | None, given: list[Locations], named: dict[str, Locations]) -> None:
        """Note that an operator may keep the operands that its summary names."""
        if summary is not None and summary.saves and not self.passes_none(EMPTY.union(*given, *named.values())):
            for name, memory in summary.by_parameter(given, named):
                if summary.may(summary.saves, name):
                    self.mark_saved(memory)

    def write(
        self, memory: Locations, *, doubtful: bool = False, stores: bool = False, initialises: bool = False
    ) -> None:
        """Note that this may be written in place.

        The flags are as in `Write`; `initialises`: initialisers write so.
        """
        if not memory:
            return
        memory = self.with_wholes(memory)
        keeps = self.found.keeps
        hidden = not memory.isdisjoint(VIA_DATA)
        surgery = (
            memory <= self.outside and keeps.isdisjoint(memory) and (initialises or hidden or self.without_grad > 0)
        )
        kept = hidden or not memory.isdisjoint(keeps) or not memory.isdisjoint(self.leaves)
        doubtful = doubtful and memory.isdisjoint(VIA_DATA | VIA_NUMPY)
        self.found.writes.append(Write(memory, kept, doubtful, stores, surgery))

    def require(self, memory: Locations, flag: ir.Expression | None) -> None:
        """Note that `requires_grad` is set.

        It cannot be taken from what is computed, and a leaf must not be written afterwards.
        """
        if not (isinstance(flag, ir.Constant) and flag.value is True):
            self.found.has_no_effect |= not memory <= self.outside
            self.found.frozen.append(self.with_wholes(memory))
        if isinstance(flag, ir.Constant) and flag.value is False:
            return
        self.ungraded -= memory
        self.leaves |= memory
        self.found.seen |= self.innermost(memory)
        self.found.graded |= memory

    def cut_in_place(self, target: ir.Expression, memory: Locations) -> None:
        """Note a `detach_()`: it takes an argument's graph from the caller, and a view refuses it."""
        if isinstance(target, ir.Attribute) and queries.is_own(target.value):
            return
        if isinstance(target, ir.Name) and target.id in self.handed_out:
            return
        if isinstance(target, ir.Name) and memory in self.given.values():
            self.found.cuts_given = True
        else:
            self.found.has_no_effect |= bool(memory)

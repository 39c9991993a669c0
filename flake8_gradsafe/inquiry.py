"""What the model knows at a line: the program is run once more, and watched there."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

from flake8_gradsafe.engine import is_on_cpu, trains
from flake8_gradsafe.interpreter.entries import run_in
from flake8_gradsafe.interpreter.events import Corrupted, Refused
from flake8_gradsafe.interpreter.session import Session
from flake8_gradsafe.rules import RULES, wording
from flake8_gradsafe.stack import on_large_stack
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.cells import is_notebook
from flake8_gradsafe.syntax.locate import locate, reported_nodes
from flake8_gradsafe.syntax.lower import lower
from flake8_gradsafe.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import libcst as cst

    from flake8_gradsafe.autograd.graph import Node, Outcome, Save
    from flake8_gradsafe.autograd.tensor import Place, Tensor
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.interpreter.state import State
    from flake8_gradsafe.interpreter.values import Value
    from flake8_gradsafe.syntax.locate import Span

_CHAIN = re.compile(r"[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*")
#: Of each kind of fact about a tensor, so many are told.
_MOST = 6
_DOTS = 3


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the tensors at a line.

    `followed`: a path came by. `facts` are sentences by the name of the tensor that they speak of, with the lines that they
    name. `considered` are what was thought of and dropped, each with the premises that were one too many.
    """

    followed: bool
    facts: dict[str, tuple[str, ...]]
    considered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Fact:
    """A sentence, and a place whose line it ends with."""

    text: str
    place: Place = None
    reads: Place = None  # the node's place whose backwards are named too


class _Witness(Session):
    """A session that looks at the named tensors after some statements."""

    def __init__(self, watched: dict[Place, frozenset[str]], *, trains: bool, on_cpu: bool) -> None:
        """Watch these statements, in each for the tensors of these names."""
        super().__init__(trains, on_cpu=on_cpu)
        self.watched = watched
        self.facts: dict[str, dict[_Fact, None]] = {}
        self.backwards: dict[Place, dict[Place, None]] = {}

    def come_by(self, statement: Place, states: Iterable[State]) -> None:
        """Look at the paths that have come by a watched statement."""
        states = list(states)
        super().come_by(statement, states)
        names = self.watched.get(statement)
        if names:
            for state in states:
                self._look(state, names)

    def emit_outcome(self, state: State, outcome: Outcome, place: Place) -> None:
        """Note which backward reads what nodes have saved."""
        for node in outcome.nodes:
            self.backwards.setdefault(node.place, {})[place] = None
        super().emit_outcome(state, outcome, place)

    def _look(self, state: State, names: frozenset[str]) -> None:
        tensors = _by_name(state)
        for name in sorted(names & set(tensors)):
            told = self.facts.setdefault(name, {})
            for fact in _facts(state, name, tensors):
                told.setdefault(fact)


@on_large_stack
def inquire(source: str, line: int) -> Known:
    """What is known at a line of a module's text. Raises what `check` raises."""
    source = source.removeprefix("\ufeff")
    module = parse(source)
    body = lower(module)
    statements = list(_statements(body))
    spans = locate(module, [node for each in statements for node in reported_nodes(each.place)])
    here = _innermost(statements, spans, line)
    watched = {each.place: _names(module, each.place) for each in here}
    witness = _Witness(watched, trains=trains(source), on_cpu=is_on_cpu(source))
    witness.by_hand = is_notebook(source)
    events = run_in(witness, body)
    places = {fact.place for told in witness.facts.values() for fact in told} | set(_places(events))
    places |= {place for backwards in witness.backwards.values() for place in backwards}
    spans = locate(module, [node for place in places if place is not None for node in reported_nodes(place)])
    facts = {name: _told(told, witness, spans) for name, told in witness.facts.items()}
    followed = any(id(each) in witness.executed for each in here)
    return Known(followed, facts, tuple(dict.fromkeys(_considered(events, spans, line))))


def _by_name(state: State) -> dict[str, int]:
    """The tensors of the innermost frame by name, and those that are attributes of what has a name."""
    found: dict[str, int] = {}
    owners: list[tuple[str, Value]] = [(name, value) for name, value in state.frame.items() if name[0] != "("]
    for _ in range(_DOTS):
        inner: list[tuple[str, Value]] = []
        for name, value in owners:
            ref = state.known_tensor(value)
            if ref is not None:
                found.setdefault(name, ref)
            elif hasattr(value, "id"):
                inner += [
                    (f"{name}.{attribute}", held)
                    for attribute, held in state.heap.attributes(value.id)
                    if attribute.isidentifier() and attribute != "tensor"
                ]
        owners = inner
    return found


def _facts(state: State, name: str, tensors: dict[str, int]) -> Iterator[_Fact]:
    world = state.world
    tensor = world.tensors[tensors[name]]
    yield from _making(state, tensor)
    for other, ref in tensors.items():
        alias = world.tensors[ref]
        if other != name and alias.storage == tensor.storage:
            version = "and the version counter" if alias.counter == tensor.counter else "but not the version counter"
            yield _Fact(f"shares the memory {version} with {other}")
    saved = [(node, save) for node in world.nodes.values() for save in node.saves if save.storage == tensor.storage]
    if not saved:
        yield _Fact("no operator in sight has saved it for a backward")
    for node, save in saved[:_MOST]:
        yield from _saving(state, node, save)


def _making(state: State, tensor: Tensor) -> Iterator[_Fact]:
    grad = state.world.grad_of(tensor)
    if tensor.node is not None:
        sure = "in the graph" if grad.sure else "in the graph if what it was computed from requires grad"
        node = state.world.nodes[tensor.node]
        yield _Fact(f"{sure}, computed by {wording.operator(node)}", node.place)
    elif grad.sure:
        yield _Fact("a leaf that requires grad", tensor.place)
    elif grad.possible:
        yield _Fact("not known to require grad or not: it comes from a caller, or from code that is out of sight")
    elif not tensor.cuts:
        yield _Fact("requires no grad")
    for mark in wording.hop_marks(tensor.hops[:_MOST]):
        yield _Fact(mark.text, mark.place)
    if not grad.possible:
        for cut in sorted(tensor.cuts, key=lambda cut: cut.time)[:_MOST]:
            yield _Fact(wording.cut_mark(cut.kind, cut.place).text.replace(" here", ""), cut.place)


def _saving(state: State, node: Node, save: Save) -> Iterator[_Fact]:
    sure = "may have saved" if save.assumed or not save.sure else "saved"
    yield _Fact(f"{wording.operator(node)} {sure} it for its backward", node.place, reads=node.place)
    for write in state.world.logs.get(save.storage, ()):
        if write.time > save.time:
            seen = (
                "autograd sees it"
                if write.counter is not None and write.counter == save.counter
                else "unseen by autograd"
            )
            yield _Fact(f"overwritten since {wording.operator(node)} saved it, {seen}", write.place)


def _told(facts: Iterable[_Fact], witness: _Witness, spans: dict[int, Span]) -> tuple[str, ...]:
    lines = []
    for fact in facts:
        text = fact.text
        number = _line(fact.place, spans)
        if number is not None:
            text += f" (line {number})"
        reads = sorted({line for place in witness.backwards.get(fact.reads, ()) if (line := _line(place, spans))})
        if fact.reads is not None:
            backwards = (
                f"the backward of line {', '.join(map(str, reads))} reads" if reads else "no backward in sight reads"
            )
            text += f"; {backwards} it"
        lines.append(text)
    return tuple(dict.fromkeys(lines))


def _line(place: Place, spans: dict[int, Span]) -> int | None:
    return None if place is None else spans[id(reported_nodes(place)[0])].line


def _considered(events: Iterable[Event], spans: dict[int, Span], line: int) -> Iterator[str]:
    """What happened at the line but was no finding for any rule, for all that it assumes."""
    for event in events:
        if not any(_line(place, spans) == line for place in _places([event])):
            continue
        if any(rule.check(event) is not None for rule in RULES.values()):
            continue
        premises = sorted(premise.value for premise in event.premises)
        if isinstance(event, Corrupted):
            what = f"this write may change {wording.saved(event.corruption.node, event.corruption.save)}"
        elif isinstance(event, Refused):
            what = "a RuntimeError may follow"
        else:
            continue
        yield f"{what}, but only assuming {wording.listed(premises)}: too little speaks for that" if premises else what


def _places(events: Iterable[Event]) -> Iterator[Place]:
    for event in events:
        if event.place is not None:
            yield event.place
        if isinstance(event, Corrupted):
            yield event.corruption.write.place
        if isinstance(event, Refused):
            yield from (write.place for write in event.refusal.writes)


def _statements(value: object) -> Iterator[ir.Statement]:
    """All statements of a program, those inside of others too."""
    if isinstance(value, tuple):
        for item in value:
            yield from _statements(item)
    elif isinstance(value, (ir.Statement, ir.Expression, ir.Handler, ir.Clause, ir.Argument)) and is_dataclass(value):
        if isinstance(value, ir.Statement):
            yield value
        for each in fields(value):
            if each.name != "place":
                yield from _statements(getattr(value, each.name))


def _innermost(statements: list[ir.Statement], spans: dict[int, Span], line: int) -> list[ir.Statement]:
    """The statements that a line belongs to; of those inside one another, the innermost."""
    sizes: dict[int, list[ir.Statement]] = {}
    for each in statements:
        span = spans[id(reported_nodes(each.place)[0])]
        if span.line <= line <= span.end_line:
            sizes.setdefault(span.end_line - span.line, []).append(each)
    return sizes[min(sizes)] if sizes else []


def _names(module: cst.Module, place: Place) -> frozenset[str]:
    """The names in a statement, with those of which they are attributes."""
    names: set[str] = set()
    for chain in _CHAIN.findall(module.code_for_node(reported_nodes(place)[0])):
        parts = re.split(r"\s*\.\s*", chain)
        names.update(".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return frozenset(names)

"""What the model knows at a line: the program is run once more, and watched there."""

from __future__ import annotations

import ast
import os
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, fields, is_dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from flake8_gradsafe.engine import text_facts
from flake8_gradsafe.finding import Location
from flake8_gradsafe.idioms.trained_names import TrainedNames
from flake8_gradsafe.interpreter.entry_points import run_in
from flake8_gradsafe.interpreter.events import Corrupted, Raised
from flake8_gradsafe.loss_report import Line, LineFinder
from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.root import project_root
from flake8_gradsafe.project.users import callers_of
from flake8_gradsafe.rules import listening, wording
from flake8_gradsafe.source.edits import Lines
from flake8_gradsafe.stack import on_large_stack
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.linked import LinkedModule
from flake8_gradsafe.syntax.location import Locations, Span, start_of
from flake8_gradsafe.syntax.lower import lower_module
from flake8_gradsafe.syntax.queries import chain_of, last_name
from flake8_gradsafe.syntax.tree import TooDeep, python_tree
from flake8_gradsafe.witness import LossWatch, Named, Witness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.events import Event
    from flake8_gradsafe.loss_report import LossReport
    from flake8_gradsafe.project.source_module import SourceModule
    from flake8_gradsafe.witness import Fact, Reached

_Statement = TypeVar("_Statement", bound=ir.Statement)

_ITEM = r"""\s*\[\s*(?:\d+|"[^"\\\n]*"|'[^'\\\n]*')\s*\]"""
#: A name with attributes and items of it that are picked by a constant.
_CHAIN = re.compile(rf"(?<![\w.])[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*|{_ITEM})*")
#: Of the operators and the leaves of a backward, so many are named.
_MOST = 6
_GRAD_OFF = frozenset({"no_grad", "inference_mode"})
_LINK = re.compile(rf"\s*\.?\s*(?P<name>\w+)|{_ITEM}")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the tensors at a line.

    `followed`: a path came by. `facts` are sentences by the name of the tensor that they speak of, with the lines that they
    name. `considered` are what was thought of and dropped, each with the premises that were one too many. `raised` is the
    line whose error ends the program before this one, and the line that raises it, which the first may call: the rest is what
    is known if that is mended.
    `differentiates` says of each backward on the line what it goes through and what gets a gradient, as if it went well.
    `losses` are what the losses, backwards, steps and clearings on the line train, use or leave.
    `is_cut_short`: the analysis was given up somewhere, because a budget was used up.
    """

    followed: bool
    facts: dict[str, tuple[str, ...]]
    considered: tuple[str, ...]
    raised: tuple[int, int] | None = None
    is_cut_short: bool = False
    differentiates: tuple[str, ...] = ()
    losses: tuple[LossReport, ...] = ()


@on_large_stack
def inquire(
    source: str,
    line: int,
    column: int | None = None,
    *,
    called: Callable[[int, str], str] = lambda line, _: f"line {line}",
    imports: FileImports | None = None,
) -> Known:
    """What is known at a line of a module's text; with a column, from 0, of the tensor that is named there.

    `called` gives the words for a line, of another file where a path is given with it. `imports` follows the file's imports.
    Raises what `check` raises.
    """
    source = source.removeprefix("\ufeff")
    program = _Program(source, imports)
    statements = list(_statements(program.body))
    others = {path: other.tree for path, other in program.others.items()}
    where = _Where(Lines(source), others, called)
    here = _innermost(statements, where, [line]).get(line, [])
    before, after = _watched(here, statements, where, Lines(source), line, column)
    watch = _loss_watch(here, statements, where, Lines(source), line, column)
    witness, events = program.watched(before, after, watch)
    facts = {name: _told(told, witness, where) for name, told in witness.facts.items()}
    followed = _is_followed(here, witness)
    raised = _raised(witness, statements, where)(line)
    considered = tuple(dict.fromkeys(_considered(events, where, line)))
    differentiates = tuple(
        _differentiates(reached, where)
        for place, reached in witness.differentiated.items()
        if where.line(place) == line
    )
    losses = tuple(witness.reports())
    return Known(followed, facts, considered, raised, witness.budget.is_truncated, differentiates, losses)


def losses_of_callers(
    known: Known, imports: FileImports | None, line: int, column: int | None = None
) -> tuple[str, tuple[LossReport, ...]] | None:
    """The nearest file that imports a file and comes by a line of it, and what it makes of the losses there.

    None where the file itself tells all of it, or no caller does. `known` is what the file itself knows of the line.
    """
    if imports is None or not imports.path.endswith(".py") or not any(map(_leaves_open, known.losses)):
        return None
    file = os.path.realpath(imports.path)
    for path, text in callers_of([file], project_root(file), imports.sources).items():
        try:
            losses = losses_seen_from(text, FileImports(path, imports.sources), file, line, column)
        except (SyntaxError, RecursionError, TooDeep):
            continue
        if any(each.rows for each in losses):
            return path, losses
    return None


def _leaves_open(report: LossReport) -> bool:
    """Whether a file does not tell which optimizers hold what it trains."""
    return not report.rows or any(row.others_may and not row.optimizers for row in report.rows)


@on_large_stack
def losses_seen_from(
    caller: str, imports: FileImports, file: str, line: int, column: int | None = None
) -> tuple[LossReport, ...]:
    """What a file that imports another makes of the losses, backwards, steps and clearings on a line of that one.

    `caller` is the importing file's text, `imports` follows its imports. Raises what `check` raises.
    """
    caller = caller.removeprefix("\ufeff")
    program = _Program(caller, imports)
    asked = program.others.get(file)
    if asked is None:
        return ()
    lines = Lines(asked.text)
    elsewhere = {path: source.tree for path, source in program.others.items() if path != file}
    where = _Where(lines, {**elsewhere, imports.path: program.tree})
    statements = list(_statements(program.body_of(file)))
    here = _innermost(statements, where, [line]).get(line, [])
    witness, _ = program.watched({}, {}, _loss_watch(here, statements, where, lines, line, column))
    return tuple(witness.reports())


@on_large_stack
def hidden(source: str, lines: Iterable[int]) -> frozenset[int]:
    """Those of some lines that lie behind errors which PyTorch surely raises. Raises what `check` raises."""
    source = source.removeprefix("\ufeff")
    program = _Program(source, None)
    witness, _ = program.watched({}, {})
    raised = _raised(witness, list(_statements(program.body)), _Where(Lines(source)))
    return frozenset(line for line in lines if raised(line) is not None)


class _Program:
    """A file's program, linked with what it uses of other files: their modules by path."""

    def __init__(self, source: str, imports: FileImports | None) -> None:
        self.tree = python_tree(source)
        module = lower_module(self.tree, source)
        self.body = module.body
        self._linked = None if imports is None else imports.link(module)
        self._module = module if self._linked is None else self._linked.module

    @property
    def others(self) -> Mapping[str, SourceModule]:
        return {} if self._linked is None else self._linked.sources

    def body_of(self, file: str) -> tuple[ir.Statement, ...]:
        """The statements of another file that are linked."""
        linked = [each for each in self._module.body if isinstance(each, LinkedModule) and each.name == file]
        return tuple(statement for each in linked for statement in each.body)

    def watched(
        self, before: dict[Place, Named], after: dict[Place, Named], losses: LossWatch | None = None
    ) -> tuple[Witness, list[Event]]:
        """Run it, and watch these statements, and these losses."""
        witness = Witness(
            before,
            after,
            text_facts(self._module.text),
            names=TrainedNames(self._module.parts),
            linked={} if self._linked is None else self._linked.targets,
            foreign=frozenset() if self._linked is None else self._linked.definitions,
            losses=losses,
        )
        return witness, run_in(witness, self._module.body)


class _Where:
    """Where the places of a program stand, in the file itself or in another, and what their lines are called."""

    def __init__(
        self,
        lines: Lines,
        others: Mapping[str, ast.AST] = MappingProxyType({}),
        called: Callable[[int, str], str] = lambda line, _: f"line {line}",
    ) -> None:
        self._own = Locations(lines.lines)
        self._paths = {id(node): path for path, tree in others.items() for node in ast.walk(tree)}
        self._called = called

    def span(self, place: Place) -> Span:
        """The range of a place of the file itself."""
        return self._own.span(place)

    def line(self, place: Place) -> int | None:
        """The line of a place of the file itself; None for any other."""
        return None if place is None or self._path(place) else self._own.span(place).line

    def placed(self, place: Place) -> Line | None:
        """The line of a place of whatever file, None where there is no place."""
        return None if place is None else Line(start_of(place)[0], self._path(place))

    def named(self, place: Place) -> str | None:
        """The words for the line of a place, None where there is no place."""
        return None if place is None else self._called(start_of(place)[0], self._path(place))

    def _path(self, place: Place) -> str:
        return self._paths.get(id(place.whole if isinstance(place, ir.Prefix) else place), "")


def _is_followed(here: Iterable[ir.Statement], witness: Witness) -> bool:
    """Whether a path came by the statements of a line."""
    return any(id(_entered(each)) in witness.executed for each in here)


def _watched(
    here: Iterable[ir.Statement],
    statements: Iterable[ir.Statement],
    where: _Where,
    lines: Lines,
    line: int,
    column: int | None,
) -> tuple[dict[Place, Named], dict[Place, Named]]:
    """Before and after which statements to look, and for which names: of one with a body, those in its head."""
    before: dict[Place, Named] = {}
    after: dict[Place, Named] = {}
    for each in here:
        head = _head(each, statements, where)
        if line > head.end_line:
            continue
        names = _names(lines.slice(Location(*head))) if column is None else _name_at(lines.lines[line - 1], column)
        inner = _body(each)
        if inner:
            before[inner[0].place] = names
        else:
            after[each.place] = names
        # What a function's head names is bound where it is called, not where it is made.
        if not isinstance(each, ir.Function):
            before[each.place] = names
    return before, after


def _loss_watch(
    here: Iterable[ir.Statement],
    statements: Iterable[ir.Statement],
    where: _Where,
    lines: Lines,
    line: int,
    column: int | None,
) -> LossWatch:
    """What to watch of losses on a line, or at a column of it: calls, and the names that statements bind."""
    chosen = None if column is None else _name_at(lines.lines[line - 1], column).whole
    heads = [_head(each, statements, where) for each in here]
    without_grad = [where.span(each.place) for each in statements if _switches_grad_off(each)]

    def is_here(place: Place) -> bool:
        if where.line(place) is None:
            return False
        span = where.span(place)
        if column is not None:
            return (span.line, span.column) <= (line, column) < (span.end_line, span.end_column)
        return any(head[:2] <= span[:2] < head[2:] for head in heads)

    def begins_without_grad(place: Place) -> Line | None:
        own = where.line(place)
        around = [span.line for span in without_grad if own is not None and span.line <= own <= span.end_line]
        return Line(max(around)) if around else None

    losses = {each.place: _bound_by(each) for each in here}
    if chosen is not None:
        losses = {place: tuple(name for name in names if name in chosen) for place, names in losses.items()}
    return LossWatch(LineFinder(where.placed, begins_without_grad), is_here, losses)


def _bound_by(statement: ir.Statement) -> tuple[str, ...]:
    """The names, with what they are attributes of, that an assignment binds."""
    if isinstance(statement, ir.Augmented):
        targets: tuple[ir.Expression, ...] = (statement.target,)
    else:
        targets = statement.targets if isinstance(statement, ir.Assign) else ()
    inside = [item for each in targets for item in (each.items if isinstance(each, ir.Sequence) else (each,))]
    return tuple(".".join(chain_of(each)) for each in inside if isinstance(each, (ir.Name, ir.Attribute)))


def _switches_grad_off(statement: ir.Statement) -> bool:
    """Whether grad mode is off, by what is written there, in a statement's body."""
    if isinstance(statement, ir.With):
        return last_name(statement.context) in _GRAD_OFF
    return isinstance(statement, ir.Function) and any(last_name(each) in _GRAD_OFF for each in statement.decorators)


def _body(statement: ir.Statement) -> tuple[ir.Statement, ...]:
    body: tuple[ir.Statement, ...] = getattr(statement, "body", ())
    return body


def _entered(statement: ir.Statement) -> ir.Statement:
    """The statement that is run where a path comes into another one."""
    return _body(statement)[0] if isinstance(statement, ir.Function) and _body(statement) else statement


def _head(statement: ir.Statement, statements: Iterable[ir.Statement], where: _Where) -> Span:
    """A statement up to its body."""
    span = where.span(statement.place)
    if not _body(statement) and not isinstance(statement.place, ast.Match):
        return span
    starts = (where.span(each.place)[:2] for each in statements)
    return Span(*span[:2], *min((start for start in starts if span[:2] < start < span[2:]), default=span[2:]))


def _raised(
    witness: Witness, statements: Iterable[ir.Statement], where: _Where
) -> Callable[[int], tuple[int, int] | None]:
    """For a line, the first before it in its function at which an error ends the program, and the one that raises it."""
    homes: dict[int, Span] = {}
    functions = [where.span(each.place) for each in statements if isinstance(each, ir.Function)]
    for home in sorted(functions, key=lambda span: span.line - span.end_line):
        homes |= dict.fromkeys(range(home.line, home.end_line + 1), home)
    firsts: dict[Span | None, tuple[int, int]] = {}
    for way in witness.raising:
        lines = [line for place in way if (line := where.line(place)) is not None]
        for line in lines:
            error = (line, lines[-1])
            firsts[homes.get(line)] = min(firsts.get(homes.get(line), error), error)

    def before(line: int) -> tuple[int, int] | None:
        error = firsts.get(homes.get(line))
        return error if error is not None and error[0] < line else None

    return before


def _told(facts: Iterable[Fact], witness: Witness, where: _Where) -> tuple[str, ...]:
    lines = []
    for fact in facts:
        text = fact.text
        line = where.named(fact.place)
        if line is not None:
            text += f" ({line})"
        reads = sorted(witness.backwards.get(fact.reads, ()), key=start_of)
        if fact.reads is not None:
            backwards = (
                f"the backward of {', '.join(dict.fromkeys(filter(None, map(where.named, reads))))} reads"
                if reads
                else "no backward in sight reads"
            )
            text += f"; {backwards} it"
        lines.append(text)
    return tuple(dict.fromkeys(lines))


def _differentiates(reached: Reached, where: _Where) -> str:
    """What a backward does, in a clause."""
    ways = []
    for operator in reached.operators:
        line = where.named(operator.place)
        ways.append(operator.text if line is None else f"{operator.text} ({line})")
    if not ways:
        return "this backward goes through no operator in sight: a caller, or code of another file, made its graph"
    text = f"this backward goes through {_some(ways)}"
    if reached.leaves:
        text += f", and adds to the gradient of {_some(list(reached.leaves))}"
    return f"{text}; no write in sight makes one of its gradients wrong"


def _some(words: list[str]) -> str:
    """The first of some words, and how many more there are."""
    if len(words) > _MOST:
        return f"{', '.join(words[:_MOST])} and {len(words) - _MOST} more"
    return wording.listed(words)


def _considered(events: Iterable[Event], where: _Where, line: int) -> Iterator[str]:
    """What happened at the line but was no finding for any rule, for all that it assumes."""
    for event in events:
        if not any(where.line(place) == line for place in _places([event])):
            continue
        if any(rule.check(event) is not None for rule in listening(event)):
            continue
        premises = sorted(premise.value for premise in event.premises)
        if isinstance(event, Corrupted):
            what = f"this write may change {wording.saved(event.stale_save.node, event.stale_save.save)}"
        elif isinstance(event, Raised):
            what = "a RuntimeError may follow"
        else:
            continue
        yield f"{what}, but only assuming {wording.listed(premises)}: too little speaks for that" if premises else what


def _places(events: Iterable[Event]) -> Iterator[Place]:
    for event in events:
        if event.place is not None:
            yield event.place
        if isinstance(event, Corrupted):
            yield event.stale_save.write.place
        if isinstance(event, Raised):
            yield from (write.place for write in event.error.writes)


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


def _innermost(statements: Iterable[_Statement], where: _Where, lines: Iterable[int]) -> dict[int, list[_Statement]]:
    """For each of the lines that has any, the statements that it belongs to; of those inside one another, the innermost."""
    wanted = sorted(set(lines))
    sizes: dict[int, dict[int, list[_Statement]]] = {}
    for each in statements:
        span = where.span(each.place)
        for line in wanted[bisect_left(wanted, span.line) : bisect_right(wanted, span.end_line)]:
            sizes.setdefault(line, {}).setdefault(span.end_line - span.line, []).append(each)
    return {line: by_size[min(by_size)] for line, by_size in sizes.items()}


def _names(text: str) -> Named:
    """The names in a stretch of the text, with those of which they are attributes or items."""
    chains = [_prefixes(chain.group()) for chain in _CHAIN.finditer(text)]
    spelled = {name for prefixes in chains for name in prefixes}
    picked = {name[: name.rindex("[")] for name in spelled if name.endswith("]")}
    return Named(frozenset(spelled), frozenset(spelled - picked))


def _name_at(text: str, column: int) -> Named:
    """The name at a column of a line, and no other."""
    for chain in _CHAIN.finditer(text):
        if chain.start() <= column < chain.end():
            begun = sum(link.start() <= column for link in _LINK.finditer(text, chain.start(), chain.end()))
            names = frozenset({_prefixes(chain.group())[begun - 1]})
            return Named(names, names)
    return Named(frozenset(), frozenset())


def _prefixes(chain: str) -> list[str]:
    """`a`, `a.b` and `a.b[0]` of `a . b[ 0 ]`, as the tensors in them are called."""
    name, found = "", []
    for link in _LINK.finditer(chain):
        if link["name"] is not None:
            name += f".{link['name']}" if name else link["name"]
        else:
            name += "".join(link.group().split()).replace("'", '"')
        found.append(name)
    return found

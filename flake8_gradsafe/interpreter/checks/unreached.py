"""Writes through `.data` where no path came by: branches that the calls in sight do not take, code behind a budget.

They are told by their spelling alone, for advice: nothing is known of what they write to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.autograd.tensor import Hop, Via
from flake8_gradsafe.idioms import write_site
from flake8_gradsafe.idioms.bindings import blocks_of
from flake8_gradsafe.idioms.table import idiom_of
from flake8_gradsafe.interpreter.events import DataWrite, DetachedInPlace
from flake8_gradsafe.interpreter.scope import Scope
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax import queries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.autograd.tensor import Place
    from flake8_gradsafe.interpreter.run import Run

#: Methods whose result is the same memory; with an index they are all that may stand between `.data` and the write.
_VIEWS = frozenset(
    {"view", "view_as", "t", "squeeze", "unsqueeze", "narrow", "select", "transpose", "permute", "flatten"}
)


def emit_unreached_writes(run: Run, body: tuple[ir.Statement, ...]) -> None:
    """Tell of the writes in every statement that was never run, but for those of which the body's own run shows that they
    never are. Custom Functions stand outside the graph.
    """
    for statement, scope, handles in _never_run(body, Scope(body=body), {}, run):
        for write in _writes_in(statement, handles):
            _tell(run, statement, write, scope, handles)


def _never_run(
    body: Iterable[ir.Statement], scope: Scope, handles: dict[str, Place], run: Run
) -> Iterator[tuple[ir.Statement, Scope, dict[str, Place]]]:
    """The statements that no path came by, each with where it stands and the names that are handles on a tensor's data."""
    for statement in body:
        if isinstance(statement, ir.Class):
            bases = tuple(queries.last_name(base) for base in statement.bases)
            if "Function" not in bases:
                yield from _never_run(statement.body, Scope(bases=bases, owner=statement.name), {}, run)
        elif isinstance(statement, ir.Function):
            if statement.concerns_us:
                inside = Scope(statement.name, scope.bases, owner=scope.owner, body=statement.body)
                yield from _never_run(statement.body, inside, _handles_in(statement.body), run)
        else:
            if id(statement) not in run.executed and (scope.function or not run.body_done):
                yield statement, scope, handles
            for block in _live_blocks(statement):
                yield from _never_run(block, scope, handles, run)
            if statement.place in run.raising_statements or isinstance(statement, (ir.Return, ir.Jump)):
                return  # nothing below it is ever run


def _live_blocks(statement: ir.Statement) -> tuple[tuple[ir.Statement, ...], ...]:
    if isinstance(statement, ir.Branch) and isinstance(statement.test, ir.Constant):
        return (statement.body if statement.test.value else statement.orelse,)
    return blocks_of(statement)


def _handles_in(body: Iterable[ir.Statement]) -> dict[str, Place]:
    """The names that are bound to nothing but some tensor's `.data`, with the place of the last of them."""
    handles: dict[str, Place] = {}
    others: set[str] = set()
    pending = list(body)
    while pending:
        statement = pending.pop()
        pending += [each for block in blocks_of(statement) for each in block]
        if (
            isinstance(statement, ir.Assign)
            and len(statement.targets) == 1
            and isinstance(statement.targets[0], ir.Name)
        ):
            source = None if statement.value is None else _data_in(statement.value, {})
            if source is None:
                others.add(statement.targets[0].id)
            else:
                handles[statement.targets[0].id] = source
    return {name: place for name, place in handles.items() if name not in others}


def _writes_in(statement: ir.Statement, handles: dict[str, Place]) -> Iterator[ir.Expression | ir.Statement]:
    """The expressions and statements that write through `.data`, or call `detach_()`."""
    if isinstance(statement, ir.Assign) and any(_is_data_target(target, handles) for target in statement.targets):
        yield statement
    if isinstance(statement, ir.Augmented) and _data_in(statement.target, handles) is not None:
        yield statement
    pending = _expressions_of(statement)
    while pending:
        each = pending.pop()
        if each is None:
            continue
        pending += queries.children(each)
        if isinstance(each, ir.Call) and (_method_of(each) == "detach_" or _writes_data(each, handles)):
            yield each


def _expressions_of(statement: ir.Statement) -> list[ir.Expression | None]:
    if isinstance(statement, (ir.Assign, ir.Augmented, ir.Evaluate, ir.Return)):
        return [statement.value]
    return []


def _is_data_target(target: ir.Expression, handles: dict[str, Place]) -> bool:
    if isinstance(target, ir.Attribute):
        return _is_data(target)
    return isinstance(target, ir.Subscript) and _data_in(target.value, handles) is not None


def _writes_data(call: ir.Call, handles: dict[str, Place]) -> bool:
    written = write_site.receiver_of(call)
    return _method_of(call).endswith("_") and written is not None and _data_in(written, handles) is not None


def _method_of(call: ir.Call) -> str:
    name = queries.last_name(call.function)
    return "" if name.startswith("_") else name


def _data_in(node: ir.Expression, handles: dict[str, Place]) -> Place | None:
    """Where the `.data` stands whose memory an expression has; None for any other expression."""
    while True:
        if isinstance(node, ir.Attribute) and _is_data(node):
            return node.place
        if isinstance(node, ir.Name):
            return handles.get(node.id)
        if isinstance(node, ir.Subscript):
            node = node.value
        elif (
            isinstance(node, ir.Call) and isinstance(node.function, ir.Attribute) and _keeps_memory(node.function.attr)
        ):
            node = node.function.value
        else:
            return None


def _keeps_memory(method: str) -> bool:
    return method in _VIEWS or (method.endswith("_") and not method.startswith("_"))


def _is_data(node: ir.Attribute) -> bool:
    """Whether this is `.data` of something else than the object whose method it stands in."""
    return node.attr == "data" and not (isinstance(node.value, ir.Name) and node.value.id in {"self", "cls"})


def _tell(
    run: Run,
    statement: ir.Statement,
    write: ir.Expression | ir.Statement,
    scope: Scope,
    handles: dict[str, Place],
) -> None:
    method = _method_of(write) if isinstance(write, ir.Call) else getattr(write, "method", "=")
    target = write_site.receiver_of(write)
    if method == "detach_":
        if target is not None and "grad" not in queries.chain_of(target):
            run.events.append(DetachedInPlace(write.place, frozenset(), ""))
        return
    source = None if target is None else _data_in(target, handles)
    site = write_site.site_of(write, method, scope, run.surroundings(scope), statement.place)
    run.written.add(source)
    run.writing.add(statement.place)
    run.events.append(
        DataWrite(
            place=write.place,
            premises=frozenset(),
            via=Via.SET_DATA if isinstance(target, ir.Attribute) and method == "=" else Via.DATA,
            hops=(Hop(Via.DATA, source),),
            idiom=idiom_of(site),
            in_graph=False,
            computed=False,
            read_rightly=False,
            changed_before_use=False,
            may_keep_values=False,
            module_state=False,
            tensor_evident=method.endswith("_") or write_site.looks_like_a_tensor(site),
        )
    )

"""A `.data` write is an in-place write under `with torch.no_grad():`. Neighbours share a block, a loop is taken as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.finding import Edit, Fix, Location
from flake8_gradsafe.fixes import grad_mode
from flake8_gradsafe.fixes.parameters import is_gradient, is_state
from flake8_gradsafe.fixes.uses import life
from flake8_gradsafe.knowledge.effects import VALUELESS
from flake8_gradsafe.rules.fix_kinds import NO_GRAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Diagnosis, Rule

_METHODS: dict[type[cst.BaseAugOp], str] = {
    cst.AddAssign: "add_",
    cst.SubtractAssign: "sub_",
    cst.MultiplyAssign: "mul_",
    cst.DivideAssign: "div_",
}
#: Calls in the head of a loop that compute no tensor.
_HEADS = frozenset(
    "parameters named_parameters buffers named_buffers modules named_modules children named_children items values keys zip "
    "enumerate reversed list tuple sorted range len state_dict".split()
)
#: The rules of writes that PyTorch refuses with grad mode on.
_REFUSED = frozenset({"GRD142", "GRD242"})
_MAY_BE_SAVED = (
    "if an operator has saved it for a backward, that backward now raises where its gradient was silently wrong"
)
_COMPUTED_WITH = "the write is taken for an update, through which no gradient passes"


@dataclass(slots=True)
class _Unit:
    """Statements in a row that go under one `with`: simple ones, and loops of nothing else."""

    statements: list[cst.CSTNode]
    edits: list[Edit]
    indices: list[int]
    why: str
    bare: bool = False


@dataclass(slots=True)
class _Writes:
    """The writes of a module by their statements."""

    units: dict[int, _Unit] = field(default_factory=dict)
    lines: list[cst.CSTNode] = field(default_factory=list)


def offer(source: Source, found: Sequence[tuple[Rule, Diagnosis]]) -> list[Fix | None]:
    """A fix for each write that can stand under `no_grad`; those that can share a block have one and the same."""
    fixes: list[Fix | None] = [None] * len(found)
    manager = _manager(source)
    writes = _Writes()
    for index, (rule, report) in enumerate(found):
        _add(source, writes, index, rule.code, report.place)
    for unit in _joined(source, writes):
        if unit.bare:
            edits = unit.edits
        elif manager and _can_be_indented(source, unit.statements):
            edits = [*unit.edits, *_indented(source, unit.statements, f"with {manager}():", unit.edits)]
        else:
            continue
        edits.sort(key=lambda edit: (edit.location.line, edit.location.column, edit.location.end_column))
        fix = Fix(NO_GRAD.title, tuple(edits), not unit.why, unit.why)
        for index in unit.indices:
            fixes[index] = fix
    return fixes


def _manager(source: Source) -> str:
    """`torch.no_grad` as the module can write it; nothing is imported for it."""
    return source.spelled("torch.no_grad")


# -- one write -----------------------------------------------------------------------------------------------------------


def _add(source: Source, writes: _Writes, index: int, code: str, place: object) -> None:
    if not isinstance(place, cst.CSTNode):
        return
    statement = source.line_of(place)
    if statement is None or source.block_of(statement) is None:
        return
    if id(statement) in writes.units:
        writes.units[id(statement)].indices.append(index)
        return
    small = statement.body[0]
    target = _written(source, small)
    if target is None:
        return
    written, through_data = target
    if code not in _REFUSED and not through_data:
        return
    if not _is_fit(source, code, written, statement):
        return
    bare = (
        grad_mode.is_off(source, statement)
        or _is_init(source, small)
        or (is_gradient(written) and _is_out_of_the_graph(source, small))
    )
    edits = _rewritten(source, small)
    if edits is None or source.loses_a_comment(edits):
        return
    writes.units[id(statement)] = _Unit([statement], edits, [index], _why(source, code, small, written), bare)
    writes.lines.append(statement)


def _is_fit(source: Source, code: str, written: cst.BaseExpression, statement: cst.CSTNode) -> bool:
    """True if what is written may be a parameter or buffer.

    What was computed may have been saved; there, another fix helps.
    """
    if code in _REFUSED or is_gradient(written) or is_state(source, written):
        return True
    computed = isinstance(written, cst.Name) and life(source, written.value, statement).computed
    return code.startswith("GRD9") and not computed


def _why(source: Source, code: str, small: cst.CSTNode, written: cst.BaseExpression) -> str:
    if code in _REFUSED:
        steps = f"{source.text(written)}.grad" in source.text(small)
        return "" if steps else _COMPUTED_WITH
    reads = [read.value for read in _data_reads(source, small)]
    evident = all(is_state(source, tensor) or is_gradient(tensor) for tensor in [written, *reads])
    # What a gradient's own graph saves is not told from the text.
    known = evident and "create_graph" not in source.lines.text
    return "" if known and code.startswith("GRD9") else _MAY_BE_SAVED


def _written(source: Source, small: cst.CSTNode) -> tuple[cst.BaseExpression, bool] | None:
    """The tensor that a statement writes, without what is picked of it, and whether it writes it through `.data`."""
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
        given = small.value.args[0].value if _is_init(source, small) and small.value.args else small.value
    elif isinstance(small, cst.AugAssign):
        given = small.target
    elif isinstance(small, cst.Assign):
        given = small.targets[0].target
    else:
        return None
    before = _before_data(given)
    return (_root(given), False) if before is None else (before, True)


def _before_data(node: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return what stands before the first `.data` of a chain of attributes, calls and subscripts."""
    found: cst.BaseExpression | None = None
    while True:
        if isinstance(node, cst.Attribute):
            if node.attr.value == "data":
                found = node.value
            node = node.value
        elif isinstance(node, cst.Subscript):
            node = node.value
        elif isinstance(node, cst.Call):
            node = node.func
        else:
            return found


def _root(node: cst.BaseExpression) -> cst.BaseExpression:
    """The tensor of a chain of methods and subscripts."""
    while True:
        if isinstance(node, cst.Subscript):
            node = node.value
        elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            node = node.func.value
        else:
            return node


def _is_out_of_the_graph(source: Source, small: cst.CSTNode) -> bool:
    """True if a gradient is written with nothing but numbers and gradients, so that no graph comes into it."""
    if "create_graph" in source.lines.text:
        return False
    values = [arg.value for node in source.inside(small) if isinstance(node, cst.Call) for arg in node.args]
    if isinstance(small, (cst.AugAssign, cst.Assign)):
        values.append(small.value)
    return all(_is_constant(value) for value in values)


def _is_constant(node: cst.BaseExpression) -> bool:
    if isinstance(node, cst.UnaryOperation):
        return _is_constant(node.expression)
    if isinstance(node, cst.BinaryOperation):
        return _is_constant(node.left) and _is_constant(node.right)
    if isinstance(node, cst.Attribute):
        return is_gradient(node) or (node.attr.value == "data" and is_gradient(node.value))
    return isinstance(node, (cst.Integer, cst.Float))


def _is_init(source: Source, small: cst.CSTNode) -> bool:
    """True if a statement calls torch.nn.init, which switches grad mode off itself."""
    call = small.value if isinstance(small, cst.Expr) else None
    return isinstance(call, cst.Call) and source.meaning(call.func).startswith("torch.nn.init.")


def _rewritten(source: Source, small: cst.CSTNode) -> list[Edit] | None:
    """The edits that take `.data` out of a write; None where it is no write that `no_grad` allows."""
    edits = [source.cut(read, read.value) for read in _data_reads(source, small)]
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
        return edits if _writes_values(source, small.value) else None
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        return edits if isinstance(small.targets[0].target, cst.Subscript) else None
    if not isinstance(small, cst.AugAssign):
        return None
    target = small.target
    whole = target.value if isinstance(target, cst.Attribute) and target.attr.value == "data" else target
    if isinstance(whole, cst.Subscript) and whole is target:
        return edits
    if isinstance(whole, cst.Attribute) or (isinstance(whole, cst.Name) and _is_bound_here(source, whole)):
        return edits
    method = _METHODS.get(type(small.operator))
    if method is None or not isinstance(whole, (cst.Name, cst.Subscript)):
        return None
    start = source.location(small.operator)
    before = source.end_of(target)
    stop = source.location(small.value)
    if (start.line, start.line) != (before[0], stop.line) or small.value.lpar:
        return None
    gap = Location(*before, stop.line, stop.column)
    return [*edits, Edit(gap, f".{method}("), source.inserted(*source.end_of(small.value), ")")]


def _is_bound_here(source: Source, name: cst.Name) -> bool:
    scope = source.scope_of(name)
    others = (node for node in source.names[name.value] if node is not name and source.scope_of(node) is scope)
    return name.value not in source.declared and any(
        source.binds(node) and not isinstance(source.parent(node), cst.AugAssign) for node in others
    )


def _data_reads(source: Source, small: cst.CSTNode) -> list[cst.Attribute]:
    return [node for node in source.inside(small) if isinstance(node, cst.Attribute) and node.attr.value == "data"]


def _writes_values(source: Source, call: cst.Call) -> bool:
    """True if a statement's call writes values in place, and does nothing else to the tensor."""
    if not isinstance(call.func, cst.Attribute):
        return False
    if source.meaning(call.func).startswith("torch.nn.init."):
        return True
    if source.meaning(call.func):
        return False
    names = []
    node: cst.BaseExpression = call
    while isinstance(node, (cst.Call, cst.Attribute, cst.Subscript)):
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            names.append(node.func.attr.value)
            node = node.func.value
        elif isinstance(node, cst.Attribute) and node.attr.value == "data":
            break
        else:
            node = node.value if isinstance(node, (cst.Attribute, cst.Subscript)) else node.func
    return names[0].endswith("_") and not names[0].startswith("__") and VALUELESS.isdisjoint(names)


# -- neighbours and loops ------------------------------------------------------------------------------------------------


def _joined(source: Source, writes: _Writes) -> list[_Unit]:
    """The writes with their neighbours, and loops of nothing but writes in the place of what they hold."""
    bare = [writes.units[id(line)] for line in writes.lines if writes.units[id(line)].bare]
    open_ = {id(line): writes.units[id(line)] for line in writes.lines if not writes.units[id(line)].bare}
    places = {id(line): line for line in writes.lines}
    for node in reversed(source.nodes):
        if isinstance(node, cst.For) and source.block_of(node) is not None:
            inner = _nothing_but_writes(source, node, open_)
            if inner:
                units = [open_.pop(id(part)) for part in inner]
                open_[id(node)] = _merged([node], units)
                places[id(node)] = node
    rows: list[_Unit] = []
    done: set[int] = set()
    for key in sorted(open_, key=lambda key: source.starts(places[key])):
        if key in done:
            continue
        block = source.block_of(places[key])
        if block is None:
            continue
        row = [key]
        body = list(block.body)
        position = next(index for index, statement in enumerate(body) if statement is places[key])
        for following in body[position + 1 :]:
            if id(following) not in open_ or bool(open_[id(following)].why) != bool(open_[key].why):
                break
            row.append(id(following))
        done.update(row)
        units = [open_[number] for number in row]
        rows.append(_merged([statement for unit in units for statement in unit.statements], units))
    return [*bare, *rows]


def _merged(statements: list[cst.CSTNode], units: list[_Unit]) -> _Unit:
    return _Unit(
        statements,
        [edit for unit in units for edit in unit.edits],
        [index for unit in units for index in unit.indices],
        next((unit.why for unit in units if unit.why), ""),
    )


def _nothing_but_writes(source: Source, loop: cst.For, units: dict[int, _Unit]) -> list[cst.CSTNode]:
    """The writes of a loop that holds, besides them, conditions alone; none where it holds anything else."""
    if loop.orelse is not None or loop.asynchronous is not None or not _computes_nothing(source, loop.iter):
        return []
    writes: list[cst.CSTNode] = []
    pending: list[cst.CSTNode] = [loop.body]
    while pending:
        node = pending.pop()
        if id(node) in units:
            writes.append(node)
        elif isinstance(node, cst.IndentedBlock):
            pending += node.body
        elif isinstance(node, cst.If):
            pending += [node.body] if node.orelse is None else [node.body, node.orelse]
        elif isinstance(node, cst.Else):
            pending.append(node.body)
        elif not (isinstance(node, cst.SimpleStatementLine) and isinstance(node.body[0], (cst.Continue, cst.Pass))):
            return []
    return writes


def _computes_nothing(source: Source, head: cst.BaseExpression) -> bool:
    for node in [head, *source.inside(head)]:
        if isinstance(node, cst.Call):
            name = node.func.attr.value if isinstance(node.func, cst.Attribute) else source.text(node.func)
            if name not in _HEADS:
                return False
        elif isinstance(node, (cst.BinaryOperation, cst.BaseComp, cst.NamedExpr, cst.Lambda, cst.Await, cst.Yield)):
            return False
    return True


# -- indentation ---------------------------------------------------------------------------------------------------------


def _can_be_indented(source: Source, statements: list[cst.CSTNode]) -> bool:
    """True if each line can be moved to the right: no string goes on over its end, and a block is free to be deeper."""
    texts = (
        node
        for statement in statements
        for node in source.inside(statement)
        if isinstance(node, (cst.SimpleString, cst.FormattedString))
    )
    return all(source.is_on_one_line(node) for node in texts)


def _indented(source: Source, statements: list[cst.CSTNode], head: str, others: list[Edit]) -> list[Edit]:
    """The edits that put a line above some statements and move them to the right, but for line ends that others take away."""
    first, last = source.location(statements[0]), source.location(statements[-1])
    rows = source.lines.lines
    before = rows[first.line - 1][: first.column]
    ending = rows[first.line - 1][len(rows[first.line - 1].rstrip("\r\n")) :] or source.module.default_newline
    block = source.block_of(statements[0])
    unit = block.indent if isinstance(block, cst.IndentedBlock) and block.indent is not None else None
    unit = unit or source.module.default_indent
    edits = [source.inserted(first.line, first.column, f"{head}{ending}{before}{unit}")]
    end = last.end_line if last.end_column else last.end_line - 1
    gone = {line for edit in others for line in range(edit.location.line + 1, edit.location.end_line + 1)}
    filled = (line for line in range(first.line + 1, end + 1) if rows[line - 1].strip() and line not in gone)
    return [*edits, *(source.inserted(line, 0, unit) for line in filled)]

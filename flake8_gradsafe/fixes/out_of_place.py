"""An in-place operator is written out of place: `x += 1` is `x = x + 1`, `x.mul_(2)` is `x = x.mul(2)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.autograd.operators import operator_table
from flake8_gradsafe.finding import Fix
from flake8_gradsafe.fixes import grad_mode
from flake8_gradsafe.fixes.parameters import is_state
from flake8_gradsafe.fixes.rebinding import Target, target
from flake8_gradsafe.fixes.sight import is_missed
from flake8_gradsafe.fixes.source import root_name
from flake8_gradsafe.fixes.uses import NameUses, life, shares
from flake8_gradsafe.rules.fix_kinds import OUT_OF_PLACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.finding import Edit
    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Diagnosis, Rule

_OPERATORS: dict[type[cst.BaseAugOp], str] = {
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.DivideAssign: "/",
    cst.PowerAssign: "**",
    cst.FloorDivideAssign: "//",
    cst.ModuloAssign: "%",
}
#: The result of these without the underscore is another one, in value or dtype.
_FALSE_TWINS = frozenset({"bernoulli_", "float_power_"})
#: PyTorch has no derivative of these: behind autograd's back they run, and where it sees them, backward is refused.
_WITHOUT_A_DERIVATIVE = frozenset({"//", "floor_divide_"})
#: Wherever floats of several widths are about, an operator in place keeps its tensor's, and one out of place takes the wider.
_DTYPES = re.compile(r"\b(?:half|double|bfloat16|float(?:16|32|64)|autocast|amp|complex\d+)\b|\.(?:float|type)\(")
_EQUALS = re.compile(r"(?:\s|\\\r?\n)*=(?:\s|\\\r?\n)*")
_EDITS_GRADIENTS = frozenset({"GRD145", "GRD245"})


def offer(source: Source, found: Sequence[tuple[Rule, Diagnosis]]) -> list[Fix | None]:
    """A fix for each report of an in-place operator that has a twin."""
    return [
        None if _is_declared(source, report.place) else _fix(source, rule.code, report.place) for rule, report in found
    ]


def _is_declared(source: Source, place: object) -> bool:
    """True if a custom Function says by `mark_dirty` that it writes its input: that has to be the input itself."""
    if not isinstance(place, cst.CSTNode):
        return False
    functions = (outer for outer in source.around(place) if isinstance(outer, cst.FunctionDef))
    return any("mark_dirty" in source.text(function) for function in functions)


def _fix(source: Source, code: str, place: object) -> Fix | None:
    if isinstance(place, cst.AugAssign):
        return _augmented(source, code, place)
    if isinstance(place, cst.Call):
        return _called(source, code, place)
    return None


def _augmented(source: Source, code: str, node: cst.AugAssign) -> Fix | None:
    operator = _OPERATORS.get(type(node.operator))
    if operator is None or grad_mode.may_be_off(source, node):
        return None
    written, through_data = _without_data(node.target)
    bound = target(source, written, node)
    if bound is None or _writes(source, node.value, written) or (through_data and operator in _WITHOUT_A_DERIVATIVE):
        return None
    edits = _data_dropped(source, node.target, written)
    edits.append(source.replaced(node.operator, f"= {bound.text} {operator}"))
    if _binds_weaker(node.value):
        start, end = source.location(node.value), source.end_of(node.value)
        edits += [source.inserted(start.line, start.column, "("), source.inserted(*end, ")")]
    edits += _reads_detached(source, node.value)
    operands = [] if _is_number(source, node.value) else [node.value]
    return _judged(source, code, node, bound, written, bound.life, edits, operands, through_data=through_data)


def _called(source: Source, code: str, place: cst.Call) -> Fix | None:
    """Return the fix of a call, or of a chain of calls, each of which has a twin."""
    calls = _chain(source, place)
    if not all(_has_a_twin(call) for call in calls) or not isinstance(calls[0].func, cst.Attribute):
        return None
    written, through_data = _without_data(calls[0].func.value)
    edits = _data_dropped(source, calls[0].func.value, written)
    operands = []
    for call in calls:
        name = cst.ensure_type(call.func, cst.Attribute).attr
        if through_data and name.value in _WITHOUT_A_DERIVATIVE:
            return None
        edits.append(source.replaced(name, name.value[:-1]))
        operands += [arg.value for arg in call.args if not _is_number(source, arg.value)]
        if any(_writes(source, arg.value, written) for arg in call.args):
            return None
        for arg in call.args:
            edits += _reads_detached(source, arg.value)
    whole = calls[-1]
    if any(_mentions(source, arg.value, written) for call in calls[1:] for arg in call.args):
        # The second operator's operand would be what the first one has made of it.
        return None
    if grad_mode.may_be_off(source, whole):
        return None
    statement = source.statement_of(whole)
    if statement is None:
        return _in_a_lambda(source, code, whole, written, edits)
    bound: Target | None
    if _needs_a_binding(source, statement, whole, written):
        bound = target(source, written, statement)
        if bound is None:
            return None
        edits.insert(0, source.inserted(*_before_the_value(source, statement), f"{bound.text} = "))
    else:
        bound = None if through_data else _as_a_value(source, code, statement, whole, written)
        if bound is None:
            return None
    return _judged(source, code, statement, bound, written, bound.life, edits, operands, through_data=through_data)


def _chain(source: Source, place: cst.Call) -> list[cst.Call]:
    """Return a call with those that it is called on, and those that are called on it, in their order."""
    calls = [place]
    while isinstance(calls[-1].func, cst.Attribute) and isinstance(calls[-1].func.value, cst.Call):
        calls.append(calls[-1].func.value)
    calls.reverse()
    while (outer := _call_of_its_method(source, calls[-1])) is not None:
        calls.append(outer)
    return calls


def _needs_a_binding(
    source: Source, statement: cst.BaseSmallStatement, whole: cst.Call, written: cst.BaseExpression
) -> bool:
    """True if a call is a statement of its own, or is assigned to other names than the one that it writes."""
    if isinstance(statement, cst.Expr):
        return statement.value is whole
    if not isinstance(statement, cst.Assign) or statement.value is not whole:
        return False
    if any(_mentions(source, bound.target, written) for bound in statement.targets):
        return False
    return not isinstance(written, cst.Name) or life(source, written.value, statement).read_later


def _before_the_value(source: Source, statement: cst.BaseSmallStatement) -> tuple[int, int]:
    """Return where the value of an expression or an assignment begins, with its parentheses."""
    if not isinstance(statement, cst.Assign):
        start = source.location(statement)
        return start.line, start.column
    lines = source.lines
    end = lines.offset(*source.end_of(statement.targets[-1].target))
    equals = _EQUALS.match(lines.text, end)
    begins = equals.end() if equals is not None else source.starts(statement.value)
    line = lines.line_at(begins)
    return line, begins - lines.offset(line, 0)


def _as_a_value(
    source: Source, code: str, statement: cst.BaseSmallStatement, whole: cst.Call, written: cst.BaseExpression
) -> Target | None:
    """The name that is written where only the result is used: it needs no other binding if nobody reads it afterwards."""
    if not isinstance(written, cst.Name) or any(isinstance(outer, cst.BaseComp) for outer in source.around(whole)):
        return None
    around = life(source, written.value, statement)
    if not around.bound_here:
        return None
    if not _is_bound_to_it(source, statement, whole, written):
        others = (name for name in source.names[written.value] if name is not written)
        operands = [arg.value for call in _chain(source, whole) for arg in call.args]
        if around.read_later or any(
            source.within(other, statement) and not any(source.within(other, operand) for operand in operands)
            for other in others
        ):
            return None
    held = around.held and code not in _EDITS_GRADIENTS
    return Target(written.value, f"for who else holds {written.value}, it stays as it was" if held else "", around)


def _is_bound_to_it(source: Source, statement: cst.CSTNode, whole: cst.Call, written: cst.Name) -> bool:
    """True if a statement binds the name that its call writes to the result."""
    return (
        isinstance(statement, cst.Assign)
        and statement.value is whole
        and any(bound.target.deep_equals(written) for bound in statement.targets)
        and all(
            bound.target.deep_equals(written) or not _mentions(source, bound.target, written)
            for bound in statement.targets
        )
    )


def _in_a_lambda(
    source: Source, code: str, whole: cst.Call, written: cst.BaseExpression, edits: list[Edit]
) -> Fix | None:
    """Return the fix of a lambda that edits a gradient, and returns what it has made of it."""
    function = next((outer for outer in source.around(whole) if isinstance(outer, cst.Lambda)), None)
    if function is None or code not in _EDITS_GRADIENTS or not isinstance(written, cst.Name):
        return None
    mentions = [node for node in source.names[written.value] if source.within(node, function.body)]
    if len(mentions) != 1 or not _is_given_back(source, whole, function.body):
        return None
    return Fix(OUT_OF_PLACE.title, tuple(edits), safe=True)


def _is_given_back(source: Source, node: cst.CSTNode, body: cst.CSTNode) -> bool:
    """True if nothing but operators and methods lie between a value and the expression that it is a part of."""
    while node is not body:
        outer = source.parent(node)
        on_it = isinstance(outer, cst.Attribute) or (isinstance(outer, cst.Call) and outer.func is node)
        if outer is None or not (on_it or isinstance(outer, (cst.BinaryOperation, cst.UnaryOperation))):
            return False
        node = outer
    return True


def _is_returned(source: Source, statement: cst.CSTNode) -> bool:
    """True if a function gives something back at a statement or after it."""
    scope = source.scope_of(statement)
    returns = (node for node in source.inside(scope) if isinstance(node, cst.Return) and node.value is not None)
    return any(source.starts(returned) >= source.starts(statement) for returned in returns)


def _judged(
    source: Source,
    code: str,
    statement: cst.BaseSmallStatement,
    bound: Target,
    written: cst.BaseExpression,
    around: NameUses | None,
    edits: list[Edit],
    operands: list[cst.BaseExpression],
    *,
    through_data: bool,
) -> Fix | None:
    why = bound.why
    if source.loses_a_comment(edits) or (isinstance(written, cst.Name) and is_state(source, written)):
        return None
    if code in _EDITS_GRADIENTS:
        if around is None or through_data or not _is_returned(source, statement):
            return None
        why = f"for who else holds {bound.text}, it stays as it was" if around.escapes else ""
    elif is_missed(source, written, statement):
        return None
    if through_data:
        if around is None or not around.computed:
            return None
        if around.read_later:
            why = why or f"what is computed from {bound.text} below is differentiated through the change too"
    if not why and operands and _DTYPES.search(source.lines.text):
        why = "of several dtypes, the result has the widest"
    if code in {"GRD143", "GRD243"}:
        why = f"the tensor that {bound.text} is a piece of stays as it was"
    return Fix(OUT_OF_PLACE.title, tuple(sorted(edits, key=_place)), not why, why)


def _place(edit: Edit) -> tuple[int, int, int, int]:
    where = edit.location
    return where.line, where.column, where.end_line, where.end_column


# -- parts of a statement ------------------------------------------------------------------------------------------------


def _without_data(node: cst.BaseExpression) -> tuple[cst.BaseExpression, bool]:
    if isinstance(node, cst.Attribute) and node.attr.value == "data":
        return node.value, True
    return node, False


def _data_dropped(source: Source, node: cst.BaseExpression, written: cst.BaseExpression) -> list[Edit]:
    return [] if node is written else [source.cut(node, written)]


def _reads_detached(source: Source, node: cst.CSTNode) -> list[Edit]:
    """Return edits by which reads of `.data` in a statement become reads of `detach()`: they stay outside the graph."""
    return [
        source.replaced(part.attr, "detach()")
        for part in source.inside(node)
        if isinstance(part, cst.Attribute) and part.attr.value == "data"
    ]


def _mentions(source: Source, node: cst.CSTNode, written: cst.BaseExpression) -> bool:
    """True if what is written, or the name that it begins with, stands in an expression."""
    name = root_name(written)
    return any(isinstance(part, cst.Name) and part.value == name for part in source.inside(node))


def _writes(source: Source, node: cst.CSTNode, written: cst.BaseExpression) -> bool:
    """True if an operand writes what is written itself before it is used."""
    calls = (part.func for part in source.inside(node) if isinstance(part, cst.Call))
    return any(
        isinstance(call, cst.Attribute) and call.attr.value.endswith("_") and _mentions(source, call, written)
        for call in calls
    )


def _call_of_its_method(source: Source, call: cst.Call) -> cst.Call | None:
    attribute = source.parent(call)
    outer = source.parent(attribute) if isinstance(attribute, cst.Attribute) else None
    return outer if isinstance(outer, cst.Call) and outer.func is attribute else None


def _has_a_twin(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and has_a_twin(call.func.attr.value)


def has_a_twin(method: str) -> bool:
    """True if an in-place method computes the same without its underscore."""
    methods = operator_table().methods
    inplace, twin = methods.get(method), methods.get(method.removesuffix("_"))
    if inplace is None or twin is None or not inplace.inplace or twin.inplace or method in _FALSE_TWINS:
        return False
    return method.endswith("_") and inplace.operator is twin.operator and not shares(twin)


def _is_number(source: Source, node: cst.BaseExpression) -> bool:
    """True if an operand is surely a plain number, which changes no dtype."""
    if isinstance(node, (cst.Integer, cst.Float)):
        return True
    if isinstance(node, cst.UnaryOperation):
        return _is_number(source, node.expression)
    return isinstance(node, cst.BinaryOperation) and _is_number(source, node.left) and _is_number(source, node.right)


def _binds_weaker(node: cst.BaseExpression) -> bool:
    """True if an operand needs parentheses behind an operator."""
    if node.lpar:
        return False
    return not isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float))

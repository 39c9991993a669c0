"""An in-place operator is written out of place: `x += 1` is `x = x + 1`, `x.mul_(2)` is `x = x.mul(2)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.autograd.operators import catalogue
from flake8_gradsafe.finding import Fix
from flake8_gradsafe.fixes import grad_mode
from flake8_gradsafe.fixes.lives import Life, life, shares
from flake8_gradsafe.fixes.parameters import is_state
from flake8_gradsafe.fixes.rebinding import Target, target
from flake8_gradsafe.rules.remedies import OUT_OF_PLACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.finding import Edit
    from flake8_gradsafe.fixes.source import Source
    from flake8_gradsafe.rules.rule import Report, Rule

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
#: Wherever floats of several widths are about, an operator in place keeps its tensor's, and one out of place takes the wider.
_DTYPES = re.compile(r"\b(?:half|double|bfloat16|float(?:16|32|64)|autocast|amp|complex\d+)\b|\.(?:float|type)\(")
_EDITS_GRADIENTS = frozenset({"GRD145", "GRD245"})


def offer(source: Source, found: Sequence[tuple[Rule, Report]]) -> list[Fix | None]:
    """A fix for each report of an in-place operator that has a twin."""
    return [
        None if _is_declared(source, report.place) else _fix(source, rule.code, report.place) for rule, report in found
    ]


def _is_declared(source: Source, place: object) -> bool:
    """Whether a custom Function says by `mark_dirty` that it writes its input: that has to be the input itself."""
    if not isinstance(place, cst.CSTNode):
        return False
    functions = (each for each in source.around(place) if isinstance(each, cst.FunctionDef))
    return any("mark_dirty" in source.text(function) for function in functions)


def _fix(source: Source, code: str, place: object) -> Fix | None:
    if isinstance(place, cst.AugAssign):
        return _augmented(source, code, place)
    if isinstance(place, cst.Call):
        return _called(source, code, place)
    return None


def _augmented(source: Source, code: str, node: cst.AugAssign) -> Fix | None:
    operator, statement = _OPERATORS.get(type(node.operator)), source.line_of(node)
    if operator is None or statement is None or grad_mode.may_be_off(source, statement):
        return None
    written, through_data = _without_data(node.target)
    bound = target(source, written, statement)
    if bound is None:
        return None
    edits = _data_dropped(source, node.target, written)
    edits.append(source.replaced(node.operator, f"= {bound.text} {operator}"))
    if _binds_weaker(node.value):
        start, end = source.location(node.value), source.end_of(node.value)
        edits += [source.inserted(start.line, start.column, "("), source.inserted(*end, ")")]
    edits += _reads_detached(source, node.value)
    operands = [] if _is_number(source, node.value) else [node.value]
    return _judged(source, code, bound, written, bound.life, edits, operands, through_data=through_data)


def _called(source: Source, code: str, place: cst.Call) -> Fix | None:
    """A call, or a chain of them, each of which has a twin."""
    calls = [place]
    while isinstance(calls[-1].func, cst.Attribute) and isinstance(calls[-1].func.value, cst.Call):
        calls.append(calls[-1].func.value)
    calls.reverse()
    while (outer := _call_of_its_method(source, calls[-1])) is not None:
        calls.append(outer)
    if not all(_has_a_twin(call) for call in calls) or not isinstance(calls[0].func, cst.Attribute):
        return None
    written, through_data = _without_data(calls[0].func.value)
    edits = _data_dropped(source, calls[0].func.value, written)
    operands = []
    for call in calls:
        name = cst.ensure_type(call.func, cst.Attribute).attr
        edits.append(source.replaced(name, name.value[:-1]))
        operands += [arg.value for arg in call.args if not _is_number(source, arg.value)]
        for arg in call.args:
            edits += _reads_detached(source, arg.value)
    whole = calls[-1]
    statement = source.line_of(whole)
    if statement is not None and isinstance(source.parent(whole), cst.Expr):
        if grad_mode.may_be_off(source, statement) or whole.lpar:
            return None
        bound = target(source, written, statement)
        if bound is None:
            return None
        start = source.location(whole)
        edits.insert(0, source.inserted(start.line, start.column, f"{bound.text} = "))
        return _judged(source, code, bound, written, bound.life, edits, operands, through_data=through_data)
    return _as_a_value(source, code, whole, written, edits, operands, through_data=through_data)


def _as_a_value(
    source: Source,
    code: str,
    whole: cst.Call,
    written: cst.BaseExpression,
    edits: list[Edit],
    operands: list[cst.BaseExpression],
    *,
    through_data: bool,
) -> Fix | None:
    """A call whose result is used: the name itself needs no other binding where nobody reads it afterwards."""
    line = next(
        (each for each in source.around(whole) if isinstance(each, (cst.SimpleStatementLine, cst.Lambda))), None
    )
    if line is None or not isinstance(written, cst.Name) or grad_mode.may_be_off(source, whole) or through_data:
        return None
    around = life(source, written.value, line)
    if isinstance(line, cst.Lambda):
        scope = [node for node in source.names[written.value] if source.within(node, line.body)]
        if not isinstance(source.parent(written), cst.Attribute) or len(scope) != 1 or code not in _EDITS_GRADIENTS:
            return None
        return Fix(OUT_OF_PLACE.title, tuple(edits), safe=True)
    rebound = _is_bound_to_it(source, whole, written)
    why = "" if rebound or not around.read_later else f"{written.value} is read later, and stays as it was"
    if around.held and not why and code not in _EDITS_GRADIENTS:
        why = f"for who else holds {written.value}, it stays as it was"
    return _judged(source, code, Target(written.value, why), written, around, edits, operands, through_data=False)


def _is_bound_to_it(source: Source, whole: cst.Call, written: cst.Name) -> bool:
    statement = source.parent(whole)
    return (
        isinstance(statement, cst.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0].target, cst.Name)
        and statement.targets[0].target.value == written.value
    )


def _judged(
    source: Source,
    code: str,
    bound: Target,
    written: cst.BaseExpression,
    around: Life | None,
    edits: list[Edit],
    operands: list[cst.BaseExpression],
    *,
    through_data: bool,
) -> Fix | None:
    why = bound.why
    if source.loses_a_comment(edits) or (isinstance(written, cst.Name) and is_state(source, written)):
        return None
    if code in _EDITS_GRADIENTS:
        if around is None or through_data:
            return None
        why = f"for who else holds {bound.text}, it stays as it was" if around.escapes else ""
    if through_data:
        if around is None or not around.computed:
            return None
        if around.read_later:
            why = why or f"what is computed from {bound.text} below is differentiated through the change too"
    if not why and operands and _DTYPES.search(source.lines.text):
        why = "of several dtypes, the result has the widest"
    if code == "GRD143":
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
    """What is read through `.data` in a statement is read through `detach()`: it stays outside the graph."""
    return [
        source.replaced(each.attr, "detach()")
        for each in source.inside(node)
        if isinstance(each, cst.Attribute) and each.attr.value == "data"
    ]


def _call_of_its_method(source: Source, call: cst.Call) -> cst.Call | None:
    attribute = source.parent(call)
    outer = source.parent(attribute) if isinstance(attribute, cst.Attribute) else None
    return outer if isinstance(outer, cst.Call) and outer.func is attribute else None


def _has_a_twin(call: cst.Call) -> bool:
    return isinstance(call.func, cst.Attribute) and has_a_twin(call.func.attr.value)


def has_a_twin(method: str) -> bool:
    """Whether an in-place method computes the same without its underscore."""
    methods = catalogue().methods
    inplace, twin = methods.get(method), methods.get(method.removesuffix("_"))
    if inplace is None or twin is None or not inplace.inplace or twin.inplace or method in _FALSE_TWINS:
        return False
    return method.endswith("_") and inplace.operator is twin.operator and not shares(twin)


def _is_number(source: Source, node: cst.BaseExpression) -> bool:
    """Whether an operand is surely a plain number, which changes no dtype."""
    if isinstance(node, (cst.Integer, cst.Float)):
        return True
    if isinstance(node, cst.UnaryOperation):
        return _is_number(source, node.expression)
    return isinstance(node, cst.BinaryOperation) and _is_number(source, node.left) and _is_number(source, node.right)


def _binds_weaker(node: cst.BaseExpression) -> bool:
    """Whether an operand needs parentheses behind an operator."""
    if node.lpar:
        return False
    return not isinstance(node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float))

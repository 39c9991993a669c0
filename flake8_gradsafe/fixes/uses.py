"""The uses of a name's tensor around a statement: what it is, who else may hold it, whether it is read later.

All of it is told from the text of one scope, and the cautious way where the text does not tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.autograd.operators import operator_table

if TYPE_CHECKING:
    from flake8_gradsafe.autograd.operators import OpRef
    from flake8_gradsafe.fixes.source import Source

#: Attributes and methods that give no tensor, or nothing that shares memory with the tensor.
_PLAIN = frozenset(
    "shape dtype device ndim requires_grad is_leaf grad_fn grad layout size dim numel item tolist nelement backward "
    "is_contiguous stride element_size type get_device is_cuda zero_ copy_ normal_ "
    "uniform_ random_ new_zeros new_ones new_full new_tensor new_empty clone".split()
)
#: Methods of tensors that sets and queues have too.
_OF_CONTAINERS = frozenset({"add", "put"})
#: Functions of Python that keep none of their arguments.
_HARMLESS = frozenset("print len float int bool str repr round isinstance type id hash format range".split())


@dataclass(frozen=True, slots=True)
class NameUses:
    """`bound_here`: the statement's own scope binds the name, so that it can be bound anew there.

    `computed`: it is an operator's result wherever it is bound. `fresh`: nobody else holds what it is bound to. `escapes`: an
    alias of it is made, or it is given to code that may keep it. `read_later`: its value may be read after the statement.
    `argument`: a function got it from its caller. `looped`: it is bound by a loop, to the items of something.
    """

    bound_here: bool
    computed: bool
    fresh: bool
    escapes: bool
    read_later: bool
    argument: bool
    looped: bool

    @property
    def held(self) -> bool:
        """True if somebody else may hold the object, or its memory."""
        return self.escapes or not self.fresh


def life(source: Source, name: str, statement: cst.CSTNode, but: cst.CSTNode | None = None) -> NameUses:
    """The life of a name around a statement. Reads inside `but` are left out: they are what is about to be mended."""
    scope = source.scope_of(statement)
    nodes = source.names.get(name, [])
    own = [node for node in nodes if source.scope_of(node) is scope]
    bindings = [
        node
        for node in own
        if source.binds(node)
        and not isinstance(source.parent(node), cst.AugAssign)
        and not source.within(node, statement)
    ]
    reads = [
        node
        for node in nodes
        if node not in bindings and (but is None or not source.within(node, but)) and _sees(source, node, scope)
    ]
    argument = any(isinstance(source.parent(node), cst.Param) for node in bindings)
    usual = isinstance(scope, (cst.FunctionDef, cst.Module)) and name not in source.declared
    values = [_bound_value(source, node) for node in bindings]
    loop = _loop_outside_its_binding(source, statement, bindings, scope)
    start, end = source.lines.stretch(source.location(statement))
    later = [
        node
        for node in reads
        if not source.within(node, statement)
        and (source.starts(node) >= end or _comes_round_to(source, statement, node, bindings, scope))
    ]
    nested = [node for node in reads if source.scope_of(node) is not scope and not _runs_at_once(source, node, scope)]
    before = reads if loop is not None else [node for node in reads if source.starts(node) < start or node in nested]
    return NameUses(
        bound_here=bool(bindings) and usual,
        computed=bool(values) and all(value is not None and is_computed(source, value) for value in values),
        fresh=bool(values) and all(value is not None and is_fresh(source, value) for value in values),
        escapes=not all(stays(source, node) for node in before if not source.within(node, statement)),
        read_later=bool(later or nested),
        argument=argument,
        looped=any(isinstance(source.parent(node), cst.For) for node in bindings),
    )


def _sees(source: Source, node: cst.Name, scope: cst.CSTNode) -> bool:
    """True if a name means this scope's, and not one that a scope further inside has under the same name."""
    inner = source.scope_of(node)
    while inner is not scope:
        if isinstance(inner, cst.Module) or source.is_bound_in(node.value, inner):
            return False
        inner = source.scope_of(inner)
    return True


def _runs_at_once(source: Source, node: cst.CSTNode, scope: cst.CSTNode) -> bool:
    """True if only comprehensions lie between a name and the scope: they run where they stand."""
    inner: cst.CSTNode = source.scope_of(node)
    while inner is not scope:
        if not isinstance(inner, (cst.ListComp, cst.SetComp, cst.DictComp)):
            return False
        inner = source.scope_of(inner)
    return True


def _bound_value(source: Source, name: cst.Name) -> cst.BaseExpression | None:
    """The expression that a name is bound to, by itself; None where it is another kind of binding."""
    target = source.parent(name)
    if isinstance(target, cst.AssignTarget):
        statement = source.parent(target)
        return statement.value if isinstance(statement, cst.Assign) and len(statement.targets) == 1 else None
    return target.value if isinstance(target, (cst.AnnAssign, cst.NamedExpr)) else None


def _loop_outside_its_binding(
    source: Source, statement: cst.CSTNode, bindings: list[cst.Name], scope: cst.CSTNode
) -> cst.CSTNode | None:
    """The outermost loop around a statement that does not bind the name anew, above the statement, in every round."""
    found: cst.CSTNode | None = None
    start = source.starts(statement)
    blocks = [outer for outer in source.around(statement) if isinstance(outer, (cst.IndentedBlock, cst.Module))]
    for loop in source.around(statement):
        if loop is scope:
            break
        if not isinstance(loop, (cst.For, cst.While)):
            continue
        anew = (
            node
            for node in bindings
            if source.starts(node) < start and source.within(node, loop) and _stands_in(source, node, loop, blocks)
        )
        if not any(anew):
            found = loop
    return found


def _comes_round_to(
    source: Source, statement: cst.CSTNode, read: cst.CSTNode, bindings: list[cst.Name], scope: cst.CSTNode
) -> bool:
    """True if what a name is bound to at a statement is read in a later round of a loop around both."""
    for loop in source.around(statement):
        if loop is scope:
            return False
        if isinstance(loop, cst.For) and not source.within(read, loop.body):
            continue
        if isinstance(loop, (cst.For, cst.While)) and source.within(read, loop):
            blocks = [outer for outer in source.around(read) if isinstance(outer, (cst.IndentedBlock, cst.Module))]
            if not any(_is_bound_before(source, node, read, loop, blocks) for node in bindings):
                return True
    return False


def _is_bound_before(
    source: Source,
    name: cst.Name,
    read: cst.CSTNode,
    loop: cst.For | cst.While,
    blocks: list[cst.IndentedBlock | cst.Module],
) -> bool:
    """True if every round of a loop binds a name anew before a read in it."""
    if not source.within(name, loop) or not _stands_in(source, name, loop, blocks):
        return False
    if isinstance(loop, cst.For) and source.within(name, loop.target):
        return True
    statement = source.statement_of(name)
    return statement is not None and source.lines.stretch(source.location(statement))[1] <= source.starts(read)


def _stands_in(source: Source, name: cst.Name, loop: cst.CSTNode, blocks: list[cst.IndentedBlock | cst.Module]) -> bool:
    """True if a binding is the loop's own target, or stands unconditionally on the way to the statement."""
    if isinstance(loop, cst.For) and source.within(name, loop.target):
        return True
    line = next((outer for outer in source.around(name) if isinstance(outer, cst.SimpleStatementLine)), None)
    return line is not None and any(source.parent(line) is block for block in blocks)


# -- expressions ---------------------------------------------------------------------------------------------------------


def is_fresh(source: Source, value: cst.BaseExpression) -> bool:
    """True if an expression gives a tensor that nobody else holds."""
    if isinstance(value, (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison)):
        return True
    if not isinstance(value, cst.Call):
        return False
    known = spelling(source, value)
    if known is not None and (known.inplace or shares(known, value)):
        # Of what nobody holds, a view or the written tensor itself is nobody's either.
        operand = _first_operand(source, value)
        return operand is not None and is_fresh(source, operand)
    if known is not None:
        return True
    return _is_module(source, value) or source.meaning(value.func) in _FACTORIES


def is_computed(source: Source, value: cst.BaseExpression) -> bool:
    """True if an expression is an operator's result, and no leaf."""
    if isinstance(value, (cst.BinaryOperation, cst.UnaryOperation)):
        return True
    if not isinstance(value, cst.Call):
        return False
    known = spelling(source, value)
    if known is None:
        return _is_module(source, value)
    if known.inplace:
        operand = _first_operand(source, value)
        return operand is not None and is_computed(source, operand)
    if known.operator.name.rpartition(".")[2] in {"clone", "detach", "alias"}:
        return False
    forms = tuple(known.operator.forms)
    return bool(forms) and bool(operator_table().behaviour_of_any(known, forms).differentiable)


def _first_operand(source: Source, call: cst.Call) -> cst.BaseExpression | None:
    if not source.meaning(call.func) and isinstance(call.func, cst.Attribute):
        return call.func.value
    return call.args[0].value if call.args else None


_FACTORIES = frozenset(
    f"torch.{name}"
    for name in (
        "randn rand zeros ones full empty arange linspace eye randint randperm zeros_like ones_like full_like empty_like "
        "randn_like rand_like tensor"
    ).split()
)


def _is_module(source: Source, call: cst.Call) -> bool:
    """True if a call runs a layer of torch.nn that the file makes under this name."""
    made = source.layers.get(source.text(call.func), frozenset())
    return bool(made) and made <= _LAYERS and not _is_bound_otherwise(source, call.func)


def _is_bound_otherwise(source: Source, function: cst.BaseExpression) -> bool:
    """True if a name is an argument or a loop's own somewhere, so that what it is assigned elsewhere tells nothing."""
    if not isinstance(function, cst.Name):
        return False
    bindings = [node for node in source.names.get(function.value, []) if source.binds(node)]
    return not all(isinstance(source.parent(node), cst.AssignTarget) for node in bindings)


#: Layers whose output shares no memory with their input, whatever their options.
_LAYERS = frozenset(
    f"torch.nn.{name}"
    for name in (
        "Linear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d BatchNorm1d BatchNorm2d LayerNorm GroupNorm Embedding "
        "Softmax Sigmoid Tanh GELU Bilinear"
    ).split()
)


def spelling(source: Source, call: cst.Call) -> OpRef | None:
    """The operator that a call runs: a function by the module's imports, a method by its name."""
    meaning = source.meaning(call.func)
    if meaning:
        return operator_table().functions.get(meaning)
    if isinstance(call.func, cst.Attribute) and call.func.attr.value not in source.defined:
        return operator_table().methods.get(call.func.attr.value)
    return None


def is_written(source: Source, node: cst.CSTNode) -> bool:
    """True if something is stored in a value, or in a part of it, or a method of it works in place."""
    outer = source.parent(node)
    while isinstance(outer, (cst.Attribute, cst.Subscript, cst.Call)):
        if isinstance(outer, cst.Call) and node is not outer.func:
            return False
        if isinstance(outer, cst.Subscript) and node is not outer.value:
            return False
        if isinstance(outer, cst.Attribute) and outer.attr.value.endswith("_"):
            return True
        node, outer = outer, source.parent(outer)
    return isinstance(outer, (cst.AssignTarget, cst.Del)) or (isinstance(outer, cst.AugAssign) and outer.target is node)


def shares(spelling: OpRef, call: cst.Call | None = None) -> bool:
    """True if an operator may give what shares memory with an operand, where it is not told to work in place."""
    told = call is not None and any(
        arg.keyword is not None and arg.keyword.value in {"inplace", "out"} for arg in call.args
    )
    forms = tuple(form for form in spelling.operator.forms if not form.endswith("inplace:True"))
    return told or not forms or bool(operator_table().behaviour_of_any(spelling, forms).aliases)


def stays(source: Source, node: cst.CSTNode) -> bool:
    """True if nobody holds on to a value after the expression that it stands in."""
    outer = source.parent(node)
    if isinstance(
        outer,
        (
            cst.Expr,
            cst.BinaryOperation,
            cst.UnaryOperation,
            cst.Comparison,
            cst.ComparisonTarget,
            cst.FormattedStringExpression,
            cst.Return,
            cst.Assert,
            cst.If,
            cst.While,
            cst.Index,
            cst.Del,
        ),
    ):
        return True
    if isinstance(outer, cst.AugAssign):
        return True
    if isinstance(outer, cst.Subscript):
        return _ends_as_target(source, outer) or stays(source, outer)
    if isinstance(outer, cst.Attribute):
        return _attribute_stays(source, outer)
    if isinstance(outer, cst.Arg):
        return _argument_stays(source, outer)
    if isinstance(outer, (cst.BooleanOperation, cst.IfExp)):
        return stays(source, outer)
    return False


def _ends_as_target(source: Source, node: cst.Subscript) -> bool:
    return isinstance(source.parent(node), (cst.AssignTarget, cst.Del))


def _attribute_stays(source: Source, attribute: cst.Attribute) -> bool:
    call, name = source.parent(attribute), attribute.attr.value
    if isinstance(call, cst.Call) and call.func is attribute:
        if name in _PLAIN:
            return not name.endswith("_") or stays(source, call)
        spelling = operator_table().methods.get(name)
        if spelling is None:
            return name == "detach" and stays(source, call)
        return (not spelling.inplace and not shares(spelling)) or stays(source, call)
    if name in _PLAIN:
        return True
    return name in {"data", "T", "mT", "H", "real", "imag"} and stays(source, attribute)


def _argument_stays(source: Source, argument: cst.Arg) -> bool:
    call = source.parent(argument)
    if not isinstance(call, cst.Call):
        return False
    if isinstance(call.func, cst.Name) and call.func.value in _HARMLESS:
        return True
    known = spelling(source, call)
    if known is None:
        return _is_module(source, call)
    if (
        isinstance(call.func, cst.Attribute)
        and call.func.attr.value in _OF_CONTAINERS
        and not source.meaning(call.func)
    ):
        return False
    keyword = argument.keyword
    if keyword is not None and keyword.value == "out":
        return False
    return (not shares(known, call) and not known.inplace) or stays(source, call)

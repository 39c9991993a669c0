"""Reads of a gradient from which training takes nothing: it is printed, logged or compared, or a number is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import statements_in
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import children, last_name, within

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flake8_gradsafe.syntax.program import Place

#: Calls that keep nothing of what they are given.
_LOGGING = library.LOGGING | frozenset("add_histogram add_scalars add_text log_metric log_metrics".split())
#: Calls that keep nothing of what they are given but a text, an answer or a count.
_ASKING = frozenset(
    "bool len str repr format isinstance size numel nelement dim type id isnan isinf isfinite any all equal allclose "
    "assert_close count_nonzero histc".split()
)
#: Calls that make numbers of tensors.
_NUMBERS = frozenset("item tolist float int".split())
#: Calls that make one number of all, where no axis is named.
_REDUCING = frozenset("norm vector_norm sum mean std var median max min amax amin quantile get_total_norm".split())
#: Attributes that tell of a tensor, not of its values.
_DESCRIBING = frozenset("shape dtype device layout ndim requires_grad is_sparse is_leaf grad_fn".split())
#: Methods and functions that give what they compute, and write nothing.
_COMPUTING = frozenset(
    "abs absolute add cat ceil clamp clip clone concat contiguous cosine_similarity cpu cuda detach div dot double exp flatten "
    "float half log log10 log1p log2 mul multiply neg numpy pow ravel reshape round sign sqrt square squeeze stack sub t "
    "to transpose unsqueeze view list tuple sorted zip enumerate filter map parameters named_parameters values items "
    "hstack vstack".split()
)
_COLLECTING = frozenset({"append", "extend", "add"})
_KEPT = frozenset({""})
_NOWHERE: frozenset[str] = frozenset()


def gradient_looks(body: Iterable[ir.Statement]) -> frozenset[Place]:
    """Where a body reads a gradient and keeps nothing that is computed with it but numbers."""
    return _reads_that_are_not_kept(body, _Flows(numbers=False))


def logged_gradients(body: Iterable[ir.Statement]) -> frozenset[Place]:
    """Where a body reads a gradient and keeps nothing at all, not even a number, of what is computed with it."""
    return _reads_that_are_not_kept(body, _Flows(numbers=True))


def edited_gradients(body: Iterable[ir.Statement]) -> dict[Place, Place]:
    """Where a body reads a gradient only to scale it, to bound it, or to add to it, in place; each with what does so."""
    found: dict[Place, Place] = {}
    for statement in statements_in(body):
        if isinstance(statement, ir.Augmented):
            edit, target = statement.place, statement.target
        elif isinstance(statement, ir.Evaluate) and (changed := _edited_by(statement.value)) is not None:
            edit, target = statement.value.place, changed
        else:
            continue
        read = target.value if isinstance(target, ir.Attribute) and target.attr == "data" else target
        if isinstance(read, ir.Attribute) and read.attr == "grad":
            found[read.place] = edit
    return found


def _edited_by(node: ir.Expression) -> ir.Expression | None:
    """What a call changes in place by its method; None for one that clears it."""
    if not isinstance(node, ir.Call) or not isinstance(node.function, ir.Attribute) or node.function.attr not in _EDITS:
        return None
    by_zero = any(isinstance(each.value, ir.Constant) and each.value.value == 0 for each in node.arguments[:1])
    return None if by_zero else node.function.value


#: What scales, bounds or adds to a tensor in place, and does not clear it.
_EDITS = frozenset(
    "mul_ div_ clamp_ clip_ clamp_min_ clamp_max_ add_ sub_ addcmul_ masked_fill_ nan_to_num_ renorm_".split()
)


def _reads_that_are_not_kept(body: Iterable[ir.Statement], flows: _Flows) -> frozenset[Place]:
    for statement in statements_in(body):
        flows.of_statement(statement)
    kept = flows.kept_names()
    return frozenset(place for place, names in flows.reads if kept.isdisjoint(names))


class _Flows:
    """To which names of a body the values of gradients and of names go; "" stands for whatever keeps them.

    `numbers`: those that are made of them are followed as well.
    """

    def __init__(self, *, numbers: bool) -> None:
        self.numbers = numbers
        self.reads: list[tuple[Place, frozenset[str]]] = []
        self.names: list[tuple[str, frozenset[str]]] = []

    def kept_names(self) -> set[str]:
        """The names whose values something keeps."""
        kept = {""}
        grown = True
        while grown:
            more = {name for name, into in self.names if name not in kept and not kept.isdisjoint(into)}
            kept |= more
            grown = bool(more)
        return kept

    def of_statement(self, statement: ir.Statement) -> None:
        """What a statement does with the values that it evaluates itself."""
        if isinstance(statement, ir.Assign):
            self._of(statement.value, frozenset[str]().union(*map(_bound, statement.targets)))
        elif isinstance(statement, ir.Augmented):
            self._of(statement.value, _bound(statement.target))
            self._of(statement.target, _bound(statement.target) if self.numbers else _KEPT)
        elif isinstance(statement, ir.Evaluate):
            self._of(statement.value, _NOWHERE)
        elif isinstance(statement, ir.Return):
            self._of(statement.value, _NOWHERE if statement.raises else _KEPT)
        elif isinstance(statement, ir.Branch):
            self._of(statement.test, _NOWHERE)
        elif isinstance(statement, ir.Loop):
            self._of(statement.source, _NOWHERE if statement.target is None else _bound(statement.target))
        elif isinstance(statement, ir.With):
            self._of(statement.context, _KEPT)
        elif isinstance(statement, ir.Function):
            self.names += [(name, _KEPT) for name in statement.mentions]

    def _of(self, node: ir.Expression | None, into: frozenset[str]) -> None:
        if isinstance(node, ir.Name):
            self.names.append((node.id, into))
        elif isinstance(node, ir.Attribute):
            self._of_attribute(node, into)
        elif isinstance(node, ir.Call):
            self._of_call(node, into)
        elif isinstance(node, (ir.Comparison, ir.Not)):
            self._of_parts(node, _NOWHERE)
        elif isinstance(node, ir.Formatted):
            for part in node.parts:
                self._of_text(part)
        elif isinstance(node, ir.Subscript):
            self._of(node.value, into)
            self._of(node.index, _NOWHERE)
        elif isinstance(node, ir.Choice):
            self._of(node.test, _NOWHERE)
            self._of(node.body, into)
            self._of(node.orelse, into)
        elif isinstance(node, ir.Comprehension):
            self._of_comprehension(node, into)
        elif isinstance(node, (ir.Binary, ir.Unary, ir.Logical, ir.Sequence, ir.Starred, ir.Mapping)):
            self._of_parts(node, into)
        elif isinstance(node, ir.Lambda):
            self.names += [(name, _KEPT) for name in node.function.mentions]
        elif node is not None:
            self._of_parts(node, _KEPT)

    def _of_parts(self, node: ir.Expression, into: frozenset[str]) -> None:
        for part in _parts(node):
            self._of(part, into)

    def _of_text(self, part: ir.Expression) -> None:
        """What is put into a text, with the width and the precision that it is given."""
        for value in part.parts if isinstance(part, ir.Opaque) else (part,):
            self._of(value, _NOWHERE)

    def _of_attribute(self, node: ir.Attribute, into: frozenset[str]) -> None:
        if node.attr == "grad":
            self.reads.append((node.place, into))
            into = _NOWHERE
        self._of(node.value, _NOWHERE if node.attr in _DESCRIBING else into)

    def _of_call(self, call: ir.Call, into: frozenset[str]) -> None:
        name = last_name(call.function)
        receiver = call.function.value if isinstance(call.function, ir.Attribute) else None
        if name in _LOGGING or name in _ASKING or (not self.numbers and _gives_numbers(call, name)):
            of_receiver = of_arguments = _NOWHERE
        elif name in _COLLECTING and isinstance(receiver, ir.Name):
            of_receiver, of_arguments = _NOWHERE, frozenset({receiver.id})
        elif name in _COMPUTING or name in _REDUCING or name in _NUMBERS:
            of_receiver = of_arguments = _KEPT if any(given.name == "out" for given in call.arguments) else into
        else:
            of_receiver = of_arguments = _KEPT
        self._of(receiver, of_receiver)
        for argument in call.arguments:
            self._of(argument.value, of_arguments)

    def _of_comprehension(self, node: ir.Comprehension, into: frozenset[str]) -> None:
        self._of(node.element, into)
        self._of(node.key, into)
        for clause in node.clauses:
            self._of(clause.source, _bound(clause.target))
            for condition in clause.conditions:
                self._of(condition, _NOWHERE)


def _parts(node: ir.Expression) -> list[ir.Expression | None]:
    if isinstance(node, ir.Walrus):
        return [node.target, node.value]
    return [node.value] if isinstance(node, ir.Yield) else children(node)


def _bound(target: ir.Expression) -> frozenset[str]:
    """The names that a target binds; what it keeps otherwise, something else may read."""
    if isinstance(target, ir.Name):
        return frozenset({target.id})
    if isinstance(target, ir.Starred):
        return _bound(target.value)
    return frozenset[str]().union(*map(_bound, target.items)) if isinstance(target, ir.Sequence) else _KEPT


def _gives_numbers(call: ir.Call, name: str) -> bool:
    """Whether a call gives a number, or a tensor of one that is computed from gradients alone."""
    if name in _NUMBERS:
        return True
    return name in _REDUCING and _is_over_all(call) and not any(isinstance(part, ir.Binary) for part in within(call))


def _is_over_all(call: ir.Call) -> bool:
    """Whether a call reduces all axes: `g.norm(2)`, `torch.linalg.vector_norm(g, ord=2)`, `max(norms)`."""
    if any(argument.name in {"dim", "axis", "out", "keepdim"} for argument in call.arguments):
        return False
    if not isinstance(call.function, ir.Attribute):
        return False  # sum() and max() of Python go through a list
    given = sum(argument.name is None for argument in call.arguments)
    return given <= _is_of_library(call.function.value) + ("norm" in call.function.attr)


def _is_of_library(owner: ir.Expression) -> bool:
    """Whether something is `torch`, or a module in it, so that its functions are given the tensor."""
    while isinstance(owner, ir.Attribute) and owner.attr != "grad":
        owner = owner.value
    return isinstance(owner, ir.Name) and owner.id in {"torch", "np", "numpy", "F"}

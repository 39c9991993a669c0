"""Tells whether anybody in sight would miss a write to a tensor: another name, a container or a caller that reads it
afterwards.

It is told from the text, and where that does not tell, whoever may hold the tensor holds it. What code of other files keeps is
out of sight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_gradsafe.fixes.source import root_name
from flake8_gradsafe.fixes.uses import is_fresh, life, shares, spelling, stays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.fixes.source import Source

#: Functions of Python that give what holds their arguments.
_KEEP = frozenset(
    "list tuple dict set frozenset iter next zip enumerate reversed sorted filter map getattr vars".split()
)
#: Methods of containers that give what these hold, and those that put something into them.
_GIVE = frozenset("values items get setdefault copy".split())
_TAKE = frozenset("append appendleft extend insert add update setdefault put push".split())
_CONSTANTS = frozenset({"None", "True", "False"})


def is_missed(source: Source, written: cst.BaseExpression, statement: cst.CSTNode) -> bool:
    """True if a write that reaches only what `written` is bound to would be missed after a statement.

    `written` is a name, an attribute of `self`, or an item of a container.
    """
    return _Holders(source, statement).miss(_key(source, written))


class _Holders:
    """The names, attributes and containers that may hold a tensor at a statement."""

    def __init__(self, source: Source, statement: cst.CSTNode, asked: set[int] | None = None) -> None:
        """Take a statement, and the calls whose callers have been asked already."""
        self._source = source
        self._statement = statement
        self._scope = source.scope_of(statement)
        self._start, self._end = source.lines.stretch(source.location(statement))
        self._asked = set() if asked is None else asked

    def miss(self, own: str) -> bool:
        """True if another one than `own` is read after the statement, or what a caller gave is read by the caller."""
        if "." in own and self._is_taken_out(own):
            return True
        pending, seen = [own], set()
        while pending:
            key = pending.pop()
            if not key or key in seen:
                continue
            seen.add(key)
            if key != own and self._is_read_after(key):
                return True
            for node in self._mentions(key):
                if self._is_a_callers(node) or self._is_given_elsewhere(node):
                    return True
                pending += self._held_with(node)
        return False

    def _mentions(self, key: str) -> list[cst.Name] | list[cst.Attribute]:
        if "." in key:
            return self._source.attributes.get(key, [])
        return [node for node in self._source.names.get(key, []) if self._source.scope_of(node) is self._scope]

    def _is_read_after(self, key: str) -> bool:
        """True if what a key stands for is read after the statement."""
        if "." not in key:
            here = [node for node in self._source.names.get(key, []) if self._source.within(node, self._statement)]
            twice = len([node for node in here if not self._source.binds(node)]) > 1
            return twice or life(self._source, key, self._statement).read_later
        return any(
            not self._source.binds_it(node) and not self._source.within(node, self._statement)
            for node in self._source.attributes.get(key, [])
        )

    def _is_given_elsewhere(self, node: cst.Name | cst.Attribute) -> bool:
        """True if another function binds an attribute to what somebody else holds."""
        source = self._source
        if source.scope_of(node) is self._scope or not source.binds_it(node):
            return False
        return any(key for value in _bound_to(source, node) for key in _kept_by(source, value))

    def _is_taken_out(self, key: str) -> bool:
        """True if an attribute's tensor may be known by another name outside of the function that writes it."""
        if any(self._is_bound_above(node) for node in self._source.attributes.get(key, [])):
            return False
        mentions = self._source.members.get(key.rpartition(".")[2], [])
        return any(self._takes_out(node) for node in mentions if not self._source.binds_it(node))

    def _takes_out(self, node: cst.Attribute) -> bool:
        source, function = self._source, self._source.scope_of(node)
        if isinstance(source.parent(node), cst.Return) and isinstance(function, cst.FunctionDef):
            return any(
                call is None or not isinstance(source.parent(call), cst.Expr) for call in callers(source, function)
            )
        is_a_method = _call_of(source, node) is not None
        return function is not self._scope and not is_a_method and not stays(source, node)

    def _is_bound_above(self, node: cst.Attribute) -> bool:
        """True if every call of the function binds an attribute anew before the statement."""
        source = self._source
        line = next((outer for outer in source.around(node) if isinstance(outer, cst.SimpleStatementLine)), None)
        block = source.parent(line) if line is not None else None
        if block is None or not source.binds_it(node) or source.starts(node) >= self._start:
            return False
        return source.within(self._statement, block)

    def _held_with(self, node: cst.Name | cst.Attribute) -> Iterator[str]:
        """Yield whatever holds the same tensor as a name or attribute, by one of its mentions."""
        source = self._source
        if source.within(node, self._statement) or source.scope_of(node) is not self._scope:
            return
        if source.binds_it(node):
            for value in _bound_to(source, node):
                yield from _kept_by(source, value)
        elif self._may_run_before(node):
            yield from _keepers(source, node)
            for value in _put_into(source, node):
                yield from _kept_by(source, value)

    def _may_run_before(self, node: cst.CSTNode) -> bool:
        source = self._source
        loops = (outer for outer in source.around(self._statement) if isinstance(outer, (cst.For, cst.While)))
        return source.starts(node) < self._start or any(source.within(node, loop) for loop in loops)

    # -- callers -----------------------------------------------------------------------------------------------------------

    def _is_a_callers(self, node: cst.Name | cst.Attribute) -> bool:
        """True if a mention is a function's parameter, for which a caller in the file gives what it reads afterwards."""
        parameter, function = self._source.parent(node), self._scope
        if not isinstance(parameter, cst.Param) or not isinstance(function, cst.FunctionDef):
            return False
        return any(self._is_read_by(call, function, parameter) for call in callers(self._source, function))

    def _is_read_by(self, call: cst.Call | None, function: cst.FunctionDef, parameter: cst.Param) -> bool:
        if call is None:
            return True
        if id(call) in self._asked:
            return False
        self._asked.add(id(call))
        given = _arguments_for(call, function, parameter)
        return any(self._is_read_after_call(argument, call) for argument in given)

    def _is_read_after_call(self, argument: cst.BaseExpression, call: cst.Call) -> bool:
        source = self._source
        if is_fresh(source, argument) or isinstance(argument, (cst.Integer, cst.Float, cst.SimpleString)):
            return False
        statement = source.statement_of(call)
        if statement is None:
            return True
        holders = _Holders(source, statement, self._asked)
        keys = list(_kept_by(source, argument))
        for comprehension in (outer for outer in source.around(call) if isinstance(outer, cst.BaseComp)):
            if source.within(comprehension, statement):
                keys += _kept_by(source, comprehension.for_in.iter)
        if not keys and isinstance(argument, cst.Call):
            return False
        if isinstance(argument, cst.Attribute) and _key(source, argument) not in _bound_by(source, statement):
            # What an object holds lives on with it.
            return True
        return not keys or any(
            (key not in _bound_by(source, statement) and holders._is_read_after(key)) or holders.miss(key)
            for key in keys
        )


# -- what holds what -----------------------------------------------------------------------------------------------------


def _key(source: Source, node: cst.BaseExpression) -> str:
    """Return what holds an expression's tensor: a name, or an attribute of `self`; of an item, its container."""
    while isinstance(node, cst.Subscript):
        node = node.value
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name) and node.value.value == "self":
        return source.text(node)
    return root_name(node)


def _bound_to(source: Source, node: cst.Name | cst.Attribute) -> Iterator[cst.BaseExpression]:
    """The expressions, one of which a name or attribute is bound to where it stands."""
    for outer in source.around(node):
        if isinstance(outer, (cst.Assign, cst.NamedExpr)):
            yield outer.value
        elif isinstance(outer, (cst.For, cst.CompFor)):
            yield outer.iter
        elif isinstance(outer, (cst.AnnAssign, cst.AugAssign)) and outer.value is not None:
            yield outer.value
        elif isinstance(outer, (cst.AssignTarget, cst.Tuple, cst.List, cst.Element, cst.StarredElement, cst.Subscript)):
            continue
        return


def _put_into(source: Source, container: cst.Name | cst.Attribute) -> Iterator[cst.BaseExpression]:
    """Yield what a statement puts into a container: `states[0] = h`, `states.append(h)`."""
    outer = source.parent(container)
    if isinstance(outer, cst.Subscript) and isinstance(source.parent(outer), cst.AssignTarget):
        yield from _bound_to(source, container)
    call = source.parent(outer) if isinstance(outer, cst.Attribute) else None
    if isinstance(call, cst.Call) and call.func is outer and _takes(source, call):
        yield from (argument.value for argument in call.args)


def _kept_by(source: Source, value: cst.BaseExpression) -> Iterator[str]:
    """Yield whatever else the tensors of an expression, or their memory, belong to."""
    if isinstance(value, cst.Name):
        if value.value not in _CONSTANTS:
            yield value.value
    elif isinstance(value, cst.Attribute):
        yield _key(source, value)
    elif isinstance(value, cst.Subscript):
        yield from _kept_by(source, value.value)
    elif isinstance(value, cst.Call):
        yield from _kept_by_call(source, value)
    elif isinstance(value, (cst.Tuple, cst.List, cst.Set)):
        for element in value.elements:
            yield from _kept_by(source, element.value)
    elif isinstance(value, cst.Dict):
        for item in value.elements:
            yield from _kept_by(source, item.value)
    elif isinstance(value, (cst.ListComp, cst.GeneratorExp, cst.SetComp)):
        if not is_fresh(source, value.elt):
            yield from _kept_by(source, value.elt)
            yield from _kept_by(source, value.for_in.iter)
    elif isinstance(value, cst.IfExp):
        yield from _kept_by(source, value.body)
        yield from _kept_by(source, value.orelse)
    elif isinstance(value, cst.BooleanOperation):
        yield from _kept_by(source, value.left)
        yield from _kept_by(source, value.right)
    elif isinstance(value, cst.NamedExpr):
        yield from _kept_by(source, value.target)
        yield from _kept_by(source, value.value)


def _kept_by_call(source: Source, call: cst.Call) -> Iterator[str]:
    known = spelling(source, call)
    method = call.func if isinstance(call.func, cst.Attribute) and not source.meaning(call.func) else None
    if known is not None:
        if known.inplace or shares(known, call):
            given = [method.value] if method is not None else [argument.value for argument in call.args[:1]]
            for value in given:
                yield from _kept_by(source, value)
        return
    if _keeps_its_arguments(source, call):
        for argument in call.args:
            yield from _kept_by(source, argument.value)
    if method is not None and method.attr.value in _GIVE:
        yield from _kept_by(source, method.value)


def _takes(source: Source, call: cst.Call) -> bool:
    """True if a method puts its arguments into what it is called on, as far as can be seen."""
    if not isinstance(call.func, cst.Attribute) or source.meaning(call.func):
        return False
    return call.func.attr.value in _TAKE | source.defined


def _keeps_its_arguments(source: Source, call: cst.Call) -> bool:
    """True if a call gives what may hold its arguments, or be one of them, by code in sight."""
    name = call.func.attr.value if isinstance(call.func, cst.Attribute) else source.text(call.func)
    return name in _KEEP or name in source.defined or name[:1].isupper()


def _keepers(source: Source, node: cst.BaseExpression) -> Iterator[str]:
    """Yield whatever comes to hold an expression's tensor, by the statement that it stands in."""
    if stays(source, node) and not isinstance(source.parent(node), cst.Subscript):
        return
    outer = source.parent(node)
    if isinstance(outer, cst.Arg):
        call = source.parent(outer)
        if not isinstance(call, cst.Call):
            return
        if isinstance(call.func, cst.Attribute) and _takes(source, call):
            yield _key(source, call.func.value)
        known = spelling(source, call)
        if _keeps_its_arguments(source, call) or (known is not None and (known.inplace or shares(known, call))):
            yield from _keepers(source, call)
    elif isinstance(outer, cst.Attribute):
        call = source.parent(outer)
        yield from _keepers(source, call if isinstance(call, cst.Call) and call.func is outer else outer)
    elif isinstance(outer, (cst.Element, cst.StarredElement, cst.DictElement)):
        literal = source.parent(outer)
        if isinstance(literal, cst.BaseExpression):
            yield from _keepers(source, literal)
    elif isinstance(outer, cst.Assign):
        for target in outer.targets:
            yield from _targets(source, target.target)
    elif isinstance(outer, (cst.AnnAssign, cst.NamedExpr)) or (
        isinstance(outer, cst.For) and not _is_a_dictionary(source, node)
    ):
        yield from _targets(source, outer.target)
        if isinstance(outer, cst.NamedExpr):
            yield from _keepers(source, outer)
    elif isinstance(outer, (cst.Subscript, cst.IfExp, cst.BooleanOperation)):
        yield from _keepers(source, outer)


def _is_a_dictionary(source: Source, node: cst.BaseExpression) -> bool:
    """True if a name is bound to dictionaries alone: a loop over one goes over its keys."""
    if not isinstance(node, cst.Name):
        return False
    scope = source.scope_of(node)
    bindings = [name for name in source.names[node.value] if source.binds(name) and source.scope_of(name) is scope]
    values = [value for binding in bindings for value in _bound_to(source, binding)]
    return bool(values) and all(isinstance(value, (cst.Dict, cst.DictComp)) for value in values)


def _targets(source: Source, target: cst.BaseExpression) -> Iterator[str]:
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _targets(source, element.value)
    else:
        yield _key(source, target)


def _bound_by(source: Source, statement: cst.CSTNode) -> set[str]:
    """Return the targets that a statement binds."""
    targets: Iterable[cst.BaseExpression] = ()
    if isinstance(statement, cst.Assign):
        targets = (target.target for target in statement.targets)
    elif isinstance(statement, cst.AnnAssign):
        targets = (statement.target,)
    return {key for target in targets for key in _targets(source, target)}


# -- calls ---------------------------------------------------------------------------------------------------------------


def callers(source: Source, function: cst.FunctionDef) -> list[cst.Call | None]:
    """The calls of a function in its file, None where it is given to somebody who may call it.

    Who calls what a list or a dictionary holds is out of sight.
    """
    name = function.name.value
    mentions = [node for node in source.names.get(name, []) if not source.binds(node)]
    found = [
        _call_of(source, node)
        for node in [*mentions, *source.members.get(name, [])]
        if not isinstance(source.parent(node), (cst.Element, cst.DictElement))
    ]
    owner = source.scope_of(function)
    if isinstance(owner, cst.ClassDef) and name in {"forward", "__call__"}:
        found += _calls_of_instances(source, owner)
    return found


def _call_of(source: Source, node: cst.CSTNode) -> cst.Call | None:
    outer = source.parent(node)
    return outer if isinstance(outer, cst.Call) and outer.func is node else None


def _calls_of_instances(source: Source, owner: cst.ClassDef) -> Iterator[cst.Call]:
    """The calls of what is made of a class: `Gate()(x)`, and `gate(x)` where something is assigned `Gate()`."""
    made = [_call_of(source, node) for node in source.names.get(owner.name.value, [])]
    named: set[str] = set()
    for call in made:
        if call is None:
            continue
        outer = source.parent(call)
        if isinstance(outer, cst.Call) and outer.func is call:
            yield outer
        statement = source.statement_of(call)
        if isinstance(statement, cst.Assign):
            named.update(source.text(target.target) for target in statement.targets)
    for name in named:
        yield from source.calls.get(name, [])


def _arguments_for(call: cst.Call, function: cst.FunctionDef, parameter: cst.Param) -> list[cst.BaseExpression]:
    """The arguments of a call that may be a parameter's: the one that is, where the call tells."""
    name = parameter.name.value
    keywords = [argument for argument in call.args if argument.keyword is not None]
    for keyword in keywords:
        if keyword.keyword is not None and keyword.keyword.value == name:
            return [keyword.value]
    return [argument.value for argument in call.args if argument.keyword is None]

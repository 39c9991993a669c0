"""Questions about the form of expressions and statements, where it matters to memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard

from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import children

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.prefilter.effects import Summary

#: Attributes of a tensor that are a handle on its memory.
SAME_MEMORY = frozenset({"data", "T", "mT", "H", "mH", "real", "imag", "grad"})

#: Methods of containers that hand out what is in them, or take it in.
CONTAINING = frozenset(
    "get pop items values keys setdefault popitem append extend insert update appendleft popleft".split()
)

#: Methods that hand out the modules which a module holds.
HANDING_OUT_MODULES = frozenset("modules named_modules children named_children".split())

#: Methods that hand out the tensors which a module holds.
HANDING_OUT = frozenset("parameters named_parameters buffers named_buffers".split()) | HANDING_OUT_MODULES

#: Methods that hand out pairs of a name, or a key, and what bears it.
NAMING = frozenset({"items", "named_parameters", "named_buffers", "named_modules", "named_children"})

_CONTAINERS = frozenset("dict list set tuple defaultdict OrderedDict Counter deque state_dict".split())


def walk(node: ir.Expression) -> Iterator[ir.Expression]:
    """Yield an expression and all inside it, in lambdas too."""
    pending: list[ir.Expression | None] = [node]
    while pending:
        current = pending.pop()
        if current is not None:
            yield current
            pending += _children(current)


def _children(node: ir.Expression) -> list[ir.Expression | None]:
    if isinstance(node, ir.Slice):
        return [node.lower, node.upper, node.step]
    if isinstance(node, (ir.Walrus, ir.Yield)):
        return [getattr(node, "target", None), node.value]
    if isinstance(node, ir.Formatted):
        return list(node.parts)
    if isinstance(node, ir.Comprehension):
        clauses = [part for clause in node.clauses for part in (clause.target, clause.source, *clause.conditions)]
        return [node.key, node.element, *clauses]
    if isinstance(node, ir.Lambda):
        returned = [statement.value for statement in node.function.body if isinstance(statement, ir.Return)]
        return [*(parameter.default for parameter in node.function.parameters), *returned]
    return children(node)


def positional(call: ir.Call) -> list[ir.Argument]:
    """The arguments of a call that have no name, those with a star too."""
    return [argument for argument in call.arguments if argument.name is None and argument.star != "**"]


def keywords(call: ir.Call) -> list[ir.Argument]:
    """The arguments of a call that have a name, and the dicts with two stars."""
    return [argument for argument in call.arguments if argument.name is not None or argument.star == "**"]


def parameters(node: ir.Statement | None) -> list[ir.Parameter]:
    """The parameters of a function, in the order in which positions fill them, then the others; none of anything else."""
    if not isinstance(node, ir.Function):
        return []
    if not any(parameter.star for parameter in node.parameters):
        return list(node.parameters)
    return sorted(node.parameters, key=lambda parameter: len(parameter.star))


def plain_parameters(node: ir.Function) -> frozenset[str]:
    """The parameters of which an annotation or a default says that they are given no tensor."""
    return frozenset(parameter.name for parameter in node.parameters if _is_given_no_tensor(parameter))


def _is_given_no_tensor(parameter: ir.Parameter) -> bool:
    if parameter.annotation is not None:
        return _is_plain(parameter.annotation)
    return isinstance(parameter.default, ir.Constant) and isinstance(parameter.default.value, (bool, str))


def _is_plain(annotation: ir.Expression) -> bool:
    if isinstance(annotation, ir.Constant):
        return annotation.value is None or annotation.value is ... or annotation.value in library.PLAIN_TYPES
    if isinstance(annotation, ir.Subscript):
        kind = last_name(annotation.value)
        return kind == "Literal" or (kind in library.HOLDING_TYPES and _is_plain(annotation.index))
    if is_tuple(annotation):
        return all(map(_is_plain, annotation.items))
    if isinstance(annotation, ir.Binary):
        return _is_plain(annotation.left) and _is_plain(annotation.right)
    return last_name(annotation) in library.PLAIN_TYPES


def names_tensor(annotation: ir.Expression) -> bool:
    """True if an annotation says that something is a tensor, or may be one: not that it holds some."""
    if isinstance(annotation, ir.Subscript):
        return last_name(annotation.value) in {"Optional", "Union", "Annotated"} and names_tensor(annotation.index)
    if is_tuple(annotation):
        return any(map(names_tensor, annotation.items))
    if isinstance(annotation, ir.Binary):
        return names_tensor(annotation.left) or names_tensor(annotation.right)
    name = str(annotation.value) if isinstance(annotation, ir.Constant) else last_name(annotation)
    return "Tensor" in name or "Parameter" in name


def is_own(node: ir.Expression) -> bool:
    """True if this is `self` or `cls`: the object whose method it stands in."""
    return isinstance(node, ir.Name) and node.id in {"self", "cls"}


def is_super(node: ir.Expression) -> bool:
    """True if this is `super()`: the object whose method it stands in, as the classes above see it."""
    return isinstance(node, ir.Call) and called(node) == "super"


def is_inplace(name: str) -> bool:
    """True if a method's name says that it works in place."""
    return name[-1:] == "_" and name[:1] != "_"


def is_number(node: ir.Expression) -> bool:
    """True if this is a literal number."""
    if isinstance(node, (ir.Unary, ir.Not)):
        node = node.operand
    return isinstance(node, ir.Constant) and isinstance(node.value, (int, float, complex))


def is_choice_of_indices(node: ir.Subscript) -> bool:
    """True if this takes only the indices that an operator gives beside its values: no gradient comes back by them."""
    place = node.index.value if isinstance(node.index, ir.Constant) else None
    return place == 1 and isinstance(node.value, ir.Call) and called(node.value) in _GIVING_INDICES


_GIVING_INDICES = frozenset("topk sort kthvalue mode cummax cummin".split())


def used_as_containers(calls: Iterable[ir.Call]) -> set[str]:
    """The names of which methods are called that containers have, and tensors have not."""
    return {
        call.function.value.id
        for call in calls
        if isinstance(call.function, ir.Attribute)
        and call.function.attr in _OF_CONTAINERS
        and isinstance(call.function.value, ir.Name)
    }


_OF_CONTAINERS = frozenset("append extend insert items keys pop popitem setdefault update".split())


def counters(loop: ir.Loop) -> set[str]:
    """The names that count a loop's rounds."""
    if not isinstance(loop.source, ir.Call):
        return set()
    target = loop.target
    if called(loop.source) == "enumerate" and is_tuple(target):
        target = target.items[0]
    elif called(loop.source) != "range":
        return set()
    return {target.id} if isinstance(target, ir.Name) else set()


def holds_but_last(test: ir.Expression, numbers: set[str]) -> bool:
    """True if this is `i < n - 1` or `i != n - 1`, with a name that counts the rounds of a loop."""
    if not isinstance(test, ir.Comparison) or not isinstance(test.left, ir.Name) or test.left.id not in numbers:
        return False
    last = test.right
    if not isinstance(last, ir.Binary) or last.method != "__sub__" or not isinstance(last.right, ir.Constant):
        return False
    return test.operator in {"<", "!="} and last.right.value == 1


def placed(arguments: list[ir.Argument]) -> int:
    """Return the number of arguments whose place is known: those before the first star."""
    return next((place for place, argument in enumerate(arguments) if argument.star), len(arguments))


def is_tuple(node: ir.Expression | None) -> TypeGuard[ir.Sequence]:
    """True if this is written as a tuple."""
    return isinstance(node, ir.Sequence) and not node.mutable


def is_text(node: ir.Expression) -> bool:
    """True if this is a string."""
    return isinstance(node, ir.Formatted) or (isinstance(node, ir.Constant) and isinstance(node.value, str))


def is_no_number(node: ir.Expression | None) -> bool:
    """True if no tensor can take in this value: a display, a function, a string or None."""
    if node is None:
        return False
    return _is_display(node) or isinstance(node, ir.Lambda) or is_text(node) or _is_none(node)


def _is_display(node: ir.Expression) -> bool:
    """True if this is a tuple, a list, a set or a dict that is written out."""
    if isinstance(node, ir.Opaque):
        return node.form in {"set", "dict"}
    if isinstance(node, ir.Comprehension):
        return node.form != "generator"
    return isinstance(node, (ir.Mapping, ir.Sequence))


def _is_none(node: ir.Expression) -> bool:
    return isinstance(node, ir.Constant) and node.value is None


def makes_container(node: ir.Expression | None) -> bool:
    """True if this makes a list, a set or a dict."""
    if isinstance(node, ir.Call):
        return called(node) in _CONTAINERS
    return node is not None and _is_display(node)


def keys_of(node: ir.Expression | None) -> frozenset[str] | None:
    """The keys of a dict that is written out; None where it may have others."""
    if isinstance(node, ir.Call) and called(node) == "dict" and not positional(node):
        names: list[object] = [keyword.name for keyword in keywords(node)]
    elif isinstance(node, ir.Mapping):
        names = [key.value if isinstance(key, ir.Constant) else None for key in node.keys]
    else:
        return None
    keys = frozenset(name for name in names if isinstance(name, str))
    return keys if len(keys) == len(set(names)) else None


def joins_displays(node: ir.Binary) -> bool:
    """True if `xs + ys` puts containers together."""
    return node.method in {"__add__", "__or__"} and (_joins(node.left) or _joins(node.right))


def _joins(node: ir.Expression) -> bool:
    if isinstance(node, ir.Comprehension):
        return node.form == "list"
    return isinstance(node, (ir.Sequence, ir.Mapping)) or (isinstance(node, ir.Opaque) and node.form == "dict")


def root_of(node: ir.Expression) -> str:
    """The name at which a chain of attributes begins, empty for other expressions."""
    while isinstance(node, ir.Attribute):
        node = node.value
    return node.id if isinstance(node, ir.Name) else ""


def called(call: ir.Call) -> str:
    """The last name of what is called."""
    return last_name(call.function)


def last_name(node: ir.Expression) -> str:
    """The name at which a chain of attributes ends, empty for other expressions."""
    return node.attr if isinstance(node, ir.Attribute) else node.id if isinstance(node, ir.Name) else ""


def dotted(node: ir.Expression) -> str:
    """Return a chain of attributes as it is written; empty for other expressions."""
    names: list[str] = []
    while isinstance(node, ir.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(names))) if isinstance(node, ir.Name) else ""


def sets_grad_off(node: ir.Expression) -> bool:
    """True if a context or a decorator switches grad mode off."""
    name = last_name(node.function if isinstance(node, ir.Call) else node)
    if isinstance(node, ir.Call) and name == "set_grad_enabled":
        return any(
            isinstance(argument.value, ir.Constant) and argument.value.value is False for argument in node.arguments
        )
    return library.GRAD_MODES.get(f"torch.{name}") is False


def rebinds_detached(loop: ir.Loop, last: ir.Statement | None) -> bool:
    """True if a loop ends with `h = h.detach()` for its own name; `last` is its last statement."""
    return (
        isinstance(last, ir.Assign)
        and last.annotation is None
        and isinstance(loop.target, ir.Name)
        and isinstance(last.value, ir.Call)
        and called(last.value) == "detach"
    )


def initialises(call: ir.Call) -> bool:
    """True if this calls something of `torch.nn.init`."""
    function = call.function
    if not isinstance(function, ir.Attribute):
        return False
    return (function.value.attr if isinstance(function.value, ir.Attribute) else root_of(function.value)) == "init"


def writes_first(call: ir.Call, summary: Summary) -> bool:
    """True if a call may write its first operand: by its name, or because `inplace` is given."""
    if not summary.writes:
        return False
    name = called(call)
    return name[-1:] == "_" or _may_ask_for_inplace(call, summary)


def _may_ask_for_inplace(call: ir.Call, summary: Summary) -> bool:
    if "inplace" not in summary.parameters:
        return False
    for keyword in keywords(call):
        if keyword.name in {"inplace", None}:
            return not (isinstance(keyword.value, ir.Constant) and keyword.value.value is False)
    given = positional(call)
    return any(argument.star for argument in given) or len(given) > summary.parameters.index("inplace")

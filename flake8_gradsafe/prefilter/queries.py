"""How things are written that matter to memory, in CPython's tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge import library

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


def parameters(node: ast.AST) -> Iterator[ast.arg]:
    """The parameters of a function, in the order in which positions fill them, then the others; none of anything else."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    arguments = node.args
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (each for each in (arguments.vararg, arguments.kwarg) if each is not None)


def plain_parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """The parameters of which an annotation or a default says that they are given no tensor."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    plain = {each.arg for each in parameters(node) if each.annotation is not None and _is_plain(each.annotation)}
    defaults = zip(
        (*positional[len(positional) - len(arguments.defaults) :], *arguments.kwonlyargs),
        (*arguments.defaults, *arguments.kw_defaults),
        strict=True,
    )
    plain |= {
        each.arg
        for each, default in defaults
        if each.annotation is None and isinstance(default, ast.Constant) and isinstance(default.value, (bool, str))
    }
    return frozenset(plain)


def _is_plain(annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.Constant):
        return annotation.value is None or annotation.value is ... or annotation.value in library.PLAIN_TYPES
    if isinstance(annotation, ast.Subscript):
        kind = last_name(annotation.value)
        return kind == "Literal" or (kind in library.HOLDING_TYPES and _is_plain(annotation.slice))
    if isinstance(annotation, ast.Tuple):
        return all(map(_is_plain, annotation.elts))
    if isinstance(annotation, ast.BinOp):
        return _is_plain(annotation.left) and _is_plain(annotation.right)
    return last_name(annotation) in library.PLAIN_TYPES


def names_tensor(annotation: ast.expr) -> bool:
    """Whether an annotation says that something is a tensor, or may be one: not that it holds some."""
    if isinstance(annotation, ast.Subscript):
        return last_name(annotation.value) in {"Optional", "Union", "Annotated"} and names_tensor(annotation.slice)
    if isinstance(annotation, ast.Tuple):
        return any(map(names_tensor, annotation.elts))
    if isinstance(annotation, ast.BinOp):
        return names_tensor(annotation.left) or names_tensor(annotation.right)
    name = str(annotation.value) if isinstance(annotation, ast.Constant) else last_name(annotation)
    return "Tensor" in name or "Parameter" in name


def is_own(node: ast.expr) -> bool:
    """Whether this is the object whose method it stands in."""
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def is_super(node: ast.expr) -> bool:
    """Whether this is the object whose method it stands in, as those above its class see it."""
    return isinstance(node, ast.Call) and called(node) == "super"


def is_inplace(name: str) -> bool:
    """Whether a method's name says that it works in place."""
    return name[-1:] == "_" and name[:1] != "_"


def is_number(node: ast.expr) -> bool:
    """Whether this is a literal number."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float, complex))


def is_choice_of_indices(node: ast.Subscript) -> bool:
    """Whether this takes the indices alone of what an operator gives with them: no gradient comes back by them."""
    place = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return place == 1 and isinstance(node.value, ast.Call) and called(node.value) in _GIVING_INDICES


_GIVING_INDICES = frozenset("topk sort kthvalue mode cummax cummin".split())


def used_as_containers(calls: Iterable[ast.Call]) -> set[str]:
    """The names of which methods are called that containers have, and tensors have not."""
    return {
        each.func.value.id
        for each in calls
        if isinstance(each.func, ast.Attribute)
        and each.func.attr in _OF_CONTAINERS
        and isinstance(each.func.value, ast.Name)
    }


_OF_CONTAINERS = frozenset("append extend insert items keys pop popitem setdefault update".split())


def counters(loop: ast.For | ast.AsyncFor) -> set[str]:
    """The names that count a loop's rounds."""
    if not isinstance(loop.iter, ast.Call):
        return set()
    target = loop.target
    if called(loop.iter) == "enumerate" and isinstance(target, ast.Tuple):
        target = target.elts[0]
    elif called(loop.iter) != "range":
        return set()
    return {target.id} if isinstance(target, ast.Name) else set()


def holds_but_last(test: ast.expr, numbers: set[str]) -> bool:
    """Whether this is `i < n - 1` or `i != n - 1`, with a name that counts the rounds of a loop."""
    if not isinstance(test, ast.Compare) or not isinstance(test.left, ast.Name) or test.left.id not in numbers:
        return False
    last = test.comparators[0]
    if not isinstance(last, ast.BinOp) or not isinstance(last.op, ast.Sub) or not isinstance(last.right, ast.Constant):
        return False
    return isinstance(test.ops[0], (ast.Lt, ast.NotEq)) and last.right.value == 1


def placed(arguments: list[ast.expr]) -> int:
    """How many arguments have a place that is known: those before the first star."""
    return next((place for place, each in enumerate(arguments) if isinstance(each, ast.Starred)), len(arguments))


def is_text(node: ast.expr) -> bool:
    """Whether this is a string."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def is_no_number(node: ast.expr | None) -> bool:
    """Whether this is a value that no tensor can take in."""
    if node is None:
        return False
    return isinstance(node, _NO_TENSOR_TAKES) or is_text(node) or _is_none(node)


_NO_TENSOR_TAKES = (ast.Dict, ast.Set, ast.DictComp, ast.SetComp, ast.Lambda, ast.Tuple, ast.List, ast.ListComp)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def makes_container(node: ast.expr | None) -> bool:
    """Whether this makes a list, a set or a dict."""
    if isinstance(node, ast.Call):
        return called(node) in _CONTAINERS
    return isinstance(node, (ast.Dict, ast.List, ast.Tuple, ast.DictComp, ast.ListComp, ast.Set, ast.SetComp))


def keys_of(node: ast.expr | None) -> frozenset[str] | None:
    """The keys of a dict that is written out; None where it may have others."""
    if isinstance(node, ast.Call) and called(node) == "dict" and not node.args:
        names: list[object] = [each.arg for each in node.keywords]
    elif isinstance(node, ast.Dict):
        names = [each.value if isinstance(each, ast.Constant) else None for each in node.keys]
    else:
        return None
    keys = frozenset(each for each in names if isinstance(each, str))
    return keys if len(keys) == len(set(names)) else None


def joins_displays(node: ast.BinOp) -> bool:
    """Whether `xs + ys` puts containers together."""
    kinds = (ast.List, ast.Tuple, ast.Dict, ast.ListComp)
    return isinstance(node.op, (ast.Add, ast.BitOr)) and isinstance(node.left, kinds) | isinstance(node.right, kinds)


def root_of(node: ast.expr) -> str:
    """The name at which a chain of attributes begins, empty for other expressions."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def called(call: ast.Call) -> str:
    """The last name of what is called."""
    return last_name(call.func)


def last_name(node: ast.expr) -> str:
    """The name at which a chain of attributes ends, empty for other expressions."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def sets_grad_off(node: ast.expr) -> bool:
    """Whether a context or a decorator switches grad mode off."""
    name = last_name(node.func if isinstance(node, ast.Call) else node)
    if isinstance(node, ast.Call) and name == "set_grad_enabled":
        flags = [*node.args, *(each.value for each in node.keywords)]
        return any(isinstance(each, ast.Constant) and each.value is False for each in flags)
    return library.GRAD_MODES.get(f"torch.{name}") is False


def rebinds_detached(loop: ast.For | ast.AsyncFor) -> bool:
    """Whether a loop ends with `h = h.detach()` for its own name."""
    last = loop.body[-1]
    return (
        isinstance(last, ast.Assign)
        and isinstance(loop.target, ast.Name)
        and isinstance(last.value, ast.Call)
        and called(last.value) == "detach"
    )


def initialises(call: ast.Call) -> bool:
    """Whether this calls something of `torch.nn.init`."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    return (function.value.attr if isinstance(function.value, ast.Attribute) else root_of(function.value)) == "init"


def writes_first(call: ast.Call, summary: Summary) -> bool:
    """Whether a call may write its first operand: by its name, or because `inplace` is given."""
    if not summary.writes:
        return False
    name = called(call)
    return name[-1:] == "_" or _may_ask_for_inplace(call, summary)


def _may_ask_for_inplace(call: ast.Call, summary: Summary) -> bool:
    if "inplace" not in summary.parameters:
        return False
    for each in call.keywords:
        if each.arg in {"inplace", None}:
            return not (isinstance(each.value, ast.Constant) and each.value.value is False)
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    return starred or len(call.args) > summary.parameters.index("inplace")

"""Statements that look as if they changed a tensor: an operator that gives a new one, whose result is dropped."""

from __future__ import annotations

import re
from typing import NamedTuple

from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name

#: Operators that have a twin in place, whose name has a `_` behind. Those that give views are called for these.
_OF_TENSORS = frozenset(
    "addcdiv addcmul clamp clamp_max clamp_min clip copysign div index_add index_copy index_fill index_put lerp masked_fill "
    "masked_scatter mul multiply nan_to_num relu renorm scatter scatter_add scatter_reduce sigmoid softmax log_softmax "
    "square tanh tril triu true_divide".split()
)
#: Of these, those by which elements of a tensor are replaced.
EDITING = frozenset("index_add index_copy index_fill masked_fill masked_scatter nan_to_num scatter_add".split())
#: Functions of torch.nn.functional that compute nothing but their result, and the place of `inplace` among their arguments.
_FUNCTIONAL = {
    **dict.fromkeys(
        "normalize softmax log_softmax softmin gelu silu softplus softsign tanh sigmoid layer_norm".split(), None
    ),
    **dict.fromkeys("relu relu6 selu mish hardswish hardsigmoid".split(), 1),
    **dict.fromkeys("elu celu leaky_relu".split(), 2),
    **dict.fromkeys("hardtanh threshold dropout dropout1d dropout2d dropout3d alpha_dropout".split(), 3),
}
#: Other objects have methods of these names as well.
_OF_OTHERS = frozenset("add neg pow sub subtract".split())
_NAMES_OF_STATE = re.compile(r"^(?:p|w|b|param(?:eter)?|weights?|bias|data|grad)$")

#: The same in a text, where it begins a line; and a name that is bound to what is made of it, in a loop over parameters.
IN_TEXT = re.compile(
    rf"^[ \t]*(?:(?!F\.|nn\.)[\w.]+(?:\[[^\n\]]*\])?\.(?:{'|'.join(sorted(_OF_TENSORS))})\("
    rf"|(?:F|functional)\.(?:{'|'.join(sorted(_FUNCTIONAL))})\((?![^\n]*inplace)[^\n]*\)[ \t]*(?:#|$))",
    re.MULTILINE,
)
LAYER_IN_TEXT = re.compile(
    r"^[ \t]+self\.\w*(?:act|relu|elu|drop|softmax|sigmoid|tanh|norm|linear|conv|fc)\w*\(\w+\)[ \t]*(?:#|$)",
    re.MULTILINE,
)
REBOUND_IN_TEXT = re.compile(
    r"\b(?:parameters|buffers)\([^\n]*:(?:[ \t]*#[^\n]*)?\n(?:[ \t]*[^\s][^\n]*\n|\s*\n){0,4}?"
    r"[ \t]+(\w+) *= *[^=\n][^\n]*\b\1\b"
)


class Update(NamedTuple):
    """A call as if it changed what is `written`, by the operator of this name."""

    written: ir.Expression
    operator: str


def dropped_update(node: ir.Expression) -> Update | None:
    """What a call that stands as a statement looks as if it changed: `p.clamp(0, 1)`, `torch.clamp(p, min=0)`."""
    if not isinstance(node, ir.Call) or not isinstance(node.function, ir.Attribute):
        return None
    name, receiver = node.function.attr, node.function.value
    if isinstance(receiver, (ir.Name, ir.Attribute)) and last_name(receiver) in {"F", "functional"}:
        return _of_functional(node, name)
    if name not in _OF_TENSORS and name not in _OF_OTHERS:
        return None
    if name in _OF_OTHERS:
        receiver = _without_operators(receiver)
    if any(argument.star or argument.name in {"out", "inplace"} for argument in node.arguments):
        return None
    written: ir.Expression | None = receiver
    if isinstance(receiver, ir.Name) and receiver.id == "torch":
        written = node.arguments[0].value if node.arguments else None
    elif name in _OF_OTHERS and receiver is node.function.value and _NAMES_OF_STATE.match(last_name(receiver)) is None:
        return None
    return Update(written, name) if written is not None and _is_held(written) else None


def _of_functional(node: ir.Call, name: str) -> Update | None:
    """What `F.relu(x)` looks as if it changed; nothing where it is told to work in place."""
    given = [argument for argument in node.arguments if not argument.star and argument.name != "out"]
    if name not in _FUNCTIONAL or len(given) < len(node.arguments) or not given or given[0].name is not None:
        return None
    place = _FUNCTIONAL[name]
    told = [
        each for index, each in enumerate(given) if each.name == "inplace" or (each.name is None and index == place)
    ]
    if any(not isinstance(each.value, ir.Constant) or each.value.value for each in told):
        return None
    return Update(given[0].value, name) if _is_held(given[0].value) else None


def _without_operators(node: ir.Expression) -> ir.Expression:
    """`p.data` of `p.data.mul(0.9)`: what a chain of operators begins with, if they have twins in place."""
    while isinstance(node, ir.Call) and isinstance(node.function, ir.Attribute):
        if node.function.attr not in _OF_TENSORS | _OF_OTHERS:
            break
        node = node.function.value
    return node


def _is_held(node: ir.Expression) -> bool:
    """Whether an expression is something that has a name, or an attribute or an item of such."""
    while isinstance(node, (ir.Attribute, ir.Subscript)):
        node = node.value
    return isinstance(node, ir.Name)

"""Where a test expects one of autograd's refusals, and the same program without that expectation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

#: What a refusal is about, by the words that a test looks for in PyTorch's message.
KINDS = {
    "saved and written": re.compile(r"modified by an inplace"),
    "second backward": re.compile(r"second time|already been freed|retain_graph"),
    "leaf written": re.compile(r"leaf Variable that"),
    "view written": re.compile(r"view and (is|its base)|view (is|was) (created|the output)|multiple views"),
    "view detached": re.compile(r"detach views|^view$"),
    "leaf wanted": re.compile(r"leaf variables"),
    "inference tensor": re.compile(r"[Ii]nference tensor"),
    "no graph": re.compile(r"does not (require|have a) grad|not require gradients"),
    "nothing reached": re.compile(r"allow_unused|independent of input"),
    "out=": re.compile(r"\bout="),
    "plain tensor wanted": re.compile(r"requires grad"),
}
#: The kind where the test looks for no words, and its body does what autograd may refuse.
NO_MESSAGE = "no message"
_MAY_BE_REFUSED = re.compile(
    r"backward|autograd\.grad\b|detach_\(|requires_grad|[a-z0-9]_\(|[-+*/]=|\.apply\(|saved_tensors"
)
_ABOUT_GRADIENTS = re.compile(r"backward|autograd\.grad\b|requires_grad|Variable\(|Parameter\(")

_ERRORS = {"RuntimeError", "Exception"}
#: At which place a call that expects an error takes its message; the function to call, if there is one, follows.
_MESSAGE_AT = {"assertRaises": None, "assertRaisesRegex": 1, "raises": None}


@dataclass(frozen=True)
class Guard:
    """An expectation of a refusal: its line, what the refusal is about, and the lines of the guarded body."""

    line: int
    kind: str
    message: str
    body: range
    node: ast.With | ast.Call = field(compare=False, repr=False)


def guards(source: str) -> list[Guard]:
    """The places where a program expects a refusal of autograd, in order. Raises SyntaxError where it does not parse."""
    nodes = list(ast.walk(ast.parse(source)))
    lines = source.split("\n")
    found = []
    for node, expectation in _expectations(nodes):
        message, body = _message(expectation, nodes), _body_of(node)
        if message:
            kind = next((kind for kind, words in KINDS.items() if words.search(message)), "")
        else:
            kind = NO_MESSAGE if _may_be_refused(nodes, lines, node) else ""
        if kind:
            found.append(Guard(node.lineno, kind, message, body, node))
    return sorted(found, key=lambda guard: guard.line)


def unguarded(source: str, guard: Guard) -> str:
    """The program with the guard's body in its place, on the same lines."""
    lines = source.encode().split(b"\n")
    if isinstance(guard.node, ast.With):
        _unwrap(lines, guard.node)
    else:
        _call_at_once(lines, guard.node)
    return b"\n".join(lines).decode()


def _expectations(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.With | ast.Call, ast.Call]]:
    """Each statement that expects an error, with the call that says which."""
    for node in nodes:
        if isinstance(node, ast.With):
            for item in node.items:
                if _expects_error(item.context_expr) and not _called(item.context_expr):
                    yield node, item.context_expr
                    break
        elif isinstance(node, ast.Expr) and _expects_error(node.value) and _called(node.value):
            yield node.value, node.value


def _expects_error(node: ast.expr) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and _name(node.func) in _MESSAGE_AT
        and bool(node.args)
        and _name(node.args[0]) in _ERRORS
    )


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _called(expectation: ast.Call) -> Sequence[ast.expr]:
    """The function that is expected to fail, and what it is given; nothing in the form of a context."""
    message_at = _MESSAGE_AT[_name(expectation.func)]
    return expectation.args[1 if message_at is None else message_at + 1 :]


def _message(expectation: ast.Call, nodes: Iterable[ast.AST]) -> str:
    """The words that are looked for: given, or those of the name that was last bound to some above."""
    message_at = _MESSAGE_AT[_name(expectation.func)]
    given = [each.value for each in expectation.keywords if each.arg in ("match", "expected_regex")]
    if message_at is not None:
        given += expectation.args[message_at : message_at + 1]
    if given and isinstance(given[0], ast.Name):
        given = _bindings_above(given[0], nodes)[-1:]
    return "".join(_words(given[0])) if given else ""


def _bindings_above(name: ast.Name, nodes: Iterable[ast.AST]) -> list[ast.expr]:
    bindings = [
        node
        for node in nodes
        if isinstance(node, ast.Assign) and node.lineno < name.lineno and name.id in map(_name, node.targets)
    ]
    return [node.value for node in sorted(bindings, key=lambda node: node.lineno)]


def _words(node: ast.expr) -> list[str]:
    constants = (each for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return [str(each.value) for each in sorted(constants, key=lambda each: (each.lineno, each.col_offset))]


def _may_be_refused(nodes: Iterable[ast.AST], lines: Sequence[str], node: ast.With | ast.Call) -> bool:
    """Whether autograd may refuse what a guard holds, by its words and those of the test around it."""

    def text(of: ast.stmt | ast.expr) -> str:
        return "\n".join(lines[of.lineno - 1 : of.end_lineno])

    around = [
        each
        for each in nodes
        if isinstance(each, ast.FunctionDef) and each.lineno <= node.lineno <= (each.end_lineno or each.lineno)
    ]
    outer = min(around, key=lambda each: each.lineno, default=None)
    test = text(outer) if outer else "\n".join(lines)
    return _MAY_BE_REFUSED.search(text(node)) is not None and _ABOUT_GRADIENTS.search(test) is not None


def _body_of(node: ast.With | ast.Call) -> range:
    if isinstance(node, ast.With):
        return range(_first_line(node.body[0]), (node.end_lineno or node.lineno) + 1)
    function = _called(node)[0]
    inner = function.body if isinstance(function, ast.Lambda) else node
    return range(inner.lineno, (inner.end_lineno or inner.lineno) + 1)


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _unwrap(lines: list[bytes], node: ast.With) -> None:
    """Put the body of a statement in the statement's place. What else the statement enters, it still enters."""
    others = [item for item in node.items if not _expects_error(item.context_expr)]
    margin = lines[node.lineno - 1][: node.col_offset]
    first, column = _first_line(node.body[0]), node.body[0].col_offset
    header = range(node.lineno - 1, first - 1)
    beside = lines[first - 1][:column].strip()  # the body stands on the header's line
    entered = b"with " + b", ".join(ast.unparse(item).encode() for item in others) + b":" if others else b""
    if beside:
        lines[first - 1] = margin + entered + lines[first - 1][column:]
    elif not others:
        _dedent(lines, range(first - 1, node.end_lineno or first), lines[first - 1][node.col_offset : column], margin)
    for number in header:
        lines[number] = b""
    if others and not beside:
        lines[header[0]] = margin + entered


def _dedent(lines: list[bytes], numbers: range, deeper: bytes, margin: bytes) -> None:
    for number in numbers:
        if lines[number].startswith(margin + deeper):
            lines[number] = margin + lines[number].removeprefix(margin + deeper)


def _call_at_once(lines: list[bytes], node: ast.Call) -> None:
    """Put a call of the guarded function in the place of the call that expects it to fail."""
    function, *arguments = _called(node)
    if isinstance(function, ast.Lambda) and not arguments:
        start, call = function.body, _segment(lines, function.body)
    else:
        given = [_segment(lines, each) for each in arguments] + [_segment(lines, each) for each in node.keywords]
        start, call = function, b"(" + _segment(lines, function) + b")(" + b", ".join(given) + b")"
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    replaced = before + b"(" + b"\n" * (start.lineno - node.lineno) + call
    replaced += b"\n" * (last - first - replaced.count(b"\n")) + b")" + after
    lines[first : last + 1] = replaced.split(b"\n")


def _segment(lines: list[bytes], node: ast.expr | ast.keyword) -> bytes:
    last = node.end_lineno or node.lineno
    stretch = lines[node.lineno - 1 : last]
    stretch[-1] = stretch[-1][: node.end_col_offset]
    stretch[0] = stretch[0][node.col_offset :]
    return b"\n".join(stretch)

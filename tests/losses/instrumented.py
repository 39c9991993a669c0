"""Runs a program, and looks at gradients before and after its statements."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from torch import Tensor

_SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr)


@dataclass
class Moment:
    """What some parameters' gradients are at one moment, and who holds them."""

    gradients: dict[str, list[Tensor | None]] = field(default_factory=dict)
    require_grad: dict[str, list[bool]] = field(default_factory=dict)
    holders: dict[str, list[set[str]]] = field(default_factory=dict)


@dataclass
class Visit:
    """A statement that was run once: before, after, and what was differentiated there gives each parameter."""

    before: Moment
    after: Moment = field(default_factory=Moment)
    given: dict[str, list[Tensor | None]] = field(default_factory=dict)


def visits(text: str, behind: str, line: int, names: Iterable[str], folder: Path) -> list[Visit]:
    """Run a program, and look at parameters, or those of modules, of these names each time it comes by a line."""
    tree = ast.parse(text)
    _Probing(line).visit(tree)
    ast.fix_missing_locations(tree)
    probe = _Probe(tuple(names))
    namespace: dict[str, Any] = {"__name__": "program", "__before__": probe.before, "__after__": probe.after}
    sys.path.insert(0, str(folder))
    torch.manual_seed(0)
    try:
        exec(compile(tree, "program.py", "exec"), namespace)
        exec(behind, namespace)
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop("nets", None)
    return probe.found


class _Probing(ast.NodeTransformer):
    """Puts a look before and after the statements of a line."""

    def __init__(self, line: int) -> None:
        self.line = line

    def visit(self, node: ast.AST) -> Any:
        self.generic_visit(node)
        if not isinstance(node, _SIMPLE) or node.lineno != self.line:
            return node
        source = self._differentiated(node)
        before = ast.parse(f"__before__({{**globals(), **locals()}}, {source})").body
        return [*before, node, *ast.parse(f"__after__({{**globals(), **locals()}}, {self._bound(node)})").body]

    @staticmethod
    def _differentiated(node: ast.AST) -> str:
        """What a statement calls `backward` of, as it is written."""
        call = node.value if isinstance(node, ast.Expr) else None
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "backward":
            return ast.unparse(call.func.value)
        return "None"

    @staticmethod
    def _bound(node: ast.AST) -> str:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        return target.id if isinstance(target, ast.Name) else "None"


class _Probe:
    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.found: list[Visit] = []

    def before(self, namespace: dict[str, Any], root: Tensor | None) -> None:
        self.found.append(Visit(self._moment(namespace)))
        if root is not None:
            self.found[-1].given = self._given(namespace, root)

    def after(self, namespace: dict[str, Any], bound: Tensor | None) -> None:
        self.found[-1].after = self._moment(namespace)
        if isinstance(bound, torch.Tensor) and bound.requires_grad and bound.numel() == 1:
            self.found[-1].given = self._given(namespace, bound)

    def _moment(self, namespace: dict[str, Any]) -> Moment:
        made = Moment()
        for name in self.names:
            parameters = _parameters(name, namespace)
            gradients = [parameter.grad for parameter in parameters]
            made.gradients[name] = [None if gradient is None else gradient.clone() for gradient in gradients]
            made.require_grad[name] = [parameter.requires_grad for parameter in parameters]
            made.holders[name] = [set(_holders(parameter, namespace)) for parameter in parameters]
        return made

    def _given(self, namespace: dict[str, Any], root: Tensor) -> dict[str, list[Tensor | None]]:
        return {name: [_gradient(root, each) for each in _parameters(name, namespace)] for name in self.names}


def _gradient(root: Tensor, parameter: Tensor) -> Tensor | None:
    if not parameter.requires_grad:
        return None
    (gradient,) = torch.autograd.grad(root, parameter, retain_graph=True, allow_unused=True)
    return gradient


def _parameters(name: str, namespace: dict[str, Any]) -> list[Tensor]:
    found = eval(name, namespace)
    return [found] if isinstance(found, torch.Tensor) else list(found.parameters())


def _holders(parameter: Tensor, namespace: dict[str, Any]) -> Iterator[str]:
    owner = namespace.get("self")
    named = {**namespace, **{f"self.{name}": value for name, value in vars(owner).items()}} if owner else namespace
    for name, value in named.items():
        if isinstance(value, torch.optim.Optimizer) and any(
            each is parameter for group in value.param_groups for each in group["params"]
        ):
            yield name

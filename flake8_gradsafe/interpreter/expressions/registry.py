"""What evaluates each kind of expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from flake8_gradsafe.interpreter.domain.values import Value
    from flake8_gradsafe.syntax import program as ir

Evaluation: TypeAlias = "Callable[[Any, Any, Any], Value]"

_Evaluation = TypeVar("_Evaluation", bound=Evaluation)

#: What evaluates the kinds of expressions; those whose evaluation never calls code of the program are pure.
EVALUATIONS: dict[type[ir.Expression], Evaluation] = {}
PURE: set[Evaluation] = set()


def expression(*kinds: type[ir.Expression], pure: bool = False) -> Callable[[_Evaluation], _Evaluation]:
    """Register what evaluates expressions of these kinds. `pure`: it never calls code of the program."""

    def register(evaluation: _Evaluation) -> _Evaluation:
        EVALUATIONS.update(dict.fromkeys(kinds, evaluation))
        if pure:
            PURE.add(evaluation)
        return evaluation

    return register

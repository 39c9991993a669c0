"""Steps that come once for several batches, by how they are spelled: in a branch whose test counts the rounds of a loop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.idioms.bindings import calls_in, statements_in
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import last_name, within

if TYPE_CHECKING:
    from collections.abc import Iterable

_COUNTING = re.compile(r"accum|micro_?batch|grad_?acc", re.IGNORECASE)


class Counting:
    """The branches of some bodies whose tests count rounds: `(i + 1) % 4 == 0`, or by what they name."""

    def __init__(self, bodies: Iterable[Iterable[ir.Statement]]) -> None:
        """Look through them."""
        blocks = [list(statements_in(body)) for body in bodies]
        branches = [each for statements in blocks for each in statements if isinstance(each, ir.Branch)]
        counting = [branch for branch in branches if any(map(_counts, within(branch.test)))]
        loops = [each for statements in blocks for each in statements if isinstance(each, ir.Loop)]
        in_loops = [each for loop in loops for each in statements_in(loop.body) if isinstance(each, ir.Branch)]
        self._tests = {id(part.place) for branch in counting for part in within(branch.test)}
        self._counted = {id(call.place) for branch in counting for call in calls_in(branch.body)}
        self._passed_by = {id(call.place) for branch in in_loops for call in calls_in((*branch.body, *branch.orelse))}

    def leads_to(self, calls: Iterable[object]) -> bool:
        """Whether one of these calls, by its place, stands in such a branch."""
        return any(id(call) in self._counted for call in calls)

    def may_pass_by(self, calls: Iterable[object]) -> bool:
        """Whether a round of a loop may come by without one of these calls, which stands in a branch."""
        return any(id(call) in self._passed_by for call in calls)

    def asks(self, tests: Iterable[object]) -> bool:
        """Whether all of these tests, by their places, count."""
        return all(id(test) in self._tests for test in tests)


def _counts(part: ir.Expression) -> bool:
    if isinstance(part, ir.Binary):
        return part.method == "__mod__" and not isinstance(part.left, ir.Constant)
    return isinstance(part, (ir.Name, ir.Attribute)) and _COUNTING.search(last_name(part)) is not None

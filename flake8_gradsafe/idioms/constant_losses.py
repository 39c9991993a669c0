"""Losses that are computed of nothing but what they cut off themselves: no gradient gets to their arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.flows import NONE, Flow, Listener, Mark, Walk, union
from flake8_gradsafe.knowledge import training
from flake8_gradsafe.syntax.queries import names_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flake8_gradsafe.autograd.tensor import CutKind
    from flake8_gradsafe.syntax import program as ir
    from flake8_gradsafe.syntax.program import Place

#: What cuts off, as a name.
_CUTS = frozenset({"detach", "data", "new_tensor", "tensor"})
#: Words in the names of arguments that need no gradient.
_DATA = re.compile(
    r"mask|weight|reward|label|seq|len|ind(?:ex|ices)|idx|dim|size|num|reduc|eps|ignore|loss|temp|step|epoch|gts?$|anchor|valid",
    re.IGNORECASE,
)
#: Words in the names of functions that make other use of a loss than to differentiate it.
_OTHER_USE = re.compile(
    r"reduce|average|avg|sync|gather|log|report|record|print|update|meter|grad|eval|test|valid", re.IGNORECASE
)


class ConstantLoss(NamedTuple):
    """A function gives back what it computes at `computed` of an argument that it cuts off at `place`, and of nothing else."""

    place: Place
    kind: CutKind
    computed: Place


def constant_loss(code: ir.Function, owner: str, functions: Mapping[str, ir.Function]) -> ConstantLoss | None:
    """The loss that a function gives back so. `owner` is its class, `functions` those that it may call."""
    if code.mentions.isdisjoint(_CUTS) or not training.gives_loss(code.name, owner) or code.generates:
        return None
    if _OTHER_USE.search(code.name) or any("no_grad" in names_in(each) for each in code.decorators):
        return None
    names = [each.name for each in code.parameters if not each.star and each.name != "self"]
    sources = [name for name in names if not training.is_target(name) and _DATA.search(name) is None]
    listener = _Cuts()
    walk = Walk(frozenset(), functions, listener)
    walk.inside = (code.name,)
    walk.names = {(name,): Flow(frozenset({(name, None)})) for name in (*sources, "self")}
    walk.run(code.body)
    returned = union(flow for items in walk.returned for flow in items)
    cuts = [each.place for each in returned.marked("cut")]
    if returned.calls or listener.loses or listener.computed is None or len(cuts) != 1:
        return None
    return ConstantLoss(cuts[0], listener.kinds[id(cuts[0])], listener.computed)


class _Cuts(Listener):
    """Marks what is cut off, and sees whether anything is computed of it."""

    def __init__(self) -> None:
        self.loses = False
        self.kinds: dict[int, CutKind] = {}
        self.computed: Place = None

    def on_cut(self, node: ir.Expression, kind: CutKind, flow: Flow) -> Flow:
        self.kinds[id(node.place)] = kind
        return NONE if flow is NONE else Flow(frozenset(), flow.marks | {Mark("cut", node.place)})

    def on_lost(self, flow: Flow) -> None:
        self.loses |= flow is not NONE

    def on_operator(self, node: ir.Expression, method: str, given: list[Flow], parts: list[ir.Expression]) -> Flow:
        del method, parts
        return self._computed(node, given)

    def on_distance(self, node: ir.Call, given: list[Flow]) -> Flow:
        return self._computed(node, given)

    def _computed(self, node: ir.Expression, given: list[Flow]) -> Flow:
        whole = union(given)
        if whole.has("cut") and not whole.calls:
            self.computed = node.place
        return whole

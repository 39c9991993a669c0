"""What an object adds up in an attribute over its calls, with its graph, and differentiates: no call begins it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import calls_in, statements_in, values_of
from flake8_gradsafe.idioms.kept_graphs import with_graph
from flake8_gradsafe.idioms.trained_names import is_backward, loss_of
from flake8_gradsafe.knowledge import training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import (
    chain_of,
    is_attribute_of_self,
    last_name,
    methods_of,
    names_in,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flake8_gradsafe.syntax.program import Place


class CarriedSum(NamedTuple):
    """At `place`, what has a graph is added to an attribute that earlier calls have filled, and that is differentiated."""

    place: Place
    attribute: str


def carried_sums(cls: ir.Class) -> Iterator[CarriedSum]:
    """The attributes in which the methods of a class that compute a loss, or differentiate one, add up what they compute."""
    methods = methods_of(cls)
    bound = {name for method in methods if method.name == "__init__" for name in method.assigns}
    computing = [method for method in methods if bound & method.assigns and _computes_loss(method, cls)]
    begun = {name for method in methods if method.name == "__init__" and computing for name in _begun(method.body)}
    for method in computing if begun else ():
        losses = [loss_of(call) for call in calls_in(method.body) if is_backward(call)]
        reaching = _reaching(method.body, losses, given_back=training.gives_loss(method.name, cls.name))
        values = _values_bound(method.body)
        for statement in with_graph(method.body):
            name, added = _addition(statement)
            if added is None or name not in begun & reaching or not _has_graph(added, values):
                continue
            if not any(_begins_anew(name, each.body) for each in methods if each.name != "__init__"):
                yield CarriedSum(added.place, name)


def _computes_loss(method: ir.Function, cls: ir.Class) -> bool:
    """Whether a method gives back a loss, or differentiates one."""
    if method.name == "__init__" or method.decorators:
        return False
    return training.gives_loss(method.name, cls.name) or not method.calls.isdisjoint(training.BACKWARD_METHODS)


def carried_states(cls: ir.Class) -> Iterator[CarriedSum]:
    """The states of networks that a method which differentiates keeps for its next call, as the network gives them."""
    methods = methods_of(cls)
    begun = {name for method in methods if method.name == "__init__" for name in _begun(method.body)}
    for method in methods if any(map(training.is_hidden_state, begun)) else ():
        losses = [loss_of(call) for call in calls_in(method.body) if is_backward(call)]
        reaching = _reaching(method.body, losses, given_back=False) if losses and method.name != "__init__" else set()
        for statement in with_graph(method.body) if reaching else ():
            call = statement.value if isinstance(statement, ir.Assign) else None
            if not isinstance(statement, ir.Assign) or not isinstance(call, ir.Call) or not _is_own(call):
                continue
            kept = _bound_by(statement) & begun & _given(call)
            name = next((each for each in sorted(kept) if training.is_hidden_state(each)), "")
            if (
                name
                and reaching & _bound_by(statement)
                and not any(
                    _begins_anew(name, each.body) or _hands_over(name, each.body, call)
                    for each in methods
                    if each.name != "__init__"
                )
            ):
                yield CarriedSum(call.place, name)


def _is_own(call: ir.Call) -> bool:
    """Whether what is called is an attribute of `self`."""
    chain = chain_of(call.function)
    return len(chain) > 1 and chain[0] == "self" and isinstance(call.function, ir.Attribute)


def _given(call: ir.Call) -> set[str]:
    """The attributes of `self` that a call is given as they are."""
    return {last_name(each.value) for each in call.arguments if is_attribute_of_self(each.value)}


def _hands_over(name: str, body: ir.Body, but: ir.Call) -> bool:
    """Whether an attribute is given to something else, which may cut it off."""
    return any(name in _given(call) for call in calls_in(body) if call is not but)


def begins_anew(name: str, bodies: Iterable[ir.Body]) -> bool:
    """Whether a function sets an attribute of this name, of any object, to what is not computed from it, or cuts it off."""
    return any(_begins_anew(name, body) for body in bodies)


def _begun(body: ir.Body) -> Iterator[str]:
    """The attributes that are bound to numbers, to None, or to tensors of nothing but numbers."""
    for statement in statements_in(body):
        value = statement.value if isinstance(statement, ir.Assign) else None
        fresh = isinstance(value, ir.Constant) and isinstance(value.value, (int, float)) and value.value is not True
        fresh |= isinstance(value, ir.Constant) and value.value is None
        fresh |= isinstance(value, ir.Call) and last_name(value.function) in {"zeros", "tensor"}
        for target in statement.targets if fresh and isinstance(statement, ir.Assign) else ():
            if isinstance(target, ir.Attribute) and is_attribute_of_self(target):
                yield target.attr


def _reaching(body: ir.Body, losses: list[ir.Expression], *, given_back: bool) -> set[str]:
    """The names in some losses, in what is returned if that is differentiated, and in what the names there were bound to."""
    statements = list(statements_in(body))
    returned = [each.value for each in statements if isinstance(each, ir.Return) and each.value is not None]
    found = {name for value in (*losses, *(returned if given_back else ())) for name in _with_graph_in(value)}
    grown = True
    while grown:
        more = {
            name
            for each in statements
            if isinstance(each, (ir.Assign, ir.Augmented)) and each.value is not None and found & _bound_by(each)
            for name in _with_graph_in(each.value)
        } - found
        found |= more
        grown = bool(more)
    return found


def _bound_by(statement: ir.Assign | ir.Augmented) -> set[str]:
    targets = statement.targets if isinstance(statement, ir.Assign) else (statement.target,)
    return {last_name(part) for each in targets for part in within(each) if isinstance(part, (ir.Name, ir.Attribute))}


def _with_graph_in(value: ir.Expression) -> set[str]:
    """The names in an expression, without those in calls that lead out of a graph."""
    cut = {id(part) for each in within(value) if _leads_out(each) for part in within(each)}
    return {
        part.id if isinstance(part, ir.Name) else part.attr
        for part in within(value)
        if isinstance(part, (ir.Name, ir.Attribute)) and id(part) not in cut
    }


#: What a tensor tells of itself.
_ABOUT_TENSORS = frozenset({"shape", "device", "dtype"})


def _leads_out(node: ir.Expression) -> bool:
    if isinstance(node, ir.Attribute):
        return node.attr == "data" or node.attr in _ABOUT_TENSORS
    return isinstance(node, ir.Call) and last_name(node.function) in {
        "item",
        "detach",
        "float",
        "int",
        "numpy",
        "tolist",
    }


def _addition(statement: ir.Statement) -> tuple[str, ir.Expression | None]:
    """The attribute of `self` that a statement adds to, and what it adds."""
    if (
        isinstance(statement, ir.Augmented)
        and statement.method == "__iadd__"
        and is_attribute_of_self(statement.target)
    ):
        return last_name(statement.target), statement.value
    value = statement.value if isinstance(statement, ir.Assign) and len(statement.targets) == 1 else None
    if isinstance(statement, ir.Assign) and isinstance(value, ir.Binary) and value.method == "__add__":
        target = statement.targets[0]
        for side, other in ((value.left, value.right), (value.right, value.left)):
            if is_attribute_of_self(target) and is_attribute_of_self(side) and chain_of(side) == chain_of(target):
                return last_name(target), other
    return "", None


def _values_bound(body: ir.Body) -> dict[str, ir.Expression]:
    """What each name of a body is bound to first."""
    found: dict[str, ir.Expression] = {}
    for statement in statements_in(body):
        for target in statement.targets if isinstance(statement, ir.Assign) else ():
            if isinstance(statement, ir.Assign) and isinstance(target, ir.Name) and statement.value is not None:
                found.setdefault(target.id, statement.value)
    return found


def _has_graph(added: ir.Expression, values: dict[str, ir.Expression]) -> bool:
    """Whether what is added is computed by the object's own methods or layers, or is a loss of torch.nn.functional."""
    if isinstance(added, ir.Name):
        added = values.get(added.id, added)
    if any(_leads_out(part) and last_name(part) not in _ABOUT_TENSORS for part in within(added)):
        return False
    chains = [chain_of(part.function) for part in within(added) if isinstance(part, ir.Call)]
    own = any(len(chain) == 2 and chain[0] == "self" for chain in chains)
    return own or any(training.is_loss(name) and chain_of(part)[:1] == ("F",) for part, name in _called(added))


def _called(value: ir.Expression) -> Iterator[tuple[ir.Call, str]]:
    for part in within(value):
        if isinstance(part, ir.Call):
            yield part, last_name(part.function)


def _begins_anew(name: str, body: ir.Body) -> bool:
    for statement in statements_in(body):
        for target in statement.targets if isinstance(statement, ir.Assign) else ():
            parts = [part for part in within(target) if isinstance(part, ir.Attribute) and part.attr == name]
            value = statement.value if isinstance(statement, ir.Assign) else None
            if parts and (value is None or name not in names_in(value) or names_in(value) & _CUTTING):
                return True
        for value in values_of(statement):
            if any(_cuts(name, part) for part in within(value)):
                return True
    return False


_CUTTING = frozenset({"detach", "item"})


def _cuts(name: str, node: ir.Expression) -> bool:
    """Whether a call cuts an attribute off in place, or sets it by its name."""
    if not isinstance(node, ir.Call) or not isinstance(node.function, (ir.Attribute, ir.Name)):
        return False
    if last_name(node.function) == "setattr":
        return True
    in_place = isinstance(node.function, ir.Attribute) and node.function.attr in {"detach_", "zero_"}
    return in_place and isinstance(node.function, ir.Attribute) and last_name(node.function.value) == name

"""What a module's constructor makes and does not register: `parameters()` leaves it out, and no optimizer is given it.

A module registers parameters and modules that are bound to its attributes themselves: not what stands in a list, a tuple or a
dict, not a tensor that was computed from a parameter, and none that merely requires grad.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flake8_gradsafe.idioms.bindings import statements_in
from flake8_gradsafe.knowledge import library, training
from flake8_gradsafe.syntax import program as ir
from flake8_gradsafe.syntax.queries import (
    calls_in,
    chain_of,
    is_attribute_of_self,
    last_name,
    methods_of,
    names_in,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from flake8_gradsafe.syntax.program import Place


class Unregistered(NamedTuple):
    """An attribute under which a module holds parameters that it does not register.

    `place` is the value that is bound to it; `computed`: a tensor that was computed from a parameter, not a container; `plain`:
    a tensor that was made no parameter. `holder` is the name of the module's class.
    """

    place: Place
    attribute: str
    computed: bool
    holder: str = ""
    plain: bool = False


def unregistered(
    classes: Mapping[str, ir.Class], modules: Iterable[str], functions: Iterable[ir.Function]
) -> Iterator[Unregistered]:
    """What the constructors of these classes, of which `modules` are modules, make and do not register.

    `functions` are those of the program: what they give may be a list of layers.
    """
    names = sorted(set(modules))
    layers = with_parameters({name: classes[name] for name in names})
    functions = tuple(functions)
    layers |= {function.name for function in functions if layers and _gives_layer(function, layers)}
    given = _classes_given(functions, layers)
    listing = (
        frozenset(
            function.name
            for function in functions
            if _lists_layers(function, layers | given.intersection(each.name for each in function.parameters))
        )
        if layers
        else frozenset()
    )
    for name in names:
        for method in methods_of(classes[name]):
            if method.name == "__init__":
                for found in _in_constructor(method, layers, listing):
                    if found.plain and any(_may_optimize(found.attribute, function) for function in functions):
                        continue
                    if not _may_be_trained_otherwise(found.attribute, classes[name], classes.values()):
                        yield found._replace(holder=name)


def with_parameters(modules: Mapping[str, ir.Class]) -> frozenset[str]:
    """The modules of the file in which layers or parameters are made, or others of these."""
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(name for name, cls in modules.items() if name in found or _has_parameters(cls, found))
        if more == found:
            return found
        found = more


def _has_parameters(cls: ir.Class, layers: frozenset[str]) -> bool:
    named = {last_name(base) for base in cls.bases}.union(*(method.calls for method in methods_of(cls)))
    return not named.isdisjoint(layers) or any(map(library.LAYERS_WITH_PARAMETERS.fullmatch, named))


def layers_of(cls: ir.Class, modules: frozenset[str]) -> frozenset[str]:
    """The attributes that a module's constructor binds to layers, or to modules of these names."""
    return frozenset(
        target.attr
        for method in methods_of(cls)
        if method.name == "__init__"
        for statement in statements_in(method.body)
        if isinstance(statement, ir.Assign) and statement.value is not None and _makes_layer(statement.value, modules)
        for target in statement.targets
        if isinstance(target, ir.Attribute) and is_attribute_of_self(target)
    )


def _gives_layer(function: ir.Function, modules: frozenset[str]) -> bool:
    """Whether all that a function returns are layers that it makes itself, or puts together of such."""
    made = {name for name in function.calls if _is_called_like_a_layer(name, modules)}
    if function.generates or not made:
        return False
    statements = list(statements_in(function.body))
    bound = _bound_in(statements)
    returned = [statement.value for statement in statements if isinstance(statement, ir.Return)]
    values = [bound.get(value.id, value) if isinstance(value, ir.Name) else value for value in returned]
    return bool(values) and all(
        isinstance(value, ir.Call) and last_name(value.function) in {*made, "Sequential"} for value in values
    )


def _classes_given(functions: Iterable[ir.Function], layers: frozenset[str]) -> frozenset[str]:
    """The names of parameters under which functions are given the classes of layers: those that the file calls such a class."""
    functions = list(functions)
    found: set[str] = set()
    if not any(map(_calls_what_it_is_given, functions)):
        return frozenset()
    for function in (each for each in functions if not layers.isdisjoint(each.mentions)):
        for statement in statements_in(function.body):
            if isinstance(statement, ir.Assign) and _is_class_of(statement.value, layers):
                found.update(target.id for target in statement.targets if isinstance(target, ir.Name))
            for call in _calls_in(statement):
                given = [argument for argument in call.arguments if _is_class_of(argument.value, layers)]
                found.update(argument.name for argument in given if argument.name is not None)
                found.update(_OF_CLASSES if given else ())
    return frozenset(found)


def _calls_what_it_is_given(function: ir.Function) -> bool:
    """Whether a function calls one of its parameters, and may put together what that gives."""
    return any(each.name in function.calls for each in function.parameters) and not function.generates


#: The names under which functions are usually given the class of a layer.
_OF_CLASSES = frozenset("block block_class block_type layer_class layer_type conv_block unit cell".split())


def _is_class_of(value: ir.Expression | None, layers: frozenset[str]) -> bool:
    return isinstance(value, ir.Name) and value.id in layers and value.id[:1].isupper()


def _lists_layers(function: ir.Function, modules: frozenset[str]) -> bool:
    """Whether all that a function returns are lists, tuples or dicts of layers that it makes."""
    if function.generates:
        return False
    statements = list(statements_in(function.body))
    tables = _tables_of_layers(statements, modules)
    if not tables and not any(_is_called_like_a_layer(name, modules) for name in function.calls):
        return False
    modules |= tables
    filled = {target for statement in statements for target in _appended_to(statement, modules)}
    bound = _bound_in(statements)
    returned = [
        statement.value for statement in statements if isinstance(statement, ir.Return) and statement.value is not None
    ]

    def is_list_of_layers(value: ir.Expression) -> bool:
        local = value.id if isinstance(value, ir.Name) else ""
        return _is_filled_with_layers(bound.get(local, value), {local} & filled, modules)

    return bool(returned) and all(map(is_list_of_layers, returned))


def _bound_in(statements: Iterable[ir.Statement]) -> dict[str, ir.Expression]:
    """What each name was bound to last."""
    return {
        target.id: statement.value
        for statement in statements
        if isinstance(statement, ir.Assign) and statement.value is not None
        for target in statement.targets
        if isinstance(target, ir.Name)
    }


def _tables_of_layers(statements: Iterable[ir.Statement], modules: frozenset[str]) -> frozenset[str]:
    """The names that are bound to a dict of which each value is the class of a layer: an item of it is called to make one."""
    return frozenset(
        target.id
        for statement in statements
        if isinstance(statement, ir.Assign) and isinstance(statement.value, ir.Mapping) and statement.value.values
        for target in statement.targets
        if isinstance(target, ir.Name)
        and all(
            isinstance(item, (ir.Name, ir.Attribute)) and _is_called_like_a_layer(last_name(item), modules)
            for item in statement.value.values
        )
    )


def _in_constructor(method: ir.Function, modules: frozenset[str], listing: frozenset[str]) -> Iterator[Unregistered]:
    statements = list(statements_in(method.body))
    modules |= _tables_of_layers(statements, modules)
    filled = {target for statement in statements for target in _appended_to(statement, modules)}
    filled |= set(_filled_by_name(statements, modules))
    held: dict[str, Unregistered] = {}
    names: dict[str, ir.Expression] = {}
    for statement in statements:
        if not isinstance(statement, ir.Assign) or statement.value is None:
            continue
        for target in statement.targets:
            if isinstance(target, ir.Name):
                names[target.id] = statement.value
            elif isinstance(target, ir.Attribute) and is_attribute_of_self(target):
                if target.attr in names_in(statement.value):
                    held.pop(target.attr, None)  # it is made into something else
                local = statement.value.id if isinstance(statement.value, ir.Name) else ""
                value = names.get(local, statement.value)
                fillings = {local, f"self.{target.attr}"} & filled
                if _is_filled_with_layers(value, fillings, modules) or _is_call_of(value, listing):
                    held[target.attr] = Unregistered(statement.value.place, target.attr, computed=False)
                elif _is_computed(value):
                    held[target.attr] = Unregistered(statement.value.place, target.attr, computed=True)
                elif _TRAINABLE.search(target.attr) and _is_plain_leaf(value):
                    held[target.attr] = Unregistered(statement.value.place, target.attr, computed=False, plain=True)
    yield from held.values()


def _appended_to(statement: ir.Statement, modules: frozenset[str]) -> Iterator[str]:
    """The name, or the attribute of `self`, of a list to which a layer is appended that is made here."""
    holder, items = _filling(statement)
    if any(_makes_layer(item, modules) for item in items):
        if isinstance(holder, ir.Name):
            yield holder.id
        elif isinstance(holder, ir.Attribute) and is_attribute_of_self(holder):
            yield f"self.{holder.attr}"


def _filled_by_name(statements: list[ir.Statement], modules: frozenset[str]) -> Iterator[str]:
    """The attributes of `self` to which layers are appended by names that are used for nothing but their initialisation."""
    bound = _bound_in(statements)
    layers = {name for name, value in bound.items() if isinstance(value, ir.Call) and _is_layer_itself(value, modules)}
    if not layers:
        return
    appended: dict[str, list[str]] = {}
    for statement in statements:
        holder, items = _filling(statement)
        for item in items:
            if isinstance(item, ir.Name) and item.id in layers and holder is not None:
                own = isinstance(holder, ir.Attribute) and is_attribute_of_self(holder)
                appended.setdefault(item.id, []).append(last_name(holder) if own else "")
    handed = {name for statement in statements for name in _handed_by_name(statement)}
    for name, holders in appended.items():
        if len(holders) == 1 and holders[0] and name not in handed:
            yield f"self.{holders[0]}"


def _is_layer_itself(call: ir.Call, modules: frozenset[str]) -> bool:
    return last_name(call.function) != "Parameter" and _is_called_like_a_layer(last_name(call.function), modules)


def _handed_by_name(statement: ir.Statement) -> set[str]:
    """The names that a statement hands to what may register them, or gives another name."""
    found: set[str] = set()
    if isinstance(statement, ir.Assign) and statement.value is not None and not isinstance(statement.value, ir.Call):
        found |= names_in(statement.value)
    for call in _calls_in(statement):
        name = last_name(call.function)
        if name in {"exec", "eval"}:
            found |= {word for text in _texts_in(call) for word in _WORD.findall(text)}
        elif name != "append" and "init" not in name:
            found |= {each.value.id for each in call.arguments if isinstance(each.value, ir.Name)}
    return found


def _texts_in(call: ir.Call) -> Iterator[str]:
    for part in within(call):
        if isinstance(part, ir.Constant) and isinstance(part.value, str):
            yield part.value


_WORD = re.compile(r"\w+")


def _filling(statement: ir.Statement) -> tuple[ir.Expression | None, list[ir.Expression]]:
    """The list that a statement fills, with `append`, `extend` or `+=`, and what it puts in there."""
    if isinstance(statement, ir.Augmented) and statement.method == "__iadd__":
        return statement.target, _items_of(statement.value)
    call = statement.value if isinstance(statement, ir.Evaluate) else None
    if not isinstance(call, ir.Call) or not isinstance(call.function, ir.Attribute):
        return None, []
    given = [argument.value for argument in call.arguments]
    if call.function.attr == "extend":
        return call.function.value, [item for value in given for item in _items_of(value)]
    return (call.function.value, given) if call.function.attr == "append" else (None, [])


def _items_of(value: ir.Expression) -> list[ir.Expression]:
    """What a list is spelled with; nothing where it is given by something else."""
    if isinstance(value, ir.Comprehension):
        return [value.element] if value.form == "list" else []
    return list(value.items) if isinstance(value, ir.Sequence) else []


def _is_filled_with_layers(value: ir.Expression, fillings: set[str], modules: frozenset[str]) -> bool:
    """Whether a value is made with layers in it, or is a list that they are appended to by one of some names."""
    return (_is_list(value) and bool(fillings)) or _holds_layers(value, modules)


def _is_call_of(value: ir.Expression, names: frozenset[str]) -> bool:
    return isinstance(value, ir.Call) and last_name(value.function) in names


def _is_list(value: ir.Expression) -> bool:
    called = isinstance(value, ir.Call) and last_name(value.function) == "list" and not value.arguments
    return called or (isinstance(value, ir.Sequence) and not value.items)


def _is_computed(value: ir.Expression) -> bool:
    """Whether a value is computed from a new parameter: moved, converted, or scaled."""
    if isinstance(value, ir.Binary):
        return any(_is_parameter(side) or _is_computed(side) for side in (value.left, value.right))
    if not isinstance(value, ir.Call) or not isinstance(value.function, ir.Attribute):
        return False
    inner, method = value.function.value, value.function.attr
    gives_itself = method.endswith("_") or (method == "float" and names_in(inner).isdisjoint(_OTHER_DTYPES))
    return not gives_itself and (_is_parameter(inner) or _is_computed(inner))


#: What makes tensors that `float()` converts: of any other it gives the tensor itself.
_OTHER_DTYPES = frozenset({"double", "half", "float64", "float16", "bfloat16"})


#: Names of what a module has to train: a tensor that requires grad may also be an input that somebody else changes.
_TRAINABLE = re.compile(
    r"weight|bias|scale|temperature|embed|alpha|beta|gamma|theta|kernel|log_?(?:var|std|sigma)|logit|sigma|slope|coef|"
    r"centroid|center|codebook|prototype|quer(?:y|ies)|token|gain|shift|^[wWbBaA]\d*$|^[wWbB]_\w{1,2}$"
)


def _is_plain_leaf(value: ir.Expression) -> bool:
    """Whether a value is a new tensor that is told to require grad, and is made no parameter."""
    if not isinstance(value, ir.Call) or not (
        chain_of(value)[:1] in {("torch",), ("Variable",)} or _is_copied_leaf(value)
    ):
        return False
    links = [part for part in within(value) if isinstance(part, ir.Call)]
    return "Parameter" not in calls_in(value) and any(map(_tells_to_require_grad, links))


def _is_copied_leaf(value: ir.Call) -> bool:
    """Whether a value is a view, a copy, or what a function computes, and is told to require grad."""
    given = value.function.value if isinstance(value.function, ir.Attribute) else None
    if last_name(value.function) != "requires_grad_" or not isinstance(given, ir.Call):
        return False
    return last_name(given) in _NEW or (isinstance(given.function, ir.Name) and bool(given.arguments))


#: Methods that give no tensor that was there before.
_NEW = frozenset("clone detach unsqueeze squeeze view reshape flatten repeat expand".split())


def _tells_to_require_grad(call: ir.Call) -> bool:
    if last_name(call.function) == "requires_grad_":
        return not any(isinstance(each.value, ir.Constant) and each.value.value is False for each in call.arguments)
    given = next((argument.value for argument in call.arguments if argument.name == "requires_grad"), None)
    return isinstance(given, ir.Constant) and given.value is True


def _may_optimize(name: str, function: ir.Function) -> bool:
    """Whether a function may give an optimizer what an attribute of this name holds."""
    return name in function.mentions and not function.mentions.isdisjoint(training.OPTIMIZER_NAMES | {"optim"})


def _is_parameter(value: ir.Expression) -> bool:
    """Whether a value is a new parameter that is to be trained."""
    if not isinstance(value, ir.Call) or last_name(value.function) != "Parameter":
        return False
    frozen = (ir.Constant, False)
    return not any((type(given.value), getattr(given.value, "value", None)) == frozen for given in value.arguments)


def _holds_layers(value: ir.Expression, modules: frozenset[str]) -> bool:
    """Whether a value is a list, a tuple or a dict of layers that are made here."""
    if isinstance(value, ir.Sequence):
        return any(_makes_layer(item, modules) for item in value.items)
    if isinstance(value, ir.Mapping):
        return any(item is not None and _makes_layer(item, modules) for item in value.values)
    if isinstance(value, ir.Comprehension):
        return value.form in {"list", "dict"} and _makes_layer(value.element, modules)
    return False


def _makes_layer(value: ir.Expression, modules: frozenset[str]) -> bool:
    """Whether an expression makes a layer that has parameters, of torch.nn or of the file, perhaps in a call that wraps it."""
    return any(
        isinstance(part, ir.Call) and _is_called_like_a_layer(last_name(part.function), modules)
        for part in within(value)
    )


def _is_called_like_a_layer(name: str, modules: frozenset[str]) -> bool:
    return name in modules or library.LAYERS_WITH_PARAMETERS.fullmatch(name) is not None


def _may_be_trained_otherwise(name: str, cls: ir.Class, classes: Iterable[ir.Class]) -> bool:
    """Whether something registers what an attribute holds, or gives it to an optimizer, or nothing computes with it.

    The names of teachers and of what is frozen say that they are not to be trained.
    """
    if library.NOT_TRAINED.search(name):
        return True
    methods = [method for each in classes for method in methods_of(each)]
    if any(_hands_on(name, method) for method in methods):
        return True
    return not any(name in method.mentions for method in methods_of(cls) if method.name != "__init__")


def _hands_on(name: str, method: ir.Function) -> bool:
    """Whether a method may register what an attribute of this name holds, or collect its parameters."""
    if name not in method.mentions:
        return False
    if method.name != "__init__":
        return not method.mentions.isdisjoint(_TRAINING)
    return any(
        name in names_in(expression) for statement in statements_in(method.body) for expression in _handed_on(statement)
    )


def _handed_on(statement: ir.Statement) -> Iterator[ir.Expression]:
    """What a statement registers, or collects the parameters of: all that it goes through, if it does so with each."""
    yield from (call for call in _calls_in(statement) if last_name(call.function) in _TRAINING)
    if isinstance(statement, ir.Loop):
        calls = [call for inner in statements_in(statement.body) for call in _calls_in(inner)]
        training = [call for call in calls if last_name(call.function) in _TRAINING]
        named = {name for call in training for name in names_in(call)}
        if training:
            yield statement.source
            yield from (
                call.function for call in calls if last_name(call.function) == "append" and _may_be(call, named)
            )


def _may_be(appending: ir.Call, named: set[str]) -> bool:
    """Whether what is appended may be among what has these names."""
    items = [argument.value for argument in appending.arguments]
    return not all(isinstance(item, ir.Name) and item.id not in named for item in items)


def _calls_in(statement: ir.Statement) -> Iterator[ir.Call]:
    roots = [getattr(statement, field, None) for field in ("value", "source", "test")]
    for root in roots:
        if isinstance(root, ir.Expression):
            yield from (part for part in within(root) if isinstance(part, ir.Call))


#: What a method names that registers modules or collects parameters.
_TRAINING = frozenset(
    "parameters named_parameters add_module register_module register_parameter ModuleList ModuleDict ParameterList "
    "ParameterDict Sequential setattr __setattr__ no_grad".split()
)

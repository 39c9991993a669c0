"""Builtins and containers of Python, and the grad modes."""

from __future__ import annotations

from flake8_gradsafe.interpreter.arguments import Arguments
from flake8_gradsafe.interpreter.modules import Modules
from flake8_gradsafe.interpreter.session import UNDECIDABLE
from flake8_gradsafe.interpreter.state import State
from flake8_gradsafe.interpreter.values import (
    NOTHING,
    CodeValue,
    DictValue,
    Dotted,
    Items,
    Literal,
    RangeValue,
    Value,
)
from flake8_gradsafe.knowledge import library
from flake8_gradsafe.syntax import program as ir


class Builtins(Modules):
    """Builtins and containers of Python, and the grad modes."""

    def _range(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        bounds = [value.value if isinstance(value, Literal) else None for value in arguments.positional]
        start, stop, step = (0, *bounds, 1) if len(bounds) == 1 else (*bounds, 1)[:3] if bounds else (None,) * 3
        if not isinstance(start, int) or not isinstance(step, int) or step == 0:
            return state.unknown()
        return RangeValue(start, step, len(range(start, stop, step)) if isinstance(stop, int) else None)

    def _enumerate(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = state.items_of(arguments.positional[0]) if arguments.positional else None
        if items is None or len(arguments.all()) > 1:
            return self._out_of_sight(path, arguments.all(), node, state)
        return Items(tuple(Items((Literal(number), item)) for number, item in enumerate(items)))

    def _zip(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        lists = [state.items_of(value) for value in arguments.positional]
        known = [items for items in lists if items is not None]
        if not lists or len(known) < len(lists) or arguments.keywords or arguments.unclear:
            return self._out_of_sight(path, arguments.all(), node, state)
        return Items(tuple(Items(group) for group in zip(*known, strict=False)))

    def _length(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = state.items_of(arguments.positional[0]) if arguments.positional else None
        return state.unknown() if items is None else Literal(len(items))

    def _sum(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = state.items_of(arguments.positional[0]) if arguments.positional else None
        if not items:
            return self._out_of_sight(path, arguments.all(), node, state)
        start = arguments.get(1, "start")
        first, rest = (items[0], items[1:]) if start is None else (start, items)
        for item in rest:
            first = self.binary("__add__", first, item, node, state)
        return first

    def _copied(self, path: str, arguments: Arguments, node: ir.Expression, state: State) -> Value:
        items = state.items_of(arguments.positional[0]) if len(arguments.all()) == 1 else None
        if items is None:
            return self._out_of_sight(path, arguments.all(), node, state)
        return state.new_list(items) if path.endswith("list") else Items(items)

    def _dict_view(self, receiver: DictValue, name: str, node: ir.Expression, state: State) -> Value:
        if (receiver.id, "items") not in state.heap:
            return self._out_of_sight(name, (), node, state, receiver=receiver)
        pairs = [(key, value) for (owner, key), value in state.heap.items() if owner == receiver.id and key[0] == "["]
        if name == "values":
            return Items(tuple(value for _, value in pairs))
        keys: list[Value] = [state.unknown() for _ in pairs]
        if name == "keys":
            return Items(tuple(keys))
        return Items(tuple(Items((key, value)) for key, (_, value) in zip(keys, pairs, strict=True)))

    def _grad_mode(self, path: str, arguments: Arguments, state: State) -> Value:
        """A grad mode as a value; `set_grad_enabled(flag)` acts at once."""
        mode = library.GRAD_MODES[path]
        if mode is None:
            flag = arguments.get(0, "mode")
            if not (isinstance(flag, Literal) and isinstance(flag.value, bool)):
                state.undecided += UNDECIDABLE
                return Dotted("grad mode unknown")
            mode = flag.value
            state.world.grad_enabled = mode
        elif path.endswith("inference_mode") and arguments.get(0, "mode") == Literal(False):
            mode = True
        elif arguments.positional and isinstance(arguments.positional[0], CodeValue):
            return arguments.positional[0]
        if path.endswith("inference_mode") and not mode:
            return Dotted("inference mode")
        return Dotted("grad mode on" if mode else "grad mode off")


def list_after(
    name: str, items: tuple[Value, ...] | None, arguments: Arguments, state: State
) -> tuple[tuple[Value, ...], Value] | None:
    """A list's items after a method, and what the method gives back; None where that is not known."""
    given = arguments.positional
    if items is None or arguments.keywords or arguments.unclear:
        return None
    if name == "append" and len(given) == 1:
        return (*items, given[0]), NOTHING
    if name == "extend" and len(given) == 1 and (more := state.items_of(given[0])) is not None:
        return (*items, *more), NOTHING
    if name == "pop" and items and not given:
        return items[:-1], items[-1]
    if name == "clear" and not given:
        return (), NOTHING
    return None

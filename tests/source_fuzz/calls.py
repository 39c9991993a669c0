"""Programs whose statements and values move into functions, methods and callable objects.

Every statement that binds no name (`Author.act`) and every value (`Author.valued`) may be packed into
something that is called: what it mentions becomes parameters. Whole stories may be told in a function.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.source_fuzz.generate import Author, Tensor

_PARAMETERS: Sequence[str] = ("x", "t", "value", "tensor", "inp", "src", "item", "arg", "u", "v", "q", "other")
_NAMES: Mapping[str, Sequence[str]] = {
    "helper": ("apply", "update", "compute", "transform", "adjust", "refresh", "helper", "process", "combine", "visit"),
    "class": ("Worker", "Block", "Tracker", "Mixer", "Unit", "Stage", "Scaler", "Holder", "Keeper", "Agent"),
    "object": ("worker", "block", "tracker", "mixer", "unit", "stage", "scaler", "holder", "keeper", "agent"),
    "decorator": ("logged", "timed", "checked", "traced", "wrapped"),
    "lambda": ("fn", "func", "op", "rule", "act"),
}


@dataclass(frozen=True)
class _Routine:
    """What is to be called: statements, the value that they give ("" for none), and what they need."""

    parameters: tuple[str, ...]
    arguments: tuple[str, ...]
    body: tuple[str, ...]
    result: str

    @property
    def statements(self) -> tuple[str, ...]:
        """The body with its return."""
        return (*self.body, f"return {self.result}") if self.result else self.body

    def holding(self, names: Mapping[str, str]) -> _Routine:
        """The same without some parameters, spelled otherwise in the body."""
        kept = [(p, a) for p, a in zip(self.parameters, self.arguments, strict=True) if p not in names]
        return _Routine(
            tuple(parameter for parameter, _ in kept),
            tuple(argument for _, argument in kept),
            tuple(respelled(line, names) for line in self.body),
            respelled(self.result, names),
        )

    def binds(self, name: str) -> bool:
        """Whether the body assigns to the name, be it `name += …`."""
        return any(re.match(rf"{re.escape(name)} ([-+*/]|\*\*|//)?= ", line) for line in self.body)


def respelled(text: str, names: Mapping[str, str]) -> str:
    """The text with other spellings for some names; keywords of calls and quoted words stay as they are."""
    if not names:
        return text
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![\w.\"'])({either})(?!\w|=(?!=)|[\"'])", lambda match: names[match[1]], text)


def indented(lines: Sequence[str], depth: int = 1) -> list[str]:
    """Lines moved to the right; an empty body becomes `pass`."""
    return ["    " * depth + line if line else "" for line in lines or ["pass"]]


class CallAuthor(Author):
    """Puts statements and values into things that are called."""

    _DEEPEST = 2
    _STORIES: Mapping[str, int] = {**Author._STORIES, "told": 30}
    _SHAPES: Sequence[str] = ("4", "4", "4", "3, 4")
    _IMPORTS: Sequence[tuple[str, str]] = (
        ("copy.deepcopy", "import copy"),
        ("contextlib.", "import contextlib"),
        ("functools.", "import functools"),
        ("sys.", "import sys"),
        ("namedtuple(", "from collections import namedtuple"),
        ("defaultdict(", "from collections import defaultdict"),
        ("@dataclass", "from dataclasses import dataclass"),
        ("SimpleNamespace(", "from types import SimpleNamespace"),
        ("NamedTuple)", "from typing import NamedTuple"),
        ("np.", "import numpy as np"),
        ("", "import torch"),
        ("F.", "import torch.nn.functional as F"),
        ("nn.", "from torch import nn"),
    )

    _ACT_SHARE, _VALUE_SHARE = 30, 14  # of a hundred
    _PACKAGES: Mapping[str, int] = {
        "def": 22,
        "nested": 8,
        "closure": 10,
        "lambda": 6,
        "partial": 6,
        "decorated": 6,
        "method": 10,
        "attribute": 8,
        "static": 4,
        "class-method": 3,
        "callable": 4,
        "inherited": 6,
        "chain": 7,
        "handed-on": 5,
        "dispatched": 3,
        "recursive": 4,
        "generator": 4,
        "property": 6,
        "no-grad": 5,
        "mapped": 3,
    }

    def __init__(self, choose: Callable[[int], int]) -> None:
        super().__init__(choose)
        self.words: set[str] = set()  # names of functions and classes, which no scope may use for other things
        self.depth = 0  # of calls within what is written now
        self.known: dict[tuple[str, ...], str] = {}  # functions to be called again

    def word(self, kind: str) -> str:
        """A new name for a function or a class: never used for anything else."""
        free = [name for name in _NAMES[kind] if name not in self.words]
        name = self.one_of(free) if free else f"{self.one_of(_NAMES[kind])}_{len(self.words)}"
        self.words.add(name)
        return str(name)

    def instance(self) -> str:
        """A new name for an object."""
        free = [name for name in _NAMES["object"] if name not in self.used]
        name = self.one_of(free) if free else f"{self.one_of(_NAMES['object'])}_{len(self.used)}"
        self.used.add(name)
        return str(name)

    def define(self, lines: Sequence[str], *, here: bool = False) -> None:
        """A definition, before everything else or at this place."""
        if here:
            for line in lines:
                self.emit(line)
        else:
            self.definitions += [*lines, "", ""]

    # what is packed

    def act(self, line: str) -> None:
        """A statement, or the call of something that contains it."""
        routine = self.routine((line,), "") if self.may_call(self._ACT_SHARE) else None
        if routine is None:
            self.emit(line)
            return
        if self.chance(5):
            self.in_context(routine)
            return
        target = next((p for p in routine.parameters if re.search(rf"\b{p}\b", routine.body[0])), "")
        if target and self.chance(20) and not line.endswith((".backward()", ".step()")):
            routine = replace(routine, result=target)
        with self.deeper():
            self.emit(self.packed(routine))

    def in_context(self, routine: _Routine) -> None:
        """A statement that a context manager of the program does at its beginning or at its end."""
        self.style("call:context-manager")
        name = self.word("helper")
        body = (
            [*routine.body, "yield"] if self.chance(50) else ["try:", "    yield", "finally:", *indented(routine.body)]
        )
        header = f"def {name}({', '.join(routine.parameters)}):"
        self.define(["@contextlib.contextmanager", header, *indented(body)])
        with self.block(f"with {name}({', '.join(routine.arguments)}):"):
            self.emit("pass")

    def valued(self, text: str) -> str:
        """A value, or the call of something that returns it."""
        routine = self.routine((), text) if self.may_call(self._VALUE_SHARE) else None
        if routine is None:
            return text
        if self.chance(35):
            local = self.local(routine.parameters, routine.arguments)
            routine = replace(routine, body=(f"{local} = {routine.result}",), result=local)
        with self.deeper():
            return self.unpacked(routine) if self.chance(25) else self.packed(routine)

    def may_call(self, share: int) -> bool:
        return self.depth < self._DEEPEST and self.chance(share)

    @contextlib.contextmanager
    def deeper(self) -> Iterator[None]:
        self.depth += 1
        yield
        self.depth -= 1

    def routine(self, body: tuple[str, ...], result: str) -> _Routine | None:
        """What is to be called for some statements and a value; None where that cannot be done."""
        text = "\n".join((*body, result))
        names = [name for name in self.mentionable() if respelled(text, {name: ""}) != text]
        if not names or len(names) > 4 or ":=" in text:
            return None
        names.sort(key=lambda name: text.index(name))
        pool = [name for name in _PARAMETERS if name not in names]
        parameters: list[str] = []
        for name in names:
            same = name.isidentifier() and self.chance(15)
            parameters.append(name if same else self.one_of([p for p in pool if p not in parameters]))
        spelled = dict(zip(names, parameters, strict=True))
        routine = _Routine(
            tuple(parameters),
            tuple(names),
            tuple(respelled(line, spelled) for line in body),
            respelled(result, spelled),
        )
        return None if re.search(r"\bself\b", "\n".join(routine.statements)) else routine

    def mentionable(self) -> list[str]:
        """Every spelling of a value that a function may take as an argument: attributes before names."""
        dotted = [tensor.name for tensor in self.tensors if not tensor.name.isidentifier()]
        return [*dotted, *sorted(self.used - self.words)]

    def local(self, *taken: Sequence[str]) -> str:
        """A name within a function."""
        names = {name for each in taken for name in each}
        return str(self.one_of([n for n in ("h", "res", "ret", "y_", "tmp", "val") if n not in names]))

    def buffered(self) -> None:
        if self.shape == "4":
            super().buffered()
        else:
            self.computed()

    # how it is packed

    def packed(self, routine: _Routine) -> str:
        """The definitions that it takes, and the call."""
        how = self.weighted(self._PACKAGES)
        text = getattr(self, f"as_{how.replace('-', '_')}")(routine)
        if text is None:
            how, text = "def", self.as_def(routine)
        self.style(f"call:{how}")
        return str(text)

    def unpacked(self, routine: _Routine) -> str:
        """A function that returns the value with others, and the expression that takes it from there."""
        extra = self.one_of((routine.parameters[0], "None", "1.0"))
        form, way = self.one_of(
            (
                ("{r}, {e}", "[0]"),
                ("{e}, {r}", "[1]"),
                ("[{r}, {e}]", "[0]"),
                ('{{"out": {r}, "extra": {e}}}', '["out"]'),
                ("dict(out={r}, extra={e})", '["out"]'),
                ("SimpleNamespace(out={r}, extra={e})", ".out"),
            )
        )
        self.style("call:several-results")
        several = replace(routine, result=form.format(r=routine.result, e=extra))
        return f"{self.as_def(several)}{way}"

    def signature(self, routine: _Routine) -> tuple[str, str, list[str]]:
        """The parameters of a definition, the arguments of the call, and lines that begin the body."""
        parameters, arguments = routine.parameters, routine.arguments
        first, rest = parameters[0], parameters[1:]
        pairs = [f"{p}={a}" for p, a in zip(parameters, arguments, strict=True)]
        how = self.weighted({"position": 60, "name": 14, "mixed": 8, "default": 8, "star": 6, "stars": 3, "only": 4})
        if how != "position":
            self.style(f"call:by-{how}")
        match how:
            case "name":
                if len(pairs) > 1 and self.chance(50):
                    pairs.reverse()
                return ", ".join(parameters), ", ".join(pairs), []
            case "mixed" if rest:
                return ", ".join(parameters), ", ".join((arguments[0], *pairs[1:])), []
            case "default":
                extra, value = self.one_of((("rate", "1.0"), ("title", '""'), ("quiet", "False"), ("eps", "None")))
                defaults = "".join(f", {p}=None" for p in rest) if self.chance(50) else "".join(f", {p}" for p in rest)
                return f"{first}{defaults}, {extra}={value}", ", ".join(arguments), []
            case "star" if rest:
                return "*args", ", ".join(arguments), [f"{', '.join(parameters)} = args"]
            case "star":
                return "*args", ", ".join(arguments), [f"{first} = args[0]"]
            case "stars":
                taken = [f'{p} = kwargs["{p}"]' for p in parameters]
                return "**kwargs", ", ".join(pairs), taken
            case "only" if rest:
                return f"{first}, *, {', '.join(rest)}", ", ".join((arguments[0], *pairs[1:])), []
        return ", ".join(parameters), ", ".join(arguments), []

    def detours(self, routine: _Routine) -> list[str]:
        """What a body may begin with that changes nothing."""
        first = routine.parameters[0] if routine.parameters else ""
        if not first or not self.chance(20):
            return []
        lines = self.one_of(
            (
                [f"if {first} is None:", "    return None"],
                ['"""Do one thing."""'],
                [f"assert {first} is not None"],
                [f"alias = {first}"],
            )
        )
        return list(lines)

    def as_def(self, routine: _Routine, *, here: bool = False, name: str = "", decorators: Sequence[str] = ()) -> str:
        spelled = {parameter: f"_{number}" for number, parameter in enumerate(routine.parameters)}
        key = tuple(respelled(line, spelled) for line in routine.statements)
        if not here and not decorators and key in self.known and self.chance(70):
            self.style("call:again")
            return f"{self.known[key]}({', '.join(routine.arguments)})"
        parameters, arguments, taken = self.signature(routine)
        name = name or self.word("helper")
        body = [*taken, *self.detours(routine), *routine.statements]
        self.define([*decorators, f"def {name}({parameters}):", *indented(body)], here=here)
        if not here and not decorators and parameters == ", ".join(routine.parameters):
            self.known[key] = name
        return f"{name}({arguments})"

    def as_nested(self, routine: _Routine) -> str:
        return self.as_def(routine, here=True)

    def freed(self, routine: _Routine) -> _Routine | None:
        """The same with some parameters read from around the function."""
        free = [p for p in routine.parameters if not routine.binds(p)]
        count = 1 + self.choose(len(free)) if free else 0
        actual = dict(zip(routine.parameters, routine.arguments, strict=True))
        chosen = {p: actual[p] for p in free[:count]}
        kept = [p for p in routine.parameters if p not in chosen]
        names = [re.split(r"[.\[]", value)[0] for value in chosen.values()]
        if not chosen or any(p in names for p in kept):
            return None
        return routine.holding(chosen)

    def as_closure(self, routine: _Routine) -> str | None:
        freed = self.freed(routine)
        if freed is None:
            return None
        name = self.word("helper")
        self.define([f"def {name}({', '.join(freed.parameters)}):", *indented(freed.statements)], here=True)
        return f"{name}({', '.join(freed.arguments)})"

    def as_lambda(self, routine: _Routine) -> str | None:
        expression = routine.result if not routine.body else routine.body[0]
        if len(routine.statements) > 1 or re.search(r"[^=!<>]=[^=]| for ", re.sub(r"\w=[\w-]", "", expression)):
            return None
        routine = _Routine(routine.parameters, routine.arguments, (), expression)
        if self.chance(40):
            routine = self.freed(routine) or routine
        name = self.word("lambda")
        space = " " if routine.parameters else ""
        self.emit(f"{name} = lambda{space}{', '.join(routine.parameters)}: {expression_of(routine)}")
        return f"{name}({', '.join(routine.arguments)})"

    def as_partial(self, routine: _Routine) -> str:
        name, bound = self.word("helper"), self.word("lambda")
        parameters, arguments = routine.parameters, routine.arguments
        self.define([f"def {name}({', '.join(parameters)}):", *indented(routine.statements)])
        if self.chance(50):
            self.emit(f"{bound} = functools.partial({name}, {arguments[0]})")
            return f"{bound}({', '.join(arguments[1:])})"
        self.emit(f"{bound} = functools.partial({name}, {parameters[-1]}={arguments[-1]})")
        return f"{bound}({', '.join(arguments[:-1])})"

    def as_decorated(self, routine: _Routine) -> str:
        decorator = self.word("decorator")
        wrapper = self.one_of(
            (
                ["return function(*args, **kwargs)"],
                ["result = function(*args, **kwargs)", "return result"],
                ["with torch.enable_grad():", "    return function(*args, **kwargs)"],
            )
        )
        if "enable_grad" in wrapper[0] and not routine.result:
            wrapper = ["return function(*args, **kwargs)"]
        lines = [
            "@functools.wraps(function)",
            "def wrapper(*args, **kwargs):",
            *indented(wrapper),
            "return wrapper",
        ]
        self.define([f"def {decorator}(function):", *indented(lines)])
        return self.as_def(routine, decorators=[f"@{decorator}"])

    def as_no_grad(self, routine: _Routine) -> str | None:
        """A function that runs without grad: natural for what writes, a cut where it returns what it computes."""
        if "backward" in "".join(routine.body) or (routine.result and self.chance(80)):
            return None
        decorator = self.one_of(("@torch.no_grad()", "@torch.no_grad()", "@torch.set_grad_enabled(False)"))
        return self.as_def(routine, decorators=[decorator])

    def as_method(self, routine: _Routine) -> str:
        """A method of an object that holds some of what is needed."""
        held = [p for p in routine.parameters if not routine.binds(p)][: self.choose(len(routine.parameters) + 1)]
        return self.of_object(routine, held, "method")

    def as_attribute(self, routine: _Routine) -> str:
        """A method of an object that holds all that is needed."""
        return self.of_object(routine, [p for p in routine.parameters if not routine.binds(p)], "method")

    def as_callable(self, routine: _Routine) -> str:
        return self.of_object(routine, [], "__call__")

    def as_property(self, routine: _Routine) -> str | None:
        if not routine.result or any(routine.binds(p) for p in routine.parameters):
            return None
        return self.of_object(routine, list(routine.parameters), "property")

    def of_object(self, routine: _Routine, held: Sequence[str], kind: str) -> str:
        """A class with the method, an instance, and the call."""
        actual = dict(zip(routine.parameters, routine.arguments, strict=True))
        inner = routine.holding({p: f"self.{p}" for p in held})
        name, instance = self.word("class"), self.instance()
        method = kind if kind == "__call__" else self.word("helper")
        lines = [f"class {name}:"]
        if held:
            stored = [f"self.{p} = {p}" for p in held]
            lines += [f"    def __init__(self, {', '.join(held)}):", *indented(stored, 2), ""]
        lines += ["    @property"] if kind == "property" else []
        lines += [f"    def {method}({', '.join(('self', *inner.parameters))}):", *indented(inner.statements, 2)]
        self.define(lines)
        made = f"{name}({', '.join(actual[p] for p in held)})"
        if self.chance(75):
            self.emit(f"{instance} = {made}")
            made = instance
        if kind == "property":
            return f"{made}.{method}"
        return f"{made}{'' if kind == '__call__' else '.' + method}({', '.join(inner.arguments)})"

    def as_static(self, routine: _Routine) -> str:
        return self.of_class(routine, "@staticmethod", "")

    def as_class_method(self, routine: _Routine) -> str:
        return self.of_class(routine, "@classmethod", "cls")

    def of_class(self, routine: _Routine, decorator: str, first: str) -> str:
        name, method = self.word("class"), self.word("helper")
        parameters = ", ".join((*((first,) if first else ()), *routine.parameters))
        body = indented([decorator, f"def {method}({parameters}):", *indented(routine.statements)])
        self.define([f"class {name}:", *body])
        owner = name if self.chance(70) else f"{name}()"
        return f"{owner}.{method}({', '.join(routine.arguments)})"

    def as_inherited(self, routine: _Routine) -> str:
        """A base class has the method; a derived one inherits it, or calls it by super()."""
        base, derived, instance = self.word("class"), self.word("class"), self.instance()
        method = self.word("helper")
        parameters = ", ".join(routine.parameters)
        header = f"    def {method}(self, {parameters}):"
        self.define([f"class {base}:", header, *indented(routine.statements, 2)])
        if self.chance(40):
            self.define([f"class {derived}({base}):", '    """The same."""'])
        else:
            self.style("call:super")
            call = f"super().{method}({parameters})"
            self.define([f"class {derived}({base}):", header, f"        return {call}"])
        self.emit(f"{instance} = {derived}()")
        return f"{instance}.{method}({', '.join(routine.arguments)})"

    def as_chain(self, routine: _Routine) -> str:
        """A function that calls a function."""
        inner, outer = self.word("helper"), self.word("helper")
        parameters = ", ".join(routine.parameters)
        call = f"{inner}({parameters})"
        body = [f"return {call}"] if routine.result and self.chance(60) else [call]
        if routine.result and body == [call]:
            body = [f"inner_result = {call}", "return inner_result"]
        definitions = [
            [f"def {inner}({parameters}):", *indented(routine.statements)],
            [f"def {outer}({parameters}):", *indented(body)],
        ]
        if self.chance(40):
            definitions.reverse()
        for lines in definitions:
            self.define(lines)
        return f"{outer}({', '.join(routine.arguments)})"

    def as_handed_on(self, routine: _Routine) -> str:
        """A function that is an argument of another one."""
        inner, outer = self.word("helper"), self.word("helper")
        self.define([f"def {inner}({', '.join(routine.parameters)}):", *indented(routine.statements)])
        self.define([f"def {outer}(function, *args):", "    return function(*args)"])
        return f"{outer}({inner}, {', '.join(routine.arguments)})"

    def as_dispatched(self, routine: _Routine) -> str:
        """A function that is found in a table, or chosen by a condition."""
        inner, table = self.word("helper"), self.word("lambda")
        self.define([f"def {inner}({', '.join(routine.parameters)}):", *indented(routine.statements)])
        if self.chance(50):
            self.emit(f'{table} = {{"main": {inner}}}')
            return f'{table}["main"]({", ".join(routine.arguments)})'
        condition, value = self.condition()
        other = f"lambda *args: {'args[0] + 0.1' if routine.result else 'None'}"
        first, second = (inner, f"({other})") if value else (f"({other})", inner)
        self.emit(f"{table} = {first} if {condition} else {second}")
        return f"{table}({', '.join(routine.arguments)})"

    def as_recursive(self, routine: _Routine) -> str:
        """A function that calls itself once, then does what is wanted."""
        name = self.word("helper")
        parameters = ", ".join(routine.parameters)
        body = ["if depth > 0:", f"    return {name}({parameters}, depth - 1)", *routine.statements]
        self.define([f"def {name}({parameters}, depth=1):", *indented(body)])
        return f"{name}({', '.join(routine.arguments)})"

    def as_generator(self, routine: _Routine) -> str:
        name = self.word("helper")
        body = [*routine.body, f"yield {routine.result or 'None'}"]
        self.define([f"def {name}({', '.join(routine.parameters)}):", *indented(body)])
        call = f"{name}({', '.join(routine.arguments)})"
        return self.one_of((f"next({call})", f"list({call})[0]", f"[each for each in {call}][0]"))

    def as_mapped(self, routine: _Routine) -> str | None:
        if len(routine.parameters) != 1:
            return None
        name = self.word("helper")
        self.define([f"def {name}({routine.parameters[0]}):", *indented(routine.statements)])
        argument = routine.arguments[0]
        return self.one_of((f"list(map({name}, [{argument}]))[0]", f"[{name}(each) for each in ({argument},)][0]"))

    # scopes

    @contextlib.contextmanager
    def scope(self, tensors: Sequence[Tensor], *, fresh: bool = True) -> Iterator[list[str]]:
        """Write into a body of its own, which knows these tensors only; what is written is what it gives."""
        kept = {
            name: getattr(self, name)
            for name in (
                "lines",
                "indent",
                "tensors",
                "constants",
                "flags",
                "used",
                "terms",
                "later",
                "in_function",
                "parameters",
                "optimizer",
                "module",
            )
        }
        self.lines, self.indent = [], 0
        self.tensors = list(tensors)
        self.parameters = [tensor.name for tensor in tensors if tensor.leaf]
        self.constants, self.flags, self.terms, self.later = [], {}, [], []
        names = {tensor.name for tensor in tensors if tensor.name.isidentifier()}
        self.used = names if fresh else self.used | names
        self.in_function, self.optimizer, self.module = False, None, None
        try:
            with self.deeper():
                yield self.lines
        finally:
            for name, value in kept.items():
                setattr(self, name, value)

    _TOLD_IN_FUNCTION: Mapping[str, int] = {
        "saved_then_written": 20,
        "computed": 6,
        "copy_written": 2,
        "unsaved_written": 3,
        "data_swapped": 6,
        "leaf_written": 2,
        "cut_in_place": 5,
        "frozen": 2,
        "cut_off": 2,
        "several_views": 2,
        "recurrent": 4,
    }

    def told(self) -> None:
        """A function with a story of its own, given one to three tensors; it returns a loss, or what it computed."""
        outer = list(
            {tensor.name: tensor for tensor in (self.any_tensor() for _ in range(1 + self.choose(3)))}.values()
        )
        leaves = [tensor for tensor in self.tensors if tensor.leaf]
        if not any(tensor.leaf for tensor in outer):
            outer.append(self.recent(leaves))
        inner = [replace(tensor, name=p) for tensor, p in zip(outer, self.parameter_names(len(outer)), strict=True)]
        differentiates = self.chance(15)
        with self.scope(inner) as body:
            for _ in range(1 + self.choose(2)):
                getattr(self, self.weighted(self._TOLD_IN_FUNCTION))()
            loss = self.differentiated()
            if differentiates:
                self.emit(f"{loss}.backward({'retain_graph=True' if self.chance(50) else ''})")
                for build in self.later:
                    build()
            made = [t for t in self.tensors if t not in inner and t.graph and t.name.isidentifier()]
            kept = self.recent(made) if made and self.chance(40) else None
        name = self.word("helper")
        self.style("call:story")
        routine = _Routine(
            tuple(tensor.name for tensor in inner),
            tuple(tensor.name for tensor in outer),
            tuple(body),
            f"{loss}, {kept.name}" if kept else loss,
        )
        call = self.as_def(routine, name=name, here=self.chance(20))
        loss = self.name("loss")
        if kept:
            result = Tensor(self.name("value"), graph=True, tame=False)
            self.emit(f"{loss}, {result.name} = {call}")
            self.tensors.append(result)
            if self.chance(50):
                self.write(result)
        else:
            self.emit(f"{loss} = {call}")
        if not differentiates or self.chance(10):
            self.terms.append(loss)
        if self.chance(25):
            again = self.name("loss")
            self.emit(f"{again} = {call}" + ("[0]" if kept else ""))
            self.terms.append(again)
            self.style("call:again")

    def parameter_names(self, count: int) -> list[str]:
        names: list[str] = []
        while len(names) < count:
            names.append(str(self.one_of([name for name in _PARAMETERS if name not in names])))
        return names


def expression_of(routine: _Routine) -> str:
    """The expression of a routine that has nothing else."""
    return routine.result

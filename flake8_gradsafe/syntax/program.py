"""The program that the interpreter runs: a small language between a file's tree and the model.

Every element keeps the node it came from as its `place`; lines and columns are computed only for what is reported.
"""

from __future__ import annotations

import ast
from typing import TypeAlias

from flake8_gradsafe.syntax.element import element


@element
class Prefix:
    """The place of `a and b` in `a and b and c`: the first operands of a node, which have none of their own."""

    whole: ast.BoolOp
    operands: int


#: The origin of an element: a node of CPython's tree, or a `Prefix`. Only `location.py` and `flagging/` look inside.
Place = object


@element
class Expression:
    """Anything with a value."""

    place: Place


@element
class Name(Expression):
    """A name that is read."""

    id: str


@element
class Constant(Expression):
    """A literal: number, string, True, False, None or Ellipsis."""

    value: object


@element
class Attribute(Expression):
    """`value.attr`."""

    value: Expression
    attr: str


@element
class Subscript(Expression):
    """`value[index]`; several indices make a `Sequence`."""

    value: Expression
    index: Expression


@element
class Slice(Expression):
    """`lower:upper:step` inside a subscript."""

    lower: Expression | None
    upper: Expression | None
    step: Expression | None


@element
class Argument:
    """An argument of a call: `star` is "", "*" or "**"; `name` is set for keyword arguments."""

    value: Expression
    name: str | None = None
    star: str = ""


@element
class Call(Expression):
    """`function(arguments)`."""

    function: Expression
    arguments: tuple[Argument, ...]


@element
class Binary(Expression):
    """An arithmetic operator, named by its method: `__mul__`."""

    method: str
    left: Expression
    right: Expression


@element
class Unary(Expression):
    """`-x`, `+x`, `~x`, named by its method."""

    method: str
    operand: Expression


@element
class Comparison(Expression):
    """`left < right`: one comparison, named by its operator: `<`, `==`, `is`, `not in` …."""

    operator: str
    left: Expression
    right: Expression


@element
class Not(Expression):
    """`not x`."""

    operand: Expression


@element
class Logical(Expression):
    """`left and right`, or `left or right`."""

    left: Expression
    right: Expression
    conjunction: bool


@element
class Sequence(Expression):
    """A tuple or list display; an item may be `Starred`."""

    items: tuple[Expression, ...]
    mutable: bool


@element
class Mapping(Expression):
    """A dict display without `**`."""

    keys: tuple[Expression, ...]
    values: tuple[Expression, ...]


@element
class Starred(Expression):
    """`*value` in a display or a target."""

    value: Expression


@element
class Walrus(Expression):
    """`target := value`."""

    target: Name
    value: Expression


@element
class Choice(Expression):
    """`body if test else orelse`, where it could not be made a branch between two statements."""

    test: Expression
    body: Expression
    orelse: Expression


@element
class Formatted(Expression):
    """An f-string, or strings side by side: what its parts give, put together."""

    parts: tuple[Expression, ...]


@element
class Yield(Expression):
    """`yield value`; `delegates`: `yield from value`."""

    value: Expression | None
    delegates: bool


@element
class Opaque(Expression):
    """A value that is not modelled, computed from these parts. `form` is "bytes", "set", "dict", "comparison", or empty."""

    parts: tuple[Expression, ...]
    form: str = ""


@element
class Statement:
    """Anything without a value."""

    place: Place


@element
class Clause:
    """`for target in source if conditions` of a comprehension."""

    target: Expression
    source: Expression
    conditions: tuple[Expression, ...]


@element
class Comprehension(Expression):
    """A comprehension; its targets live in a scope of their own. `key` is that of a dict, else None.

    `form` is "list", "set", "dict" or "generator".
    """

    element: Expression
    clauses: tuple[Clause, ...]
    key: Expression | None = None
    form: str = "list"


@element
class Lambda(Expression):
    """`lambda`: a function that returns its expression."""

    function: Function


@element
class Import(Statement):
    """`import a.b as c`, `from a import b as c`: the dotted origin and the name that it binds; `*` binds all."""

    origin: str
    bound: str


@element
class Assign(Statement):
    """`targets = value`; an annotated declaration without value has None."""

    targets: tuple[Expression, ...]
    value: Expression | None
    annotation: Expression | None = None


@element
class Augmented(Statement):
    """`target += value` and its kin, named by the in-place method: `__iadd__`."""

    target: Expression
    method: str
    value: Expression


@element
class Evaluate(Statement):
    """An expression as a statement; also `assert`, whose test is evaluated."""

    value: Expression


@element
class Return(Statement):
    """`return value`, and `raise` (with `raises`)."""

    value: Expression | None
    raises: bool = False


@element
class Jump(Statement):
    """`break` or `continue`."""

    breaks: bool


@element
class Delete(Statement):
    """`del targets`."""

    targets: tuple[Expression, ...]


@element
class Global(Statement):
    """`global names`, or `nonlocal names` (with `encloses`)."""

    names: tuple[str, ...]
    encloses: bool


@element
class With(Statement):
    """`with` one item; several items are nested."""

    context: Expression
    target: Expression | None
    body: tuple[Statement, ...]


@element
class Branch(Statement):
    """`if`; a `match` is a chain of them, each with the names that its pattern binds."""

    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


@element
class Loop(Statement):
    """`for target in source` or `while test` (no target)."""

    target: Expression | None
    source: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


@element
class Handler:
    """`except caught as name`."""

    caught: Expression | None
    name: str | None
    body: tuple[Statement, ...]


@element
class Try(Statement):
    """`try` with its handlers."""

    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Statement, ...]
    final: tuple[Statement, ...]


@element
class Parameter:
    """A parameter of a function; `star` is "", "*" or "**"."""

    name: str
    annotation: Expression | None
    default: Expression | None
    star: str = ""
    keyword_only: bool = False


@element
class Function(Statement):
    """`def`, or the function that a lambda is. `concerns_us` tells whether its text has any of the gate's words.

    `mentions` are all names and attributes in it, `locals` the names that its statements bind, its parameters and what is
    bound in comprehensions left out, `calls` the last names of what it calls or hands over, `assigns` the attributes of `self`
    that it binds. `generates`: it yields. `nests`: it makes functions or classes, which may outlive its
    call.
    """

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]
    concerns_us: bool = True
    mentions: frozenset[str] = frozenset()
    locals: frozenset[str] = frozenset()
    assigns: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    generates: bool = False
    nests: bool = False


@element
class Class(Statement):
    """`class`. `spelled` are its bases as text."""

    name: str
    bases: tuple[Expression, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]
    spelled: tuple[str, ...] = ()


#: The statements of a block, in order.
Body: TypeAlias = tuple[Statement, ...]

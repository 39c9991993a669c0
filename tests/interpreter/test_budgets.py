"""Programs beyond every budget end, and what a budget has cut is never reported as proven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any

import pytest
import torch

from flake8_gradsafe.engine import check
from flake8_gradsafe.interpreter import budget
from flake8_gradsafe.interpreter.budget import MAX_CALL_STEPS, MAX_STEPS, CallLimit
from flake8_gradsafe.interpreter.calls.program import MAX_DEPTH, MAX_RECURSION
from flake8_gradsafe.interpreter.domain.state import State
from flake8_gradsafe.interpreter.paths import join
from flake8_gradsafe.interpreter.paths.reachability import Reachability
from flake8_gradsafe.interpreter.run import Run
from flake8_gradsafe.syntax import program as ir

HEAD = "import torch\na = torch.randn(3, requires_grad=True)\nx = a * 2\n"  # which saves nothing of x
TAIL = "x.data.mul_(2)\nx.sum().backward()\n"


def _nested(levels: int, head: str, inside: str) -> str:
    return "".join(" " * level + head.format(level) for level in range(levels)) + " " * levels + inside


def _inside(text: str, levels: int = 1) -> str:
    return indent(text, "    " * levels)


BEYOND = {
    "branches": "".join(f"if c{i}:\n    x = x.sigmoid()\n" for i in range(200)),
    "branches with both ways": "".join(f"if c{i}:\n    x = x.sigmoid()\nelse:\n    x = x.tanh()\n" for i in range(200)),
    "ternaries": "".join(f"x = x.sin() if c{i} else x.sigmoid()\n" for i in range(200)),
    "nested loops": _nested(18, "for i{0} in n{0}:\n", "x = x.sigmoid()\n"),
    "nested known loops": _nested(18, "for i{0} in range(3):\n", "x = x.sigmoid()\n"),
    "nested whiles": _nested(18, "while c{0}:\n", "x = x.sigmoid()\n"),
    "loops in a row": "".join(f"for i{i} in n{i}:\n    x = x.sigmoid()\n" for i in range(100)),
    "handlers": "".join("try:\n    x = x.exp()\nexcept ValueError:\n    x = x.sigmoid()\n" for _ in range(100)),
}


@pytest.mark.parametrize("name", BEYOND)
def test_nothing_is_proven_behind_a_budget(name: str) -> None:
    codes = {finding.code for finding in check(HEAD + BEYOND[name] + TAIL)}
    assert codes <= {"GRD211", "GRD911"}


def test_straight_lines_have_no_budget_that_matters() -> None:
    text = HEAD + "x = x.sigmoid()\n" * 5000 + TAIL
    assert [finding.code for finding in check(text)] == ["GRD111"]


def test_a_body_with_too_many_statements_is_given_up_without_a_word_that_is_proven() -> None:
    text = HEAD + "x = x.sigmoid()\n" * 25_000 + TAIL
    assert {finding.code for finding in check(text)} <= {"GRD911"}


# -- calls ----------------------------------------------------------------------------------------------------------


@dataclass
class Work:
    """What the interpreter did: statements over all entries into the file, calls inside one another, at their most."""

    steps: int = 0
    calls: int = 0
    depth: int = 0
    recursion: int = 0
    steps_of_calls: list[int] = field(default_factory=list)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    counted = Work()
    spend, begin_call, end_call = Run.spend, Run.begin_call, Run.end_call
    begun: list[int] = []

    def spend_counted(session: Run) -> bool:
        counted.steps += 1
        return spend(session)

    def begin_counted_call(session: Run, code: ir.Function) -> CallLimit:
        limit = begin_call(session, code)
        begun.append(counted.steps)
        counted.calls += 1
        counted.depth = max(counted.depth, len(session.running))
        counted.recursion = max(counted.recursion, *Counter(map(id, session.running)).values())
        return limit

    def end_counted_call(session: Run, limit: CallLimit, ways: Iterable[State]) -> None:
        counted.steps_of_calls.append(counted.steps - begun.pop())
        end_call(session, limit, ways)

    monkeypatch.setattr(Run, "spend", spend_counted)
    monkeypatch.setattr(Run, "begin_call", begin_counted_call)
    monkeypatch.setattr(Run, "end_call", end_counted_call)
    return counted


def _check_work(work: Work) -> None:
    """These programs cost no more than one entry may, and no call more than a call may.

    Each path that is given up counts the statement that it did not run.
    """
    assert work.steps <= MAX_STEPS
    assert max(work.steps_of_calls, default=0) <= MAX_CALL_STEPS + 100
    assert work.depth <= MAX_DEPTH
    assert work.recursion <= MAX_RECURSION


TWELVE_BRANCHES = "".join(
    f"    if c{i}:\n        x = x.sigmoid()\n    else:\n        x = x.tanh()\n" for i in range(12)
)
TWELVE_WAYS_OUT = "".join(f"    if c{i}:\n        return x.sigmoid() * {i}\n" for i in range(12))
BRANCHING = f"def f(x):\n{TWELVE_BRANCHES}    return x\n"
LEAVING = f"def f(x):\n{TWELVE_WAYS_OUT}    return x\n"
WITHOUT_END = "def f(x):\n    while True:\n        x = x.sigmoid()\n        yield x\n"


def _chain_of_results(count: int, call: str) -> str:
    """Functions that call one another, the first of them called."""
    functions = "".join(f"def f{i}(x):\n{_inside(call.format(i + 1))}" for i in range(count))
    return f"{functions}def f{count}(x):\n    return x\nx = f0(x)\n"


BLOCK = """
class Block(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = torch.nn.Linear(width, width)
        self.second = torch.nn.Linear(width, width)

    def forward(self, x):
        return self.second(self.first(x).sigmoid())
"""


def _net(made: str, run: str, count: str = "40") -> str:
    head = "class Net(torch.nn.Module):\n    def __init__(self, count):\n        super().__init__()\n"
    forward = f"    def forward(self, x):\n{_inside(run, 2)}        return x\n"
    return f"{BLOCK}{head}{_inside(made, 2)}{forward}x = Net({count})(x)\n"


APPENDED = "self.blocks = torch.nn.ModuleList()\nfor i in range({}):\n    self.blocks.append(Block(3))\n"
COMPREHENDED = "self.blocks = torch.nn.ModuleList([Block(3) for _ in range({})])\n"
IN_TURN = "for block in self.blocks:\n    x = block(x)\n"

WITHOUT_BOUND = {
    "recursion": "def f(x):\n    return f(x.sigmoid())\nx = f(x)\n",
    "recursion that branches": "def f(x):\n    return f(x.sigmoid()) + f(x.tanh())\nx = f(x)\n",
    "recursion that counts down": (
        "def f(x, n):\n    if n == 0:\n        return x\n    return f(x.sigmoid(), n - 1)\nx = f(x, 100)\n"
    ),
    "mutual recursion": "def f(x):\n    return g(x.sigmoid())\ndef g(x):\n    return f(x.tanh())\nx = f(x)\n",
    "mutual recursion of five": (
        "".join(f"def f{i}(x):\n    return f{(i + 1) % 5}(x.sigmoid()) + f{(i + 2) % 5}(x)\n" for i in range(5))
        + "x = f0(x)\n"
    ),
    "twelve functions that each call all": (
        "".join(
            f"def f{i}(x):\n{''.join(f'    x = f{j}(x.sigmoid())' + chr(10) for j in range(12))}    return x\n"
            for i in range(12)
        )
        + "x = f0(x)\n"
    ),
    "chain of sixty": _chain_of_results(60, "return f{0}(x.sigmoid())\n"),
    "chain of sixty, each called twice": _chain_of_results(60, "return f{0}(x.sigmoid()) + f{0}(x.tanh())\n"),
    "chain of sixty with branches": _chain_of_results(
        60, "if c:\n    return f{0}(x.sigmoid())\nreturn f{0}(x.exp())\n"
    ),
    "twelve branches, twenty calls": BRANCHING + "x = f(x)\n" * 20,
    "twelve branches, twenty calls in one another": f"{BRANCHING}x = {'f(' * 20}x{')' * 20}\n",
    "twelve branches in loops": f"{BRANCHING}for i in n:\n    for j in m:\n        x = f(x) + f(x)\n",
    "twelve branches in comprehensions": f"{BRANCHING}x = [[f(y) + f(z) for y in ys] for z in zs][0][0]\n",
    "twelve ways out, twenty calls": LEAVING + "x = f(x)\n" * 20,
    "twelve ways out, twenty calls in one statement": f"{LEAVING}x = {' + '.join(['f(x)'] * 20)}\n",
    "generator": f"{WITHOUT_END}for x in f(x):\n    x = x.tanh()\n",
    "generator in a list": f"{WITHOUT_END}x = list(f(x))[-1]\n",
    "generator of itself": "def f(x):\n    yield x.sigmoid()\n    yield from f(x)\nfor x in f(x):\n    pass\n",
    "generators in generators": (
        f"{WITHOUT_END}def g(x):\n    for y in f(x):\n        for z in f(y):\n            yield z\n"
        "for x in g(x):\n    for x in g(x):\n        x = x.tanh()\n"
    ),
    "function of itself": "f = lambda g, x: g(g, x.sigmoid())\nx = f(f, x)\n",
    "property of itself": "class A:\n    @property\n    def p(self):\n        return self.p\nx = A().p\n",
    "object that calls itself": "class A:\n    def __call__(self, x):\n        return self(x.sigmoid())\nx = A()(x)\n",
    "decorator of itself": (
        "def deco(f):\n    def inner(x):\n        return inner(f(x))\n    return inner\n"
        "@deco\ndef f(x):\n    return x.sigmoid()\nx = f(x)\n"
    ),
    "sixty classes that extend one another": (
        "class A0:\n    def f(self, x):\n        return x\n"
        + "".join(
            f"class A{i}(A{i - 1}):\n    def f(self, x):\n        return super().f(x.sigmoid())\n" for i in range(1, 61)
        )
        + "x = A60().f(x)\n"
    ),
    "forty submodules appended": _net(APPENDED.format(40), IN_TURN),
    "forty submodules in a comprehension": _net(COMPREHENDED.format(40), IN_TURN),
    "forty submodules by name": _net(
        "for i in range(40):\n    setattr(self, f'block{i}', Block(3))\n",
        "for i in range(40):\n    x = getattr(self, f'block{i}')(x)\n",
    ),
    "forty submodules written out": _net(
        "".join(f"self.block{i} = Block(3)\n" for i in range(40)),
        "".join(f"x = self.block{i}(x)\n" for i in range(40)),
    ),
    "forty modules in sequence": f"{BLOCK}x = torch.nn.Sequential(*[Block(3) for _ in range(40)])(x)\n",
    "submodules of unknown number appended": _net(APPENDED.format("count"), IN_TURN, "count"),
    "submodules of unknown number in a comprehension": _net(COMPREHENDED.format("count"), IN_TURN, "count"),
    "module made of itself": (
        "class N(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.inner = N()\n"
        "    def forward(self, x):\n        return self.inner(x.sigmoid())\nx = N()(x)\n"
    ),
    "module that holds itself": (
        "class N(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.inner = self\n"
        "    def forward(self, x):\n        return self.inner(x.sigmoid())\nx = N()(x)\n"
    ),
    "modules that hold two each, twelve deep": (
        f"{BLOCK}N0 = lambda: Block(3)\n"
        + "".join(
            f"class N{i}(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            f"        self.a = N{i - 1}()\n        self.b = N{i - 1}()\n"
            "    def forward(self, x):\n        return self.a(x) + self.b(x)\n"
            for i in range(1, 13)
        )
        + "x = N12()(x)\n"
    ),
}

UNFOLLOWED = "rounds that are not followed count as rounds without effect"


def _parameters(programs: Mapping[str, str], known: Mapping[str, str]) -> list[Any]:
    """The programs as parameters; those that are known to fail say why."""
    assert known.keys() <= programs.keys()
    return [
        pytest.param(text, id=name, marks=[pytest.mark.xfail(reason=known[name])] if name in known else [])
        for name, text in programs.items()
    ]


@pytest.mark.parametrize("text", WITHOUT_BOUND.values(), ids=WITHOUT_BOUND.keys())
def test_calls_without_bound_end_with_nothing_proven(text: str, work: Work) -> None:
    codes = {finding.code for finding in check(HEAD + text + TAIL)}
    _check_work(work)
    assert codes <= {"GRD211", "GRD911"}


PROVEN_STILL = {
    "recursion with a way out": (
        "def f(x, n):\n    if n:\n        return x.exp()\n    return f(x.sigmoid(), n)\nx = f(x, n)\n"
    ),
    "generator that is left": f"{WITHOUT_END}for x in f(x):\n    if c:\n        break\n",
}


@pytest.mark.parametrize("name", PROVEN_STILL)
def test_path_that_leaves_in_time_is_proven(name: str, work: Work) -> None:
    assert "GRD111" in {finding.code for finding in check(HEAD + PROVEN_STILL[name] + TAIL)}
    _check_work(work)


KNOWN_ITEMS = [*range(32)]
COMPREHENSION = "[" * 4 + "x.sin()" + "".join(f" for {name} in {KNOWN_ITEMS}]" for name in "ijkl")
UNCOUNTED = {
    "comprehensions in one another": f"{COMPREHENSION}\n",
    "list put together in rounds": f"items = [x]\nfor i in {KNOWN_ITEMS}:\n    items = items + items\n",
    "list extended by itself": f"items = [x]\nfor i in {KNOWN_ITEMS}:\n    items.extend(items)\n",
    "list spread twice": "items = [x]\n" + "items = [*items, *items]\n" * 40,
    "text formatted twice": "s = 'ab'\n" + "s = f'{s}{s}'\n" * 40,
}


@pytest.mark.parametrize("name", UNCOUNTED)
def test_what_is_no_statement_is_bounded(name: str) -> None:
    assert {finding.code for finding in check(HEAD + UNCOUNTED[name] + TAIL)} <= {"GRD211", "GRD911"}


def test_each_call_of_a_function_with_branches_costs_the_same(work: Work) -> None:
    costs = []
    for count in (10, 20, 40):
        work.steps = 0
        check(HEAD + BRANCHING + "x = f(x)\n" * count + TAIL)
        costs.append(work.steps)
    assert costs[2] - costs[1] <= 2 * (costs[1] - costs[0]) + 100


def test_forward_that_is_too_deep_to_be_followed_is_still_one_of_a_model() -> None:
    helpers = "".join(f"def helper_{level + 1}(x):\n    return helper_{level}(x)\n" for level in range(MAX_DEPTH - 1))
    text = f"""
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
    def forward(self, x):
        return torch.tanh(self.layer(x))
net = Net()
def helper_0(x):
    return net(x)
{helpers}
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(3):
    loss = helper_{MAX_DEPTH - 1}(torch.ones(1, 2)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
"""
    assert [finding.code for finding in check(text)] == ["GRD276"]


def test_functions_that_nothing_calls_have_a_budget_each(work: Work) -> None:
    function = BRANCHING.replace("    return x\n", "    x.detach_()\n    return x\n")
    one = HEAD + function
    check(one)
    cost, work.steps = work.steps, 0
    check(HEAD + "".join(function.replace("def f", f"def f{i}") for i in range(20)))
    assert work.steps <= 20 * cost


# -- programs that are right because of what lies behind a budget ------------------------------------------------------

LEAF = "import torch\na = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)\n"
KEPT = f"{LEAF}kept = [a.sigmoid()]\n"
SHIFT = "kept[0] = kept[0] + 1\n"  # the sum of which nothing is saved takes the place of what sigmoid saved
WRITE = "kept[0].data.zero_()\nkept[0].sum().backward()\n"
NAMED = f"{LEAF}y = a.sigmoid()\n"
WRITE_NAMED = "y.data.zero_()\ny.sum().backward()\n"
WRITE_OWNED = "k.y.data.zero_()\nk.y.sum().backward()\n"
OWNER = "class K:\n    def __init__(self, y):\n        self.y = y\n"
FIFTIETH = f"if i == 50:\n{_inside(SHIFT)}"
THAWED = f"{LEAF}b = torch.ones(3)\n"
DIFFERENTIATED = "(b * 2).sum().backward()\na.sigmoid().sum().backward()\n"
COUNTED_MODULE = (
    "class B(torch.nn.Module):\n    def __init__(self, i):\n        super().__init__()\n        self.i = i\n"
    f"    def forward(self, x):\n        if self.i == 50:\n{_inside(SHIFT, 3)}        return x\n"
)


def _chain(last: str, name: str = "") -> str:
    """Forty functions that call one another; the last one does something. `name` is handed through."""
    functions = "".join(f"def f{i}({name}):\n    f{i + 1}({name})\n" for i in range(40))
    return f"{functions}def f40({name}):\n{_inside(last)}f0({name})\n"


def _recursion(last: str, name: str = "") -> str:
    """A function that calls itself a hundred times and does something in the end."""
    more = f", {name}" if name else ""
    head = f"def f(n{more}):\n    if n == 0:\n{_inside(last, 2)}"
    return f"{head}    else:\n        f(n - 1{more})\nf(100{more})\n"


def _long(last: str, name: str = "", first: str = "", called: str = "f") -> str:
    """A function with more statements than a call may run, which does something in the end."""
    statements = "n = n + 1\n" * MAX_CALL_STEPS
    return f"def {called}({name}):\n" + _inside(f"{first}n = 0\n{statements}{last}")


RIGHT_BEHIND_A_BUDGET = {
    # calls that lie too deep
    "chain, argument": f"{KEPT}{_chain(SHIFT, 'kept')}{WRITE}",
    "chain, list of the module": f"{KEPT}{_chain(SHIFT)}{WRITE}",
    "chain, name of the module": f"{NAMED}{_chain('global y' + chr(10) + 'y = y + 1' + chr(10))}{WRITE_NAMED}",
    "chain, attribute": f"{LEAF}{OWNER}k = K(a.sigmoid())\n{_chain('k.y = k.y + 1' + chr(10), 'k')}{WRITE_OWNED}",
    "chain, leaf": f"{THAWED}{_chain('b.requires_grad_()' + chr(10), 'b')}{DIFFERENTIATED}",
    "recursion, argument": f"{KEPT}{_recursion(SHIFT, 'kept')}{WRITE}",
    "recursion, list of the module": f"{KEPT}{_recursion(SHIFT)}{WRITE}",
    "recursion, name of the module": (
        f"{NAMED}def f(n):\n    global y\n    if n == 0:\n        y = y + 1\n    else:\n        f(n - 1)\nf(100)\n"
        f"{WRITE_NAMED}"
    ),
    "recursion, name of a function": (
        f"{LEAF}def run():\n    y = a.sigmoid()\n    def f(n):\n        nonlocal y\n        if n == 0:\n"
        f"            y = y + 1\n        else:\n            f(n - 1)\n    f(100)\n{_inside(WRITE_NAMED)}run()\n"
    ),
    "recursion, attribute": (
        f"{LEAF}{OWNER}    def f(self, n):\n        if n == 0:\n            self.y = self.y + 1\n        else:\n"
        f"            self.f(n - 1)\nk = K(a.sigmoid())\nk.f(100)\n{WRITE_OWNED}"
    ),
    "recursion, leaf": f"{THAWED}{_recursion('b.requires_grad_()' + chr(10))}{DIFFERENTIATED}",
    "constructors": (
        f"{KEPT}class A0:\n    def __init__(self):\n{_inside(SHIFT, 2)}"
        + "".join(f"class A{i}(A{i - 1}):\n    def __init__(self):\n        super().__init__()\n" for i in range(1, 40))
        + f"A39()\n{WRITE}"
    ),
    "modules in modules": (
        f"{KEPT}class B0(torch.nn.Module):\n    def forward(self, x):\n{_inside(SHIFT, 2)}        return x\n"
        + "".join(
            f"class B{i}(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            f"        self.inner = B{i - 1}()\n    def forward(self, x):\n        return self.inner(x)\n"
            for i in range(1, 40)
        )
        + f"B39()(a)\n{WRITE}"
    ),
    "properties": (
        f"{KEPT}class K:\n    @property\n    def p0(self):\n{_inside(SHIFT, 2)}"
        + "".join(f"    @property\n    def p{i}(self):\n        return self.p{i - 1}\n" for i in range(1, 40))
        + f"K().p39\n{WRITE}"
    ),
    "lambdas": (
        f"{KEPT}def g():\n{_inside(SHIFT)}"
        + "".join(f"g{i} = lambda: g{i - 1 if i else ''}()\n" for i in range(40))
        + f"g39()\n{WRITE}"
    ),
    "decorators": (
        f"{KEPT}def deco(f):\n    def inner():\n        return f()\n    return inner\ndef g():\n{_inside(SHIFT)}"
        + "g = deco(g)\n" * 40
        + f"g()\n{WRITE}"
    ),
    "contexts": (
        f"{KEPT}import contextlib\n@contextlib.contextmanager\ndef within(n):\n    if n == 0:\n{_inside(SHIFT, 2)}"
        f"        yield\n    else:\n        with within(n - 1):\n            yield\nwith within(40):\n    pass\n{WRITE}"
    ),
    "generators in one another": (
        f"{KEPT}def f(n):\n    yield n\n    if n == 0:\n{_inside(SHIFT, 2)}    else:\n        yield from f(n - 1)\n"
        f"for i in f(50):\n    pass\n{WRITE}"
    ),
    "lists of generators in one another": (
        f"{KEPT}def f(n):\n    yield n\n    if n == 0:\n{_inside(SHIFT, 2)}    else:\n        list(f(n - 1))\n"
        f"list(f(50))\n{WRITE}"
    ),
    # calls with too many statements
    "long call, argument": f"{KEPT}{_long(SHIFT, 'kept')}f(kept)\n{WRITE}",
    "long call, list of the module": f"{KEPT}{_long(SHIFT)}f()\n{WRITE}",
    "long call, name of the module": (
        f"{NAMED}{_long('y = y + 1' + chr(10), first='global y' + chr(10))}f()\n{WRITE_NAMED}"
    ),
    "long call, result": f"{NAMED}{_long('return y + 1' + chr(10), 'y')}y = f(y)\n{WRITE_NAMED}",
    "long call, leaf": f"{THAWED}{_long('b.requires_grad_()' + chr(10))}f()\n{DIFFERENTIATED}",
    "long method": (
        f"{LEAF}{OWNER}{_inside(_long('self.y = self.y + 1' + chr(10), 'self'))}k = K(a.sigmoid())\nk.f()\n{WRITE_OWNED}"
    ),
    "long constructor": f"{KEPT}class K:\n{_inside(_long(SHIFT, 'self', called='__init__'))}K()\n{WRITE}",
    # too many rounds
    "loop": f"{KEPT}for i in range(100):\n{_inside(FIFTIETH)}{WRITE}",
    "loop over a list": f"{KEPT}for i in {[*range(60)]}:\n{_inside(FIFTIETH)}{WRITE}",
    "loop in a function": f"{KEPT}def f():\n    for i in range(100):\n{_inside(FIFTIETH, 2)}f()\n{WRITE}",
    "loop while": f"{KEPT}i = 0\nwhile i < 100:\n    i += 1\n{_inside(FIFTIETH)}{WRITE}",
    "loop that is left": f"{KEPT}i = 0\nwhile True:\n    i += 1\n{_inside(FIFTIETH)}        break\n{WRITE}",
    "loop that is left in a function": (
        f"{KEPT}def f():\n    i = 0\n    while True:\n        i += 1\n{_inside(FIFTIETH, 2)}            return\nf()\n{WRITE}"
    ),
    "loop, leaf": f"{THAWED}for i in range(100):\n    if i == 50:\n        b.requires_grad_()\n{DIFFERENTIATED}",
    "loops in one another": (
        f"{KEPT}for i in range(2):\n    for j in range(2):\n        for k in range(2):\n            if k == 1:\n"
        f"{_inside(SHIFT, 4)}{WRITE}"
    ),
    "loops in a function in loops": (
        f"{KEPT}def f():\n    for k in range(2):\n        if k == 1:\n{_inside(SHIFT, 3)}"
        f"for i in range(2):\n    for j in range(2):\n        f()\n{WRITE}"
    ),
    "generator": f"{KEPT}def f():\n    for i in range(100):\n{_inside(FIFTIETH, 2)}        yield i\n"
    f"for i in f():\n    pass\n{WRITE}",
    "generator in a list": (
        f"{KEPT}def f():\n    for i in range(100):\n{_inside(FIFTIETH, 2)}        yield i\nlist(f())\n{WRITE}"
    ),
    "loop over a generator": (
        f"{KEPT}def f():\n    for i in range(100):\n        yield i\nfor i in f():\n{_inside(FIFTIETH)}{WRITE}"
    ),
    "comprehension": f"{KEPT}def f(i):\n{_inside(FIFTIETH)}[f(i) for i in range(100)]\n{WRITE}",
    "comprehension with a condition": f"{NAMED}[(y := y + 1) for i in range(100) if i == 50]\n{WRITE_NAMED}",
    "generator expression": (
        f"{KEPT}def f(i):\n{_inside(FIFTIETH)}    return i\nsum(f(i) for i in range(100))\n{WRITE}"
    ),
    "map": f"{KEPT}def f(i):\n{_inside(FIFTIETH)}list(map(f, range(100)))\n{WRITE}",
    "modules in a comprehension": (
        f"{KEPT}{COUNTED_MODULE}for layer in torch.nn.ModuleList([B(i) for i in range(60)]):\n    layer(a)\n{WRITE}"
    ),
    "modules appended": (
        f"{KEPT}{COUNTED_MODULE}layers = torch.nn.ModuleList()\nfor i in range(60):\n    layers.append(B(i))\n"
        f"for layer in layers:\n    layer(a)\n{WRITE}"
    ),
    "modules in sequence": f"{KEPT}{COUNTED_MODULE}torch.nn.Sequential(*[B(i) for i in range(60)])(a)\n{WRITE}",
}

FALSE_YET = {
    "modules appended": UNFOLLOWED,
}


@pytest.mark.parametrize("text", RIGHT_BEHIND_A_BUDGET.values(), ids=RIGHT_BEHIND_A_BUDGET.keys())
def test_program_is_right_behind_its_budget(text: str) -> None:
    names: dict[str, Any] = {}
    exec(compile(text, "program", "exec"), names)
    leaf = names["a"]
    value = leaf.detach().sigmoid()
    torch.testing.assert_close(leaf.grad, value * (1 - value))


@pytest.mark.parametrize("text", _parameters(RIGHT_BEHIND_A_BUDGET, FALSE_YET))
def test_what_a_budget_cut_may_have_made_it_right(text: str, work: Work) -> None:
    proven = [str(finding) for finding in check(text) if finding.code.startswith("GRD1")]
    _check_work(work)
    assert proven == []


def test_the_search_for_paths_that_meet_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Counted(Reachability):
        def __init__(self, state: State, against: State) -> None:
            super().__init__(state, against)
            sizes.append(len(self.refs) + len(self.owners))

    monkeypatch.setattr(join, "Reachability", Counted)
    layers = ", ".join("nn.Linear(3, 3)" for _ in range(300))
    calls = "".join(f"init(net[{number}])\n" for number in range(300))
    source = (
        "import torch\nfrom torch import nn\n\ndef init(m):\n    if m.flag:\n        m.bias.data.fill_(1)\n\n"
        f"net = nn.Sequential({layers})\n{calls}net(torch.ones(2, 3)).sum().backward()\n"
    )
    check(source)
    assert budget.MAX_SEARCHED < sum(sizes) < budget.MAX_SEARCHED + 2 * max(sizes)

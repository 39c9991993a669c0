"""Programs of any size, each of which repeats one construct: what one of them costs may not grow much faster than its text."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent

from tests.bench.growth import Growth

HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n"
LEAF = "w = torch.ones(4, requires_grad=True)\n"
#: A finding, and a backward that makes it one.
END = "out = w.exp()\nout.data.mul_(2)\nout.sum().backward()\n"


def _lines(line: str, size: int) -> str:
    return "".join(line.format(i=i, before=i - 1, next=i + 1) for i in range(size))


def _nest(opening: str, size: int, inside: str) -> str:
    """Blocks within one another, at most as deep as Python allows."""
    deep = min(size, 18)
    return "".join(indent(opening.format(i=i), "    " * i) for i in range(deep)) + indent(inside, "    " * deep)


# -- functions --------------------------------------------------------------------------------------------------------


def stacked_decorators(size: int) -> str:
    wrap = (
        "def wrap(f):\n    def inner(*args, **kwargs):\n        return f(*args, **kwargs).exp()\n    return inner\n\n"
    )
    return (
        HEAD
        + wrap
        + "@wrap\n" * size
        + "def f(x):\n    x.data.mul_(2)\n    return x\n\n"
        + LEAF
        + "f(w.exp()).sum().backward()\n"
    )


def decorators_of_decorators(size: int) -> str:
    first = "def wrap_0(f):\n    def inner(x):\n        return f(x).exp()\n    return inner\n\n"
    more = (
        "@wrap_{before}\ndef wrap_{i}(f):\n    def inner(x):\n        y = f(x).exp()\n"
        "        y.data.mul_(2)\n        return y\n    return inner\n\n"
    )
    rest = "".join(more.format(i=i, before=i - 1) for i in range(1, size))
    return HEAD + first + rest + f"@wrap_{size - 1}\ndef f(x):\n    return x\n\n" + LEAF + "f(w).sum().backward()\n"


def wrappers_that_hand_on(size: int) -> str:
    one = (
        "def wrap_{i}(f):\n    def wrapper(*args):\n        return f(*args)\n    def decorator(fn):\n"
        "        return wrapper(fn)\n    return decorator(wrapper)\n\n"
    )
    return HEAD + _lines(one, size) + LEAF + END


def properties(size: int) -> str:
    one = (
        "    @property\n    def p{next}(self):\n        y = self.p{i}.exp()\n        y.data.mul_(2)\n"
        "        return y\n\n"
    )
    head = (
        "class Holder:\n    def __init__(self):\n        self.w = torch.ones(4, requires_grad=True)\n\n"
        "    @property\n    def p0(self):\n        return self.w\n\n"
    )
    return HEAD + head + _lines(one, size) + f"Holder().p{size}.sum().backward()\n"


def lambdas(size: int) -> str:
    return (
        HEAD
        + "f0 = lambda x: x.exp()\n"
        + _lines("f{next} = lambda x: f{i}(x).exp()\n", size)
        + LEAF
        + f"y = f{size}(w)\ny.data.mul_(2)\ny.sum().backward()\n"
    )


def closures(size: int) -> str:
    opening = "def level_{i}(x):\n    y = x.exp()\n    y.data.mul_(2)\n"
    deep = min(size, 18)
    body = "".join(indent(opening.format(i=i), "    " * i) for i in range(deep))
    back = "".join(
        indent(f"return level_{i}(y)\n" if i < deep else "return y\n", "    " * i) for i in range(deep, 0, -1)
    )
    return HEAD + (body + back) + "\n" + LEAF + "level_0(w).sum().backward()\n"


def partials(size: int) -> str:
    return (
        "from functools import partial\n"
        + HEAD
        + "def f(a, x):\n    y = (x * a).exp()\n    y.data.mul_(2)\n    return y\n\nf0 = partial(f, 2.0)\n"
        + _lines("f{next} = partial(f{i})\n", size)
        + LEAF
        + f"f{size}(w).sum().backward()\n"
    )


def functions_that_call_two(size: int) -> str:
    one = "def f{next}(x):\n    y = f{i}(x).exp()\n    y.data.mul_(2)\n    return y + f{i}(y)\n\n"
    return HEAD + "def f0(x):\n    return x.exp()\n\n" + _lines(one, size) + LEAF + f"f{size}(w).sum().backward()\n"


def mutual_recursion(size: int) -> str:
    one = "def f{i}(x, n):\n    y = x.exp()\n    y.data.mul_(2)\n    return y if n == 0 else f{other}(y, n - 1)\n\n"
    text = "".join(one.format(i=i, other=(i + 1) % size) for i in range(size))
    return HEAD + text + LEAF + "f0(w, 3).sum().backward()\n"


def dispatch_by_a_dict(size: int) -> str:
    functions = _lines("def f{i}(x):\n    y = x.exp()\n    y.data.mul_(2)\n    return y\n\n", size)
    return (
        HEAD
        + functions
        + "TABLE = {"
        + _lines("'k{i}': f{i}, ", size)
        + "}\n"
        + LEAF
        + "for name in TABLE:\n    TABLE[name](w).sum().backward()\n"
    )


def generators(size: int) -> str:
    one = "def g{next}(x):\n    for y in g{i}(x):\n        z = y.exp()\n        z.data.mul_(2)\n        yield z\n\n"
    return (
        HEAD
        + "def g0(x):\n    yield x.exp()\n    yield x.tanh()\n\n"
        + _lines(one, size)
        + LEAF
        + f"for y in g{size}(w):\n    y.sum().backward()\n"
    )


def delegating_generators(size: int) -> str:
    one = "def g{next}(x):\n    yield from g{i}(x.exp())\n    yield from g{i}(x.tanh())\n\n"
    return (
        HEAD
        + "def g0(x):\n    yield x.exp()\n\n"
        + _lines(one, size)
        + LEAF
        + f"for y in g{size}(w):\n    y.data.mul_(2)\n    y.sum().backward()\n"
    )


def starred_arguments(size: int) -> str:
    one = "def f{next}(*args, **kwargs):\n    return f{i}(*args, *args[:1], **kwargs)\n\n"
    return (
        HEAD
        + "def f0(x, *args, **kwargs):\n    y = x.exp()\n    y.data.mul_(2)\n    return y\n\n"
        + _lines(one, size)
        + LEAF
        + f"f{size}(w, w, key=w).sum().backward()\n"
    )


def coroutines(size: int) -> str:
    one = "async def f{next}(x):\n    y = (await f{i}(x)).exp()\n    y.data.mul_(2)\n    return y\n\n"
    return (
        "import asyncio\n"
        + HEAD
        + "async def f0(x):\n    return x.exp()\n\n"
        + _lines(one, size)
        + LEAF
        + f"asyncio.run(f{size}(w)).sum().backward()\n"
    )


# -- classes ----------------------------------------------------------------------------------------------------------

_DOUBLED = "    def forward(self, x):\n        y = torch.sigmoid(x)\n        y.data.mul_(2)\n        return y\n\n"


def ladder_of_classes(size: int) -> str:
    rungs = _lines("class A{next}(A{i}, B{i}):\n    pass\n\n\nclass B{next}(A{i}, B{i}):\n    pass\n\n\n", size)
    one = "class A0(nn.Module):\n    pass\n\n\nclass B0(nn.Module):\n    pass\n\n\n"
    return HEAD + one + rungs + f"class Net(A{size}):\n" + _DOUBLED + LEAF + "Net()(w).sum().backward()\n"


def chain_of_classes(size: int) -> str:
    one = (
        "class M{next}(M{i}):\n    def __init__(self):\n        super().__init__()\n"
        "        self.l{next} = nn.Linear(4, 4)\n\n"
        "    def forward(self, x):\n        y = super().forward(self.l{next}(x))\n"
        "        y.data.mul_(2)\n        return y\n\n\n"
    )
    return (
        HEAD
        + "class M0(nn.Module):\n    def forward(self, x):\n        return x.exp()\n\n\n"
        + _lines(one, size)
        + f"M{size}()(torch.ones(4)).sum().backward()\n"
    )


def mixins(size: int) -> str:
    one = (
        "class Mixin{i}:\n    def forward(self, x):\n        y = super().forward(x).exp()\n"
        "        y.data.mul_(2)\n        return y\n\n\n"
    )
    bases = ", ".join(f"Mixin{i}" for i in range(size))
    base = "class Base(nn.Module):\n    def forward(self, x):\n        return x\n\n\n"
    return (
        HEAD
        + _lines(one, size)
        + base
        + f"class Net({bases}, Base):\n    pass\n\n\n"
        + LEAF
        + "Net()(w).sum().backward()\n"
    )


def dataclasses(size: int) -> str:
    one = "@dataclass\nclass D{next}(D{i}):\n    f{next}: torch.Tensor = None\n\n\n"
    return (
        "from dataclasses import dataclass\n"
        + HEAD
        + "@dataclass\nclass D0:\n    f0: torch.Tensor = None\n\n\n"
        + _lines(one, size)
        + LEAF
        + f"d = D{size}(w.exp())\nd.f0.data.mul_(2)\nd.f0.sum().backward()\n"
    )


def methods_that_call_each_other(size: int) -> str:
    one = "    def m{next}(self, x):\n        y = self.m{i}(x).exp()\n        y.data.mul_(2)\n        return y\n\n"
    head = "class Net(nn.Module):\n    def m0(self, x):\n        return x\n\n"
    return (
        HEAD
        + head
        + _lines(one, size)
        + f"    def forward(self, x):\n        return self.m{size}(x)\n\n\n"
        + LEAF
        + "Net()(w).sum().backward()\n"
    )


def attributes_of_attributes(size: int) -> str:
    one = "class C{next}:\n    def __init__(self):\n        self.inner = C{i}()\n\n\n"
    return (
        HEAD
        + "class C0:\n    def __init__(self):\n        self.w = torch.ones(4, requires_grad=True)\n\n\n"
        + _lines(one, size)
        + f"c = C{size}()\n"
        + f"y = c{'.inner' * min(size, 60)}.w.exp()\ny.data.mul_(2)\ny.sum().backward()\n"
    )


def custom_functions(size: int) -> str:
    one = (
        "class F{i}(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        y = x.exp()\n        ctx.save_for_backward(y)\n"
        "        return y\n\n    @staticmethod\n    def backward(ctx, grad):\n"
        "        (y,) = ctx.saved_tensors\n        return grad * y\n\n\n"
    )
    return (
        HEAD
        + _lines(one, size)
        + LEAF
        + "y = w\n"
        + _lines("y = F{i}.apply(y)\ny.data.mul_(2)\n", size)
        + "y.sum().backward()\n"
    )


# -- modules ----------------------------------------------------------------------------------------------------------


def nested_containers(size: int) -> str:
    deep = min(size, 60)
    made = "nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), " * deep + "nn.Sigmoid()" + ")" * deep
    return (
        HEAD
        + f"net = {made}\n" * max(1, size // 60)
        + "out = net(torch.ones(4))\nout.data.mul_(2)\nout.sum().backward()\n"
    )


def wide_containers(size: int) -> str:
    layers = _lines("    nn.Linear(4, 4),\n    nn.ReLU(inplace=True),\n", size)
    return HEAD + f"net = nn.Sequential(\n{layers})\nout = net(torch.ones(4))\nout.data.mul_(2)\nout.sum().backward()\n"


def modules_in_lists(size: int) -> str:
    blocks = _lines("self.layers.append(nn.ModuleList([nn.Linear(4, 4), nn.ReLU(inplace=True)]))\n", size)
    body = "    def __init__(self):\n        super().__init__()\n        self.layers = nn.ModuleList()\n" + indent(
        blocks, "        "
    )
    forward = (
        "\n    def forward(self, x):\n        for linear, act in self.layers:\n"
        "            x = act(linear(x).sigmoid())\n        return x\n\n\n"
    )
    return HEAD + "class Net(nn.Module):\n" + body + forward + "Net()(torch.ones(4)).sum().backward()\n"


def applied_functions(size: int) -> str:
    one = (
        "def init_{i}(m):\n    if isinstance(m, nn.Linear) and m.bias is not None:\n"
        "        m.weight.data.normal_(0, 0.02)\n        m.bias.data.zero_()\n"
        "    elif hasattr(m, 'weight'):\n        m.weight.data.fill_(1)\n\n\nnet.apply(init_{i})\n"
    )
    net = "net = nn.Sequential(" + "nn.Linear(4, 4), nn.LayerNorm(4), " * 8 + ")\n"
    return (
        HEAD + net + _lines(one, size) + "out = net(torch.ones(4)).sigmoid()\nout.data.mul_(2)\nout.sum().backward()\n"
    )


def hooks(size: int) -> str:
    one = (
        "def hook_{i}(module, args, output):\n    return output.exp()\n\n\n"
        "net.register_forward_hook(hook_{i})\nw.register_hook(lambda g: g * 2)\n"
    )
    return (
        HEAD
        + LEAF
        + "net = nn.Linear(4, 4)\n"
        + _lines(one, size)
        + "out = net(w).exp()\nout.data.mul_(2)\nout.sum().backward()\n"
    )


def optimizers(size: int) -> str:
    one = (
        "net_{i} = nn.Linear(4, 4)\nopt_{i} = torch.optim.SGD(net_{i}.parameters(), lr=0.1)\n"
        "opt_{i}.zero_grad()\nnet_{i}(torch.ones(4)).sum().backward()\nopt_{i}.step()\n"
    )
    return HEAD + _lines(one, size) + LEAF + END


def frozen_by_name(size: int) -> str:
    one = "for name, p in net.named_parameters():\n    if name.startswith('{i}'):\n        p.requires_grad = False\n"
    return (
        HEAD
        + "net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))\n"
        + _lines(one, size)
        + "out = net(torch.ones(4)).exp()\nout.data.mul_(2)\nout.sum().backward()\n"
    )


# -- graphs -----------------------------------------------------------------------------------------------------------


def chain_written_at_each_link(size: int) -> str:
    return HEAD + LEAF + "x = w\n" + _lines("x = x.exp()\nx.data.mul_(2)\n", size) + "x.sum().backward()\n"


def chain_on_one_line(size: int) -> str:
    return (
        "import torch;x=torch.ones(1,requires_grad=True);" + "x=x.exp();x.data.mul_(2);" * size + "x.sum().backward()\n"
    )


def wide_graph(size: int) -> str:
    leaves = _lines("w{i} = torch.ones(4, requires_grad=True)\n", size)
    return (
        HEAD
        + leaves
        + "loss = torch.zeros(4)\n"
        + _lines("loss = (loss + w{i}).exp()\nloss.data.mul_(2)\n", size)
        + "loss.sum().backward()\n"
    )


def many_backwards(size: int) -> str:
    one = "y{i} = w.exp()\ny{i}.data.mul_(2)\ny{i}.sum().backward()\n"
    return HEAD + LEAF + _lines(one, size)


def retained_backwards(size: int) -> str:
    return HEAD + LEAF + "y = w.exp()\n" + "y.data.mul_(2)\ny.sum().backward(retain_graph=True)\n" * size


def views_of_views(size: int) -> str:
    return (
        HEAD
        + LEAF
        + "v = w.exp()\nx = v\n"
        + _lines("x = x.view(4)[:]\n", size)
        + "x.data.mul_(2)\nv.sum().backward()\n"
    )


def detached_chain(size: int) -> str:
    return (
        HEAD
        + LEAF
        + "x = w.exp()\n"
        + _lines("d{i} = x.detach()\nd{i}.mul_(2)\nx = x.exp()\n", size)
        + "x.sum().backward()\n"
    )


def hidden_states(size: int) -> str:
    return (
        HEAD
        + LEAF
        + "h = torch.zeros(4)\n"
        + _lines("h = torch.tanh(h * w)\nh.detach_()\n", size)
        + "h = h * w\nh.sum().backward()\n"
        + END
    )


def losses_in_a_list(size: int) -> str:
    return (
        HEAD
        + LEAF
        + "losses = []\n"
        + _lines("y = w.exp()\ny.data.mul_(2)\nlosses.append(y.sum())\n", size)
        + "torch.stack(losses).sum().backward()\n"
    )


def in_place_updates(size: int) -> str:
    return HEAD + LEAF + "s = torch.zeros(4)\n" + _lines("s.add_(w * {i})\n", size) + "s.sum().backward()\n" + END


# -- data -------------------------------------------------------------------------------------------------------------


def display_of_tensors(size: int) -> str:
    return (
        HEAD
        + "w = torch.ones(4, requires_grad=True).exp()\nxs = ["
        + "w, " * size
        + "]\nfor x in xs:\n    x.data.mul_(2)\nsum(xs).sum().backward()\n"
    )


def dict_of_many_lines(size: int) -> str:
    return HEAD + "TABLE = {\n" + _lines("    'key_{i}': ({i}, 'value {i}', [{i}, 2.5]),\n", size) + "}\n" + LEAF + END


def wide_unpacking(size: int) -> str:
    names = ", ".join(f"a{i}" for i in range(size))
    return (
        HEAD
        + LEAF
        + f"xs = [w.exp() for _ in range({size})]\n{names}, = xs\n"
        + _lines("a{i}.data.mul_(2)\n", size)
        + f"sum([{names}]).sum().backward()\n"
    )


def comprehension_towers(size: int) -> str:
    deep = min(size, 30)
    tower = "[" * deep + "w.exp().data.mul_(2)" + "".join(f" for i{i} in range(2)]" for i in range(deep))
    return HEAD + LEAF + f"ys = {tower}\n" * max(1, size // 30) + END


def comprehensions_of_many_loops(size: int) -> str:
    loops = "".join(f" for i{i} in range(2)" for i in range(min(size, 60)))
    return (
        HEAD
        + LEAF
        + f"ys = [w.exp(){loops}]\n" * max(1, size // 60)
        + "for y in ys:\n    y.data.mul_(2)\nsum(ys).sum().backward()\n"
    )


def nested_lists(size: int) -> str:
    deep = min(size, 60)
    return (
        HEAD
        + LEAF
        + ("x = " + "[" * deep + "w.exp()" + "]" * deep + "\ny = x" + "[0]" * deep + "\ny.data.mul_(2)\n")
        * max(1, size // 60)
        + "y.sum().backward()\n"
    )


def strings_that_grow(size: int) -> str:
    return HEAD + LEAF + "s = 'a'\nt = (1,)\n" + "s = s + s\nt = t + t\n" * size + "if s == 'b':\n    pass\n" + END


# -- control flow -----------------------------------------------------------------------------------------------------


def nested_tries(size: int) -> str:
    one = "try:\n    y = w.exp()\n    y.data.mul_(2)\nexcept ValueError:\n    y = w.tanh()\nfinally:\n    z = {i}\n"
    return HEAD + LEAF + _lines(one, size) + "y.sum().backward()\n"


def nested_withs(size: int) -> str:
    block = _nest("with torch.enable_grad(), open('{i}') as f{i}:\n", 18, "y = w.exp()\ny.data.mul_(2)\n")
    return HEAD + LEAF + block * max(1, size // 18) + "y.sum().backward()\n"


def matches(size: int) -> str:
    one = "    case {{'kind': {i}, 'rest': [a, *b]}} if a:\n        y = y.exp()\n"
    return (
        HEAD
        + LEAF
        + "y = w.exp()\nmatch config:\n"
        + _lines(one, min(size, 250))
        + "y.data.mul_(2)\ny.sum().backward()\n"
    )


def long_elif(size: int) -> str:
    return (
        HEAD
        + LEAF
        + "y = w\nif kind == 'a':\n    y = w.exp()\n"
        + _lines("elif kind == '{i}':\n    y = w.sigmoid() * {i}\n", min(size, 250))
        + "y.data.mul_(2)\ny.sum().backward()\n"
    )


def boolean_operators(size: int) -> str:
    test = " and ".join(f"(a{i} or b{i})" for i in range(min(size, 100)))
    return HEAD + LEAF + f"y = w.exp()\nif {test}:\n    y.data.mul_(2)\ny.sum().backward()\n"


def conditional_expressions(size: int) -> str:
    return (
        HEAD
        + LEAF
        + "x = w\n"
        + _lines("x = x.exp() if a{i} else x.sigmoid()\nx.data.mul_(2)\n", size)
        + "x.sum().backward()\n"
    )


def long_sums(size: int) -> str:
    return (
        HEAD
        + LEAF
        + "y = w.exp()\ny.data.mul_(2)\nloss = y.sum()"
        + _lines(" + (y * {i}).sum()", min(size, 100))
        + "\nloss.backward()\n"
    )


def long_chains_of_methods(size: int) -> str:
    return HEAD + LEAF + "y = w.exp()" + ".exp().tanh()" * min(size, 25) + "\ny.data.mul_(2)\ny.sum().backward()\n"


def flags_in_loops(size: int) -> str:
    one = (
        "for i in range(3):\n    if flag_{i}:\n        break\n    y = y.exp()\n    y.data.mul_(2)\n"
        "else:\n    y = y.tanh()\n"
    )
    return HEAD + LEAF + "y = w\n" + _lines(one, size) + "y.sum().backward()\n"


def counters(size: int) -> str:
    return (
        HEAD
        + LEAF
        + _lines("n{i} = 0\nwhile n{i} < 3:\n    n{i} += 1\n    y = w.exp()\n    y.data.mul_(n{i})\n", size)
        + "y.sum().backward()\n"
    )


def global_names(size: int) -> str:
    one = (
        "def set_{i}():\n    global g{i}\n    g{i} = w.exp()\n    g{i}.data.mul_(2)\n\n\nset_{i}()\n"
        "g{i}.sum().backward()\n"
    )
    return HEAD + LEAF + _lines(one, size)


def _growth(program: Callable[[int], str], first: int = 8, times: int = 7) -> Growth:
    return Growth(program.__name__.replace("_", " "), first, times, program)


GROWTHS = (
    *map(
        _growth,
        (
            stacked_decorators,
            decorators_of_decorators,
            wrappers_that_hand_on,
            properties,
            lambdas,
            partials,
            functions_that_call_two,
            mutual_recursion,
            dispatch_by_a_dict,
            generators,
            delegating_generators,
            starred_arguments,
            coroutines,
            ladder_of_classes,
            chain_of_classes,
            mixins,
            dataclasses,
            methods_that_call_each_other,
            attributes_of_attributes,
            custom_functions,
            nested_containers,
            wide_containers,
            modules_in_lists,
            applied_functions,
            hooks,
            optimizers,
            frozen_by_name,
            nested_tries,
            nested_withs,
            matches,
            long_elif,
            boolean_operators,
            conditional_expressions,
            flags_in_loops,
            counters,
            global_names,
            comprehension_towers,
            comprehensions_of_many_loops,
            nested_lists,
        ),
    ),
    _growth(closures, 2, 4),
    _growth(strings_that_grow, 8, 5),
    _growth(long_sums, 8, 7),
    _growth(long_chains_of_methods, 8, 6),
    *(
        _growth(program, 64, 7)
        for program in (
            chain_written_at_each_link,
            chain_on_one_line,
            wide_graph,
            many_backwards,
            retained_backwards,
            views_of_views,
            detached_chain,
            hidden_states,
            losses_in_a_list,
            in_place_updates,
            wide_unpacking,
        )
    ),
    _growth(display_of_tensors, 256, 7),
    _growth(dict_of_many_lines, 1000, 6),
)

"""The prefilter loses no finding: what is found through it is what is found without it."""

from __future__ import annotations

import ast
import zlib
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest

from flake8_gradsafe import Finding
from flake8_gradsafe.config.codes import ADVISORY, CODES
from flake8_gradsafe.engine import check
from flake8_gradsafe.runtime.harness import fixture_paths
from tests.findings import findings_of
from tests.perturbing import perturbed, seed_of
from tests.prefilter.triaging import triage
from tests.sampling import one_in
from tests.source_fuzz.structures import AUTHORS, programs_of

ROOT = Path(__file__).parents[2]
PATHS = fixture_paths(ROOT / "fixtures")
WANTED = frozenset(code for code in CODES if not code.startswith(ADVISORY))
PROGRAMS = 150

MODEL = """
import torch
from torch import nn

class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(width, width, 3)
        self.norm = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        out = self.relu(self.norm(self.first(x)))
        out = self.norm(self.first(out))
        out += x
        return out

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.blocks = nn.ModuleList([Residual(width) for _ in range(4)])
        self.apply(self._init_weights)

    def _init_weights(self, module):
        if isinstance(module, nn.Conv2d):
            module.weight.data.normal_(0.0, 0.02)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return x
"""

#: Programs that were silent with the default codes alone, by the code that is found and what was not understood.
PASSED_OVER = {
    "GRD142 a leaf made by requires_grad_(True) in a function": """
import torch

def make(n):
    table = torch.empty(n)
    table.requires_grad_(True)
    table.uniform_(-1, 1)
    return table
""",
    "GRD142 a leaf that is handed to a function, where nothing is trained": """
import torch
from torch import nn

def fill_with_positions(out):
    out[:, 0::2] = torch.sin(torch.arange(4.0))
    out.requires_grad = False

fill_with_positions(nn.Embedding(4, 4).weight)
""",
    "GRD142 an argument told to require grad": """
import torch

def smooth(values):
    squashed = values.requires_grad_()
    squashed.mul_(0.5)
    return squashed
""",
    "GRD153 inference mode in the module's body": """
import torch

w = torch.ones(3, requires_grad=True)
with torch.inference_mode():
    h = w * 2
y = h * w
""",
    "GRD211 a leaf that a plain object holds": """
import torch

class Agent:
    def __init__(self, states, actions):
        self.table = torch.ones(states, actions, requires_grad=True)

    def discount(self, rate):
        self.table.data.mul_(rate)

    def step(self, state, action, reward):
        loss = (self.table[state, action] - reward) ** 2
        loss.backward()
""",
    "GRD161 an index that is a tensor of the function's own": """
import torch

features = torch.ones(3, requires_grad=True)
hidden = features * 2
keep = torch.tensor([True, False, True])
hidden[keep].zero_()
""",
    "GRD221 nothing but a name speaks for training": """
import torch

def partition(logits):
    weights = torch.exp(logits)
    visible = weights.detach()
    visible -= 1
    return weights.sum()

register(loss.backward)
""",
    "GRD211 computed before it is handed on twice, in a dict": """
import torch

def write(tensor, value):
    tensor.data.fill_(value)

def reset(tensor):
    write(tensor, 0.0)

def finish(state):
    reset(state["shifted"])
    return state["loss"]

w = torch.ones(3, requires_grad=True)
hidden = torch.tanh(w)
finish({"shifted": hidden + 1.0, "loss": hidden.sum()})
""",
    "GRD211 a global that a function binds anew": """
import torch

scale = torch.ones(3, requires_grad=True)
gate = None

def gated(x):
    global gate
    gate = torch.sigmoid(x * scale)
    return gate * x

loss = gated(torch.ones(3)).sum()
gate.data.fill_(0.1)
""",
    "GRD123 detached from what a library made": """
import torch
from torch import nn

model = nn.Linear(3, 1)
x = torch.randn(4, 3)
inputs = x.detach()
saliency = inputs.grad
""",
    "GRD154 the flag of a computed tensor, set": """
import torch

image = torch.rand(3, requires_grad=True)
moved = image + 0.1
moved.requires_grad = True
""",
}


def _wanted(findings: Iterable[Finding]) -> list[Finding]:
    return [each for each in findings if each.code in WANTED]


@pytest.mark.parametrize("path", one_in(6, PATHS), ids=[str(path.relative_to(ROOT)) for path in PATHS])
def test_fixtures_are_found_through_the_prefilter(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert check(source, wanted=WANTED) == _wanted(findings_of(source))


@pytest.mark.parametrize("kind", AUTHORS)
def test_generated_programs_are_found_through_the_prefilter(kind: str) -> None:
    found = 0
    for program in islice(programs_of((kind,), 5), PROGRAMS):
        expected = _wanted(check(program.source))
        assert check(program.source, wanted=WANTED) == expected, program.source
        found += bool(expected)
    assert found > PROGRAMS // 4  # there is something to lose


@pytest.mark.parametrize("part", [*range(4), *(pytest.param(part, marks=pytest.mark.slow) for part in range(4, 8))])
def test_perturbed_fixtures_are_found_through_the_prefilter(part: int) -> None:
    for path in PATHS:
        # A quarter of the fixtures has a part, half of them with the slow ones; which one it is depends on the fixture alone.
        if zlib.crc32(path.relative_to(ROOT).as_posix().encode()) % 16 != part:
            continue
        (text,) = islice(perturbed(path.read_text(encoding="utf-8"), seed_of(path, part)), 1)
        assert check(text, wanted=WANTED) == _wanted(check(text)), text


@pytest.mark.parametrize("code", PASSED_OVER)
def test_what_the_prefilter_once_passed_over_is_found(code: str) -> None:
    source = PASSED_OVER[code]
    found = check(source, wanted=WANTED)
    assert [each.code for each in found] == [code.partition(" ")[0]]
    assert found == _wanted(check(source))


def test_a_residual_network_is_passed_over() -> None:
    assert not triage(MODEL, ast.parse(MODEL)).suspicious


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("out = self.norm(self.first(out))", "out = torch.sigmoid(self.norm(self.first(out)))"),
        ("out += x", "x += out"),
        ("x = block(x)", "x = block(torch.exp(x)).detach_()"),
        ("self.relu(self.norm(self.first(x)))", "self.relu(torch.tanh(self.first(x)))"),
        ("        for block in self", "        self._init_weights(self.blocks[0].first)\n        for block in self"),
    ],
)
def test_what_may_hurt_is_not_passed_over(right: str, wrong: str) -> None:
    source = MODEL.replace(right, wrong)
    assert source != MODEL
    assert triage(source, ast.parse(source)).suspicious


@pytest.mark.parametrize(
    "write",
    [
        "y[0] = 0",
        "y.numpy(force=True)[:2] = [1.0, 2.0]",
        "y.detach().fill_(0)",
        "for row in y:\n        row += 1",
        "try:\n        y += 1\n    except ValueError:\n        pass",
        "(z := y).add_(1)",
        "torch.exp(x, out=y)",
        "torch.nn.functional.relu(y, inplace=True)",
        "match x:\n        case _:\n            y += 1",
    ],
)
def test_every_way_to_write_what_an_operator_kept_is_seen(write: str) -> None:
    source = (
        "import torch\nw = torch.nn.Parameter(torch.ones(3))\n\n"
        f"def f(x):\n    y = torch.sigmoid(x * w)\n    {write}\n    return y\n"
    )
    assert triage(source, ast.parse(source)).suspicious


@pytest.mark.parametrize("around", ["if torch.cuda.is_available():", "try:", "def make():", "class Outer:"])
def test_classes_inside_of_something_are_not_passed_over(around: str) -> None:
    source = (
        f"import torch\nfrom torch import nn\n\n{around}\n    class Net(nn.Module):\n"
        "        def forward(self, x):\n            y = torch.sigmoid(x)\n            y.add_(x)\n            return y\n"
    ) + (
        "except ImportError:\n    pass\n" if around == "try:" else "    return Net\n" if around == "def make():" else ""
    )
    assert triage(source, ast.parse(source)).suspicious


OPTIONS = """
def shifted(x, scale=1.0, offset=0.0):
    offset += 1
    return x

class Net(nn.Module):
    def forward(self, x, scale):
        y = x * torch.exp(scale) * scale
        options = {"scale": scale}
        return shifted(y, **options)
"""

PAIRS = {
    "the last round of a loop": (
        """
class Head(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(size, size) for size in sizes])

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = torch.relu(layer(x)) if i < len(self.layers) - 1 else layer(x)
        x[..., :2] += 1
        return x
""",
        ("i < len(self.layers) - 1", "i > 0"),
    ),
    "a function that calls itself": (
        """
def freeze(module):
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            frozen = nn.BatchNorm2d(child.num_features)
            frozen.weight.data.copy_(child.weight)
            setattr(module, name, frozen)
        else:
            freeze(child)

class Net(nn.Module):
    def __init__(self, body):
        super().__init__()
        freeze(body)
        self.body = body

    def forward(self, x):
        return self.body(x)
""",
        ("return self.body(x)", "y = self.body(x)\n        freeze(self.body)\n        return y"),
    ),
    "what a custom Function writes": (
        """
class Masked(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, mask):
        y = torch.softmax(x, -1)
        y.masked_fill_(mask, 0)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad):
        (y,) = ctx.saved_tensors
        return y * grad, None
""",
        (
            "y.masked_fill_(mask, 0)\n        ctx.save_for_backward(y)",
            "ctx.save_for_backward(y)\n        y.masked_fill_(mask, 0)",
        ),
    ),
    "a backward that edits its gradient": (
        """
def halved(grad):
    return grad.mul(0.5)

class Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return halved(grad)
""",
        ("grad.mul(0.5)", "grad.mul_(0.5)"),
    ),
    "a hook": (
        """
class Net(nn.Module):
    def keep(self, grad):
        self.seen = grad

    def forward(self, x):
        y = x * 2
        y.register_hook(self.keep)
        return y
""",
        ("self.seen = grad", "grad.clamp_(0)"),
    ),
    "indices alone": (
        """
class Net(nn.Module):
    def forward(self, x):
        best = torch.topk(x * 2, k=3, dim=1)[1]
        best += 1
        return x.gather(1, best)
""",
        ("best = torch.topk(x * 2, k=3, dim=1)[1]", "best = torch.sigmoid(x)"),
    ),
    "what no gradient passes": (
        """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        order = torch.rand(x.shape)
        index = order.argsort(1)
        order.scatter_(1, index, order.gather(1, index) * order)
        return self.linear(x) + order
""",
        ("torch.rand(x.shape)", "self.linear(torch.rand(x.shape))"),
    ),
    "what a gradient passes only later": (
        """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        y = torch.zeros(3)
        z = y.exp()
        z.mul_(y)
        y.add_(self.linear(x))
        return y * z
""",
        (
            "z = y.exp()\n        z.mul_(y)\n        y.add_(self.linear(x))",
            "y.add_(self.linear(x))\n        z = y.exp()\n        z.mul_(y)",
        ),
    ),
    "a dict of losses": (
        """
class Losses(nn.Module):
    def forward(self, x, y):
        losses = {"mse": (x - y).pow(2).mean(), "mae": (x - y).abs().mean()}
        return {f"loss_{name}": loss for name, loss in losses.items()}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.losses = Losses()

    def forward(self, x, y):
        losses = self.losses(self.linear(x), y)
        for name, loss in losses.items():
            loss *= 0.5
        return sum(losses.values())
""",
        ("(x - y).pow(2).mean()", "(x - y).norm()"),
    ),
    "inference that is switched off": (
        """
def table():
    with torch.inference_mode(False):
        return torch.ones(3)

def use(x):
    return x * table()
""",
        ("(False)", "()"),
    ),
    "a number": (
        """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 3)

    def forward(self, x, factor: float):
        y = self.linear(x)
        z = y * factor
        y += 1
        return z
""",
        ("factor: float", "factor"),
    ),
    "a layer that takes no such argument": (
        """
class Masked(nn.Module):
    def forward(self, x, mask):
        mask += 1
        return x

class Scaled(nn.Module):
    def forward(self, x, scale):
        return x

class Net(nn.Module):
    def forward(self, x, scale, layers):
        y = x * torch.exp(scale) * scale
        for layer in layers:
            y = layer(y, scale=scale)
        return y
""",
        ("layer(y, scale=scale)", "layer(y, mask=scale)"),
    ),
    "a dict of arguments": (
        OPTIONS,
        ('{"scale": scale}', '{"offset": scale}'),
    ),
    "a dict of arguments that grows": (
        OPTIONS,
        ("        return", "        grow(options)\n        return"),
    ),
    "arguments after a star": (
        """
def shifted(a, b, offset):
    offset += 1

class Net(nn.Module):
    def forward(self, x, pair):
        y = x + 1
        shifted(*pair, y)
        return y
""",
        ("x + 1", "torch.sigmoid(x)"),
    ),
    "a list of tensors by its annotation": (
        """
class Net(nn.Module):
    def forward(self, xs: list[torch.Tensor]):
        y = torch.square(xs[0])
        xs[0] = y + 1
        return y
""",
        ("list[torch.Tensor]", "torch.Tensor"),
    ),
    "a list that takes in another item": (
        """
def doubled(parts):
    parts[0] = parts[0] * 2

class Net(nn.Module):
    def forward(self, x):
        parts = [torch.sigmoid(x)]
        doubled(parts)
        return parts[0]
""",
        ("[torch.sigmoid(x)]", "torch.sigmoid(x)"),
    ),
    "a number beside a tensor": (
        """
class Net(nn.Module):
    def forward(self, inputs):
        y = torch.square(inputs["x"])
        stride = inputs["stride"]
        stride *= 2
        return y * stride
""",
        ('inputs["stride"]', 'inputs["x"]'),
    ),
    "a class that is named for its functions": (
        """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.head = nn.Linear(width, width)
        nn.init.zeros_(self.head.weight)

    @staticmethod
    def scaled(x):
        return x * 2

    def forward(self, x):
        return Net.scaled(self.head(x))
""",
        ("Net.scaled(self.head(x))", "Net(3)(self.head(x))"),
    ),
    "nothing that is trained": (
        """
def shifted(x):
    y = torch.sigmoid(x)
    y += 1
    return y
""",
        ("    y = torch.sigmoid(x)", "    x = x * nn.Parameter(torch.ones(3))\n    y = torch.sigmoid(x)"),
    ),
    "names that nobody looks up": (
        """
class Table(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.reset()

    def reset(self):
        self.weight.data.fill_(1)

    def forward(self, x):
        'Table'
        return x * self.weight
""",
        ("return x * self.weight", "y = x * self.weight\n        self.reset()\n        return y"),
    ),
}


@pytest.mark.parametrize(("harmless", "change"), PAIRS.values(), ids=PAIRS)
def test_what_cannot_hurt_is_told_from_what_may(harmless: str, change: tuple[str, str]) -> None:
    harmless = f"import torch\nfrom torch import nn\n{harmless}"
    assert not triage(harmless, ast.parse(harmless)).suspicious
    harmful = harmless.replace(*change)
    assert harmful != harmless
    assert triage(harmful, ast.parse(harmful)).suspicious


def test_a_function_inside_of_a_loop_has_names_of_its_own() -> None:
    source = (
        "import torch\n\ndef f(x, layers):\n    for i, layer in enumerate(layers):\n        def inner(z):\n"
        "            h = torch.relu(z) if i < len(layers) - 1 else z\n            h += 1\n            return h\n"
        "        x = inner(layer(x))\n    return x\n"
    )
    assert check(source, wanted=WANTED) == _wanted(check(source))


def test_functions_from_which_no_call_leads_to_a_suspect_are_passed_over() -> None:
    source = MODEL.replace("out += x", "out = out.exp()\n        out += x")
    source += "\n\ndef count(net):\n    return len(net.blocks)\n"
    report = triage(source, ast.parse(source))
    assert report.suspicious
    assert "count" in report.skippable
    assert not {"Residual.forward", "Net.forward"} & report.skippable


TRAINER = """
import torch
from torch import nn

class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.reset()

    def reset(self):
        kept = self.weight.square()
        self.weight.data.fill_(0.5)
        self.kept = kept

    def describe(self):
        return f"{self.weight.shape}"

    def forward(self, x):
        return x * self.weight * self.kept

class Trainer:
    def __init__(self, model):
        self.model = model

    def step(self, x):
        self.model(x).sum().backward()

    def train(self, x):
        self.step(x)

    def evaluate(self, x):
        self.model.train(False)
        return self.model(x)
"""


@pytest.mark.parametrize(
    ("change", "entered"),
    [
        (("", ""), False),
        (("self.model.train(False)", "self.train(x)"), True),
        (("self.model.train(False)", "Trainer.train(self, x)"), True),
        (("self.model = model", "self.model = model\n        model.trainer = self"), True),
        (("self.model.train(False)", "getattr(self, 'train')(x)"), True),
        (("self.model = model", "self.model = model\n        model.trainers.append(self)"), True),
        (("self.model = model", "self.model = model\n        print(id(self), model.bind(self))"), False),
    ],
)
def test_a_method_is_called_by_its_own_object_unless_another_may_have_it(
    change: tuple[str, str], entered: bool
) -> None:
    source = TRAINER.replace(*change)
    passed_over = triage(source, ast.parse(source)).skippable
    assert ("Trainer.evaluate" not in passed_over) is entered
    assert "Trainer.train" not in passed_over


@pytest.mark.parametrize(
    "held",
    [
        "    block = Block()\n\n    def run(self, x):\n        return self.block(x)\n",
        "    def __init__(self):\n        self.block = Block()\n\n    def run(self, x):\n        return self.block(x)\n",
        "    def __init__(self):\n        self.blocks = [Block()]\n\n    def run(self, x):\n"
        "        for block in self.blocks:\n            x = block(x)\n        return x\n",
        "    def __init__(self):\n        self.inner = Inner()\n\n    def run(self, x):\n        return self.inner.block(x)\n",
        "    def run(self, x):\n        return make()(x)\n",
    ],
)
def test_an_object_is_called_by_what_may_hold_it(held: str) -> None:
    source = (
        "import torch\nfrom torch import nn\n\nclass Block(nn.Module):\n    def forward(self, x):\n"
        "        y = torch.sigmoid(x)\n        y += 1\n        return y\n\ndef make():\n    return Block()\n\n"
        "class Inner:\n    def __init__(self):\n        self.block = make()\n\n"
        f"class Outer:\n{held}\n    def other(self, x):\n        return x + 1\n"
    )
    passed_over = triage(source, ast.parse(source)).skippable
    assert "Outer.run" not in passed_over
    assert ("Outer.other" in passed_over) is not held.startswith("    block")


def test_an_attribute_of_another_object_is_no_method_of_this_one() -> None:
    source = (
        "import torch\nfrom torch import nn\n\nclass Sampler(nn.Module):\n    def sample(self, x):\n"
        "        y = torch.sigmoid(x)\n        y += 1\n        return y\n\nSAMPLERS = [Sampler()]\n\n"
        "class Net(nn.Module):\n    def __init__(self, sample):\n        super().__init__()\n"
        "        self.sample = sample\n\n    def describe(self):\n        return self.sample\n\n"
        "    def forward(self, x):\n        for each in SAMPLERS:\n            x = each.sample(x)\n        return x\n"
    )
    passed_over = triage(source, ast.parse(source)).skippable
    assert "Net.describe" in passed_over
    assert not {"Net.forward", "Sampler.sample"} & passed_over


def test_what_a_constructor_does_shows_in_forward() -> None:
    passed_over = triage(TRAINER, ast.parse(TRAINER)).skippable
    assert "Layer.describe" in passed_over
    assert not {"Layer.__init__", "Layer.reset", "Layer.forward"} & passed_over


def test_advice_is_given_where_it_is_asked_for() -> None:
    codes = {each.code for each in check(MODEL, wanted=frozenset(CODES))}
    assert codes == {"GRD911"}
    assert check(MODEL, wanted=WANTED) == []


@pytest.mark.parametrize("forks", [1, 2, 3, 5])
def test_few_paths_show_what_all_of_them_would(forks: int) -> None:
    others = "".join(f"if c[{i}]:\n    z = torch.randn({i})\nelse:\n    z = torch.ones({i})\n" for i in range(forks))
    source = (
        "import torch\nfrom torch import nn\nfrom elsewhere import parallel, c\n\nnet = nn.Linear(3, 3)\n"
        "x = torch.randn(2, 3)\nif c[-1]:\n    x = parallel(net, x)\nelse:\n    x = net(net(x))\n"
        f"{others}for p in net.parameters():\n    p.data.mul_(0.9)\n(x * z).sum().backward()\n"
    )
    found = check(source, wanted=WANTED)
    # Of two conditions the second decides nothing here; of more of them not all outcomes are followed.
    assert [each.code for each in found] == ["GRD114" if forks == 1 else "GRD214"]
    assert found == _wanted(check(source))


def test_few_paths_through_a_call_forget_nothing_that_is_judged_when_all_is_over() -> None:
    source = (
        "import torch\n\n\ndef experiment():\n    x = torch.rand(3, 4, requires_grad=True)\n    hidden = x.sin()\n"
        "    shown = hidden.detach().t()\n    shown.fill_(0.35)\n    penalty = torch.clone(hidden).mean()\n"
        "    history = hidden.data\n    if float(x.sum()) > 100.0:\n        with torch.no_grad():\n"
        "            history.div_(3.0)\n    (hidden.mean() + penalty).backward()\n\n\nexperiment()\n"
    )
    found = check(source, wanted=WANTED)
    assert [each.code for each in found] == ["GRD221"]
    assert found == _wanted(check(source))

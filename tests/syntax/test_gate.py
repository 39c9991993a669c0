"""The gate lets through every text that a rule could speak about, and spares the others the parse."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_gradsafe.runtime.harness import fixture_paths, read_fixture
from flake8_gradsafe.syntax.gate import may_concern_us

ROOT = Path(__file__).parents[2]
PATHS = fixture_paths(ROOT / "fixtures")

STOPPED = {
    "nothing": "",
    "no torch": "import numpy as np\nx = request.data\nx.detach()\nnp.zeros(3)\n",
    "model": """
import torch
from torch import nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = F.relu(self.norm(self.conv1(x)))
        x = x + x.mean(dim=1, keepdim=True)
        return self.head(x.flatten(1))
""",
    "evaluation": """
import torch

@torch.no_grad()
def accuracy(model, loader):
    model.eval()
    right = sum((model(x).argmax(1) == y).sum().item() for x, y in loader)
    return right / len(loader.dataset)
""",
    "transform": """
import torch
from torchvision import transforms

def crop(image, size):
    image = torch.as_tensor(image).clone()
    image[:, size:] = 0
    return image.clamp_(0, 1)
""",
    "words that only begin alike": "import torch\nx.dataset.database()\nweights = storage = 1\n",
}

LET_THROUGH = [
    "x.data.zero_()",
    "x.  data",
    "x.\\\n    data.zero_()",
    "(x.\n    data.zero_())",
    "y = x.detach()",
    "x.detach_()",
    "(x\n .detach())",
    "loss.backward()",
    "x.requires_grad = True",
    "g = torch.autograd.grad(y, x)",
    "w = nn.Parameter(y)",
    "x.numpy()[:] = 0",
    "x.untyped_storage().fill_(0)",
    "layer.weight.mul_(2)",
    "layer.bias += 1",
]

#: What lets a text through where it defines a module, and what looks like it and does not.
WRITES = [
    "x += 1",
    "x /= y",
    "x[0] = 1",
    "x[:, i]=y",
    "x.masked_fill_(m, 0)",
    "F.relu(x, inplace=True)",
    "F.relu(x, inplace = True)",
    "torch.add(x, y, out=x)",
]
NO_WRITES = ["x = y", "x == y", "x[0] == y", "x <= y", "x != y", "F.relu(x, inplace=False)", "x._private(1)", "x -y"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_fixture_with_a_finding_passes(path: Path) -> None:
    fixture = read_fixture(path)
    # The comments name codes and mechanisms: only the code itself may open the gate.
    code = "\n".join(line.partition("#")[0] for line in path.read_text(encoding="utf-8").splitlines())
    code = code.replace(fixture.description, "")
    if fixture.expected:
        assert may_concern_us(code)


@pytest.mark.parametrize("text", STOPPED.values(), ids=STOPPED.keys())
def test_ordinary_text_is_stopped(text: str) -> None:
    assert not may_concern_us(text)


@pytest.mark.parametrize("line", LET_THROUGH)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_trigger_passes_beside_torch_only(line: str, newline: str) -> None:
    text = f"import torch as th\n{line}\n".replace("\n", newline)
    assert may_concern_us(text)
    assert not may_concern_us(text.replace("torch", "something"))


@pytest.mark.parametrize("line", WRITES)
def test_write_passes_in_a_file_with_a_module(line: str) -> None:
    assert may_concern_us(f"import torch\nlayer = torch.nn.Linear(3, 3)\ndef f(x):\n    {line}\n")
    assert may_concern_us(f"import torch\nclass A(torch.nn.Module):\n    def forward(self, x):\n        {line}\n")
    assert not may_concern_us(f"import torch\ndef f(x):\n    {line}\n")


@pytest.mark.parametrize("line", NO_WRITES)
def test_what_is_no_write_does_not_pass(line: str) -> None:
    text = f"import torch\nclass A(torch.nn.Module):\n    def forward(self, x):\n        {line}\n"
    assert not may_concern_us(text)


_MODULES_AFTER = """
import json, sys
import flake8_gradsafe
found = flake8_gradsafe.check(sys.argv[1])
ours = ("flake8_gradsafe.rules", "flake8_gradsafe.interpreter", "flake8_gradsafe.autograd")
heavy = ("libcst", "torch", "numpy", *ours)
print(json.dumps([len(found), [name for name in sys.modules if name.startswith(heavy)]]))
"""


def _modules_after_checking(text: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _MODULES_AFTER, text], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found, modules = json.loads(done.stdout)
    return found, modules


def test_stopped_file_imports_nothing_heavy() -> None:
    assert _modules_after_checking(STOPPED["model"]) == (0, [])


def test_file_that_passes_imports_what_it_needs() -> None:
    found, modules = _modules_after_checking("import torch\nx = torch.ones(2, requires_grad=True)\nx.add_(1)\n")
    assert found == 1
    assert {"libcst", "flake8_gradsafe.rules"} <= set(modules)
    assert not {"torch", "numpy"} & set(modules)

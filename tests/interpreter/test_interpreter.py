"""Programs of the interpreter that cannot be fixtures; whatever can be one stands in `fixtures`, where PyTorch runs it.

Some import what is not installed, some do not run to their end, some are generated, and some are about the trace or the
number of findings, which no comment of a fixture can say.
"""

from __future__ import annotations

import re

import pytest

from flake8_gradsafe.engine import check

HEAD = """\
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
"""

#: Programs of which nothing may be proven, because nobody can follow what the line marked as an obstacle does.
#: The expectations hold for the same program without it: a block's head becomes `if True:`, and another line is emptied.
OBSTACLES = """
#: unknown context
from mine import context
out = a.sigmoid()
with context():  # obstacle
    pass
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown context around
from mine import context
out = a.sigmoid()
with context():  # obstacle
    out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown context beside a known one
from mine import context
out = a.sigmoid()
with torch.enable_grad(), context():  # obstacle
    pass
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: unknown async context
from mine import context
async def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    async with context():  # obstacle
        pass
    out.data.zero_()  # expect: GRD111
    out.sum().backward()

#: unknown decorator
from mine import decorator
@decorator  # obstacle
def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()

#: unknown decorator with arguments
from mine import decorator
@decorator(1)  # obstacle
def step():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    out = x.sigmoid()
    out.data.zero_()  # expect: GRD111
    out.sum().backward()

#: unknown decorator below a known one
from mine import decorator
class A:
    @staticmethod
    @decorator  # obstacle
    def step():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        out = x.sigmoid()
        out.data.zero_()  # expect: GRD111
        out.sum().backward()

#: name deleted
out = a.sigmoid()
handle = out.data
del handle  # obstacle
handle.zero_()  # expect: GRD111
out.sum().backward()

#: value of unknown code
from mine import change
out = a.sigmoid()
out = change(out)  # obstacle
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: list changed by unknown code
from mine import change
outs = [a + 1, a.sigmoid()]
change(outs)  # obstacle
out = outs[1]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: star in the middle
outs = [1, a.sigmoid()]
_, *outs = outs  # obstacle
out = outs[1]
out.data.zero_()  # expect: GRD111
out.sum().backward()

#: grad mode bound outside
from mine import mode
with mode:  # obstacle
    loss = a.exp().sum()
out = a.sigmoid()
out.data.zero_()  # expect: GRD111
out.sum().backward()
"""


def _cases(listing: str) -> dict[str, str]:
    """Return the text of every program of a listing by the name above it: `#: name`."""
    parts = re.split(r"^#: (.+)\n", listing, flags=re.MULTILINE)[1:]
    return {name: text.rstrip() + "\n" for name, text in zip(parts[::2], parts[1::2], strict=True)}


@pytest.mark.parametrize("text", _cases(OBSTACLES).values(), ids=_cases(OBSTACLES))
def test_nothing_is_proven_behind_an_obstacle(text: str) -> None:
    assert text.count("# obstacle") == 1
    assert not _proven(HEAD + text)
    free = HEAD + _without_obstacle(text)
    assert _proven(free) == _expected(free) != set()


def _proven(text: str) -> set[tuple[int, str]]:
    return {(finding.line, finding.code) for finding in check(text) if finding.code.startswith("GRD1")}


def _without_obstacle(text: str) -> str:
    head = re.search(r"^( *)(.*)  # obstacle\n", text, re.MULTILINE)
    assert head is not None
    replaced = f"{head[1]}if True:\n" if head[2].endswith(":") else "\n"
    return text[: head.start()] + replaced + text[head.end() :]


def _expected(text: str) -> set[tuple[int, str]]:
    lines = enumerate(text.split("\n"), 1)
    return {(number, match[1]) for number, line in lines if (match := re.search(r"# expect: (GRD\d{3})", line))}


def test_a_chain_of_writes_is_one_finding() -> None:
    (finding,) = check("import torch\n\n\ndef decay(p):\n    p.data.mul_(0.9).add_(0.1)\n")
    assert finding.code == "GRD911"


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("def clear(function):\n    out.data.zero_()\n    return function\n\n\n@clear\ndef f():\n    pass\n", 8),
        (
            "def clear():\n    out.data.zero_()\n    return []\n\n\n@dataclass\nclass Kept:\n"
            "    items: list = field(default_factory=clear)\n\n\nkept = Kept()\n",
            8,
        ),
    ],
    ids=["decorator", "default factory"],
)
def test_a_write_in_what_is_called_without_being_written_as_a_call(head: str, line: int) -> None:
    source = (
        "from dataclasses import dataclass, field\nimport torch\n\na = torch.ones(3, requires_grad=True)\nout = a.sigmoid()\n\n"
        f"{head}out.sum().backward()\n"
    )
    (finding,) = check(source)
    assert (finding.code, finding.line) == ("GRD111", line)
    assert "called" in {step.role for step in finding.trace}


NESTED = """
import torch

class Reduced(torch.nn.Module):
    def __init__(self, module):
        self.waits = False
        {pad}

    def reduce(self, device):
        def scale(params):
            params.grad.data.copy_(buffer)

        def all_of_them():
            if self.waits:
                return
            self.buffer.data.zero_()
            scale(self.buffer)

        all_of_them()
"""


@pytest.mark.parametrize("attributes", range(12))
def test_frame_of_another_path_is_not_taken_for_one_of_this(attributes: int) -> None:
    """Entered by itself, `all_of_them` calls a function whose frame is gone: its number may be that of the frame it runs in."""
    pad = "; ".join(["pass", *(f"self.a{number} = object()" for number in range(attributes))])
    assert [finding.code for finding in check(NESTED.format(pad=pad))] == ["GRD911", "GRD911"]


NO_TENSORS = {
    "a response": """
import requests, torch
def get(url):
    response = requests.get(url)
    response.data['k'] = 1
    response.data = response.data.strip()
    return torch.tensor(response.data, requires_grad=True)
""",
    "a sparse matrix": """
import numpy as np, scipy.sparse as sp, torch
def normalise(adj: 'sp.csr_matrix'):
    adj = adj.tocsr()
    adj.data[adj.data > 1] = 1
    adj.data /= adj.data.sum()
    adj.data[:] = 1
    return torch.ones(3, requires_grad=True)
""",
    "no torch at all": """
import numpy as np
import jax
x = np.ones(3)
x.data.zero_()
y = x.detach()
y.add_(1)
x.backward()
w.data.fill_(0)
""",
    "arrays of another library": """
import torch, mxnet as mx
def f(params):
    for name, p in params.items():
        nd = mx.nd.ones(3)
        nd[:] = 0
        nd += 1
    torch.manual_seed(0)
    return nd.detach()
""",
}


@pytest.mark.parametrize("text", NO_TENSORS.values(), ids=NO_TENSORS.keys())
def test_what_is_no_tensor_has_no_finding(text: str) -> None:
    assert check(text) == []

"""How fixes are applied to texts and files: rounds, refusals, encodings, line ends, and what a rewrite must not touch."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db

from flake8_gradsafe.autograd.operators import operator_table
from flake8_gradsafe.engine import check
from flake8_gradsafe.finding import Edit, Finding, Location
from flake8_gradsafe.fixes.out_of_place import has_a_twin
from flake8_gradsafe.fixing import fixed, fixed_bytes, holding
from flake8_gradsafe.rules import RULES
from flake8_gradsafe.source.edits import apply

HEAD = "import torch\nfrom torch import nn\n\nlayer = nn.Linear(2, 2)\n"
TALLY = (
    "class Tally:\n    def __init__(self):\n        self.sum = w.exp()\n\n"
    "    def add(self):\n        self.sum.mul_(2)\n        return self.sum\n\n\n"
)
STATE = (
    "import torch\nfrom torch import nn\n\ncell = nn.RNNCell(2, 3)\nxs = [torch.ones(1, 2), torch.zeros(1, 2)]\n"
    "h = torch.zeros(1, 3)\ntotal = 0\n"
)
LEAF = "import torch\n\nw = torch.ones(3, requires_grad=True)\n"


def mended(text: str, *, unsafe: bool = False) -> str:
    """The text with its fixes, which are some."""
    outcome = fixed(text, unsafe=unsafe)
    assert outcome.applied
    assert outcome.rounds == 1
    return outcome.text


# -- edits ---------------------------------------------------------------------------------------------------------------


def edit(line: int, column: int, end_line: int, end_column: int, text: str) -> Edit:
    return Edit(Location(line, column, end_line, end_column), text)


def test_edits_count_characters_and_every_kind_of_line_end() -> None:
    text = "é😀 = 1\r\n\x0cy = 2\rz = 3"
    assert apply(text, [edit(1, 5, 1, 6, "7"), edit(2, 1, 2, 2, "Y"), edit(3, 5, 3, 5, "0")]) == (
        "é😀 = 7\r\n\x0cY = 2\rz = 30"
    )


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="line 1"):
        apply("abc", [edit(1, 0, 1, 2, ""), edit(1, 1, 1, 3, "")])


# -- texts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("imports", "manager"),
    [
        ("import torch\nimport torch.nn as nn\n", "torch.no_grad"),
        ("import torch as th\nfrom torch import nn\n", "th.no_grad"),
        ("from torch import nn, no_grad\n", "no_grad"),
        ("from torch import nn, no_grad as constant\n", "constant"),
    ],
)
def test_no_grad_is_written_as_the_module_imports_it(imports: str, manager: str) -> None:
    text = f"{imports}layer = nn.Linear(2, 2)\nlayer.weight.data.zero_()\n"
    assert mended(text).endswith(f"with {manager}():\n    layer.weight.zero_()\n")


@pytest.mark.parametrize(
    "text",
    [
        "from torch import nn\nlayer = nn.Linear(2, 2)\nlayer.weight.data.zero_()\n",
        HEAD + "layer.weight.data.zero_(); layer.bias.data.zero_()\n",
        HEAD + "if layer: layer.weight.data.zero_()\n",
        HEAD + "layer.weight.data = layer.weight.data[:1]\n",
        HEAD + "layer.weight.data.set_(torch.zeros(1))\n",
        HEAD + "layer.weight.data.copy_(torch.tensor(len('''a\nb''')))\n",
        HEAD + "(\n    layer.weight  # the matrix\n    .data.zero_()\n)\n",
        LEAF + "def f():\n    global out\n    out = w.sigmoid()\n    out += 1\n    out.sum().backward()\nf()\n",
        LEAF + "out = w.sigmoid()\nout[0] += 1\nout.sum().backward()\n",
        LEAF + "out = w.sigmoid()\nout.zero_()\nout.sum().backward()\n",
        LEAF + "out = w.sigmoid()\nwith torch.no_grad():\n    out *= 2\nout.sum().backward()\n",
        LEAF + "out = w.sigmoid()\nout.detach().zero_()\nout.sum().backward()\n",
        LEAF + "for h in [w.sigmoid(), w.exp()]:\n    h.sum().backward()\n    h.detach_()\n",
    ],
)
def test_what_cannot_be_rewritten_has_no_fix(text: str) -> None:
    findings = check(text, fixes=True)
    assert findings
    assert [finding.fix for finding in findings] == [None] * len(findings)
    assert fixed(text, unsafe=True).text == text


def test_neighbours_share_a_block_and_a_loop_is_taken_as_a_whole_with_its_comments() -> None:
    text = (
        "import torch\n\n\ndef clip(model):\n\tfor p in model.parameters():\n\t\t# shrink\n\t\tp.data.mul_(0.5)  # half\n\n"
        "\t\tp.data.clamp_(\n\t\t\t-1,\n\t\t\t1,\n\t\t)\n\treturn model\n"
    )
    assert mended(text) == (
        "import torch\n\n\ndef clip(model):\n\twith torch.no_grad():\n\t\tfor p in model.parameters():\n\t\t\t# shrink\n"
        "\t\t\tp.mul_(0.5)  # half\n\n\t\t\tp.clamp_(\n\t\t\t\t-1,\n\t\t\t\t1,\n\t\t\t)\n\treturn model\n"
    )


def test_where_grad_mode_is_off_already_nothing_is_wrapped() -> None:
    text = "import torch\n\n\n@torch.no_grad()\ndef halve(model):\n    for p in model.parameters():\n        p.data.mul_(0.5)\n"
    assert mended(text) == text.replace(".data", "")


def test_a_function_under_a_with_runs_elsewhere() -> None:
    text = "import torch\n\nwith torch.no_grad():\n\n    def halve(layer):\n        layer.weight.data.mul_(0.5)\n"
    assert mended(text).count("with torch.no_grad():") == 2


def test_a_graph_does_not_come_into_a_gradient() -> None:
    text = (
        LEAF
        + "w.exp().sum().backward()\nprint(w.grad)\nw.grad.data.add_(0.1 * torch.sign(w.data))\nw.grad.data.mul_(-0.5)\n"
    )
    assert mended(text).endswith("with torch.no_grad():\n    w.grad.add_(0.1 * torch.sign(w))\nw.grad.mul_(-0.5)\n")


def test_a_name_of_another_scope_is_not_bound_by_an_operator() -> None:
    text = LEAF + "\n\ndef step():\n    w.data -= 0.1 * w.grad\n"
    assert mended(text).endswith("    with torch.no_grad():\n        w.sub_(0.1 * w.grad)\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("out *= 1 + 2", "out = out * (1 + 2)"),
        ("out *= (1 + 2)", "out = out * (1 + 2)"),
        ("out  -=  w.item()  # why", "out  = out -  w.item()  # why"),
        ("out.mul_(2).add_(\n    1,  # one\n)", "out = out.mul(2).add(\n    1,  # one\n)"),
        ("out = out.mul_(2)", "out = out.mul(2)"),
    ],
)
def test_operators_are_written_out_of_place(before: str, after: str) -> None:
    text = LEAF + f"out = w.sigmoid()\n{before}\nout.sum().backward()\n"
    assert mended(text) == text.replace(before, after)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("out = w.sigmoid()\nout *= 2\nout.sum().backward()\n", True),
        ("out = w.sigmoid()\nkept = out\nout *= 2\nout.sum().backward()\n", False),
        ("out = w.sigmoid()\nkept = [out]\nout *= 2\nout.sum().backward()\n", False),
        ("out = w.sigmoid()\nrow = out[0]\nout *= 2\nout.sum().backward()\n", False),
        ("out = w.sigmoid()\nnumber = out.sum()\nout *= 2\n(out.sum() + number).backward()\n", True),
        ("out = w.sigmoid()\nkeep(out)\nout *= 2\nout.sum().backward()\n", False),
        ("out = w.sigmoid()\nout.retain_grad()\nout *= 2\nout.sum().backward()\n", False),
        ("def exp(x):\n    return cache[x]\n\n\nout = w.exp()\nout *= 2\nout.sum().backward()\n", False),
        ("x = w.half()\nout = w.sigmoid()\nout *= x\nout.sum().backward()\n", False),
        ("out = w.sigmoid()\nloss = out.sum() + (out * w).sum()\nc = out.detach()\nc.zero_()\nloss.backward()\n", True),
        (
            "out = w.sigmoid()\nloss = (out * w).sum()\nc = out.detach()\nc.zero_()\nprint(out)\nloss.backward()\n",
            False,
        ),
    ],
)
def test_who_else_holds_a_tensor_or_reads_it_makes_a_fix_unsafe(text: str, safe: bool) -> None:
    (finding,) = [each for each in check(LEAF + text, fixes=True) if not each.code.startswith("GRD9")]
    assert finding.fix is not None
    assert finding.fix.safe is safe


@pytest.mark.parametrize(
    "text",
    [
        "out = w.sigmoid()\nkept = out\nout *= 2\n(out + kept).sum().backward()\n",
        "out = w.sigmoid()\nkept = [out]\nout *= 2\n(out + kept[0]).sum().backward()\n",
        "out = w.sigmoid()\nkept = {}\nkept['out'] = out\nout *= 2\n(out + kept['out']).sum().backward()\n",
        "out = w.sigmoid()\nkept = []\nkept.append(out)\nout *= 2\n(out + kept[0]).sum().backward()\n",
        "out = w.sigmoid()\nrow = out[0]\nout *= 2\n(out.sum() + row).backward()\n",
        "out = w.sigmoid()\nrow = out.view(3)\nrow *= 2\nrow.sum().backward()\nprint(out)\n",
        "def double(t):\n    t *= 2\n    return t\n\n\nouts = [w.sigmoid()]\n[double(out) for out in outs]\n"
        "outs[0].sum().backward()\n",
        TALLY + "tally = Tally()\na = tally.add()\nb = tally.add()\n(a + b).sum().backward()\n",
        TALLY + "tally = Tally()\na = tally.sum\ntally.add()\n(a + tally.sum).sum().backward()\n",
        "outs = [w.sigmoid(), w.exp()]\nfor out in outs:\n    out.mul_(2)\n    print(out)\nsum(outs).sum().backward()\n",
        "out = w.sigmoid()\nfor each in [out]: each.mul_(2)\nout.sum().backward()\n",
        "def double(t):\n    t.mul_(2)\n    return t\n\n\nout = w.sigmoid()\ndouble(out)\nout.sum().backward()\n",
        "def double(t):\n    return t.mul_(2)\n\n\nout = w.sigmoid()\ny = double(t=out)\n(y + out).sum().backward()\n",
        "def double(t):\n    t *= 2\n    return t\n\n\nout = w.sigmoid()\nlist(map(double, [out]))\nout.sum().backward()\n",
        "class Double:\n    def __call__(self, t):\n        t *= 2\n        return t\n\n\ndouble = Double()\n"
        "out = w.sigmoid()\ndouble(out)\nout.sum().backward()\n",
        "out = w.sigmoid()\nout.mul_(2).add_(out)\nout.sum().backward()\n",
        "out = w.sigmoid()\nout.mul_(out.add_(1))\nout.sum().backward()\n",
        "out = w.sigmoid()\nprint(out.mul_(2))\nout.sum().backward()\n",
        "out = w.sigmoid()\ny = out.mul_(2) + out\ny.sum().backward()\n",
        "out = w.sigmoid()\n[out.mul_(2) for _ in range(2)]\nout.sum().backward()\n",
        "out = w.sigmoid()\nout.mul_(2) if True else None\nout.sum().backward()\n",
        "out = w.sigmoid()\nTrue and out.mul_(2); out.sum().backward()\n",
        "out = w.sigmoid()\n(lambda: out.mul_(2))()\nout.sum().backward()\n",
        "out = w.sigmoid()\nif out.mul_(2) is not None: pass\nout.sum().backward()\n",
        "out = w.sigmoid()\n\n\ndef double():\n    return out.mul_(2)\n\n\ndouble()\nout.sum().backward()\n",
        "def raw(t):\n    return t.data\n\n\nout = w.sigmoid()\nraw(out).mul_(2)\nout.sum().backward()\n",
    ],
)
def test_a_write_that_somebody_in_sight_would_miss_is_not_taken_away(text: str) -> None:
    findings = [each for each in check(LEAF + text, fixes=True) if not each.code.startswith("GRD9")]
    assert findings
    assert [finding.fix for finding in findings] == [None] * len(findings)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("out = w.sigmoid(); out.mul_(2)", "out = w.sigmoid(); out = out.mul(2)"),
        ("out = w.sigmoid()\nout.mul_(2) ;print(1) ; ", "out = w.sigmoid()\nout = out.mul(2) ;print(1) ; "),
        ("out = w.sigmoid() ; out  *=2;", "out = w.sigmoid() ; out  = out *2;"),
        ("out = w.sigmoid()\nif w is not None: out.mul_(2)", "out = w.sigmoid()\nif w is not None: out = out.mul(2)"),
        ("out = w.sigmoid()\nfor _ in range(2): out.mul_(2)", "out = w.sigmoid()\nfor _ in range(2): out = out.mul(2)"),
        ("out = w.sigmoid()\n(out.mul_(2))  # twice", "out = w.sigmoid()\nout = (out.mul(2))  # twice"),
        ("out = w.sigmoid()\nout . mul_ ( 2 )", "out = w.sigmoid()\nout = out . mul ( 2 )"),
        ("out = w.sigmoid()\nout \\\n  .mul_(2)", "out = w.sigmoid()\nout = out \\\n  .mul(2)"),
        ("out = w.sigmoid()\ny = out.mul_(2)", "out = w.sigmoid()\ny = out = out.mul(2)"),
        ("out = w.sigmoid()\ny = z = out.mul_(2)", "out = w.sigmoid()\ny = z = out = out.mul(2)"),
        ("out = w.sigmoid()\ny = out = out.mul_(2)", "out = w.sigmoid()\ny = out = out.mul(2)"),
        (
            "out = w.sigmoid()\ny = (out.mul_(2)\n     .add_(1))",
            "out = w.sigmoid()\ny = out = (out.mul(2)\n     .add(1))",
        ),
        ("out = w.sigmoid()\n(y) = \\\n  out.mul_(2)", "out = w.sigmoid()\n(y) = \\\n  out = out.mul(2)"),
        (
            "outs = [w.sigmoid()]\nout = outs.pop(); out.mul_(2)",
            "outs = [w.sigmoid()]\nout = outs.pop(); out = out.mul(2)",
        ),
    ],
)
def test_a_write_is_bound_wherever_it_stands(before: str, after: str) -> None:
    text = f"{LEAF}{before}\nout.sum().backward()\n"
    assert mended(text, unsafe=True) == text.replace(before, after)


def test_items_of_a_dictionary_are_bound_by_the_keys_that_a_loop_gives() -> None:
    text = (
        LEAF
        + "gates = {'a': w.sigmoid()}\nfor name in gates: gates[name].mul_(2); print(name)\ngates['a'].sum().backward()\n"
    )
    assert mended(text, unsafe=True) == text.replace("gates[name].mul_", "gates[name] = gates[name].mul")


def test_an_attribute_is_bound_where_nobody_took_it_out() -> None:
    text = LEAF + TALLY + "tally = Tally()\ntally.add()\ntally.sum.sum().backward()\n"
    assert mended(text, unsafe=True) == text.replace("self.sum.mul_", "self.sum = self.sum.mul")


def test_a_function_that_gives_back_what_it_wrote_may_bind_its_argument() -> None:
    text = "def double(t):\n    t.mul_(2); return t\n\n\nout = double(w.sigmoid())\nout = double(out)\nout.sum().backward()\n"
    assert mended(LEAF + text, unsafe=True) == LEAF + text.replace("t.mul_(2)", "t = t.mul(2)")


@pytest.mark.parametrize(
    "loop",
    [
        "for x in xs:\n    h = cell(x, h)\n    total = total + h.sum()\n    h.detach()\n",
        "for x in xs:\n    h = cell(x, h); total = total + h.sum(); h.detach()\n",
        "rounds = 0\nwhile rounds < 3:\n    h = cell(xs[0], h)\n    total = total + h.sum()\n    rounds += 1\n    h.detach()\n",
        "for x in xs:\n    if x is not None:\n        h = cell(x, h)\n        total = total + h.sum()\n        h.detach()\n",
    ],
)
def test_what_the_next_round_reads_is_read_later(loop: str) -> None:
    text = f"{STATE}{loop}total.backward()\n"
    assert mended(text, unsafe=True) == text.replace("h.detach()", "h = h.detach()")


@pytest.mark.parametrize(
    "loop",
    [
        "for x in xs:\n    h = cell(x, torch.zeros(1, 3))\n    total = total + h.sum()\n    h.detach()\n",
        "for h in [cell(xs[0], h), cell(xs[1], h)]:\n    total = total + h.sum()\n    h.detach()\n",
    ],
)
def test_what_each_round_makes_anew_is_not_read_later(loop: str) -> None:
    findings = check(f"{STATE}{loop}total.backward()\n", fixes=True)
    assert [(finding.code, finding.fix) for finding in findings] == [("GRD162", None)]


def test_what_is_asked_whether_it_is_a_tensor_may_be_none() -> None:
    text = (
        LEAF
        + "\n\ndef show(x, y: torch.Tensor):\n    x = x.data if isinstance(x, Vector) else x\n    return x, (y * w).data\n"
    )
    assert "y * w).detach()" in mended(text)
    assert "x.data if" in mended(text)


# -- rounds --------------------------------------------------------------------------------------------------------------


def test_of_overlapping_fixes_the_next_round_takes_the_other() -> None:
    text = LEAF + "loss = (w**2).sum()\nprint(loss.data, loss.data.exp())\nloss.backward()\n"
    outcome = fixed(text)
    assert outcome.rounds == 2
    assert outcome.text == text.replace("loss.data", "loss.detach()")


def test_a_fix_that_brings_a_finding_is_not_applied_and_the_others_are() -> None:
    text = (
        LEAF
        + "h = w * 2\nh.detach()\n(h**2).sum().backward()\n\nv = torch.ones(3, requires_grad=True)\nprint(v.data.sum())\n"
    )
    offered = [finding for finding in check(text, fixes=True) if finding.fix]
    assert {finding.code for finding in offered} == {"GRD912", "GRD162"}
    outcome = fixed(text, unsafe=True)
    assert [finding.code for finding in outcome.applied] == ["GRD912"]
    assert outcome.text == text.replace("v.data", "v.detach()")


SHIFTED = "h = torch.relu(w)\nh.add_(1.0)\nh.sum().backward()\n"


@pytest.mark.parametrize(
    ("behind", "codes"),
    [
        ("m = w.exp()\nm.mul_(2)\nm.sum().backward()\n", {"GRD141"}),
        ("loss = w.exp().sum()\nloss.backward()\nloss.backward()\n", {"GRD152"}),
        ("out = w.sigmoid()\nout.data.zero_()\nout.sum().backward()\n", {"GRD111"}),
        ("h.sum().backward()\n", {"GRD152"}),
        ("with torch.no_grad():\n    y = w.exp()\ny.sum().backward()\n", {"GRD151"}),
    ],
)
@pytest.mark.parametrize("head", [SHIFTED, SHIFTED.replace("\nh.sum", "; h.sum")])
def test_what_stands_behind_an_error_is_suspected_until_that_is_mended(head: str, behind: str, codes: set[str]) -> None:
    text = LEAF + head + behind
    suspected = {finding.code for finding in check(text) if finding.line > 6}
    assert suspected == (set() if behind.startswith("h.sum") else {code.replace("GRD1", "GRD2") for code in codes})
    outcome = fixed(text, accepted=lambda finding: finding.message.startswith("`h.add_"))
    assert outcome.text == text.replace("h.add_(1.0)", "h = h.add(1.0)")
    assert {finding.code for finding in check(outcome.text)} == codes


def test_of_two_errors_on_a_line_the_second_stands_behind_the_first() -> None:
    text = LEAF + "a, b = (w * 3).split([1, 2])\na += 1; b -= 1; (a.sum() * b).sum().backward()\n"
    outcome = fixed(text, unsafe=True)
    assert outcome.text == text.replace("a += 1; b -= 1", "a = a + 1; b = b - 1")
    assert check(outcome.text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("h = w * 2\nh.detach()\n(h**2).sum().backward()\n", "GRD162"),
        ("h = w * 2\nh.detach(); (h**2).sum().backward()\n", "GRD162"),
    ],
)
def test_what_a_fix_brings_itself_refuses_it(text: str, code: str) -> None:
    assert [finding.code for finding in check(LEAF + text, fixes=True) if finding.fix] == [code]
    assert fixed(LEAF + text, unsafe=True).text == LEAF + text


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        LEAF + SHIFTED + "m = w.exp()\nm.mul_(2)\nm.sum().backward()\n",
        LEAF + SHIFTED + "loss = w.exp().sum()\nloss.backward()\nloss.backward()\n",
        LEAF + "h = w * 2\nh.detach()\n(h**2).sum().backward()\n\nv = w.exp()\nprint(v.data.sum())\n",
        LEAF + "out = w.sigmoid()\nkept = out\nout *= 2\n(out + kept).sum().backward()\n",
        LEAF + "loss = (w**2).sum()\nprint(loss.data, loss.data.exp())\nloss.backward()\n",
        HEAD + "layer.weight.data.zero_()\nlayer.bias.data.zero_()\n",
    ],
)
def test_the_fixes_that_hold_are_those_that_are_applied(text: str, unsafe: bool) -> None:
    codes = frozenset(RULES)
    held = holding(text, check(text, fixes=True), codes)
    mendable = [each for each in held if each.fix and (each.fix.safe or unsafe)]
    meant = {(each.code, each.message) for each in mendable}
    outcome = fixed(text, unsafe=unsafe, accepted=lambda finding: (finding.code, finding.message) in meant)
    assert len(outcome.applied) == len(mendable)


def test_codes_and_findings_can_be_left_out() -> None:
    text = HEAD + "layer.weight.data.zero_()\nlayer.bias.data.zero_()\nprint(layer.bias.data.sum())\n"
    assert fixed(text, wanted={"GRD111"}).text == text
    assert [finding.code for finding in fixed(text, wanted={"GRD912"}).applied] == ["GRD912"]

    def second(finding: Finding) -> bool:
        return finding.line == 6

    assert fixed(text, accepted=second).text == text.replace(
        "layer.bias.data.zero_()", "with torch.no_grad():\n    layer.bias.zero_()"
    )


def test_unsafe_fixes_are_applied_only_where_they_are_asked_for() -> None:
    text = LEAF + "out = w.sigmoid()\nc = out.data\nc.zero_()\nout.sum().backward()\n"
    assert fixed(text).text == text
    assert fixed(text, unsafe=True).text == text.replace("out.data", "out.detach().clone()")


def test_a_text_that_does_not_parse_is_no_text_to_mend() -> None:
    with pytest.raises(SyntaxError):
        fixed(LEAF + "w.data.zero_(\n")


def test_nothing_is_loaded_for_a_text_without_findings() -> None:
    probe = "import sys; from flake8_gradsafe.fixing import fixed; fixed('x = 1\\n'); print('libcst' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout == "False\n"


# -- files ---------------------------------------------------------------------------------------------------------------

WRITE = HEAD + "layer.weight.data.zero_()\n"
LATIN = b"# -*- coding: latin-1 -*-\n# \xe9\xff\n"
WIDE = "s = '\u65e5\U0001f600'\n"
WRITTEN = HEAD + "with torch.no_grad():\n    layer.weight.zero_()\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (WRITE.encode(), WRITTEN.encode()),
        (WRITE.replace("\n", "\r\n").encode(), WRITTEN.replace("\n", "\r\n").encode()),
        (b"\xef\xbb\xbf" + WRITE.encode(), b"\xef\xbb\xbf" + WRITTEN.encode()),
        (WRITE.rstrip("\n").encode(), WRITTEN.rstrip("\n").encode()),
        (
            b"# -*- coding: latin-1 -*-\n# \xe9\xff\n" + WRITE.encode(),
            b"# -*- coding: latin-1 -*-\n# \xe9\xff\n" + WRITTEN.encode(),
        ),
        (b"\x0c\n" + WRITE.encode() + b"\x0c\n", b"\x0c\n" + WRITTEN.encode() + b"\x0c\n"),
        (
            WRITE.replace("layer.w", "s = '\u65e5\U0001f600'\nlayer.w").encode(),
            WRITTEN.replace("with", "s = '\u65e5\U0001f600'\nwith").encode(),
        ),
        (b"x = 1  \t\r\ny = 2\n" + WRITE.encode(), b"x = 1  \t\r\ny = 2\n" + WRITTEN.encode()),
    ],
    ids=[
        "plain",
        "crlf",
        "bom",
        "no newline at the end",
        "latin-1",
        "form feed",
        "wide characters",
        "mixed ends",
    ],
)
def test_a_file_keeps_its_encoding_and_its_line_ends(before: bytes, after: bytes) -> None:
    outcome = fixed_bytes(before)
    assert outcome.data == after
    assert len(outcome.applied) == 1
    assert fixed_bytes(after).data == after


def test_what_libcst_does_not_give_back_as_it_was_is_left_alone() -> None:
    data = WRITE.replace("\n", "\r").encode()
    assert fixed_bytes(data).data == data


@pytest.mark.parametrize(
    "data",
    [b"# coding: nonsense\nx = 1\n", b"x = '\xff'\n", b"# coding: ascii\nx = '\xe9'\n", WRITE.encode() + b"\0\n"],
    ids=["unknown encoding", "not utf-8", "not ascii", "nul"],
)
def test_a_file_that_cannot_be_read_is_a_syntax_error(data: bytes) -> None:
    with pytest.raises(SyntaxError):
        fixed_bytes(data)


# -- twins ---------------------------------------------------------------------------------------------------------------


TWINS = sorted(name for name in operator_table().methods if has_a_twin(name))


def test_there_are_twins() -> None:
    assert {"add_", "mul_", "clamp_", "masked_fill_", "sigmoid_", "lerp_"} <= set(TWINS)
    assert set(TWINS).isdisjoint(
        {"zero_", "copy_", "t_", "squeeze_", "bernoulli_", "normal_", "fill_", "set_", "detach_"}
    )


@pytest.mark.filterwarnings("ignore:.*(beta|deprecated).*:UserWarning")
@pytest.mark.parametrize("name", TWINS)
def test_a_twin_computes_the_same_as_the_operator_in_place(name: str) -> None:
    compared = 0
    for info in (each for each in op_db if each.name == operator_table().methods[name].operator.name):
        samples: list[Any] = list(info.sample_inputs("cpu", torch.float32))  # type: ignore[no-untyped-call]
        for sample in samples[:40]:
            if not isinstance(sample.input, torch.Tensor):
                continue
            written = sample.input.clone()
            try:
                getattr(written, name)(*sample.args, **sample.kwargs)
            except (RuntimeError, TypeError):
                continue
            result = getattr(sample.input, name[:-1])(*sample.args, **sample.kwargs)
            torch.testing.assert_close(result, written, rtol=0, atol=0, equal_nan=True)
            compared += 1
    assert compared

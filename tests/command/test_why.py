"""`gradsafe why`: what is known at a line, and why it is silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.command.place import Place, parse
from flake8_gradsafe.explain_line import inquire
from tests.command.running import ADVISORY, PROVEN, SUSPECT, gradsafe, notebook

if TYPE_CHECKING:
    from pathlib import Path

FORWARD = """\
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Parameter(torch.ones(3))

    def forward(self, x):
        h = torch.relu(x * self.embed)
        h.add_(1)
        if False:
            x.data.mul_(2)
        return h
"""


def ask(folder: Path, text: str, line: int, *arguments: str) -> list[str]:
    """What the command answers of a line."""
    (folder / "train.py").write_text(text)
    run = gradsafe(folder, "why", "--isolated", f"train.py:{line}", *arguments)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout.splitlines()


def test_a_reported_line_names_the_finding_and_what_is_known(tmp_path: Path) -> None:
    answer = ask(tmp_path, PROVEN, 5)
    assert answer[0] == "train.py:5: out.data.zero_()"
    assert answer[2] == "Found here, each as FILE:LINE:COLUMN: CODE and what is wrong, lines and columns from 1:"
    assert answer[3].startswith("train.py:5:1: GRD111 `out.data.zero_()` overwrites the output that sigmoid saved")
    assert answer[4:] == [
        "  It is reported.",
        "",
        "Known of the tensors here, by name, once the line has run; in brackets where it came about:",
        "out:",
        "  - in the graph, computed by sigmoid (line 4)",
        "  - sigmoid saved it for its backward (line 4); the backward of line 6 reads it",
        "  - overwritten since sigmoid saved it, unseen by autograd (line 5)",
    ]


def test_a_line_of_a_trace_names_the_finding_that_it_belongs_to(tmp_path: Path) -> None:
    answer = ask(tmp_path, PROVEN, 4)
    assert "Part of GRD111 in line 5: saved here: sigmoid keeps its output for backward" in answer
    assert "  - a leaf that requires grad (line 3)" in answer


def test_aliases_are_named(tmp_path: Path) -> None:
    text = SUSPECT.replace("x.data.add_(1)", "y = x.detach()\nz = x.data\nprint(x, y, z)")
    answer = ask(tmp_path, text, 6)
    first = answer.index("x:")
    assert answer[first + 2 : first + 4] == [
        "  - shares the memory and the version counter with y",
        "  - shares the memory but not the version counter with z",
    ]
    assert "  - cut off from the graph, by .data (line 5)" in answer


def test_advice_says_how_it_is_turned_on(tmp_path: Path) -> None:
    answer = ask(tmp_path, ADVISORY, 5)
    assert answer[3].startswith("train.py:5:5: GRD911 ")
    assert answer[4] == "  It is advice, and off unless --extend-select GRD9 turns it on."


def test_what_is_silenced_says_by_what(tmp_path: Path) -> None:
    answer = ask(tmp_path, SUSPECT.replace("add_(1)", "add_(1)  # noqa"), 4)
    assert answer[4] == "  It is silenced by a comment."
    (tmp_path / "setup.cfg").write_text("[flake8]\nper-file-ignores = train.py:GRD2\n")
    run = gradsafe(tmp_path, "why", "train.py:4")
    assert run.stdout.splitlines()[4] == "  It is off by the options or the configuration."


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            PROVEN.replace("out.data.zero_()\nout.sum().backward()", "out.sum().backward()\na.add_(0)"),
            1,
            "nothing here",
        ),
        (
            "import torch\n\na = torch.ones(3, requires_grad=True)\nb = a * 2\nb.add_(1)\nb.sum().backward()\n",
            5,
            "no operator in sight saved what stands here",
        ),
        (
            "import torch\n\na = torch.ones(3, requires_grad=True)\nb = a.exp()\nb.sum().backward()\nb.mul_(2)\n",
            6,
            "what was overwritten is not read by a backward afterwards",
        ),
        (
            "import torch\n\nw = torch.ones(3, requires_grad=True)\n\n\ndef f(x, w):\n    x.data.mul_(2)\n"
            "    y = (x @ w).relu()\n    y += 1\n    return y\n",
            9,
            "a RuntimeError may follow, but only assuming that a caller differentiates it",
        ),
    ],
)
def test_a_silent_line_says_why(tmp_path: Path, text: str, line: int, reason: str) -> None:
    assert ask(tmp_path, text, line)[-1].startswith(f"Nothing is reported here: {reason}")


ROLES = """\
import torch
from torch import nn
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters())
loss = net(torch.ones(2, 3)).exp().sum()
loss.backward()
opt.step()
opt.zero_grad()
print(loss.item())
with torch.no_grad():
    y = net(torch.ones(2, 3)).detach()
# a comment
n = 3
def train(given, x):
    given.backward()
    return x + 1
torch.autograd.grad(net(torch.ones(3)), net.weight)
"""


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (1, "nothing here writes, cuts or differentiates a tensor"),
        (
            6,
            "this backward goes through sum (line 5), exp (line 5) and Linear (line 5), and adds to the gradient of "
            "net.weight and net.bias; no write in sight makes one of its gradients wrong",
        ),
        (
            7,
            "an optimizer's step writes the parameters that it holds, without a graph; no backward in sight reads "
            "afterwards what they were",
        ),
        (8, "it clears gradients, and leaves the graph and what is saved in it alone"),
        (9, "it takes numbers out of the graph, and no gradient flows through them"),
        (10, "where grad mode is off no graph is made, and what is computed there requires no grad"),
        (11, "no gradient flows through what detach() gives, and nothing here writes to it"),
        (12, "there is no code on this line"),
        (13, "nothing here writes, cuts or differentiates a tensor, and no tensor that is known has a name here"),
        (14, "nothing here writes, cuts or differentiates a tensor"),
        (15, "this backward goes through no operator in sight: a caller, or code of another file, made its graph"),
        (17, "this backward goes through Linear (line 17); no write in sight makes one of its gradients wrong"),
    ],
)
def test_what_a_line_does_for_gradients_is_said(tmp_path: Path, line: int, answer: str) -> None:
    (tmp_path / "train.py").write_text(ROLES)
    run = gradsafe(tmp_path, "why", "--isolated", f"train.py:{line}")
    assert run.stdout.splitlines()[-1] == f"Nothing is reported here: {answer}."


def test_where_no_path_comes_by_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import torch\n\n\ndef f(x):\n    return x + 1\n\n\ntorch.ones(1).add_(1)\n")
    last = gradsafe(tmp_path, "why", "--isolated", "train.py:5").stdout.splitlines()[-1]
    assert last.endswith("a tensor, and no path that was followed comes by, so that no tensor is known.")


def test_a_file_without_torch_says_so(tmp_path: Path) -> None:
    assert ask(tmp_path, "x = 1\n", 1) == [
        "train.py holds nothing that autograd could be wrong about: it was not analysed."
    ]


def test_attributes_are_known_by_their_names() -> None:
    answer = inquire(FORWARD, 10)
    assert answer.followed
    assert any(fact.startswith("a leaf that requires grad") for fact in answer.facts["self.embed"])
    assert any("in the graph, computed by relu" in fact for fact in answer.facts["h"])


def test_every_line_of_a_program_can_be_asked_for() -> None:
    for line in range(1, FORWARD.count("\n") + 1):
        inquire(FORWARD, line)


def known(folder: Path, text: str, line: int, *arguments: str) -> dict[str, list[str]]:
    """What the command tells of each tensor."""
    told: dict[str, list[str]] = {}
    for each in ask(folder, text, line, *arguments):
        if each.endswith(":") and " " not in each:
            told[each.removesuffix(":")] = []
        elif each.startswith("  - "):
            told[list(told)[-1]].append(each.removeprefix("  - "))
    return told


@pytest.mark.parametrize(
    ("place", "names", "found"),
    [
        ("5", ["out"], True),
        ("5:1", ["out"], True),
        ("5:3:", ["out"], True),
        ("6:1", ["out"], True),
        ("4:1", ["out"], False),
        ("4:7", ["a"], True),
        ("4:15", [], True),
        ("1:8", [], False),
    ],
)
def test_a_column_narrows_to_what_stands_there(tmp_path: Path, place: str, names: list[str], found: bool) -> None:
    (tmp_path / "train.py").write_text(PROVEN)
    run = gradsafe(tmp_path, "why", "--isolated", f"train.py:{place}")
    lines = run.stdout.splitlines()
    assert [line[:-1] for line in lines if line.endswith(":") and " " not in line] == names
    assert any("GRD111" in line for line in lines) == found
    assert any("Nothing is reported here" in line for line in lines) != found


LISTS = """\
import torch

ws = [torch.ones(3, requires_grad=True), torch.zeros(3)]
d = {"a": ws[0].exp(), 3: ws}
t = (ws[1], (ws[0].sigmoid(), 4))
ws[0].data.zero_()
d["a"].mul_(2)
print(t)
for w in ws:
    w.sum()
net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.ReLU())
net[0].weight.data.zero_()
if d[3][0].sum() > 0:
    print(1)
"""


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (6, {"ws[0]"}),
        (7, {'d["a"]'}),
        (8, {"t[0]", "t[1][0]"}),
        (9, {"ws[0]", "ws[1]", "w"}),
        (12, {"net[0].weight"}),
        (13, {"d[3][0]"}),
    ],
)
def test_tensors_in_containers_are_told_by_their_spelling(tmp_path: Path, line: int, names: set[str]) -> None:
    assert set(known(tmp_path, LISTS, line)) == names


def test_a_tensor_of_two_names_is_one(tmp_path: Path) -> None:
    assert "the same tensor as t[0]" in known(tmp_path, LISTS, 9)["ws[1]"]


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("if h.sum() > 0:", "h"),
        ("while h.sum() > 0:", "h"),
        ("for row in h:", "h"),
        ("with torch.no_grad(), open(h):", "h"),
        ("def f(x=1, *, h=h):", ""),
        ("match h:\n    case 1:", ""),
    ],
)
def test_a_head_is_asked_for_without_its_body(tmp_path: Path, head: str, name: str) -> None:
    indent = "    " * (head.count("\n") + 1)
    text = f"import torch\n\ng = torch.ones(3, requires_grad=True)\nh = g.exp()\n{head}\n{indent}g.data.zero_()\n"
    told = known(tmp_path, text, 5)
    assert "g" not in told
    assert not name or told[name][0] == "in the graph, computed by exp (line 4)"


def test_what_is_used_for_the_last_time_is_known_as_it_was(tmp_path: Path) -> None:
    text = "import torch\n\n\ndef f():\n    h = torch.ones(3, requires_grad=True).exp()\n    return h\n\n\nf()\n"
    assert known(tmp_path, text, 6)["h"][0] == "in the graph, computed by exp (line 5)"


BEHIND = """\
import torch

w = torch.zeros(3, requires_grad=True)


def train(w):
    h = w.exp()
    h.add_(1.0)
    h.sum().backward()
    p = torch.nn.Parameter(torch.ones(3))
    p.data.clamp_(-1, 1)
    return p


train(w)
v = w.sigmoid()
v.data.zero_()
v.sum().backward()
"""
ERROR = "raises a RuntimeError before it: see GRD141 in line 8, `h.add_(1.0)` overwrites"


def test_a_line_behind_an_error_names_the_line_that_raises(tmp_path: Path) -> None:
    answer = ask(tmp_path, BEHIND, 12)
    assert answer[-1].startswith(f"Nothing is reported here: line 9 {ERROR}")
    assert ". When that is mended: " in answer[-1]


def test_a_bug_behind_an_error_is_explained_as_any_other(tmp_path: Path) -> None:
    answer = ask(tmp_path, BEHIND, 17)
    assert any("GRD211" in line for line in answer)
    assert "  - sigmoid saved it for its backward (line 16); the backward of line 18 reads it" in answer


def test_a_line_before_an_error_or_behind_an_expected_one_is_not_behind_it(tmp_path: Path) -> None:
    expected = BEHIND.replace("train(w)\nv", "try:\n    train(w)\nexcept RuntimeError:\n    pass\nv")
    for text, line in ((BEHIND, 7), (BEHIND, 9), (expected, 19), (expected, 20)):
        assert not any("before it" in each for each in ask(tmp_path, text, line))


def test_a_cell_of_a_notebook_is_asked_for_as_findings_name_it(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_text(notebook("import torch", ("markdown", "# Title"), PROVEN))
    lines = gradsafe(tmp_path, "why", "--isolated", "train.ipynb:cell 3:5:1").stdout.splitlines()
    assert lines[0] == "train.ipynb:cell 3:5:1: out.data.zero_()"
    assert lines[3].startswith("train.ipynb:cell 3:5:1: GRD111 ")
    assert "  - in the graph, computed by sigmoid (cell 3, line 4)" in lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("train.py:12", Place("train.py", 12)),
        ("train.py:12:5", Place("train.py", 12, 5)),
        ("train.py:12:5:", Place("train.py", 12, 5)),
        (r"C:\src\train.py:12", Place(r"C:\src\train.py", 12)),
        (r"C:\src\train.py:12:5", Place(r"C:\src\train.py", 12, 5)),
        ("a b:c.py:7", Place("a b:c.py", 7)),
        ("nb.ipynb:cell 2:4:1", Place("nb.ipynb", 4, 1, 2)),
    ],
)
def test_a_place_is_read_as_it_is_printed(text: str, expected: Place) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("place", "content", "complaint"),
    [
        ("train.py", "", "train.py: expected FILE:LINE, as train.py:12"),
        ("train.py:0", "", "train.py:0: expected FILE:LINE, as train.py:12"),
        ("train.py:x", "", "train.py:x: expected FILE:LINE"),
        ("absent.py:3", "", "absent.py: no such file or folder"),
        (".:3", "", ".: is a folder"),
        ("train.py:99", SUSPECT, "train.py:99: the file has 4 lines"),
        ("train.py:1", SUSPECT + "def f(:\n", "train.py:5: not analysed: no valid Python"),
        ("train.py:4:99", SUSPECT, "train.py:4:99: the line has 14 columns"),
        ("train.py:cell 1:4", SUSPECT, "train.py:cell 1:4: a file that is no notebook has no cells"),
        ("train.ipynb:1", notebook(SUSPECT), "train.ipynb: a line of a notebook cannot be asked for without its cell"),
        ("train.ipynb:cell 2:1", notebook(SUSPECT), "train.ipynb:cell 2:1: the notebook has no cell of code of this"),
        ("train.ipynb:cell 1:5", notebook(SUSPECT), "train.ipynb:cell 1:5: cell 1 has 4 lines"),
    ],
)
def test_a_bad_place_is_named(tmp_path: Path, place: str, content: str, complaint: str) -> None:
    for name in ("train.py", "train.ipynb"):
        (tmp_path / name).write_text(content)
    run = gradsafe(tmp_path, "why", place)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith(f"gradsafe: error: {complaint}")
    assert len(run.stderr.splitlines()) == 1


def test_a_line_behind_the_end_of_the_budget_says_so(tmp_path: Path) -> None:
    text = "import torch\nx = torch.ones(3)\n" + "x = x.sigmoid()\n" * 13_000 + "x.data.mul_(2)\n"
    told = ask(tmp_path, text, 13_003)
    assert told[-1].startswith("Nothing is reported here: the analysis gave up before it came here")


def test_a_cell_that_is_no_python_keeps_no_other_cell_from_being_asked_about(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_text(notebook("import torch", SUSPECT, "this is no Python"))
    asked = gradsafe(tmp_path, "why", "--isolated", "train.ipynb:cell 2:1")
    assert (asked.returncode, asked.stderr) == (0, "")
    asked = gradsafe(tmp_path, "why", "--isolated", "train.ipynb:cell 3:1")
    assert asked.returncode == 2
    assert "cell 3:1: passed over: no valid Python" in asked.stderr


def test_what_the_file_sets_for_all_tensors_is_known(tmp_path: Path) -> None:
    text = """\
import torch
torch.set_default_dtype(torch.float64)
x = torch.ones(3)
y = torch.ones(2, requires_grad=True).exp()
if x.dtype == torch.float64:
    y.detach_()
y.sum().backward()
"""
    assert inquire(text, 6).followed


PROJECT = {
    "pyproject.toml": "",
    "nets.py": """\
import torch


def encode(pixels):
    return torch.sigmoid(pixels)
""",
    "broken.py": "def\n",
}

IMPORTING = """\
import torch
from broken import scale
from escape import shift
from nets import encode

pixels = torch.ones(3, requires_grad=True)
code = encode(pixels)
code.detach().sum()
code.sum().backward()
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose files are imported, one that is no Python, and a link to what lies outside."""
    (tmp_path / "outside.py").write_text("def shift(pixels):\n    return pixels + 1\n")
    folder = tmp_path / "project"
    folder.mkdir()
    for name, text in PROJECT.items():
        (folder / name).write_text(text)
    (folder / "escape.py").symlink_to(tmp_path / "outside.py")
    return folder


def test_what_other_files_compute_is_known_with_their_lines(project: Path) -> None:
    answer = ask(project, IMPORTING, 8)
    assert "  - in the graph, computed by sigmoid (line 5 of nets.py)" in answer
    assert "  - sigmoid saved it for its backward (line 5 of nets.py); the backward of line 9 reads it" in answer


def test_a_backward_names_the_lines_of_other_files_that_it_goes_through(project: Path) -> None:
    (silent,) = [line for line in ask(project, IMPORTING, 9) if line.startswith("Nothing is reported here")]
    assert "this backward goes through sum (line 9) and sigmoid (line 5 of nets.py)" in silent


def test_the_files_that_were_read_are_named_and_those_that_were_not_with_the_reason(project: Path) -> None:
    assert ask(project, IMPORTING, 9)[-3:] == [
        "Read for what this file imports: nets.py.",
        "Not read: broken.py, because it is no valid Python.",
        "Not read: escape.py, because it lies outside of the project.",
    ]


def test_without_the_project_no_other_file_is_read(project: Path) -> None:
    answer = ask(project, IMPORTING, 8, "--no-project")
    assert not any("nets.py" in line or "read:" in line for line in answer)

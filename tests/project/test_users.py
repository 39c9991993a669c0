"""What is proven of a file alone depends on the files that use it, where those may make it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from flake8_gradsafe.project.imports import FileImports
from flake8_gradsafe.project.sources import Sources
from flake8_gradsafe.project.users import Users
from flake8_gradsafe.syntax.lower import lower_module
from flake8_gradsafe.syntax.tree import python_tree
from tests.project.trees import found, write_tree

if TYPE_CHECKING:
    from pathlib import Path

NET = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pace = nn.Parameter(torch.ones(3))

    def shrink(self, share):
        self.pace.mul_(share)

    def forward(self, x):
        return x * self.pace
"""
RESTART = "import torch\n\n\n@torch.no_grad()\ndef restart(net):\n    net.shrink(0.5)\n"
CODER = """\
import torch
from torch import nn


class Coder(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 2)
        self.head = nn.Linear(2, 1)
        self.optimizer = torch.optim.SGD(self.parameters(), lr=0.1)

    def code(self, x):
        return self.body(x).detach()

    def fit(self, x):
        loss = self.head(self.code(x)).sum()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
"""
TRAINED = "from coder import Coder\n\n\nclass Trained(Coder):\n    def code(self, x):\n        return self.body(x)\n"


def test_what_nobody_calls_is_refused_for_sure(tmp_path: Path) -> None:
    assert found(write_tree(tmp_path, {"net.py": NET}), "net.py") == [("net.py", 11, "GRD142")]


@pytest.mark.parametrize("text", [RESTART, "from net import Net\n\nNet().shrink(2)\n"])
def test_what_another_file_calls_may_be_called_with_grad_mode_off(tmp_path: Path, text: str) -> None:
    folder = write_tree(tmp_path, {"net.py": NET, "lib/restart.py": text})
    assert found(folder, "net.py") == [("net.py", 11, "GRD242")]


def test_the_file_that_calls_it_proves_it(tmp_path: Path) -> None:
    folder = write_tree(tmp_path, {"net.py": NET, "main.py": "from net import Net\n\nNet().shrink(2)\n"})
    assert found(folder) == [("net.py", 11, "GRD142")]


def test_what_python_calls_by_itself_is_no_method_that_others_call(tmp_path: Path) -> None:
    made = NET.replace(
        "def shrink(self, share):\n        self.pace.mul_(share)", "def __call__(self, x):\n        self.pace.mul_(2)"
    )
    other = "class Other(dict):\n    def __init__(self):\n        super().__init__()\n        self.net.__call__(2)\n"
    folder = write_tree(tmp_path, {"net.py": made, "other.py": other})
    assert found(folder, "net.py") == [("net.py", 11, "GRD142")]


def test_a_method_of_the_same_name_as_a_word_of_others_is_not_called(tmp_path: Path) -> None:
    folder = write_tree(tmp_path, {"net.py": NET, "other.py": "shrink = 3\nprint(shrink)\n"})
    assert found(folder, "net.py") == [("net.py", 11, "GRD142")]


def test_a_method_may_be_overridden_by_a_class_of_another_file(tmp_path: Path) -> None:
    alone = write_tree(tmp_path / "alone", {"coder.py": CODER})
    assert found(alone, "coder.py") == [("coder.py", 13, "GRD125")]
    derived = write_tree(tmp_path / "derived", {"coder.py": CODER, "trained.py": TRAINED})
    assert found(derived, "coder.py") == [("coder.py", 13, "GRD225")]


def test_an_importer_of_an_importer_is_a_user(tmp_path: Path) -> None:
    files = {
        "nets/__init__.py": "from .coder import Coder\n",
        "nets/coder.py": CODER,
        "trained.py": "from nets import (\n    Coder,\n)\n\n\nclass Trained(Coder):\n    pass\n",
    }
    users = Users(str(write_tree(tmp_path, files) / "nets/coder.py"), str(tmp_path), Sources())
    assert users.derive_from("Coder")
    assert not users.derive_from("Code")
    assert users.mention("Trained")


def test_hidden_folders_and_links_are_not_looked_through(tmp_path: Path) -> None:
    folder = write_tree(tmp_path / "project", {"net.py": NET, ".venv/user.py": "net.shrink(1)\n"})
    (tmp_path / "outside.py").write_text("net.shrink(1)\n")
    (folder / "link.py").symlink_to(tmp_path / "outside.py")
    (folder / "broken.py").write_bytes(b"\xff\xfe net.shrink(1)\n")
    assert not Users(str(folder / "net.py"), str(folder), Sources()).call_method("shrink")


def test_findings_depend_on_the_users_they_were_asked_of(tmp_path: Path) -> None:
    folder = write_tree(tmp_path, {"net.py": NET})
    imports = FileImports(str(folder / "net.py"), Sources())
    imports.link(lower_module(python_tree(NET), NET))
    assert imports.is_unchanged(imports.consulted)
    assert not imports.users.call_method("shrink")
    before = imports.consulted
    assert imports.is_unchanged(before)
    (folder / "other.py").write_text("shrink = 3\n")
    assert imports.is_unchanged(before)
    (folder / "restart.py").write_text(RESTART)
    assert not imports.is_unchanged(before)

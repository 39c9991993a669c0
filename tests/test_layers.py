"""The rooms import one another in one direction, and only the runtime needs PyTorch."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "flake8_gradsafe"


def _modules() -> list[str]:
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if "runtime" not in parts and "__main__" not in parts:
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


MODULES = _modules()

_WITHOUT = """
import importlib, sys
for name in {blocked!r}:
    sys.modules[name] = None
for name in {modules!r}:
    importlib.import_module(name)
print("imported")
"""


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


def test_contracts_hold() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(command), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_everything_but_the_runtime_imports_without_torch() -> None:
    assert len(MODULES) > 40
    done = _python(_WITHOUT.format(blocked=["torch", "numpy", "flake8_gradsafe.runtime"], modules=MODULES))
    assert done.stdout.strip() == "imported", done.stderr


def test_analysis_runs_without_torch() -> None:
    text = "import torch\na = torch.ones(2, requires_grad=True)\na.exp_()\n"
    code = _WITHOUT.format(blocked=["torch", "numpy"], modules=["flake8_gradsafe"])
    code += f"import flake8_gradsafe\nprint([finding.code for finding in flake8_gradsafe.check({text!r})])\n"
    done = _python(code)
    assert done.stdout.split("\n")[:2] == ["imported", "['GRD142']"], done.stderr


@pytest.mark.parametrize("room", ["autograd", "interpreter", "knowledge", "prefilter", "rules", "syntax"])
def test_rooms_before_the_flagging_import_without_libcst(room: str) -> None:
    modules = [name for name in MODULES if name.split(".")[1:2] == [room]]
    assert modules
    done = _python(_WITHOUT.format(blocked=["libcst", "torch"], modules=modules))
    assert done.stdout.strip() == "imported", done.stderr

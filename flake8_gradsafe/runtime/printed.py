"""What PyTorch makes of the example on each proven rule's page: the error that it raises, or the gradients that it computes.

python -m flake8_gradsafe.runtime.printed            writes rules/printed.json
python -m flake8_gradsafe.runtime.printed --check    runs them again; exit 1 and one line per rule that differs
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from flake8_gradsafe.runtime.run import run_cloning, run_plainly, run_without_detaching_in_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.runtime.run import Namespace, Outcome

FILE = Path(__file__).parent.parent / "rules" / "printed.json"
_EXAMPLE = re.compile(r"## Example\n```python\n(.*?)```", re.DOTALL)
#: More numbers than this say nothing to a reader.
_MOST_NUMBERS = 6
_MOST_GRADIENTS = 3
_ELSEWHERE = (
    (run_cloning, "with private copies of what is saved"),
    (run_without_detaching_in_place, "without the detach_()"),
)


def printed() -> dict[str, str]:
    """For each proven rule, what PyTorch makes of its example, in one line."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for rule in sorted((Path(__file__).parent.parent / "rules").glob("grd1*.py")):
            program = Path(folder) / "example.py"
            match = _EXAMPLE.search(rule.read_text(encoding="utf-8"))
            if match is not None:
                program.write_text(match[1], encoding="utf-8")
                found[rule.stem.upper()] = _of(program)
    return found


def _of(program: Path) -> str:
    plain = run_plainly(program, None)
    if plain.error is not None:
        return f"{type(plain.error).__name__}: {' '.join(str(plain.error).split())}"
    before = _gradients(plain)
    for run, how in _ELSEWHERE:
        other = _gradients(run(program, None))
        differing = [name for name in before if name in other and other[name] != before[name]]
        if differing:
            name = differing[0]
            return f"{name}.grad is {before[name]}; {how} it is {other[name]}"
    shown = [f"{name}.grad is {value}" for name, value in before.items()][:_MOST_GRADIENTS]
    return "; ".join(["no error", *shown])


def _gradients(outcome: Outcome) -> dict[str, str]:
    """The gradients of the leaves that have a name, as they are printed."""
    found = {}
    for name, tensor in _leaves(outcome.namespace).items():
        gradient = tensor.grad
        if gradient is None or gradient.numel() <= _MOST_NUMBERS:
            found[name] = "None" if gradient is None else str(gradient.tolist() if gradient.dim() else gradient.item())
    return {
        name: re.sub(r"\d+\.\d+(e-?\d+)?", lambda match: f"{float(match[0]):.4g}", text) for name, text in found.items()
    }


def _leaves(namespace: Namespace) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for name, value in namespace.items():
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, torch.nn.Module):
            found |= {f"{name}.{parameter}": tensor for parameter, tensor in value.named_parameters()}
    return {name: tensor for name, tensor in found.items() if tensor.is_leaf and tensor.requires_grad}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file, or compare it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    options = parser.parse_args(arguments)
    new = printed()
    if not options.check:
        document = {"torch": torch.__version__.partition("+")[0], "printed": new}
        FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")
        return 0
    old = json.loads(FILE.read_text(encoding="ascii"))["printed"]
    differing = [
        f"{code}: {old.get(code)} -> {new.get(code)}" for code in {**old, **new} if old.get(code) != new.get(code)
    ]
    print("\n".join(differing or ["no drift"]))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

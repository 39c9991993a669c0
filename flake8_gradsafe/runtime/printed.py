"""What PyTorch makes of the example on each rule's page, beside what it makes of the program to use instead.

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

from flake8_gradsafe.rules import pages
from flake8_gradsafe.rules.harm import Harm
from flake8_gradsafe.runtime.pages import programs
from flake8_gradsafe.runtime.run import run_plainly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flake8_gradsafe.rules.rule import Rule
    from flake8_gradsafe.runtime.pages import Programs
    from flake8_gradsafe.runtime.run import Namespace, Outcome

FILE = Path(__file__).parent.parent / "rules" / "printed.json"
#: More numbers than this say nothing to a reader.
_MOST_NUMBERS = 6
_MOST_NAMES = 2
_NO_DIFFERENCE = "No error, and the same numbers as with what to use instead."


def printed() -> dict[str, str]:
    """Return what PyTorch makes of every rule's example, and of what to use instead, in a few sentences."""
    return {rule.code: said_of(rule, *outcomes(programs(rule.code))) for rule in pages.rules()}


def said_of(rule: Rule, example: Outcome, instead: Outcome) -> str:
    """Return how the programs of a rule's page differ. Raises ValueError where the rule claims harm and they do not differ."""
    said = compared(example, instead)
    if said == _NO_DIFFERENCE and any(isinstance(claim, Harm) for claim in rule.claims):
        raise ValueError(f"{rule.code} claims harm, and no gradient or value with a name shows any in its example")
    return said


def outcomes(page: Programs) -> tuple[Outcome, Outcome]:
    """What the example leaves behind, and what the program to use instead does, each with the page's caller."""
    return _run(page.example, page.caller), _run(page.instead, page.caller)


def compared(example: Outcome, instead: Outcome) -> str:
    """How the two differ, in words."""
    if instead.error is not None:
        raise ValueError(f"what to use instead raises {instead.error!r}")
    if example.error is not None:
        said = f"{type(example.error).__name__}: {' '.join(str(example.error).split())}"
        gradients = _gradients(instead).items()
        right = [f"`{name}` is {value}" for name, value in gradients if value != "None"][:_MOST_NAMES]
        return "\n\n".join([said, f"With what to use instead, {_listed(right)}."] if right else [said])
    for values, which in ((_gradients, "right is"), (_values, "with what to use instead it is")):
        here, there = values(example), values(instead)
        differing = [name for name in here if name in there and there[name] != here[name]][:_MOST_NAMES]
        if differing:
            return " ".join(f"`{name}` is {here[name]}; {which} {there[name]}." for name in differing)
    return _NO_DIFFERENCE


def _run(program: str, caller: str) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        path, driver = Path(folder) / "program.py", Path(folder) / "caller.py"
        path.write_text(program, encoding="utf-8")
        driver.write_text(caller, encoding="utf-8")
        return run_plainly(path, driver)


def _gradients(outcome: Outcome) -> dict[str, str]:
    """Return the gradients of the leaves that have a name, and of computed tensors that retain theirs, as they are printed."""
    tensors = {
        name: tensor for name, tensor in _named(outcome.namespace).items() if tensor.is_leaf or tensor.retains_grad
    }
    return {f"{name}.grad": _numbers(tensor.grad) for name, tensor in tensors.items() if _is_short(tensor)}


def _values(outcome: Outcome) -> dict[str, str]:
    """The values of the tensors that have a name."""
    return {name: _numbers(each) for name, each in _named(outcome.namespace).items() if _is_short(each)}


def _named(namespace: Namespace) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for name, value in namespace.items():
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, torch.nn.Module):
            found |= {f"{name}.{parameter}": tensor for parameter, tensor in value.named_parameters()}
    return found


def _is_short(tensor: torch.Tensor) -> bool:
    return tensor.numel() <= _MOST_NUMBERS


def _numbers(tensor: torch.Tensor | None) -> str:
    if tensor is None:
        return "None"
    text = str(tensor.detach().tolist())
    return re.sub(r"\d+\.\d+(e-?\d+)?", lambda match: f"{float(match[0]):.4g}", text)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else " and ".join(words)


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

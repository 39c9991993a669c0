"""The claims a fixture can make about PyTorch, and how each is put to the test.

Each judge takes the runs of one fixture and the claim's argument, and returns sentences saying what PyTorch
did instead; no sentence means that the claim holds.
"""

import ast
import functools
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from flake8_gradsafe.runtime.run import (
    Namespace,
    Outcome,
    run_cloning,
    run_measuring_loss,
    run_plainly,
    run_without_detaching_in_place,
)

PRINTED_TOLERANCE = 5e-4
STEP = 1e-6


@dataclass(frozen=True)
class Claim:
    """One claim: its kind (a key of JUDGES) and the text that follows it."""

    kind: str
    argument: str

    def __str__(self) -> str:
        """Spell the claim as the fixture does."""
        return f"{self.kind} {self.argument}".rstrip()


@dataclass(frozen=True)
class Runs:
    """The runs of one program, each made when first asked for."""

    program: Path
    driver: Path | None
    raises_line: int | None

    @functools.cached_property
    def plain(self) -> Outcome:
        """The program as it stands."""
        return run_plainly(self.program, self.driver)

    @functools.cached_property
    def cloning(self) -> Outcome:
        """The program with a private copy of everything saved for backward."""
        return run_cloning(self.program, self.driver)

    @functools.cached_property
    def undetached(self) -> Outcome:
        """The program with every `detach_()` made to do nothing."""
        return run_without_detaching_in_place(self.program, self.driver)


#: How the claim begins of an error that is no RuntimeError: the one by which an optimizer refuses a tensor.
_BY_VALUE = "ValueError "

Judge = Callable[[Runs, str], list[str]]


def read_claim(text: str) -> Claim:
    """Read what stands behind `# claim:`.

    Raises ValueError for an unknown kind, and for an argument that is missing or superfluous.
    """
    kind, _, argument = text.strip().partition(" ")
    if kind not in JUDGES:
        raise ValueError(f"unknown claim: {kind}")
    if bool(argument.strip()) is (kind == "correct"):
        raise ValueError(f"claim {kind} has the wrong argument: {argument!r}")
    return Claim(kind, argument.strip())


def judge(claim: Claim, runs: Runs) -> list[str]:
    """Put one claim to the test and return what is wrong with it."""
    return [f"claim '{claim}': {sentence}" for sentence in JUDGES[claim.kind](runs, claim.argument)]


def unexpected_error(runs: Runs) -> list[str]:
    """Say which error ended a program that claims none."""
    return _error_sentences(runs.plain, "the program")


def _judge_wrong_gradient(runs: Runs, names: str) -> list[str]:
    return _same_in_both(runs.plain, runs.cloning, names, "with private copies of the saved tensors")


def _judge_lost_gradient(runs: Runs, names: str) -> list[str]:
    return _same_in_both(runs.plain, runs.undetached, names, "without detach_()")


def _same_in_both(plain: Outcome, other: Outcome, names: str, condition: str) -> list[str]:
    if other.error is not None:
        return _error_sentences(other, f"the run {condition}")
    sentences = []
    for name in _split(names):
        here, there = _gradients(*(_look_up(outcome.namespace, name) for outcome in (plain, other)))
        if there is None:
            sentences.append(f"the gradient of {name} is None {condition}")
        elif here is not None and _agree(here, there):
            sentences.append(f"the gradient of {name} is the same {condition}: {_numbers(here)}")
    return sentences


def _judge_wrong_value(runs: Runs, names: str) -> list[str]:
    sentences = []
    for name in _split(names):
        numerical, computed = _central_differences(runs, name)
        if _agree(computed, numerical, 1e-4):
            sentences.append(f"the gradient of {name} agrees with central differences: {_numbers(computed)}")
    return sentences


def _judge_right_value(runs: Runs, names: str) -> list[str]:
    sentences = []
    for name in _split(names):
        numerical, computed = _central_differences(runs, name)
        if not _agree(computed, numerical, 1e-4):
            differences = _numbers(numerical)
            sentences.append(f"the gradient of {name} is {_numbers(computed)}, by central differences {differences}")
    return sentences


def _central_differences(runs: Runs, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    root, _, attributes = name.partition(".")

    def loss_with(index: int, by: float) -> tuple[Outcome, float]:
        def nudge(value: Any) -> None:
            _follow(value, attributes).data.view(-1)[index] += by

        outcome, loss = run_measuring_loss(runs.program, runs.driver, root, nudge)
        if outcome.error is not None:
            raise ValueError(f"the program fails in float64: {outcome.error}")
        return outcome, loss

    outcome, _ = loss_with(0, 0.0)
    tensor = _look_up(outcome.namespace, name)
    slopes = [(loss_with(index, STEP)[1] - loss_with(index, -STEP)[1]) / (2 * STEP) for index in range(tensor.numel())]
    gradient = _gradient(tensor)
    numerical = torch.tensor(slopes, dtype=torch.float64).view(tensor.shape)
    return numerical, torch.zeros_like(numerical) if gradient is None else gradient


def _judge_none_grad(runs: Runs, names: str) -> list[str]:
    gradients = {name: _own_gradient(_look_up(runs.plain.namespace, name)) for name in _split(names)}
    return [f"{name}.grad is {_numbers(grad)}" for name, grad in gradients.items() if grad is not None]


def _judge_raises(runs: Runs, argument: str) -> list[str]:
    by_value = argument.startswith(_BY_VALUE)
    error, key_words = runs.plain.error, _unquoted(argument.removeprefix(_BY_VALUE))
    if error is None:
        return ["the program ran to its end"]
    if not isinstance(error, ValueError if by_value else RuntimeError):
        return [f"it raised {type(error).__name__}: {error}"]
    sentences = []
    if key_words not in str(error):
        sentences.append(f"the message was: {error}")
    if runs.raises_line is not None and runs.plain.error_line != runs.raises_line:
        sentences.append(f"the error came from line {runs.plain.error_line}, not from line {runs.raises_line}")
    return sentences


def _judge_correct(runs: Runs, _: str) -> list[str]:
    if runs.cloning.error is not None:
        return _error_sentences(runs.cloning, "the run with private copies of the saved tensors")
    here, there = _everything(runs.plain.namespace), _everything(runs.cloning.namespace)
    if here.keys() != there.keys():
        return [f"only one of the two runs has {', '.join(sorted(here.keys() ^ there.keys()))}"]
    if not runs.cloning.unpacked and not any(name.endswith(".grad") for name in here):
        return ["no gradient was computed, so nothing was shown"]
    return [
        f"{name} is {_numbers(value)}, with private copies of the saved tensors {_numbers(there[name])}"
        for name, value in here.items()
        if not _agree(value, there[name])
    ]


def _judge_prints(runs: Runs, quoted: str) -> list[str]:
    text = _unquoted(quoted)
    return [] if text in runs.plain.printed else [f"it printed {runs.plain.printed!r}"]


def _judge_grad(runs: Runs, argument: str) -> list[str]:
    name, _, literal = argument.partition(" ")
    gradient = _gradient(_look_up(runs.plain.namespace, name))
    expected = torch.tensor(ast.literal_eval(literal), dtype=torch.float64)
    if gradient is None:
        return [f"the gradient of {name} is None"]
    if gradient.shape == expected.shape and (gradient.double() - expected).abs().max() <= PRINTED_TOLERANCE:
        return []
    return [f"the gradient of {name} is {_numbers(gradient)}"]


JUDGES: dict[str, Judge] = {
    "wrong-gradient": _judge_wrong_gradient,
    "lost-gradient": _judge_lost_gradient,
    "wrong-value": _judge_wrong_value,
    "right-value": _judge_right_value,
    "none-grad": _judge_none_grad,
    "raises": _judge_raises,
    "correct": _judge_correct,
    "prints": _judge_prints,
    "grad": _judge_grad,
}


def _error_sentences(outcome: Outcome, what: str) -> list[str]:
    if outcome.error is None:
        return []
    place = "" if outcome.error_line is None else f" at line {outcome.error_line}"
    return [f"{what} raised {type(outcome.error).__name__}{place}: {outcome.error}"]


def _split(names: str) -> list[str]:
    return re.split(r"[,\s]+", names)


def _unquoted(text: str) -> str:
    value = ast.literal_eval(text)
    if not isinstance(value, str) or not value:
        raise ValueError(f"not a quoted text: {text}")
    return value


def _look_up(namespace: Namespace, name: str) -> torch.Tensor:
    root, _, attributes = name.partition(".")
    if root not in namespace:
        raise ValueError(f"the program has no global {root}")
    tensor = _follow(namespace[root], attributes)
    if not isinstance(tensor, torch.Tensor):
        raise ValueError(f"{name} is no tensor")
    return tensor


def _follow(value: Any, attributes: str) -> Any:
    for part in filter(None, attributes.split(".")):
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    return value


def _gradients(*tensors: torch.Tensor) -> list[torch.Tensor | None]:
    """Each tensor's `.grad`; results of `autograd.grad` are gradients already, and come back as they are.

    The tensors are one name's in several runs: a leaf that was detached in place in one run still is a leaf.
    """
    if any(tensor.requires_grad or tensor.grad is not None for tensor in tensors):
        return [_own_gradient(tensor) for tensor in tensors]
    return [tensor.detach() for tensor in tensors]


def _gradient(tensor: torch.Tensor) -> torch.Tensor | None:
    return _gradients(tensor)[0]


def _own_gradient(tensor: torch.Tensor) -> torch.Tensor | None:
    with warnings.catch_warnings():
        # Reading .grad of a non-leaf warns, and that it is None is the very thing asked here.
        warnings.simplefilter("ignore")
        return None if tensor.grad is None else tensor.grad.detach()


def _everything(namespace: Namespace) -> dict[str, torch.Tensor]:
    """Every tensor that the globals reach, and every gradient it has, by name."""
    found: dict[str, torch.Tensor] = {}
    for name, value in namespace.items():
        for path, tensor in _tensors(value, name):
            found[path] = tensor.detach()
            gradient = _own_gradient(tensor)
            if gradient is not None:
                found[f"{path}.grad"] = gradient
    return found


def _tensors(value: Any, path: str) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, torch.nn.Module):
        for name, tensor in [*value.named_parameters(), *value.named_buffers()]:
            yield f"{path}.{name}", tensor
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _tensors(item, f"{path}.{index}")
    elif isinstance(value, dict) and path != "__builtins__":
        for key, item in value.items():
            yield from _tensors(item, f"{path}.{key}")


def _agree(one: torch.Tensor, other: torch.Tensor, tolerance: float = 1e-5) -> bool:
    return one.shape == other.shape and torch.allclose(
        _precise(one), _precise(other), rtol=tolerance, atol=tolerance / 10, equal_nan=True
    )


def _numbers(tensor: torch.Tensor) -> str:
    return str([round(number, 4) for number in tensor.double().reshape(-1)[:8].tolist()])


def _precise(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)

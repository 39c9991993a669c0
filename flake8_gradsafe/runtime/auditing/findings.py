"""What a guard has seen."""

from dataclasses import dataclass

from flake8_gradsafe.runtime.auditing.places import Line


class GradientError(RuntimeError):
    """A gradient is wrong or lost, and PyTorch raises nothing."""


class GradientWarning(UserWarning):
    """A gradient is wrong or lost, and PyTorch raises nothing."""


@dataclass(frozen=True)
class Seen:
    """A gradient that is wrong or lost, and the lines that did it: the last is where it happened.

    `kind` is one of `overwritten`, `replaced`, `never-trained` and `not-in-optimizer`.
    """

    kind: str
    message: str
    lines: tuple[Line, ...] = ()

"""Everything that needs torch: the measurement of operators.json, the probes behind it, and the guard for running programs."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flake8_gradsafe.runtime.auditing.guard import guard as guard

__all__ = ["guard"]


def __getattr__(name: str) -> Any:
    if name != "guard":
        raise AttributeError(name)
    from flake8_gradsafe.runtime.auditing.guard import guard

    return guard

"""Base classes outside of the file, and what they make of a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a class can be, by its bases; of several, the first of these.
KINDS = ("module", "function", "optimizer", "tuple", "plain")

_PLAIN = frozenset(
    "builtins.object abc.ABC typing.Generic typing.Protocol enum.Enum builtins.Exception builtins.dict builtins.list "
    "torch.utils.data.Dataset torch.utils.data.IterableDataset".split()
)

#: Last names of classes that are modules, by how they end.
MODULES = ("Module", "LightningModule")


def kind_of(path: str) -> str:
    """What deriving from a class with this full name makes of a class; empty where that is not known."""
    last = path.rpartition(".")[2]
    if last.endswith(MODULES) or (path.startswith("torch.nn.") and last[:1].isupper()):
        return "module"
    if path in {
        "torch.autograd.Function",
        "torch.autograd.function.Function",
        "torch.autograd.function.InplaceFunction",
    }:
        return "function"
    if path.startswith("torch.optim.") and "Optimizer" in last:
        return "optimizer"
    if path == "typing.NamedTuple":
        return "tuple"
    return "plain" if path in _PLAIN else ""


def kind_by_methods(methods: Mapping[str, str]) -> str:
    """What a class is whose bases are not known, by its methods, each with the name of its first parameter.

    One with a `forward` of its own is a module, unless that is a custom Function's; empty where the methods do not tell.
    """
    return "module" if methods.get("forward") == "self" and "backward" not in methods else ""

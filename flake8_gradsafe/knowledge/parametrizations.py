"""Functions that have a module compute one of its parameters from others: at each access to it, or at each call.

Measured with torch 2.13: `tests/runtime/test_parametrizations.py` asks PyTorch again.
"""

from __future__ import annotations

#: A hook computes the parameter at each call of the module, and it stays until the next one. What it is computed from is found
#: under its name with these endings.
HOOKED = {
    f"torch.nn.utils.{module}{name}": endings
    for name, endings in (("weight_norm", ("_g", "_v")), ("spectral_norm", ("_orig",)))
    for module in ("", f"{name}.")
}

#: The parameter is computed at each access. What it is computed from is found under these names in `parametrizations`.
ACCESSED = {
    "torch.nn.utils.parametrizations.weight_norm": ("original0", "original1"),
    "torch.nn.utils.parametrizations.spectral_norm": ("original",),
    "torch.nn.utils.parametrizations.orthogonal": ("original",),
}

#: The same, by a module that is given: it is called with what it is computed from.
REGISTERING = "torch.nn.utils.parametrize.register_parametrization"

#: Make it a parameter of the module again, another one than it was.
REMOVING = frozenset(
    f"torch.nn.utils.{path}"
    for path in ("remove_weight_norm", "remove_spectral_norm", "parametrize.remove_parametrizations")
)

#: All that have a parameter computed, by the last parts of their names.
NAMES = frozenset(path.rpartition(".")[2] for path in (*HOOKED, *ACCESSED, REGISTERING))

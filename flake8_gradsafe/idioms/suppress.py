"""The `.data` writes that speak against harm by their spelling.

A name is but advice, so faint signs do for it; an excuse silences a rule, so it takes the plain ones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_gradsafe.knowledge.effects import CLAMPS, FILLS, MASKS

if TYPE_CHECKING:
    from flake8_gradsafe.idioms.site import Site

_INITIALISER = re.compile(
    r"^_*(?:re)?(?:init|initiali[sz]e|reset)|(?:^|_)(?:init|reset)(?:_|$)|weights?_init|init_weights?"
)
_RUNNING = re.compile(r"^(?:running|ema|moving|cluster|embed_avg|num_batches)|_(?:ema|avg|mean|var)$|^[uv]$")
_TARGET = re.compile(r"target|ema|shadow|teacher|avg|slow|momentum_encoder|_k$|param_k$", re.IGNORECASE)
_AVERAGING = frozenset({"copy_", "lerp_", "mul_", "add_", "=", "__imul__", "__iadd__"})
_CONTAINER_CALLS = frozenset(
    {"to", "half", "float", "double", "cuda", "cpu", "type", "view", "contiguous", "bfloat16", "reshape"}
)


def excuses_leaf(site: Site) -> bool:
    """True if a write speaks against harm to a leaf that is seen to require grad: it is a start, a step, or a copy."""
    if _masks_attention(site):
        return False
    if "grad" in site.chain or site.method in FILLS or _INITIALISER.search(site.function) or _steps(site):
        return True
    if not site.mentions.isdisjoint({"state_dict", "checkpoint"}):
        return True
    if site.method in CLAMPS:
        return False
    if _averages(site) or any(_RUNNING.search(part) for part in site.chain if part != "data"):
        return True
    if site.method == "=" and site.mentions & _CONTAINER_CALLS:
        return True
    return site.method not in MASKS and not {"weight", "bias"}.isdisjoint(site.chain)


def excuses_computed(site: Site) -> bool:
    """True if a write speaks against harm to what was computed.

    Softmax makes zeros of what such a write fills in, and zeros get no gradient.
    """
    return _masks_attention(site)


def _masks_attention(site: Site) -> bool:
    return site.method in MASKS and site.masks_out


def _steps(site: Site) -> bool:
    return not {"grad", "d_p"}.isdisjoint(site.mentions) or any("Optimizer" in base for base in site.bases)


def _averages(site: Site) -> bool:
    names = (*site.chain[:-1], *site.mentions, site.function)
    return site.method in _AVERAGING and any(_TARGET.search(name) for name in names)

"""What a harmless `.data` write usually is, told from where it stands and how it is written; and its modern spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flake8_gradsafe.knowledge.effects import FILLS


@dataclass(frozen=True, slots=True)
class Idiom:
    """A named habit. `excuses` says that it speaks against harm to a leaf that is seen to require grad, `excuses_computed`
    against harm to what was computed.
    """

    name: str
    advice: str
    excuses: bool = True
    excuses_computed: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """What an idiom is recognised by.

    `function` is the enclosing function's name, `bases` the names of the enclosing class's bases, `chain` the dotted parts
    of the written expression, `method` the writing method or operator, `mentions` every name and attribute in the
    written value or the arguments. `masks_out`: the value is minus infinity, or as good as that.
    """

    function: str
    bases: tuple[str, ...]
    chain: tuple[str, ...]
    method: str
    mentions: frozenset[str]
    masks_out: bool = False


_NO_GRAD = "write it under `with torch.no_grad():`, without `.data`"

INITIALISATION = Idiom("weight initialisation", "use torch.nn.init, or " + _NO_GRAD)
GRADIENT_BUFFER = Idiom("gradient buffer", "drop `.data`: a gradient is outside the graph already")
MANUAL_STEP = Idiom("manual optimizer step", _NO_GRAD)
MOVING_AVERAGE = Idiom("moving average or target network", _NO_GRAD + ", for example p_target.lerp_(p, 1 - decay)")
CLIPPING = Idiom("weight clipping", _NO_GRAD + ", after the step", excuses=False)
RUNNING_STATE = Idiom("running state", _NO_GRAD)
CONTAINER = Idiom("storage or dtype change", "use module.to(…), or build the tensor anew")
SURGERY = Idiom("weight surgery", _NO_GRAD)
MASKING = Idiom("masking", "use masked_fill(), which autograd sees", excuses=False)
ATTENTION_MASK = Idiom("attention mask", MASKING.advice, excuses=False, excuses_computed=True)
OTHER = Idiom("untracked write", _NO_GRAD, excuses=False)

_INITIALISER = re.compile(
    r"^_*(?:re)?(?:init|initiali[sz]e|reset)|(?:^|_)(?:init|reset)(?:_|$)|weights?_init|init_weights?"
)
_RUNNING = re.compile(r"^(?:running|ema|moving|cluster|embed_avg|num_batches)|_(?:ema|avg|mean|var)$|^[uv]$")
_TARGET = re.compile(r"target|ema|shadow|teacher|avg|slow|momentum_encoder|_k$|param_k$", re.IGNORECASE)
_CLAMPS = frozenset({"clamp_", "clamp_min_", "clamp_max_", "clip_", "renorm_"})
_CONTAINER_CALLS = frozenset(
    {"to", "half", "float", "double", "cuda", "cpu", "type", "view", "contiguous", "bfloat16", "reshape"}
)
_WEIGHTS = frozenset({"weight", "bias"})


def idiom_of(site: Site) -> Idiom:
    """The idiom that a write's surroundings speak for; `OTHER` where none does."""
    for recognise, idiom in _TABLE:
        if recognise(site):
            return idiom
    return OTHER


def _on_gradient(site: Site) -> bool:
    return "grad" in site.chain


def _initialises(site: Site) -> bool:
    return site.method in FILLS or _INITIALISER.search(site.function) is not None


def _steps(site: Site) -> bool:
    return "grad" in site.mentions or any("Optimizer" in base for base in site.bases) or "d_p" in site.mentions


def _averages(site: Site) -> bool:
    average = site.method in {"copy_", "lerp_", "mul_", "add_", "=", "__imul__", "__iadd__"}
    names = (*site.chain[:-1], *site.mentions, site.function)
    return average and any(_TARGET.search(name) for name in names)


def _keeps_running_state(site: Site) -> bool:
    return any(_RUNNING.search(part) for part in site.chain if part != "data")


def _changes_container(site: Site) -> bool:
    return site.method == "=" and bool(site.mentions & _CONTAINER_CALLS)


def _masks(site: Site) -> bool:
    return site.method in {"masked_fill_", "masked_scatter_"}


def _masks_attention(site: Site) -> bool:
    return _masks(site) and site.masks_out


def _operates_on_weights(site: Site) -> bool:
    return bool(_WEIGHTS & set(site.chain))


_TABLE = (
    (_masks_attention, ATTENTION_MASK),
    (_on_gradient, GRADIENT_BUFFER),
    (lambda site: site.method in FILLS and _keeps_running_state(site), RUNNING_STATE),
    (_initialises, INITIALISATION),
    (_steps, MANUAL_STEP),
    (lambda site: site.method in _CLAMPS, CLIPPING),
    (_averages, MOVING_AVERAGE),
    (_keeps_running_state, RUNNING_STATE),
    (_changes_container, CONTAINER),
    (_masks, MASKING),
    (_operates_on_weights, SURGERY),
)

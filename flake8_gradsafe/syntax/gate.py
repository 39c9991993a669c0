"""The gate: it tells without parsing whether a text can contain anything for us."""

from __future__ import annotations

import re

from flake8_gradsafe.syntax import dropped_updates, misspelt, taken_back, uncalled
from flake8_gradsafe.syntax.mention import mentions_torch

# Every rule needs one of these: a graph must be made and differentiated, left, or written behind its back.
_WORDS = (
    "data",
    "detach",
    "detach_",
    "backward",
    "requires_grad",
    "requires_grad_",
    "autograd",
    "grad",
    "Parameter",
    "Variable",
    "numpy",
    "from_numpy",
    "asarray",
    "storage",
    "untyped_storage",
    "from_dlpack",
    "weight",
    "bias",
)
_ATTRIBUTES = frozenset({"data", "grad", "weight", "bias", "storage"})
_TRIGGERS = re.compile(
    r"\.[\s\\]*(?:{})\b|\b(?:{})\b|\)[\s\\]*\.[\s\\]*[a-z]\w*_\(".format(
        "|".join(sorted(_ATTRIBUTES)), "|".join(word for word in _WORDS if word not in _ATTRIBUTES)
    )
)
#: Of a function's own words, those that only make tensors, or name them, do not count.
_TRIGGER_WORDS = frozenset(_WORDS) - {"weight", "bias", "Parameter", "autograd"}
_INITIALISERS = frozenset(
    "xavier_uniform_ xavier_normal_ kaiming_uniform_ kaiming_normal_ trunc_normal_ orthogonal_ constant_ zeros_ ones_ "
    "dirac_ eye_ sparse_".split()
)
# Where there are modules, an in-place operator alone may be what a caller's backward refuses.
_WRITES = re.compile(r"[a-z]_\(|inplace\s*=\s*True|[-+*/@%]=|\]\s*=[^=]|\bout\s*=")
#: Where a function begins that computes a loss, by its name.
LOSS_FUNCTION = r"^def \w*(?:loss|dist|entropy|divergence|penalty)\w*\("
_LOSSES = re.compile(LOSS_FUNCTION, re.MULTILINE)
#: Where a function or a class begins that gives back a loss, and what may cut off a term of it.
_GIVES_LOSS = re.compile(r"^[ \t]*(?:def|class) \w*(?:loss|criterion|objective|elbo)", re.MULTILINE | re.IGNORECASE)
_CUTS_A_TERM = re.compile(
    r"[-+*]=? *(?:[\w.]+ *\* *)?(?:float\(|\w+\.item\()|\bno_grad\b|\.item\(\)$|\bnew_tensor\(|\btorch\.tensor\(",
    re.MULTILINE,
)
# There, a container of layers may keep them from being registered, and an attribute a graph from one call to the next.
_CONTAINERS = re.compile(
    r"self\.\w+\s*=\s*[\[{(]|\.append\(\s*(?:[\w.]*[A-Z]\w*|block|\w*(?:_class|_block|_type))\(|\breturn\s*\[[^\n]*\bfor\b"
)
_KEPT = re.compile(
    r"def forward\((?:(?!\n[ \t]*def )[\s\S])*?\n[ \t]+self\.\w+ *= *[^=]|^[ \t]+self\.(\w+) *= *self\.\1 *\+",
    re.MULTILINE,
)
# A forward may cut off its own layers.
_OFF_IN_FORWARD = re.compile(r"def forward\((?:(?!\n[ \t]*def )[\s\S])*?\b(?:no_grad|inference_mode)\b")
# An optimizer that is given the parts of a module one by one may leave one out.
_LISTED = re.compile(r"self\.\w+\.parameters\(\)[\s\S]*?self\.\w+\.parameters\(\)")


def may_concern_us(text: str) -> bool:
    """True if a text mentions torch and one of the words without which no rule can speak, or has a training step.

    A file that is let through may still be clean; one that is held back surely is.
    """
    if "torch" not in text:
        return mentions_torch(text)
    if "training_step" in text and "configure_optimizers" in text:
        return True
    if "def compute_loss(" in text and "Trainer" in text:
        return True
    trains = "Module" in text or "nn." in text or "def forward(" in text
    if any(
        pattern.search(text) is not None
        for pattern in (
            _TRIGGERS,
            uncalled.IN_TEXT,
            misspelt.IN_TEXT,
            dropped_updates.IN_TEXT,
            dropped_updates.REBOUND_IN_TEXT,
        )
    ):
        return True
    if _CUTS_A_TERM.search(text) is not None and _GIVES_LOSS.search(text) is not None:
        return True
    if trains:
        patterns = (
            _WRITES,
            _CONTAINERS,
            _KEPT,
            _OFF_IN_FORWARD,
            _LISTED,
            taken_back.IN_TEXT,
            dropped_updates.LAYER_IN_TEXT,
        )
        return any(pattern.search(text) is not None for pattern in patterns)
    return _LOSSES.search(text) is not None and _WRITES.search(text) is not None


def is_trigger(word: str) -> bool:
    """True if a rule may speak of this name or attribute: it leaves the graph, differentiates, or writes in place."""
    return word in _TRIGGER_WORDS or (word[-1:] == "_" and word[0] != "_" and word not in _INITIALISERS)


def is_trigger_keyword(word: str) -> bool:
    """The same of an argument's name."""
    return word in {"inplace", "out", "requires_grad"}

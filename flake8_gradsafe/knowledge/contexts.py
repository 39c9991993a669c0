"""Contexts and decorators that leave grad mode and saved tensors alone; any other may change them."""

from __future__ import annotations

from flake8_gradsafe.knowledge.library import GRAD_MODES

#: Contexts that leave grad mode and saved tensors alone, by the last part of their name.
HARMLESS_CONTEXTS = frozenset(
    "open tqdm nullcontext suppress catch_warnings set_detect_anomaly detect_anomaly profile profiler record_function Timer "
    "Lock lock redirect_stdout redirect_stderr TemporaryDirectory ThreadPoolExecutor Pool stream device "
    "fork_rng raises warns assertRaises assertRaisesRegex assertRaisesRegexp subTest SummaryWriter File memmap Progress".split()
)

#: Decorators that leave the function what it is, by the last part of their name.
HARMLESS_DECORATORS = frozenset(
    "staticmethod classmethod property override overload abstractmethod wraps lru_cache cache cached_property script export "
    "ignore unused register_model register setter fixture parametrize compile typechecked dataclass contextmanager jit "
    "torch_required deprecated final".split()
)

#: Decorators that change how a function is looked up or called, by the last part of their name.
FLAGS = {
    "staticmethod": "staticmethod",
    "classmethod": "classmethod",
    "property": "property",
    "cached_property": "property",
}

_MODES = {True: "grad mode on", False: "grad mode off"}


def mode_of(path: str) -> str:
    """The grad mode that a decorator of this full name sets, as a value; empty for any other."""
    if path in {"grad mode on", "grad mode off", "inference mode"}:
        return path
    mode = GRAD_MODES.get(path)
    return "" if mode is None else _MODES[mode]

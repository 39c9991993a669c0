"""Grad modes, and the contexts and decorators that leave these and saved tensors alone; any other may change them."""

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

#: What a grad mode is as a value, and one of which it is not known whether it is on.
GRAD_ON, GRAD_OFF = "grad mode on", "grad mode off"
INFERENCE, NO_INFERENCE = "inference mode", "inference mode off"
GRAD_UNKNOWN = "grad mode unknown"
MODES = frozenset({GRAD_ON, GRAD_OFF, INFERENCE, NO_INFERENCE})


def mode_of(path: str) -> str:
    """The grad mode that a decorator of this full name sets, as a value; empty for any other."""
    if path in MODES:
        return path
    enabled = GRAD_MODES.get(path)
    return "" if enabled is None else mode_set(path, enabled)


def mode_set(path: str, enabled: bool) -> str:
    """What the context of this full name sets, as a value, where it leaves grad mode on or off."""
    if path.endswith("inference_mode"):
        return NO_INFERENCE if enabled else INFERENCE
    return GRAD_ON if enabled else GRAD_OFF


def is_harmless_decorator(name: str) -> bool:
    """Whether a decorator, by the last part of its name, leaves a function what it is. One that may skip a test does."""
    return name in HARMLESS_DECORATORS or name.lower().startswith("skip")

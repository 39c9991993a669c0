from .registry import build_model
from . import fm  # noqa: F401

from .queue import FeatureQueue
from .encoder import build_encoder
from .loop import pretrain

__all__ = ["FeatureQueue", "build_encoder", "pretrain"]

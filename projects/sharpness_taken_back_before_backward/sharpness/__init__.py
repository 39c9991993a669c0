from .loop import train_epoch
from .optimizer import SAM

__all__ = ["SAM", "train_epoch"]

from .trainer import Trainer
from .tcn import TCN

__all__ = ["Trainer", "TCN"]

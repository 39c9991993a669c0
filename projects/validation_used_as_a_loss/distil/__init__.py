from .kl import divergence
from .runs import answers

__all__ = ["answers", "divergence"]

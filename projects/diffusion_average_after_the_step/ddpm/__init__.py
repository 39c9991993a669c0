from .process import Diffusion
from .net import NoiseMLP
from .ema import EMA

__all__ = ["Diffusion", "NoiseMLP", "EMA"]

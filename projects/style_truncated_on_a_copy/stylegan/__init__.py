from .mapping import LatentAverage, MappingNet
from .synthesis import Critic, SynthesisNet

__all__ = ["LatentAverage", "MappingNet", "SynthesisNet", "Critic"]

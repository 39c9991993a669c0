from .net import FusionNet

__all__ = ["FusionNet"]

from .conditional import ConditionalDenoiser
from .noise import CosineNoise

__all__ = ["ConditionalDenoiser", "CosineNoise"]

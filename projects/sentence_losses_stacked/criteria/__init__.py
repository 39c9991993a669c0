from .smoothing import SentenceSmoothing
from .weights import length_weights

__all__ = ["SentenceSmoothing", "length_weights"]

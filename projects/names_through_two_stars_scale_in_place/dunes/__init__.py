from .air import *
from .constants import STRENGTH

__all__ = air.__all__ + ["STRENGTH"]

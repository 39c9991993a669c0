from .loop import LoopBase
from .callbacks import Meter

from .hooks import slow_down

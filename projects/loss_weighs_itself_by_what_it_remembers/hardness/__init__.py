from .balanced import Balanced

CLASSES = 3

from .registry import MEMORIES
from . import ring

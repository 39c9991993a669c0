from .refill import Refilled
from . import sources

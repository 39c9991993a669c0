from .attention import PooledReader
from .picture import shade

__all__ = ["PooledReader", "shade"]

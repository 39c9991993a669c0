from .net import GAT

__all__ = ["GAT"]

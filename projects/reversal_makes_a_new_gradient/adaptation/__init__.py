from .heads import DomainHead
from .reversal import GradientReversal, reverse

__all__ = ["DomainHead", "reverse"]

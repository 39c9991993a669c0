from .ops import Squash

squash = Squash.apply

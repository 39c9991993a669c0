"""Reads PyTorch code and says, before it runs, where its gradients will be silently wrong, silently lost, or refused."""

from flake8_gradsafe.engine import check
from flake8_gradsafe.finding import Finding, Location, Step
from flake8_gradsafe.version import __version__

__all__ = ["Finding", "Location", "Step", "__version__", "check"]

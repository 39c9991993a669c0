from .model import SAGE

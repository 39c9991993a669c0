from .factory import build

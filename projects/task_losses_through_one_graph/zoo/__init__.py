from .registry import MODELS
from .scene import SceneNet

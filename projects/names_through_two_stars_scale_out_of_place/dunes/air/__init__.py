from .damping import *
from .damping import __all__

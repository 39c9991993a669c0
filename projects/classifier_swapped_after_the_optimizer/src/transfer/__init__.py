from .backbone import SmallResNet
from .surgery import adapt_to

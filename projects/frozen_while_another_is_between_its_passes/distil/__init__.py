from .nets import net
from .steps import step

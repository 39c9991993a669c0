from .critics import make_critic
from .losses import critic_loss

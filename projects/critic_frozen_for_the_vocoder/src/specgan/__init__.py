from .networks import Critic, Vocoder
from .steps import critic_step, vocoder_step

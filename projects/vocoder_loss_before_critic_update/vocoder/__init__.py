from .networks import Critic, Generator
from .critic_update import update_critic

__all__ = ["Critic", "Generator", "update_critic"]

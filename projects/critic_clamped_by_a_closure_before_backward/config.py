from dataclasses import dataclass


@dataclass
class WGANConfig:
    latent: int = 6
    dim: int = 2
    clip: float = 0.08
    n_critic: int = 3
    rounds: int = 3
    lr: float = 5e-4

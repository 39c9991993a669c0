from dataclasses import dataclass


@dataclass
class Settings:
    epochs: int = 2
    length: int = 4
    pull: float = 0.05
    clip: float = 0.2
    lr: float = 5e-3

from dataclasses import dataclass


@dataclass
class Config:
    n_freq: int = 33
    hidden: int = 24
    frames: int = 40
    batch: int = 4
    steps: int = 4
    lr: float = 2e-3
    mask_width: int = 8

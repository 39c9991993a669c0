from dataclasses import dataclass


@dataclass
class Cfg:
    bins: int = 30
    hidden: int = 20
    frames: int = 32
    batch: int = 4
    batches: int = 4
    lr: float = 2e-3
    band: int = 6

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    classes: int = 5
    width: int = 12
    head_epochs: int = 1
    full_epochs: int = 1
    lr: float = 0.05

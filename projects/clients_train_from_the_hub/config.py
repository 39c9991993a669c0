from dataclasses import dataclass, field


@dataclass
class Config:
    clients: int = 3
    rounds: int = 2
    local_steps: int = 2
    mu: float = 0.1
    lr: float = 0.05
    tasks: dict = field(default_factory=lambda: {"age": 1, "site": 4})

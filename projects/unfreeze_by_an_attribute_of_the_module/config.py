from dataclasses import dataclass, field


@dataclass
class OptimCfg:
    lr: float = 1e-3
    warmup_epochs: int = 1
    epochs: int = 2


@dataclass
class Cfg:
    vocab: int = 70
    labels: int = 3
    width: int = 16
    optim: OptimCfg = field(default_factory=OptimCfg)

from dataclasses import dataclass


@dataclass(frozen=True)
class Train:
    micro_batch: int = 4
    accumulate: int = 4
    epochs: int = 2
    lr: float = 1e-3
    vocab: int = 11
    feats: int = 13

"""The first loss's fused step moves the shared weights without moving their versions, and the second loss goes backward
through the moved ones: its gradients are silently wrong.
"""

# claim: wrong-gradient tagger.table.weight
import torch

import settings as cfg
from taggers import TwoHeads
from turns import both_turns

torch.manual_seed(0)
tagger = TwoHeads(cfg.SYMBOLS, cfg.DIM)
steppers = [torch.optim.Adam(group, lr=cfg.LR, fused=cfg.FUSED) for group in tagger.groups()]
for it in range(cfg.ROUNDS):
    tokens = torch.randint(0, cfg.SYMBOLS, (10, cfg.LENGTH))
    print(it, both_turns(tagger, steppers, tokens))

"""The model remembers each segment detached."""

# claim: correct
import torch
import torch.nn.functional as F

from data import SegmentedText
from model import MiniXL

torch.manual_seed(0)
lm = MiniXL()
optimizer = torch.optim.AdamW(lm.parameters(), lr=3e-4)

for epoch in range(2):
    lm.reset()
    for src, tgt in SegmentedText():
        logits = lm(src)
        loss = F.cross_entropy(logits.flatten(0, 1), tgt.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(lm.parameters(), 1.0)
        optimizer.step()
    print("epoch", epoch, loss.item())

"""The model remembers each segment with its graph, so the second segment's backward goes into the first one's, which is
freed: it raises.
"""

# claim: raises "backward through the graph a second time"
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
        loss.backward()  # expect: GRD152  # raises here
        torch.nn.utils.clip_grad_norm_(lm.parameters(), 1.0)
        optimizer.step()
    print("epoch", epoch, loss.item())

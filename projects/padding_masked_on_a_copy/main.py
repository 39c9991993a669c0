"""The helper masks the padding on a copy that the call throws away, so the scores of the padding keep their part in the
loss.
"""

# claim: grad scorer.value.bias [7.0]
import torch

from claims import PAD, claims
from scorer import *

torch.manual_seed(0)
scorer = ClaimScorer(words=30)
opt = torch.optim.SGD(scorer.parameters(), lr=0.1)
for step in range(2):
    ids, cost = claims(6)
    loss = (scorer(ids, ids == PAD) - cost).abs().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(step, loss.item())

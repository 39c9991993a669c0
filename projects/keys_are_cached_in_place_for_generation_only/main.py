"""The cache is written in place where the model generates, under no_grad, and the training's forward takes no cache."""

# claim: correct
import torch
import torch.nn.functional as F

from cached.attention import Decoder
from cached.generate import continue_from

torch.manual_seed(0)
lm = Decoder(vocab=15, dim=8)
opt = torch.optim.AdamW(lm.parameters(), lr=1e-2)
for it in range(3):
    ids = torch.randint(0, 15, (4, 9))
    scores = lm(ids[:, :-1])
    sample = continue_from(lm, ids[:1, :3], 4)
    loss = F.cross_entropy(scores.flatten(0, 1), ids[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(it, loss.item(), sample.tolist())

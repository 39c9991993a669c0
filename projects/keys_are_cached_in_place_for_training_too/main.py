"""The training runs chunk after chunk with the cache, which is written in place when the first chunk's product has
saved it: backward raises.
"""

# claim: raises "modified by an inplace operation"
import torch
import torch.nn.functional as F

from cached.attention import Decoder
from cached.cache import Cache
from cached.generate import continue_from

torch.manual_seed(0)
lm = Decoder(vocab=15, dim=8)
opt = torch.optim.AdamW(lm.parameters(), lr=1e-2)
for it in range(3):
    ids = torch.randint(0, 15, (4, 9))
    cache = Cache(4, 8, lm.dim)
    scores = torch.cat([lm(part, cache) for part in ids[:, :-1].split(4, 1)], 1)
    sample = continue_from(lm, ids[:1, :3], 4)
    loss = F.cross_entropy(scores.flatten(0, 1), ids[:, 1:].flatten())
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(it, loss.item(), sample.tolist())

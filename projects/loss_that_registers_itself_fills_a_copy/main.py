"""The loss of that name fills the padding out of place."""

# claim: correct
import torch

from words.losses import Loss
from words.speller import Speller

torch.manual_seed(0)
speller = Speller(letters=10)
loss_fn = Loss.named("masked")
opt = torch.optim.Adam(speller.parameters(), lr=1e-2)
for _ in range(2):
    ids = torch.randint(0, 10, (4, 6))
    loss = loss_fn(speller(ids[:, :-1]), ids[:, 1:])
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())

"""The losses register themselves as subclasses, and the one of that name fills the padding into log_softmax's result in
place: backward raises.
"""

# claim: raises "modified by an inplace operation"
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
    loss.backward()  # raises here
    opt.step()
    print(loss.item())

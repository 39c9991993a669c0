"""The picture is shaded in a copy of the attention weights, so what softmax and einsum saved stays as it is."""

# claim: correct
import torch
from torch import nn

from reader import PooledReader, shade

torch.manual_seed(0)
model = PooledReader(50, 3)
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()
for step in range(4):
    ids, y = torch.randint(0, 50, (4, 12)), torch.randint(0, 3, (4,))
    logits, alpha = model(ids)
    loss = criterion(logits, y)
    if step % 3 == 0:
        print("\n".join(f"|{line}|" for line in shade(alpha)))
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())

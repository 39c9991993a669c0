"""The mask is filled into the scores in place, which nothing has saved."""

# claim: correct
import torch

from letters.data import letters
from letters.reader import Reader

torch.manual_seed(0)
reader = Reader()
opt = torch.optim.Adam(reader.parameters(), lr=1e-2)
for ids, length, mood in letters(3):
    loss = torch.nn.functional.cross_entropy(reader(ids, length), mood)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(loss.item())

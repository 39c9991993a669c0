"""The data set looks its rows up in a table that was computed from a parameter once: the second batch's backward goes
through that one graph again, and raises.
"""

# claim: raises "backward through the graph a second time"
import torch
from torch.utils.data import DataLoader

from shelf.data import Coloured
from shelf.palette import Palette

torch.manual_seed(0)
palette = Palette(colours=6)
read = torch.nn.Linear(3, 1)
opt = torch.optim.Adam([*palette.parameters(), *read.parameters()], lr=1e-2)
for colour, price in DataLoader(Coloured(palette, n=12), batch_size=4):
    loss = (read(colour).squeeze(-1) - price).pow(2).mean()
    opt.zero_grad()
    loss.backward()  # todo-expect: GRD152  # raises here
    opt.step()
    print(loss.item())

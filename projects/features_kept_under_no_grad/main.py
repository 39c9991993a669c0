"""The features are computed once under no_grad, and the trained layer saves them like any tensor."""

# claim: correct
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from birds import Recordings, SongEncoder
from probing import embed_all
from probing.probe import Probe

torch.manual_seed(0)
songs = Recordings(24)
encoder = SongEncoder(bands=12, dim=8)
store = embed_all(encoder, DataLoader(songs, batch_size=8))
probe = Probe(8, species=3)
opt = torch.optim.SGD(probe.parameters(), lr=0.2)
for epoch in range(3):
    loss = F.cross_entropy(probe(store), songs.species)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(epoch, loss.item())

"""The criterion stacks the sentences' losses with their graph."""

# claim: correct
import torch

from criteria import SentenceSmoothing
from tagger import LSTMTagger

torch.manual_seed(0)
tagger = LSTMTagger(words=80, tags=7)
criterion = SentenceSmoothing(eps=0.05)
opt = torch.optim.Adam(tagger.parameters(), lr=5e-3)
for step in range(2):
    ids = torch.randint(0, 80, (6, 11))
    tags = torch.randint(0, 7, (6, 11))
    lengths = torch.randint(4, 12, (6,))
    opt.zero_grad()
    loss = criterion(tagger(ids), tags, lengths)
    loss.backward()
    opt.step()
    print(f"step {step} loss {loss.item():.4f}")

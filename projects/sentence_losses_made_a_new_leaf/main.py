"""The criterion makes a new leaf of the numbers of the sentences' losses, so backward ends there: no parameter of the
tagger ever gets a gradient.
"""

# claim: none-grad tagger.emb.weight, tagger.lstm.weight_ih_l0, tagger.tag.weight
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

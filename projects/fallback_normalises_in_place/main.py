"""The fast kernel is not installed, and the fallback divides the weights in place that exp has saved: backward raises."""

# claim: raises "modified by an inplace operation"
import torch
import torch.nn.functional as F

from pooling import SentencePooler

torch.manual_seed(0)
pooler = SentencePooler(vocab=40, dim=12, moods=3)
opt = torch.optim.Adagrad(pooler.parameters(), lr=0.05)
for it in range(3):
    words, mood = torch.randint(0, 40, (8, 9)), torch.randint(0, 3, (8,))
    loss = F.cross_entropy(pooler(words), mood)
    opt.zero_grad()
    loss.backward()  # raises here
    opt.step()
    print(it, loss.item())

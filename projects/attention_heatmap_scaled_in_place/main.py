"""The heat maps share their memory with the attention weights that softmax and matmul saved, and scaling them between
forward and backward makes the gradient silently wrong.
"""

# claim: wrong-gradient lm.layers.0.qkv.weight, lm.tok.weight
import torch
import torch.nn.functional as F

from attnlm.model import WordModel
from attnlm.viz import heatmaps

torch.manual_seed(0)
V = 40
lm = WordModel(V)
opt = torch.optim.AdamW(lm.parameters(), lr=3e-3)
for step in range(3):
    ids = torch.randint(0, V, (8, 13))
    logits = lm(ids[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, V), ids[:, 1:].reshape(-1))
    if step % 2 == 0:
        pics = heatmaps(lm)
        print(step, "mean attention shade", [round(float(p.mean()), 3) for p in pics])
    opt.zero_grad()
    loss.backward()
    opt.step()
print("loss", loss.item())

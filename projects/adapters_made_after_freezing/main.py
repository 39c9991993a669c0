"""The blocks of a plain list are registered by add_module, and the adapters are made after the freezing and before the
optimizer.
"""

# claim: correct
import torch
import torch.nn.functional as F

from lm import build

CFG = {"vocab": 40, "d": 24, "depth": 2, "rank": 3}

torch.manual_seed(0)
model = build(CFG)
adapters = [p for p in model.parameters() if p.requires_grad]
print(len(adapters), "adapter tensors of", len(list(model.parameters())))
opt = torch.optim.AdamW(adapters, lr=1e-2)
for it in range(5):
    ids = torch.randint(0, 40, (8, 17))
    logits = model(ids[:, :-1])
    loss = F.cross_entropy(logits.reshape(-1, 40), ids[:, 1:].reshape(-1))
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(adapters, 1.0)
    opt.step()
    print(it, loss.item())

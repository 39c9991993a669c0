"""The custom function scales its result in place when it has saved it, so its backward reads the scaled values: the
gradient is silently wrong.
"""

# claim: wrong-value q
import torch

from quantised import squash

torch.manual_seed(0)
q = torch.tensor([0.3, -1.2, 0.8], requires_grad=True)
loss = (squash(q) * torch.tensor([1.0, 2.0, 3.0])).sum()
loss.backward()
print(q.grad)

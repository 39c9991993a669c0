"""The custom function scales into a new result, and its backward reads what it saved."""

# claim: correct
# claim: right-value q
import torch

from quantised import squash

torch.manual_seed(0)
q = torch.tensor([0.3, -1.2, 0.8], requires_grad=True)
loss = (squash(q) * torch.tensor([1.0, 2.0, 3.0])).sum()
loss.backward()
print(q.grad)

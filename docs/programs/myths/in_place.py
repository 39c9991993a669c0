import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
h = a + 1
h.mul_(2)  # add saved nothing, and mul_ is an operator of its own
h.sum().backward()
print(a.grad)

import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
b = a
c = a.detach()

print(b is a, b.requires_grad)
print(c is a, c.requires_grad)

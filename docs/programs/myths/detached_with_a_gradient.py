import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
c = (a * 3).detach().requires_grad_()
c.square().sum().backward()
print(c.grad)
print(a.grad)

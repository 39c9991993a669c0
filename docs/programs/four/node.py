import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
m = a * 2
y = m.exp()
m.detach_()

print(m.grad_fn, m.requires_grad)
print(y.grad_fn is not None)

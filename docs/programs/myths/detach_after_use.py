import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
m = a * 2
y = m.exp().sum()
m.detach_()  # m is cut off now, and y was computed before
y.backward()
print(a.grad)
